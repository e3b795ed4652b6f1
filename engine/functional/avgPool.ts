// Average pooling: the kernel's average over whole windows, corrected where a window reaches over the edge.
import { type Pool, type PoolWindow, averagePool, averagePoolGradient } from "../backend/pooling.js";
import { fromTypedArray } from "../create.js";
import { ArgumentError, expectOptions } from "../errors.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { surroundSpec } from "./maxPool.js";
import { poolSamples } from "./poolSamples.js";
import { type PoolOptions, type Pooling, poolingOf, windowsOver } from "./poolWindow.js";
import {
  type Pair,
  type Single,
  asHeightOne,
  batched,
  expectImages,
  expectSequences,
  nhwcOf,
  single,
} from "./spatial.js";

export interface AvgPool2dOptions extends PoolOptions {
  /** Whether the zeros of the padding count as elements. Default true. */
  readonly countIncludePad?: boolean;
  /** Divide by this instead of the number of elements. */
  readonly divisorOverride?: number;
}

export interface AvgPool1dOptions {
  /** Default: the kernel's size. */
  readonly stride?: Single;
  readonly padding?: Single;
  readonly ceilMode?: boolean;
  readonly countIncludePad?: boolean;
}

const poolOf = (x: Shape, out: Shape, window: PoolWindow, { dtype, device }: Tensor): Pool => ({
  x,
  out,
  window,
  dtype,
  on: device,
});

/** Averages of whole windows. Linear, so its gradient and the gradient of that are each other's. */
const avgPool2dSpec: OpSpec<PoolWindow> = {
  name: "avgPool2d",
  torch: "F.avg_pool2d(a, 2)",
  infer: ([x], window) => ({ shape: [x.shape[0], x.shape[1], ...windowsOver(x.shape, window)], dtype: x.dtype }),
  forward: ([x], window, out) => averagePool(poolOf(x.shape, out.shape, window, x), nhwcOf(x)),
  vjp: (g, { inShapes: [shape], options: window }) => [apply(avgPoolGradSpec, [g], { window, shape })],
  saves: "nothing",
  samples: poolSamples.avgPool2d,
};

const avgPoolGradSpec: OpSpec<{ readonly window: PoolWindow; readonly shape: Shape }> = {
  name: "avgPool2dGrad",
  torch: "",
  infer: ([g], { shape }) => ({ shape, dtype: g.dtype }),
  forward: ([g], { window, shape }) => averagePoolGradient(poolOf(shape, g.shape, window, g), nhwcOf(g)),
  vjp: (gg, { options: { window } }) => [apply(avgPool2dSpec, [gg], window)],
  saves: "nothing",
  samples: [],
};

/** What a window's average over `size` places is multiplied by, for its own divisor; undefined where that is 1 everywhere. */
function corrections(
  shape: Shape,
  { window: { size, stride }, padding, out }: Pooling,
  countIncludePad: boolean,
  divisorOverride: number | undefined,
): readonly number[] | undefined {
  const whole = size[0] * size[1];
  if (divisorOverride !== undefined) {
    return divisorOverride === whole ? undefined : Array<number>(out[0] * out[1]).fill(whole / divisorOverride);
  }
  // How many places of each window count: those inside, and with countIncludePad those in the padding, but never those
  // that ceilMode let reach beyond it.
  const counted = [0, 1].map((i) =>
    Array.from({ length: out[i] }, (_, window) => {
      const start = window * stride[i] - padding[i];
      const end = Math.min(start + size[i], shape[2 + i] + padding[i]);
      return countIncludePad ? end - start : Math.min(end, shape[2 + i]) - Math.max(start, 0);
    }),
  );
  const factors = counted[0].flatMap((rows) => counted[1].map((columns) => whole / (rows * columns)));
  return factors.every((factor) => factor === 1) ? undefined : factors;
}

function averages(op: string, x: Tensor, kernelSize: Pair, options: AvgPool2dOptions): Tensor {
  const { countIncludePad = true, divisorOverride } = options;
  if (divisorOverride !== undefined && (!Number.isInteger(divisorOverride) || divisorOverride === 0)) {
    throw new ArgumentError(`${op}: expected divisorOverride as an integer other than 0, got ${divisorOverride}`);
  }
  const pooling = poolingOf(op, x.shape, kernelSize, options);
  const { window, around, out } = pooling;
  const padded = around.some((n) => n > 0) ? apply(surroundSpec, [x], { around, value: 0 }) : x;
  const average = apply(avgPool2dSpec, [padded], window);
  const factors = corrections(x.shape, pooling, countIncludePad, divisorOverride);
  if (!factors) return average;
  const factor = fromTypedArray(Float64Array.from(factors), [...out], { device: x.device });
  return average.mul(factor.to(x.dtype));
}

type AvgPool2d = ((x: Tensor, kernelSize: Pair, options?: AvgPool2dOptions) => Tensor) & Declared;
type AvgPool1d = ((x: Tensor, kernelSize: Single, options?: AvgPool1dOptions) => Tensor) & Declared;

/**
 * Average of each window (torch.nn.functional.avg_pool2d).
 * @param x [N, C, H, W] or [C, H, W]
 */
export const avgPool2d: AvgPool2d = declare(
  avgPool2dSpec,
  (x: Tensor, kernelSize: Pair, options: AvgPool2dOptions = {}) => {
    expectOptions("avgPool2d", options, "{ stride: 2 }");
    expectTensor("avgPool2d", "input", x);
    expectImages("avgPool2d", x);
    return batched(x, 3, (images) => averages("avgPool2d", images, kernelSize, options));
  },
);

/**
 * Average of each window of a sequence (torch.nn.functional.avg_pool1d).
 * @param x [N, C, L] or [C, L]
 */
export const avgPool1d: AvgPool1d = declare(
  { name: "avgPool1d", torch: "F.avg_pool1d(a, 2)", vjp: avgPool2dSpec.vjp, samples: poolSamples.avgPool1d },
  (x: Tensor, kernelSize: Single, options: AvgPool1dOptions = {}) => {
    expectOptions("avgPool1d", options, "{ stride: 2 }");
    expectTensor("avgPool1d", "input", x);
    expectSequences("avgPool1d", x);
    const size = single("avgPool1d", "kernelSize", kernelSize, 1);
    const flat: AvgPool2dOptions = {
      stride: [1, single("avgPool1d", "stride", options.stride ?? size, 1)],
      padding: [0, single("avgPool1d", "padding", options.padding ?? 0, 0)],
      ceilMode: options.ceilMode,
      countIncludePad: options.countIncludePad,
    };
    return asHeightOne(x, 2, (images) => averages("avgPool1d", images, [1, size], flat));
  },
);
