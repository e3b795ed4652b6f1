// The values of a slice as a grid of numbers, tinted by size; NaN and infinities are marked by more than colour.
import { rampFor } from "../../charts/colour.js";
import { el } from "../../lib/dom.js";
import { exactNumber, formatNumber } from "../../lib/format.js";
import type { Cell, Extent } from "../../lib/keyboard.js";
import { isDark, isHighContrast, onThemeChange, readTheme } from "../../lib/theme.js";
import type { CellFace } from "../../lib/gridCells.js";
import { createGrid, type Selection } from "../../lib/virtualGrid.js";
import { columnCharacters, extentOf, placeText, tensorOf, type InspectorState } from "./model.js";

export interface ValuesOptions {
  readonly value: (row: number, column: number) => number | undefined;
  readonly needs: (first: Cell, size: Extent) => void;
  readonly select: (selection: Selection) => void;
}

export interface ValuesPart {
  readonly element: HTMLElement;
  /** `fresh`: other values at the same places. */
  readonly show: (state: InspectorState, limit: number, fresh: boolean) => void;
  readonly reveal: (cell: Cell) => void;
  readonly focus: () => void;
}

const rowHeight = 22;

export function createValues(options: ValuesOptions): ValuesPart {
  let state: InspectorState | undefined;
  let limit = 1;
  let theme = readTheme();
  let characterWidth = measure(theme.editorFontFamily);
  let look = "";

  const grid = createGrid({
    label: "Values of the tensor. Arrows move, Shift extends the selection, Control C copies.",
    needs: options.needs,
    select: options.select,
    cell: (row, column) => {
      const value = options.value(row, column);
      return value === undefined || !state ? undefined : face(state, row, column, value);
    },
  });

  function face(now: InspectorState, row: number, column: number, value: number): CellFace {
    const dtype = tensorOf(now)?.dtype ?? "float32";
    const exact = exactNumber(value, dtype);
    const title = `${placeText(now.slice, [row, row], [column, column])} = ${exact}`;
    if (Number.isNaN(value)) return { text: "NaN", title, mark: "nan" };
    if (value === Infinity) return { text: "∞", title, mark: "positiveInfinity" };
    if (value === -Infinity) return { text: "−∞", title, mark: "negativeInfinity" };
    const text = dtype === "bool" ? exact : formatNumber(value);
    // Contrast themes keep their plain ground: the heatmap is the place for colour there.
    if (!now.kept.tinted || value === 0 || isHighContrast(theme.kind)) return { text, title };
    return { text, title, tint: tintOf(value / limit) };
  }

  /** The ramp, thinned towards its middle so that the text on it stays readable. */
  function tintOf(t: number): string {
    const strength = Math.sqrt(Math.min(1, Math.abs(t)));
    const colour = rampFor(isDark(theme.kind)).css(Math.sign(t) * 0.5);
    return colour.replace("rgb(", "rgba(").replace(")", `, ${(0.56 * strength).toFixed(3)})`);
  }

  function draw(fresh: boolean): void {
    if (!state) return;
    const dtype = tensorOf(state)?.dtype ?? "float32";
    const { slice, stats } = state;
    const nextLook = JSON.stringify([dtype, limit, state.kept.tinted, theme.kind, slice]);
    grid.show(
      {
        size: extentOf(state),
        columnWidth: Math.ceil(columnCharacters(dtype, stats) * characterWidth + 12),
        rowHeight,
        rowHeader: (row) => (slice.rowAxis < 0 ? "" : String(row)),
        columnHeader: (column) => (slice.columnAxis < 0 ? "value" : String(column)),
        selection: state.selection,
      },
      fresh || nextLook !== look,
    );
    look = nextLook;
  }

  onThemeChange((next) => {
    theme = next;
    characterWidth = measure(theme.editorFontFamily);
    draw(true);
  });

  return {
    element: grid.element,
    reveal: grid.reveal,
    focus: grid.focus,
    show: (next, nextLimit, fresh) => {
      state = next;
      limit = nextLimit;
      draw(fresh);
    },
  };
}

/** Width of a digit at the grid's font size. */
function measure(fontFamily: string): number {
  const pen = el("canvas").getContext("2d");
  if (!pen) return 7.2;
  pen.font = `12px ${fontFamily}`;
  return pen.measureText("0000000000").width / 10;
}
