// Transposed convolutions: the input gradient of a convolution as an operation of its own. Its gradients are the
// convolution's, so every order of derivative is there.
import { filterOf, inputGradient, windowOf } from "../backend/convolution.js";
import { biasAdd } from "../backend/kernels.js";
import { execute } from "../backend/native.js";
import { ArgumentError, ShapeError, expectOptions } from "../errors.js";
import { type Declared, type OpSpec, apply, declare } from "../op.js";
import { surround } from "../ops/slice.js";
import type { Tensor } from "../tensor.js";
import {
  type Target,
  checkDTypes,
  checkWeight,
  conv2dSpec,
  conv2dWeightGrad,
  convolutionOf,
  expectRanks,
  groupsOf,
  shown,
  withBias,
} from "./conv.js";
import { convTransposeSamples } from "./convSamples.js";
import { type Pair, type Single, asHeightOne, batched, nhwcOf, pair, single, spatialOf } from "./spatial.js";

export interface ConvTranspose2dOptions {
  /** Default 1. */
  readonly stride?: Pair;
  /** Rows and columns cut off on each side of the result. Default 0. */
  readonly padding?: Pair;
  /** Rows and columns more at the end; less than the stride or the dilation. Default 0. */
  readonly outputPadding?: Pair;
  /** Input and output channels in so many separate parts. Default 1. */
  readonly groups?: number;
  /** Steps between the kernel's elements. Default 1. */
  readonly dilation?: Pair;
}

export interface ConvTranspose1dOptions {
  readonly stride?: Single;
  readonly padding?: Single;
  readonly outputPadding?: Single;
  readonly groups?: number;
  readonly dilation?: Single;
}

const inferTransposed =
  (op: string): OpSpec<Target>["infer"] =>
  ([x, weight, bias], { window: { groups }, spatial }) => {
    checkDTypes(op, bias ? [x, weight, bias] : [x, weight]);
    const outChannels = weight.shape[1] * groups;
    if (x.shape[1] !== weight.shape[0]) {
      throw new ShapeError(
        `${op}: expected input with ${weight.shape[0]} channels for weight ${shown(op, weight.shape)}, got ${x.shape[1]} (${shown(op, x.shape)})`,
      );
    }
    checkWeight(op, weight, bias, outChannels, groups);
    if (spatial.some((size) => size < 1)) {
      throw new ShapeError(
        `${op}: the padding leaves nothing of input ${shown(op, x.shape)} and weight ${shown(op, weight.shape)}`,
      );
    }
    return { shape: [x.shape[0], outChannels, ...spatial], dtype: x.dtype };
  };

/** A weight of [in, out / groups, ...kernel] is that of a convolution from out to in. */
const convTranspose2dSpec: OpSpec<Target> = {
  name: "convTranspose2d",
  torch: "F.conv_transpose2d(a, b, c)",
  infer: inferTransposed("convTranspose2d"),
  forward([x, weight, bias], { window }, out, on) {
    const c = convolutionOf(out.shape, weight.shape, x.shape, window, x);
    const images = inputGradient(c, filterOf(weight, c), nhwcOf(x));
    return bias ? execute(biasAdd(x.dtype), on, "nhwc", images, bias.strided()) : images;
  },
  vjp: (g, { in: [x, weight, bias], options: { window }, needs }) => [
    needs[0] ? apply(conv2dSpec, [g, weight], window) : undefined,
    needs[1] ? conv2dWeightGrad(x, g, window, spatialOf(weight.shape)) : undefined,
    bias && needs[2] ? g.sum([0, 2, 3]) : undefined,
  ],
  saves: "in",
  samples: convTransposeSamples.convTranspose2d,
};

const convTranspose1dSpec: OpSpec<Target> = {
  ...convTranspose2dSpec,
  name: "convTranspose1d",
  torch: "F.conv_transpose1d(a, b, c)",
  infer: inferTransposed("convTranspose1d"),
  samples: convTransposeSamples.convTranspose1d,
};

/** One call on a batch of images. */
function transposedConvolution(
  spec: OpSpec<Target>,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  options: ConvTranspose2dOptions,
): Tensor {
  const { stride = 1, padding = 0, outputPadding = 0, groups = 1, dilation = 1 } = options;
  const op = spec.name;
  const [s, d] = [pair(op, "stride", stride, 1), pair(op, "dilation", dilation, 1)];
  const [p, more] = [pair(op, "padding", padding, 0), pair(op, "outputPadding", outputPadding, 0)];
  for (const i of [0, 1]) {
    if (more[i] >= s[i] && more[i] >= d[i]) {
      throw new ArgumentError(
        `${op}: expected outputPadding less than the stride or the dilation, got ${more[i]} with stride ${s[i]} and dilation ${d[i]}`,
      );
    }
  }
  const parts = groupsOf(op, groups);
  const whole = [0, 1].map((i) => (x.shape[2 + i] - 1) * s[i] + d[i] * (weight.shape[2 + i] - 1) + 1);
  const size = (i: number) => whole[i] - 2 * p[i] + more[i];
  if (more.every((n, i) => n < s[i])) {
    const window = windowOf({ stride: s, dilation: d, padding: [p[0], p[0], p[1], p[1]], groups: parts });
    return apply(spec, withBias(x, weight, bias), { window, spatial: [size(0), size(1)] });
  }
  // A convolution would read more outputs from a result of this size than there are inputs: make the whole, then cut.
  const window = windowOf({ stride: s, dilation: d, padding: [0, 0, 0, 0], groups: parts });
  let out = apply(spec, [x, weight], { window, spatial: [whole[0], whole[1]] });
  for (const i of [0, 1]) out = surround(out, 2 + i, 0, Math.max(0, more[i] - p[i])).narrow(2 + i, p[i], size(i));
  return bias ? out.add(bias.reshape(-1, 1, 1)) : out;
}

type ConvTranspose2d = ((x: Tensor, weight: Tensor, bias?: Tensor, options?: ConvTranspose2dOptions) => Tensor) &
  Declared;
type ConvTranspose1d = ((x: Tensor, weight: Tensor, bias?: Tensor, options?: ConvTranspose1dOptions) => Tensor) &
  Declared;

/**
 * Spreads each input over a kernel's worth of output: the gradient of `conv2d` with respect to its input
 * (torch.nn.functional.conv_transpose2d).
 * @param x [N, in, H, W] or [in, H, W]
 * @param weight [in, out / groups, kernel height, kernel width]
 * @param bias [out]
 * @throws ShapeError, DTypeError naming the shapes and dtypes that do not fit.
 */
export const convTranspose2d: ConvTranspose2d = declare(
  convTranspose2dSpec,
  (x: Tensor, weight: Tensor, bias?: Tensor, options: ConvTranspose2dOptions = {}) => {
    expectOptions("convTranspose2d", options, "{ stride: 2 }");
    expectRanks("convTranspose2d", x, weight, bias, 4);
    return batched(x, 3, (images) => transposedConvolution(convTranspose2dSpec, images, weight, bias, options));
  },
);

/**
 * `convTranspose2d` for sequences (torch.nn.functional.conv_transpose1d).
 * @param x [N, in, L] or [in, L]
 * @param weight [in, out / groups, kernel length]
 * @param bias [out]
 */
export const convTranspose1d: ConvTranspose1d = declare(
  convTranspose1dSpec,
  (x: Tensor, weight: Tensor, bias?: Tensor, options: ConvTranspose1dOptions = {}) => {
    expectOptions("convTranspose1d", options, "{ stride: 2 }");
    const op = "convTranspose1d";
    expectRanks(op, x, weight, bias, 3);
    const { stride = 1, padding = 0, outputPadding = 0, groups = 1, dilation = 1 } = options;
    const flat: ConvTranspose2dOptions = {
      stride: [1, single(op, "stride", stride, 1)],
      padding: [0, single(op, "padding", padding, 0)],
      outputPadding: [0, single(op, "outputPadding", outputPadding, 0)],
      dilation: [1, single(op, "dilation", dilation, 1)],
      groups,
    };
    const kernel = weight.unsqueeze(2);
    return asHeightOne(x, 2, (images) => transposedConvolution(convTranspose1dSpec, images, kernel, bias, flat));
  },
);
