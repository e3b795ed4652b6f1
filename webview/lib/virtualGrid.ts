// A grid of any number of cells: only those in view exist. Headers stay, arrows move, Shift extends the selection.
// Knows positions and texts, not tensors or messages.
import { el, listen, onResize, setAttributes, setShown, setText } from "./dom.js";
import { createFrame } from "./frame.js";
import { createCellPool, prune, type CellFace } from "./gridCells.js";
import { moved, moveOf, type Cell, type Extent } from "./keyboard.js";
import { clampOffset, offsetOf, revealing, scrollAxis, scrollOf, type ScrollAxis } from "./scrollAxis.js";

export interface Selection {
  readonly anchor: Cell;
  readonly focus: Cell;
}

export interface GridOptions {
  readonly label: string;
  /** `undefined` while the value is on its way. */
  readonly cell: (row: number, column: number) => CellFace | undefined;
  /** What is in view, so that it can be fetched. Called within a frame. */
  readonly needs: (first: Cell, size: Extent) => void;
  readonly select: (selection: Selection) => void;
}

export interface GridView {
  readonly size: Extent;
  /** CSS pixels. */
  readonly columnWidth: number;
  readonly rowHeight: number;
  readonly rowHeader: (row: number) => string;
  readonly columnHeader: (column: number) => string;
  readonly selection: Selection;
}

export interface VirtualGrid {
  readonly element: HTMLElement;
  /** Draws again; `fresh`: other values at the same places. */
  readonly show: (view: GridView, fresh: boolean) => void;
  readonly reveal: (cell: Cell) => void;
  readonly focus: () => void;
  readonly dispose: () => void;
}

/** Positions are relative to a base that moves in such jumps, so that they stay small numbers. */
const baseJump = 1024;

export function createGrid(options: GridOptions): VirtualGrid {
  const columnHeads = createHeads("columns");
  const rowHeads = createHeads("rows");
  const layer = el("div", { class: "layer", role: "presentation" });
  const highlight = el("div", { class: "selection", "aria-hidden": "true" });
  const ring = el("div", { class: "focusCell", "aria-hidden": "true" });
  const marks = el("div", { class: "layer marks", "aria-hidden": "true" }, highlight, ring);
  const windowed = el("div", { class: "window", role: "presentation" }, layer, marks);
  const spacer = el("div", { class: "spacer" });
  const scroller = el("div", { class: "scroller", role: "presentation" }, spacer);
  const element = el(
    "div",
    { class: "grid", role: "grid", tabindex: 0, "aria-label": options.label, "aria-multiselectable": "true" },
    scroller,
    el("div", { class: "corner", "aria-hidden": "true" }),
    columnHeads.element,
    rowHeads.element,
    windowed,
  );
  const pool = createCellPool(layer, options.cell);

  let view: GridView | undefined;
  let box = { width: 0, height: 0 };
  const offset = { x: 0, y: 0 };
  let base: Cell = { row: 0, column: 0 };
  let stale = true;
  let toReveal: Cell | undefined;

  const axes = (of: GridView): { x: ScrollAxis; y: ScrollAxis } => ({
    x: scrollAxis(of.size.columns * of.columnWidth, box.width),
    y: scrollAxis(of.size.rows * of.rowHeight, box.height),
  });

  const frame = createFrame(() => {
    if (!view || box.width === 0 || box.height === 0) return;
    if (toReveal) revealNow(view, toReveal);
    draw(view);
  });

  function draw(now: GridView): void {
    const { rowHeight, columnWidth } = now;
    const widest = Math.max(now.rowHeader(0).length, now.rowHeader(Math.max(0, now.size.rows - 1)).length);
    element.style.setProperty("--row-head", `calc(${Math.max(3, widest)}ch + 16px)`);
    const { x, y } = axes(now);
    offset.x = clampOffset(x, offset.x);
    offset.y = clampOffset(y, offset.y);
    spacer.style.width = `${x.spacer}px`;
    spacer.style.height = `${y.spacer}px`;
    // Never more than the contents: a small tensor's window must not cover the empty rest of the panel.
    const width = `${Math.min(x.view, x.total)}px`;
    const height = `${Math.min(y.view, y.total)}px`;
    windowed.style.width = columnHeads.element.style.width = width;
    windowed.style.height = rowHeads.element.style.height = height;

    const first: Cell = { row: Math.floor(offset.y / rowHeight), column: Math.floor(offset.x / columnWidth) };
    const capacity: Extent = {
      rows: Math.ceil(y.view / rowHeight) + 1,
      columns: Math.ceil(x.view / columnWidth) + 1,
    };
    const size: Extent = {
      rows: Math.min(now.size.rows - first.row, capacity.rows),
      columns: Math.min(now.size.columns - first.column, capacity.columns),
    };
    const nextBase: Cell = {
      row: Math.floor(first.row / baseJump) * baseJump,
      column: Math.floor(first.column / baseJump) * baseJump,
    };
    stale ||= nextBase.row !== base.row || nextBase.column !== base.column;
    base = nextBase;
    const shiftX = base.column * columnWidth - offset.x;
    const shiftY = base.row * rowHeight - offset.y;
    layer.style.transform = marks.style.transform = `translate(${shiftX}px, ${shiftY}px)`;
    columnHeads.layer.style.transform = `translateX(${shiftX}px)`;
    rowHeads.layer.style.transform = `translateY(${shiftY}px)`;
    pool.draw({ first, size, capacity, base, columnWidth, rowHeight }, stale);
    rowHeads.draw(first.row, size.rows, capacity.rows, stale, (head, row) => {
      head.style.transform = `translateY(${(row - base.row) * rowHeight}px)`;
      head.style.height = `${rowHeight}px`;
      setText(head, now.rowHeader(row));
    });
    columnHeads.draw(first.column, size.columns, capacity.columns, stale, (head, column) => {
      head.style.transform = `translateX(${(column - base.column) * columnWidth}px)`;
      head.style.width = `${columnWidth}px`;
      setText(head, now.columnHeader(column));
    });
    stale = false;
    drawSelection(now);
    setAttributes(element, {
      "aria-rowcount": now.size.rows,
      "aria-colcount": now.size.columns,
      "aria-activedescendant": pool.elementOf(now.selection.focus)?.id,
    });
    options.needs(first, size);
  }

  function drawSelection(now: GridView): void {
    const { anchor, focus } = now.selection;
    const any = now.size.rows > 0 && now.size.columns > 0;
    setShown(ring, any);
    setShown(highlight, any && (anchor.row !== focus.row || anchor.column !== focus.column));
    place(ring, now, focus, focus);
    place(
      highlight,
      now,
      { row: Math.min(anchor.row, focus.row), column: Math.min(anchor.column, focus.column) },
      { row: Math.max(anchor.row, focus.row), column: Math.max(anchor.column, focus.column) },
    );
  }

  function place(node: HTMLElement, now: GridView, from: Cell, to: Cell): void {
    // A selection may reach far beyond the window; huge boxes are not drawn well, so what nobody sees is cut.
    const cut = (value: number): number => Math.max(-2e5, Math.min(2e5, value));
    const left = cut((from.column - base.column) * now.columnWidth);
    const top = cut((from.row - base.row) * now.rowHeight);
    node.style.transform = `translate(${left}px, ${top}px)`;
    node.style.width = `${cut((to.column + 1 - base.column) * now.columnWidth) - left}px`;
    node.style.height = `${cut((to.row + 1 - base.row) * now.rowHeight) - top}px`;
  }

  function scrollTo(now: GridView, x: number, y: number): void {
    const both = axes(now);
    offset.x = clampOffset(both.x, x);
    offset.y = clampOffset(both.y, y);
    scroller.scrollLeft = scrollOf(both.x, offset.x);
    scroller.scrollTop = scrollOf(both.y, offset.y);
    frame.request();
  }

  function revealNow(now: GridView, cell: Cell): void {
    toReveal = undefined;
    const { x, y } = axes(now);
    // The native scroll bar must have its range before it is set.
    spacer.style.width = `${x.spacer}px`;
    spacer.style.height = `${y.spacer}px`;
    scrollTo(
      now,
      revealing(x, offset.x, cell.column * now.columnWidth, now.columnWidth),
      revealing(y, offset.y, cell.row * now.rowHeight, now.rowHeight),
    );
  }

  function reveal(cell: Cell): void {
    toReveal = cell;
    frame.request();
  }

  function cellAt(event: MouseEvent): Cell | undefined {
    if (!view || view.size.rows === 0 || view.size.columns === 0) return undefined;
    const bounds = windowed.getBoundingClientRect();
    const within = (at: number, count: number): number => Math.max(0, Math.min(count - 1, at));
    return {
      row: within(Math.floor((event.clientY - bounds.top + offset.y) / view.rowHeight), view.size.rows),
      column: within(Math.floor((event.clientX - bounds.left + offset.x) / view.columnWidth), view.size.columns),
    };
  }

  function choose(focus: Cell, extend: boolean): void {
    if (!view) return;
    const selection: Selection = { anchor: extend ? view.selection.anchor : focus, focus };
    // Remembered at once: the next key may come before the state is drawn.
    view = { ...view, selection };
    options.select(selection);
    reveal(focus);
  }

  const undo = [
    onResize(scroller, (width, height) => {
      box = { width, height };
      frame.request();
    }),
    listen(scroller, "scroll", () => {
      if (!view) return;
      const { x, y } = axes(view);
      // Our own setting comes back here rounded to device pixels: only a real move counts.
      if (Math.abs(scroller.scrollLeft - scrollOf(x, offset.x)) > 1) offset.x = offsetOf(x, scroller.scrollLeft);
      if (Math.abs(scroller.scrollTop - scrollOf(y, offset.y)) > 1) offset.y = offsetOf(y, scroller.scrollTop);
      frame.request();
    }),
    listen(element, "wheel", (event) => view && wheel(view, event), { passive: false }),
    listen(windowed, "pointerdown", (event) => {
      const cell = event.button === 0 ? cellAt(event) : undefined;
      if (!cell) return;
      event.preventDefault();
      element.focus({ preventScroll: true });
      windowed.setPointerCapture(event.pointerId);
      choose(cell, event.shiftKey);
    }),
    listen(windowed, "pointermove", (event) => {
      const cell = windowed.hasPointerCapture(event.pointerId) ? cellAt(event) : undefined;
      const at = view?.selection.focus;
      if (cell && (cell.row !== at?.row || cell.column !== at.column)) choose(cell, true);
    }),
    listen(element, "keydown", (event) => {
      const move = moveOf(event);
      if (!move || !view) return;
      event.preventDefault();
      const { x, y } = axes(view);
      const page = { rows: Math.floor(y.view / view.rowHeight), columns: Math.floor(x.view / view.columnWidth) };
      choose(moved(view.selection.focus, move, view.size, page), event.shiftKey);
    }),
  ];

  /** By the exact pixels, also where a step of the native scroll bar would skip rows. */
  function wheel(now: GridView, event: WheelEvent): void {
    if (event.ctrlKey) return;
    event.preventDefault();
    const unit = event.deltaMode === 1 ? now.rowHeight : event.deltaMode === 2 ? box.height : 1;
    const [dx, dy] = event.shiftKey && event.deltaX === 0 ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
    scrollTo(now, offset.x + dx * unit, offset.y + dy * unit);
  }

  return {
    element,
    reveal,
    focus: () => element.focus({ preventScroll: true }),
    show: (next, fresh) => {
      stale ||=
        fresh ||
        view?.columnWidth !== next.columnWidth ||
        view.rowHeight !== next.rowHeight ||
        view.size.rows !== next.size.rows ||
        view.size.columns !== next.size.columns;
      view = next;
      frame.request();
    },
    dispose: () => {
      undo.forEach((one) => one());
      frame.dispose();
    },
  };
}

interface Heads {
  readonly element: HTMLElement;
  readonly layer: HTMLElement;
  readonly draw: (
    first: number,
    count: number,
    capacity: number,
    fresh: boolean,
    fill: (head: HTMLElement, at: number) => void,
  ) => void;
}

/** Header elements by position modulo their number, like the cells. Screen readers get the position from the cells. */
function createHeads(side: "rows" | "columns"): Heads {
  const layer = el("div", { class: "layer" });
  const pool = new Map<number, { readonly element: HTMLElement; at: number; capacity: number }>();
  return {
    layer,
    element: el("div", { class: `heads ${side}`, "aria-hidden": "true" }, layer),
    draw: (first, count, capacity, fresh, fill) => {
      for (let at = first; at < first + count; at++) {
        let head = pool.get(at % capacity);
        if (!head) {
          head = { element: layer.appendChild(el("div", { class: "head" })), at: -1, capacity };
          pool.set(at % capacity, head);
        }
        if (!fresh && head.at === at && head.capacity === capacity) continue;
        head.at = at;
        head.capacity = capacity;
        fill(head.element, at);
      }
      prune(pool, capacity, count, first);
    },
  };
}
