// Physical order: a logical NCHW tensor may lie as NHWC, where TensorFlow's CPU kernels want it. Changes of order happen
// here, and only where an operation cannot work on the bytes as they lie.
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import type { Shape } from "../shape.js";
import type { Storage } from "../storage.js";
import { intVector } from "./constants.js";
import { execute, kernel, perDType, typeAttr } from "./native.js";

const reshapeOf = perDType((dtype) =>
  kernel("Reshape", [typeAttr("T", dtype), typeAttr("Tshape", "int32")], 2, { alias: true }),
);
const transposeOf = perDType((dtype) => kernel("Transpose", [typeAttr("T", dtype), typeAttr("Tperm", "int32")], 2));

/** The same bytes under another shape (TensorFlow shares the buffer). */
export function reshaped(storage: Storage, shape: Shape, dtype: DType, on: Device): Storage {
  return execute(reshapeOf(dtype), on, "strided", storage, intVector(on, shape));
}

/** Axes exchanged: output axis i is input axis `axes[i]`. */
export function transposed(storage: Storage, axes: readonly number[], dtype: DType, on: Device): Storage {
  return execute(transposeOf(dtype), on, "strided", storage, intVector(on, axes));
}

/** The storage in the order of its logical shape. */
export function asStrided(storage: Storage, shape: Shape, dtype: DType, on: Device): Storage {
  if (storage.layout === "strided") return storage;
  const [, c, h, w] = shape;
  if (c === 1 || h * w === 1) return reshaped(storage, shape, dtype, on);
  return transposed(storage, [0, 3, 1, 2], dtype, on);
}

/** The storage of a logical NCHW shape (rank 4) in NHWC order. */
export function asNhwc(storage: Storage, shape: Shape, dtype: DType, on: Device): Storage {
  if (storage.layout === "nhwc") return storage;
  const [n, c, h, w] = shape;
  const out =
    c === 1 || h * w === 1 ? reshaped(storage, [n, h, w, c], dtype, on) : transposed(storage, [0, 2, 3, 1], dtype, on);
  out.layout = "nhwc";
  return out;
}

/** A shape of rank <= 4 padded with leading ones, as broadcasting reads it. */
export const padToRank4 = (shape: Shape): Shape => [...Array<number>(4 - shape.length).fill(1), ...shape];
