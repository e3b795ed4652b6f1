// 2-d convolution and its two gradients, each differentiable again. Physically NHWC and HWIO, as TensorFlow's CPU
// kernels want them; logically NCHW and OIHW, as PyTorch users write them.
import { execute, intsAttr, kernel, stringAttr, typeAttr, boolAttr } from "../backend/native.js";
import { intVector } from "../backend/constants.js";
import { biasAdd } from "../backend/kernels.js";
import { transposed } from "../backend/layout.js";
import type { Device } from "../device.js";
import { isFloating } from "../dtype.js";
import { ArgumentError, DTypeError, ShapeError, shapeText } from "../errors.js";
import type { KernelAttr } from "../native/binding.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { surround } from "../ops/slice.js";
import type { Shape } from "../shape.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { type Pair, nhwcOf, pair } from "./spatial.js";

export interface Conv2dOptions {
  /** Default 1. */
  readonly stride?: Pair;
  /** Zeros on each side, or "same" (only with stride 1), or "valid". Default 0. */
  readonly padding?: Pair | "same" | "valid";
  /** Default 1. */
  readonly dilation?: Pair;
}

/** The options resolved, in [height, width] order. `padding` is [top, bottom, left, right]. */
interface Window {
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
  /** Spatial shape that the gradients need: of x for conv2dInputGrad, of the kernel for conv2dWeightGrad. */
  readonly target?: readonly [number, number];
}

function windowOf(weight: Shape, { stride = 1, padding = 0, dilation = 1 }: Conv2dOptions): Window {
  const s = pair("conv2d", "stride", stride, 1);
  const d = pair("conv2d", "dilation", dilation, 1);
  if (padding === "valid") return { stride: s, dilation: d, padding: [0, 0, 0, 0] };
  if (padding === "same") {
    if (s[0] !== 1 || s[1] !== 1)
      throw new ArgumentError(`conv2d: padding "same" goes with stride 1 only, got ${JSON.stringify(stride)}`);
    const total = [0, 1].map((i) => d[i] * (weight[2 + i] - 1));
    const before = total.map((n) => Math.floor(n / 2));
    return { stride: s, dilation: d, padding: [before[0], total[0] - before[0], before[1], total[1] - before[1]] };
  }
  const [h, w] = pair("conv2d", "padding", padding, 0);
  return { stride: s, dilation: d, padding: [h, h, w, w] };
}

function attrsOf({ stride, dilation, padding }: Window, dtype: Tensor["dtype"]): readonly KernelAttr[] {
  const explicit = padding.some((n) => n > 0);
  return [
    typeAttr("T", dtype),
    intsAttr("strides", [1, ...stride, 1]),
    boolAttr("use_cudnn_on_gpu", true),
    stringAttr("padding", explicit ? "EXPLICIT" : "VALID"),
    intsAttr("explicit_paddings", explicit ? [0, 0, ...padding, 0, 0] : []),
    stringAttr("data_format", "NHWC"),
    intsAttr("dilations", [1, ...dilation, 1]),
  ];
}

const hwio = (weight: Tensor, on: Device): Storage => transposed(weight.strided(), [2, 3, 1, 0], weight.dtype, on);

const conv2dSpec: OpSpec<Window> = {
  name: "conv2d",
  torch: "F.conv2d(a, b, c)",
  infer([x, weight, bias], { stride, dilation, padding }) {
    if (x.ndim !== 4)
      throw new ShapeError(
        `conv2d: expected input of 4 dimensions [N, C, H, W], got ${x.ndim} (${shapeText(x.shape)})`,
      );
    if (weight.ndim !== 4)
      throw new ShapeError(`conv2d: expected weight of 4 dimensions [out, in, H, W], got ${shapeText(weight.shape)}`);
    if (!isFloating(x.dtype) || weight.dtype !== x.dtype || (bias && bias.dtype !== x.dtype)) {
      throw new DTypeError(
        `conv2d: expected input, weight and bias of one floating dtype, got ${[x, weight, bias].map((v) => v?.dtype ?? "none").join(", ")}`,
      );
    }
    const [n, c] = x.shape;
    const [outChannels, inChannels] = weight.shape;
    if (c !== inChannels) {
      throw new ShapeError(
        `conv2d: expected input with ${inChannels} channels for weight ${shapeText(weight.shape)}, got ${c} (${shapeText(x.shape)})`,
      );
    }
    if (bias && (bias.ndim !== 1 || bias.shape[0] !== outChannels)) {
      throw new ShapeError(`conv2d: expected bias of [${outChannels}], got ${shapeText(bias.shape)}`);
    }
    const spatial = [0, 1].map((i) => {
      const padded = x.shape[2 + i] + padding[2 * i] + padding[2 * i + 1];
      return Math.floor((padded - dilation[i] * (weight.shape[2 + i] - 1) - 1) / stride[i]) + 1;
    });
    if (spatial.some((size) => size < 1)) {
      throw new ShapeError(
        `conv2d: the kernel ${shapeText(weight.shape.slice(2))} is larger than the padded input ${shapeText(x.shape)}`,
      );
    }
    return { shape: [n, outChannels, ...spatial], dtype: x.dtype };
  },
  forward([x, weight, bias], window, _out, on) {
    const out = execute(kernel("Conv2D", attrsOf(window, x.dtype), 2), on, "nhwc", nhwcOf(x), hwio(weight, on));
    if (!bias) return out;
    return execute(biasAdd(x.dtype), on, "nhwc", out, bias.storage);
  },
  vjp: (g, { in: [x, weight, bias], options, needs }) => [
    needs[0] ? conv2dInputGrad(g, weight, { ...options, target: [x.shape[2], x.shape[3]] }) : undefined,
    needs[1] ? conv2dWeightGrad(g, x, { ...options, target: [weight.shape[2], weight.shape[3]] }) : undefined,
    bias && needs[2] ? g.sum([0, 2, 3]) : undefined,
  ],
  saves: "in",
  samples: [
    { in: [{ shape: [2, 3, 6, 5] }, { shape: [4, 3, 3, 2], seed: 1 }, { shape: [4], seed: 2 }] },
    {
      in: [{ shape: [2, 1, 5, 5] }, { shape: [2, 1, 3, 3], seed: 1 }, { shape: [2], seed: 2 }],
      args: [{ stride: 2, padding: 1 }],
      torch: "F.conv2d(a, b, c, stride=2, padding=1)",
    },
    {
      in: [{ shape: [1, 2, 7, 7] }, { shape: [3, 2, 3, 3], seed: 1 }, { shape: [3], seed: 2 }],
      args: [{ padding: [2, 1], dilation: 2 }],
      torch: "F.conv2d(a, b, c, padding=(2, 1), dilation=2)",
    },
    {
      in: [{ shape: [1, 2, 4, 4] }, { shape: [3, 2, 2, 2], seed: 1 }, { shape: [3], seed: 2 }],
      args: [{ padding: "same" }],
      torch: "F.conv2d(a, b, c, padding='same')",
    },
    { in: [{ shape: [0, 2, 4, 4] }, { shape: [3, 2, 2, 2], seed: 1 }, { shape: [3], seed: 2 }], gradcheck: false },
  ],
};

const inputGradSpec: OpSpec<Window> = {
  name: "conv2dInputGrad",
  torch: "",
  infer: ([g, weight], { target }) => ({
    shape: [g.shape[0], weight.shape[1], ...(target as readonly number[])],
    dtype: g.dtype,
  }),
  forward([g, weight], window, out, on) {
    const [n, c, h, w] = out.shape;
    const id = kernel("Conv2DBackpropInput", attrsOf(window, g.dtype), 3);
    return execute(id, on, "nhwc", intVector(on, [n, h, w, c]), hwio(weight, on), nhwcOf(g));
  },
  // Linear in both: the gradients are the convolution itself and the other gradient.
  vjp: (gg, { in: [g, weight], options, needs }) => [
    needs[0] ? apply(conv2dSpec, [gg, weight], options) : undefined,
    needs[1] ? conv2dWeightGrad(g, gg, { ...options, target: [weight.shape[2], weight.shape[3]] }) : undefined,
  ],
  saves: "in",
  samples: [],
};

const weightGradSpec: OpSpec<Window> = {
  name: "conv2dWeightGrad",
  torch: "",
  infer: ([g, x], { target }) => ({
    shape: [g.shape[1], x.shape[1], ...(target as readonly number[])],
    dtype: g.dtype,
  }),
  forward([g, x], window, out, on) {
    const [o, i, h, w] = out.shape;
    const id = kernel("Conv2DBackpropFilter", attrsOf(window, g.dtype), 3);
    const grad = execute(id, on, "strided", nhwcOf(x), intVector(on, [h, w, i, o]), nhwcOf(g));
    return transposed(grad, [3, 2, 0, 1], g.dtype, on);
  },
  vjp: (gw, { in: [g, x], options, needs }) => [
    needs[0] ? apply(conv2dSpec, [x, gw], options) : undefined,
    needs[1] ? conv2dInputGrad(g, gw, { ...options, target: [x.shape[2], x.shape[3]] }) : undefined,
  ],
  saves: "in",
  samples: [],
};

const conv2dInputGrad = (g: Tensor, weight: Tensor, window: Window): Tensor =>
  apply(inputGradSpec, [g, weight], window);
const conv2dWeightGrad = (g: Tensor, x: Tensor, window: Window): Tensor => apply(weightGradSpec, [g, x], window);

/** The kernel with zeros between its elements: TensorFlow's CPU gradients know no dilation, and this says the same. */
function spread(weight: Tensor, [dh, dw]: readonly [number, number]): Tensor {
  const [o, i, h, w] = weight.shape;
  const holes = surround(surround(weight.reshape(o, i, h, 1, w, 1), 3, 0, dh - 1), 5, 0, dw - 1);
  return holes
    .reshape(o, i, h * dh, w * dw)
    .narrow(2, 0, (h - 1) * dh + 1)
    .narrow(3, 0, (w - 1) * dw + 1);
}

type Conv2d = ((x: Tensor, weight: Tensor, bias?: Tensor, options?: Conv2dOptions) => Tensor) & Declared;

/**
 * 2-d cross-correlation (torch.nn.functional.conv2d).
 * @param x [N, in, H, W]
 * @param weight [out, in, kernel height, kernel width]
 * @param bias [out]
 * @throws ShapeError, DTypeError naming the shapes and dtypes that do not fit.
 */
export const conv2d: Conv2d = declare(
  conv2dSpec as OpSpec<never>,
  (x: Tensor, weight: Tensor, bias?: Tensor, options: Conv2dOptions = {}) => {
    expectTensor("conv2d", "input", x);
    expectTensor("conv2d", "weight", weight);
    if (bias !== undefined) expectTensor("conv2d", "bias", bias);
    const window = windowOf(weight.shape, options);
    const dilated = window.dilation[0] * window.dilation[1] > 1;
    const filled = dilated && x.device.type === "cpu" && weight.ndim === 4;
    const kernel = filled ? spread(weight, window.dilation) : weight;
    const spec = filled ? { ...window, dilation: [1, 1] as const } : window;
    return apply(conv2dSpec, bias ? [x, kernel, bias] : [x, kernel], spec);
  },
);
