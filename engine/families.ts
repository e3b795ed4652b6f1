// The families of operations: elementwise of one or two tensors, and reductions. A helper each, so that a declaration is
// only what differs.
import { boolAttr, execute, kernel, meta, perDType, typeAttr } from "./backend/native.js";
import { intVector, scalar } from "./backend/constants.js";
import { asNhwc, asStrided, padToRank4, reshaped } from "./backend/layout.js";
import type { Device } from "./device.js";
import { type DType, isFloating, resultType, resultTypeWithNumber } from "./dtype.js";
import { DTypeError, ShapeError, shapeText } from "./errors.js";
import type { KernelAttr, KernelId } from "./native/binding.js";
import { type Declared, type OpSpec, type Sample, apply, declare, expectTensor } from "./op.js";
import { broadcastShapes, normaliseDims, reducedShape } from "./shape.js";
import { Storage } from "./storage.js";
import type { Saved, Saves } from "./tape.js";
import { Tensor } from "./tensor.js";

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
  const { name, vjp } = u;
  const kernelOf = perDType((dtype) => kernel(u.tf, [typeAttr("T", dtype)], 1));
  const spec: OpSpec<undefined> = {
    name,
    torch: u.torch ?? `torch.${name}(a)`,
    infer: ([x]) => ({ shape: x.shape, dtype: u.result === "bool" ? "bool" : x.dtype }),
    forward: ([x], _, out, on) => {
      const { storage } = x;
      return execute(kernelOf(x.dtype), on, storage.layout, storage);
    },
    vjp: vjp === "none" ? "none" : (g, saved) => [vjp(g, saved)],
    saves: u.saves,
    samples: u.samples,
  };
  const call = (x: Tensor): Tensor => {
    expectTensor(name, "input", x);
    if (x.dtype === "bool" && u.result !== "float" && u.result !== "bool") throw notForBool(name);
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
  /** Attributes beside T. */
  readonly attrs?: readonly KernelAttr[];
  /** "same": the promoted dtype. "float": true division. "bool": a comparison. */
  readonly result?: "same" | "float" | "bool";
  readonly vjp: ((g: Tensor, saved: Saved<undefined>) => readonly (Tensor | undefined)[]) | "none";
  readonly saves: Saves;
  readonly samples: readonly Sample[];
}

/** An elementwise function of two tensors, or a tensor and a number, with broadcasting and promotion. */
export function binary(b: BinarySpec): Binary {
  const { name } = b;
  const kernelOf = perDType((dtype) => kernel(b.tf, [typeAttr("T", dtype), ...(b.attrs ?? [])], 2));
  const spec: OpSpec<undefined> = {
    name,
    torch: b.torch ?? `torch.${name}(a, b)`,
    infer: ([x, y]) => ({
      shape: broadcastShapes(name, x.shape, y.shape),
      dtype: b.result === "bool" ? "bool" : x.dtype,
    }),
    forward: ([x, y], _, out, on) => {
      const [sx, sy, layout] = oneLayout(x, y, on);
      return execute(kernelOf(x.dtype), on, layout, sx, sy);
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

const notForBool = (op: string) =>
  new DTypeError(`${op}: expected numbers, got bool; convert with .to("int64") or .to("float32")`);

/** The dtype both inputs are brought to. */
function common(b: BinarySpec, dtype: DType): DType {
  if (b.result === "float" && !isFloating(dtype)) return "float32";
  if (b.result !== "bool" && dtype === "bool") {
    throw notForBool(b.name);
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
  const [dropping, keeping] = [false, true].map((keepdim) =>
    perDType((dtype) =>
      kernel(r.tf, [typeAttr("T", dtype), typeAttr("Tidx", "int32"), boolAttr("keep_dims", keepdim)], 2),
    ),
  );
  const spec: OpSpec<Reduction> = {
    name,
    torch: r.torch ?? `torch.${name}(a)`,
    infer: ([x], { dims, keepdim }) => ({ shape: reducedShape(x.shape, dims, keepdim), dtype: x.dtype }),
    forward: ([x], { dims, keepdim }, out, on) => reduceStorage(keepdim ? keeping : dropping, x, dims, keepdim, on),
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
    const dims = normaliseDims(name, dim, x.ndim);
    if (r.result === "same" && dims.some((d) => x.shape[d] === 0)) {
      throw new ShapeError(`${name}: expected at least one element to choose from, got ${shapeText(x.shape)}`);
    }
    // Half precisions are added up in float32, as PyTorch does: their own sums overflow.
    const half = (x.dtype === "float16" || x.dtype === "bfloat16") && r.result !== "same";
    return half
      ? apply(spec, [x.to("float32")], { dims, keepdim }).to(x.dtype)
      : apply(spec, [input], { dims, keepdim });
  };
  return declare(spec as OpSpec<never>, call);
}

/** A TensorFlow reduction (input, int32 axes), in physical order where that gives the logical result. */
function reduceStorage(
  kernelOf: (dtype: DType) => KernelId,
  x: Tensor,
  dims: readonly number[],
  keepdim: boolean,
  on: Device,
): Storage {
  const id = kernelOf(x.dtype);
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
