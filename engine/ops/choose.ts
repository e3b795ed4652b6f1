// Extreme values and where they are: max, min, argmax, argmin. Every export is a Tensor method.
import { argMax, argMin, equal, isNan } from "../backend/kernels.js";
import { intScalar, intVector } from "../backend/constants.js";
import { reshaped } from "../backend/layout.js";
import { execute, kernel, perDType } from "../backend/native.js";
import type { Device } from "../device.js";
import { type DType, isFloating } from "../dtype.js";
import { DTypeError, ShapeError, shapeText, expectOptions } from "../errors.js";
import { type ReduceOptions, onlyWhere, reductionKernels, runAlong } from "../families.js";
import { called } from "../families/samples.js";
import {
  type Declared,
  type ManySpec,
  type OpSpec,
  type Sample,
  apply,
  applyMany,
  declare,
  expectTensor,
} from "../op.js";
import { normaliseDim, reducedShape, sizeOf } from "../shape.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { places } from "./places.js";
import { maximum, minimum } from "./extremes.js";
import { amax, amin } from "./reduce.js";
import { type ValuesIndices, valuesIndices } from "./valuesIndices.js";

type Which = "max" | "min";

/** Of bools only: the dtype says nothing to the kernel. */
const either = perDType(() => kernel("LogicalOr", [], 2));
const argKernels = { max: argMax, min: argMin };
const valueKernels = { max: reductionKernels("Max")(true), min: reductionKernels("Min")(true) };

/** The extreme along a dim, kept with size 1, of strided contents. */
const extremeOf = (which: Which, x: Storage, dtype: DType, dim: number, on: Device): Storage =>
  runAlong(valueKernels[which], dtype, on, "strided", x, intVector(on, [dim]));

/** Where it is first, without the dim. NaN is an extreme, which TensorFlow's own kernels pass over. */
function placeOf(which: Which, x: Storage, extreme: () => Storage, dtype: DType, dim: number, on: Device): Storage {
  if (!isFloating(dtype)) return execute(argKernels[which](dtype), on, "strided", x, intScalar(on, dim));
  const same = execute(equal(dtype), on, "strided", x, extreme());
  const nan = execute(isNan(dtype), on, "strided", x);
  const here = execute(either("bool"), on, "strided", same, nan);
  return execute(argKernels.max("bool"), on, "strided", here, intScalar(on, dim));
}

function requireElements(op: string, { shape }: Tensor, dim: number | undefined): void {
  if (dim === undefined ? sizeOf(shape) > 0 : shape[dim] !== 0) return;
  throw new ShapeError(`${op}: expected at least one element to choose from, got ${shapeText(shape)}`);
}

// ---- argmax, argmin

interface ArgOptions {
  readonly dim: number | undefined;
  readonly keepdim: boolean;
}

const cube = { shape: [2, 3, 4] } as const;

const argSamples = (name: string): readonly Sample[] => [
  called(cube, [1], `torch.${name}(a, 1)`),
  called(cube, [-1, { keepdim: true }], `torch.${name}(a, -1, keepdim=True)`),
  { in: [cube] },
  called(cube, [undefined, { keepdim: true }], `torch.${name}(a, None, keepdim=True)`),
  { in: [3] },
  called(3, [0], `torch.${name}(a, 0)`),
  { in: [[1, NaN, Infinity, NaN]] },
  called(
    [
      [1, NaN, 2],
      [3, 3, 1],
      [-Infinity, 0, Infinity],
    ],
    [1],
    `torch.${name}(a, 1)`,
  ),
  called(
    [
      [1, 0],
      [-0, 1],
      [1, 0],
    ],
    [0],
    `torch.${name}(a, 0)`,
  ),
  called({ shape: [3, 2], transposed: true }, [0], `torch.${name}(a, 0)`),
  called({ shape: [2, 0] }, [0], `torch.${name}(a, 0)`),
  { in: [{ values: [1, 5, 5, 0], dtype: "uint8" }] },
  { in: [{ shape: [9], dtype: "bfloat16" }] },
];

type Arg = ((x: Tensor, dim?: number, options?: ReduceOptions) => Tensor) & Declared;

function arg(name: "argmax" | "argmin", which: Which): Arg {
  const spec: OpSpec<ArgOptions> = {
    name,
    torch: `torch.${name}(a)`,
    infer([x], { dim, keepdim }) {
      if (x.dtype === "bool") throw new DTypeError(`${name}: expected numbers, got bool; convert with .to("uint8")`);
      requireElements(name, x, dim);
      const dims = dim === undefined ? x.shape.map((_, i) => i) : [dim];
      return { shape: reducedShape(x.shape, dims, keepdim), dtype: "int64" };
    },
    forward([x], { dim, keepdim }, out, on) {
      const whole = dim === undefined || x.ndim === 0;
      const input = whole ? reshaped(x.strided(), [-1], x.dtype, on) : x.strided();
      const along = whole ? 0 : dim;
      const found = placeOf(which, input, () => extremeOf(which, input, x.dtype, along, on), x.dtype, along, on);
      return keepdim ? reshaped(found, out.shape, "int64", on) : found;
    },
    vjp: "none",
    saves: "nothing",
    samples: argSamples(name),
  };
  return declare(spec, (x: Tensor, dim?: number, options?: ReduceOptions) => {
    const { keepdim = false } = expectOptions(name, options, "{ keepdim: true }");
    expectTensor(name, "input", x);
    return apply(spec, [x], { dim: dim === undefined ? undefined : normaliseDim(name, dim, x.ndim), keepdim });
  });
}

/** Index of the first largest value along a dim, or of all; NaN counts as largest (torch.argmax). */
export const argmax: Arg = arg("argmax", "max");
/** Index of the first smallest value along a dim, or of all; NaN counts as smallest (torch.argmin). */
export const argmin: Arg = arg("argmin", "min");

// ---- max, min

/** `x.max()`, `x.max(dim)`, `x.max(other)`: one name, as in PyTorch. */
export interface Choose extends Declared {
  (x: Tensor): Tensor;
  (x: Tensor, dim: number, options?: ReduceOptions): ValuesIndices;
  (x: Tensor, other: Tensor): Tensor;
}

/** `Choose` as a method. */
export interface ChooseMethod {
  (): Tensor;
  (dim: number, options?: ReduceOptions): ValuesIndices;
  (other: Tensor): Tensor;
}

interface Along {
  readonly dim: number;
  readonly keepdim: boolean;
}

const chooseSamples = (name: Which): readonly Sample[] => [
  { in: [cube] },
  called(cube, [1], `torch.${name}(a, 1)`),
  called(cube, [-1, { keepdim: true }], `torch.${name}(a, -1, keepdim=True)`),
  { in: [{ shape: [2, 3] }, { shape: [3], seed: 1 }], torch: `torch.${name}(a, b)` },
  { in: [3] },
  called(3, [0], `torch.${name}(a, 0)`),
  { in: [[1, 3, 3, 1]], gradcheck: false },
  called([1, 3, 3, 1], [0], `torch.${name}(a, 0)`, false),
  { in: [[1, NaN, NaN]], gradcheck: false },
  called(
    [
      [1, NaN, NaN],
      [2, Infinity, -Infinity],
    ],
    [1],
    `torch.${name}(a, 1)`,
    false,
  ),
  called({ shape: [3, 2], transposed: true }, [0], `torch.${name}(a, 0)`),
  called({ shape: [0, 3] }, [1], `torch.${name}(a, 1)`),
  called(
    {
      values: [
        [3, 1],
        [1, 1],
      ],
      dtype: "int64",
    },
    [1],
    `torch.${name}(a, 1)`,
  ),
  called({ values: [0, 1], dtype: "bool" }, [0], `torch.${name}(a, 0)`),
  { in: [{ values: [1, 0], dtype: "bool" }] },
  called({ shape: [6], dtype: "float32" }, [0], `torch.${name}(a, 0)`),
];

function choose(name: Which): Choose {
  const [among, between] = name === "max" ? [amax, maximum] : [amin, minimum];

  const wholeSpec: OpSpec<undefined> = {
    name,
    torch: `torch.${name}(a)`,
    infer: ([x]) => {
      requireElements(name, x, undefined);
      return { shape: [], dtype: x.dtype };
    },
    forward: ([x]) => among(x.detach()).storage,
    // Equal ones share the gradient; NaN equals NaN here.
    vjp: (g, { in: [x], out }) => {
      const here = x.eq(out).logicalOr(x.isnan().logicalAnd(out.isnan())).to(g.dtype);
      return [here.mul(g.div(here.sum()))];
    },
    saves: "in and out",
    samples: chooseSamples(name),
  };

  const alongSpec: ManySpec<Along> = {
    name,
    torch: "",
    infer: ([x], { dim, keepdim }) => {
      requireElements(name, x, dim);
      const shape = reducedShape(x.shape, x.ndim === 0 ? [] : [dim], keepdim);
      return [
        { shape, dtype: x.dtype },
        { shape, dtype: "int64" },
      ];
    },
    forward: ([x], { dim }, [values, indices], on) => {
      const { dtype } = x;
      const input = x.ndim === 0 ? reshaped(x.strided(), [1], dtype, on) : x.strided();
      const extreme = extremeOf(name, input, dtype, dim, on);
      const found = placeOf(name, input, () => extreme, dtype, dim, on);
      return [reshaped(extreme, values.shape, dtype, on), reshaped(found, indices.shape, "int64", on)];
    },
    // The gradient goes to the place that was chosen.
    vjp: ([g], { outs: [, indices], inShapes: [shape], options: { dim } }) => {
      if (!g) return [undefined];
      if (shape.length === 0) return [g];
      const kept = reducedShape(shape, [dim], true);
      return [onlyWhere(places(shape, dim, g.device).eq(indices.reshape(kept)), g.reshape(kept))];
    },
    saves: "out",
    samples: [],
  };

  function call(x: Tensor): Tensor;
  function call(x: Tensor, dim: number, options?: ReduceOptions): ValuesIndices;
  function call(x: Tensor, other: Tensor): Tensor;
  function call(x: Tensor, second?: number | Tensor, options?: ReduceOptions): Tensor | ValuesIndices {
    const { keepdim = false } = expectOptions(name, options, "{ keepdim: true }");
    expectTensor(name, "input", x);
    if (second === undefined) return apply(wholeSpec, [x], undefined);
    if (typeof second !== "number") return between(x, second);
    const [values, indices] = applyMany(alongSpec, [x], { dim: normaliseDim(name, second, x.ndim), keepdim });
    return valuesIndices(values, indices);
  }
  return declare(wholeSpec, call);
}

/**
 * The largest of all elements; along a dim, `{ values, indices }`, which is also `[values, indices]`; or with another
 * tensor, `maximum` (torch.max). NaN wins. Over all, equal ones share the gradient; along a dim the chosen one gets it.
 */
export const max: Choose = choose("max");
/**
 * The smallest of all elements; along a dim, `{ values, indices }`, which is also `[values, indices]`; or with another
 * tensor, `minimum` (torch.min). NaN wins. Over all, equal ones share the gradient; along a dim the chosen one gets it.
 */
export const min: Choose = choose("min");
