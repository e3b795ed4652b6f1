// The index of every element along a dim.
import { reshaped } from "../backend/layout.js";
import { meta } from "../backend/native.js";
import { wholeRange } from "../backend/wholeRange.js";
import type { Device } from "../device.js";
import type { Shape } from "../shape.js";
import { Storage } from "../storage.js";
import { Tensor } from "../tensor.js";

/** 0, 1, 2 … along `dim` of `shape`, int64, size 1 in the other dims. */
export function places(shape: Shape, dim: number, on: Device): Tensor {
  const own = shape.map((n, i) => (i === dim ? n : 1));
  if (on === meta()) return new Tensor(new Storage("strided"), own, "int64", on);
  const line = wholeRange(0, shape[dim], 1, on);
  return new Tensor(reshaped(line, own, "int64", on), own, "int64", on);
}
