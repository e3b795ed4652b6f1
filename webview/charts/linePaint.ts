// Puts decimated lines on the page: as SVG paths while they are few, on a canvas beyond. Knows pixels, not zoom or keys.
import { setAttributes, setShown, svg } from "../lib/dom.js";
import type { Theme } from "../lib/theme.js";
import { sizeCanvas } from "./canvas.js";
import type { Polyline } from "./decimate.js";

export interface DrawnCurve {
  readonly line: Polyline;
  readonly colour: string;
  readonly dashed: boolean;
  /** CSS pixels. */
  readonly width: number;
  readonly opacity: number;
}

export interface LinePainting {
  readonly canvas: HTMLCanvasElement;
  readonly paths: SVGSVGElement;
  readonly width: number;
  readonly height: number;
  readonly x: (value: number) => number;
  /** NaN where the scale has no place for the value. */
  readonly y: (value: number) => number;
  readonly curves: readonly DrawnCurve[];
  /** Where a curve stops being a number. */
  readonly broken: readonly { readonly x: number; readonly value: number }[];
  readonly broke: string;
  readonly theme: Theme;
}

/** Beyond this many points SVG costs more than it gives. */
const mostMarks = 2000;
/** Few enough points to show each as a dot. */
const mostDots = 40;

export function paintLines(painting: LinePainting): void {
  const marks = painting.curves.reduce((sum, { line }) => sum + line.xs.length, 0);
  const onCanvas = marks > mostMarks;
  setShown(painting.canvas, onCanvas);
  setShown(painting.paths, !onCanvas);
  if (onCanvas) paintCanvas(painting);
  else paintSvg(painting);
}

function paintSvg({ paths, width, height, x, y, curves, broken, broke }: LinePainting): void {
  setAttributes(paths, { width, height });
  paths.replaceChildren();
  for (const one of breakMarks(broken, x, width)) {
    paths.append(
      svg("line", { x1: one.at, x2: one.at, y1: 0, y2: height, stroke: broke, "stroke-dasharray": "2 3" }),
      svg("text", { ...labelPlace(one.at, width), y: height - 6, fill: broke, class: "broken" }, one.text),
    );
  }
  for (const curve of curves) {
    const { line, colour } = curve;
    paths.append(
      svg("path", {
        d: pathOf(line, x, y),
        stroke: colour,
        fill: "none",
        "stroke-width": curve.width,
        "stroke-opacity": curve.opacity,
        "stroke-linejoin": "round",
        "stroke-linecap": "round",
        ...(curve.dashed ? { "stroke-dasharray": "6 4" } : {}),
      }),
    );
    if (!line.whole || line.xs.length > mostDots) continue;
    for (let at = 0; at < line.xs.length; at++) {
      const top = y(line.ys[at]);
      if (Number.isFinite(top)) {
        paths.append(
          svg("circle", { cx: x(line.xs[at]), cy: top, r: 2.5, fill: colour, "fill-opacity": curve.opacity }),
        );
      }
    }
  }
}

function paintCanvas({ canvas, width, height, x, y, curves, broken, broke, theme }: LinePainting): void {
  const scale = window.devicePixelRatio || 1;
  sizeCanvas(canvas, width, height, scale);
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.lineJoin = "round";
  pen.lineWidth = 1;
  pen.font = `${theme.fontSize - 2}px ${theme.fontFamily}`;
  for (const one of breakMarks(broken, x, width)) {
    pen.strokeStyle = pen.fillStyle = broke;
    pen.setLineDash([2, 3]);
    pen.beginPath();
    pen.moveTo(one.at, 0);
    pen.lineTo(one.at, height);
    pen.stroke();
    const place = labelPlace(one.at, width);
    pen.textAlign = place["text-anchor"];
    pen.fillText(one.text, place.x, height - 6);
  }
  for (const { line, colour, dashed, width: lineWidth, opacity } of curves) {
    pen.strokeStyle = colour;
    pen.globalAlpha = opacity;
    pen.lineWidth = lineWidth;
    pen.setLineDash(dashed ? [6, 4] : []);
    pen.beginPath();
    let drawing = false;
    for (let at = 0; at < line.xs.length; at++) {
      const top = y(line.ys[at]);
      if (!Number.isFinite(top)) drawing = false;
      else if (drawing) pen.lineTo(x(line.xs[at]), top);
      else {
        pen.moveTo(x(line.xs[at]), top);
        drawing = true;
      }
    }
    pen.stroke();
    pen.globalAlpha = 1;
  }
}

function pathOf(line: Polyline, x: (value: number) => number, y: (value: number) => number): string {
  let path = "";
  let drawing = false;
  for (let at = 0; at < line.xs.length; at++) {
    const top = y(line.ys[at]);
    if (!Number.isFinite(top)) drawing = false;
    else {
      path += `${drawing ? "L" : "M"}${x(line.xs[at]).toFixed(1)},${top.toFixed(1)}`;
      drawing = true;
    }
  }
  return path;
}

function breakMarks(
  broken: LinePainting["broken"],
  x: (value: number) => number,
  width: number,
): readonly { readonly at: number; readonly text: string }[] {
  return broken
    .map((one) => ({ at: x(one.x), text: `${Number.isNaN(one.value) ? "NaN" : "∞"} at ${one.x}` }))
    .filter(({ at }) => at >= 0 && at <= width)
    .slice(0, 5);
}

const labelPlace = (at: number, width: number): { readonly x: number; readonly "text-anchor": "start" | "end" } =>
  at > width - 90 ? { x: at - 4, "text-anchor": "end" } : { x: at + 4, "text-anchor": "start" };
