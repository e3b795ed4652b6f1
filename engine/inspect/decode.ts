// Elements of every dtype as numbers: one at a time, or a run of neighbours at once into float64 (which holds every
// dtype exactly, int64 up to 2^53 and rounded beyond). Reads in place; must not know shapes.
import type { DType } from "../dtype.js";

/** The value of element `index` in physical order. */
export type ReadElement = (index: number) => number;

export function elementReader(dtype: DType, data: ArrayBuffer): ReadElement {
  switch (dtype) {
    case "float32":
      return readerOf(new Float32Array(data));
    case "float64":
      return readerOf(new Float64Array(data));
    case "int8":
      return readerOf(new Int8Array(data));
    case "uint8":
      return readerOf(new Uint8Array(data));
    case "int16":
      return readerOf(new Int16Array(data));
    case "int32":
      return readerOf(new Int32Array(data));
    case "float16": {
      const bits = new Uint16Array(data);
      const table = float16Values();
      return (index) => table[bits[index]];
    }
    case "bfloat16": {
      const bits = new Uint16Array(data);
      return (index) => bfloat16Value(bits[index]);
    }
    case "int64": {
      const halves = new Int32Array(data);
      return (index) => int64Value(halves, index);
    }
    case "bool": {
      const bytes = new Uint8Array(data);
      return (index) => (bytes[index] === 0 ? 0 : 1);
    }
    default:
      throw new Error(`unknown dtype ${String(dtype satisfies never)}`);
  }
}

/** Writes `count` elements from `start` on (physical order) to the beginning of `out`. */
export type DecodeRun = (start: number, count: number, out: Float64Array) => void;

export function runDecoder(dtype: DType, data: ArrayBuffer): DecodeRun {
  switch (dtype) {
    case "float32":
      return decoderOf(new Float32Array(data));
    case "float64":
      return decoderOf(new Float64Array(data));
    case "int8":
      return decoderOf(new Int8Array(data));
    case "uint8":
      return decoderOf(new Uint8Array(data));
    case "int16":
      return decoderOf(new Int16Array(data));
    case "int32":
      return decoderOf(new Int32Array(data));
    case "float16": {
      const bits = new Uint16Array(data);
      const table = float16Values();
      return (start, count, out) => {
        for (let i = 0; i < count; i++) out[i] = table[bits[start + i]];
      };
    }
    case "bfloat16": {
      const bits = new Uint16Array(data);
      return (start, count, out) => {
        for (let i = 0; i < count; i++) out[i] = bfloat16Value(bits[start + i]);
      };
    }
    case "int64": {
      const halves = new Int32Array(data);
      return (start, count, out) => {
        for (let i = 0; i < count; i++) out[i] = int64Value(halves, start + i);
      };
    }
    case "bool": {
      const bytes = new Uint8Array(data);
      return (start, count, out) => {
        for (let i = 0; i < count; i++) out[i] = bytes[start + i] === 0 ? 0 : 1;
      };
    }
    default:
      throw new Error(`unknown dtype ${String(dtype satisfies never)}`);
  }
}

type NumberArray = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Int32Array;

const readerOf =
  (values: NumberArray): ReadElement =>
  (index) =>
    values[index];

/** The engine converts whole arrays far faster than a loop that has seen several types of array. */
const decoderOf =
  (values: NumberArray): DecodeRun =>
  (start, count, out) =>
    out.set(values.subarray(start, start + count));

/** Two's complement in two halves: exact up to 2^53, and rounded once beyond, since the high half is always exact. */
function int64Value(halves: Int32Array, index: number): number {
  return halves[2 * index + 1] * 2 ** 32 + (halves[2 * index] >>> 0);
}

const scratchBits = new Uint32Array(1);
const scratchFloat = new Float32Array(scratchBits.buffer);

/** bfloat16 is the upper half of a float32. */
function bfloat16Value(bits: number): number {
  scratchBits[0] = bits << 16;
  return scratchFloat[0];
}

let float16Table: Float32Array | undefined;

/** All 65,536 values (256 KiB), made when first needed. */
function float16Values(): Float32Array {
  return (float16Table ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => float16Value(bits)));
}

/** 1 sign bit, 5 bits of exponent, 10 bits of fraction. */
function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
