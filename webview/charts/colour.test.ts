import assert from "node:assert/strict";
import { lab, rgb } from "d3";
import { packColour, rampFor, rampIndex, rampLimit } from "./colour.js";

describe("diverging ramp", () => {
  it("is centred at 0 and ends at the limit", () => {
    assert.equal(rampIndex(0, 2), 256);
    assert.equal(rampIndex(2, 2), 512);
    assert.equal(rampIndex(-2, 2), 0);
    assert.equal(rampIndex(99, 2), 512, "what is beyond is cut");
    assert.equal(rampIndex(5, 0), 256);
  });

  it("goes from blue through neutral to orange, evenly in lightness, on both grounds", () => {
    for (const dark of [false, true]) {
      const ramp = rampFor(dark);
      const [low, middle, high] = [-1, 0, 1].map((t) => rgb(ramp.css(t)));
      assert.ok(low.b > low.r, "blue below");
      assert.ok(high.r > high.b, "orange above");
      assert.ok(Math.max(middle.r, middle.g, middle.b) - Math.min(middle.r, middle.g, middle.b) < 8, "neutral middle");
      const lightness = Array.from({ length: 21 }, (_, at) => lab(ramp.css(at / 20)).l);
      for (let at = 1; at < lightness.length; at++) {
        const step = (lightness[at] - lightness[at - 1]) * (dark ? 1 : -1);
        assert.ok(step > 0 && step < 6, `step ${at} of ${step}`);
      }
      assert.equal(ramp.packed.length, 513);
    }
  });

  it("packs little-endian RGBA", () => {
    assert.equal(packColour("#010203"), 0xff030201);
  });

  it("leaves outliers out of the limit unless asked, and never ends at 0", () => {
    const values = Float64Array.from({ length: 1000 }, (_, at) => (at === 500 ? 1e9 : Math.sin(at)));
    assert.ok(rampLimit(values, true) <= 1);
    assert.equal(rampLimit(values, false), 1e9);
    assert.equal(rampLimit(Float64Array.of(NaN, Infinity), true), 1);
    assert.equal(rampLimit(new Float64Array(4), true), 1);
    const sparse = new Float64Array(1000);
    sparse[3] = -7;
    assert.equal(rampLimit(sparse, true), 7, "mostly zeros");
  });
});
