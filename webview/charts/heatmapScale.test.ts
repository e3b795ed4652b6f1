import assert from "node:assert/strict";
import { blockOf, cellOfElement, fitPicture, labelStep } from "./heatmapScale.js";

describe("heatmap scale", () => {
  it("fits square cells, and stretches a strip so that it can be seen", () => {
    assert.deepEqual(fitPicture(24, 24, 480, 600), { left: 0, top: 0, cellWidth: 20, cellHeight: 20 });
    const strip = fitPicture(1, 1000, 500, 400);
    assert.equal(strip.cellWidth, 0.5);
    assert.equal(strip.cellHeight, 40);
    assert.equal(fitPicture(1, 1, 500, 400).cellWidth, 56);
  });

  it("divides elements among cells as the engine does", () => {
    const cells = 7;
    const full = 100;
    let next = 0;
    for (let cell = 0; cell < cells; cell++) {
      const [first, last] = blockOf(cell, cells, full);
      assert.equal(first, next);
      assert.ok(last >= first);
      for (let at = first; at <= last; at++) assert.equal(cellOfElement(at, cells, full), cell);
      next = last + 1;
    }
    assert.equal(next, full);
    assert.deepEqual(blockOf(3, 10, 10), [3, 3]);
  });

  it("labels round places, far enough apart", () => {
    assert.equal(labelStep(20, 24, 1, 22), 2);
    assert.equal(labelStep(1, 640, 15.625, 40), 1000);
    assert.equal(labelStep(100, 3, 1, 22), 1);
  });
});
