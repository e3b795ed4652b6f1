// The affine map of nn.Linear, as one operation: product and bias in one entry of the tape.
import { biasAdd, product } from "../backend/kernels.js";
import { execute } from "../backend/native.js";
import { reshaped } from "../backend/layout.js";
import { DTypeError, ShapeError, shapeText } from "../errors.js";
import { isFloating } from "../dtype.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { matrixProduct } from "../ops/matmul.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";

const linearSpec: OpSpec<undefined> = {
  name: "linear",
  torch: "F.linear(a, b, c)",
  infer([x, weight, bias]) {
    if (weight.ndim !== 2) throw new ShapeError(`linear: expected weight of [out, in], got ${shapeText(weight.shape)}`);
    const [out, features] = weight.shape;
    if (x.ndim < 1 || x.shape[x.ndim - 1] !== features) {
      throw new ShapeError(
        `linear: expected input with ${features} features in its last dim for weight ${shapeText(weight.shape)}, got ${shapeText(x.shape)}`,
      );
    }
    if (bias && (bias.ndim !== 1 || bias.shape[0] !== out)) {
      throw new ShapeError(`linear: expected bias of [${out}], got ${shapeText(bias.shape)}`);
    }
    if (!isFloating(x.dtype) || weight.dtype !== x.dtype || (bias && bias.dtype !== x.dtype)) {
      throw new DTypeError(
        `linear: expected input, weight and bias of one floating dtype, got ${[x, weight, bias].map((v) => v?.dtype ?? "none").join(", ")}`,
      );
    }
    return { shape: [...x.shape.slice(0, -1), out], dtype: x.dtype };
  },
  forward([x, weight, bias], _, out, on) {
    const rows = x.ndim === 2 ? x.strided() : reshaped(x.strided(), [rowsOf(x), x.shape[x.ndim - 1]], x.dtype, on);
    let y = execute(product(x.dtype, false, true), on, "strided", rows, weight.strided());
    if (bias) y = execute(biasAdd(x.dtype), on, "strided", y, bias.storage);
    return x.ndim === 2 ? y : reshaped(y, out.shape, x.dtype, on);
  },
  // y = x Wᵀ + b: dx = dy W, dW = dyᵀ x, db = Σ dy over all rows
  vjp: (g, { in: [x, weight], inShapes: [shape, [out, features]], needs }) => {
    const rows = sizeOf(shape.slice(0, -1));
    const gRows = g.ndim === 2 ? g : g.reshape([rows, out]);
    const gx = needs[0] ? matrixProduct(gRows, weight) : undefined;
    const xRows = (): Tensor => (x.ndim === 2 ? x : x.reshape([rows, features]));
    return [
      gx && shape.length !== 2 ? gx.reshape(shape) : gx,
      needs[1] ? matrixProduct(gRows, xRows(), { transposeA: true }) : undefined,
      needs[2] ? gRows.sum(0) : undefined,
    ];
  },
  saves: { in: ([x, weight]) => [weight, x, false] },
  samples: [
    { in: [{ shape: [4, 3] }, { shape: [2, 3], seed: 1 }, { shape: [2], seed: 2 }] },
    { in: [{ shape: [2, 5, 3] }, { shape: [2, 3], seed: 1 }, { shape: [2], seed: 2 }] },
    { in: [{ shape: [3] }, { shape: [2, 3], seed: 1 }, { shape: [2], seed: 2 }] },
    { in: [{ shape: [0, 3] }, { shape: [2, 3], seed: 1 }, { shape: [2], seed: 2 }] },
    { in: [{ shape: [4, 3] }, { shape: [2, 3], seed: 1 }], torch: "F.linear(a, b)" },
    {
      in: [
        { shape: [4, 3], transposed: true },
        { shape: [2, 3], seed: 1, transposed: true },
        { shape: [2], seed: 2 },
      ],
    },
    {
      in: [
        { values: [[Infinity, 1, -0]], dtype: "float64" },
        {
          values: [
            [1, NaN, 2],
            [-1, 1e300, 0],
          ],
          dtype: "float64",
        },
        { values: [1, 2], dtype: "float64" },
      ],
      gradcheck: false,
    },
    {
      in: [
        { shape: [4, 3], dtype: "float32" },
        { shape: [2, 3], seed: 1, dtype: "float32" },
        { shape: [2], seed: 2, dtype: "float32" },
      ],
    },
    {
      in: [
        { shape: [4, 3], dtype: "bfloat16" },
        { shape: [2, 3], seed: 1, dtype: "bfloat16" },
        { shape: [2], seed: 2, dtype: "bfloat16" },
      ],
    },
    { in: [{ shape: [4, 3] }, { shape: [3], seed: 1 }], torch: "F.linear(a, b)" },
  ],
};

const rowsOf = (x: Tensor): number => sizeOf(x.shape.slice(0, -1));

type Linear = ((x: Tensor, weight: Tensor, bias?: Tensor) => Tensor) & Declared;

/**
 * x Wᵀ + b (torch.nn.functional.linear).
 * @param x [..., in]
 * @param weight [out, in]; or [in], which gives [...]
 * @param bias [out]; or [] beside a weight of [in]
 * @throws ShapeError for sizes that do not fit; DTypeError unless all are of one floating dtype.
 */
export const linear: Linear = declare(linearSpec, (x: Tensor, weight: Tensor, bias?: Tensor) => {
  expectTensor("linear", "input", x);
  expectTensor("linear", "weight", weight);
  if (bias !== undefined) expectTensor("linear", "bias", bias);
  if (weight.ndim === 1 && (bias === undefined || bias.ndim === 0)) {
    const row = apply(
      linearSpec,
      bias ? [x, weight.unsqueeze(0), bias.unsqueeze(0)] : [x, weight.unsqueeze(0)],
      undefined,
    );
    return row.squeeze(-1);
  }
  return apply(linearSpec, bias ? [x, weight, bias] : [x, weight], undefined);
});
