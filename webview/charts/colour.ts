// Colours of values: a diverging ramp centred at 0 whose middle is the page itself, and marks for what is no number.
// Safe for the common kinds of colour blindness (blue against orange). Pure but for the hatch, which needs a canvas.
import { interpolateLab, rgb } from "d3";

/** 256 steps below 0, one at 0, 256 above; packed little-endian RGBA as ImageData wants it. */
export interface Ramp {
  readonly packed: Uint32Array;
  readonly css: (t: number) => string;
  readonly negativeInfinity: string;
  readonly positiveInfinity: string;
  readonly nan: string;
}

const steps = 256;

const ends = {
  light: ["#1d4f91", "#6ea6dc", "#f5f5f4", "#f0a35e", "#a8480b"],
  dark: ["#a5d3ff", "#2f7fd0", "#272727", "#c06f1c", "#ffc68a"],
} as const;

const solid = {
  light: { negativeInfinity: "#06224a", positiveInfinity: "#5a1f00", nan: "#c4009d" },
  dark: { negativeInfinity: "#e6f3ff", positiveInfinity: "#fff0dc", nan: "#ff4fd8" },
} as const;

const ramps = new Map<string, Ramp>();

export function rampFor(dark: boolean): Ramp {
  const kind = dark ? "dark" : "light";
  let ramp = ramps.get(kind);
  if (!ramp) ramps.set(kind, (ramp = makeRamp(ends[kind], solid[kind])));
  return ramp;
}

/** The magenta of NaN, for marks outside a ramp. */
export const nanColour = (dark: boolean): string => solid[dark ? "dark" : "light"].nan;

/** Position in `packed` of a finite value when the ramp ends at ±limit. */
export function rampIndex(value: number, limit: number): number {
  const t = limit > 0 ? value / limit : 0;
  return steps + Math.round(Math.max(-1, Math.min(1, t)) * steps);
}

/**
 * The magnitude at which the ramp ends: the largest of the finite values, or with `robust` their 99th percentile, so that
 * one outlier does not turn the rest grey. 1 when nothing but zeros is there.
 */
export function rampLimit(values: Float64Array, robust: boolean): number {
  const sizes = Float64Array.from(values.filter(Number.isFinite), Math.abs).sort();
  const largest = sizes[sizes.length - 1] ?? 0;
  const limit = robust ? (sizes[Math.floor((sizes.length - 1) * 0.99)] ?? 0) : largest;
  return limit || largest || 1;
}

/** Diagonal stripes that say "not a number" without relying on hue alone. */
export function hatch(context: CanvasRenderingContext2D, colour: string, background: string): CanvasPattern | string {
  const tile = document.createElement("canvas");
  const side = 6;
  tile.width = tile.height = side;
  const pen = tile.getContext("2d");
  if (!pen) return colour;
  pen.fillStyle = background;
  pen.fillRect(0, 0, side, side);
  pen.strokeStyle = colour;
  pen.lineWidth = 2.2;
  pen.beginPath();
  for (const shift of [-side, 0, side]) {
    pen.moveTo(shift - 1, side + 1);
    pen.lineTo(shift + side + 1, -1);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat") ?? colour;
}

function makeRamp(colours: readonly string[], marks: (typeof solid)["light" | "dark"]): Ramp {
  const pieces = colours.slice(1).map((colour, at) => interpolateLab(colours[at], colour));
  const css = (t: number): string => {
    const place = ((Math.max(-1, Math.min(1, t)) + 1) / 2) * pieces.length;
    const piece = Math.min(pieces.length - 1, Math.floor(place));
    return pieces[piece](place - piece);
  };
  const packed = new Uint32Array(2 * steps + 1);
  for (let at = 0; at < packed.length; at++) packed[at] = packColour(css((at - steps) / steps));
  return { packed, css, ...marks };
}

/** As one little-endian RGBA word, opaque. */
export function packColour(css: string): number {
  const { r, g, b } = rgb(css);
  return ((255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;
}
