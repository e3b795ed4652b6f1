// Max pooling by the places of the winners: for inputs with NaN or infinities, for dilated windows, and for those who want
// the places. Physically NHWC. Slower than pooling.ts, and exact where its kernels are not.
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import type { KernelId } from "../native/binding.js";
import { type Shape, sizeOf } from "../shape.js";
import type { Storage } from "../storage.js";
import { intScalar, intVector, scalar } from "./constants.js";
import { argMax, choose, gatherAlong, isNan, minus, plus, pointwise, stridedSlice, times } from "./kernels.js";
import { reshaped } from "./layout.js";
import {
  boolAttr,
  execute,
  executeMany,
  intAttr,
  intsAttr,
  kernel,
  perDType,
  stringAttr,
  typeAttr,
  upload,
} from "./native.js";
import { type Around, type PoolWindow, surrounded } from "./pooling.js";

const clip = pointwise("ClipByValue", 3);
const [floorDiv, floorMod] = [pointwise("FloorDiv", 2), pointwise("FloorMod", 2)];
const scatter = perDType((dtype) =>
  kernel(
    "UnsortedSegmentSum",
    [typeAttr("T", dtype), typeAttr("Tindices", "int64"), typeAttr("Tnumsegments", "int32")],
    3,
  ),
);
const integers = (of: (dtype: DType) => KernelId, on: Device, a: Storage, b: Storage): Storage =>
  execute(of("int64"), on, "nhwc", a, b);

/** The last but one of the finite numbers: the very lowest is what TensorFlow's kernels begin their comparisons with. */
const nearlyLargest: Partial<Record<DType, number>> = {
  float64: Number.MAX_VALUE * (1 - Number.EPSILON),
  float32: 3.4028232635611926e38,
  bfloat16: 3.3762390394740034e38,
  float16: 65472,
};

export interface WinnersOf {
  /** Logical shapes (NCHW) of the input, without padding, and of the result. */
  readonly x: Shape;
  readonly out: Shape;
  readonly window: PoolWindow;
  readonly around: Around;
  readonly dtype: DType;
  readonly on: Device;
}

/**
 * Where each window's largest value lies: row * width + column in its plane (int64). NaN is larger than all; of equal
 * values the first is taken.
 */
export function winners(p: WinnersOf, x: Storage): Storage {
  const { dtype, on, around } = p;
  const [n, , h, w] = p.x;
  const most = nearlyLargest[dtype] ?? Number.MAX_VALUE;
  // The padding is less than every element, and every element can be compared.
  const finite = execute(clip(dtype), on, "nhwc", x, scalar(on, dtype, -most), scalar(on, dtype, most));
  const infinity = scalar(on, dtype, Infinity);
  const ordered = execute(choose(dtype), on, "nhwc", execute(isNan(dtype), on, "nhwc", x), infinity, finite);
  const pads = around.some((places) => places > 0);
  const whole = pads ? surrounded(ordered, around, -Infinity, p) : ordered;
  const [top, bottom, left, right] = around;
  const padded: Shape = [n, p.x[1], top + h + bottom, left + w + right];
  const dilated = p.window.dilation.some((step) => step > 1);
  const places = dilated ? placesAmongParts(p, whole, padded) : placesByKernel(p, whole);
  if (!pads) return places;
  const width = scalar(on, "int64", padded[3]);
  const row = integers(floorDiv, on, places, width);
  const column = integers(floorMod, on, places, width);
  const inRow = integers(plus, on, integers(times, on, row, scalar(on, "int64", w)), column);
  return integers(minus, on, inRow, scalar(on, "int64", top * w + left));
}

/** By TensorFlow's kernel, which counts channels too. */
function placesByKernel({ window, dtype, on, x }: WinnersOf, whole: Storage): Storage {
  const attrs = [
    typeAttr("T", dtype),
    typeAttr("Targmax", "int64"),
    intsAttr("ksize", [1, ...window.size, 1]),
    intsAttr("strides", [1, ...window.stride, 1]),
    stringAttr("padding", "VALID"),
    boolAttr("include_batch_in_index", false),
  ];
  const [, places] = executeMany(
    kernel("MaxPoolWithArgmax", attrs, 1, { outputs: 2 }),
    on,
    [undefined, "nhwc"],
    [whole],
  );
  return integers(floorDiv, on, places as Storage, scalar(on, "int64", x[1]));
}

/** The windows' first elements, their second ones, …: the largest among these. No kernel knows dilation. */
function placesAmongParts({ window, out, dtype, on }: WinnersOf, whole: Storage, padded: Shape): Storage {
  const { size, stride, dilation } = window;
  const [n, c, , width] = padded;
  const [, , rows, columns] = out;
  const offsets = Array.from({ length: size[0] * size[1] }, (_, k): readonly [number, number] => [
    Math.floor(k / size[1]) * dilation[0],
    (k % size[1]) * dilation[1],
  ]);
  const parts = offsets.map(([row, column]) => {
    const begin = intVector(on, [0, row, column, 0]);
    const end = intVector(on, [n, row + (rows - 1) * stride[0] + 1, column + (columns - 1) * stride[1] + 1, c]);
    return execute(stridedSlice(dtype), on, "nhwc", whole, begin, end, intVector(on, [1, ...stride, 1]));
  });
  const pack = kernel("Pack", [typeAttr("T", dtype), intAttr("N", parts.length), intAttr("axis", 0)], 0, {
    listInput: 0,
  });
  const which = execute(argMax(dtype), on, "nhwc", execute(pack, on, "strided", ...parts), intScalar(on, 0));
  const steps = int64(
    on,
    [offsets.length],
    offsets.map(([row, column]) => row * width + column),
  );
  const within = execute(gatherAlong("int64"), on, "nhwc", steps, which, intScalar(on, 0));
  const starts = Array.from(
    { length: rows * columns },
    (_, i) => Math.floor(i / columns) * stride[0] * width + (i % columns) * stride[1],
  );
  return integers(plus, on, within, int64(on, [1, rows, columns, 1], starts));
}

const int64 = (on: Device, shape: Shape, values: readonly number[]): Storage =>
  upload("int64", shape, on, BigInt64Array.from(values, BigInt));

/** Places in planes of [N, C, H, W] as places in its NHWC bytes. */
function flatPlaces(shape: Shape, places: Storage, on: Device): Storage {
  const [n, c, h, w] = shape;
  const scaled = integers(times, on, places, scalar(on, "int64", c));
  const starts = Array.from({ length: n * c }, (_, i) => Math.floor(i / c) * h * w * c + (i % c));
  return integers(plus, on, scaled, int64(on, [n, 1, 1, c], starts));
}

/** The elements of x [N, C, H, W] at places in its planes. */
export function elementsAt(x: Storage, shape: Shape, places: Storage, dtype: DType, on: Device): Storage {
  const flat = reshaped(x, [sizeOf(shape)], dtype, on);
  return execute(gatherAlong(dtype), on, "nhwc", flat, flatPlaces(shape, places, on), intScalar(on, 0));
}

/** Zeros of [N, C, H, W] with g added at places in its planes: the transpose of `elementsAt`. */
export function addedAt(g: Storage, shape: Shape, places: Storage, dtype: DType, on: Device): Storage {
  const [n, c, h, w] = shape;
  const flat = execute(scatter(dtype), on, "strided", g, flatPlaces(shape, places, on), intScalar(on, sizeOf(shape)));
  const out = reshaped(flat, [n, h, w, c], dtype, on);
  out.layout = "nhwc";
  return out;
}
