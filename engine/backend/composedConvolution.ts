// Convolutions put together from kernels that know neither groups nor dilation: TensorFlow's own on the CPU, in float64 and
// the half precisions, and in all dtypes where there is no oneDNN.
import type { Shape } from "../shape.js";
import type { Storage } from "../storage.js";
import { intScalar, intVector, scalar } from "./constants.js";
import { type Convolution, hwioShape, kernelOf, nhwcShape, windowOf } from "./convolutionKernel.js";
import { concat, pad, slice, stridedSlice } from "./kernels.js";
import { reshaped } from "./layout.js";
import { execute } from "./native.js";

/** The same convolution without dilation: by a filter with zeros between its elements. */
function undilated(c: Convolution): Convolution {
  const { window, weight } = c;
  const [o, i, h, w] = weight;
  const [dh, dw] = window.dilation;
  if (dh === 1 && dw === 1) return c;
  return {
    ...c,
    weight: [o, i, (h - 1) * dh + 1, (w - 1) * dw + 1],
    window: windowOf({ ...window, dilation: [1, 1] }),
  };
}

/** Zeros between a filter's elements. */
function spread({ weight, window, dtype, on }: Convolution, filter: Storage): Storage {
  const [o, i, h, w] = weight;
  const [dh, dw] = window.dilation;
  if (dh === 1 && dw === 1) return filter;
  const apart = reshaped(filter, [h, 1, w, 1, i, o], dtype, on);
  const holes = reshaped(intVector(on, [0, 0, 0, dh - 1, 0, 0, 0, dw - 1, 0, 0, 0, 0]), [6, 2], "int32", on);
  const wide = execute(pad(dtype), on, "strided", apart, holes, scalar(on, dtype, 0));
  const joined = reshaped(wide, [h * dh, w * dw, i, o], dtype, on);
  const size = intVector(on, [(h - 1) * dh + 1, (w - 1) * dw + 1, i, o]);
  return execute(slice(dtype), on, "strided", joined, intVector(on, [0, 0, 0, 0]), size);
}

/** The elements between which `spread` put zeros. */
function gathered({ weight, window, dtype, on }: Convolution, filter: Storage): Storage {
  const [o, i, h, w] = weight;
  const [dh, dw] = window.dilation;
  if (dh === 1 && dw === 1) return filter;
  const end = intVector(on, [(h - 1) * dh + 1, (w - 1) * dw + 1, i, o]);
  const begin = intVector(on, [0, 0, 0, 0]);
  return execute(stridedSlice(dtype), on, "strided", filter, begin, end, intVector(on, [dh, dw, 1, 1]));
}

/** One input channel per group, and strides that TensorFlow's kernels for that case take. */
const isDepthwise = ({ weight, window }: Convolution): boolean =>
  window.groups > 1 && weight[1] === 1 && window.stride[0] === window.stride[1];

/** [h, w, 1, groups * m] as the depthwise kernels want it: [h, w, groups, m], in the same order. */
function depthwiseShape({ weight: [o, , h, w], window: { groups } }: Convolution): Shape {
  return [h, w, groups, o / groups];
}

/** The channels of one group, of something whose last axis is channels. */
function groupOf(c: Convolution, storage: Storage, shape: Shape, group: number): Storage {
  const { dtype, on, window } = c;
  const width = shape[3] / window.groups;
  const begin = intVector(on, [0, 0, 0, group * width]);
  return execute(slice(dtype), on, "nhwc", storage, begin, intVector(on, [...shape.slice(0, 3), width]));
}

/** What `each` gives for every group, side by side in the last axis. */
function perGroup(
  c: Convolution,
  layout: "nhwc" | "strided",
  each: (one: Convolution, group: number) => Storage,
): Storage {
  const { window, dtype, on } = c;
  const { groups } = window;
  if (groups === 1) return each(c, 0);
  const [[n, ci, h, w], [o, i, kh, kw], [, co, oh, ow]] = [c.x, c.weight, c.out];
  const one: Convolution = {
    ...c,
    x: [n, ci / groups, h, w],
    weight: [o / groups, i, kh, kw],
    out: [n, co / groups, oh, ow],
    window: windowOf({ ...window, groups: 1 }),
  };
  const parts = Array.from({ length: groups }, (_, group) => each(one, group));
  return execute(concat(dtype, groups), on, layout, ...parts, intScalar(on, 3));
}

export function composedConvolve(dilated: Convolution, x: Storage, dilatedFilter: Storage): Storage {
  const c = undilated(dilated);
  const filter = spread(dilated, dilatedFilter);
  const { on, dtype } = c;
  if (isDepthwise(c)) {
    const id = kernelOf(c, "DepthwiseConv2dNative", 2);
    return execute(id, on, "nhwc", x, reshaped(filter, depthwiseShape(c), dtype, on));
  }
  const all = hwioShape(c.weight);
  return perGroup(c, "nhwc", (one, group) => {
    const id = kernelOf(one, "Conv2D", 2);
    if (one === c) return execute(id, on, "nhwc", x, filter);
    return execute(id, on, "nhwc", groupOf(c, x, nhwcShape(c.x), group), groupOf(c, filter, all, group));
  });
}

export function composedInputGradient(dilated: Convolution, dilatedFilter: Storage, g: Storage): Storage {
  const c = undilated(dilated);
  const filter = spread(dilated, dilatedFilter);
  const { on, dtype } = c;
  if (isDepthwise(c)) {
    const id = kernelOf(c, "DepthwiseConv2dNativeBackpropInput", 3);
    const own = reshaped(filter, depthwiseShape(c), dtype, on);
    return execute(id, on, "nhwc", intVector(on, nhwcShape(c.x)), own, g);
  }
  return perGroup(c, "nhwc", (one, group) => {
    const id = kernelOf(one, "Conv2DBackpropInput", 3);
    const sizes = intVector(on, nhwcShape(one.x));
    if (one === c) return execute(id, on, "nhwc", sizes, filter, g);
    const [own, gs] = [groupOf(c, filter, hwioShape(c.weight), group), groupOf(c, g, nhwcShape(c.out), group)];
    return execute(id, on, "nhwc", sizes, own, gs);
  });
}

export function composedFilterGradient(dilated: Convolution, x: Storage, g: Storage): Storage {
  const c = undilated(dilated);
  const { on, dtype } = c;
  if (isDepthwise(c)) {
    const id = kernelOf(c, "DepthwiseConv2dNativeBackpropFilter", 3);
    const grad = execute(id, on, "strided", x, intVector(on, depthwiseShape(c)), g);
    return gathered(dilated, reshaped(grad, hwioShape(c.weight), dtype, on));
  }
  const grad = perGroup(c, "strided", (one, group) => {
    const id = kernelOf(one, "Conv2DBackpropFilter", 3);
    const sizes = intVector(on, hwioShape(one.weight));
    if (one === c) return execute(id, on, "strided", x, sizes, g);
    const [xs, gs] = [groupOf(c, x, nhwcShape(c.x), group), groupOf(c, g, nhwcShape(c.out), group)];
    return execute(id, on, "strided", xs, sizes, gs);
  });
  return gathered(dilated, grad);
}
