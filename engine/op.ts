// How an operation is declared, and what one call does: check, infer, execute, record. One declaration is one constant in
// ops/ or functional/; from it come the function, the method, the meta device, the tape's entry and the tests.
import { explainNative } from "./backend/native.js";
import type { Device } from "./device.js";
import { type DType, isFloating } from "./dtype.js";
import { ArgumentError, DeviceError, shapeText } from "./errors.js";
import type { Shape } from "./shape.js";
import { isGradEnabled } from "./state.js";
import { Storage } from "./storage.js";
import { GradNode, type Saved, type Saves, type Vjp } from "./tape.js";
import { Tensor, type ViewStep } from "./tensor.js";

export type { Saved };

/** Arguments of one call that the tests make: nested numbers become tensors, `options` passes through. */
export interface Sample {
  readonly in: readonly SampleInput[];
  /** Arguments after the tensors, as a user writes them. */
  readonly args?: readonly unknown[];
  /** The same call in PyTorch, with a, b, c for the inputs; without it the op's `torch` template. */
  readonly torch?: string;
  /** False where finite differences cannot follow (ties, kinks). Values and gradients are still compared with PyTorch. */
  readonly gradcheck?: boolean;
}

/** Nested numbers, or a shape filled with reproducible values; `dtype` float64 unless named. */
export type SampleInput =
  | number
  | readonly unknown[]
  | {
      readonly shape: Shape;
      readonly dtype?: DType;
      readonly seed?: number;
      readonly positive?: boolean;
    }
  | { readonly values: readonly unknown[] | number; readonly dtype: DType };

export interface Declared {
  readonly opName: string;
  /** PyTorch's expression of the op on inputs a, b, c. */
  readonly torch: string;
  readonly samples: readonly Sample[];
  readonly differentiable: boolean;
}

export interface Inferred {
  readonly shape: Shape;
  readonly dtype: DType;
}

export interface OpSpec<O> {
  readonly name: string;
  /** PyTorch's expression, for the tests: `F.conv2d(a, b, c, …)`. */
  readonly torch: string;
  /** Shape and dtype of the result; checks the inputs. All that the meta device does. */
  readonly infer: (inputs: readonly Tensor[], options: O) => Inferred;
  /** Kernels on storages. `on` is the device of all inputs. */
  readonly forward: (inputs: readonly Tensor[], options: O, out: Inferred, on: Device) => Storage;
  /** The gradient, written with differentiable operations; "none" says on purpose that there is none. */
  readonly vjp: Vjp<O> | "none";
  readonly saves: Saves;
  readonly samples: readonly Sample[];
}

/** Performs one call of an operation. */
export function apply<O>(spec: OpSpec<O>, inputs: readonly Tensor[], options: O): Tensor {
  const on = commonDevice(spec.name, inputs);
  const inferred = spec.infer(inputs, options);
  const records = spec.vjp !== "none" && isFloating(inferred.dtype) && isGradEnabled() && inputs.some(wantsGrad);
  let storage: Storage;
  if (on.type === "meta") storage = new Storage("strided");
  else {
    try {
      storage = spec.forward(inputs, options, inferred, on);
    } catch (error) {
      throw explainNative(error, spec.name, shapesText(inputs));
    }
  }
  const out = new Tensor(storage, inferred.shape, inferred.dtype, on);
  if (records) new GradNode(spec.name, inputs, out, spec.saves, options, spec.vjp);
  return out;
}

const wantsGrad = (x: Tensor): boolean => x.requiresGrad;

const shapesText = (inputs: readonly Tensor[]): string =>
  inputs.map((x) => `${x.dtype} ${shapeText(x.shape)}`).join(", ");

/** The one device of all inputs. */
function commonDevice(op: string, inputs: readonly Tensor[]): Device {
  const on = inputs[0].device;
  for (let i = 1; i < inputs.length; i++) {
    if (inputs[i].device !== on) {
      const places = inputs.map((x) => x.device.name).join(", ");
      throw new DeviceError(`${op}: expected all tensors on one device, got ${places}; move them with .to(device)`);
    }
  }
  return on;
}

/** Refuses what is not a tensor, naming the argument: JavaScript callers have no types. */
export function expectTensor(op: string, argument: string, value: unknown): asserts value is Tensor {
  if (!(value instanceof Tensor)) {
    const got =
      value === null
        ? "null"
        : Array.isArray(value)
          ? "an array (make it a tensor first: tensor([...]))"
          : typeof value;
    throw new ArgumentError(`${op}: expected a Tensor as ${argument}, got ${got}`);
  }
}

/** Adds what tests and docs read to the function users call. */
export function declare<F extends (...args: never) => Tensor>(spec: OpSpec<never>, call: F): F & Declared {
  return Object.assign(call, {
    opName: spec.name,
    torch: spec.torch,
    samples: spec.samples,
    differentiable: spec.vjp !== "none",
  });
}

// ---- views --------------------------------------------------------------------------------------------------------

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
    const vjp: Vjp<O> = (g, saved) => [spec.vjp(g, saved)];
    new GradNode(spec.name, [x], out, "nothing", options, vjp);
  }
  return out;
}

/** `declare` for a view operation. */
export function declareView<O, F extends (...args: never) => Tensor>(
  spec: ViewSpec<O>,
  torch: string,
  samples: OpSpec<O>["samples"],
  call: F,
): F & Declared {
  return Object.assign(call, { opName: spec.name, torch, samples, differentiable: true });
}
