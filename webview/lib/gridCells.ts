// The elements of a virtual grid's cells: as many as fit on the screen, each used again for another cell when its own
// leaves. Cell (r, c) always falls to element (r mod rows, c mod columns), so scrolling by a row touches one row.
import { el, setText } from "./dom.js";
import type { Cell, Extent } from "./keyboard.js";

export interface CellFace {
  readonly text: string;
  /** Exact value and place, on hover. */
  readonly title: string;
  /** Extra class names, e.g. "nan". */
  readonly mark?: string;
  /** CSS colour behind the text. */
  readonly tint?: string;
}

export interface CellWindow {
  readonly first: Cell;
  /** Cells in view. */
  readonly size: Extent;
  /** Cells that could be in view: the same wherever the window stands. */
  readonly capacity: Extent;
  /** Cell at the layer's origin: positions are relative to it, so that they stay small. */
  readonly base: Cell;
  readonly columnWidth: number;
  readonly rowHeight: number;
}

export interface CellPool {
  /** `fresh`: what the cells show may have changed, and their places. */
  readonly draw: (window: CellWindow, fresh: boolean) => void;
  /** The element of a cell that is in view. */
  readonly elementOf: (cell: Cell) => HTMLElement | undefined;
}

interface Slot {
  readonly element: HTMLElement;
  column: number;
  filled: boolean;
  tint: string;
}

interface RowSlot {
  readonly element: HTMLElement;
  readonly cells: Map<number, Slot>;
  row: number;
}

let nextId = 0;

/** `face` is `undefined` while a value is on its way; such cells are asked for again at the next drawing. */
export function createCellPool(
  layer: HTMLElement,
  face: (row: number, column: number) => CellFace | undefined,
): CellPool {
  const rows = new Map<number, RowSlot>();
  let capacity: Extent = { rows: 1, columns: 1 };

  function fill(slot: Slot, row: number, column: number, window: CellWindow, move: boolean): void {
    const cell = slot.element;
    const now = face(row, column);
    if (move || slot.column !== column) {
      slot.column = column;
      cell.style.left = `${(column - window.base.column) * window.columnWidth}px`;
      cell.style.width = `${window.columnWidth}px`;
      cell.ariaColIndex = String(column + 1);
      cell.dataset.column = String(column);
    }
    slot.filled = now !== undefined;
    setText(cell, now?.text ?? "");
    cell.title = now?.title ?? "";
    const name = now ? (now.mark ? `cell ${now.mark}` : "cell") : "cell waiting";
    if (cell.className !== name) cell.className = name;
    const tint = now?.tint ?? "";
    if (slot.tint !== tint) cell.style.backgroundColor = slot.tint = tint;
  }

  function drawRow(row: number, window: CellWindow, fresh: boolean): void {
    const place = row % capacity.rows;
    let line = rows.get(place);
    if (!line) {
      line = { element: layer.appendChild(el("div", { class: "row", role: "row" })), cells: new Map(), row: -1 };
      rows.set(place, line);
    }
    const { element, cells } = line;
    const another = line.row !== row;
    if (another || fresh) {
      line.row = row;
      element.style.transform = `translateY(${(row - window.base.row) * window.rowHeight}px)`;
      element.style.height = `${window.rowHeight}px`;
      element.ariaRowIndex = String(row + 1);
      element.dataset.row = String(row);
    }
    const { first, size } = window;
    for (let column = first.column; column < first.column + size.columns; column++) {
      let slot = cells.get(column % capacity.columns);
      if (!slot) {
        const made = el("div", { class: "cell", role: "gridcell", id: `cell-${nextId++}` });
        slot = { element: element.appendChild(made), column: -1, filled: false, tint: "" };
        cells.set(column % capacity.columns, slot);
      }
      if (another || fresh || !slot.filled || slot.column !== column) fill(slot, row, column, window, fresh);
    }
    prune(cells, capacity.columns, size.columns, first.column);
  }

  return {
    draw: (window, fresh) => {
      const resized = capacity.rows !== window.capacity.rows || capacity.columns !== window.capacity.columns;
      capacity = window.capacity;
      for (let row = window.first.row; row < window.first.row + window.size.rows; row++) {
        drawRow(row, window, fresh || resized);
      }
      prune(rows, capacity.rows, window.size.rows, window.first.row);
    },
    elementOf: ({ row, column }) => {
      const line = rows.get(row % capacity.rows);
      const slot = line?.row === row ? line.cells.get(column % capacity.columns) : undefined;
      return slot?.column === column ? slot.element : undefined;
    },
  };
}

/** Removes elements whose places are not in first..first+count. */
export function prune(
  pool: Map<number, { readonly element: HTMLElement }>,
  capacity: number,
  count: number,
  first: number,
): void {
  if (pool.size <= count) return;
  for (const [place, slot] of pool) {
    if ((((place - first) % capacity) + capacity) % capacity < count) continue;
    slot.element.remove();
    pool.delete(place);
  }
}
