// Element types of the safetensors format under its own names. It must not know how tensors are held in memory.
import type { DType } from "../dtype.js";

/** Bits of one element. The order is the format's own: the reference library lays tensors out from the last to the first. */
const bits = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

export type SafetensorsDType = keyof typeof bits;

const order = new Map(Object.keys(bits).map((dtype, index) => [dtype as SafetensorsDType, index]));

export const isSafetensorsDType = (name: string): name is SafetensorsDType => Object.hasOwn(bits, name);

/** Sorts the dtypes as the reference library lays them out: widest first. */
export const compareDTypes = (a: SafetensorsDType, b: SafetensorsDType): number => order.get(b)! - order.get(a)!;

/** Bytes of so many elements; undefined when no whole number of bytes, or no exact number at all, holds them. */
export function byteLengthOf(dtype: SafetensorsDType, shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (count * bits[dtype] > Number.MAX_SAFE_INTEGER) return undefined;
  }
  const bytes = (count * bits[dtype]) / 8;
  return Number.isInteger(bytes) ? bytes : undefined;
}

const ours: Readonly<Record<DType, SafetensorsDType>> = {
  float32: "F32",
  float64: "F64",
  float16: "F16",
  bfloat16: "BF16",
  int8: "I8",
  uint8: "U8",
  int16: "I16",
  int32: "I32",
  int64: "I64",
  bool: "BOOL",
};

export const safetensorsDTypeOf = (dtype: DType): SafetensorsDType => ours[dtype];

const byFormat = new Map(Object.entries(ours).map(([dtype, format]) => [format, dtype as DType]));

/** The engine's dtype; undefined for one that tensors here cannot have (U16, F8_E4M3, …). */
export const dtypeOfSafetensors = (dtype: SafetensorsDType): DType | undefined => byFormat.get(dtype);
