import assert from "node:assert/strict";
import type { RawTensor } from "./rawTensor.js";
import { summaryLine } from "./summary.js";

const float64 = (values: readonly number[], shape: readonly number[] = [values.length]): RawTensor => ({
  data: new Float64Array(values).buffer,
  dtype: "float64",
  shape,
  layout: "strided",
});
const bool = (...values: number[]): RawTensor => ({
  ...float64([]),
  data: new Uint8Array(values).buffer,
  dtype: "bool",
  shape: [values.length],
});

describe("summaryLine", () => {
  const lines: readonly (readonly [RawTensor, string])[] = [
    [float64([-2.123, 0.5, 3.4]), "μ 0.592 σ 2.76 [−2.12, 3.4]"],
    [float64([0, 255, 128]), "μ 128 σ 128 [0, 255]"],
    [float64([1e-7, 2e9]), "μ 1e9 σ 1.41e9 [1e−7, 2e9]"],
    [float64([1, 1, 1]), "μ 1 σ 0 [1, 1]"],
    [float64([1, NaN, 3, NaN, Infinity, -Infinity, NaN]), "μ 2 σ 1.41 [1, 3] NaN 3 ∞ 1 −∞ 1"],
    [float64([1, NaN]), "μ 1 [1, 1] NaN 1"],
    [float64([NaN, NaN]), "NaN 2"],
    [float64([]), "empty"],
    [float64([2.30258], []), "2.3"],
    [float64([-12345678], []), "−1.23e7"],
    [float64([NaN], []), "NaN"],
    [float64([-Infinity], []), "−∞"],
    [bool(1, 0, 1, 1), "3 of 4 true"],
    [bool(1), "true"],
    [bool(0), "false"],
  ];
  for (const [raw, line] of lines) it(line, () => assert.equal(summaryLine(raw), line));
});
