// A look at values that lie in the host's memory, before a kernel meets them: an error can then name the first wrong one
// and where it is. Only for tensors on CPU devices, where it costs about a microsecond and no copy.
import type { DType } from "../dtype.js";
import { typedView } from "../dtype.js";
import type { Shape } from "../shape.js";
import type { Storage } from "../storage.js";
import { withId } from "./native.js";

/** An element that is not as it should be. */
export interface Misfit {
  /** Position in logical order. */
  readonly index: number;
  readonly value: number;
}

const bufferOf = (strided: Storage): ArrayBuffer => withId(strided, (id, addon) => addon.view(id));

export interface ClassScan {
  /** How many elements are the ignored number. */
  readonly ignored: number;
  /** The first element that is neither in [0, limit) nor ignored. */
  readonly misfit: Misfit | undefined;
}

/** Looks for integers outside [0, limit); `ignore` passes wherever it lies. */
export function scanClasses(
  strided: Storage,
  dtype: "int64" | "int32" | "uint8",
  limit: number,
  ignore: number | undefined,
): ClassScan {
  const buffer = bufferOf(strided);
  let ignored = 0;
  if (dtype === "int64") {
    // Two words each, the low one first: a bigint per element would cost ten times as much.
    const words = new Int32Array(buffer);
    for (let i = 0; i < words.length; i += 2) {
      const [low, high] = [words[i], words[i + 1]];
      if (high === 0 && low >= 0 && low < limit && low !== ignore) continue;
      const value = high * 2 ** 32 + (low >>> 0);
      if (value === ignore) ignored++;
      else if (value < 0 || value >= limit) return { ignored, misfit: { index: i / 2, value } };
    }
    return { ignored, misfit: undefined };
  }
  const values = dtype === "int32" ? new Int32Array(buffer) : new Uint8Array(buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === ignore) ignored++;
    else if (value < 0 || value >= limit) return { ignored, misfit: { index: i, value } };
  }
  return { ignored, misfit: undefined };
}

/** The first floating value outside [low, high]; NaN is outside. */
export function valuesOutside(strided: Storage, dtype: DType, low: number, high: number): Misfit | undefined {
  const values = typedView(dtype, bufferOf(strided)) as Float32Array | Float64Array;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (!(value >= low && value <= high)) return { index, value };
  }
  return undefined;
}

/** " at [1, 2]": where a position in logical order is; nothing for a 0-d tensor. */
export function placeText(shape: Shape, index: number): string {
  if (shape.length === 0) return "";
  const place: number[] = [];
  let rest = index;
  for (let dim = shape.length - 1; dim >= 0; dim--) {
    place.unshift(rest % shape[dim]);
    rest = Math.floor(rest / shape[dim]);
  }
  return ` at [${place.join(", ")}]`;
}
