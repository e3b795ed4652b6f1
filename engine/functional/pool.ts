// Pooling over windows of the last two dims, and its gradients. Physically NHWC.
import { execute, intsAttr, kernel, stringAttr, typeAttr } from "../backend/native.js";
import { intVector, scalar } from "../backend/constants.js";
import { pad } from "../backend/kernels.js";
import { padToRank4, reshaped } from "../backend/layout.js";
import { type DType, isFloating } from "../dtype.js";
import { ArgumentError, DTypeError, ShapeError, shapeText } from "../errors.js";
import type { KernelAttr } from "../native/binding.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import type { Tensor } from "../tensor.js";
import { type Pair, nhwcOf, pair } from "./spatial.js";

export interface Pool2dOptions {
  /** Default: the kernel's size. */
  readonly stride?: Pair;
  /** Places on each side that never win; at most half the kernel. Default 0. */
  readonly padding?: Pair;
}

interface Pooling {
  readonly size: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
}

const attrsOf = ({ size, stride }: Pooling, dtype: DType): readonly KernelAttr[] => [
  typeAttr("T", dtype),
  intsAttr("ksize", [1, ...size, 1]),
  intsAttr("strides", [1, ...stride, 1]),
  stringAttr("padding", "VALID"),
  intsAttr("explicit_paddings", []),
  stringAttr("data_format", "NHWC"),
];

const poolSpec: OpSpec<Pooling> = {
  name: "maxPool2d",
  torch: "F.max_pool2d(a, 2)",
  infer([x], { size, stride }) {
    const spatial = [0, 1].map((i) => Math.floor((x.shape[2 + i] - size[i]) / stride[i]) + 1);
    if (spatial.some((n) => n < 1)) {
      throw new ShapeError(
        `maxPool2d: the kernel ${shapeText(size)} is larger than the padded input ${shapeText(x.shape)}`,
      );
    }
    return { shape: [x.shape[0], x.shape[1], ...spatial], dtype: x.dtype };
  },
  forward: ([x], pooling, _out, on) => execute(kernel("MaxPool", attrsOf(pooling, x.dtype), 1), on, "nhwc", nhwcOf(x)),
  vjp: (g, { in: [x], out, options }) => [apply(poolGradSpec, [g, x, out], options)],
  saves: "in and out",
  samples: [
    { in: [{ shape: [2, 3, 6, 5] }], args: [2] },
    { in: [{ shape: [2, 3, 6, 6] }], args: [3, { stride: 2 }], torch: "F.max_pool2d(a, 3, stride=2)" },
    {
      in: [{ shape: [1, 2, 6, 6] }],
      args: [[3, 2], { padding: [1, 0] }],
      torch: "F.max_pool2d(a, (3, 2), padding=(1, 0))",
    },
    { in: [{ shape: [2, 4, 4] }], args: [2] },
    {
      in: [
        [
          [
            [
              [1, 1],
              [1, 1],
            ],
          ],
        ],
      ],
      args: [2],
      gradcheck: false,
    },
  ],
};

/** d(max pool)/dx: the gradient goes to the first largest value of each window. Linear in g. */
const poolGradSpec: OpSpec<Pooling> = {
  name: "maxPool2dGrad",
  torch: "",
  infer: ([, x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward: ([g, x, out], pooling, _out, on) =>
    execute(kernel("MaxPoolGrad", attrsOf(pooling, x.dtype), 3), on, "nhwc", nhwcOf(x), nhwcOf(out), nhwcOf(g)),
  vjp: (gg, { in: [, x, out], options }) => [apply(poolGradGradSpec, [gg, x, out], options), undefined, undefined],
  saves: "in",
  samples: [],
};

/** Picks from gg the values at the places that won. */
const poolGradGradSpec: OpSpec<Pooling> = {
  name: "maxPool2dGradGrad",
  torch: "",
  infer: ([, , out]) => ({ shape: out.shape, dtype: out.dtype }),
  forward: ([gg, x, out], pooling, _out, on) => {
    const attrs = attrsOf(pooling, x.dtype).filter((attr) => attr.name !== "explicit_paddings");
    return execute(kernel("MaxPoolGradGrad", attrs, 3), on, "nhwc", nhwcOf(x), nhwcOf(out), nhwcOf(gg));
  },
  vjp: (ggg, { in: [, x, out], options }) => [apply(poolGradSpec, [ggg, x, out], options), undefined, undefined],
  saves: "in",
  samples: [],
};

interface Padding {
  readonly padding: readonly [number, number];
}

/** Surrounds the last two dims with -∞. */
const padSpec: OpSpec<Padding> = {
  name: "padForMax",
  torch: "",
  infer: ([x], { padding: [h, w] }) => ({
    shape: [x.shape[0], x.shape[1], x.shape[2] + 2 * h, x.shape[3] + 2 * w],
    dtype: x.dtype,
  }),
  forward([x], { padding: [h, w] }, _out, on) {
    const paddings = reshaped(intVector(on, [0, 0, h, h, w, w, 0, 0]), [4, 2], "int32", on);
    return execute(pad(x.dtype), on, "nhwc", nhwcOf(x), paddings, scalar(on, x.dtype, -Infinity));
  },
  vjp: (g, { options: { padding }, inShapes: [shape] }) => [
    g.narrow(2, padding[0], shape[2]).narrow(3, padding[1], shape[3]),
  ],
  saves: "nothing",
  samples: [],
};

type MaxPool2d = ((x: Tensor, kernelSize: Pair, options?: Pool2dOptions) => Tensor) & Declared;

/**
 * Largest value of each window (torch.nn.functional.max_pool2d).
 * @param x [N, C, H, W] or [C, H, W]
 */
export const maxPool2d: MaxPool2d = declare(
  poolSpec as OpSpec<never>,
  (x: Tensor, kernelSize: Pair, { stride, padding = 0 }: Pool2dOptions = {}) => {
    expectTensor("maxPool2d", "input", x);
    if (x.ndim !== 3 && x.ndim !== 4) {
      throw new ShapeError(`maxPool2d: expected [N, C, H, W] or [C, H, W], got ${shapeText(x.shape)}`);
    }
    if (!isFloating(x.dtype)) throw new DTypeError(`maxPool2d: expected a floating dtype, got ${x.dtype}`);
    const size = pair("maxPool2d", "kernelSize", kernelSize, 1);
    const around = pair("maxPool2d", "padding", padding, 0);
    if (around.some((p, i) => 2 * p > size[i])) {
      throw new ArgumentError(
        `maxPool2d: expected padding of at most half the kernel ${shapeText(size)}, got ${shapeText(around)}`,
      );
    }
    const pooling = { size, stride: pair("maxPool2d", "stride", stride ?? size, 1), padding: around };
    const batched = x.ndim === 4 ? x : x.reshape(padToRank4(x.shape));
    const padded = around[0] + around[1] > 0 ? apply(padSpec, [batched], { padding: around }) : batched;
    const out = apply(poolSpec, [padded], pooling);
    return x.ndim === 4 ? out : out.squeeze(0);
  },
);
