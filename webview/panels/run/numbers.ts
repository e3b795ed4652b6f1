// The newest values large, and all metrics as a table.
import { el, keyed, setShown, setText } from "../../lib/dom.js";
import { exactValue, formatCount } from "../../lib/format.js";
import { compareFamilies, formatMetric, isAccuracy, isLoss, parseMetric, titleOf } from "./families.js";
import type { Part } from "./header.js";
import { metricRows, shownRun, type MetricRow, type PanelState } from "./model.js";

/** What a person looks for first: test accuracy, then loss; at most three. */
export function headlines(rows: readonly MetricRow[]): readonly MetricRow[] {
  const worth = ({ metric }: MetricRow): number => {
    const test = parseMetric(metric).split === "test";
    return (isAccuracy(metric) ? 4 : isLoss(metric) ? 2 : 0) + (test ? 1 : 0);
  };
  return rows
    .filter((row) => row.points > 0 && worth(row) >= 2)
    .sort((a, b) => worth(b) - worth(a))
    .slice(0, 3);
}

export function createHeadlines(): Part {
  const element = el("section", { class: "headlines", "aria-label": "Newest values" });
  const update = keyed<MetricRow>(
    element,
    ({ metric }) => metric,
    ({ metric }) =>
      el(
        "div",
        { class: "headline" },
        el("span", { class: "label" }, titleOf(metric)),
        el("span", { class: "value number" }),
        el("span", { class: "muted number" }),
      ),
    (node, row) => {
      const [, value, note] = node.children as unknown as [HTMLElement, HTMLElement, HTMLElement];
      setText(value, formatMetric(row.metric, row.last, row.max));
      value.title = exactValue(row.last);
      const best = isAccuracy(row.metric) ? row.max : row.min;
      setText(note, `best ${formatMetric(row.metric, best, row.max)}`);
    },
  );
  return {
    element,
    show: (state) => {
      const rows = headlines(rowsOf(state));
      setShown(element, rows.length > 0);
      update(rows);
    },
  };
}

export function createMetricsTable(): Part {
  const body = el("tbody");
  const heads = ["metric", "last", "min", "max", "step"];
  const element = el(
    "section",
    { class: "card" },
    el("h3", {}, "Metrics"),
    el(
      "div",
      { class: "tableFrame" },
      el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))), body),
    ),
  );
  const update = keyed<MetricRow>(
    body,
    ({ metric }) => metric,
    ({ metric }) =>
      el("tr", {}, el("th", { scope: "row" }, metric), ...heads.slice(1).map(() => el("td", { class: "number" }))),
    (node, row) => {
      const cells = Array.from(node.children) as HTMLElement[];
      [row.last, row.min, row.max].forEach((value, at) => {
        setText(cells[at + 1], formatMetric(row.metric, value, row.max));
        cells[at + 1].title = exactValue(value);
      });
      setText(cells[4], formatCount(row.lastStep));
      node.setAttribute("title", `${formatCount(row.points)} points`);
    },
  );
  return {
    element,
    show: (state) => {
      const rows = rowsOf(state);
      setShown(element, rows.length > 0);
      update([...rows].sort((a, b) => compareFamilies(parseMetric(a.metric).family, parseMetric(b.metric).family)));
    },
  };
}

function rowsOf(state: PanelState): readonly MetricRow[] {
  const run = shownRun(state);
  const curves = run && state.curves.get(run.id);
  return curves ? metricRows(curves) : [];
}
