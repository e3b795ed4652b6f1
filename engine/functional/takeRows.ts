// Rows of a table by number, and the transpose: sums of rows into the places they came from. What embeddings and class
// weights are made of; callers check the numbers.
import { intScalar } from "../backend/constants.js";
import { execute, kernel, perDType, typeAttr } from "../backend/native.js";
import type { DType } from "../dtype.js";
import { type OpSpec, apply } from "../op.js";
import { crossed } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { where } from "./where.js";
import { numberLike } from "../families.js";

interface Rows {
  /** The row whose gradient is dropped. */
  readonly frozen: number | undefined;
}

type IndexDType = "int32" | "int64";

const byIndex = <T>(make: (index: IndexDType) => T): Readonly<Record<IndexDType, T>> => ({
  int32: make("int32"),
  int64: make("int64"),
});
const gathers = byIndex((index) =>
  perDType((dtype) =>
    kernel("GatherV2", [typeAttr("Tparams", dtype), typeAttr("Tindices", index), typeAttr("Taxis", "int32")], 3),
  ),
);
const segmentSums = byIndex((index) =>
  perDType((dtype) =>
    kernel(
      "UnsortedSegmentSum",
      [typeAttr("T", dtype), typeAttr("Tindices", index), typeAttr("Tnumsegments", "int32")],
      3,
    ),
  ),
);
const indexDType = (dtype: DType): IndexDType => (dtype === "int32" ? "int32" : "int64");

const takeSpec: OpSpec<Rows> = {
  name: "embedding",
  torch: "",
  infer: ([table, index]) => ({ shape: [...index.shape, ...table.shape.slice(1)], dtype: table.dtype }),
  forward: ([table, index], _, _out, on) =>
    execute(
      gathers[indexDType(index.dtype)](table.dtype),
      on,
      "strided",
      table.strided(),
      index.strided(),
      intScalar(on, 0),
    ),
  vjp(g, { in: [, index], inShapes: [[rows]], options }) {
    return [sumRows(g, index, rows, options), undefined];
  },
  saves: crossed,
  samples: [],
};

interface Sums extends Rows {
  readonly rows: number;
}

const sumSpec: OpSpec<Sums> = {
  name: "embeddingGrad",
  torch: "",
  infer: ([g, index], { rows }) => ({ shape: [rows, ...g.shape.slice(index.ndim)], dtype: g.dtype }),
  forward: ([g, index], { rows }, _out, on) =>
    execute(
      segmentSums[indexDType(index.dtype)](g.dtype),
      on,
      "strided",
      g.strided(),
      index.strided(),
      intScalar(on, rows),
    ),
  // What went to no row (a negative number) comes from none.
  vjp(gg, { in: [, index], options }) {
    const taken = apply(takeSpec, [gg, options.frozen === undefined ? index : index.maximum(0)], options);
    if (options.frozen === undefined) return [taken, undefined];
    const dropped = index.lt(0).reshape([...index.shape, ...gg.shape.slice(1).map(() => 1)]);
    return [where(dropped, numberLike(0, gg.dtype, gg.device), taken), undefined];
  },
  saves: crossed,
  samples: [],
};

function sumRows(g: Tensor, index: Tensor, rows: number, how: Rows): Tensor {
  const { frozen } = how;
  // The kernel passes over negative places.
  const places =
    frozen === undefined ? index : where(index.eq(frozen), numberLike(-1, index.dtype, index.device), index);
  return apply(sumSpec, [g, places], { ...how, rows });
}

/**
 * `table[index]`: the rows of `table` [rows, …] that `index` […] (int32 or int64) names.
 * @param frozen a row that gets no gradient
 */
export const takeRows = (table: Tensor, index: Tensor, frozen?: number): Tensor =>
  apply(takeSpec, [table, index], { frozen });
