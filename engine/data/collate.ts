// Samples into a batch. It knows the kinds of values a sample may hold; it must not know datasets or loaders.
import type { DType, TypedArray } from "../dtype.js";
import { ArgumentError, DTypeError, ShapeError, shapeText } from "../errors.js";
import { stack } from "../functional/join.js";
import { sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import type { RawSample } from "./dataset.js";
import { RawArray, rawVector } from "./raw.js";
import { isPlainObject, stackedTensor, tensorOf } from "./tensorOf.js";

/** What a batch of samples becomes: tensors, numbers and booleans a tensor, strings a list, tuples and objects the same of batches. */
export type Collated<Sample> = Sample extends Tensor | RawArray | TypedArray | number | bigint | boolean
  ? Tensor
  : Sample extends string
    ? string[]
    : Sample extends object
      ? { -readonly [Key in keyof Sample]: Collated<Sample[Key]> }
      : never;

/**
 * Joins samples along a new first dimension (PyTorch: `default_collate`).
 *
 * - tensors and typed arrays of one shape: stacked, dtype kept;
 * - numbers: int64 when all of the batch are whole, else float32 (PyTorch makes float64 of Python floats);
 *   a field that is only sometimes whole should be a tensor, whose dtype does not depend on the values;
 * - bigints: int64; booleans: bool; strings: the list of them;
 * - arrays and plain objects: the same structure, each entry collated.
 *
 * @throws {ShapeError} when shapes differ; {DTypeError} when dtypes do; {ArgumentError} when samples differ in kind or
 * structure, hold something else, or are none. The message names the sample and the field.
 */
export function defaultCollate<Sample>(samples: readonly Sample[]): Collated<Sample> {
  return collateRaw(samples as readonly RawSample<Sample>[]);
}

/** How the tensors of a batch come into being: at once, or later in another thread. */
export interface BatchMaker {
  /** A vector of numbers that stood in the samples. */
  vector(data: TypedArray, dtype: DType): unknown;
  /** At least 1 array, all of one shape and dtype, along a new first dimension. */
  stack(arrays: readonly RawArray[]): unknown;
}

const tensors: BatchMaker = {
  vector: (data, dtype) => tensorOf(new RawArray(data, [data.length], dtype)),
  stack: stackedTensor,
};

/** `defaultCollate` of samples that may hold typed arrays in place of tensors. `indices` are named in errors. */
export function collateRaw<Sample>(
  samples: readonly RawSample<Sample>[],
  indices?: ArrayLike<number>,
  make: BatchMaker = tensors,
): Collated<Sample> {
  if (samples.length === 0) throw new ArgumentError("collate: expected at least 1 sample, got 0");
  return join(samples, { path: "", indices, make }) as Collated<Sample>;
}

/** Which field of which samples (only read when something is wrong), and what makes its tensor. */
interface Place {
  readonly path: string;
  readonly indices: ArrayLike<number> | undefined;
  readonly make: BatchMaker;
}

function join(values: readonly unknown[], place: Place): unknown {
  const first = values[0];
  switch (typeof first) {
    case "number":
      return joinNumbers(allOf(values, isNumber, "a number", place), place.make);
    case "bigint":
      return place.make.vector(BigInt64Array.from(allOf(values, isBigint, "a bigint", place)), "int64");
    case "boolean":
      return place.make.vector(Uint8Array.from(allOf(values, isBoolean, "a boolean", place), Number), "bool");
    case "string":
      return [...allOf(values, isString, "a string", place)];
    default:
      break;
  }
  if (first instanceof RawArray || first instanceof Tensor) {
    return joinTensors(allOf(values, isTensorLike, "a tensor", place), place);
  }
  if (rawVector(first)) {
    return joinTensors(
      allOf(values, isTypedArray, "a typed array", place).map((value) => rawVector(value)!),
      place,
    );
  }
  if (Array.isArray(first)) return joinArrays(allOf(values, isArray, "an array", place), place);
  if (isPlainObject(first)) return joinObjects(allOf(values, isPlainObject, "a plain object", place), place);
  throw new ArgumentError(
    `collate: expected tensors, numbers, booleans, strings, arrays or plain objects, got ${kindOf(first)}${where(0, place)}; ` +
      "give the DataLoader a collateFn for other values",
  );
}

function joinNumbers(values: readonly number[], make: BatchMaker): unknown {
  return values.every(Number.isSafeInteger)
    ? make.vector(BigInt64Array.from(values, BigInt), "int64")
    : make.vector(Float32Array.from(values), "float32");
}

function joinTensors(values: readonly (RawArray | Tensor)[], place: Place): unknown {
  const first = values[0];
  values.forEach((value, i) => {
    if (!sameShape(value.shape, first.shape)) {
      throw new ShapeError(
        `collate: expected the shape ${shapeText(first.shape)} of the batch's first sample, ` +
          `got ${shapeText(value.shape)}${where(i, place)}; a transform or a collateFn can make them equal`,
      );
    }
    if (value.dtype !== first.dtype) {
      throw new DTypeError(
        `collate: expected ${first.dtype} as in the batch's first sample, got ${value.dtype}${where(i, place)}`,
      );
    }
  });
  return values.every((value) => value instanceof RawArray) ? place.make.stack(values) : stack(values.map(tensorOf));
}

function joinArrays(values: readonly (readonly unknown[])[], place: Place): unknown[] {
  const length = values[0].length;
  values.forEach((value, i) => {
    if (value.length !== length) {
      throw new ArgumentError(
        `collate: expected ${length} entries as in the batch's first sample, got ${value.length}${where(i, place)}`,
      );
    }
  });
  return Array.from({ length }, (_, entry) =>
    join(
      values.map((value) => value[entry]),
      { ...place, path: `${place.path}[${entry}]` },
    ),
  );
}

function joinObjects(values: readonly Record<string, unknown>[], place: Place): Record<string, unknown> {
  const keys = Object.keys(values[0]);
  values.forEach((value, i) => {
    const missing = keys.find((key) => !Object.hasOwn(value, key));
    if (missing !== undefined || Object.keys(value).length !== keys.length) {
      throw new ArgumentError(
        `collate: expected the keys ${keys.join(", ")} of the batch's first sample, ` +
          `got ${Object.keys(value).join(", ") || "none"}${where(i, place)}`,
      );
    }
  });
  return Object.fromEntries(
    keys.map((key) => [
      key,
      join(
        values.map((value) => value[key]),
        { ...place, path: `${place.path}.${key}` },
      ),
    ]),
  );
}

function allOf<T>(
  values: readonly unknown[],
  is: (value: unknown) => value is T,
  wanted: string,
  place: Place,
): readonly T[] {
  const wrong = values.findIndex((value) => !is(value));
  if (wrong >= 0) {
    throw new ArgumentError(
      `collate: expected ${wanted} as in the batch's first sample, got ${kindOf(values[wrong])}${where(wrong, place)}`,
    );
  }
  return values as readonly T[];
}

const isNumber = (value: unknown) => typeof value === "number";
const isBigint = (value: unknown) => typeof value === "bigint";
const isBoolean = (value: unknown) => typeof value === "boolean";
const isString = (value: unknown) => typeof value === "string";
const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isTensorLike = (value: unknown): value is RawArray | Tensor =>
  value instanceof RawArray || value instanceof Tensor;
const isTypedArray = (value: unknown): value is TypedArray => rawVector(value) !== undefined;

/** " in sample 17, field [0]": which sample of the dataset (of the batch, when only that is known) and where in it. */
function where(position: number, place: Place): string {
  const sample = place.indices ? `sample ${place.indices[position]}` : `position ${position} of the batch`;
  return ` in ${sample}${place.path === "" ? "" : `, field ${place.path}`}`;
}

function kindOf(value: unknown): string {
  if (value instanceof Tensor || value instanceof RawArray) return "a tensor";
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  if (Array.isArray(value)) return "an array";
  const name: unknown = value.constructor?.name;
  return name === "Object" || typeof name !== "string" ? "a plain object" : `an instance of ${name}`;
}
