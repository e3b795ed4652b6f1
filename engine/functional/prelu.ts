// A leaky ReLU whose slope is learnt.
import { isFloating } from "../dtype.js";
import { DTypeError, ShapeError, shapeText } from "../errors.js";
import { numberLike } from "../families.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import type { Tensor } from "../tensor.js";
import { where } from "./where.js";

const spec: OpSpec<undefined> = {
  name: "prelu",
  torch: "F.prelu(a, b)",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward(inputs) {
    const [x, weight] = inputs.map((input) => input.detach());
    return where(x.gt(0), x, x.mul(weight)).storage;
  },
  // Not from the value's parts: the slope's gradient is 0 where x is positive, also where it is infinite.
  vjp(g, { in: [x, weight], needs }) {
    const positive = x.gt(0);
    const gx = needs[0] ? where(positive, g, g.mul(weight)) : undefined;
    return [gx, needs[1] ? where(positive, numberLike(0, g.dtype, g.device), g.mul(x)) : undefined];
  },
  saves: "in",
  samples: [
    { in: [{ shape: [2, 3] }, [0.25]] },
    { in: [{ shape: [2, 3] }, { shape: [3], seed: 1 }] },
    { in: [{ shape: [2, 3, 2, 2] }, { shape: [3], seed: 1 }] },
    {
      in: [
        { shape: [2, 3, 4], transposed: true },
        { shape: [3], seed: 1 },
      ],
    },
    { in: [{ shape: [4] }, [0.1]] },
    { in: [-2, [0.1]] },
    { in: [{ shape: [0, 3] }, { shape: [3], seed: 1 }] },
    { in: [[-1, 0, -0, 2, Infinity, -Infinity, NaN], [0.25]], gradcheck: false },
    {
      in: [
        { shape: [2, 3], dtype: "float32" },
        { shape: [3], seed: 1, dtype: "float32" },
      ],
    },
    {
      in: [
        { shape: [2, 3], dtype: "bfloat16" },
        { shape: [3], seed: 1, dtype: "bfloat16" },
      ],
    },
  ],
};

type Prelu = ((x: Tensor, weight: Tensor) => Tensor) & Declared;

/**
 * x where it is positive, else weight x (He et al., 2015; torch.nn.functional.prelu).
 * @param x [N, C, …], or any shape beside a single slope
 * @param weight one slope, [] or [1], or one per channel, [C]
 * @throws ShapeError for another number of slopes; DTypeError unless both are of one floating dtype.
 */
export const prelu: Prelu = declare(spec, (x: Tensor, weight: Tensor) => {
  expectTensor("prelu", "input", x);
  expectTensor("prelu", "weight", weight);
  const channels = x.ndim < 2 ? 1 : x.shape[1];
  const count = weight.numel();
  if (weight.ndim > 1 || (count !== 1 && count !== channels)) {
    throw new ShapeError(
      `prelu: expected a weight of [1]${x.ndim < 2 ? "" : ` or [${channels}]`} for input ${shapeText(x.shape)}, got ${shapeText(weight.shape)}`,
    );
  }
  if (!isFloating(x.dtype) || x.dtype !== weight.dtype) {
    throw new DTypeError(
      `prelu: expected input and weight of one floating dtype, got ${x.dtype} and ${weight.dtype}; convert with .to(dtype)`,
    );
  }
  const shape = count === 1 ? [] : x.shape.slice(1).map((_, i) => (i === 0 ? count : 1));
  return apply(spec, [x, weight.reshape(shape)], undefined);
});
