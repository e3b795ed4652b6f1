// Bilinear resizing as PyTorch's `F.interpolate` computes it: each new row is a weighted sum of old ones, first along
// the width, then along the height. It must not know transforms.
import type { TypedArray } from "../../dtype.js";
import { RawArray } from "../raw.js";
import { resized, type Frame } from "./frame.js";
import { roundHalfEven } from "./geometry.js";
import type { Indices } from "./take.js";

/** For each new index, the first old one, how many there are, and `taps` weights. */
export interface Weights {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly taps: number;
  readonly values: Float32Array | Float64Array;
}

/**
 * The image with another height and width. Floating images keep their dtype and precision; integers are computed in
 * float32, rounded to the nearest (half to even) and never leave their range, since every value is a mean of others.
 */
export function bilinear(image: RawArray, frame: Frame, height: number, width: number, antialias: boolean): RawArray {
  const double = image.dtype === "float64";
  const whole = image.dtype !== "float32" && !double;
  return RawArray.lazy(resized(frame, height, width), image.dtype, (target: TypedArray, at: number) => {
    const { outer, height: oldHeight, width: oldWidth, inner } = frame;
    const across = weightsOf(oldWidth, width, antialias, double);
    const down = weightsOf(oldHeight, height, antialias, double);
    const make = (length: number) => (double ? new Float64Array(length) : new Float32Array(length));
    const line = width * inner;
    const wide = make(outer * oldHeight * line);
    const from = floats(image.data);
    for (let row = 0; row < outer * oldHeight; row++) {
      weighLine(from, row * oldWidth * inner, inner, wide, row * line, across);
    }
    const sums = new Float64Array(line);
    for (let o = 0, start = at; o < outer; o++) {
      for (let y = 0; y < height; y++, start += line) {
        weighRows(wide, (o * oldHeight + down.first[y]) * line, down, y, sums);
        store(sums, target, start, whole);
      }
    }
  });
}

/** The old index that each new one takes, for "nearest". */
export function nearestIndices(length: number, wanted: number): Indices {
  const scale = Math.fround(length / wanted);
  return Int32Array.from({ length: wanted }, (_, i) => Math.min(Math.floor(Math.fround(i * scale)), length - 1));
}

/** How `wanted` new rows are made of `length` old ones. */
export function weightsOf(length: number, wanted: number, antialias: boolean, double: boolean): Weights {
  return (antialias ? smoothWeights : plainWeights)(length, wanted, double);
}

// Weights are PyTorch's float32 (float64 for float64 images). Sums are of doubles, rounded once: PyTorch's own differ from
// one processor to the next in the last bit, by the order and fusing of their additions.

/** A triangle around each new pixel's centre, as wide as the shrinking: no old pixel is skipped. */
function smoothWeights(length: number, wanted: number, double: boolean): Weights {
  const f = double ? same : Math.fround;
  const scale = f(length / wanted);
  const support = scale >= 1 ? scale : 1;
  const inverse = scale >= 1 ? f(1 / scale) : 1;
  const taps = Math.ceil(support) * 2 + 1;
  const weights = emptyWeights(wanted, taps, double);
  for (let i = 0; i < wanted; i++) {
    const center = f(scale * f(i + 0.5));
    const first = Math.max(Math.trunc(f(f(center - support) + 0.5)), 0);
    const end = Math.min(Math.trunc(f(f(center + support) + 0.5)), length);
    const count = Math.min(Math.max(end - first, 0), taps);
    let total = 0;
    for (let j = 0; j < count; j++) {
      const distance = Math.abs(f(f(f(j + first - center) + 0.5) * inverse));
      const weight = distance < 1 ? f(1 - distance) : 0;
      weights.values[i * taps + j] = weight;
      total = f(total + weight);
    }
    for (let j = 0; j < count; j++) weights.values[i * taps + j] = f(weights.values[i * taps + j] / total);
    weights.first[i] = first;
    weights.count[i] = count;
  }
  return weights;
}

/** The two old pixels beside each new pixel's centre. */
function plainWeights(length: number, wanted: number, double: boolean): Weights {
  const f = double ? same : Math.fround;
  const scale = f(length / wanted);
  const weights = emptyWeights(wanted, 2, double);
  for (let i = 0; i < wanted; i++) {
    const center = Math.max(f(scale * (i + 0.5) - 0.5), 0); // rounded once, as a fused multiply-add does
    const first = Math.min(Math.trunc(center), length - 1);
    const second = Math.min(Math.max(f(center - first), 0), 1);
    const count = first + 1 < length ? 2 : 1;
    weights.first[i] = first;
    weights.count[i] = count;
    weights.values[i * 2] = count === 1 ? 1 : f(1 - second);
    weights.values[i * 2 + 1] = second;
  }
  return weights;
}

function emptyWeights(wanted: number, taps: number, double: boolean): Weights {
  const values = double ? new Float64Array(wanted * taps) : new Float32Array(wanted * taps);
  return { first: new Int32Array(wanted), count: new Int32Array(wanted), taps, values };
}

/** New pixels of one row, each from old ones beside each other. */
function weighLine(
  from: Floats,
  start: number,
  inner: number,
  to: Float32Array | Float64Array,
  at: number,
  { first, count, taps, values }: Weights,
): void {
  for (let x = 0, o = at; x < first.length; x++) {
    const weight = x * taps;
    const end = weight + count[x];
    const begin = start + first[x] * inner;
    for (let i = 0; i < inner; i++) {
      let sum = 0;
      for (let j = weight, pixel = begin + i; j < end; j++, pixel += inner) sum += from[pixel] * values[j];
      to[o++] = sum;
    }
  }
}

/** One new row from old ones below each other. */
function weighRows(
  from: Float32Array | Float64Array,
  start: number,
  { count, taps, values }: Weights,
  y: number,
  sums: Float64Array,
): void {
  const line = sums.length;
  sums.fill(0);
  for (let j = 0, at = start; j < count[y]; j++, at += line) {
    const weight = values[y * taps + j];
    for (let i = 0; i < line; i++) sums[i] += from[at + i] * weight;
  }
}

function store(sums: Float64Array, target: TypedArray, at: number, whole: boolean): void {
  if (target instanceof BigInt64Array) {
    for (let i = 0; i < sums.length; i++) target[at + i] = BigInt(roundHalfEven(sums[i]));
  } else if (whole) for (let i = 0; i < sums.length; i++) target[at + i] = roundHalfEven(sums[i]);
  else target.set(sums, at);
}

type Floats = Exclude<TypedArray, BigInt64Array>;

const floats = (data: TypedArray): Floats => (data instanceof BigInt64Array ? Float32Array.from(data, Number) : data);

const same = (value: number): number => value;
