// Reductions over some dims, or all of them.
import { intVector } from "../backend/constants.js";
import { asStrided } from "../backend/layout.js";
import { boolAttr, typeAttr } from "../backend/native.js";
import type { Device } from "../device.js";
import { type DType, isFloating } from "../dtype.js";
import { ArgumentError, ShapeError, shapeText, expectOptions } from "../errors.js";
import { type Declared, type OpSpec, type Sample, apply, declare, expectTensor } from "../op.js";
import { normaliseDims, reducedShape } from "../shape.js";
import type { Storage } from "../storage.js";
import type { Saved, Saves } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { inDType, notFloating } from "./takes.js";
import { type Kernels, type Via, boolAsBytes, kernelsOf, runAlong, halvesAsFloats } from "./via.js";

export interface ReduceOptions {
  /** Keep the reduced dims with size 1. */
  readonly keepdim?: boolean;
}

export interface DTypeReduceOptions extends ReduceOptions {
  /** Convert the input to this dtype first. */
  readonly dtype?: DType;
}

/** One dim, several, or nothing for all. */
export type Dims = number | readonly number[];

/** `x.sum()`, `x.sum(1)`, `x.sum([0, 1], { keepdim: true })`, and `x.sum({ dtype: "float64" })` over all dims. */
export type Reduce<O extends ReduceOptions = ReduceOptions> = ((x: Tensor, dim?: Dims | O, options?: O) => Tensor) &
  Declared;

/** Which dims go. */
export interface Reduction {
  readonly dims: readonly number[];
  readonly keepdim: boolean;
}

/** Tells dims from options that stand in their place. @throws ArgumentError for options that are none. */
export function dimsAndOptions<O extends object, D extends Dims = Dims>(
  op: string,
  dim: D | O | undefined,
  options: O | undefined,
  example = "{ keepdim: true }",
): readonly [dim: D | undefined, options: Partial<O>] {
  if (typeof dim === "object" && !Array.isArray(dim)) return [undefined, expectOptions(op, dim as O, example)];
  return [dim as D | undefined, expectOptions(op, options, example)];
}

/** Puts the reduced dims back with size 1, so that a gradient or result broadcasts against the input. */
export function restored(x: Tensor, { inShapes: [shape], options: { dims } }: Saved<Pick<Reduction, "dims">>): Tensor {
  const kept = reducedShape(shape, dims, true);
  return x.shape.length === kept.length ? x : x.reshape(kept);
}

interface ReduceSpec {
  readonly name: string;
  readonly torch?: string;
  readonly tf: string;
  /** "same": the input's dtype. "sum": bool and integers become int64. "float": only floating inputs. */
  readonly result: "same" | "sum" | "float";
  /** At most one dim, as PyTorch has it. */
  readonly single?: boolean;
  readonly vjp: ((g: Tensor, saved: Saved<Reduction>) => Tensor) | "none";
  readonly saves: Saves;
  readonly samples: readonly Sample[];
}

/** The kernels of a TensorFlow reduction that drops or keeps the reduced dims. */
export const reductionKernels = (tf: string, via: Via = boolAsBytes): ((keepdim: boolean) => Kernels) => {
  const [dropping, keeping] = [false, true].map((keepdim) =>
    kernelsOf(tf, 2, [typeAttr("Tidx", "int32"), boolAttr("keep_dims", keepdim)], via),
  );
  return (keepdim) => (keepdim ? keeping : dropping);
};

/** A reduction that is one kernel of TensorFlow. */
export function reduce(r: ReduceSpec): Reduce<DTypeReduceOptions> {
  const { name, vjp, result, single = false } = r;
  const kernels = reductionKernels(r.tf, result === "same" ? boolAsBytes : halvesAsFloats);
  const spec: OpSpec<Reduction> = {
    name,
    torch: r.torch ?? `torch.${name}(a)`,
    infer: ([x], { dims, keepdim }) => ({ shape: reducedShape(x.shape, dims, keepdim), dtype: x.dtype }),
    forward: ([x], { dims, keepdim }, _out, on) => reduceStorage(kernels(keepdim), x, dims, keepdim, on),
    vjp: vjp === "none" ? "none" : (g, saved) => [vjp(g, saved)],
    saves: r.saves,
    samples: r.samples,
  };
  return declare(spec, (x: Tensor, dim?: Dims | DTypeReduceOptions, options?: DTypeReduceOptions): Tensor => {
    expectTensor(name, "input", x);
    const [over, { keepdim = false, dtype }] = dimsAndOptions(name, dim, options);
    const input = inDType(x, dtype ?? (result === "sum" && !isFloating(x.dtype) ? "int64" : x.dtype));
    if (result === "float" && !isFloating(input.dtype)) throw notFloating(name, input.dtype);
    if (single && typeof over === "object") {
      throw new ArgumentError(`${name}: expected one dim, or none for all, got ${shapeText(over)}`);
    }
    const dims = normaliseDims(name, over, x.ndim);
    if (result === "same" && dims.some((d) => x.shape[d] === 0)) {
      throw new ShapeError(`${name}: expected at least one element to choose from, got ${shapeText(x.shape)}`);
    }
    return apply(spec, [input], { dims, keepdim });
  });
}

/** A TensorFlow reduction (input, int32 axes), in physical order where that gives the logical result. */
export function reduceStorage(
  kernels: Kernels,
  { storage, dtype, shape }: Tensor,
  dims: readonly number[],
  keepdim: boolean,
  on: Device,
): Storage {
  const physical = storage.layout === "nhwc" ? nhwcAxes(dims, keepdim) : undefined;
  if (physical) return runAlong(kernels, dtype, on, keepdim ? "nhwc" : "strided", storage, intVector(on, physical));
  return runAlong(kernels, dtype, on, "strided", asStrided(storage, shape, dtype, on), intVector(on, dims));
}

/** Logical NCHW dims as NHWC axes, when what remains is in logical order; else undefined. */
function nhwcAxes(dims: readonly number[], keepdim: boolean): readonly number[] | undefined {
  const position = [0, 3, 1, 2];
  const rest = [0, 1, 2, 3].filter((d) => !dims.includes(d)).map((d) => position[d]);
  const inOrder = rest.every((p, i) => i === 0 || rest[i - 1] < p);
  return keepdim || inOrder ? dims.map((d) => position[d]) : undefined;
}
