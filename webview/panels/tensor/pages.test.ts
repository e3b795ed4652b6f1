import assert from "node:assert/strict";
import type { Page } from "../../../engine/protocol.js";
import { createPageCache, pageColumns, pageRows, type PageSource } from "./pages.js";

const valueAt = (row: number, column: number): number => row * 1000 + column;

/** A source whose answers come when the test says so. */
function source(rows: number, columns: number) {
  const asked: { readonly at: string; readonly answer: () => void; readonly refuse: () => void }[] = [];
  const failures: unknown[] = [];
  let arrivals = 0;
  const options: PageSource = {
    extent: { rows, columns },
    arrived: (failure) => {
      arrivals++;
      if (failure !== undefined) failures.push(failure);
    },
    fetch: (rowStart, columnStart, rowCount, columnCount) =>
      new Promise<Page>((resolve, reject) => {
        const values = Float64Array.from({ length: rowCount * columnCount }, (_, at) =>
          valueAt(rowStart + Math.floor(at / columnCount), columnStart + (at % columnCount)),
        );
        asked.push({
          at: `${rowStart},${columnStart} ${rowCount}x${columnCount}`,
          answer: () => resolve({ rows: rowCount, columns: columnCount, values }),
          refuse: () => reject(new Error("gone")),
        });
      }),
  };
  return { asked, failures, arrivals: () => arrivals, cache: createPageCache(options) };
}

/** Lets promises that are already settled reach their listeners. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("page cache", () => {
  it("fetches the pages under a window, cut at the edges, and serves their values", async () => {
    const { asked, cache, arrivals } = source(70, 40);
    cache.want({ row: 60, column: 30 }, { rows: 8, columns: 6 });
    assert.deepEqual(
      asked.map(({ at }) => at),
      ["0,0 64x32", "0,32 64x8", "64,0 6x32", "64,32 6x8"],
    );
    assert.equal(cache.value(65, 33), undefined);
    asked.forEach(({ answer }) => answer());
    await settle();
    assert.equal(arrivals(), 4);
    for (const [row, column] of [
      [0, 0],
      [63, 31],
      [64, 32],
      [69, 39],
    ]) {
      assert.equal(cache.value(row, column), valueAt(row, column));
    }
    cache.want({ row: 60, column: 30 }, { rows: 8, columns: 6 });
    assert.equal(asked.length, 4, "nothing twice");
  });

  it("asks for few at once and drops wishes that scrolled away", async () => {
    const { asked, cache } = source(pageRows * 100, pageColumns);
    cache.want({ row: 0, column: 0 }, { rows: pageRows * 20, columns: 1 });
    assert.equal(asked.length, 4);
    cache.want({ row: pageRows * 50, column: 0 }, { rows: pageRows, columns: 1 });
    asked[0].answer();
    await settle();
    assert.equal(asked.length, 5);
    assert.equal(asked[4].at, `${pageRows * 50},0 64x32`);
  });

  it("does not ask again for what was refused until it is told to", async () => {
    const { asked, failures, cache } = source(10, 10);
    const window = [
      { row: 0, column: 0 },
      { rows: 10, columns: 10 },
    ] as const;
    cache.want(...window);
    asked[0].refuse();
    await settle();
    assert.match(String(failures[0]), /gone/);
    cache.want(...window);
    assert.equal(asked.length, 1);
    cache.retry();
    cache.want(...window);
    assert.equal(asked.length, 2);
  });

  it("gathers a rectangle across pages, also those nobody has seen", async () => {
    const { asked, cache } = source(200, 100);
    const gathered = cache.rectangle({ row: 62, column: 30 }, { rows: 4, columns: 4 });
    for (let at = 0; at < 4; at++) {
      asked[at].answer();
      await settle();
    }
    const expected = [62, 63, 64, 65].flatMap((row) => [30, 31, 32, 33].map((column) => valueAt(row, column)));
    assert.deepEqual([...(await gathered)], expected);
  });

  it("forgets the oldest pages when there are too many", async () => {
    const { asked, cache } = source(pageRows * 2000, 1);
    for (let page = 0; page < 600; page++) {
      cache.want({ row: page * pageRows, column: 0 }, { rows: 1, columns: 1 });
      asked[page].answer();
      await settle();
    }
    assert.equal(cache.value(0, 0), undefined);
    assert.equal(cache.value(599 * pageRows, 0), valueAt(599 * pageRows, 0));
  });
});
