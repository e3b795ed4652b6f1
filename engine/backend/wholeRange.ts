// Whole numbers in a row, for those who compute places: made on the device, exact.
import type { Device } from "../device.js";
import type { Storage } from "../storage.js";
import { scalar } from "./constants.js";
import { execute, kernel, perDType, typeAttr } from "./native.js";

const range = perDType((dtype) => kernel("Range", [typeAttr("Tidx", dtype)], 3));

/** `start`, `start + step`, … below `end` (above it for a step below 0), a vector of int64. */
export function wholeRange(start: number, end: number, step: number, on: Device): Storage {
  const at = (value: number) => scalar(on, "int64", value);
  return execute(range("int64"), on, "strided", at(start), at(end), at(step));
}
