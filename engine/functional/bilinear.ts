// The bilinear map of nn.Bilinear.
import { isFloating } from "../dtype.js";
import { DTypeError, ShapeError, shapeText } from "../errors.js";
import { type Declared, expectTensor } from "../op.js";
import { sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { einsum } from "./einsum.js";

type Bilinear = ((x1: Tensor, x2: Tensor, weight: Tensor, bias?: Tensor) => Tensor) & Declared;

const weight = { shape: [2, 3, 4], seed: 2 } as const;
const bias = { shape: [2], seed: 3 } as const;
const left = { shape: [5, 3] } as const;
const right = { shape: [5, 4], seed: 1 } as const;

/**
 * x1ᵀ W x2 + b for every output's matrix W (torch.nn.functional.bilinear).
 * @param x1 […, in1]
 * @param x2 […, in2], with the same leading dims
 * @param weight [out, in1, in2]
 * @param bias [out]
 * @returns […, out]
 * @throws ShapeError for sizes that do not fit; DTypeError unless all are of one floating dtype.
 */
export const bilinear: Bilinear = Object.assign(
  (x1: Tensor, x2: Tensor, w: Tensor, b?: Tensor): Tensor => {
    expectTensor("bilinear", "input1", x1);
    expectTensor("bilinear", "input2", x2);
    expectTensor("bilinear", "weight", w);
    if (b !== undefined) expectTensor("bilinear", "bias", b);
    if (w.ndim !== 3) throw new ShapeError(`bilinear: expected weight of [out, in1, in2], got ${shapeText(w.shape)}`);
    const [out, in1, in2] = w.shape;
    if (
      x1.shape.at(-1) !== in1 ||
      x2.shape.at(-1) !== in2 ||
      !sameShape(x1.shape.slice(0, -1), x2.shape.slice(0, -1))
    ) {
      throw new ShapeError(
        `bilinear: expected inputs of […, ${in1}] and […, ${in2}] with equal leading dims for weight ${shapeText(w.shape)}, got ${shapeText(x1.shape)} and ${shapeText(x2.shape)}`,
      );
    }
    if (b && !sameShape(b.shape, [out])) {
      throw new ShapeError(`bilinear: expected bias of [${out}], got ${shapeText(b.shape)}`);
    }
    const all = b ? [x1, x2, w, b] : [x1, x2, w];
    if (!isFloating(x1.dtype) || all.some((x) => x.dtype !== x1.dtype)) {
      throw new DTypeError(
        `bilinear: expected inputs, weight and bias of one floating dtype, got ${all.map((x) => x.dtype).join(", ")}`,
      );
    }
    const y = einsum("...i,oij,...j->...o", x1, w, x2);
    return b ? y.add(b) : y;
  },
  {
    opName: "bilinear",
    torch: "F.bilinear(a, b, c, d)",
    differentiable: true,
    samples: [
      { in: [left, right, weight, bias] },
      { in: [left, right, weight], torch: "F.bilinear(a, b, c)" },
      { in: [{ shape: [2, 2, 3] }, { shape: [2, 2, 4], seed: 1 }, weight, bias] },
      { in: [{ shape: [3] }, { shape: [4], seed: 1 }, weight, bias] },
      { in: [{ shape: [0, 3] }, { shape: [0, 4] }, weight, bias] },
      { in: [{ ...left, transposed: true }, right, { ...weight, transposed: true }, bias] },
      { in: [left, right, weight, bias].map((spec) => ({ ...spec, dtype: "float32" as const })) },
    ],
  } satisfies Declared,
);
