import assert from "node:assert/strict";
import { progressOfLine } from "./progressLine.js";

describe("progressOfLine", () => {
  it("takes what is being done, and how far it is", () => {
    assert.equal(
      progressOfLine("downloading wheel tensorflow-cpu 2.18.1 30 %"),
      "downloading wheel tensorflow-cpu 2.18.1: 30 %",
    );
    assert.equal(
      progressOfLine("waiting for another Gradtape to finish the download"),
      "waiting for another Gradtape to finish the download",
    );
  });

  it("leaves the report alone", () => {
    for (const line of ["Node.js  v20.20.2 on linux-x64", "libtensorflow 2.18.1: /x/downloading", "", "memory  3 %"]) {
      assert.equal(progressOfLine(line), undefined, line);
    }
  });
});
