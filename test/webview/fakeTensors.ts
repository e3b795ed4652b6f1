// Tensors as a paused process would serve them: bytes in memory, read by the engine's own inspector. The huge one is
// computed cell by cell, since nobody holds 400 MB in a page.
import type { ImageQuery, Page, PageQuery, TensorRef, TensorStats } from "../../engine/protocol.js";
import { imageOf, pageOf } from "../../engine/inspect/page.js";
import type { RawTensor } from "../../engine/inspect/rawTensor.js";
import { statsOf } from "../../engine/inspect/stats.js";
import { seededRandom } from "../support/random.js";

export interface ServedTensor {
  readonly ref: TensorRef;
  readonly page: (query: PageQuery) => Page;
  readonly image: (query: ImageQuery) => Page;
  readonly stats: (bins: number) => TensorStats;
}

type Fields = Partial<Omit<TensorRef, "id" | "dtype" | "shape">>;

const refOf = (id: number, dtype: TensorRef["dtype"], shape: readonly number[], fields: Fields): TensorRef => ({
  id,
  dtype,
  shape,
  layout: "strided",
  device: "cpu",
  requiresGrad: false,
  ...fields,
});

function held(id: number, raw: RawTensor, fields: Fields = {}): ServedTensor {
  return {
    ref: refOf(id, raw.dtype, raw.shape, { layout: raw.layout, ...fields }),
    page: (query) => pageOf(raw, query),
    image: (query) => imageOf(raw, query),
    stats: (bins) => statsOf(raw, bins),
  };
}

const float32 = (shape: readonly number[], value: (at: number) => number): RawTensor => ({
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => value(at)).buffer,
  dtype: "float32",
  shape,
  layout: "strided",
});

/** Like the first convolution's output: blobs per channel, rising from left to right. */
export function activations(): ServedTensor {
  const random = seededRandom(3);
  const shape = [64, 10, 24, 24];
  const raw = float32(shape, (at) => {
    const x = at % 24;
    const y = Math.floor(at / 24) % 24;
    const channel = Math.floor(at / 576) % 10;
    const image = Math.floor(at / 5760);
    const wave = Math.sin((x + channel * 2) / 3.1) * Math.cos((y - image / 7) / 4.3);
    return wave * (0.4 + channel / 12) + 0.12 * (random() - 0.5);
  });
  return held(11, raw, { requiresGrad: true, gradFn: "conv2d", grad: { id: 12, layout: "strided" } });
}

export function activationGradient(): ServedTensor {
  const random = seededRandom(4);
  return held(
    12,
    float32([64, 10, 24, 24], () => 1e-4 * (random() + random() - 1)),
  );
}

/** A matrix with everything in it that is no ordinary number. */
export function broken(): ServedTensor {
  const raw = float32([16, 12], (at) => Math.sin(at / 5) * 2);
  const values = new Float32Array(raw.data);
  for (const [at, value] of [
    [5, NaN],
    [6, NaN],
    [18, NaN],
    [30, Infinity],
    [31, -Infinity],
    [44, -0],
    [45, 0],
    [46, 1e-30],
    [47, 12_345_678],
  ]) {
    values[at] = value;
  }
  return held(21, raw, { requiresGrad: true });
}

export const vector = (): ServedTensor =>
  held(
    31,
    float32([200], (at) => Math.cos(at / 9) / 3),
    { requiresGrad: true },
  );

export const scalar = (): ServedTensor =>
  held(
    32,
    float32([], () => 0.07215),
    { requiresGrad: true, gradFn: "nllLoss" },
  );

export const empty = (): ServedTensor =>
  held(
    33,
    float32([0, 10], () => 0),
  );

export function labels(): ServedTensor {
  const random = seededRandom(5);
  const data = BigInt64Array.from({ length: 64 }, () => BigInt(Math.floor(random() * 10))).buffer;
  return held(34, { data, dtype: "int64", shape: [64], layout: "strided" });
}

/** Value of the huge tensor, exact in float32. */
export const hugeValue = (row: number, column: number): number => ((row * 31 + column * 17) % 2001) / 64 - 15.625;

export function huge(): ServedTensor {
  const side = 10_000;
  return {
    ref: refOf(41, "float32", [side, side], {}),
    page: ({ rowStart, columnStart, rowCount, columnCount }) => {
      const rows = Math.min(rowCount, side - rowStart);
      const columns = Math.min(columnCount, side - columnStart);
      const values = Float64Array.from({ length: rows * columns }, (_, at) =>
        hugeValue(rowStart + Math.floor(at / columns), columnStart + (at % columns)),
      );
      return { rows, columns, values };
    },
    image: ({ maxRows, maxColumns }) => {
      const [rows, columns] = [Math.min(side, maxRows), Math.min(side, maxColumns)];
      const values = Float64Array.from(
        { length: rows * columns },
        (_, at) => 15 * Math.sin(Math.floor(at / columns) / 40) * Math.cos((at % columns) / 60),
      );
      return { rows, columns, values };
    },
    stats: (bins) => ({
      count: side * side,
      min: -15.625,
      max: 15.625,
      mean: 0,
      std: 9.025,
      zeros: 49_975,
      nan: 0,
      posInf: 0,
      negInf: 0,
      histogram: new Float64Array(bins).fill((side * side) / bins),
    }),
  };
}
