// Views: operations whose result aliases its input, and in-place changes that are recorded through them. TensorFlow's
// buffers are immutable, so a view is a step from its base and a step back (`take`, `put`), replayed when either changes.
import { explainNative } from "./backend/native.js";
import type { Device } from "./device.js";
import type { DType } from "./dtype.js";
import { AutogradError } from "./errors.js";
import { type Declared, type OpSpec, apply, shapesText } from "./op.js";
import type { Shape } from "./shape.js";
import { isGradEnabled } from "./state.js";
import type { Storage } from "./storage.js";
import { GradNode, type Saved } from "./tape.js";
import { Tensor, type ViewMaking, type ViewStep } from "./tensor.js";

/** An operation whose result aliases its input. */
export interface ViewSpec<O> {
  readonly name: string;
  readonly shapeOf: (x: Tensor, options: O) => Shape;
  readonly step: (from: Shape, to: Shape, options: O, dtype: DType, on: Device) => ViewStep;
  readonly vjp: (g: Tensor, saved: Saved<O>) => Tensor;
}

/** One call of a view operation: the aliasing twin of `apply`. */
export function viewOf<O>(spec: ViewSpec<O>, x: Tensor, options: O): Tensor {
  const shape = spec.shapeOf(x, options);
  const recording = isGradEnabled();
  const step = spec.step(x.shape, shape, options, x.dtype, x.device);
  const again = recording ? (base: Tensor) => viewOf(spec, base, options) : undefined;
  let contents: Storage;
  try {
    contents = x.device.type === "meta" ? x.storage : step.take(x.strided());
  } catch (error) {
    throw explainNative(error, spec.name, shapesText([x]));
  }
  const out = Tensor.view(x, { step, again }, contents, shape);
  if (recording && x.requiresGrad) {
    new GradNode(spec.name, [x], [out], "nothing", options, ([g], saved: Saved<O>) => [spec.vjp(g as Tensor, saved)]);
  }
  return out;
}

/** `declare` for a view operation. */
export function declareView<F extends (...args: never) => Tensor>(
  name: string,
  torch: string,
  samples: Declared["samples"],
  call: F,
): F & Declared {
  return Object.assign(call, { opName: name, torch, samples, differentiable: true });
}

interface Put {
  readonly step: ViewStep;
  readonly again: (base: Tensor) => Tensor;
}

/** A base with one of its views replaced: what a recorded in-place change of the view makes of the base. */
const putSpec: OpSpec<Put> = {
  name: "put",
  torch: "",
  infer: ([base]) => ({ shape: base.shape, dtype: base.dtype }),
  forward: ([base, part], { step }) => step.put(base.strided(), part.strided()),
  // What was replaced has no say any more; what replaced it gets its part.
  vjp: (g, { options, needs, inShapes: [, part] }) => [
    needs[0] ? put(g, options.again(g).zerosLike(), options) : undefined,
    needs[1] ? options.again(g).reshape(part) : undefined,
  ],
  saves: "nothing",
  samples: [],
};

const put = (base: Tensor, part: Tensor, how: Put): Tensor => apply(putSpec, [base, part], how);

/**
 * `x` takes over the contents and the history of `result` (same shape and dtype): the end of every in-place operation.
 * Through a view its base, and with it every other view, gets both.
 */
export function become(x: Tensor, result: Tensor): void {
  const view = x.viewOn;
  if (view && (result.requiresGrad || view.root.requiresGrad) && isGradEnabled() && !view.detached) {
    const { root, makings } = view;
    const bases = [present(root)];
    for (const making of makings.slice(0, -1)) bases.push(recorded(making)(bases[bases.length - 1]));
    let part = result;
    for (let i = makings.length - 1; i >= 0; i--)
      part = put(bases[i], part, { step: makings[i].step, again: recorded(makings[i]) });
    become(root, part);
    return;
  }
  x.overwrite(result);
  const node = result.gradFn;
  if (!node) return;
  x.attach(node, result.outputNr);
  if (!view) node.storedIn(x, result.outputNr);
}

/** What `x` is now, apart from what it becomes, with its history. */
export function present(x: Tensor): Tensor {
  const now = x.snapshot();
  const node = x.gradFn;
  if (node) now.attach(node, x.outputNr);
  return now;
}

function recorded({ again }: ViewMaking): (base: Tensor) => Tensor {
  if (again) return again;
  throw new AutogradError(
    "in place: the view was made in noGrad, so a change of it cannot be recorded; make it outside, or wrap the change in noGrad(() => …)",
  );
}
