// How an operation is declared, and what one call does: check, infer, execute, record. One declaration is one constant in
// ops/ or functional/; from it come the function, the method, the meta device, the tape's entry and the tests.
import { explainNative, execute, kernel, meta, typeAttr } from "./backend/native.js";
import { intVector, scalar } from "./backend/constants.js";
import { asNhwc, asStrided, padToRank4, reshaped } from "./backend/layout.js";
import type { Device } from "./device.js";
import { type DType, isFloating, resultType, resultTypeWithNumber } from "./dtype.js";
import { ArgumentError, DeviceError, DTypeError, shapeText } from "./errors.js";
import type { KernelId } from "./native/binding.js";
import { type Shape, broadcastShapes, normaliseDims, reducedShape } from "./shape.js";
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
      readonly below?: number;
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

/** A forward that also keeps something for its gradient. */
export interface Kept {
  readonly result: Storage;
  readonly kept: unknown;
}

export interface OpSpec<O> {
  readonly name: string;
  /** PyTorch's expression, for the tests: `F.conv2d(a, b, c, …)`. */
  readonly torch: string;
  /** Shape and dtype of the result; checks the inputs. All that the meta device does. */
  readonly infer: (inputs: readonly Tensor[], options: O) => Inferred;
  /** Kernels on storages. `on` is the device of all inputs. */
  readonly forward: (
    inputs: readonly Tensor[],
    options: O,
    out: Inferred,
    on: Device,
    forGrad: boolean,
  ) => Storage | Kept;
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
  let kept: unknown;
  if (on.type === "meta") storage = new Storage("strided");
  else {
    try {
      const made = spec.forward(inputs, options, inferred, on, records);
      if (made instanceof Storage) storage = made;
      else ({ result: storage, kept } = made);
    } catch (error) {
      throw explainNative(error, spec.name, shapesText(inputs));
    }
  }
  const out = new Tensor(storage, inferred.shape, inferred.dtype, on);
  if (records) new GradNode(spec.name, inputs, out, spec.saves, options, kept, spec.vjp);
  return out;
}

const wantsGrad = (x: Tensor): boolean => x.requiresGrad;

const shapesText = (inputs: readonly Tensor[]): string =>
  inputs.map((x) => `${x.dtype} ${shapeText(x.shape)}`).join(", ");

/** The one device of all inputs; a 0-d CPU tensor goes with any (PyTorch's rule). */
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
  const records = x.requiresGrad && isGradEnabled();
  const step = spec.step(x.shape, shape, options, x.dtype, x.device);
  let out: Tensor;
  if (x.device.type === "meta") out = Tensor.view(x, step, x.storage, shape);
  else {
    try {
      out = Tensor.view(x, step, step.take(x.strided()), shape);
    } catch (error) {
      throw explainNative(error, spec.name, `${x.dtype} ${shapeText(x.shape)}`);
    }
  }
  if (records) {
    new GradNode(spec.name, [x], out, "nothing", options, undefined, (g: Tensor, saved: Saved<O>) => [
      spec.vjp(g, saved),
    ]);
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

// ---- families -----------------------------------------------------------------------------------------------------

export type Unary = ((x: Tensor) => Tensor) & Declared;

interface UnarySpec {
  readonly name: string;
  readonly torch?: string;
  /** TensorFlow's operation with one attribute T. */
  readonly tf: string;
  /** "same": the input's dtype. "float": integers become float32 first. "bool": a test. */
  readonly result?: "same" | "float" | "bool";
  readonly vjp: ((g: Tensor, saved: Saved<undefined>) => Tensor) | "none";
  readonly saves: Saves;
  readonly samples: readonly Sample[];
}

/** An elementwise function of one tensor. */
export function unary(u: UnarySpec): Unary {
  const kernels = new Map<DType, KernelId>();
  const { name, vjp } = u;
  const spec: OpSpec<undefined> = {
    name,
    torch: u.torch ?? `torch.${name}(a)`,
    infer: ([x]) => ({ shape: x.shape, dtype: u.result === "bool" ? "bool" : x.dtype }),
    forward: ([x], _, out, on) => {
      let id = kernels.get(x.dtype);
      if (id === undefined) kernels.set(x.dtype, (id = kernel(u.tf, [typeAttr("T", x.dtype)], 1)));
      const { storage } = x;
      return execute(id, on, storage.layout, storage);
    },
    vjp: vjp === "none" ? "none" : (g, saved) => [vjp(g, saved)],
    saves: u.saves,
    samples: u.samples,
  };
  const call = (x: Tensor): Tensor => {
    expectTensor(name, "input", x);
    const input = u.result === "float" && !isFloating(x.dtype) ? x.to("float32") : x;
    return apply(spec, [input], undefined);
  };
  return declare(spec as OpSpec<never>, call);
}

export type Binary = ((x: Tensor, other: Tensor | number) => Tensor) & Declared;

interface BinarySpec {
  readonly name: string;
  readonly torch?: string;
  readonly tf: string;
  /** "same": the promoted dtype. "float": true division. "bool": a comparison. */
  readonly result?: "same" | "float" | "bool";
  readonly vjp: ((g: Tensor, saved: Saved<undefined>) => readonly (Tensor | undefined)[]) | "none";
  readonly saves: Saves;
  readonly samples: readonly Sample[];
}

/** An elementwise function of two tensors, or a tensor and a number, with broadcasting and promotion. */
export function binary(b: BinarySpec): Binary {
  const kernels = new Map<DType, KernelId>();
  const { name } = b;
  const spec: OpSpec<undefined> = {
    name,
    torch: b.torch ?? `torch.${name}(a, b)`,
    infer: ([x, y]) => ({
      shape: broadcastShapes(name, x.shape, y.shape),
      dtype: b.result === "bool" ? "bool" : x.dtype,
    }),
    forward: ([x, y], _, out, on) => {
      let id = kernels.get(x.dtype);
      if (id === undefined) kernels.set(x.dtype, (id = kernel(b.tf, [typeAttr("T", x.dtype), ...extraAttrs(b.tf)], 2)));
      const [sx, sy, layout] = oneLayout(x, y, on);
      return execute(id, on, layout, sx, sy);
    },
    vjp: b.vjp,
    saves: b.saves,
    samples: b.samples,
  };
  const call = (x: Tensor, other: Tensor | number): Tensor => {
    expectTensor(name, "input", x);
    if (typeof other === "number") {
      const dtype = common(b, resultTypeWithNumber(x.dtype, other));
      return apply(spec, [x.dtype === dtype ? x : x.to(dtype), numberLike(other, dtype, x.device)], undefined);
    }
    expectTensor(name, "other", other);
    let y = other;
    if (y.device !== x.device && y.ndim === 0 && y.device.type === "cpu") y = y.to(x.device); // PyTorch's rule for 0-d
    const dtype = common(b, resultType(x.dtype, x.ndim, y.dtype, y.ndim));
    return apply(spec, [x.dtype === dtype ? x : x.to(dtype), y.dtype === dtype ? y : y.to(dtype)], undefined);
  };
  return declare(spec as OpSpec<never>, call);
}

const extraAttrs = (tf: string) =>
  tf === "Equal" || tf === "NotEqual" ? [{ name: "incompatible_shape_error", type: "bool", value: true } as const] : [];

/** The dtype both inputs are brought to. */
function common(b: BinarySpec, dtype: DType): DType {
  if (b.result === "float" && !isFloating(dtype)) return "float32";
  if (b.result !== "bool" && dtype === "bool") {
    throw new DTypeError(`${b.name}: expected numbers, got bool; convert with .to("int64") or .to("float32")`);
  }
  return dtype;
}

/** A number as a 0-d tensor of a dtype; the storage is shared by all equal numbers and never written to. */
export function numberLike(value: number, dtype: DType, on: Device): Tensor {
  return new Tensor(on === meta() ? new Storage("strided") : scalar(on, dtype, value), [], dtype, on);
}

/** Brings two inputs that broadcast into one physical order. */
function oneLayout(x: Tensor, y: Tensor, on: Device): readonly [Storage, Storage, "strided" | "nhwc"] {
  const [sx, sy] = [x.storage, y.storage];
  if (sx.layout === sy.layout && sx.layout === "strided") return [sx, sy, "strided"];
  if (x.ndim > 4 || y.ndim > 4) return [x.strided(), y.strided(), "strided"];
  return [nhwcForBroadcast(x, sx, on), nhwcForBroadcast(y, sy, on), "nhwc"];
}

function nhwcForBroadcast(x: Tensor, storage: Storage, on: Device): Storage {
  if (storage.layout === "nhwc" || x.ndim === 0) return storage;
  const shape = padToRank4(x.shape);
  const padded = x.ndim === 4 ? storage : reshaped(storage, shape, x.dtype, on);
  return asNhwc(padded, shape, x.dtype, on);
}

export interface ReduceOptions {
  /** Keep the reduced dims with size 1. */
  readonly keepdim?: boolean;
}

export type Reduce = ((x: Tensor, dim?: number | readonly number[], options?: ReduceOptions) => Tensor) & Declared;

interface Reduction {
  readonly dims: readonly number[];
  readonly keepdim: boolean;
}

interface ReduceSpec {
  readonly name: string;
  readonly torch?: string;
  readonly tf: string;
  /** "sum": bool and integers become int64. "float": only floating inputs. */
  readonly result: "same" | "sum" | "float";
  readonly vjp: ((g: Tensor, saved: Saved<Reduction>) => Tensor) | "none";
  readonly saves: Saves;
  readonly samples: readonly Sample[];
}

/** A reduction over some dims, or all of them. */
export function reduce(r: ReduceSpec): Reduce {
  const { name, vjp } = r;
  const spec: OpSpec<Reduction> = {
    name,
    torch: r.torch ?? `torch.${name}(a)`,
    infer: ([x], { dims, keepdim }) => ({ shape: reducedShape(x.shape, dims, keepdim), dtype: x.dtype }),
    forward: ([x], { dims, keepdim }, out, on) => reduceStorage(r.tf, x, dims, keepdim, on),
    vjp: vjp === "none" ? "none" : (g, saved) => [vjp(g, saved)],
    saves: r.saves,
    samples: r.samples,
  };
  const call = (x: Tensor, dim?: number | readonly number[], { keepdim = false }: ReduceOptions = {}): Tensor => {
    expectTensor(name, "input", x);
    const input = r.result === "sum" && !isFloating(x.dtype) && x.dtype !== "int64" ? x.to("int64") : x;
    if (r.result === "float" && !isFloating(x.dtype)) {
      throw new DTypeError(`${name}: expected a floating dtype, got ${x.dtype}; convert with .to("float32")`);
    }
    return apply(spec, [input], { dims: normaliseDims(name, dim, x.ndim), keepdim });
  };
  return declare(spec as OpSpec<never>, call);
}

/** A TensorFlow reduction (input, int32 axes), in physical order where that gives the logical result. */
export function reduceStorage(tf: string, x: Tensor, dims: readonly number[], keepdim: boolean, on: Device): Storage {
  const id = kernel(
    tf,
    [typeAttr("T", x.dtype), typeAttr("Tidx", "int32"), { name: "keep_dims", type: "bool", value: keepdim }],
    2,
  );
  const { storage } = x;
  const physical = storage.layout === "nhwc" ? nhwcAxes(dims, keepdim) : undefined;
  if (physical) return execute(id, on, keepdim ? "nhwc" : "strided", storage, intVector(on, physical));
  return execute(id, on, "strided", asStrided(storage, x.shape, x.dtype, on), intVector(on, dims));
}

/** Logical NCHW dims as NHWC axes, when what remains is in logical order; else undefined. */
function nhwcAxes(dims: readonly number[], keepdim: boolean): readonly number[] | undefined {
  const position = [0, 3, 1, 2];
  const rest = [0, 1, 2, 3].filter((d) => !dims.includes(d)).map((d) => position[d]);
  const inOrder = rest.every((p, i) => i === 0 || rest[i - 1] < p);
  return keepdim || inOrder ? dims.map((d) => position[d]) : undefined;
}
