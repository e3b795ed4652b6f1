// Small constant tensors that kernels want as inputs (axes, shapes, scalars), made once per device and kept.
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import { ArgumentError } from "../errors.js";
import { upload } from "./native.js";
import type { Storage } from "../storage.js";
import { encodeNumbers } from "./encode.js";

const limit = 2048; // shapes of a program with ever new sizes must not pile up
const kept = new Map<string, Storage>();

function keep(key: string, make: () => Storage): Storage {
  let storage = kept.get(key);
  if (storage === undefined) {
    if (kept.size >= limit) kept.clear();
    storage = make();
    kept.set(key, storage);
  }
  return storage;
}

/** A 1-D int32 constant: axes, sizes. */
export function intVector(on: Device, values: readonly number[]): Storage {
  return keep(`i${on.nativeIndex}:${values.join(",")}`, () => upload("int32", [values.length], on, int32(values)));
}

/** A 0-D int32 constant: one axis. */
export function intScalar(on: Device, value: number): Storage {
  return keep(`s${on.nativeIndex}:${value}`, () => upload("int32", [], on, Int32Array.of(value)));
}

/** A 0-D constant of a dtype. */
export function scalar(on: Device, dtype: DType, value: number): Storage {
  const key = Object.is(value, -0) ? "-0" : value;
  return keep(`${dtype}${on.nativeIndex}:${key}`, () => upload(dtype, [], on, encodeNumbers(dtype, [value])));
}

/** Kernels take sizes and axes as int32: what does not fit must not wrap around. */
function int32(values: readonly number[]): Int32Array {
  const wrong = values.find((value) => value !== (value | 0));
  if (wrong !== undefined) throw new ArgumentError(`shape: expected sizes below 2^31, got [${values.join(", ")}]`);
  return Int32Array.from(values);
}
