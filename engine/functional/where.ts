// A choice per element.
import { choose } from "../backend/kernels.js";
import { execute } from "../backend/native.js";
import { type DType, resultType, resultTypeWithNumber } from "../dtype.js";
import { DTypeError } from "../errors.js";
import { numberLike } from "../families.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { nonzeroTuple } from "../ops/nonzero.js";
import { broadcastShapes } from "../shape.js";
import type { Tensor } from "../tensor.js";

const whereSpec: OpSpec<{ readonly op: string }> = {
  name: "where",
  torch: "torch.where(a, b, c)",
  infer: ([condition, x, y], { op }) => ({
    shape: broadcastShapes(op, condition.shape, broadcastShapes(op, x.shape, y.shape)),
    dtype: x.dtype,
  }),
  forward: ([condition, x, y], _, _out, on) =>
    execute(choose(x.dtype), on, "strided", condition.strided(), x.strided(), y.strided()),
  vjp: (g, { in: [condition], needs }) => [
    undefined,
    needs[1] ? where(condition, g, g.zerosLike()) : undefined,
    needs[2] ? where(condition, g.zerosLike(), g) : undefined,
  ],
  saves: { in: () => [true, false, false] },
  samples: [
    { in: [{ values: [[1, 0, 1]], dtype: "bool" }, { shape: [2, 3] }, { shape: [3], seed: 1 }] },
    { in: [{ values: [1, 0], dtype: "bool" }, { shape: [2] }, { shape: [], seed: 1 }] },
    { in: [{ values: 1, dtype: "bool" }, 2, 3] },
    { in: [{ shape: [0, 1], dtype: "bool" }, { shape: [0, 3] }, { shape: [3], seed: 1 }] },
    {
      in: [
        { values: [[1], [0]], dtype: "bool" },
        { shape: [2, 3], transposed: true },
        { shape: [2, 1], seed: 1 },
      ],
    },
    { in: [{ values: [1, 0, 1], dtype: "bool" }, { shape: [3] }], args: [0.5], torch: "torch.where(a, b, 0.5)" },
    { in: [{ values: [1, 0], dtype: "bool" }], args: [1, 2], torch: "torch.where(a, 1, 2)" },
    { in: [{ values: [1, 0], dtype: "bool" }], args: [1, 2.5], torch: "torch.where(a, 1, 2.5)" },
    {
      in: [
        { values: [1, 0], dtype: "bool" },
        { values: [1, 2], dtype: "int64" },
      ],
      args: [0.5],
      torch: "torch.where(a, b, 0.5)",
    },
    {
      in: [
        { values: [1, 0], dtype: "bool" },
        { values: [1, 2], dtype: "int8" },
        { values: 3, dtype: "int64" },
      ],
    },
    { in: [{ values: [1, 0, 1], dtype: "bool" }, [NaN, 1, -0], [1, Infinity, 2]], gradcheck: false },
    {
      in: [
        { values: [1, 0], dtype: "bool" },
        { shape: [2], dtype: "bfloat16" },
        { shape: [2], dtype: "float32" },
      ],
    },
    {
      in: [
        {
          values: [
            [0, 1],
            [1, 1],
          ],
          dtype: "bool",
        },
      ],
      torch: "torch.where(a)",
      meta: false,
    },
  ],
};

/** `x` where a mask holds, else `y`, both of one dtype, under the name that the user wrote; differentiable. */
export const chosen = (op: string, mask: Tensor, x: Tensor, y: Tensor): Tensor =>
  apply(whereSpec, [mask, x, y], { op });

/** @throws DTypeError for a mask that is not bool. */
export function expectMask(op: string, name: string, mask: unknown): asserts mask is Tensor {
  expectTensor(op, name, mask);
  if (mask.dtype !== "bool") {
    throw new DTypeError(`${op}: expected a bool ${name}, got ${mask.dtype}; use x.gt(0) or x.ne(0)`);
  }
}

/** PyTorch's common dtype of two operands of which either may be a number. */
function commonDType(x: Tensor | number, y: Tensor | number): DType {
  if (typeof x === "number") {
    if (typeof y === "number") return Number.isInteger(x) && Number.isInteger(y) ? "int64" : "float32";
    return resultTypeWithNumber(y.dtype, x);
  }
  return typeof y === "number" ? resultTypeWithNumber(x.dtype, y) : resultType(x.dtype, x.ndim, y.dtype, y.ndim);
}

interface Where {
  (condition: Tensor, x: Tensor | number, other: Tensor | number): Tensor;
  (condition: Tensor): readonly Tensor[];
}

/**
 * `x` where the condition holds, else `other`; all three are broadcast, either may be a number (torch.where). Of a
 * condition alone: the indices of its true elements, a vector for each dim.
 * @param condition bool.
 * @throws DTypeError for a condition that is not bool; ShapeError for shapes that do not broadcast.
 */
export const where: Where & Declared = declare(whereSpec, ((
  condition: Tensor,
  x?: Tensor | number,
  other?: Tensor | number,
) => {
  if (x === undefined && other === undefined) return nonzeroTuple("where", condition);
  expectMask("where", "condition", condition);
  if (typeof x !== "number") expectTensor("where", "input", x);
  if (typeof other !== "number") expectTensor("where", "other", other);
  const dtype = commonDType(x, other);
  const operand = (value: Tensor | number) =>
    typeof value === "number" ? numberLike(value, dtype, condition.device) : value.to(dtype);
  return chosen("where", condition, operand(x), operand(other));
}) as Where);
