// Sorting and the k largest. Values are gathered by the indices, so their gradient is gather's. Every export is a Tensor
// method.
import { boolAttr, executeMany, execute, kernel, perDType, typeAttr } from "../backend/native.js";
import { intScalar, scalar } from "../backend/constants.js";
import { transposed } from "../backend/layout.js";
import type { Device } from "../device.js";
import { type DType, isFloating } from "../dtype.js";
import { ArgumentError, shapeText } from "../errors.js";
import { converted, declaredAs, dimsAndOptions } from "../families.js";
import { called } from "../families/samples.js";
import { type Declared, type OpSpec, type Sample, apply, expectTensor } from "../op.js";
import { normaliseDim } from "../shape.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { type ValuesIndices, valuesIndices } from "./valuesIndices.js";

interface Ranking {
  readonly dim: number;
  readonly k: number;
  readonly largest: boolean;
}

const topKernel = perDType((dtype) =>
  kernel(
    "TopKV2",
    [typeAttr("T", dtype), typeAttr("Tk", "int32"), typeAttr("index_type", "int64"), boolAttr("sorted", true)],
    2,
    { outputs: 2 },
  ),
);

/**
 * Integers in the order of the values: NaN above all, the zeros equal, each other float by its bits. TensorFlow's ranking
 * of floats is undefined once there is a NaN.
 */
function keysOf(x: Storage, dtype: DType, on: Device): readonly [Storage, DType] {
  if (dtype === "bool") return [converted(x, "bool", "uint8", on), "uint8"];
  if (!isFloating(dtype)) return [x, dtype];
  const float = dtype === "float64" ? "float64" : "float32";
  const int = dtype === "float64" ? "int64" : "int32";
  const wide = dtype === float ? x : converted(x, dtype, float, on);
  const call = (op: string, of: DType, ...inputs: readonly Storage[]) =>
    execute(kernel(op, [typeAttr("T", of)], inputs.length), on, "strided", ...inputs);
  const oneZero = call("AddV2", float, wide, scalar(on, float, 0)); // -0 becomes 0
  const bits = execute(kernel("Bitcast", [typeAttr("T", float), typeAttr("type", int)], 1), on, "strided", oneZero);
  // Negative floats are ordered backwards by their bits: all but the sign is turned.
  const sign = call("RightShift", int, bits, scalar(on, int, int === "int64" ? 63 : 31));
  const ordered = call("BitwiseXor", int, bits, call("BitwiseAnd", int, sign, call("Invert", int, lowest(int, on))));
  const nan = call("IsNan", float, wide);
  return [call("SelectV2", int, nan, call("Invert", int, lowest(int, on)), ordered), int];
}

/** The sign bit alone: the least integer. Its complement is the largest. */
const lowest = (int: "int32" | "int64", on: Device): Storage =>
  scalar(on, int, int === "int64" ? -(2 ** 63) : -(2 ** 31));

const rankSpec: OpSpec<Ranking> = {
  name: "topk",
  torch: "",
  infer: ([x], { dim, k }) => ({ shape: x.shape.map((n, i) => (i === dim ? k : n)), dtype: "int64" }),
  forward([x], { dim, k, largest }, _out, on) {
    const last = x.ndim - 1;
    const swap = x.shape.map((_, i) => (i === dim ? last : i === last ? dim : i));
    const lines = dim === last ? x.strided() : transposed(x.strided(), swap, x.dtype, on);
    const [keys, int] = keysOf(lines, x.dtype, on);
    const ranked = largest ? keys : execute(kernel("Invert", [typeAttr("T", int)], 1), on, "strided", keys);
    const [, indices] = executeMany(topKernel(int), on, [undefined, "strided"], [ranked, intScalar(on, k)]);
    const found = indices as Storage;
    return dim === last ? found : transposed(found, swap, "int64", on);
  },
  vjp: "none",
  saves: "nothing",
  samples: [],
};

/** Equal elements are ranked in their order. */
function ranked(x: Tensor, dim: number, k: number, largest: boolean): ValuesIndices {
  if (x.ndim === 0) {
    const [values, indices] = ranked(x.reshape([1]), 0, k, largest);
    return valuesIndices(values.reshape([]), indices.reshape([]));
  }
  const indices = apply(rankSpec, [x], { dim, k, largest });
  return valuesIndices(x.gather(dim, indices), indices);
}

const samplesOf = (call: (dim: string) => string, args: (dim: number) => readonly unknown[]): readonly Sample[] => [
  called({ shape: [2, 3, 4] }, args(-1), call("-1")),
  called({ shape: [2, 3, 4] }, args(1), call("1")),
  called({ shape: [3, 2], transposed: true }, args(-1), call("-1")),
  called([1, NaN, Infinity, 2, NaN, -Infinity], args(0), call("0"), false),
  called(
    [
      [3, -2, -5, 0.5],
      [-1, -8, 1, 7],
    ],
    args(1),
    call("1"),
  ),
  called({ values: [3, -1, 2, 100], dtype: "int64" }, args(0), call("0")),
  called({ values: [-3, 127, -128, 0], dtype: "int8" }, args(0), call("0")),
  called({ values: [3, 255, 0, 7], dtype: "uint8" }, args(0), call("0")),
  called({ shape: [7], dtype: "float32" }, args(0), call("0")),
  called({ shape: [5], dtype: "bfloat16" }, args(0), call("0")),
  called({ shape: [5], dtype: "float16" }, args(0), call("0")),
];

export interface SortOptions {
  readonly descending?: boolean;
  /** Keep the order of equal elements. The order is kept in any case. */
  readonly stable?: boolean;
}

type Sort = ((x: Tensor, dim?: number | SortOptions, options?: SortOptions) => ValuesIndices) & Declared;

function sorting(name: string, x: Tensor, dim: number | SortOptions | undefined, options: SortOptions | undefined) {
  expectTensor(name, "input", x);
  const [over, { descending = false }] = dimsAndOptions<SortOptions, number>(
    name,
    dim,
    options,
    "{ descending: true }",
  );
  const along = normaliseDim(name, over ?? -1, x.ndim);
  return { along, k: x.shape[along] ?? 1, descending };
}

const ties = { values: [2, 1, 2, 1, 3, 3], dtype: "float64" } as const;

/**
 * Sorted along a dim, the last by default, as `{ values, indices }`, which is also `[values, indices]`; NaN counts as
 * largest, equal elements keep their order (torch.sort).
 */
export const sort: Sort = Object.assign(
  (x: Tensor, dim?: number | SortOptions, options?: SortOptions): ValuesIndices => {
    const { along, k, descending } = sorting("sort", x, dim, options);
    return ranked(x, along, k, descending);
  },
  {
    opName: "sort",
    torch: "torch.sort(a)",
    differentiable: true,
    samples: [
      ...samplesOf(
        (dim) => `torch.sort(a, ${dim})`,
        (dim) => [dim],
      ),
      ...samplesOf(
        (dim) => `torch.sort(a, ${dim}, descending=True)`,
        (dim) => [dim, { descending: true }],
      ).slice(1, 8),
      called(ties, [{ stable: true }], "torch.sort(a, stable=True)", false),
      called(ties, [{ stable: true, descending: true }], "torch.sort(a, stable=True, descending=True)", false),
      called([-0, 0, -0], [{ stable: true }], "torch.sort(a, stable=True)", false),
      { in: [3] },
      called({ shape: [2, 0] }, [1], "torch.sort(a, 1)"),
      { in: [{ values: [1, 0, 1], dtype: "bool" }], args: [{ stable: true }], torch: "torch.sort(a, stable=True)" },
    ],
  } satisfies Declared,
);

type Argsort = ((x: Tensor, dim?: number | SortOptions, options?: SortOptions) => Tensor) & Declared;

/** The indices of `sort` (torch.argsort). */
export const argsort: Argsort = declaredAs(
  sort,
  (x: Tensor, dim?: number | SortOptions, options?: SortOptions): Tensor => {
    const { along, k, descending } = sorting("argsort", x, dim, options);
    return x.ndim === 0 ? x.to("int64").zerosLike() : apply(rankSpec, [x], { dim: along, k, largest: descending });
  },
  {
    opName: "argsort",
    torch: "torch.argsort(a)",
    differentiable: false,
    samples: [
      called({ shape: [2, 3, 4] }, [1], "torch.argsort(a, 1)"),
      called({ shape: [2, 3] }, [{ descending: true }], "torch.argsort(a, descending=True)"),
      called(ties, [{ stable: true }], "torch.argsort(a, stable=True)"),
      called([1, NaN, -Infinity, 3], [0], "torch.argsort(a, 0)"),
      { in: [3] },
      called({ shape: [0, 3] }, [0], "torch.argsort(a, 0)"),
      called({ values: [3, 1, 2], dtype: "int32" }, [0], "torch.argsort(a, 0)"),
    ],
  },
);

export interface TopkOptions {
  /** The largest, or the smallest. Default true. */
  readonly largest?: boolean;
  /** In order. They are in any case. */
  readonly sorted?: boolean;
}

type Topk = ((x: Tensor, k: number, dim?: number | TopkOptions, options?: TopkOptions) => ValuesIndices) & Declared;

/**
 * The k largest or smallest along a dim, the last by default, in order, as `{ values, indices }`, which is also
 * `[values, indices]`; NaN counts as largest, of equal elements the first come first (torch.topk).
 * @throws ArgumentError for a k that the dim does not have.
 */
export const topk: Topk = Object.assign(
  (x: Tensor, k: number, dim?: number | TopkOptions, options?: TopkOptions): ValuesIndices => {
    expectTensor("topk", "input", x);
    const [over, { largest = true }] = dimsAndOptions<TopkOptions, number>("topk", dim, options, "{ largest: false }");
    const along = normaliseDim("topk", over ?? -1, x.ndim);
    const size = x.shape[along] ?? 1;
    if (!Number.isInteger(k) || k < 0 || k > size || (x.ndim === 0 && k === 0)) {
      throw new ArgumentError(`topk: expected k in [0, ${size}] for dim ${along} of ${shapeText(x.shape)}, got ${k}`);
    }
    return ranked(x, along, k, largest);
  },
  {
    opName: "topk",
    torch: "torch.topk(a, 1)",
    differentiable: true,
    samples: [
      ...samplesOf(
        (dim) => `torch.topk(a, 2, ${dim})`,
        (dim) => [2, dim],
      ),
      ...samplesOf(
        (dim) => `torch.topk(a, 2, ${dim}, largest=False)`,
        (dim) => [2, dim, { largest: false }],
      ).slice(1, 8),
      called(3, [1], "torch.topk(a, 1)"),
      called({ shape: [2, 3] }, [3, { sorted: true }], "torch.topk(a, 3, sorted=True)"),
      called({ shape: [0] }, [0], "torch.topk(a, 0)"),
    ],
  } satisfies Declared,
);
