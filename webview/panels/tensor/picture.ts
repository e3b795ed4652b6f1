// The slice as a picture, with the legend of its colours.
import { createHeatmap } from "../../charts/heatmap.js";
import { hatch, rampFor } from "../../charts/colour.js";
import type { Page, TensorStats } from "../../../engine/protocol.js";
import { el, setShown, setText } from "../../lib/dom.js";
import { exactNumber, formatNumber } from "../../lib/format.js";
import type { Cell } from "../../lib/keyboard.js";
import { isDark, onThemeChange, readTheme } from "../../lib/theme.js";
import { checkbox } from "../../lib/toolkit.js";
import { extentOf, placeText, tensorOf, type InspectorState } from "./model.js";

export interface PicturePart {
  readonly element: HTMLElement;
  /** `limit`: magnitude at which the colours end. */
  readonly show: (state: InspectorState, image: Page | undefined, limit: number) => void;
}

export function createPicture(actions: {
  readonly moveCursor: (cell: Cell) => void;
  readonly setFullRange: (full: boolean) => void;
}): PicturePart {
  let state: InspectorState | undefined;
  const heatmap = createHeatmap({
    label: "Heatmap of the slice",
    moveCursor: actions.moveCursor,
    describe: (rows, columns, value) => {
      if (!state) return "";
      const block = rows[0] !== rows[1] || columns[0] !== columns[1];
      const place = placeText(state.slice, rows, columns);
      return block
        ? `mean of ${place} = ${formatNumber(value, 6)}`
        : `${place} = ${exactNumber(value, tensorOf(state)?.dtype)}`;
    },
  });
  const fullRange = checkbox({
    label: "Full range",
    title: "Colours reach to the largest value; otherwise the outermost 1 % share the last colour",
    toggle: actions.setFullRange,
  });
  const legend = createLegend();
  const waiting = el("p", { class: "muted waiting", role: "status" }, "Drawing the picture.");
  const element = el(
    "div",
    { class: "picture" },
    el("div", { class: "pictureTools" }, legend.element, fullRange.element),
    waiting,
    heatmap.element,
  );
  return {
    element,
    show: (next, image, limit) => {
      state = next;
      fullRange.set(next.kept.fullRange);
      const extent = extentOf(next);
      const nothing = extent.rows === 0 || extent.columns === 0;
      setShown(waiting, !image && !nothing && next.failure === undefined);
      setShown(heatmap.element, image !== undefined && !nothing);
      if (!image || nothing) return;
      heatmap.show({
        picture: image,
        fullRows: extent.rows,
        fullColumns: extent.columns,
        limit,
        cursor: next.selection.focus,
      });
      legend.show(limit, next.stats);
    },
  };
}

function createLegend(): {
  readonly element: HTMLElement;
  readonly show: (limit: number, stats: TensorStats | undefined) => void;
} {
  const bar = el("canvas", { width: 160, height: 10, "aria-hidden": "true" });
  const low = el("span", { class: "number" });
  const high = el("span", { class: "number" });
  const sample = (name: string): { box: HTMLCanvasElement; element: HTMLElement } => {
    const box = el("canvas", { width: 12, height: 12, class: "sample", "aria-hidden": "true" });
    return { box, element: el("span", { hidden: true }, box, name) };
  };
  const samples = { nan: sample("NaN"), negativeInfinity: sample("−Inf"), positiveInfinity: sample("+Inf") };
  const element = el(
    "div",
    { class: "rampLegend" },
    low,
    bar,
    high,
    samples.nan.element,
    samples.negativeInfinity.element,
    samples.positiveInfinity.element,
  );
  const paint = (): void => {
    const theme = readTheme();
    const ramp = rampFor(isDark(theme.kind));
    const pen = bar.getContext("2d");
    for (let x = 0; pen && x < bar.width; x++) {
      pen.fillStyle = ramp.css((2 * x) / (bar.width - 1) - 1);
      pen.fillRect(x, 0, 1, bar.height);
    }
    for (const name of ["nan", "negativeInfinity", "positiveInfinity"] as const) {
      const swatch = samples[name].box.getContext("2d");
      if (!swatch) continue;
      swatch.fillStyle = name === "nan" ? hatch(swatch, ramp.nan, theme.background) : ramp[name];
      swatch.fillRect(0, 0, 12, 12);
    }
  };
  paint();
  onThemeChange(paint);
  return {
    element,
    show: (limit, stats) => {
      setText(low, formatNumber(-limit, 3));
      setText(high, formatNumber(limit, 3));
      element.setAttribute(
        "aria-label",
        `Colours from ${formatNumber(-limit, 3)}, blue, through 0 to ${formatNumber(limit, 3)}, orange`,
      );
      setShown(samples.nan.element, (stats?.nan ?? 0) > 0);
      setShown(samples.negativeInfinity.element, (stats?.negInf ?? 0) > 0);
      setShown(samples.positiveInfinity.element, (stats?.posInf ?? 0) > 0);
    },
  };
}
