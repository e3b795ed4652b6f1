import assert from "node:assert/strict";
import type { TensorRef } from "./protocol.js";
import {
  engineAnswerValidators,
  engineEventValidators,
  engineRequestValidators,
  hostRequestValidators,
} from "./protocolSchemas.js";

const tensor: TensorRef = {
  id: 2 ** 40 + 3,
  dtype: "float32",
  shape: [64, 10, 24, 24],
  layout: "nhwc",
  device: "cpu:1",
  requiresGrad: true,
  gradFn: "conv2d",
};
const page = {
  tensor,
  rowAxis: 2,
  columnAxis: 3,
  index: [0, 0, 0, 0],
  rowStart: 0,
  rowCount: 24,
  columnStart: 0,
  columnCount: 24,
};

describe("what crosses a border", () => {
  it("passes as it is", () => {
    assert.deepEqual(engineRequestValidators["tensor.page"](page), page);
    const stats = {
      count: 3,
      min: NaN,
      max: Infinity,
      mean: NaN,
      std: NaN,
      zeros: 0,
      nan: 1,
      posInf: 1,
      negInf: 0,
      histogram: new Float64Array(4),
    };
    assert.deepEqual(engineAnswerValidators["tensor.stats"](stats), stats);
    const metrics = [
      { name: "loss", steps: Float64Array.of(1), values: Float64Array.of(NaN), times: Float64Array.of(3) },
    ];
    assert.deepEqual(engineEventValidators["run.metrics"]({ metrics }), { metrics });
  });

  const wrong: readonly (readonly [what: string, check: () => unknown, message: RegExp])[] = [
    ["no object", () => engineRequestValidators["tensor.page"](undefined), /tensor\.page: /],
    [
      "a missing field",
      () => engineRequestValidators["tensor.page"]({ ...page, rowAxis: undefined }),
      /tensor\.page: rowAxis: /,
    ],
    ["a negative axis", () => engineRequestValidators["tensor.page"]({ ...page, rowAxis: -2 }), /rowAxis/],
    ["half a row", () => engineRequestValidators["tensor.page"]({ ...page, rowStart: 0.5 }), /rowStart/],
    ["a huge page", () => engineRequestValidators["tensor.page"]({ ...page, rowCount: 2 ** 40 }), /rowCount/],
    [
      "an unknown dtype",
      () => engineRequestValidators["tensor.stats"]({ tensor: { ...tensor, dtype: "complex64" }, bins: 4 }),
      /tensor\.dtype/,
    ],
    ["too many bins", () => engineRequestValidators["tensor.stats"]({ tensor, bins: 1e9 }), /bins/],
    ["something for nothing", () => engineRequestValidators["run.stop"]({ now: true }), /run\.stop: /],
    ["numbers in a list", () => engineAnswerValidators["tensor.page"]({ rows: 1, columns: 1, values: [1] }), /values/],
    [
      "arrays of different lengths",
      () =>
        engineEventValidators["run.metrics"]({
          metrics: [
            { name: "loss", steps: new Float64Array(2), values: new Float64Array(1), times: new Float64Array(2) },
          ],
        }),
      /same length/,
    ],
    [
      "a command that no panel may run",
      () => hostRequestValidators["command.run"]({ command: "workbench.action.quit" }),
      /command/,
    ],
  ];
  for (const [what, check, message] of wrong) it(`is refused: ${what}`, () => assert.throws(check, message));
});
