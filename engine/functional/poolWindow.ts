// How a pooling window goes over images: sizes, PyTorch's rule for the number of windows, and what that asks to be padded.
import type { Around, PoolWindow } from "../backend/pooling.js";
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import type { Shape } from "../shape.js";
import { type Pair, pair } from "./spatial.js";

type Two = readonly [number, number];

export interface PoolOptions {
  /** Default: the kernel's size. */
  readonly stride?: Pair;
  /** Places on each side; at most half the kernel. Default 0. */
  readonly padding?: Pair;
  /** Also windows that begin inside and end outside. Default false. */
  readonly ceilMode?: boolean;
}

export interface Pooling {
  readonly window: PoolWindow;
  /** As the user gave it, on both sides. */
  readonly padding: Two;
  /** What to surround the input with: [top, bottom, left, right]; ceilMode may ask for more at the end. */
  readonly around: Around;
  /** Number of windows. */
  readonly out: Two;
}

/** Windows along one dim (PyTorch's rule: with `ceilMode` none that begins in the padding at the end). */
function windowsAlong(size: number, reach: number, stride: number, padding: number, ceilMode: boolean): number {
  const room = size + 2 * padding - reach;
  if (!ceilMode) return Math.floor(room / stride) + 1;
  const windows = Math.ceil(room / stride) + 1;
  return (windows - 1) * stride >= size + padding ? windows - 1 : windows;
}

/** The options against an input of [N, C, H, W]. */
export function poolingOf(
  op: string,
  shape: Shape,
  kernelSize: Pair,
  { stride, padding = 0, ceilMode = false, dilation = 1 }: PoolOptions & { readonly dilation?: Pair },
): Pooling {
  const size = pair(op, "kernelSize", kernelSize, 1);
  const steps = stride === undefined ? size : pair(op, "stride", stride, 1);
  const apart = pair(op, "dilation", dilation, 1);
  const places = pair(op, "padding", padding, 0);
  if (places.some((p, i) => 2 * p > size[i])) {
    throw new ArgumentError(
      `${op}: expected padding of at most half the kernel ${shapeText(size)}, got ${shapeText(places)}`,
    );
  }
  const along = (i: 0 | 1): readonly [windows: number, atEnd: number] => {
    const reach = apart[i] * (size[i] - 1) + 1;
    const windows = windowsAlong(shape[2 + i], reach, steps[i], places[i], ceilMode);
    return [windows, places[i] + Math.max(0, (windows - 1) * steps[i] + reach - (shape[2 + i] + 2 * places[i]))];
  };
  const [[rows, bottom], [columns, right]] = [along(0), along(1)];
  if (rows < 1 || columns < 1) {
    throw new ShapeError(`${op}: the kernel ${shapeText(size)} is larger than the padded input ${shapeText(shape)}`);
  }
  return {
    window: { size, stride: steps, dilation: apart, key: `${size.join()},${steps.join()},${apart.join()}` },
    padding: places,
    around: [places[0], bottom, places[1], right],
    out: [rows, columns],
  };
}

/** Number of windows over an input that is padded already. */
export const windowsOver = (shape: Shape, { size, stride, dilation }: PoolWindow): Two => {
  const along = (i: 0 | 1) => Math.floor((shape[2 + i] - dilation[i] * (size[i] - 1) - 1) / stride[i]) + 1;
  return [along(0), along(1)];
};
