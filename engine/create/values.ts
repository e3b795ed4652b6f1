// Tensors from values: nested arrays, typed arrays, bytes.
import { encodeNumbers } from "../backend/encode.js";
import { upload } from "../backend/native.js";
import { type DType, type TypedArray, bytesOf, dtypeOfTypedArray } from "../dtype.js";
import { ArgumentError, DTypeError, ShapeError, shapeText, expectOptions } from "../errors.js";
import { type Shape, sizeOf } from "../shape.js";
import { Tensor } from "../tensor.js";
import { type TensorOptions, leaf, place } from "./leaf.js";

export type TensorData = number | bigint | boolean | TypedArray | Tensor | readonly TensorData[];

/**
 * A tensor of nested numbers, booleans, bigints or typed arrays (torch.tensor); copies. Without a dtype, numbers give
 * float32 (JavaScript does not tell 1 from 1.0), bigints int64, booleans bool, and a typed array its own.
 * @throws ShapeError when the nesting is ragged, naming where.
 */
export function tensor(data: TensorData, options: TensorOptions = {}): Tensor {
  expectOptions("tensor", options, '{ dtype: "float64" }');
  if (data instanceof Tensor) {
    const copy = data
      .detach()
      .to({ device: place(options.device ?? data.device), dtype: options.dtype ?? data.dtype, copy: true });
    return options.requiresGrad ? copy.requiresGrad_() : copy;
  }
  const shape: number[] = [];
  const flat: (number | bigint | boolean)[] = [];
  if (ArrayBuffer.isView(data)) return fromTypedArray(data, [data.length], options);
  flatten(data, 0, shape, flat, "");
  const dtype = options.dtype ?? inferDType(flat);
  const values = encodeNumbers(dtype, flat);
  return leaf("tensor", shape, dtype, options, (on) => upload(dtype, shape, on, values));
}

function flatten(
  data: TensorData,
  depth: number,
  shape: number[],
  flat: (number | bigint | boolean)[],
  at: string,
): void {
  if (typeof data === "number" || typeof data === "bigint" || typeof data === "boolean") {
    if (depth !== shape.length)
      throw new ShapeError(`tensor: expected an array of ${shape[depth]} at data${at}, got a number`);
    flat.push(data);
    return;
  }
  if (!Array.isArray(data) && !ArrayBuffer.isView(data)) {
    throw new ArgumentError(
      `tensor: expected numbers, booleans or arrays of them at data${at}, got ${data === null ? "null" : typeof data}`,
    );
  }
  const items = data as readonly TensorData[];
  const first = flat.length === 0 && depth === shape.length;
  if (first) shape.push(items.length);
  else if (depth >= shape.length || items.length !== shape[depth]) {
    const wanted = depth >= shape.length ? "a number" : `an array of ${shape[depth]}`;
    throw new ShapeError(`tensor: expected ${wanted} at data${at}, got an array of ${items.length}`);
  }
  for (let i = 0; i < items.length; i++) flatten(items[i], depth + 1, shape, flat, `${at}[${i}]`);
}

function inferDType(flat: readonly (number | bigint | boolean)[]): DType {
  if (flat.length === 0) return "float32";
  if (flat.every((v) => typeof v === "boolean")) return "bool";
  if (flat.some((v) => typeof v === "bigint") && flat.every((v) => typeof v !== "number" || Number.isInteger(v)))
    return "int64";
  return "float32";
}

/**
 * A tensor of a typed array's elements in a given shape (torch.from_numpy, but copied).
 * Uint16Array holds the raw bits of float16 or bfloat16 and needs the dtype named.
 */
export function fromTypedArray(data: TypedArray, shape: Shape, options: TensorOptions = {}): Tensor {
  expectOptions("fromTypedArray", options, '{ dtype: "float64" }');
  const own = dtypeOfTypedArray(data);
  const dtype = options.dtype ?? own;
  if (dtype === undefined)
    throw new DTypeError('tensor: expected a dtype beside a Uint16Array: "float16" or "bfloat16"');
  if (data.length !== sizeOf(shape))
    throw new ShapeError(`tensor: expected ${sizeOf(shape)} elements for ${shapeText(shape)}, got ${data.length}`);
  const raw = own === dtype || (own === undefined && bytesOf(dtype) === 2) || (dtype === "bool" && own === "uint8");
  const bytes = raw ? data : encodeNumbers(dtype, data);
  return leaf("tensor", shape, dtype, options, (on) => upload(dtype, shape, on, bytes));
}

/** A tensor of raw little-endian bytes in logical order (torch.frombuffer, but copied). */
export function fromBytes(
  bytes: Uint8Array,
  shape: Shape,
  dtype: DType,
  options: Omit<TensorOptions, "dtype"> = {},
): Tensor {
  expectOptions("fromBytes", options, '{ device: "cpu" }');
  if (bytes.byteLength !== sizeOf(shape) * bytesOf(dtype)) {
    throw new ShapeError(
      `tensor: expected ${sizeOf(shape) * bytesOf(dtype)} bytes for ${dtype} ${shapeText(shape)}, got ${bytes.byteLength}`,
    );
  }
  return leaf("tensor", shape, dtype, options, (on) => upload(dtype, shape, on, bytes));
}
