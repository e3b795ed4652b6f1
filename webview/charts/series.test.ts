import assert from "node:assert/strict";
import { seededRandom } from "../../test/support/random.js";
import { decimate, visibleRange } from "./decimate.js";
import { nearest, reading } from "./lineCursor.js";
import { fullDomain, valueDomain } from "./lineScale.js";
import { createSeries, createSmoothed, type Series } from "./series.js";

const seriesOf = (ys: readonly number[], xs = ys.map((_, at) => at + 1)): Series => {
  const series = createSeries();
  series.append(xs, ys);
  return series;
};

/** Slow and plainly right. */
const extremesOf = (ys: readonly number[]) => {
  const finite = ys.filter(Number.isFinite);
  return { min: Math.min(...finite), max: Math.max(...finite) };
};

describe("series", () => {
  it("knows the extremes of any range, however its points arrived", () => {
    const random = seededRandom(1);
    const ys = Array.from({ length: 5000 }, () => (random() < 0.01 ? NaN : random() * 10 - 5));
    const series = createSeries();
    for (let at = 0; at < ys.length;) {
      const count = Math.min(ys.length - at, 1 + Math.floor(random() * 400));
      series.append(
        ys.slice(at, at + count).map((_, i) => at + i),
        ys.slice(at, at + count),
      );
      at += count;
    }
    for (let round = 0; round < 300; round++) {
      const from = Math.floor(random() * ys.length);
      const to = from + Math.floor(random() * (ys.length - from));
      assert.deepEqual(series.extremes(from, to), extremesOf(ys.slice(from, to)), `${from}..${to}`);
    }
  });

  it("knows the extremes after every point, one at a time", () => {
    const series = createSeries();
    const ys: number[] = [];
    for (let at = 0; at < 600; at++) {
      ys.push(3 - at / 400);
      series.append([at], [ys[at]]);
      assert.deepEqual(series.extremes(0, ys.length), extremesOf(ys), `after ${ys.length} points`);
    }
  });

  it("keeps points by x, also when they come late", () => {
    const series = seriesOf([1, 2, 4], [1, 2, 4]);
    series.append([3], [3]);
    assert.deepEqual(
      [0, 1, 2, 3].map((at) => [series.x(at), series.y(at)]),
      [
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
      ],
    );
    assert.equal(series.lowerBound(3), 2);
    assert.equal(series.lowerBound(3.5), 3);
    assert.equal(series.lowerBound(99), 4);
  });

  it("names where it stops being a number, once per stretch", () => {
    const series = seriesOf([1, NaN, NaN, 2, Infinity]);
    assert.deepEqual(series.breaks(10), [1, 4]);
    series.append([6, 7], [Infinity, 3]);
    assert.deepEqual(series.breaks(10), [1, 4]);
  });

  it("smooths as an average whose start is corrected, in step with what arrives", () => {
    const series = seriesOf([1, 2, NaN, 4]);
    const smoothed = createSmoothed(series);
    const first = smoothed.series(0.5);
    assert.deepEqual(
      [0, 1, 2, 3].map((at) => first.y(at)),
      [1, (0.25 * 1 + 0.5 * 2) / 0.75, NaN, (0.125 * 1 + 0.25 * 2 + 0.5 * 4) / 0.875],
    );
    series.append([5], [8]);
    assert.equal(smoothed.series(0.5), first, "grows in place");
    assert.equal(first.length, 5);
    assert.equal(smoothed.series(0).y(4), 8, "weight 0 copies");
  });
});

describe("decimation", () => {
  const random = seededRandom(2);
  const ys = Array.from({ length: 100_000 }, () => random());
  ys[54_321] = 40;
  ys[12_345] = -40;
  const series = seriesOf(ys);

  it("keeps every spike in four points per column", () => {
    const line = decimate(series, 1, 100_000, 500);
    assert.ok(line.xs.length <= 2000);
    assert.equal(Math.max(...line.ys), 40);
    assert.equal(Math.min(...line.ys), -40);
    assert.equal(line.whole, false);
    for (let at = 1; at < line.xs.length; at++) assert.ok(line.xs[at] >= line.xs[at - 1], "in order");
  });

  it("gives every point of a close look, and one beyond either edge", () => {
    const line = decimate(series, 100, 120, 500);
    assert.equal(line.whole, true);
    assert.deepEqual(
      [...line.xs],
      Array.from({ length: 23 }, (_, at) => 99 + at),
    );
    assert.deepEqual(visibleRange(series, 1, 3), [0, 4]);
  });

  it("leaves gaps where there is no number", () => {
    assert.deepEqual([...decimate(seriesOf([1, NaN, Infinity, 2]), 1, 4, 100).ys], [1, NaN, NaN, 2]);
    const long = seriesOf(Array.from({ length: 10_000 }, (_, at) => (at < 5000 ? 1 : NaN)));
    const line = decimate(long, 1, 10_000, 100);
    assert.ok(line.ys.some(Number.isNaN));
    assert.ok(line.ys.some((y) => y === 1));
  });
});

describe("line scales", () => {
  it("spans all series and gives a lone point some width", () => {
    assert.deepEqual(fullDomain([seriesOf([1, 2]), seriesOf([1], [9])]), [1, 9]);
    assert.deepEqual(fullDomain([seriesOf([1], [5])]), [4.5, 5.5]);
    assert.deepEqual(fullDomain([]), [0, 1]);
  });

  it("fits the values on show, without what is not positive on a log scale", () => {
    const raw = seriesOf([-1, 0.01, 100, NaN]);
    const [low, high] = valueDomain([{ raw }], [1, 4], false);
    assert.ok(low < -1 && high > 100);
    const [lowLog, highLog] = valueDomain([{ raw }], [1, 4], true);
    assert.ok(lowLog > 0.005 && lowLog < 0.01 && highLog > 100 && highLog < 200);
    assert.deepEqual(valueDomain([{ raw: seriesOf([NaN]) }], [1, 2], false), [0, 1]);
  });
});

describe("crosshair", () => {
  const curve = (raw: Series, label: string) => ({ raw, label, colour: "#000", dashed: false });
  const train = curve(seriesOf([5, 4, 3, 2, 1]), "loss");
  const test = curve(seriesOf([3, 1], [2, 4]), "testLoss");

  it("snaps to the closest point of any curve", () => {
    assert.equal(nearest([train, test], 2.4), 2);
    assert.equal(nearest([test], 100), 4);
    assert.equal(nearest([curve(createSeries(), "empty")], 1), undefined);
  });

  it("steps to the next point, or by the pixel where points are denser", () => {
    assert.equal(nearest([train, test], 2, { way: 1, atLeast: 0 }), 3);
    assert.equal(nearest([train], 3, { way: -1, atLeast: 0 }), 2);
    assert.equal(nearest([train], 1, { way: 1, atLeast: 2.2 }), 3);
    assert.equal(nearest([train], 5, { way: 1, atLeast: 0 }), 5, "at the end it stays");
  });

  it("reads each curve at its own closest point", () => {
    assert.deepEqual(
      reading([train, test], 5).map(({ label, x, value }) => [label, x, value]),
      [
        ["loss", 5, 1],
        ["testLoss", 4, 1],
      ],
    );
  });
});
