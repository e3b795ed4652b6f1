// A choice per element.
import { execute, kernel, typeAttr } from "../backend/native.js";
import { DTypeError } from "../errors.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { promoteTypes } from "../dtype.js";
import { broadcastShapes } from "../shape.js";
import type { Tensor } from "../tensor.js";

const whereSpec: OpSpec<undefined> = {
  name: "where",
  torch: "torch.where(a, b, c)",
  infer([condition, x, y]) {
    if (condition.dtype !== "bool")
      throw new DTypeError(`where: expected a bool condition, got ${condition.dtype}; use x.gt(0) or x.ne(0)`);
    return {
      shape: broadcastShapes("where", condition.shape, broadcastShapes("where", x.shape, y.shape)),
      dtype: x.dtype,
    };
  },
  forward: ([condition, x, y], _, _out, on) =>
    execute(
      kernel("SelectV2", [typeAttr("T", x.dtype)], 3),
      on,
      "strided",
      condition.strided(),
      x.strided(),
      y.strided(),
    ),
  vjp: (g, { in: [condition] }) => [undefined, where(condition, g, g.zerosLike()), where(condition, g.zerosLike(), g)],
  saves: "in",
  samples: [
    { in: [{ values: [[1, 0, 1]], dtype: "bool" }, { shape: [2, 3] }, { shape: [3], seed: 1 }] },
    { in: [{ values: [1, 0], dtype: "bool" }, { shape: [2] }, { shape: [], seed: 1 }] },
  ],
};

type Where = ((condition: Tensor, x: Tensor, other: Tensor) => Tensor) & Declared;

/** x where the condition holds, else `other`; all three are broadcast (torch.where). */
export const where: Where = declare(whereSpec as OpSpec<never>, (condition: Tensor, x: Tensor, other: Tensor) => {
  expectTensor("where", "condition", condition);
  expectTensor("where", "input", x);
  expectTensor("where", "other", other);
  const dtype = promoteTypes(x.dtype, other.dtype);
  return apply(whereSpec, [condition, x.to(dtype), other.to(dtype)], undefined);
});
