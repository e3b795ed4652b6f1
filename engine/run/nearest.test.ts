import assert from "node:assert/strict";
import { editDistance, nearest } from "./nearest.js";

describe("nearest", () => {
  it("counts insertions, deletions, replacements and swaps", () => {
    assert.equal(editDistance("epoch", "epochs"), 1);
    assert.equal(editDistance("trian", "train"), 1);
    assert.equal(editDistance("", "abc"), 3);
    assert.equal(editDistance("kitten", "sitting"), 3);
  });

  it("finds what was meant, and nothing where nothing is near", () => {
    assert.equal(nearest("--epoch", ["--lr", "--epochs"]), "--epochs");
    assert.equal(nearest("--Batch-Size", ["--batch-size"]), "--batch-size");
    assert.equal(nearest("--x", ["--lr", "--epochs"]), undefined);
    assert.equal(nearest("", []), undefined);
  });
});
