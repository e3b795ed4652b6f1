// How an operation is declared, and what one call does: check, infer, execute, record. One declaration is one constant in
// ops/ or functional/; from it come the function, the method, the meta device, the tape's entry and the tests.
import { explainNative } from "./backend/native.js";
import type { Device } from "./device.js";
import { type DType, isFloating } from "./dtype.js";
import { ArgumentError, DeviceError, shapeText } from "./errors.js";
import type { Shape } from "./shape.js";
import { isGradEnabled } from "./state.js";
import { Storage } from "./storage.js";
import { GradNode, type ManyVjp, type Saved, type Saves, type Vjp } from "./tape.js";
import { Tensor } from "./tensor.js";

export type { Saved };

/** Arguments of one call that the tests make: nested numbers become tensors, `options` passes through. */
export interface Sample {
  readonly in: readonly SampleInput[];
  /** Arguments after the tensors, as a user writes them. An input that goes by name is marked: `{ weight: { input: 2 } }`. */
  readonly args?: readonly unknown[];
  /** The same call in PyTorch, with a, b, c for the inputs; without it the op's `torch` template. */
  readonly torch?: string;
  /** False where finite differences cannot follow (ties, kinks). Values and gradients are still compared with PyTorch. */
  readonly gradcheck?: boolean;
  /** False where the result's shape depends on values: meta refuses. */
  readonly meta?: boolean;
}

/** In a sample's `args`, also within options and lists: stands for an input, which is then not passed before the rest. */
export interface InputMark {
  readonly input: number;
}

/** Nested numbers, or a shape filled with reproducible values; `dtype` float64 unless named. */
export type SampleInput =
  | number
  | readonly unknown[]
  | {
      readonly shape: Shape;
      readonly dtype?: DType;
      readonly seed?: number;
      /** Values in [0.25, 2.25) instead of [-2, 2). */
      readonly positive?: boolean;
      /** Values in (-0.95, 0.95): for functions of a probability, sine, correlation. */
      readonly within?: boolean;
      /** A view of a leaf with its first and last dims exchanged: `shape` is the view's. */
      readonly transposed?: boolean;
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
  const { vjp } = spec;
  const records = vjp !== "none" && isFloating(inferred.dtype) && isGradEnabled() && inputs.some(wantsGrad);
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
  if (records)
    new GradNode(spec.name, inputs, [out], spec.saves, options, ([g], saved: Saved<O>) => vjp(g as Tensor, saved));
  return out;
}

/** An operation with several results: `OpSpec` in the plural. */
export interface ManySpec<O> extends Omit<OpSpec<O>, "infer" | "forward" | "vjp"> {
  readonly infer: (inputs: readonly Tensor[], options: O) => readonly Inferred[];
  readonly forward: (
    inputs: readonly Tensor[],
    options: O,
    outs: readonly Inferred[],
    on: Device,
  ) => readonly Storage[];
  /** No gradient came to the results that are undefined; integer results never have one. */
  readonly vjp: ManyVjp<O> | "none";
}

/** Performs one call of an operation with several results. */
export function applyMany<O>(spec: ManySpec<O>, inputs: readonly Tensor[], options: O): readonly Tensor[] {
  const on = commonDevice(spec.name, inputs);
  const inferred = spec.infer(inputs, options);
  const { vjp } = spec;
  const records = vjp !== "none" && isGradEnabled() && inputs.some(wantsGrad);
  let storages: readonly Storage[];
  if (on.type === "meta") storages = inferred.map(() => new Storage("strided"));
  else {
    try {
      storages = spec.forward(inputs, options, inferred, on);
    } catch (error) {
      throw explainNative(error, spec.name, shapesText(inputs));
    }
  }
  const outs = inferred.map(({ shape, dtype }, i) => new Tensor(storages[i], shape, dtype, on));
  if (records) new GradNode(spec.name, inputs, outs, spec.saves, options, vjp);
  return outs;
}

const wantsGrad = (x: Tensor): boolean => x.requiresGrad;

export const shapesText = (inputs: readonly Tensor[]): string =>
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
export function declare<F extends (...args: never) => unknown>(
  spec: Pick<OpSpec<never>, "name" | "torch" | "samples"> & { readonly vjp: unknown },
  call: F,
): F & Declared {
  return Object.assign(call, {
    opName: spec.name,
    torch: spec.torch,
    samples: spec.samples,
    differentiable: spec.vjp !== "none",
  });
}
