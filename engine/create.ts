// Tensors from values, constants and random numbers.
import { availableDevices, device as deviceOf, execute, explainNative, meta, upload } from "./backend/native.js";
import { intVector, scalar } from "./backend/constants.js";
import { fill } from "./backend/kernels.js";
import { encodeNumbers } from "./backend/encode.js";
import type { Device } from "./device.js";
import { type DType, type TypedArray, bytesOf, dtypeOfTypedArray, isFloating } from "./dtype.js";
import { ArgumentError, DTypeError, ShapeError, shapeText } from "./errors.js";
import { type Generator, generatorOf, randomStorage } from "./random.js";
import { type Shape, sizeOf } from "./shape.js";
import { Storage } from "./storage.js";
import { Tensor } from "./tensor.js";

export interface TensorOptions {
  /** Default: what the values say, else float32. */
  readonly dtype?: DType;
  /** Default "cpu". */
  readonly device?: Device | string;
  readonly requiresGrad?: boolean;
}

export interface RandomOptions extends TensorOptions {
  /** Default: the device's generator, which `manualSeed` governs. */
  readonly generator?: Generator;
}

const place = (device: Device | string | undefined): Device =>
  device === undefined ? availableDevices()[0] : deviceOf(device);

/** Makes a leaf: on meta without contents; a failure names the operation and the shape. */
function create(op: string, shape: Shape, dtype: DType, options: TensorOptions, make: (on: Device) => Storage): Tensor {
  const on = place(options.device);
  let storage = new Storage("strided");
  if (on !== meta()) {
    try {
      storage = make(on);
    } catch (error) {
      throw explainNative(error, op, `${dtype} ${shapeText(shape)}`);
    }
  }
  const out = new Tensor(storage, shape, dtype, on);
  return options.requiresGrad ? out.requiresGrad_() : out;
}

export type TensorData = number | bigint | boolean | TypedArray | Tensor | readonly TensorData[];

/**
 * A tensor of nested numbers, booleans, bigints or typed arrays (torch.tensor); copies. Without a dtype, numbers give
 * float32 (JavaScript does not tell 1 from 1.0), bigints int64, booleans bool, and a typed array its own.
 * @throws ShapeError when the nesting is ragged, naming where.
 */
export function tensor(data: TensorData, options: TensorOptions = {}): Tensor {
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
  return create("tensor", shape, dtype, options, (on) => upload(dtype, shape, on, values));
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
  const own = dtypeOfTypedArray(data);
  const dtype = options.dtype ?? own;
  if (dtype === undefined)
    throw new DTypeError('tensor: expected a dtype beside a Uint16Array: "float16" or "bfloat16"');
  if (data.length !== sizeOf(shape))
    throw new ShapeError(`tensor: expected ${sizeOf(shape)} elements for ${shapeText(shape)}, got ${data.length}`);
  const raw = own === dtype || (own === undefined && bytesOf(dtype) === 2) || (dtype === "bool" && own === "uint8");
  const bytes = raw ? data : encodeNumbers(dtype, data);
  return create("tensor", shape, dtype, options, (on) => upload(dtype, shape, on, bytes));
}

/** A tensor of raw little-endian bytes in logical order (torch.frombuffer, but copied). */
export function fromBytes(
  bytes: Uint8Array,
  shape: Shape,
  dtype: DType,
  options: Omit<TensorOptions, "dtype"> = {},
): Tensor {
  if (bytes.byteLength !== sizeOf(shape) * bytesOf(dtype)) {
    throw new ShapeError(
      `tensor: expected ${sizeOf(shape) * bytesOf(dtype)} bytes for ${dtype} ${shapeText(shape)}, got ${bytes.byteLength}`,
    );
  }
  return create("tensor", shape, dtype, options, (on) => upload(dtype, shape, on, bytes));
}

/** Kernels take sizes as int32. */
const largestSize = 2 ** 31 - 1;

function checked(op: string, shape: Shape): Shape {
  const sizes: Shape = Array.isArray(shape) ? [...(shape as Shape)] : [NaN];
  if (sizes.some((n) => !Number.isInteger(n) || n < 0 || n > largestSize)) {
    throw new ArgumentError(`${op}: expected a shape like [2, 3], each size below 2^31, got ${JSON.stringify(shape)}`);
  }
  return sizes;
}

/** One value everywhere (torch.full). */
export function full(shape: Shape, value: number, options: TensorOptions = {}): Tensor {
  const size = checked("full", shape);
  const dtype = options.dtype ?? "float32";
  return create("full", size, dtype, options, (on) => {
    return execute(fill(dtype), on, "strided", intVector(on, size), scalar(on, dtype, value));
  });
}

/** torch.zeros. */
export const zeros = (shape: Shape, options: TensorOptions = {}): Tensor => full(shape, 0, options);
/** torch.ones. */
export const ones = (shape: Shape, options: TensorOptions = {}): Tensor => full(shape, 1, options);

/** `start`, `start + step`, … below `end` (torch.arange); int64 for whole numbers, else float32. */
export function arange(start: number, end?: number, step = 1, options: TensorOptions = {}): Tensor {
  const [from, to] = end === undefined ? [0, start] : [start, end];
  if (step === 0 || !Number.isFinite((to - from) / step) || (to - from) / step < 0) {
    throw new ArgumentError(`arange: expected a step that leads from ${from} to ${to}, got ${step}`);
  }
  const [count] = checked("arange", [Math.ceil((to - from) / step)]);
  const dtype = options.dtype ?? ([from, to, step].every(Number.isInteger) ? "int64" : "float32");
  const values = Float64Array.from({ length: count }, (_, i) => from + i * step);
  return fromTypedArray(values, [count], { ...options, dtype });
}

function random(op: string, kind: "uniform" | "normal", shape: Shape, options: RandomOptions): Tensor {
  const size = checked(op, shape);
  const dtype = options.dtype ?? "float32";
  if (!isFloating(dtype)) throw new DTypeError(`${op}: expected a floating dtype, got ${dtype}`);
  return create(op, size, dtype, options, (on) =>
    randomStorage(kind, size, dtype, on, options.generator ?? generatorOf(on)),
  );
}

/** Uniform in [0, 1) (torch.rand). */
export const rand = (shape: Shape, options: RandomOptions = {}): Tensor => random("rand", "uniform", shape, options);
/** Standard normal (torch.randn). */
export const randn = (shape: Shape, options: RandomOptions = {}): Tensor => random("randn", "normal", shape, options);

/** Whole numbers in [low, high), int64 (torch.randint). */
export function randint(low: number, high: number, shape: Shape, options: RandomOptions = {}): Tensor {
  if (!Number.isInteger(low) || !Number.isInteger(high) || low >= high) {
    throw new ArgumentError(`randint: expected integers low < high, got ${low} and ${high}`);
  }
  const { dtype = "int64", ...rest } = options;
  return rand(shape, { ...rest, dtype: "float64", requiresGrad: false })
    .mul(high - low)
    .to("int64")
    .add(low)
    .to(dtype);
}
