// Products of vectors and matrices of fixed rank, over `matmul`'s one operation. Every export is a Tensor method.
import { ShapeError, shapeText, expectOptions } from "../errors.js";
import { numberLike } from "../families.js";
import { where } from "../functional/where.js";
import { type Declared, type Sample, expectTensor } from "../op.js";
import { type Shape, broadcastShapes, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { expectDims, expectFactor, expectFactors, matrixProduct } from "./matmul.js";

type Product = ((x: Tensor, other: Tensor) => Tensor) & Declared;

function declared<F extends (...args: never) => Tensor>(
  opName: string,
  torch: string,
  samples: readonly Sample[],
  call: F,
): F & Declared {
  return Object.assign(call, { opName, torch, samples, differentiable: true });
}

/** Samples that every product of two tensors of these shapes has. */
const ofShapes = (a: Shape, b: Shape): readonly Sample[] => [
  { in: [{ shape: a }, { shape: b, seed: 1 }] },
  {
    in: [
      { shape: a, transposed: true },
      { shape: b, seed: 1, transposed: true },
    ],
  },
  { in: [{ shape: a.map(() => 0) }, { shape: b.map(() => 0) }] },
  {
    in: [
      { shape: a, dtype: "float32" },
      { shape: b, seed: 1, dtype: "float32" },
    ],
  },
  {
    in: [
      { shape: a, dtype: "bfloat16" },
      { shape: b, seed: 1, dtype: "bfloat16" },
    ],
  },
  {
    in: [
      { shape: a, dtype: "int64" },
      { shape: b, seed: 1, dtype: "int64" },
    ],
  },
  {
    in: [
      { shape: a, dtype: "int8" },
      { shape: b, seed: 1, dtype: "int8" },
    ],
  },
];

const inner = (op: string, x: Tensor, y: Tensor, a: number, b: number): void => {
  if (a !== b) {
    throw new ShapeError(
      `${op}: expected inner sizes that agree, got ${shapeText(x.shape)} and ${shapeText(y.shape)} (${a} and ${b})`,
    );
  }
};

function matrices(op: string, x: Tensor, other: Tensor): Tensor {
  expectDims(op, "input", x, 2);
  expectDims(op, "other", other, 2);
  expectFactors(op, x, other);
  inner(op, x, other, x.shape[1], other.shape[0]);
  return matrixProduct(x, other);
}

function batches(op: string, x: Tensor, other: Tensor): Tensor {
  expectDims(op, "input", x, 3);
  expectDims(op, "other", other, 3);
  expectFactors(op, x, other);
  if (x.shape[0] !== other.shape[0]) {
    throw new ShapeError(
      `${op}: expected as many matrices on both sides, got ${shapeText(x.shape)} and ${shapeText(other.shape)}; matmul broadcasts`,
    );
  }
  inner(op, x, other, x.shape[2], other.shape[1]);
  return matrixProduct(x, other);
}

/**
 * Product of two matrices, [n, k] by [k, m], without broadcasting (torch.mm).
 * @throws ShapeError for other ranks and for inner sizes that differ; DTypeError for two dtypes, and for bool.
 */
export const mm: Product = declared("mm", "torch.mm(a, b)", ofShapes([2, 3], [3, 4]), (x: Tensor, other: Tensor) =>
  matrices("mm", x, other),
);

/**
 * Products of the matrices of two batches, [b, n, k] by [b, k, m], without broadcasting (torch.bmm).
 * @throws ShapeError for other ranks, other numbers of matrices and inner sizes that differ; DTypeError as `mm`.
 */
export const bmm: Product = declared(
  "bmm",
  "torch.bmm(a, b)",
  ofShapes([5, 2, 3], [5, 3, 4]),
  (x: Tensor, other: Tensor) => batches("bmm", x, other),
);

/**
 * Product of a matrix and a vector, [n, k] by [k] (torch.mv).
 * @throws ShapeError for other ranks and for sizes that differ; DTypeError as `mm`.
 */
export const mv: Product = declared("mv", "torch.mv(a, b)", ofShapes([2, 3], [3]), (x: Tensor, vector: Tensor) => {
  expectDims("mv", "input", x, 2);
  expectDims("mv", "vector", vector, 1);
  expectFactors("mv", x, vector);
  inner("mv", x, vector, x.shape[1], vector.shape[0]);
  return matrixProduct(x, vector.unsqueeze(1)).squeeze(1);
});

/**
 * Sum of the products of two vectors of one length, 0-d (torch.dot).
 * @throws ShapeError for other ranks and for lengths that differ; DTypeError as `mm`.
 */
export const dot: Product = declared("dot", "torch.dot(a, b)", ofShapes([3], [3]), (x: Tensor, other: Tensor) => {
  expectDims("dot", "input", x, 1);
  expectDims("dot", "other", other, 1);
  expectFactors("dot", x, other);
  inner("dot", x, other, x.shape[0], other.shape[0]);
  return matrixProduct(x.unsqueeze(0), other.unsqueeze(1)).reshape([]);
});

/**
 * Every product of an element of one vector and one of another, [n, m]; dtypes are promoted (torch.outer).
 * @throws ShapeError for tensors that are not vectors.
 */
export const outer: Product = declared(
  "outer",
  "torch.outer(a, b)",
  [
    ...ofShapes([2], [3]),
    {
      in: [
        { shape: [2], dtype: "int64" },
        { shape: [3], dtype: "float32", seed: 1 },
      ],
    },
  ],
  (x: Tensor, other: Tensor) => {
    expectDims("outer", "input", x, 1);
    expectDims("outer", "other", other, 1);
    return x.unsqueeze(1).mul(other);
  },
);

export interface AddProductOptions {
  /** Factor of the input; 0 leaves it out, infinities and NaN included. Default 1. */
  readonly beta?: number;
  /** Factor of the product. Default 1. */
  readonly alpha?: number;
}

type AddProduct = ((x: Tensor, a: Tensor, b: Tensor, options?: AddProductOptions) => Tensor) & Declared;

/** beta x + alpha (a b), where `x` broadcasts to the product's shape. */
function added(op: string, x: Tensor, product: Tensor, { beta = 1, alpha = 1 }: AddProductOptions): Tensor {
  expectTensor(op, "input", x);
  expectFactors(op, x, product);
  expectFactor(op, "beta", beta, x.dtype);
  expectFactor(op, "alpha", alpha, x.dtype);
  if (x.ndim > product.ndim || !sameShape(broadcastShapes(op, x.shape, product.shape), product.shape)) {
    throw new ShapeError(
      `${op}: expected an input that broadcasts to the product's ${shapeText(product.shape)}, got ${shapeText(x.shape)}`,
    );
  }
  const scaled = alpha === 1 ? product : product.mul(alpha);
  if (beta === 0) return x.requiresGrad ? scaled.add(leftOut(x)) : scaled;
  return (beta === 1 ? x : x.mul(beta)).add(scaled);
}

/** Zeros that depend on `x`: whatever it holds, its gradient is 0 and not missing. */
const leftOut = (x: Tensor): Tensor => where(numberLike(0, "bool", x.device), x, x.zerosLike());

/** Samples of an input of a shape beside the product of two others. */
const addSamples = (torch: string, bias: Shape, a: Shape, b: Shape): readonly Sample[] => {
  const factors = [
    { shape: a, seed: 1 },
    { shape: b, seed: 2 },
  ] as const;
  const whole = [{ shape: bias }, ...factors] as const;
  return [
    { in: whole },
    { in: [{ shape: bias.slice(-1) }, ...factors] },
    { in: [{ shape: [] }, ...factors] },
    { in: whole, args: [{ beta: 0.5, alpha: -2 }], torch: `${torch}(a, b, c, beta=0.5, alpha=-2)` },
    {
      in: [{ values: NaN, dtype: "float64" }, ...factors],
      args: [{ beta: 0 }],
      torch: `${torch}(a, b, c, beta=0)`,
      gradcheck: false,
    },
    { in: whole.map((spec) => ({ ...spec, transposed: true })) },
    { in: whole.map((spec) => ({ ...spec, dtype: "float32" as const })) },
    {
      in: whole.map((spec) => ({ ...spec, dtype: "int64" as const })),
      args: [{ beta: 3 }],
      torch: `${torch}(a, b, c, beta=3)`,
    },
  ];
};

/**
 * beta x + alpha (a b) for matrices a [n, k] and b [k, m]; x broadcasts to [n, m] (torch.addmm).
 * @throws ShapeError for sizes that do not fit; DTypeError for several dtypes, bool, and fractional factors of integers.
 */
export const addmm: AddProduct = declared(
  "addmm",
  "torch.addmm(a, b, c)",
  addSamples("torch.addmm", [2, 4], [2, 3], [3, 4]),
  (x: Tensor, a: Tensor, b: Tensor, options: AddProductOptions = {}) => {
    expectOptions("addmm", options, "{ beta: 2 }");
    return added("addmm", x, matrices("addmm", a, b), options);
  },
);

/**
 * beta x + alpha (a b) for batches of matrices a [b, n, k] and b [b, k, m]; x broadcasts to [b, n, m] (torch.baddbmm).
 * @throws ShapeError and DTypeError as `addmm`.
 */
export const baddbmm: AddProduct = declared(
  "baddbmm",
  "torch.baddbmm(a, b, c)",
  addSamples("torch.baddbmm", [5, 2, 4], [5, 2, 3], [5, 3, 4]),
  (x: Tensor, a: Tensor, b: Tensor, options: AddProductOptions = {}) => {
    expectOptions("baddbmm", options, "{ beta: 2 }");
    return added("baddbmm", x, batches("baddbmm", a, b), options);
  },
);
