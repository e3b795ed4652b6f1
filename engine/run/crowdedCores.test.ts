import assert from "node:assert/strict";
import { crowdedText } from "./crowdedCores.js";

describe("the hint for crowded cores", () => {
  it("counts the threads of all runs", () => {
    assert.equal(
      crowdedText({ own: 4, others: [4, 2], cores: 4 }),
      "hint: 3 runs want 10 threads on 4 cores and slow each other down; start each with --threads 1 (or OMP_NUM_THREADS=1)",
    );
  });

  it("says nothing to one run alone, or to runs that share the cores", () => {
    assert.equal(crowdedText({ own: 8, others: [], cores: 4 }), undefined);
    assert.equal(crowdedText({ own: 2, others: [2], cores: 4 }), undefined);
  });
});
