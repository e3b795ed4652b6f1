// The numbers beside a tensor: extremes, mean, deviation, what is zero or no number, and the spread as a histogram.
import { createHistogram } from "../../charts/histogram.js";
import { el, setShown, setText } from "../../lib/dom.js";
import { exactNumber, formatCount, formatNumber } from "../../lib/format.js";
import type { Part } from "./header.js";
import { tensorOf } from "./model.js";

export const bins = 48;

export function createStatistics(): Part {
  const rows = ["min", "max", "mean", "std", "elements", "zeros", "NaN", "+Inf", "−Inf"].map((name) => ({
    name,
    value: el("dd", { class: "number" }),
  }));
  const histogram = createHistogram("Histogram of the values");
  const list = el("dl", { class: "pairs" }, ...rows.flatMap(({ name, value }) => [el("dt", {}, name), value]));
  const waiting = el("p", { class: "muted", role: "status" }, "Counting.");
  const element = el(
    "aside",
    { class: "statistics card", "aria-label": "Statistics of the whole tensor" },
    el("h3", {}, "Whole tensor"),
    histogram.element,
    list,
    waiting,
  );
  let shown: unknown;
  return {
    element,
    show: (state) => {
      const { stats } = state;
      setShown(list, stats !== undefined);
      setShown(histogram.element, stats !== undefined && Number.isFinite(stats.min) && stats.count > 1);
      setShown(waiting, stats === undefined && state.failure === undefined);
      if (!stats || stats === shown) return;
      shown = stats;
      const dtype = tensorOf(state)?.dtype;
      const finite = stats.count - stats.nan - stats.posInf - stats.negInf;
      const number = (value: number): [string, string] =>
        finite === 0 ? ["—", "No value is finite"] : [formatNumber(value), exactNumber(value, dtype)];
      const count = (value: number): [string, string] => [
        value === 0 ? "0" : `${formatCount(value)} (${share(value / stats.count)})`,
        String(value),
      ];
      const cells: readonly [text: string, exact: string][] = [
        number(stats.min),
        number(stats.max),
        finite === 0 ? number(NaN) : [formatNumber(stats.mean), exactNumber(stats.mean)],
        finite < 2 ? ["—", "A deviation needs two finite values"] : [formatNumber(stats.std), exactNumber(stats.std)],
        [formatCount(stats.count), String(stats.count)],
        count(stats.zeros),
        count(stats.nan),
        count(stats.posInf),
        count(stats.negInf),
      ];
      cells.forEach(([text, exact], at) => {
        setText(rows[at].value, text);
        rows[at].value.title = exact;
        rows[at].value.classList.toggle("alarming", at >= 6 && text !== "0");
      });
      histogram.show({ counts: stats.histogram, min: stats.min, max: stats.max });
    },
  };
}

function share(ratio: number): string {
  if (ratio > 0 && ratio < 0.001) return "< 0.1 %";
  return `${formatNumber(ratio * 100, 3)} %`;
}
