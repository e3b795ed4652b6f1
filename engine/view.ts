// Views: operations whose result aliases its input, and in-place changes that are recorded through them. How bytes go
// along a view and back stands in viewMaking.ts; here is what the tape sees of it.
import { explainNative } from "./backend/native.js";
import { type Declared, type OpSpec, apply, shapesText } from "./op.js";
import { type Shape, sizeOf } from "./shape.js";
import { isGradEnabled } from "./state.js";
import type { Storage } from "./storage.js";
import { GradNode, type Saved } from "./tape.js";
import { Tensor } from "./tensor.js";
import { type Strides, type ViewKind, type ViewMaking, contiguousStrides, putAll } from "./viewMaking.js";

/** An operation whose result aliases its input. */
export interface ViewSpec<O> extends ViewKind<O> {
  readonly name: string;
  readonly vjp: (g: Tensor, saved: Saved<O>) => Tensor;
}

/** Completes the declaration of a view operation. */
export function viewSpec<O>(spec: Omit<ViewSpec<O>, "again">): ViewSpec<O> {
  const whole: ViewSpec<O> = { ...spec, again: (base, { to, options }) => viewOf(whole, base, to, options) };
  return whole;
}

/** One call of a view operation, whose shape the caller has found: the aliasing twin of `apply`. */
export function viewOf<O>(spec: ViewSpec<O>, x: Tensor, to: Shape, options: O): Tensor {
  const recording = isGradEnabled();
  const making: ViewMaking<O> = { kind: spec, from: x.shape, to, options };
  let contents: Storage;
  try {
    contents = x.device.type === "meta" ? x.storage : spec.take(x.strided(), making, x.dtype, x.device);
  } catch (error) {
    throw explainNative(error, spec.name, shapesText([x]));
  }
  const out = Tensor.view(x, making, contents, recording);
  if (recording && x.requiresGrad) {
    new GradNode(spec.name, [x], [out], "nothing", options, ([g], saved: Saved<O>) => [spec.vjp(g as Tensor, saved)]);
  }
  return out;
}

/** `declare` for a view operation. */
export function declareView<F extends (...args: never) => Tensor | readonly Tensor[]>(
  name: string,
  torch: string,
  samples: Declared["samples"],
  call: F,
): F & Declared {
  return Object.assign(call, { opName: name, torch, samples, differentiable: true });
}

/** The distances in memory of neighbours along each dim, as PyTorch's tensor would have them. */
export function stridesOf(x: Tensor): Strides {
  const view = x.viewOn;
  if (!view) return contiguousStrides(x.shape);
  return view.makings.reduce(
    (strides, making) => making.kind.strides(strides, making),
    contiguousStrides(view.root.shape),
  );
}

/** Whether several elements of a view are one in memory: then they cannot be changed one by one. */
export function overlapsItself(x: Tensor): boolean {
  const view = x.viewOn;
  if (!view?.makings.some(({ kind }) => kind.stretches)) return false;
  const strides = stridesOf(x);
  return sizeOf(x.shape) > 0 && x.shape.some((n, i) => n > 1 && strides[i] === 0);
}

type Path = readonly ViewMaking[];

/** A base with one of its views replaced: what a recorded in-place change of the view makes of the base. */
const putSpec: OpSpec<Path> = {
  name: "put",
  torch: "",
  infer: ([base]) => ({ shape: base.shape, dtype: base.dtype }),
  forward: ([base, part], path, _out, on) => putAll(base.strided(), part.strided(), path, base.dtype, on),
  // What was replaced has no say any more; what replaced it gets its part.
  vjp: (g, { options: path, needs, inShapes: [, part] }) => [
    needs[0] ? put(g, along(g, path).zerosLike(), path) : undefined,
    needs[1] ? along(g, path).reshape(part) : undefined,
  ],
  saves: "nothing",
  samples: [],
};

const put = (base: Tensor, part: Tensor, path: Path): Tensor => apply(putSpec, [base, part], path);

const along = (base: Tensor, path: Path): Tensor => path.reduce((x, making) => making.kind.again(x, making), base);

/**
 * `x` takes over the contents and the history of `result` (same shape and dtype): the end of every in-place operation.
 * Through a view its base, and with it every other view, gets both.
 */
export function become(x: Tensor, result: Tensor): void {
  const view = x.viewOn;
  const node = isGradEnabled() ? result.gradFn : undefined;
  if (!node) {
    x.overwrite(result);
    return;
  }
  if (view?.base) become(view.base, put(present(view.base), result, view.path));
  else {
    x.overwrite(result);
    x.attach(node, result.outputNr);
  }
  node.storedIn(x, result.outputNr);
}

/** What `x` is now, apart from what it becomes, with its history. */
export function present(x: Tensor): Tensor {
  const now = x.snapshot();
  const node = isGradEnabled() ? x.gradFn : undefined;
  if (node) now.attach(node, x.outputNr);
  return now;
}
