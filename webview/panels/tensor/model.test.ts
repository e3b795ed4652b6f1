import assert from "node:assert/strict";
import type { TensorRef, TensorStats, TensorSubject } from "../../../engine/protocol.js";
import { tabSeparated } from "./clipboard.js";
import {
  columnCharacters,
  defaultSlice,
  extentOf,
  fitSlice,
  initialState,
  placeText,
  queryOf,
  restoredStats,
  selectionRectangle,
  sliceText,
  tensorOf,
  withAxis,
  withIndex,
  withSubject,
  type InspectorState,
} from "./model.js";

const refOf = (shape: readonly number[], change: Partial<TensorRef> = {}): TensorRef => ({
  id: 1,
  dtype: "float32",
  shape,
  layout: "strided",
  device: "cpu",
  requiresGrad: false,
  ...change,
});
const subjectOf = (tensor: TensorRef): TensorSubject => ({ kind: "tensor", expression: "x", tensor, live: true });
const showing = (shape: readonly number[], change: Partial<TensorRef> = {}): InspectorState =>
  withSubject(initialState(undefined), subjectOf(refOf(shape, change)));

describe("tensor inspector", () => {
  it("shows the last two axes, a vector upright, a scalar as one cell", () => {
    assert.deepEqual(defaultSlice([64, 10, 24, 24]), { rowAxis: 2, columnAxis: 3, index: [0, 0, 0, 0] });
    assert.deepEqual(defaultSlice([7]), { rowAxis: 0, columnAxis: -1, index: [0] });
    assert.deepEqual(defaultSlice([]), { rowAxis: -1, columnAxis: -1, index: [] });
    assert.deepEqual(extentOf(showing([7])), { rows: 7, columns: 1 });
    assert.deepEqual(extentOf(showing([])), { rows: 1, columns: 1 });
  });

  it("knows what is empty, whichever axis is", () => {
    assert.deepEqual(extentOf(showing([0, 10])), { rows: 0, columns: 10 });
    assert.deepEqual(extentOf(showing([0, 3, 3])), { rows: 0, columns: 0 });
  });

  it("swaps axes when one is chosen twice", () => {
    const state = showing([2, 3, 4]);
    const swapped = withAxis(state, "row", 2);
    assert.deepEqual([swapped.slice.rowAxis, swapped.slice.columnAxis], [2, 1]);
    assert.deepEqual(extentOf(swapped), { rows: 4, columns: 3 });
    assert.equal(withAxis(state, "row", 1), state);
    assert.equal(sliceText(withAxis(state, "row", 0).slice), "[:, 0, :]");
  });

  it("keeps an index within its axis", () => {
    const state = showing([2, 3, 4]);
    assert.deepEqual(withIndex(state, 0, 99).slice.index, [1, 0, 0]);
    assert.equal(withIndex(state, 0, NaN), state);
    assert.equal(withIndex(state, 0, -4), state);
  });

  it("stays at the place looked at when the tensor is read again, as far as the shape allows", () => {
    const looked = withIndex(withAxis(showing([64, 10, 24, 24]), "row", 1), 0, 40);
    const again = withSubject(looked, subjectOf(refOf([32, 10, 24, 24], { id: 9 })));
    assert.deepEqual(again.slice, { rowAxis: 1, columnAxis: 3, index: [31, 0, 0, 0] });
    assert.deepEqual(withSubject(looked, subjectOf(refOf([5, 5]))).slice, defaultSlice([5, 5]));
    assert.deepEqual(fitSlice({ rowAxis: 7, columnAxis: 0, index: [0, 0] }, [5, 5]), defaultSlice([5, 5]));
    const far = { ...looked, selection: { anchor: { row: 9, column: 23 }, focus: { row: 9, column: 23 } } };
    const small = withSubject(far, subjectOf(refOf([2, 3, 2, 2])));
    assert.deepEqual(small.selection.focus, { row: 2, column: 1 });
  });

  it("asks for the gradient's own storage", () => {
    const state = { ...showing([2, 2], { grad: { id: 5, layout: "nhwc" } }), which: "gradient" as const };
    assert.equal(tensorOf(state)?.id, 5);
    assert.equal(tensorOf(state)?.layout, "nhwc");
    const gone = withSubject(state, subjectOf(refOf([2, 2])));
    assert.equal(gone.which, "value", "no gradient any more");
  });

  it("names cells and blocks by their full index", () => {
    const slice = { rowAxis: 2, columnAxis: 3, index: [3, 1, 0, 0] };
    assert.equal(placeText(slice, [4, 4], [2, 2]), "[3, 1, 4, 2]");
    assert.equal(placeText(slice, [0, 14], [2, 2]), "[3, 1, 0–14, 2]");
    const state = showing([2, 3]);
    assert.deepEqual(queryOf(state, refOf([2, 3])), {
      tensor: refOf([2, 3]),
      rowAxis: 0,
      columnAxis: 1,
      index: [0, 0],
    });
  });

  it("selects rectangles whichever way they were drawn", () => {
    assert.deepEqual(selectionRectangle({ anchor: { row: 5, column: 1 }, focus: { row: 3, column: 4 } }), {
      first: { row: 3, column: 1 },
      size: { rows: 3, columns: 4 },
    });
  });

  it("copies exact values with tabs and lines", () => {
    const values = Float64Array.of(Math.fround(0.1), NaN, -0, Infinity);
    assert.equal(tabSeparated(values, { rows: 2, columns: 2 }, "float32"), "0.1\tNaN\n-0\tInfinity");
    assert.equal(tabSeparated(Float64Array.of(1, 0), { rows: 1, columns: 2 }, "bool"), "true\tfalse");
  });

  it("gives NaN back to statistics that lost it on the way", () => {
    const nowhere = { count: 1, min: NaN, max: NaN, mean: NaN, std: NaN, zeros: 0, nan: 1, posInf: 0, negInf: 0 };
    const lost = JSON.parse(JSON.stringify({ ...nowhere, histogram: [] })) as TensorStats;
    const stats = restoredStats(lost);
    assert.deepEqual([stats.min, stats.max, stats.mean, stats.std], [NaN, NaN, NaN, NaN]);
  });

  it("makes columns as wide as their numbers", () => {
    assert.equal(columnCharacters("float32", undefined), 10);
    const stats = {
      count: 1,
      min: -5,
      max: 1234,
      mean: 0,
      std: 0,
      zeros: 0,
      nan: 0,
      posInf: 0,
      negInf: 0,
      histogram: new Float64Array(),
    };
    assert.equal(columnCharacters("int64", stats), "−1,234".length + 1);
    assert.equal(columnCharacters("int64", { ...stats, min: 0, max: 9 }), 4);
  });

  it("drops saved state that does not fit", () => {
    assert.deepEqual(initialState({ tab: "line", slice: { rowAxis: "a" } }).kept, {
      tab: "values",
      tinted: true,
      fullRange: false,
    });
    const slice = { rowAxis: 0, columnAxis: 1, index: [0, 0, 3] };
    assert.deepEqual(withSubject(initialState({ slice }), subjectOf(refOf([2, 2, 5]))).slice, slice);
  });
});
