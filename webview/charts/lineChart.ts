// Curves over steps: axes, zoom, pan and a crosshair with exact numbers. Knows numbers, not runs or messages.
import { axisBottom, axisLeft, pointer, scaleLinear, scaleLog, select, zoom, zoomIdentity, type D3ZoomEvent } from "d3";
import { el, listen, onResize, setAttributes, setShown, setText, svg } from "../lib/dom.js";
import { exactValue, formatCount, formatNumber } from "../lib/format.js";
import { createFrame } from "../lib/frame.js";
import { hasMod } from "../lib/keyboard.js";
import { readTheme, onThemeChange, isDark } from "../lib/theme.js";
import { nanColour } from "./colour.js";
import { decimate } from "./decimate.js";
import { nearest, reading, type CurveReading } from "./lineCursor.js";
import { paintLines, type DrawnCurve } from "./linePaint.js";
import { valueDomain, type Domain } from "./lineScale.js";
import type { Series } from "./series.js";

export interface Curve {
  readonly id: string;
  readonly label: string;
  readonly colour: string;
  readonly dashed: boolean;
  readonly raw: Series;
  /** Drawn thick over a thin `raw`. */
  readonly smooth?: Series;
}

export interface LineView {
  readonly curves: readonly Curve[];
  readonly log: boolean;
  /** All of the x axis: charts that share it line up. */
  readonly full: Domain;
  /** The part of it on show; `undefined` shows all, also what is still to come. */
  readonly domain?: Domain;
  /** Text of a value on the y axis. */
  readonly format: (value: number) => string;
  /** Where the crosshair stands, in x. */
  readonly cursor?: number;
}

export interface LineChartOptions {
  /** Name for screen readers: "loss". */
  readonly label: string;
  readonly xLabel: string;
  readonly zoomTo: (domain: Domain | undefined) => void;
  readonly moveCursor: (x: number | undefined) => void;
}

export interface LineChart {
  readonly element: HTMLElement;
  readonly show: (view: LineView) => void;
  readonly dispose: () => void;
}

const gutter = { top: 8, right: 12, bottom: 36 };
const deepest = 1e5;

export function createLineChart(options: LineChartOptions): LineChart {
  const axes = svg("svg", { class: "axes", "aria-hidden": "true" });
  const xAxis = axes.appendChild(svg("g", { class: "axis" }));
  const yAxis = axes.appendChild(svg("g", { class: "axis grid" }));
  const xTitle = axes.appendChild(svg("text", { class: "axisTitle", "text-anchor": "end" }, options.xLabel));
  const canvas = el("canvas", { class: "lines", "aria-hidden": "true" });
  const paths = svg("svg", { class: "lines", "aria-hidden": "true" });
  const rule = el("div", { class: "rule", hidden: true });
  const dots = el("div", { class: "dots" });
  const field = el("div", {
    class: "field",
    tabindex: 0,
    role: "slider",
    "aria-roledescription": "line chart",
    "aria-label": `${options.label} by ${options.xLabel}. Arrows move along the curve, plus and minus zoom, Escape resets.`,
    "aria-valuetext": "no points yet",
  });
  const tip = el("div", { class: "tip", hidden: true });
  const element = el("div", { class: "lineChart" }, axes, canvas, paths, field, rule, dots, tip);

  let view: LineView = { curves: [], log: false, full: [0, 1], format: formatNumber };
  let theme = readTheme();
  let size = { width: 0, height: 0 };
  let left = 48;
  let drawnKey = "";
  let byPointer = false;
  let x = scaleLinear();
  let y: (value: number) => number = () => 0;
  const inner = (): { width: number; height: number } => ({
    width: Math.max(1, size.width - left - gutter.right),
    height: Math.max(1, size.height - gutter.top - gutter.bottom),
  });

  const frame = createFrame(() => {
    if (size.width < 20 || size.height < 20) return;
    const key = keyOf(view, size);
    if (key !== drawnKey) {
      drawnKey = key;
      drawLines();
    }
    drawCursor();
  });

  function drawLines(): void {
    const { full, format } = view;
    const shown = view.domain ?? full;
    const values = valueDomain(view.curves, shown, view.log);
    const scale = view.log ? scaleLog() : scaleLinear();
    const range: [number, number] = [inner().height, 0];
    scale.domain([...values]).range(range);
    if (!view.log) scale.nice(5);
    const rows = Math.max(2, Math.round(inner().height / 44));
    const ticks = view.log ? logTicks(scale.ticks(rows), rows) : scale.ticks(rows);
    left = 16 + Math.max(6, ...ticks.map((tick) => format(tick).length)) * 7;
    const { width, height } = inner();
    x = scaleLinear()
      .domain([...shown])
      .range([0, width]);
    y = (value) => (view.log && value <= 0 ? NaN : scale(value));

    setAttributes(axes, { width: size.width, height: size.height });
    setAttributes(xAxis, { transform: `translate(${left},${gutter.top + height})` });
    setAttributes(yAxis, { transform: `translate(${left},${gutter.top})` });
    setAttributes(xTitle, { x: left + width, y: size.height - 4 });
    const columns = Math.max(2, Math.min(8, Math.floor(width / 64)));
    select(xAxis).call(
      axisBottom(x)
        .ticks(columns)
        .tickSizeOuter(0)
        .tickFormat((tick) => stepText(Number(tick))),
    );
    // The last label must not hang over the edge.
    select(xAxis)
      .selectAll<SVGTextElement, number>(".tick text")
      .attr("text-anchor", (tick) => (x(tick) > width - 20 ? "end" : "middle"));
    select(yAxis).call(
      axisLeft(scale)
        .tickValues(ticks)
        .tickSize(-width)
        .tickFormat((tick) => format(Number(tick))),
    );
    for (const node of [canvas, paths, field, rule, dots]) {
      node.style.left = `${left}px`;
      node.style.top = `${gutter.top}px`;
    }
    field.style.width = `${width}px`;
    field.style.height = rule.style.height = `${height}px`;

    const drawn = view.curves.flatMap((curve): DrawnCurve[] => {
      const line = decimate(curve.raw, shown[0], shown[1], Math.ceil(width));
      const style = { colour: curve.colour, dashed: curve.dashed };
      if (!curve.smooth) return [{ ...style, line, width: 1.6, opacity: 1 }];
      return [
        { ...style, dashed: false, line, width: 1, opacity: 0.42 },
        { ...style, line: decimate(curve.smooth, shown[0], shown[1], Math.ceil(width)), width: 2, opacity: 1 },
      ];
    });
    const broken = view.curves.flatMap(({ raw }) => raw.breaks(50).map((at) => ({ x: raw.x(at), value: raw.y(at) })));
    paintLines({
      canvas,
      paths,
      width,
      height,
      x,
      y,
      curves: drawn,
      broken,
      broke: nanColour(isDark(theme.kind)),
      theme,
    });
    syncZoom(full, shown, width, height);
  }

  function drawCursor(): void {
    const readings = view.cursor === undefined ? [] : reading(view.curves, view.cursor);
    const at = view.cursor === undefined ? NaN : x(view.cursor);
    const shown = readings.length > 0 && at >= -0.5 && at <= inner().width + 0.5;
    setShown(rule, shown);
    setShown(tip, shown);
    setShown(dots, shown);
    if (!shown || view.cursor === undefined) {
      sayValue(x.domain()[1], "newest", reading(view.curves, x.domain()[1]));
      return;
    }
    sayValue(view.cursor, `${options.xLabel} ${view.cursor}`, readings);
    rule.style.transform = `translateX(${at}px)`;
    dots.replaceChildren(
      ...readings.flatMap((one) => {
        const top = y(one.value);
        const side = x(one.x);
        if (!Number.isFinite(top) || side < 0 || side > inner().width) return [];
        const dot = el("div", { class: "dot" });
        dot.style.transform = `translate(${side}px, ${top}px)`;
        dot.style.backgroundColor = one.colour;
        return [dot];
      }),
    );
    tip.replaceChildren(
      el("div", { class: "tipHead" }, `${options.xLabel} ${stepText(view.cursor)}`),
      ...readings.map((one) => tipRow(one, view.cursor ?? NaN)),
    );
    const wide = tip.offsetWidth;
    const beside = left + at + 12 + wide > size.width ? left + at - 12 - wide : left + at + 12;
    tip.style.transform = `translate(${Math.max(0, beside)}px, ${gutter.top + 4}px)`;
  }

  function sayValue(at: number, where: string, readings: readonly CurveReading[]): void {
    setAttributes(field, {
      "aria-valuemin": x.domain()[0],
      "aria-valuemax": x.domain()[1],
      "aria-valuenow": at,
      "aria-valuetext":
        readings.length === 0
          ? "no points yet"
          : `${where}: ${readings.map((one) => `${one.label} ${formatNumber(one.value)}`).join(", ")}`,
    });
  }

  // d3's zoom works on a transform of the whole; the state is a domain, which stays put while points arrive.
  const behaviour = zoom<HTMLElement, unknown>()
    .scaleExtent([1, deepest])
    .on("zoom", (event: D3ZoomEvent<HTMLElement, unknown>) => {
      if (!event.sourceEvent) return;
      const whole = scaleLinear()
        .domain([...view.full])
        .range([0, inner().width]);
      const [low, high] = event.transform.rescaleX(whole).domain();
      zoomTo(event.transform.k <= 1.0001 ? undefined : [low, high]);
    });
  select<HTMLElement, unknown>(field).call(behaviour).on("dblclick.zoom", null);

  function syncZoom(full: Domain, shown: Domain, width: number, height: number): void {
    const extent: [[number, number], [number, number]] = [
      [0, 0],
      [width, height],
    ];
    behaviour.extent(extent).translateExtent(extent);
    const k = (full[1] - full[0]) / (shown[1] - shown[0]);
    const shift = (-(shown[0] - full[0]) / (full[1] - full[0])) * width * k;
    select(field).property("__zoom", zoomIdentity.translate(shift, 0).scale(k));
  }

  /** Remembered at once: the next key may come before the state is drawn. */
  function moveCursor(cursor: number | undefined): void {
    view = { ...view, cursor };
    options.moveCursor(cursor);
  }

  function zoomTo(domain: Domain | undefined): void {
    view = { ...view, domain };
    options.zoomTo(domain);
  }

  function zoomBy(factor: number): void {
    const { full } = view;
    const [low, high] = view.domain ?? full;
    const centre =
      view.cursor !== undefined && view.cursor >= low && view.cursor <= high ? view.cursor : (low + high) / 2;
    const next: Domain = [
      Math.max(full[0], centre - (centre - low) * factor),
      Math.min(full[1], centre + (high - centre) * factor),
    ];
    if (next[1] - next[0] < (full[1] - full[0]) / deepest) return;
    zoomTo(next[0] <= full[0] && next[1] >= full[1] ? undefined : next);
  }

  function panBy(share: number): void {
    if (!view.domain) return;
    const { full } = view;
    const [low, high] = view.domain;
    const shift = Math.min(full[1] - high, Math.max(full[0] - low, share * (high - low)));
    zoomTo([low + shift, high + shift]);
  }

  function stepCursor(way: number): void {
    const [low, high] = x.domain();
    const next = nearest(view.curves, view.cursor ?? (way > 0 ? low : high), {
      way,
      atLeast: (high - low) / inner().width,
    });
    if (next === undefined) return;
    moveCursor(Math.min(high, Math.max(low, next)));
  }

  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => stepCursor(-1),
    ArrowRight: () => stepCursor(1),
    PageUp: () => stepCursor(-10),
    PageDown: () => stepCursor(10),
    Home: () => moveCursor(nearest(view.curves, x.domain()[0])),
    End: () => moveCursor(nearest(view.curves, x.domain()[1])),
    "+": () => zoomBy(0.5),
    "=": () => zoomBy(0.5),
    w: () => zoomBy(0.5),
    "-": () => zoomBy(2),
    s: () => zoomBy(2),
    a: () => panBy(-0.25),
    d: () => panBy(0.25),
    Escape: () => {
      moveCursor(undefined);
      zoomTo(undefined);
    },
  };

  const undo = [
    onResize(element, (width, height) => {
      size = { width, height };
      frame.request();
    }),
    onThemeChange((next) => {
      theme = next;
      drawnKey = "";
      frame.request();
    }),
    listen(field, "pointermove", (event) => {
      byPointer = true;
      moveCursor(nearest(view.curves, x.invert(pointer(event, field)[0])));
    }),
    listen(field, "pointerleave", () => {
      // A crosshair that the keyboard placed stays.
      if (byPointer) moveCursor(undefined);
    }),
    listen(field, "dblclick", () => zoomTo(undefined)),
    listen(field, "keydown", (event) => {
      const act = hasMod(event) || event.altKey ? undefined : keys[event.key];
      if (!act) return;
      event.preventDefault();
      byPointer = false;
      act();
    }),
  ];

  return {
    element,
    show: (next) => {
      view = next;
      frame.request();
    },
    dispose: () => {
      undo.forEach((one) => one());
      frame.dispose();
    },
  };
}

const stepText = (step: number): string =>
  Number.isInteger(step) && Math.abs(step) < 1e8 ? formatCount(step) : formatNumber(step);

function tipRow(one: CurveReading, cursor: number): HTMLElement {
  const swatch = el("span", { class: one.dashed ? "swatch dashed" : "swatch" });
  swatch.style.color = one.colour;
  const value = el("span", { class: "number" }, exactValue(one.value));
  const row = el("div", { class: "tipRow" }, swatch, el("span", { class: "tipLabel" }, one.label), value);
  if (one.x !== cursor) setText(row.appendChild(el("span", { class: "muted" })), `at ${stepText(one.x)}`);
  return row;
}

function logTicks(ticks: readonly number[], wanted: number): number[] {
  const leading = (tick: number): number => Math.round(tick / 10 ** Math.floor(Math.log10(tick) + 1e-9));
  const among = (digits: readonly number[]): readonly number[] =>
    ticks.filter((tick) => digits.includes(leading(tick)));
  // Powers of ten where there are enough of them, then 1-2-5, then what there is.
  const chosen = [[1], [1, 2, 5]].map(among).find(({ length }) => length >= 3) ?? ticks;
  const every = Math.max(1, Math.ceil(chosen.length / wanted));
  return chosen.filter((_, at) => at % every === 0);
}

/** Changes whenever the lines, not only the crosshair, must be drawn again. */
function keyOf(view: LineView, size: { readonly width: number; readonly height: number }): string {
  const curves = view.curves.map((curve) => [
    curve.id,
    curve.colour,
    curve.raw.length,
    curve.smooth?.length,
    curve.smooth ? smoothMark(curve.smooth) : 0,
  ]);
  return JSON.stringify([size, view.log, view.full, view.domain, curves]);
}

const marks = new WeakMap<Series, number>();
let nextMark = 1;
/** Another smoothing weight is another series of the same length: its identity is part of the key. */
function smoothMark(series: Series): number {
  let mark = marks.get(series);
  if (mark === undefined) marks.set(series, (mark = nextMark++));
  return mark;
}
