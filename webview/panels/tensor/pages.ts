// Pages of a slice's values: fetched when a cell of theirs comes into view, the newest wish first, and kept while there is
// room. Knows neither DOM nor channel.
import type { Page } from "../../../engine/protocol.js";
import type { Cell, Extent } from "../../lib/keyboard.js";

export const pageRows = 64;
export const pageColumns = 32;

export interface PageCache {
  /** The value of a cell; `undefined` while it is on its way. */
  readonly value: (row: number, column: number) => number | undefined;
  /** Asks for what is missing of a window. Earlier wishes that were not yet sent are dropped. */
  readonly want: (first: Cell, size: Extent) => void;
  /** Values of a rectangle row by row, fetched where they are missing. */
  readonly rectangle: (first: Cell, size: Extent) => Promise<Float64Array>;
  /** Forgets what failed, so that it is asked for again. */
  readonly retry: () => void;
}

export interface PageSource {
  readonly fetch: (rowStart: number, columnStart: number, rows: number, columns: number) => Promise<Page>;
  readonly extent: Extent;
  /** A page came, or could not be had. */
  readonly arrived: (failure: unknown) => void;
}

/** Pages held: 16 KiB each. */
const mostPages = 512;
/** Requests under way at once: enough to keep the line busy, few enough that a scroll is not served in yesterday's order. */
const mostAsked = 4;

export function createPageCache(source: PageSource): PageCache {
  const pages = new Map<string, Page>();
  const asked = new Map<string, Promise<Page>>();
  const failed = new Set<string>();
  let wishes: (readonly [pageRow: number, pageColumn: number])[] = [];

  function ask(pageRow: number, pageColumn: number): Promise<Page> {
    const key = `${pageRow},${pageColumn}`;
    const under = asked.get(key);
    if (under) return under;
    const rows = Math.min(pageRows, source.extent.rows - pageRow * pageRows);
    const columns = Math.min(pageColumns, source.extent.columns - pageColumn * pageColumns);
    const answer = source.fetch(pageRow * pageRows, pageColumn * pageColumns, rows, columns).then(
      (page) => {
        asked.delete(key);
        pages.set(key, page);
        for (const oldest of pages.keys()) {
          if (pages.size <= mostPages) break;
          pages.delete(oldest);
        }
        source.arrived(undefined);
        next();
        return page;
      },
      (failure: unknown) => {
        asked.delete(key);
        failed.add(key);
        source.arrived(failure);
        next();
        throw failure;
      },
    );
    asked.set(key, answer);
    return answer;
  }

  function next(): void {
    while (asked.size < mostAsked) {
      const wish = wishes.shift();
      if (!wish) return;
      // Whoever wished for a whole window hears of failures through `arrived`.
      ask(...wish).catch(() => undefined);
    }
  }

  function pageOf(pageRow: number, pageColumn: number): Page | undefined {
    const key = `${pageRow},${pageColumn}`;
    const page = pages.get(key);
    if (page && pages.size > mostPages / 2) {
      // Used last, forgotten last.
      pages.delete(key);
      pages.set(key, page);
    }
    return page;
  }

  return {
    value: (row, column) => {
      const page = pages.get(`${Math.floor(row / pageRows)},${Math.floor(column / pageColumns)}`);
      return page?.values[(row % pageRows) * page.columns + (column % pageColumns)];
    },
    want: (first, size) => {
      wishes = [];
      if (size.rows <= 0 || size.columns <= 0) return;
      const lastRow = Math.floor((first.row + size.rows - 1) / pageRows);
      const lastColumn = Math.floor((first.column + size.columns - 1) / pageColumns);
      for (let row = Math.floor(first.row / pageRows); row <= lastRow; row++) {
        for (let column = Math.floor(first.column / pageColumns); column <= lastColumn; column++) {
          const key = `${row},${column}`;
          if (!pageOf(row, column) && !asked.has(key) && !failed.has(key)) wishes.push([row, column]);
        }
      }
      next();
    },
    rectangle: async (first, size) => {
      const values = new Float64Array(size.rows * size.columns);
      const [lastRow, lastColumn] = [first.row + size.rows, first.column + size.columns];
      for (let pageRow = Math.floor(first.row / pageRows); pageRow * pageRows < lastRow; pageRow++) {
        for (
          let pageColumn = Math.floor(first.column / pageColumns);
          pageColumn * pageColumns < lastColumn;
          pageColumn++
        ) {
          const page = pageOf(pageRow, pageColumn) ?? (await ask(pageRow, pageColumn));
          const [top, left] = [pageRow * pageRows, pageColumn * pageColumns];
          for (let row = Math.max(first.row, top); row < Math.min(lastRow, top + page.rows); row++) {
            for (
              let column = Math.max(first.column, left);
              column < Math.min(lastColumn, left + page.columns);
              column++
            ) {
              values[(row - first.row) * size.columns + (column - first.column)] =
                page.values[(row - top) * page.columns + (column - left)];
            }
          }
        }
      }
      return values;
    },
    retry: () => failed.clear(),
  };
}
