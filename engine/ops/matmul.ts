// Matrix products. Every export is a Tensor method.
import { batchProduct, product } from "../backend/kernels.js";
import { execute } from "../backend/native.js";
import { DTypeError, ShapeError, shapeText } from "../errors.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { promoteTypes } from "../dtype.js";
import { broadcastShapes } from "../shape.js";
import type { Tensor } from "../tensor.js";

interface Transposes {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** Last two dims as rows and columns, after the transpose. */
const matrix = (x: Tensor, flip: boolean | undefined): readonly [number, number] => {
  const [rows, columns] = x.shape.slice(-2);
  return flip ? [columns, rows] : [rows, columns];
};

const mmSpec: OpSpec<Transposes> = {
  name: "matmul",
  torch: "torch.matmul(a, b)",
  infer([x, y], { transposeA, transposeB }) {
    const [n, k] = matrix(x, transposeA);
    const [k2, m] = matrix(y, transposeB);
    if (k !== k2) {
      throw new ShapeError(
        `matmul: expected inner sizes that agree, got ${shapeText(x.shape)} and ${shapeText(y.shape)} (${k} and ${k2})`,
      );
    }
    if (x.dtype === "bool") throw new DTypeError("matmul: expected numbers, got bool");
    return { shape: [...broadcastShapes("matmul", x.shape.slice(0, -2), y.shape.slice(0, -2)), n, m], dtype: x.dtype };
  },
  forward([x, y], { transposeA = false, transposeB = false }, out, on) {
    const flat = x.ndim === 2 && y.ndim === 2;
    const id = (flat ? product : batchProduct)(x.dtype, transposeA, transposeB);
    return execute(id, on, "strided", x.strided(), y.strided());
  },
  // C = op(A) op(B): dA = dC op(B)ᵀ and dB = op(A)ᵀ dC, each transposed back where op was a transpose
  vjp: (g, { in: [x, y], options: { transposeA = false, transposeB = false }, needs }) => [
    needs[0]
      ? transposeA
        ? mm(y, g, { transposeA: transposeB, transposeB: true })
        : mm(g, y, { transposeB: !transposeB })
      : undefined,
    needs[1]
      ? transposeB
        ? mm(g, x, { transposeA: true, transposeB: transposeA })
        : mm(x, g, { transposeA: !transposeA })
      : undefined,
  ],
  saves: "in",
  samples: [
    { in: [{ shape: [2, 3] }, { shape: [3, 4], seed: 1 }] },
    { in: [{ shape: [5, 2, 3] }, { shape: [3, 4], seed: 1 }] },
    { in: [{ shape: [5, 1, 2, 3] }, { shape: [4, 3, 2], seed: 1 }] },
    { in: [{ shape: [3] }, { shape: [3], seed: 1 }] },
    { in: [{ shape: [3] }, { shape: [3, 4], seed: 1 }] },
    { in: [{ shape: [5, 2, 3] }, { shape: [3], seed: 1 }] },
    { in: [{ shape: [0, 3] }, { shape: [3, 4], seed: 1 }] },
  ],
};

/** A matrix product of tensors of rank >= 2 with either side transposed on the fly. */
export function mm(x: Tensor, y: Tensor, options: Transposes = {}): Tensor {
  return apply(mmSpec, [x, y], options);
}

type Matmul = ((x: Tensor, other: Tensor) => Tensor) & Declared;

/** Matrix product; vectors count as one row or column, leading dims are broadcast (torch.matmul). */
export const matmul: Matmul = declare(mmSpec as OpSpec<never>, (x: Tensor, other: Tensor) => {
  expectTensor("matmul", "input", x);
  expectTensor("matmul", "other", other);
  if (x.ndim === 0 || other.ndim === 0) {
    throw new ShapeError(`matmul: expected at least one dim, got ${shapeText(x.shape)} and ${shapeText(other.shape)}`);
  }
  const dtype = promoteTypes(x.dtype, other.dtype);
  if (dtype !== x.dtype || dtype !== other.dtype) {
    throw new DTypeError(`matmul: expected one dtype, got ${x.dtype} and ${other.dtype}; convert with .to(dtype)`);
  }
  const left = x.ndim === 1 ? x.unsqueeze(0) : x;
  const right = other.ndim === 1 ? other.unsqueeze(1) : other;
  let out = mm(left, right);
  if (other.ndim === 1) out = out.squeeze(-1);
  if (x.ndim === 1) out = out.squeeze(other.ndim === 1 ? -1 : -2);
  return out;
});
