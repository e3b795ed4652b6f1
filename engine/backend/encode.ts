// JavaScript numbers as the bytes of a dtype, with PyTorch's conversions.
import type { DType, TypedArray } from "../dtype.js";
import { ArgumentError } from "../errors.js";

/** Encodes numbers (or bigints, booleans); half precisions round to nearest even. */
export function encodeNumbers(dtype: DType, values: ArrayLike<number | bigint | boolean>): TypedArray {
  switch (dtype) {
    case "float32":
      return Float32Array.from(values, Number);
    case "float64":
      return Float64Array.from(values, Number);
    case "float16":
      return Uint16Array.from(values, (v) => float16Bits(Number(v)));
    case "bfloat16":
      return Uint16Array.from(values, (v) => bfloat16Bits(Number(v)));
    case "bool":
      return Uint8Array.from(values, (v) => (v ? 1 : 0));
    case "int64":
      return BigInt64Array.from(values as ArrayLike<number>, toBigInt);
    case "int8":
      return Int8Array.from(values, (v) => whole(v, dtype));
    case "uint8":
      return Uint8Array.from(values, (v) => whole(v, dtype));
    case "int16":
      return Int16Array.from(values, (v) => whole(v, dtype));
    case "int32":
      return Int32Array.from(values, (v) => whole(v, dtype));
    default:
      throw new ArgumentError(`tensor: unknown dtype ${String(dtype satisfies never)}`);
  }
}

function finite(value: number | bigint | boolean, dtype: DType): number {
  const number = Number(value);
  if (!Number.isFinite(number)) throw new ArgumentError(`tensor: expected finite values for ${dtype}, got ${number}`);
  return number;
}

/** What the integer dtypes hold; uint8 also takes small negative numbers, which wrap as in PyTorch. */
const ranges = {
  int8: [-(2 ** 7), 2 ** 7 - 1],
  uint8: [-255, 255],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
} as const;

function whole(value: number | bigint | boolean, dtype: keyof typeof ranges): number {
  const number = Math.trunc(finite(value, dtype));
  const [least, most] = ranges[dtype];
  if (number < least || number > most) throw new ArgumentError(`tensor: ${number} is out of the range of ${dtype}`);
  return number;
}

function toBigInt(value: number | bigint | boolean): bigint {
  const whole = typeof value === "bigint" ? value : BigInt(Math.trunc(finite(value, "int64")));
  if (BigInt.asIntN(64, whole) !== whole) throw new ArgumentError(`tensor: ${whole} is out of the range of int64`);
  return whole;
}

const scratch = new DataView(new ArrayBuffer(4));

/** Bits of the nearest bfloat16 (ties to even). */
export function bfloat16Bits(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  if (Number.isNaN(value)) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** Bits of the nearest IEEE binary16 (ties to even). */
export function float16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00; // rounds to infinity
  if (size < 2 ** -14) return sign | roundEven(size / 2 ** -24); // subnormal; 1024 carries into the first normal
  const exponent = Math.floor(Math.log2(size));
  const e = size < 2 ** exponent ? exponent - 1 : size >= 2 ** (exponent + 1) ? exponent + 1 : exponent;
  const mantissa = roundEven((size / 2 ** e - 1) * 1024);
  return sign | (((e + 15) << 10) + mantissa); // a mantissa of 1024 carries into the exponent
}

function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
