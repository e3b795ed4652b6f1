// Numbers, times, sizes and shapes as people read them. Pure: no DOM.
import type { DTypeName } from "../../engine/protocol.js";

const minus = "\u2212";
const dtypeNames: Readonly<Record<DTypeName, string>> = {
  float32: "f32",
  float64: "f64",
  float16: "f16",
  bfloat16: "bf16",
  int8: "i8",
  uint8: "u8",
  int16: "i16",
  int32: "i32",
  int64: "i64",
  bool: "bool",
};

const dtypeBytes: Readonly<Record<DTypeName, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  uint8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
};

/** "f32". */
export const dtypeName = (dtype: DTypeName): string => dtypeNames[dtype];

export const elementsOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

export const bytesOf = (dtype: DTypeName, shape: readonly number[]): number => dtypeBytes[dtype] * elementsOf(shape);

/** "[64, 10]"; a scalar is "[]". */
export const formatShape = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

/** At most `digits` significant digits, no trailing zeros, a real minus sign: "0.0132", "−1.2e-7", "31,250". */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return "NaN";
  const size = Math.abs(value);
  const sign = value < 0 ? minus : "";
  if (size === Infinity) return `${sign}∞`;
  if (size === 0) return "0";
  if (Number.isInteger(value) && size < 1e6) return sign + grouped(size);
  if (size >= 1e6 || size < 1e-3) return sign + trimmed(size.toExponential(Math.max(0, digits - 2))).replace("e+", "e");
  return sign + (size >= 10 ** (digits - 1) ? grouped(Math.round(size)) : trimmed(size.toPrecision(digits)));
}

/** The shortest text that reads back as the same value of this dtype, in plain ASCII. */
export function exactNumber(value: number, dtype: DTypeName = "float64"): string {
  if (dtype === "bool" && !Number.isNaN(value)) return value === 0 ? "false" : "true";
  if (Object.is(value, -0)) return "-0";
  if (dtype !== "float32" || !Number.isFinite(value)) return String(value);
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}

/** The same for a number of unknown origin: one that fits float32, as most losses do, is read as float32. */
export const exactValue = (value: number): string =>
  exactNumber(value, Math.fround(value) === value ? "float32" : "float64");

/** 97.83 as "97.8 %": one decimal, so that a value that changes does not jump. */
export const formatPercent = (percent: number): string =>
  Number.isFinite(percent) ? `${percent < 0 ? minus : ""}${Math.abs(percent).toFixed(1)} %` : formatNumber(percent);

/** Whole counts: "10,000". */
export const formatCount = (count: number): string =>
  Number.isFinite(count) ? (count < 0 ? minus : "") + grouped(Math.abs(Math.round(count))) : "?";

/** Seconds: "120 ms", "4.2 s", "1:12", "2:03:09". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "?";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${trimmed(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const two = (part: number): string => String(part).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  if (whole < 60) return `${whole} s`;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** "2.2 MiB"; small ones in KiB or B, so that they do not read 0. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 0.1 * 2 ** 20) return `${formatNumber(bytes / 1024, 3)} KiB`;
  return `${formatNumber(bytes / 2 ** 20, 3)} MiB`;
}

/** The time of day of milliseconds since 1970: "14:03:27". */
export const formatClock = (ms: number): string =>
  new Date(ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** The last part of a path of either kind. */
export const baseName = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);

const grouped = (whole: number): string => String(whole).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

function trimmed(text: string): string {
  const [digits, exponent] = text.split("e");
  const short = digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
  return exponent === undefined ? short : `${short}e${exponent}`;
}
