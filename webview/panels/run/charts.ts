// The Run panel's charts: one per family of metrics, sharing zoom and crosshair. Colour tells runs apart, or train from
// test when there is one run; a dashed line is always test.
import { isAlive } from "../../../engine/runs/runState.js";
import { createLineChart, type Curve, type LineChart } from "../../charts/lineChart.js";
import { fullDomain, type Domain } from "../../charts/lineScale.js";
import { el, keyed, setShown, setText } from "../../lib/dom.js";
import { readTheme, type Theme } from "../../lib/theme.js";
import { button, checkbox } from "../../lib/toolkit.js";
import { formatNumber } from "../../lib/format.js";
import { formatMetric, isAccuracy } from "./families.js";
import { chartsOf, runOf, shownRun, type ChartSpec, type PanelState } from "./model.js";

export interface ChartActions {
  readonly zoomTo: (domain: Domain | undefined) => void;
  readonly moveCursor: (x: number | undefined) => void;
  readonly setLog: (log: boolean) => void;
  readonly setSmoothing: (weight: number) => void;
}

export interface ChartsPart {
  readonly element: HTMLElement;
  readonly show: (state: PanelState) => void;
  readonly setTheme: (theme: Theme) => void;
}

interface Card {
  readonly chart: LineChart;
  readonly title: HTMLElement;
  readonly legend: HTMLElement;
}

/** Steps of the smoothing control; fine where it matters, near 1. */
const weights = [0, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99];

export function createCharts(actions: ChartActions): ChartsPart {
  let theme = readTheme();
  let state: PanelState | undefined;
  let full: Domain = [0, 1];
  const cards = new Map<string, Card>();
  const list = el("div", { class: "charts" });
  const log = checkbox({ label: "Log scale", toggle: actions.setLog });
  const slider = el("input", {
    type: "range",
    min: 0,
    max: weights.length - 1,
    step: 1,
    "aria-label": "Smoothing",
    title: "Weight of the moving average; the thin line is what was logged",
  });
  slider.addEventListener("input", () => actions.setSmoothing(weights[Number(slider.value)]));
  const amount = el("span", { class: "number amount" });
  const reset = button({
    label: "Show all steps",
    icon: "screen-full",
    kind: "icon",
    press: () => actions.zoomTo(undefined),
  });
  const waiting = el("p", { class: "waiting muted", role: "status" });
  const tools = el(
    "div",
    { class: "tools", role: "toolbar", "aria-label": "Charts" },
    el("label", { class: "smoothing" }, "Smoothing", slider, amount),
    log.element,
    reset.element,
  );
  const element = el("section", { class: "chartsPart", "aria-label": "Metrics over steps" }, tools, waiting, list);

  const update = keyed<ChartSpec>(
    list,
    ({ family }) => family,
    ({ family }) => {
      const chart = createLineChart({
        label: family,
        xLabel: "step",
        zoomTo: actions.zoomTo,
        moveCursor: actions.moveCursor,
      });
      const title = el("h3", {}, family);
      const legend = el("ul", { class: "legend" });
      cards.set(family, { chart, title, legend });
      return el("figure", { class: "card chart" }, el("figcaption", {}, title, legend), chart.element);
    },
    (_, spec) => state && showCard(state, spec),
  );

  function showCard(now: PanelState, spec: ChartSpec): void {
    const card = cards.get(spec.family);
    if (!card) return;
    const runs = [...new Set(spec.members.map(({ run }) => run))];
    const curves = spec.members.flatMap(({ run, metric, test }): Curve[] => {
      const known = now.curves.get(run)?.metrics.get(metric);
      if (!known || known.raw.length === 0) return [];
      const place = runs.length > 1 ? runs.indexOf(run) : Number(test);
      const label = runs.length > 1 ? `${metric} · ${runLabel(now, run)}` : metric;
      // A handful of points is shown as it is: smoothing would only lie about them.
      const smooth = now.kept.smoothing > 0 && known.raw.length > 30;
      return [
        {
          id: `${run}/${metric}`,
          label,
          colour: theme.categories[place % theme.categories.length],
          dashed: test,
          raw: known.raw,
          ...(smooth ? { smooth: known.smoothed.series(now.kept.smoothing) } : {}),
        },
      ];
    });
    card.chart.show({
      curves,
      // Between 80 % and 100 % a log scale only hides.
      log: now.kept.log && !isAccuracy(spec.family),
      full,
      format: tickFormat(spec.family, curves),
      ...(now.kept.domain ? { domain: now.kept.domain } : {}),
      ...(now.cursor === undefined ? {} : { cursor: now.cursor }),
    });
    showLegend(card.legend, spec.family, curves);
  }

  return {
    element,
    setTheme: (next) => {
      theme = next;
      if (state) update(chartsOf(state));
    },
    show: (next) => {
      state = next;
      const specs = chartsOf(next);
      for (const [family, { chart }] of cards) {
        if (specs.some((spec) => spec.family === family)) continue;
        chart.dispose();
        cards.delete(family);
      }
      full = fullDomain(
        specs.flatMap(({ members }) =>
          members.flatMap(({ run, metric }) => next.curves.get(run)?.metrics.get(metric)?.raw ?? []),
        ),
      );
      update(specs);
      const run = shownRun(next);
      setShown(waiting, specs.length === 0 && run !== undefined);
      setShown(tools, specs.length > 0);
      if (run) {
        setText(
          waiting,
          isAlive(run)
            ? "The curves appear here with the first run.log({ loss })."
            : "This run logged no metrics. Call run.log({ loss }) in the loop to see a curve here.",
        );
      }
      log.set(next.kept.log);
      const at = nearestWeight(next.kept.smoothing);
      if (slider.value !== String(at)) slider.value = String(at);
      slider.ariaValueText = next.kept.smoothing === 0 ? "off" : String(next.kept.smoothing);
      setText(amount, next.kept.smoothing === 0 ? "off" : String(next.kept.smoothing));
      reset.setEnabled(next.kept.domain !== undefined);
    },
  };
}

function showLegend(legend: HTMLElement, family: string, curves: readonly Curve[]): void {
  while (legend.children.length > curves.length) legend.lastElementChild?.remove();
  curves.forEach((curve, at) => {
    let item = legend.children[at];
    if (!item) {
      item = el(
        "li",
        {},
        el("span", { class: "swatch" }),
        el("span", { class: "name" }),
        el("span", { class: "number" }),
      );
      legend.append(item);
    }
    const [swatch, name, value] = item.children as unknown as [HTMLElement, HTMLElement, HTMLElement];
    swatch.className = curve.dashed ? "swatch dashed" : "swatch";
    swatch.style.color = curve.colour;
    setText(name, curve.label);
    const { raw } = curve;
    setText(value, formatMetric(family, raw.y(raw.length - 1), raw.extremes(0, raw.length).max));
  });
}

/** Ticks of an accuracy read as its values do. */
function tickFormat(family: string, curves: readonly Curve[]): (value: number) => string {
  if (!isAccuracy(family)) return formatNumber;
  const largest = Math.max(...curves.map(({ raw }) => raw.extremes(0, raw.length).max));
  return (value) => `${formatNumber(largest <= 1 ? value * 100 : value)} %`;
}

function runLabel(state: PanelState, id: string): string {
  const run = runOf(state, id);
  return run ? new Date(run.startedAt).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }) : id;
}

function nearestWeight(weight: number): number {
  let best = 0;
  weights.forEach((one, at) => {
    if (Math.abs(one - weight) < Math.abs(weights[best] - weight)) best = at;
  });
  return best;
}
