// Convolutions and their gradients. The three operations (convolve, gradient of the input, gradient of the weight) are each
// other's gradients, so every order of derivative is there. Logically NCHW and OIHW; how they run is backend/convolution.ts's.
import {
  type Convolution,
  type Window,
  convolve,
  filterAndBiasGradient,
  filterGradient,
  filterOf,
  fusesBiasGradient,
  inputGradient,
  weightOf,
  windowOf,
} from "../backend/convolution.js";
import { isFloating } from "../dtype.js";
import { ArgumentError, DTypeError, ShapeError, shapeText, expectOptions } from "../errors.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import type { Shape } from "../shape.js";
import { isGradEnabled } from "../state.js";
import { Storage } from "../storage.js";
import { Tensor } from "../tensor.js";
import { convSamples } from "./convSamples.js";
import { type Pair, type Single, asHeightOne, batched, nhwcOf, pair, single, spatialOf } from "./spatial.js";

export interface Conv2dOptions {
  /** Default 1. */
  readonly stride?: Pair;
  /** Zeros on each side, or "same" (only with stride 1), or "valid". Default 0. */
  readonly padding?: Pair | "same" | "valid";
  /** Steps between the kernel's elements. Default 1. */
  readonly dilation?: Pair;
  /** Input and output channels in so many separate parts. Default 1. */
  readonly groups?: number;
}

export interface Conv1dOptions {
  readonly stride?: Single;
  readonly padding?: Single | "same" | "valid";
  readonly dilation?: Single;
  readonly groups?: number;
}

type Two = readonly [number, number];

export function groupsOf(op: string, groups: number): number {
  if (!Number.isInteger(groups) || groups < 1) {
    throw new ArgumentError(`${op}: expected groups as an integer >= 1, got ${groups}`);
  }
  return groups;
}

function windowFor(op: string, weight: Shape, options: Conv2dOptions): Window {
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const s = pair(op, "stride", stride, 1);
  const d = pair(op, "dilation", dilation, 1);
  const around = paddingOf(op, padding, s, d, weight);
  return windowOf({ stride: s, dilation: d, padding: around, groups: groupsOf(op, groups) });
}

function paddingOf(
  op: string,
  padding: Pair | "same" | "valid",
  stride: Two,
  dilation: Two,
  weight: Shape,
): Window["padding"] {
  if (padding === "valid") return [0, 0, 0, 0];
  if (padding === "same") {
    if (stride[0] !== 1 || stride[1] !== 1)
      throw new ArgumentError(`${op}: padding "same" goes with stride 1 only, got ${JSON.stringify(stride)}`);
    const total = [0, 1].map((i) => dilation[i] * (weight[2 + i] - 1));
    const before = total.map((n) => Math.floor(n / 2));
    return [before[0], total[0] - before[0], before[1], total[1] - before[1]];
  }
  const [h, w] = pair(op, "padding", padding, 0);
  return [h, h, w, w];
}

export function checkDTypes(op: string, inputs: readonly Tensor[]): void {
  const [x] = inputs;
  if (isFloating(x.dtype) && inputs.every((other) => other.dtype === x.dtype)) return;
  throw new DTypeError(
    `${op}: expected input, weight and bias of one floating dtype, got ${inputs.map((v) => v.dtype).join(", ")}`,
  );
}

export function checkWeight(
  op: string,
  weight: Tensor,
  bias: Tensor | undefined,
  outChannels: number,
  groups: number,
): void {
  if (weight.shape[0] % groups !== 0) {
    throw new ShapeError(
      `${op}: expected a weight whose first size divides into ${groups} groups, got ${shown(op, weight.shape)}`,
    );
  }
  if (bias && (bias.ndim !== 1 || bias.shape[0] !== outChannels)) {
    throw new ShapeError(`${op}: expected bias of [${outChannels}], got ${shapeText(bias.shape)}`);
  }
}

/** What the backend wants to know of a call. */
export const convolutionOf = (
  x: Shape,
  weight: Shape,
  out: Shape,
  window: Window,
  { dtype, device }: Tensor,
): Convolution => ({
  x,
  weight,
  out,
  window,
  dtype,
  on: device,
});

/** A 1-d operation runs as a 2-d one of height 1; its messages show what the user gave. */
export const shown = (op: string, shape: Shape): string =>
  shapeText(op.endsWith("1d") ? shape.filter((_, i) => i !== 2) : shape);

const inferConvolution =
  (op: string): OpSpec<Window>["infer"] =>
  ([x, weight, bias], { stride, dilation, padding, groups }) => {
    checkDTypes(op, bias ? [x, weight, bias] : [x, weight]);
    const [n, c] = x.shape;
    const [outChannels, inChannels] = weight.shape;
    if (c !== inChannels * groups) {
      const parts = groups > 1 ? ` and ${groups} groups` : "";
      throw new ShapeError(
        `${op}: expected input with ${inChannels * groups} channels for weight ${shown(op, weight.shape)}${parts}, got ${c} (${shown(op, x.shape)})`,
      );
    }
    checkWeight(op, weight, bias, outChannels, groups);
    const spatial = [0, 1].map((i) => {
      const padded = x.shape[2 + i] + padding[2 * i] + padding[2 * i + 1];
      return Math.floor((padded - dilation[i] * (weight.shape[2 + i] - 1) - 1) / stride[i]) + 1;
    });
    if (spatial.some((size) => size < 1)) {
      throw new ShapeError(
        `${op}: the kernel of weight ${shown(op, weight.shape)} is larger than the padded input ${shown(op, x.shape)}`,
      );
    }
    return { shape: [n, outChannels, ...spatial], dtype: x.dtype };
  };

export const conv2dSpec: OpSpec<Window> = {
  name: "conv2d",
  torch: "F.conv2d(a, b, c)",
  infer: inferConvolution("conv2d"),
  forward([x, weight, bias], window, out) {
    const c = convolutionOf(x.shape, weight.shape, out.shape, window, x);
    return convolve(c, nhwcOf(x), filterOf(weight, c), bias?.strided());
  },
  vjp(g, { in: [x, weight, bias], options: window, needs }) {
    const gx = needs[0] ? conv2dInputGrad(g, weight, window, spatialOf(x.shape)) : undefined;
    if (bias && needs[1] && needs[2] && !isGradEnabled()) {
      const both = weightAndBiasGradient(g, x, weight.shape, window);
      if (both) return [gx, ...both];
    }
    return [
      gx,
      needs[1] ? conv2dWeightGrad(g, x, window, spatialOf(weight.shape)) : undefined,
      bias && needs[2] ? g.sum([0, 2, 3]) : undefined,
    ];
  },
  saves: "in",
  samples: convSamples.conv2d,
};

/** Both gradients by one kernel, where that is faster; not recorded. */
function weightAndBiasGradient(g: Tensor, x: Tensor, weight: Shape, window: Window): readonly Tensor[] | undefined {
  if (g.device.type === "meta") return undefined;
  const c = convolutionOf(x.shape, weight, g.shape, window, g);
  if (!fusesBiasGradient(c)) return undefined;
  const bias = new Storage("strided");
  const filter = filterAndBiasGradient(c, nhwcOf(x), nhwcOf(g), bias);
  return [new Tensor(weightOf(filter, c), weight, g.dtype, g.device), new Tensor(bias, [weight[0]], g.dtype, g.device)];
}

export interface Target {
  readonly window: Window;
  /** Spatial shape of the result. */
  readonly spatial: Two;
}

/** d(conv2d)/dx, of (g, weight). Linear in both: its gradients are the convolution and the other gradient. */
const inputGradSpec: OpSpec<Target> = {
  name: "conv2dInputGrad",
  torch: "",
  infer: ([g, weight], { window, spatial }) => ({
    shape: [g.shape[0], weight.shape[1] * window.groups, ...spatial],
    dtype: g.dtype,
  }),
  forward([g, weight], { window }, out) {
    const c = convolutionOf(out.shape, weight.shape, g.shape, window, g);
    return inputGradient(c, filterOf(weight, c), nhwcOf(g));
  },
  vjp: (gg, { in: [g, weight], options: { window }, needs }) => [
    needs[0] ? apply(conv2dSpec, [gg, weight], window) : undefined,
    needs[1] ? conv2dWeightGrad(g, gg, window, spatialOf(weight.shape)) : undefined,
  ],
  saves: "in",
  samples: [],
};

/** d(conv2d)/dweight, of (g, x). */
const weightGradSpec: OpSpec<Target> = {
  name: "conv2dWeightGrad",
  torch: "",
  infer: ([g, x], { window, spatial }) => ({
    shape: [g.shape[1], x.shape[1] / window.groups, ...spatial],
    dtype: g.dtype,
  }),
  forward([g, x], { window }, out) {
    const c = convolutionOf(x.shape, out.shape, g.shape, window, g);
    return weightOf(filterGradient(c, nhwcOf(x), nhwcOf(g)), c);
  },
  vjp: (gw, { in: [g, x], options: { window }, needs }) => [
    needs[0] ? apply(conv2dSpec, [x, gw], window) : undefined,
    needs[1] ? conv2dInputGrad(g, gw, window, spatialOf(x.shape)) : undefined,
  ],
  saves: "in",
  samples: [],
};

const conv2dInputGrad = (g: Tensor, weight: Tensor, window: Window, spatial: Two): Tensor =>
  apply(inputGradSpec, [g, weight], { window, spatial });
export const conv2dWeightGrad = (g: Tensor, x: Tensor, window: Window, spatial: Two): Tensor =>
  apply(weightGradSpec, [g, x], { window, spatial });

export function expectRanks(op: string, x: Tensor, weight: Tensor, bias: Tensor | undefined, rank: 3 | 4): void {
  const [images, kernel] = rank === 4 ? ["C, H, W", "height, width"] : ["C, L", "length"];
  expectTensor(op, "input", x);
  expectTensor(op, "weight", weight);
  if (bias !== undefined) expectTensor(op, "bias", bias);
  if (x.ndim !== rank && x.ndim !== rank - 1) {
    throw new ShapeError(
      `${op}: expected input of ${rank} dimensions [N, ${images}], or ${rank - 1} [${images}], got ${x.ndim} (${shapeText(x.shape)})`,
    );
  }
  if (weight.ndim !== rank) {
    throw new ShapeError(
      `${op}: expected weight of ${rank} dimensions [channels, channels, ${kernel}], got ${shapeText(weight.shape)}`,
    );
  }
}

export const withBias = (x: Tensor, weight: Tensor, bias: Tensor | undefined): readonly Tensor[] =>
  bias ? [x, weight, bias] : [x, weight];

type Conv2d = ((x: Tensor, weight: Tensor, bias?: Tensor, options?: Conv2dOptions) => Tensor) & Declared;
type Conv1d = ((x: Tensor, weight: Tensor, bias?: Tensor, options?: Conv1dOptions) => Tensor) & Declared;

/**
 * 2-d cross-correlation (torch.nn.functional.conv2d).
 * @param x [N, in, H, W] or [in, H, W]
 * @param weight [out, in / groups, kernel height, kernel width]
 * @param bias [out]
 * @throws ShapeError, DTypeError naming the shapes and dtypes that do not fit.
 */
export const conv2d: Conv2d = declare(
  conv2dSpec,
  (x: Tensor, weight: Tensor, bias?: Tensor, options: Conv2dOptions = {}) => {
    expectOptions("conv2d", options, "{ stride: 2 }");
    expectRanks("conv2d", x, weight, bias, 4);
    const window = windowFor("conv2d", weight.shape, options);
    return batched(x, 3, (images) => apply(conv2dSpec, withBias(images, weight, bias), window));
  },
);

const conv1dSpec: OpSpec<Window> = {
  ...conv2dSpec,
  name: "conv1d",
  torch: "F.conv1d(a, b, c)",
  infer: inferConvolution("conv1d"),
  samples: convSamples.conv1d,
};

/** 1-d options as 2-d ones of height 1. */
function ofHeightOne(op: string, { stride = 1, padding = 0, dilation = 1, groups = 1 }: Conv1dOptions): Conv2dOptions {
  return {
    stride: [1, single(op, "stride", stride, 1)],
    padding: typeof padding === "string" ? padding : [0, single(op, "padding", padding, 0)],
    dilation: [1, single(op, "dilation", dilation, 1)],
    groups,
  };
}

/**
 * 1-d cross-correlation (torch.nn.functional.conv1d).
 * @param x [N, in, L] or [in, L]
 * @param weight [out, in / groups, kernel length]
 * @param bias [out]
 */
export const conv1d: Conv1d = declare(
  conv1dSpec,
  (x: Tensor, weight: Tensor, bias?: Tensor, options: Conv1dOptions = {}) => {
    expectOptions("conv1d", options, "{ stride: 2 }");
    expectRanks("conv1d", x, weight, bias, 3);
    const kernel = weight.unsqueeze(2);
    const window = windowFor("conv1d", kernel.shape, ofHeightOne("conv1d", options));
    return asHeightOne(x, 2, (images) => apply(conv1dSpec, withBias(images, kernel, bias), window));
  },
);
