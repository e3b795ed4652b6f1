// Softmax and its logarithm along a dim. Every export is a Tensor method.
import { execute, kernel, perDType, typeAttr } from "../backend/native.js";
import type { Device } from "../device.js";
import { type DType, isFloating } from "../dtype.js";
import { ArgumentError, DTypeError, expectOptions } from "../errors.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { normaliseDim } from "../shape.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { reshaped, transposed } from "../backend/layout.js";

interface Along {
  readonly dim: number;
}

export interface SoftmaxOptions {
  /** The input is converted first: for integers, and against overflow in half precisions. */
  readonly dtype?: DType;
}

type Softmax = ((x: Tensor, dim: number, options?: SoftmaxOptions) => Tensor) & Declared;

const small = { shape: [2, 3] } as const;
const cube = { shape: [2, 3, 4] } as const;

const samplesOf = (torch: string): OpSpec<Along>["samples"] => [
  { in: [small], args: [1] },
  { in: [cube], args: [1] },
  { in: [cube], args: [-1], torch: `${torch}(a, -1)` },
  { in: [cube], args: [0], torch: `${torch}(a, 0)` },
  { in: [{ ...cube, transposed: true }], args: [1] },
  { in: [[[1000, -1000, 0]]], args: [1], gradcheck: false },
  { in: [[[-Infinity, 1, -0]]], args: [1], gradcheck: false },
  {
    in: [
      [
        [Infinity, 1, 0],
        [NaN, 1, 0],
        [-Infinity, -Infinity, -Infinity],
      ],
    ],
    args: [1],
    gradcheck: false,
  },
  { in: [3], args: [0], torch: `${torch}(a, 0)` },
  { in: [{ shape: [2, 0] }], args: [1] },
  { in: [{ shape: [0, 3] }], args: [1] },
  { in: [{ shape: [2, 0, 3] }], args: [1] },
  { in: [{ ...cube, dtype: "float32" }], args: [1] },
  { in: [{ ...cube, dtype: "float16" }], args: [1] },
  { in: [{ ...cube, dtype: "bfloat16" }], args: [1] },
  {
    in: [{ ...cube, dtype: "float32" }],
    args: [1, { dtype: "float64" }],
    torch: `${torch}(a, 1, dtype=torch.float64)`,
  },
  { in: [{ ...cube, dtype: "int64" }], args: [1, { dtype: "float32" }], torch: `${torch}(a, 1, dtype=torch.float32)` },
];

function along(name: string, torch: string, tf: string, vjp: OpSpec<Along>["vjp"]): Softmax {
  const kernelOf = perDType((dtype) => kernel(tf, [typeAttr("T", dtype)], 1));
  const spec: OpSpec<Along> = {
    name,
    torch: `${torch}(a, 1)`,
    infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
    forward: ([x], { dim }, _out, on) => lastDim(x, dim, on, (s) => execute(kernelOf(x.dtype), on, "strided", s)),
    vjp,
    saves: "out",
    samples: samplesOf(torch),
  };
  return declare(spec, (x: Tensor, dim: number, options?: SoftmaxOptions) => {
    const { dtype } = expectOptions(name, options, '{ dtype: "float64" }');
    expectTensor(name, "input", x);
    if (typeof dim !== "number")
      throw new ArgumentError(`${name}: expected a dim as second argument, got ${typeof dim}`);
    const input = dtype === undefined ? x : x.to(dtype);
    if (!isFloating(input.dtype)) {
      throw new DTypeError(`${name}: expected a floating dtype, got ${input.dtype}; pass { dtype: "float32" }`);
    }
    const at = { dim: normaliseDim(name, dim, x.ndim) };
    // Half precisions are computed in float32 and rounded once, as PyTorch does.
    if (input.dtype === "float32" || input.dtype === "float64") return apply(spec, [input], at);
    return apply(spec, [input.to("float32")], at).to(input.dtype);
  });
}

/** TensorFlow's softmax runs over the last dim of at least one: brings `dim` there and back. */
function lastDim(x: Tensor, dim: number, on: Device, run: (storage: Storage) => Storage): Storage {
  const last = x.ndim - 1;
  if (x.ndim === 0) return reshaped(run(reshaped(x.storage, [1], x.dtype, on)), [], x.dtype, on);
  if (dim === last) return run(x.strided());
  const swap = x.shape.map((_, i) => (i === dim ? last : i === last ? dim : i));
  return transposed(run(transposed(x.strided(), swap, x.dtype, on)), swap, x.dtype, on);
}

/**
 * e^x divided by its sum along `dim`, computed without overflow (torch.softmax).
 * @throws DTypeError for integers without `dtype`; ArgumentError for a dim that is none.
 */
export const softmax: Softmax = along("softmax", "torch.softmax", "Softmax", (g, { out, options: { dim } }) => {
  // dx = y (dy - Σ y dy)
  const gy = g.mul(out);
  return [gy.sub(out.mul(gy.sum(dim, { keepdim: true })))];
});

/**
 * log(softmax(x)) along `dim`, computed without overflow (torch.log_softmax).
 * @throws DTypeError for integers without `dtype`; ArgumentError for a dim that is none.
 */
export const logSoftmax: Softmax = along(
  "logSoftmax",
  "torch.log_softmax",
  "LogSoftmax",
  (g, { out, options: { dim } }) => [
    // dx = dy - softmax(x) Σ dy
    g.sub(out.exp().mul(g.sum(dim, { keepdim: true }))),
  ],
);
