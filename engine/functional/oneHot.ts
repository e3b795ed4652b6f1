// Class numbers as rows of zeros with a one.
import { execute, kernel, typeAttr } from "../backend/native.js";
import { intScalar, scalar } from "../backend/constants.js";
import { ArgumentError, DTypeError, GradtapeError } from "../errors.js";
import { checkedIndices } from "../indexBounds.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import type { Tensor } from "../tensor.js";

const oneHotSpec: OpSpec<{ readonly classes: number }> = {
  name: "oneHot",
  torch: "F.one_hot(a)",
  infer: ([x], { classes }) => ({ shape: [...x.shape, classes], dtype: "int64" }),
  forward([x], { classes }, { dtype }, on) {
    const places = checkedIndices(x, { op: "oneHot", shape: [classes], dim: 0, negative: false });
    const attrs = [typeAttr("T", dtype), typeAttr("TI", "int64"), { name: "axis", type: "int", value: -1 } as const];
    const [one, zero] = [scalar(on, dtype, 1), scalar(on, dtype, 0)];
    return execute(kernel("OneHot", attrs, 4), on, "strided", places, intScalar(on, classes), one, zero);
  },
  vjp: "none",
  saves: "nothing",
  samples: [
    { in: [{ values: [0, 2, 1], dtype: "int64" }], args: [4], torch: "F.one_hot(a, 4)" },
    {
      in: [
        {
          values: [
            [0, 2],
            [1, 0],
          ],
          dtype: "int64",
        },
      ],
      args: [3],
      torch: "F.one_hot(a, 3)",
    },
    { in: [{ values: 1, dtype: "int64" }], args: [2], torch: "F.one_hot(a, 2)" },
    { in: [{ shape: [0], dtype: "int64" }], args: [3], torch: "F.one_hot(a, 3)" },
    { in: [{ values: [[0, 1, 1]], dtype: "int64" }], args: [2], torch: "F.one_hot(a, 2)" },
    { in: [{ values: [0, 0], dtype: "int64" }], args: [1], torch: "F.one_hot(a, 1)" },
  ],
};

type OneHot = ((x: Tensor, numClasses?: number) => Tensor) & Declared;

/**
 * A last dim of `numClasses` that is 1 at the class number and 0 elsewhere, int64 (torch.nn.functional.one_hot). Without
 * `numClasses` it is the largest class number and one more, which waits for the device.
 * @param x int64 class numbers of any shape.
 * @throws ArgumentError naming a class number that is out of bounds.
 */
export const oneHot: OneHot = declare(oneHotSpec, (x: Tensor, numClasses = -1) => {
  expectTensor("oneHot", "input", x);
  if (x.dtype !== "int64") {
    throw new DTypeError(`oneHot: expected int64 class numbers, got ${x.dtype}; convert with .to("int64")`);
  }
  const classes = numClasses === -1 ? largestOf(x) + 1 : classesOf(numClasses);
  if (classes >= 2 ** 31) throw new ArgumentError(`oneHot: expected fewer than 2^31 classes, got ${classes}`);
  return apply(oneHotSpec, [x], { classes });
});

function classesOf(value: number): number {
  if (!Number.isInteger(value) || value < 1) throw new ArgumentError(`oneHot: expected numClasses > 0, got ${value}`);
  return value;
}

function largestOf(x: Tensor): number {
  if (x.device.type === "meta") {
    throw new GradtapeError(
      "oneHot: the shape depends on the largest class number, and meta has no data; give numClasses",
    );
  }
  if (x.numel() === 0) throw new ArgumentError("oneHot: expected numClasses for a tensor without elements");
  return x.amax().item();
}
