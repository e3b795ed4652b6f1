// Element types: sizes, TensorFlow's numbers, typed arrays and PyTorch's promotion rules.
import type { DTypeName } from "./protocol.js";

export type DType = DTypeName;

type Kind = "bool" | "int" | "float";

interface DTypeFacts {
  /** `TF_DataType`. */
  readonly tf: number;
  readonly bytes: number;
  readonly kind: Kind;
  /** Short name in tables and descriptions. */
  readonly short: string;
}

const facts: Readonly<Record<DType, DTypeFacts>> = {
  float32: { tf: 1, bytes: 4, kind: "float", short: "f32" },
  float64: { tf: 2, bytes: 8, kind: "float", short: "f64" },
  float16: { tf: 19, bytes: 2, kind: "float", short: "f16" },
  bfloat16: { tf: 14, bytes: 2, kind: "float", short: "bf16" },
  int8: { tf: 6, bytes: 1, kind: "int", short: "i8" },
  uint8: { tf: 4, bytes: 1, kind: "int", short: "u8" },
  int16: { tf: 5, bytes: 2, kind: "int", short: "i16" },
  int32: { tf: 3, bytes: 4, kind: "int", short: "i32" },
  int64: { tf: 9, bytes: 8, kind: "int", short: "i64" },
  bool: { tf: 10, bytes: 1, kind: "bool", short: "bool" },
};

export const dtypes = Object.keys(facts) as readonly DType[];

/** The number of the dtype in TensorFlow's C API. */
export const tfNumber = (dtype: DType): number => facts[dtype].tf;
export const bytesOf = (dtype: DType): number => facts[dtype].bytes;
export const shortName = (dtype: DType): string => facts[dtype].short;
export const isFloating = (dtype: DType): boolean => facts[dtype].kind === "float";
/** float16 and bfloat16: too narrow for sums, which are kept in float32 as PyTorch keeps them. */
export const isHalf = (dtype: DType): boolean => dtype === "float16" || dtype === "bfloat16";

const byTfNumber = new Map(dtypes.map((dtype) => [facts[dtype].tf, dtype]));

/** The dtype of a `TF_DataType` number; undefined for one that Gradtape has no name for (strings, resources…). */
export const dtypeOfTf = (tf: number): DType | undefined => byTfNumber.get(tf);

/** Half-precision values travel as their 16 raw bits. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Int32Array
  | BigInt64Array;

/** Views bytes as the dtype's typed array (float16, bfloat16: raw bits; bool: 0 and 1). */
export function typedView(dtype: DType, buffer: ArrayBuffer): TypedArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "float16":
    case "bfloat16":
      return new Uint16Array(buffer);
    case "int8":
      return new Int8Array(buffer);
    case "uint8":
    case "bool":
      return new Uint8Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "int64":
      return new BigInt64Array(buffer);
    default:
      throw new Error(`unknown dtype ${String(dtype satisfies never)}`);
  }
}

/** The dtype a typed array stands for when none is named. */
export function dtypeOfTypedArray(data: TypedArray): DType | undefined {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Float64Array) return "float64";
  if (data instanceof Int8Array) return "int8";
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return "uint8";
  if (data instanceof Int16Array) return "int16";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof BigInt64Array) return "int64";
  return undefined;
}

const intOrder: readonly DType[] = ["int8", "int16", "int32", "int64"];

/** PyTorch's type promotion of two tensors of equal standing (`torch.promote_types`). */
export function promoteTypes(a: DType, b: DType): DType {
  if (a === b) return a;
  const [ka, kb] = [facts[a].kind, facts[b].kind];
  if (ka !== kb) {
    if (ka === "bool" || kb === "float") return b;
    return a; // kb is bool, or ka is float
  }
  if (ka === "float") {
    if (a === "float64" || b === "float64") return "float64";
    return "float32"; // float32 with a half, or the two halves together
  }
  if (a === "uint8" || b === "uint8") {
    const other = a === "uint8" ? b : a;
    return other === "int8" ? "int16" : other;
  }
  return intOrder[Math.max(intOrder.indexOf(a), intOrder.indexOf(b))];
}

/** Whether an in-place operation may keep a result of dtype `from` in `to` (torch.can_cast). */
export const canStore = (from: DType, to: DType): boolean => kindRank(from) <= kindRank(to);

/** Like `torch.result_type`: a tensor with dimensions outranks a 0-d tensor of the same kind. */
export function resultType(a: DType, aRank: number, b: DType, bRank: number): DType {
  if (a === b) return a;
  if (aRank > 0 === bRank > 0) return promoteTypes(a, b);
  const [strong, weak] = aRank > 0 ? [a, b] : [b, a];
  return kindRank(weak) > kindRank(strong) ? weak : strong;
}

/** The dtype of a tensor combined with a JavaScript number: 2 counts as Python's int, 0.5 as its float. */
export function resultTypeWithNumber(dtype: DType, value: number): DType {
  if (Number.isInteger(value)) return dtype === "bool" ? "int64" : dtype;
  return facts[dtype].kind === "float" ? dtype : "float32";
}

const kindRank = (dtype: DType): number => ["bool", "int", "float"].indexOf(facts[dtype].kind);
