import assert from "node:assert/strict";
import { isScaled, largestOffset, offsetOf, revealing, scrollAxis, scrollOf } from "./scrollAxis.js";

describe("scroll axis", () => {
  it("is the native scroll position where that reaches", () => {
    const axis = scrollAxis(10_000 * 22, 600);
    assert.equal(isScaled(axis), false);
    assert.equal(offsetOf(axis, 1234), 1234);
    assert.equal(scrollOf(axis, 1234), 1234);
  });

  it("reaches both ends of contents that no browser lays out", () => {
    const axis = scrollAxis(1e9 * 22, 600);
    assert.ok(isScaled(axis));
    assert.ok(axis.spacer < 16e6);
    assert.equal(offsetOf(axis, 0), 0);
    assert.equal(offsetOf(axis, axis.spacer - axis.view), largestOffset(axis));
    const offset = 123_456_789;
    assert.ok(Math.abs(offsetOf(axis, scrollOf(axis, offset)) - offset) < 1e-3);
  });

  it("has no way to go when all is in view", () => {
    const axis = scrollAxis(100, 600);
    assert.equal(offsetOf(axis, 50), 0);
    assert.equal(scrollOf(axis, 50), 0);
  });

  it("brings a cell into view with the least movement", () => {
    const axis = scrollAxis(2200, 220);
    assert.equal(revealing(axis, 440, 22, 22), 22, "from below");
    assert.equal(revealing(axis, 0, 220, 22), 22, "from above");
    assert.equal(revealing(axis, 0, 44, 22), 0, "already there");
  });
});
