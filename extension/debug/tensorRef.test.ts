import assert from "node:assert/strict";
import { parseTensorRef } from "./tensorRef.js";

describe("parseTensorRef", () => {
  const tensor = { id: 7, dtype: "float32", shape: [2, 3], layout: "strided", device: "cpu", requiresGrad: false };
  const json = JSON.stringify({ ...tensor, gradFn: "it's" });

  it("reads the text bare, in double quotes and in single ones, as debuggers print it", () => {
    for (const answer of [json, JSON.stringify(json), `'${json.replace(/'/g, "\\'")}'`]) {
      assert.deepEqual(parseTensorRef(answer), { ...tensor, gradFn: "it's" }, answer);
    }
  });

  it("passes on why something is no tensor, and refuses what is no reference", () => {
    assert.equal(parseTensorRef('{"error":"expected a Tensor, got number"}'), "expected a Tensor, got number");
    assert.match(String(parseTensorRef('{"id": -1}')), /not understood: tensor: /);
    assert.match(String(parseTensorRef("{")), /not understood/);
  });
});
