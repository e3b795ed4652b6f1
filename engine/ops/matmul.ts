// The matrix product, on which every other product stands. Every export but `matrixProduct` is a Tensor method.
import { batchProduct, product } from "../backend/kernels.js";
import { execute } from "../backend/native.js";
import { type DType, isFloating } from "../dtype.js";
import { DTypeError, ShapeError, shapeText } from "../errors.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { broadcastShapes } from "../shape.js";
import { crossed } from "../tape.js";
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

const spec: OpSpec<Transposes> = {
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
    return { shape: [...broadcastShapes("matmul", x.shape.slice(0, -2), y.shape.slice(0, -2)), n, m], dtype: x.dtype };
  },
  forward([x, y], { transposeA = false, transposeB = false }, _out, on) {
    const flat = x.ndim === 2 && y.ndim === 2;
    const id = (flat ? product : batchProduct)(x.dtype, transposeA, transposeB);
    return execute(id, on, "strided", x.strided(), y.strided());
  },
  // C = op(A) op(B): dA = dC op(B)ᵀ and dB = op(A)ᵀ dC, each transposed back where op was a transpose
  vjp: (g, { in: [x, y], options: { transposeA = false, transposeB = false }, needs }) => [
    needs[0]
      ? transposeA
        ? matrixProduct(y, g, { transposeA: transposeB, transposeB: true })
        : matrixProduct(g, y, { transposeB: !transposeB })
      : undefined,
    needs[1]
      ? transposeB
        ? matrixProduct(g, x, { transposeA: true, transposeB: transposeA })
        : matrixProduct(x, g, { transposeA: !transposeA })
      : undefined,
  ],
  saves: crossed,
  samples: [
    { in: [{ shape: [2, 3] }, { shape: [3, 4], seed: 1 }] },
    { in: [{ shape: [5, 2, 3] }, { shape: [3, 4], seed: 1 }] },
    { in: [{ shape: [2, 3] }, { shape: [5, 3, 4], seed: 1 }] },
    { in: [{ shape: [5, 1, 2, 3] }, { shape: [4, 3, 2], seed: 1 }] },
    { in: [{ shape: [3] }, { shape: [3], seed: 1 }] },
    { in: [{ shape: [3] }, { shape: [3, 4], seed: 1 }] },
    { in: [{ shape: [2, 3] }, { shape: [3], seed: 1 }] },
    { in: [{ shape: [5, 2, 3] }, { shape: [3], seed: 1 }] },
    { in: [{ shape: [3] }, { shape: [5, 3, 2], seed: 1 }] },
    { in: [{ shape: [0, 3] }, { shape: [3, 4], seed: 1 }] },
    { in: [{ shape: [2, 0] }, { shape: [0, 3] }] },
    {
      in: [
        { shape: [2, 3], transposed: true },
        { shape: [3, 4], seed: 1, transposed: true },
      ],
    },
    {
      in: [
        { shape: [4, 2, 3], transposed: true },
        { shape: [3, 2], seed: 1, transposed: true },
      ],
    },
    {
      in: [
        {
          values: [
            [1e300, 1],
            [-0, NaN],
            [Infinity, 1],
          ],
          dtype: "float64",
        },
        {
          values: [
            [1e300, 2],
            [1, 0],
          ],
          dtype: "float64",
        },
      ],
      gradcheck: false,
    },
    {
      in: [
        { shape: [2, 3], dtype: "float32" },
        { shape: [3, 4], dtype: "float32", seed: 1 },
      ],
    },
    {
      in: [
        { shape: [2, 3], dtype: "bfloat16" },
        { shape: [3, 4], dtype: "bfloat16", seed: 1 },
      ],
    },
    {
      in: [
        { shape: [2, 3], dtype: "float16" },
        { shape: [5, 3, 4], dtype: "float16", seed: 1 },
      ],
    },
    {
      in: [
        { values: [[100, 2, 3]], dtype: "uint8" },
        { values: [[3], [200], [1]], dtype: "uint8" },
      ],
    },
    {
      in: [
        { values: [[100, 2, 3]], dtype: "int8" },
        { values: [[3], [100], [-1]], dtype: "int8" },
      ],
    },
    {
      in: [
        { values: [[100, 2, 3]], dtype: "int16" },
        { values: [[3], [200], [1]], dtype: "int16" },
      ],
    },
    {
      in: [
        { values: [[2000000011, 3]], dtype: "int64" },
        { values: [[2000000033], [-1]], dtype: "int64" },
      ],
    },
  ],
};

/** TensorFlow multiplies no small integers; in int32 the low bits are the same. */
const computedIn = (dtype: DType): DType =>
  dtype === "int8" || dtype === "uint8" || dtype === "int16" ? "int32" : dtype;

/**
 * A matrix product of tensors of rank >= 2 and one dtype, with either side transposed on the fly; leading dims are
 * broadcast. For the engine: users write `matmul`.
 */
export function matrixProduct(x: Tensor, y: Tensor, options: Transposes = {}): Tensor {
  const dtype = computedIn(x.dtype);
  if (dtype === x.dtype) return apply(spec, [x, y], options);
  return apply(spec, [x.to(dtype), y.to(dtype)], options).to(x.dtype);
}

/** Refuses what no product takes: several dtypes, bool. */
export function expectFactors(op: string, ...factors: readonly Tensor[]): void {
  const [{ dtype }] = factors;
  if (factors.some((x) => x.dtype !== dtype)) {
    throw new DTypeError(
      `${op}: expected one dtype, got ${factors.map((x) => x.dtype).join(" and ")}; convert with .to(dtype)`,
    );
  }
  if (dtype === "bool") {
    throw new DTypeError(`${op}: expected numbers, got bool; convert with .to("int64") or .to("float32")`);
  }
}

/** Refuses a factor that is not a tensor of this many dims. */
export function expectDims(op: string, argument: string, x: unknown, ndim: number): asserts x is Tensor {
  expectTensor(op, argument, x);
  if (x.ndim !== ndim) {
    const remedy = op === "mm" || op === "bmm" ? "; use matmul for other ranks" : "";
    throw new ShapeError(
      `${op}: expected ${argument} of ${ndim} dim${ndim === 1 ? "" : "s"}, got ${shapeText(x.shape)}${remedy}`,
    );
  }
}

type Product = ((x: Tensor, other: Tensor) => Tensor) & Declared;

/**
 * Matrix product (torch.matmul): [n, k] by [k, m] gives [n, m]. A vector counts as one row (left) or column (right) and
 * its dim is dropped again; dims before the last two are broadcast. Integers wrap around, as PyTorch's.
 * @throws ShapeError for a 0-d tensor, and for inner sizes or leading dims that do not fit.
 * @throws DTypeError for two dtypes, and for bool.
 */
export const matmul: Product = declare(spec, (x: Tensor, other: Tensor) => {
  expectTensor("matmul", "input", x);
  expectTensor("matmul", "other", other);
  if (x.ndim === 0 || other.ndim === 0) {
    throw new ShapeError(`matmul: expected at least one dim, got ${shapeText(x.shape)} and ${shapeText(other.shape)}`);
  }
  expectFactors("matmul", x, other);
  const inner = other.shape[Math.max(other.ndim - 2, 0)];
  if (x.shape[x.ndim - 1] !== inner) {
    throw new ShapeError(
      `matmul: expected inner sizes that agree, got ${shapeText(x.shape)} and ${shapeText(other.shape)} (${x.shape[x.ndim - 1]} and ${inner})`,
    );
  }
  const right = other.ndim === 1 ? other.unsqueeze(1) : other;
  if (x.ndim > 2 && right.ndim === 2) {
    // One matrix for all leading dims: one large product, and a gradient of `other` that is never stretched.
    const rows = matrixProduct(x.reshape(rowsOf(x), inner), right);
    return rows.reshape(other.ndim === 1 ? x.shape.slice(0, -1) : [...x.shape.slice(0, -1), right.shape[1]]);
  }
  const out = matrixProduct(x.ndim === 1 ? x.unsqueeze(0) : x, right);
  if (x.ndim > 1 && other.ndim > 1) return out;
  const { shape } = out;
  const [rows, columns] = shape.slice(-2);
  return out.reshape([...shape.slice(0, -2), ...(x.ndim === 1 ? [] : [rows]), ...(other.ndim === 1 ? [] : [columns])]);
});

const rowsOf = (x: Tensor): number => x.shape.slice(0, -1).reduce((a, b) => a * b, 1);

/** A number that an integer tensor can be multiplied by, for the factors beside a product. */
export function expectFactor(op: string, name: string, value: number, dtype: DType): void {
  if (isFloating(dtype) || Number.isInteger(value)) return;
  throw new DTypeError(`${op}: expected a whole ${name} for ${dtype}, got ${value}; convert with .to("float32")`);
}
