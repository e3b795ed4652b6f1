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
    for (const answer of ['{"id": -1}', "{"]) {
      const read = parseTensorRef(answer);
      assert.ok(typeof read === "string" && read.includes("not understood"), answer);
    }
  });
});
