import assert from "node:assert/strict";
import { exponential, fixed } from "./pythonFormat.js";

// Expected texts are Python's own. Many more are compared through PyTorch in test/inspect/print.test.ts.
describe("numbers as Python writes them", () => {
  it("fixed: rounds exact ties to even, all others to the nearest", () => {
    assert.equal(fixed(0.03125, 4), "0.0312");
    assert.equal(fixed(0.09375, 4), "0.0938");
    assert.equal(fixed(-0.125, 2), "-0.12");
    assert.equal(fixed(2.675, 2), "2.67");
    assert.equal(fixed(0.5, 0), "0");
    assert.equal(fixed(1.5, 0), "2");
    assert.equal(fixed(2.5, 0), "2");
  });

  it("fixed: keeps the sign of zero, and all digits of what is large", () => {
    assert.equal(fixed(-0, 0), "-0");
    assert.equal(fixed(-0.00001, 4), "-0.0000");
    assert.equal(fixed(1e22, 0), "10000000000000000000000");
    assert.equal(fixed(-1.5e25, 2), "-15000000000000000285212672.00");
  });

  it("exponential: rounds exact ties to even, and has two digits of exponent", () => {
    assert.equal(exponential(100005, 4), "1.0000e+05");
    assert.equal(exponential(100015, 4), "1.0002e+05");
    assert.equal(exponential(2.5, 0), "2e+00");
    assert.equal(exponential(9.5, 0), "1e+01");
    assert.equal(exponential(-1.5e-7, 1), "-1.5e-07");
    assert.equal(exponential(1e300, 2), "1.00e+300");
    assert.equal(exponential(0, 2), "0.00e+00");
    assert.equal(exponential(-0, 2), "-0.00e+00");
  });

  it("names what is not finite", () => {
    assert.deepEqual(
      [NaN, Infinity, -Infinity].map((x) => fixed(x, 4)),
      ["nan", "inf", "-inf"],
    );
    assert.deepEqual(
      [NaN, Infinity, -Infinity].map((x) => exponential(x, 4)),
      ["nan", "inf", "-inf"],
    );
  });
});
