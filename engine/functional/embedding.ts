// Vectors of numbers: the rows of a table that is learnt.
import { placeText, scanClasses } from "../backend/hostScan.js";
import { ArgumentError, DTypeError, ShapeError, shapeText, expectOptions } from "../errors.js";
import { type Declared, expectTensor } from "../op.js";
import type { Tensor } from "../tensor.js";
import { takeRows } from "./takeRows.js";

export interface EmbeddingOptions {
  /** The row whose gradient is dropped; a negative number counts from the end. */
  readonly paddingIdx?: number;
}

type Embedding = ((input: Tensor, weight: Tensor, options?: EmbeddingOptions) => Tensor) & Declared;

/** A row's number, counted from the end when negative. @throws ArgumentError beyond the table. */
export function paddingRow(op: string, paddingIdx: number, rows: number): number {
  if (!Number.isInteger(paddingIdx) || paddingIdx < -rows || paddingIdx >= rows) {
    throw new ArgumentError(`${op}: expected paddingIdx within ${rows} rows, got ${paddingIdx}`);
  }
  return paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
}

const table = { shape: [5, 3], seed: 1 } as const;
const numbers = {
  values: [
    [0, 2, 4],
    [2, 2, 1],
  ],
  dtype: "int64",
} as const;

/**
 * The rows of a table that numbers name (torch.nn.functional.embedding). The gradient is dense: of the table's shape.
 * @param input numbers of any shape […], int64 or int32
 * @param weight the table, [rows, size], of any dtype
 * @returns […, size]
 * @throws ArgumentError for a number outside [0, rows), naming it and its place (on a CPU; on others TensorFlow gives
 * zeros for it), and for a paddingIdx that is no row.
 * @throws ShapeError for a table that is not [rows, size]; DTypeError for numbers that are not integers.
 */
export const embedding: Embedding = Object.assign(
  (input: Tensor, weight: Tensor, options?: EmbeddingOptions): Tensor => {
    const { paddingIdx } = expectOptions("embedding", options, "{ paddingIdx: 0 }");
    expectTensor("embedding", "input", input);
    expectTensor("embedding", "weight", weight);
    if (input.dtype !== "int64" && input.dtype !== "int32") {
      throw new DTypeError(
        `embedding: expected input of int64 or int32, got ${input.dtype}; convert with .to("int64"), or exchange the arguments`,
      );
    }
    if (weight.ndim !== 2)
      throw new ShapeError(`embedding: expected weight of [rows, size], got ${shapeText(weight.shape)}`);
    const [rows] = weight.shape;
    const frozen = paddingIdx === undefined ? undefined : paddingRow("embedding", paddingIdx, rows);
    if (input.device.type === "cpu" && weight.device.type === "cpu") {
      const { misfit } = scanClasses(input.strided(), input.dtype, rows, undefined);
      if (misfit) {
        throw new ArgumentError(
          `embedding: expected numbers in [0, ${rows - 1}] for weight ${shapeText(weight.shape)}, got ${misfit.value}${placeText(input.shape, misfit.index)}`,
        );
      }
    }
    return takeRows(weight, input, frozen);
  },
  {
    opName: "embedding",
    torch: "F.embedding(a, b)",
    differentiable: true,
    samples: [
      { in: [numbers, table] },
      { in: [numbers, table], args: [{ paddingIdx: 2 }], torch: "F.embedding(a, b, padding_idx=2)", gradcheck: false },
      {
        in: [numbers, table],
        args: [{ paddingIdx: -1 }],
        torch: "F.embedding(a, b, padding_idx=-1)",
        gradcheck: false,
      },
      { in: [{ values: 3, dtype: "int64" }, table] },
      { in: [{ values: [], dtype: "int64" }, table] },
      { in: [{ values: [4, 4, 4], dtype: "int32" }, table] },
      { in: [numbers, { shape: [5, 3], seed: 1, transposed: true }] },
      {
        in: [
          { values: [0, 1], dtype: "int64" },
          [
            [Infinity, NaN],
            [-0, 1e300],
          ],
        ],
        gradcheck: false,
      },
      { in: [numbers, { ...table, dtype: "float32" }] },
      {
        in: [numbers, { ...table, dtype: "bfloat16" }],
        args: [{ paddingIdx: 0 }],
        torch: "F.embedding(a, b, padding_idx=0)",
      },
      { in: [numbers, { ...table, dtype: "int64" }] },
    ],
  } satisfies Declared,
);
