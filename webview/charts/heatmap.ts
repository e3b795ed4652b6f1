// A matrix as a picture: blue below 0, orange above, stripes for NaN. Zoom, pan, a cursor and exact values. Knows numbers,
// not tensors or messages.
import { pointer, select, zoom, zoomIdentity, type D3ZoomEvent } from "d3";
import { el, listen, onResize, setShown, setText } from "../lib/dom.js";
import { formatNumber } from "../lib/format.js";
import { createFrame } from "../lib/frame.js";
import { hasMod, moved, moveOf, type Cell } from "../lib/keyboard.js";
import { isDark, onThemeChange, readTheme } from "../lib/theme.js";
import { sizeCanvas } from "./canvas.js";
import { hatch, packColour, rampFor, rampIndex, type Ramp } from "./colour.js";
import { blockOf, cellOfElement, fitPicture, labelStep, zoomed, type Place, type Transform } from "./heatmapScale.js";

export interface Picture {
  readonly rows: number;
  readonly columns: number;
  /** Row by row. */
  readonly values: Float64Array;
}

export interface HeatmapView {
  readonly picture: Picture;
  /** Elements behind the picture: more than its cells when it was reduced. */
  readonly fullRows: number;
  readonly fullColumns: number;
  /** Magnitude at which the ramp ends. */
  readonly limit: number;
  /** The element the cursor stands on. */
  readonly cursor: Cell;
}

export interface HeatmapOptions {
  readonly label: string;
  readonly moveCursor: (element: Cell) => void;
  /** Words for a block of elements and its value: "[3, 1, 4, 2] = 0.12". */
  readonly describe: (rows: readonly [number, number], columns: readonly [number, number], value: number) => string;
}

export interface Heatmap {
  readonly element: HTMLElement;
  readonly show: (view: HeatmapView) => void;
  readonly dispose: () => void;
}

const gutter = { left: 44, top: 22, right: 8, bottom: 8 };
const deepest = 64;
/** Cells at least this large show their value. */
const textCell = { width: 46, height: 18 };

export function createHeatmap(options: HeatmapOptions): Heatmap {
  const canvas = el("canvas", { "aria-hidden": "true" });
  const field = el("div", {
    class: "field",
    tabindex: 0,
    role: "application",
    "aria-roledescription": "heatmap",
    "aria-label": `${options.label}. Arrows move the cursor, plus and minus zoom, Escape resets.`,
  });
  const readout = el("div", { class: "readout number", "aria-live": "polite" });
  const stage = el("div", { class: "stage" }, canvas, field);
  const element = el("div", { class: "heatmap" }, stage, readout);

  let view: HeatmapView | undefined;
  let theme = readTheme();
  let box = { width: 0, height: 0 };
  let transform: Transform = zoomIdentity;
  let hovered: Cell | undefined;
  const source = document.createElement("canvas");
  let painted: { readonly picture: Picture; readonly limit: number; readonly ramp: Ramp } | undefined;

  const area = (): { width: number; height: number } => ({
    width: Math.max(1, box.width - gutter.left - gutter.right),
    height: Math.max(1, box.height - gutter.top - gutter.bottom),
  });

  const fitted = (now: HeatmapView): Place =>
    fitPicture(now.picture.rows, now.picture.columns, area().width, area().height);

  const frame = createFrame(() => {
    if (!view || box.width < 40 || box.height < 40) return;
    setShown(canvas, view.picture.values.length > 0);
    if (view.picture.values.length > 0) draw(view);
  });

  function draw(now: HeatmapView): void {
    const ramp = rampFor(isDark(theme.kind));
    const scale = window.devicePixelRatio || 1;
    const { width, height } = area();
    paintSource(now, ramp);
    sizeCanvas(canvas, box.width, box.height, scale);
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const place = zoomed(fitted(now), transform);
    const { rows, columns } = now.picture;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, box.width, box.height);
    pen.save();
    pen.translate(gutter.left, gutter.top);
    // Whole pixels, or the stripes would show through a half-covered edge.
    const right = Math.floor(Math.min(width, place.left + columns * place.cellWidth));
    const bottom = Math.floor(Math.min(height, place.top + rows * place.cellHeight));
    const corner = { x: Math.ceil(Math.max(0, place.left)), y: Math.ceil(Math.max(0, place.top)) };
    pen.beginPath();
    pen.rect(corner.x, corner.y, right - corner.x, bottom - corner.y);
    pen.clip();
    // NaN cells are holes in the picture: the stripes behind show through them.
    pen.fillStyle = hatch(pen, ramp.nan, theme.background);
    pen.fillRect(0, 0, width, height);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(source, place.left, place.top, columns * place.cellWidth, rows * place.cellHeight);
    drawTexts(pen, now, place, ramp, width, height);
    drawCursor(pen, now, place);
    pen.restore();
    drawLabels(pen, now, place, width, height);
    const shown = hovered ?? cursorCell(now);
    setText(readout, describe(now, shown));
    const extent: [[number, number], [number, number]] = [
      [0, 0],
      [columns * fitted(now).cellWidth, rows * fitted(now).cellHeight],
    ];
    behaviour
      .extent([
        [0, 0],
        [Math.min(width, extent[1][0]), Math.min(height, extent[1][1])],
      ])
      .translateExtent(extent);
  }

  /** One pixel per cell, painted only when values or colours changed. */
  function paintSource(now: HeatmapView, ramp: Ramp): void {
    const { picture, limit } = now;
    if (painted?.picture === picture && painted.limit === limit && painted.ramp === ramp) return;
    painted = { picture, limit, ramp };
    source.width = picture.columns;
    source.height = picture.rows;
    const pen = source.getContext("2d");
    if (!pen) return;
    const image = pen.createImageData(picture.columns, picture.rows);
    const words = new Uint32Array(image.data.buffer);
    const low = packColour(ramp.negativeInfinity);
    const high = packColour(ramp.positiveInfinity);
    for (let at = 0; at < words.length; at++) {
      const value = picture.values[at];
      if (value - value === 0) words[at] = ramp.packed[rampIndex(value, limit)];
      else if (value === Infinity) words[at] = high;
      else if (value === -Infinity) words[at] = low;
    }
    pen.putImageData(image, 0, 0);
  }

  function drawTexts(
    pen: CanvasRenderingContext2D,
    now: HeatmapView,
    place: Place,
    ramp: Ramp,
    width: number,
    height: number,
  ): void {
    if (place.cellWidth < textCell.width || place.cellHeight < textCell.height) return;
    const { rows, columns, values } = now.picture;
    pen.font = `${theme.fontSize - 1}px ${theme.editorFontFamily}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    const firstRow = Math.max(0, Math.floor(-place.top / place.cellHeight));
    const firstColumn = Math.max(0, Math.floor(-place.left / place.cellWidth));
    for (let row = firstRow; row < rows && place.top + row * place.cellHeight < height; row++) {
      for (let column = firstColumn; column < columns && place.left + column * place.cellWidth < width; column++) {
        const value = values[row * columns + column];
        pen.fillStyle = textOn(ramp, value, now.limit, isDark(theme.kind));
        pen.fillText(
          formatNumber(value, 3),
          place.left + (column + 0.5) * place.cellWidth,
          place.top + (row + 0.5) * place.cellHeight,
          place.cellWidth - 4,
        );
      }
    }
  }

  function drawCursor(pen: CanvasRenderingContext2D, now: HeatmapView, place: Place): void {
    for (const [cell, colour] of [
      [cursorCell(now), theme.focus],
      [hovered, theme.foreground],
    ] as const) {
      if (!cell) continue;
      const left = place.left + cell.column * place.cellWidth;
      const top = place.top + cell.row * place.cellHeight;
      pen.strokeStyle = colour;
      pen.lineWidth = 2;
      // At least 6 pixels: a cursor on a cell of one pixel must still be found.
      const grow = Math.max(0, 6 - Math.min(place.cellWidth, place.cellHeight)) / 2;
      pen.strokeRect(left - grow, top - grow, place.cellWidth + 2 * grow, place.cellHeight + 2 * grow);
    }
  }

  function drawLabels(
    pen: CanvasRenderingContext2D,
    now: HeatmapView,
    place: Place,
    width: number,
    height: number,
  ): void {
    const { rows, columns } = now.picture;
    pen.font = `${theme.fontSize - 2}px ${theme.editorFontFamily}`;
    pen.fillStyle = theme.muted;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    const perRow = now.fullRows / rows;
    const rowStep = labelStep(place.cellHeight, rows, perRow, 22);
    for (let at = 0; at < now.fullRows; at += rowStep) {
      const y = place.top + (at / perRow + Math.min(0.5, 0.5 / perRow)) * place.cellHeight;
      if (y >= 0 && y <= height) pen.fillText(String(at), gutter.left - 6, gutter.top + y);
    }
    pen.textAlign = "center";
    const perColumn = now.fullColumns / columns;
    const columnStep = labelStep(place.cellWidth, columns, perColumn, 16 + String(now.fullColumns).length * 8);
    for (let at = 0; at < now.fullColumns; at += columnStep) {
      const x = place.left + (at / perColumn + Math.min(0.5, 0.5 / perColumn)) * place.cellWidth;
      if (x >= 0 && x <= width) pen.fillText(String(at), gutter.left + x, gutter.top - 10);
    }
  }

  function describe(now: HeatmapView, cell: Cell): string {
    const { picture, fullRows, fullColumns } = now;
    return options.describe(
      blockOf(cell.row, picture.rows, fullRows),
      blockOf(cell.column, picture.columns, fullColumns),
      picture.values[cell.row * picture.columns + cell.column],
    );
  }

  const cursorCell = (now: HeatmapView): Cell => ({
    row: cellOfElement(now.cursor.row, now.picture.rows, now.fullRows),
    column: cellOfElement(now.cursor.column, now.picture.columns, now.fullColumns),
  });

  const elementOf = (now: HeatmapView, cell: Cell): Cell => ({
    row: blockOf(cell.row, now.picture.rows, now.fullRows)[0],
    column: blockOf(cell.column, now.picture.columns, now.fullColumns)[0],
  });

  function cellAt(now: HeatmapView, event: MouseEvent): Cell | undefined {
    const place = zoomed(fitted(now), transform);
    const [x, y] = pointer(event, field);
    const cell = {
      row: Math.floor((y - place.top) / place.cellHeight),
      column: Math.floor((x - place.left) / place.cellWidth),
    };
    const inside =
      cell.row >= 0 && cell.column >= 0 && cell.row < now.picture.rows && cell.column < now.picture.columns;
    return inside ? cell : undefined;
  }

  /** Remembered at once: the next key may come before the state is drawn. */
  function moveCursor(now: HeatmapView, cell: Cell): void {
    const cursor = elementOf(now, cell);
    view = { ...now, cursor };
    options.moveCursor(cursor);
  }

  const behaviour = zoom<HTMLElement, unknown>()
    .scaleExtent([1, deepest])
    .on("zoom", (event: D3ZoomEvent<HTMLElement, unknown>) => {
      transform = event.transform;
      frame.request();
    });
  const target = select<HTMLElement, unknown>(field);
  target.call(behaviour).on("dblclick.zoom", null);
  const reset = (): void => void target.call(behaviour.transform, zoomIdentity);

  function key(now: HeatmapView, event: KeyboardEvent): boolean {
    const move = moveOf(event);
    if (move) {
      const { rows, columns } = now.picture;
      const next = moved(cursorCell(now), move, { rows, columns }, { rows: 10, columns: 10 });
      moveCursor(now, next);
      return true;
    }
    if (hasMod(event) || event.altKey) return false;
    if (event.key === "+" || event.key === "=") target.call(behaviour.scaleBy, 1.5);
    else if (event.key === "-") target.call(behaviour.scaleBy, 1 / 1.5);
    else if (event.key === "Escape") reset();
    else return false;
    return true;
  }

  const undo = [
    onResize(stage, (width, height) => {
      box = { width, height };
      frame.request();
    }),
    onThemeChange((next) => {
      theme = next;
      frame.request();
    }),
    listen(field, "pointermove", (event) => {
      hovered = view && cellAt(view, event);
      frame.request();
    }),
    listen(field, "pointerleave", () => {
      hovered = undefined;
      frame.request();
    }),
    listen(field, "click", (event) => {
      const cell = view && cellAt(view, event);
      if (view && cell) moveCursor(view, cell);
    }),
    listen(field, "dblclick", reset),
    listen(field, "keydown", (event) => {
      if (view && key(view, event)) event.preventDefault();
    }),
  ];

  return {
    element,
    show: (next) => {
      const another = next.picture.rows !== view?.picture.rows || next.picture.columns !== view.picture.columns;
      view = next;
      if (another) reset();
      frame.request();
    },
    dispose: () => {
      undo.forEach((one) => one());
      frame.dispose();
    },
  };
}

function textOn(ramp: Ramp, value: number, limit: number, dark: boolean): string {
  if (Number.isNaN(value)) return dark ? "#ffffff" : "#000000";
  if (value === Infinity || value === -Infinity) return dark ? "#000000" : "#ffffff";
  const t = Math.abs(value) / limit;
  // The ramp's ends are pale on dark themes and deep on light ones.
  return dark === t > 0.62 ? "#141414" : "#f4f4f4";
}
