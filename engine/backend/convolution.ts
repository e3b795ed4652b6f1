// Two-dimensional convolution and its two gradients on storages: physically NHWC, and HWIO for the weights ("filters"), as
// TensorFlow's CPU kernels want them. It must not know tensors or gradients of gradients.
import { totalmem } from "node:os";
import { bytesOf } from "../dtype.js";
import { TensorFlowError, shapeText } from "../errors.js";
import { type Shape, sizeOf } from "../shape.js";
import { Storage } from "../storage.js";
import { composedConvolve, composedFilterGradient, composedInputGradient } from "./composedConvolution.js";
import { intVector, scalar } from "./constants.js";
import {
  type Convolution,
  convolutionAttrs,
  hwioShape,
  kernelOf,
  nhwcShape,
  padded,
  padsByAttribute,
  surrounded,
  takesAttributes,
  windowOf,
} from "./convolutionKernel.js";
import { biasAdd, fill, slice, stridedSlice } from "./kernels.js";
import { reshaped, transposed } from "./layout.js";
import { boolAttr, execute, executeInto } from "./native.js";
import { oneDnn, privateKernel } from "./oneDnn.js";

export { type Convolution, type Window, windowOf } from "./convolutionKernel.js";

/** oneDNN does not survive an allocation that fails: what cannot fit is refused before it is asked for. */
function requireMemory({ x, out, dtype, on }: Convolution): void {
  const bytes = Math.max(sizeOf(x), sizeOf(out)) * bytesOf(dtype);
  if (on.type !== "cpu" || bytes < 2 ** 30 || bytes <= totalmem()) return;
  throw new TensorFlowError(
    `convolution: a tensor of ${(bytes / 2 ** 30).toFixed(0)} GiB (${shapeText(out)} from ${shapeText(x)}) does not fit into this machine's memory. Try a smaller batch or less padding`,
    "RESOURCE_EXHAUSTED",
    "Conv2D",
  );
}

/** x * weight (+ bias), NHWC. */
export function convolve(c: Convolution, x: Storage, filter: Storage, bias?: Storage): Storage {
  requireMemory(c);
  const { dtype, on } = c;
  // oneDNN gives the result of an empty input the input's shape.
  if (sizeOf(c.x) === 0 || sizeOf(c.weight) === 0) return withBias(c, zeros(c, nhwcShape(c.out)), bias);
  if (!takesAttributes(c)) return withBias(c, composedConvolve(c, x, filter), bias);
  const fused = bias && oneDnn("convolutionWithBias", dtype, on, sizeOf(c.x));
  if (fused) {
    const id = kernelOf(c, fused, 3, 1, [
      ...convolutionAttrs(c, true),
      boolAttr("is_filter_const", false),
      privateKernel,
    ]);
    return execute(id, on, "nhwc", x, filter, bias);
  }
  return withBias(c, execute(kernelOf(c, "Conv2D", 2), on, "nhwc", x, filter), bias);
}

/** d(sum of g * convolve)/dx, NHWC. */
export function inputGradient(c: Convolution, filter: Storage, g: Storage): Storage {
  requireMemory(c);
  if (sizeOf(c.out) === 0 || sizeOf(c.weight) === 0) return zeros(c, nhwcShape(c.x));
  if (!takesAttributes(c)) return composedInputGradient(c, filter, g);
  const { on } = c;
  const [n, ch, h, w] = c.x;
  if (padsByAttribute(c)) {
    return execute(kernelOf(c, "Conv2DBackpropInput", 3), on, "nhwc", intVector(on, [n, h, w, ch]), filter, g);
  }
  const [top, bottom, left, right] = c.window.padding;
  const whole = [n, top + h + bottom, left + w + right, ch];
  const id = kernelOf(c, "Conv2DBackpropInput", 3);
  const padded = execute(id, on, "nhwc", intVector(on, whole), filter, g);
  return execute(slice(c.dtype), on, "nhwc", padded, intVector(on, [0, top, left, 0]), intVector(on, [n, h, w, ch]));
}

/** d(sum of g * convolve)/dweight, HWIO. */
export function filterGradient(convolution: Convolution, input: Storage, g: Storage): Storage {
  const { on, out, x: shape, weight } = convolution;
  if (sizeOf(out) === 0 || sizeOf(shape) === 0) return zeros(convolution, hwioShape(weight), "strided");
  if (!takesAttributes(convolution)) return composedFilterGradient(convolution, input, g);
  const [c, x] = withoutGaps(convolution, input);
  const id = kernelOf(c, "Conv2DBackpropFilter", 3);
  return execute(id, on, "strided", padded(c, x), intVector(on, hwioShape(weight)), g);
}

/**
 * The same filter gradient without what a strided 1x1 kernel never looks at. oneDNN gives wrong numbers there when rows or
 * columns are left over behind the last window.
 */
function withoutGaps(c: Convolution, x: Storage): readonly [Convolution, Storage] {
  const { window, weight, on } = c;
  const { stride } = window;
  if (weight[2] * weight[3] !== 1 || (stride[0] === 1 && stride[1] === 1)) return [c, x];
  const whole = window.padding.every((n) => n === 0) ? x : surrounded(c, x);
  const [n, , rows, columns] = c.out;
  const channels = c.x[1];
  const end = intVector(on, [n, (rows - 1) * stride[0] + 1, (columns - 1) * stride[1] + 1, channels]);
  const begin = intVector(on, [0, 0, 0, 0]);
  const seen = execute(stridedSlice(c.dtype), on, "nhwc", whole, begin, end, intVector(on, [1, ...stride, 1]));
  const plain = windowOf({ stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0], groups: window.groups });
  return [{ ...c, x: [n, channels, rows, columns], window: plain }, seen];
}

/** Whether one kernel gives the gradients of weight and bias faster than two. */
export const fusesBiasGradient = (c: Convolution): boolean =>
  sizeOf(c.out) > 0 && takesAttributes(c) && oneDnn("filterAndBiasGradient", c.dtype, c.on, sizeOf(c.x)) !== undefined;

/** `filterGradient` (HWIO), and the bias's gradient into `bias`. Only where `fusesBiasGradient`. */
export function filterAndBiasGradient(convolution: Convolution, input: Storage, g: Storage, bias: Storage): Storage {
  const { on } = convolution;
  const [c, x] = withoutGaps(convolution, input);
  const attrs = convolutionAttrs(c, false).filter(({ name }) => name !== "explicit_paddings");
  const id = kernelOf(c, "_MklNativeConv2DBackpropFilterWithBias", 3, 2, [...attrs, privateKernel]);
  const filter = new Storage("strided");
  executeInto(id, on, [filter, bias], [padded(c, x), intVector(on, hwioShape(c.weight)), g]);
  return filter;
}

const keptFilters = new WeakMap<Storage, { readonly version: number; readonly filter: Storage }>();
/** Larger weights are not kept twice: exchanging their axes is little beside their convolution. */
const keptUpTo = 1 << 18;

/** A weight (OIHW) as a filter (HWIO); kept until the weight changes, for backward and for the next forward. */
export function filterOf(weight: { readonly storage: Storage; strided(): Storage }, c: Convolution): Storage {
  const { storage } = weight;
  const before = keptFilters.get(storage);
  if (before?.version === storage.version) return before.filter;
  const [o, i, h, w] = c.weight;
  const filter =
    o === 1 && i === 1
      ? reshaped(weight.strided(), [h, w, i, o], c.dtype, c.on)
      : transposed(weight.strided(), [2, 3, 1, 0], c.dtype, c.on);
  if (sizeOf(c.weight) <= keptUpTo) keptFilters.set(storage, { version: storage.version, filter });
  return filter;
}

/** A filter (HWIO) as a weight (OIHW). */
export const weightOf = (filter: Storage, c: Convolution): Storage => transposed(filter, [3, 2, 0, 1], c.dtype, c.on);

function zeros({ dtype, on }: Convolution, shape: Shape, layout: "nhwc" | "strided" = "nhwc"): Storage {
  return execute(fill(dtype), on, layout, intVector(on, shape), scalar(on, dtype, 0));
}

const withBias = ({ dtype, on }: Convolution, out: Storage, bias: Storage | undefined): Storage =>
  bias ? execute(biasAdd(dtype), on, "nhwc", out, bias) : out;
