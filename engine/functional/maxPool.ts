// Max pooling. Finite inputs go to the kernels that are made for it; NaN, infinities, dilation and the wish for the winners'
// places go by these places. Both are differentiable as often as one likes.
import { expectOptions } from "../errors.js";
import {
  type Around,
  type Pool,
  type PoolWindow,
  inner,
  isFinite,
  maxPool,
  maxPoolGradient,
  maxPoolPick,
  notesWinners,
  surrounded,
} from "../backend/pooling.js";
import { type WinnersOf, addedAt, elementsAt, winners } from "../backend/poolWinners.js";
import type { DType } from "../dtype.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import type { Shape } from "../shape.js";
import { Storage } from "../storage.js";
import { Tensor } from "../tensor.js";
import { poolSamples } from "./poolSamples.js";
import { type PoolOptions, type Pooling, poolingOf, windowsOver } from "./poolWindow.js";
import { type Pair, type Single, asHeightOne, expectImages, expectSequences, nhwcOf, single } from "./spatial.js";

export interface MaxPool2dOptions extends PoolOptions {
  /** Steps between the window's elements. Default 1. */
  readonly dilation?: Pair;
}

export interface WithIndices {
  /** Also give where the values came from: row * width + column in the plane, int64. */
  readonly returnIndices: true;
}

const poolOf = (x: Tensor, out: Shape, window: PoolWindow): Pool => ({
  x: x.shape,
  out,
  window,
  dtype: x.dtype,
  on: x.device,
});

// ---- finite inputs

/** Of (x, kept): what the forward kernel leaves for its gradient goes into `kept`, so that the tape keeps and frees it. */
const maxPool2dSpec: OpSpec<PoolWindow> = {
  name: "maxPool2d",
  torch: "F.max_pool2d(a, 2)",
  infer: ([x], window) => ({ shape: [x.shape[0], x.shape[1], ...windowsOver(x.shape, window)], dtype: x.dtype }),
  forward: ([x, kept], window, out) => maxPool(poolOf(x, out.shape, window), nhwcOf(x), kept.storage),
  vjp: (g, { in: [x, kept], options }) => [apply(maxPoolGradSpec, [g, x, kept], options), undefined],
  saves: "in",
  samples: poolSamples.maxPool2d,
};

/** d(max pool)/dx: the gradient goes to the first largest value of each window. Linear in g. */
const maxPoolGradSpec: OpSpec<PoolWindow> = {
  name: "maxPool2dGrad",
  torch: "",
  infer: ([, x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward: ([g, x, kept], window) => maxPoolGradient(poolOf(x, g.shape, window), nhwcOf(x), kept.storage, nhwcOf(g)),
  vjp: (gg, { in: [, x, kept], options }) => [apply(maxPoolPickSpec, [gg, x, kept], options), undefined, undefined],
  saves: "in",
  samples: [],
};

/** Picks from gg the values at the places that won. */
const maxPoolPickSpec: OpSpec<PoolWindow> = {
  name: "maxPool2dPick",
  torch: "",
  infer: ([gg, x, kept]) => ({ shape: [x.shape[0], x.shape[1], kept.shape[2], kept.shape[3]], dtype: gg.dtype }),
  forward: ([gg, x, kept], window, out) =>
    maxPoolPick(poolOf(x, out.shape, window), nhwcOf(x), kept.storage, nhwcOf(gg)),
  vjp: (ggg, { in: [, x, kept], options }) => [apply(maxPoolGradSpec, [ggg, x, kept], options), undefined, undefined],
  saves: "in",
  samples: [],
};

interface Surround {
  readonly around: Around;
  readonly value: number;
}

/** Surrounds the last two dims with one value. */
export const surroundSpec: OpSpec<Surround> = {
  name: "surround",
  torch: "",
  infer: ([x], { around: [top, bottom, left, right] }) => ({
    shape: [x.shape[0], x.shape[1], top + x.shape[2] + bottom, left + x.shape[3] + right],
    dtype: x.dtype,
  }),
  forward: ([x], { around, value }, _out, on) => surrounded(nhwcOf(x), around, value, { dtype: x.dtype, on }),
  vjp: (g, { options: { around }, inShapes: [shape] }) => [apply(innerSpec, [g], { around, shape })],
  saves: "nothing",
  samples: [],
};

const innerSpec: OpSpec<{ readonly around: Around; readonly shape: Shape }> = {
  name: "inner",
  torch: "",
  infer: ([x], { shape }) => ({ shape, dtype: x.dtype }),
  forward: ([x], { around, shape }, _out, on) => inner(nhwcOf(x), around, shape, { dtype: x.dtype, on }),
  vjp: (g, { options: { around } }) => [apply(surroundSpec, [g], { around, value: 0 })],
  saves: "nothing",
  samples: [],
};

function largestOfFinite(x: Tensor, { window, around, out }: Pooling): Tensor {
  const padded = around.some((n) => n > 0) ? apply(surroundSpec, [x], { around, value: -Infinity }) : x;
  const shape = [x.shape[0], x.shape[1], ...out];
  const dtype: DType = x.device.type !== "meta" && notesWinners(poolOf(padded, shape, window)) ? "uint8" : x.dtype;
  const kept = new Tensor(new Storage("nhwc"), shape, dtype, x.device);
  return apply(maxPool2dSpec, [padded, kept], window);
}

// ---- any inputs

const placesOf = (x: Tensor, out: Shape, { window, around }: Pooling): WinnersOf => ({
  ...poolOf(x, out, window),
  around,
});

const winnersSpec: OpSpec<Pooling> = {
  name: "maxPool2dIndices",
  torch: "",
  infer: ([x], { out }) => ({ shape: [x.shape[0], x.shape[1], ...out], dtype: "int64" }),
  forward: ([x], pooling, out) => winners(placesOf(x, out.shape, pooling), nhwcOf(x)),
  vjp: "none",
  saves: "nothing",
  samples: [],
};

/** Of (x, indices): the elements of x's planes at these places. */
const elementsAtSpec: OpSpec<undefined> = {
  name: "maxPool2d",
  torch: "",
  infer: ([x, indices]) => ({ shape: indices.shape, dtype: x.dtype }),
  forward: ([x, indices], _, _out, on) => elementsAt(nhwcOf(x), x.shape, nhwcOf(indices), x.dtype, on),
  vjp: (g, { in: [x, indices] }) => [apply(addedAtSpec, [g, indices], x.shape), undefined],
  saves: "in",
  samples: [],
};

const addedAtSpec: OpSpec<Shape> = {
  name: "maxPool2dGrad",
  torch: "",
  infer: ([g], shape) => ({ shape, dtype: g.dtype }),
  forward: ([g, indices], shape, _out, on) => addedAt(nhwcOf(g), shape, nhwcOf(indices), g.dtype, on),
  vjp: (gg, { in: [, indices] }) => [apply(elementsAtSpec, [gg, indices], undefined), undefined],
  saves: "in",
  samples: [],
};

function largestWithPlaces(x: Tensor, pooling: Pooling): readonly [Tensor, Tensor] {
  const indices = apply(winnersSpec, [x], pooling);
  return [apply(elementsAtSpec, [x, indices], undefined), indices];
}

/** Whether the fast kernels, which pass over NaN and take -∞ for their lowest number, tell the truth. */
function suits(x: Tensor, pooling: Pooling): boolean {
  if (pooling.window.dilation.some((step) => step > 1)) return false;
  // On a device that runs ahead, reading the answer would make it wait: there the kernel's own NaN stands.
  if (x.device.type !== "cpu") return true;
  return isFinite(poolOf(x, x.shape, pooling.window), x.storage);
}

interface MaxPool2d extends Declared {
  (x: Tensor, kernelSize: Pair, options: MaxPool2dOptions & WithIndices): readonly [Tensor, Tensor];
  (x: Tensor, kernelSize: Pair, options?: MaxPool2dOptions): Tensor;
}

function maxPool2dOf(
  x: Tensor,
  kernelSize: Pair,
  options: MaxPool2dOptions & { readonly returnIndices?: boolean } = {},
): Tensor | readonly [Tensor, Tensor] {
  expectOptions("maxPool2d", options, "{ stride: 2 }");
  expectTensor("maxPool2d", "input", x);
  expectImages("maxPool2d", x);
  const images = x.ndim === 4 ? x : x.unsqueeze(0);
  const pooling = poolingOf("maxPool2d", images.shape, kernelSize, options);
  if (options.returnIndices) {
    const [values, indices] = largestWithPlaces(images, pooling);
    return x.ndim === 4 ? [values, indices] : [values.squeeze(0), indices.squeeze(0)];
  }
  const out = suits(images, pooling) ? largestOfFinite(images, pooling) : largestWithPlaces(images, pooling)[0];
  return x.ndim === 4 ? out : out.squeeze(0);
}

/**
 * Largest value of each window (torch.nn.functional.max_pool2d). NaN is larger than all. The gradient goes to the first of
 * equal values; among several NaN of one window to the first, where PyTorch takes the last.
 * @param x [N, C, H, W] or [C, H, W]
 * @returns [N, C, …] or [C, …]; with `returnIndices` also the places of the values in their planes.
 */
export const maxPool2d = declare(maxPool2dSpec, maxPool2dOf) as MaxPool2d;

export interface MaxPool1dOptions {
  /** Default: the kernel's size. */
  readonly stride?: Single;
  readonly padding?: Single;
  readonly dilation?: Single;
  readonly ceilMode?: boolean;
}

type MaxPool1d = ((x: Tensor, kernelSize: Single, options?: MaxPool1dOptions) => Tensor) & Declared;

/**
 * Largest value of each window of a sequence (torch.nn.functional.max_pool1d).
 * @param x [N, C, L] or [C, L]
 */
export const maxPool1d: MaxPool1d = declare(
  { name: "maxPool1d", torch: "F.max_pool1d(a, 2)", vjp: maxPool2dSpec.vjp, samples: poolSamples.maxPool1d },
  (x: Tensor, kernelSize: Single, options: MaxPool1dOptions = {}) => {
    expectOptions("maxPool1d", options, "{ stride: 2 }");
    expectTensor("maxPool1d", "input", x);
    expectSequences("maxPool1d", x);
    const size = single("maxPool1d", "kernelSize", kernelSize, 1);
    const flat: MaxPool2dOptions = {
      stride: [1, single("maxPool1d", "stride", options.stride ?? size, 1)],
      padding: [0, single("maxPool1d", "padding", options.padding ?? 0, 0)],
      dilation: [1, single("maxPool1d", "dilation", options.dilation ?? 1, 1)],
      ceilMode: options.ceilMode,
    };
    return asHeightOne(x, 2, (images) => maxPool2d(images, [1, size], flat));
  },
);
