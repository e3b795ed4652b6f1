import assert from "node:assert/strict";
import { ArgumentError } from "../errors.js";
import { imageOf, pageOf, type PageWindow } from "./page.js";
import type { RawTensor } from "./rawTensor.js";

/** 0, 1, 2 … in logical order. */
function counting(shape: readonly number[], layout: RawTensor["layout"] = "strided"): RawTensor {
  const count = shape.reduce((a, b) => a * b, 1);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[layout === "nhwc" ? nhwcIndex(shape, i) : i] = i;
  return { data: values.buffer, dtype: "float32", shape, layout };
}

function nhwcIndex([, c, h, w]: readonly number[], logical: number): number {
  const x = logical % w;
  const y = Math.floor(logical / w) % h;
  const channel = Math.floor(logical / (w * h)) % c;
  const image = Math.floor(logical / (w * h * c));
  return ((image * h + y) * w + x) * c + channel;
}

const all = { rowStart: 0, rowCount: 1e6, columnStart: 0, columnCount: 1e6 };

const rowsOf = ({ rows, columns, values }: { rows: number; columns: number; values: Float64Array }) =>
  Array.from({ length: rows }, (_, row) => [...values.subarray(row * columns, (row + 1) * columns)]);

describe("pageOf", () => {
  const page = (raw: RawTensor, window: Partial<PageWindow>) =>
    rowsOf(pageOf(raw, { rowAxis: 0, columnAxis: 1, index: raw.shape.map(() => 0), ...all, ...window }));

  it("reads a window", () => {
    const window = { rowStart: 1, rowCount: 2, columnStart: 2, columnCount: 3 };
    assert.deepEqual(page(counting([4, 6]), window), [
      [8, 9, 10],
      [14, 15, 16],
    ]);
  });

  it("transposes where the axes say so", () => {
    assert.deepEqual(page(counting([2, 3]), { rowAxis: 1, columnAxis: 0 }), [
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
  });

  it("lets the other axes stand still", () => {
    const raw = counting([2, 3, 4, 5]);
    const expected = [0, 1, 2].map((c) => [0, 1, 2, 3, 4].map((w) => ((1 * 3 + c) * 4 + 2) * 5 + w));
    assert.deepEqual(page(raw, { rowAxis: 1, columnAxis: 3, index: [1, 77, 2, -5] }), expected);
  });

  it("reads nhwc memory as the logical NCHW shape, along all pairs of axes", () => {
    const shape = [2, 3, 4, 5];
    for (const rowAxis of [-1, 0, 1, 2, 3]) {
      for (const columnAxis of [0, 1, 2, 3]) {
        if (rowAxis === columnAxis) continue;
        const window = { rowAxis, columnAxis, index: [1, 2, 3, 4] };
        assert.deepEqual(page(counting(shape, "nhwc"), window), page(counting(shape), window));
      }
    }
  });

  it("cuts a window off at the tensor's end", () => {
    assert.deepEqual(page(counting([2, 3]), { rowStart: 1, columnStart: 2 }), [[5]]);
    assert.deepEqual(page(counting([2, 3]), { rowStart: 9 }), []);
    assert.deepEqual(page(counting([2, 3]), { columnStart: 3 }), [[], []]);
  });

  it("reads tensors of one dimension and of none with an axis of -1", () => {
    assert.deepEqual(page(counting([4]), { rowAxis: -1, columnAxis: 0 }), [[0, 1, 2, 3]]);
    assert.deepEqual(page(counting([3]), { rowAxis: 0, columnAxis: -1 }), [[0], [1], [2]]);
    assert.deepEqual(page(counting([]), { rowAxis: -1, columnAxis: -1 }), [[0]]);
  });

  it("has nothing to show of an empty tensor", () => {
    assert.deepEqual(page(counting([0, 3]), {}), []);
    assert.deepEqual(page(counting([3, 0]), {}), [[], [], []]);
    assert.deepEqual(page(counting([0, 3, 2]), { rowAxis: 1, columnAxis: 2 }), []);
    assert.deepEqual(page(counting([0]), { rowAxis: -1, columnAxis: 0 }), [[]]);
  });

  it("refuses axes, indices and windows that cannot be", () => {
    const raw = counting([2, 3, 4]);
    const window = { rowAxis: 1, columnAxis: 2, index: [0, 0, 0], ...all };
    const refused: readonly (readonly [Partial<PageWindow>, RegExp])[] = [
      [{ rowAxis: 3 }, /^tensor\.page: expected an axis of \[2, 3, 4\] or -1 for none, got 3/],
      [{ columnAxis: -2 }, /got -2/],
      [{ columnAxis: 1.5 }, /got 1\.5/],
      [{ rowAxis: 2 }, /two different axes, got 2 twice/],
      [{ index: [0, 0] }, /one index for each of \[2, 3, 4\], got \[0, 0\]/],
      [{ index: [2, 0, 0] }, /an index within \[2, 3, 4\], got \[2, 0, 0\]/],
      [{ index: [-1, 0, 0] }, /an index within/],
      [{ index: [0.5, 0, 0] }, /an index within/],
      [{ rowStart: -1 }, /a start and a count >= 0, got -1/],
      [{ columnCount: NaN }, /got 0 and NaN/],
    ];
    for (const [part, reason] of refused) {
      assert.throws(
        () => pageOf(raw, { ...window, ...part }),
        (error) => {
          assert.ok(error instanceof ArgumentError);
          assert.match(error.message, reason);
          return true;
        },
      );
    }
    assert.throws(() => pageOf({ ...raw, layout: "nhwc" }, window), /4 dimensions for layout nhwc, got \[2, 3, 4\]/);
    assert.throws(() => pageOf({ ...raw, shape: [2, 3, 5] }, window), /expected 120 bytes/);
    const large = {
      data: new ArrayBuffer(3000 * 3000),
      dtype: "uint8",
      shape: [3000, 3000],
      layout: "strided",
    } as const;
    assert.throws(() => pageOf(large, { rowAxis: 0, columnAxis: 1, index: [0, 0], ...all }), /at most 4194304 cells/);
  });

  it("takes at most 0.2 ms for 64 x 32 values", () => {
    const raw = counting([64, 3, 200, 300], "nhwc");
    const window = {
      rowAxis: 2,
      columnAxis: 3,
      index: [5, 1, 0, 0],
      rowStart: 20,
      rowCount: 64,
      columnStart: 9,
      columnCount: 32,
    };
    const times = Array.from({ length: 300 }, () => {
      const begin = performance.now();
      assert.equal(pageOf(raw, window).values.length, 2048);
      return performance.now() - begin;
    });
    const median = times.sort((a, b) => a - b)[150];
    assert.ok(median <= 0.2, `took ${median.toFixed(3)} ms`);
  }).timeout(10_000);
});

describe("imageOf", () => {
  const image = (raw: RawTensor, maxRows: number, maxColumns: number, rowAxis = 0, columnAxis = 1) =>
    rowsOf(imageOf(raw, { rowAxis, columnAxis, index: raw.shape.map(() => 0), maxRows, maxColumns }));

  it("is the values themselves where they fit", () => {
    assert.deepEqual(image(counting([2, 3]), 10, 10), [
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  it("takes the mean of each block, also where blocks differ in size", () => {
    assert.deepEqual(image(counting([4, 4]), 2, 2), [
      [2.5, 4.5],
      [10.5, 12.5],
    ]);
    assert.deepEqual(image(counting([1, 5]), 1, 2), [[0.5, 3]]);
  });

  it("reduces nhwc memory and transposed axes alike", () => {
    const shape = [1, 3, 8, 10];
    assert.deepEqual(image(counting(shape, "nhwc"), 3, 4, 3, 1), image(counting(shape), 3, 4, 3, 1));
    assert.deepEqual(image(counting([20_000, 2]), 2, 2, 1, 0), [
      [9999, 29_999],
      [10_000, 30_000],
    ]);
  });

  it("reduces a long row in more than one run", () => {
    assert.deepEqual(image(counting([30_000]), 1, 3, -1, 0), [[4999.5, 14_999.5, 24_999.5]]);
  });

  it("shows NaN wherever a block has one", () => {
    const raw: RawTensor = {
      data: new Float32Array([1, NaN, 3, 5]).buffer,
      dtype: "float32",
      shape: [1, 4],
      layout: "strided",
    };
    assert.deepEqual(image(raw, 1, 2), [[NaN, 4]]);
  });

  it("has nothing to show of an empty tensor, or in no cells", () => {
    assert.deepEqual(image(counting([0, 3]), 4, 4), []);
    assert.deepEqual(image(counting([3, 0]), 4, 4), [[], [], []]);
    assert.deepEqual(image(counting([3, 3]), 0, 4), []);
  });
});
