// What a convolution is to its kernels: window, shapes, attributes, padding. The choice between attributes and composition.
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import type { KernelAttr, KernelId } from "../native/binding.js";
import type { Shape } from "../shape.js";
import type { Storage } from "../storage.js";
import { intVector, scalar } from "./constants.js";
import { pad } from "./kernels.js";
import { reshaped } from "./layout.js";
import { boolAttr, execute, intsAttr, kernel, stringAttr, typeAttr } from "./native.js";
import { oneDnn } from "./oneDnn.js";

type Two = readonly [number, number];

/** How a kernel goes over an input. Equal ones are one object: see `windowOf`. */
export interface Window {
  readonly stride: Two;
  readonly dilation: Two;
  /** Zeros [top, bottom, left, right]. */
  readonly padding: readonly [number, number, number, number];
  readonly groups: number;
  /** Tells windows apart, in a few characters. */
  readonly key: string;
}

const windows = new Map<string, Window>();

/** The one object for these numbers, so that kernels are found by its key and not described at every call. */
export function windowOf({ stride, dilation, padding, groups }: Omit<Window, "key">): Window {
  const key = `${stride[0]},${stride[1]},${dilation[0]},${dilation[1]},${padding.join(",")},${groups}`;
  let window = windows.get(key);
  if (window === undefined) windows.set(key, (window = { stride, dilation, padding, groups, key }));
  return window;
}

/** One convolution: the logical shapes (NCHW, OIHW) and where it runs. */
export interface Convolution {
  readonly x: Shape;
  readonly weight: Shape;
  readonly out: Shape;
  readonly window: Window;
  readonly dtype: DType;
  readonly on: Device;
}

export const nhwcShape = ([n, c, h, w]: Shape): Shape => [n, h, w, c];
export const hwioShape = ([o, i, h, w]: Shape): Shape => [h, w, i, o];

/** Whether groups and dilation are a matter of attributes. */
export function takesAttributes({ dtype, on, window: { groups, dilation } }: Convolution): boolean {
  return (
    (groups === 1 && dilation[0] === 1 && dilation[1] === 1) ||
    on.type !== "cpu" ||
    oneDnn("anyConvolution", dtype, on, 1) !== undefined
  );
}

type Padding = "VALID" | "SAME" | "EXPLICIT";

/** TensorFlow's name for the padding. Only VALID and SAME lead to oneDNN's gradients, which are twice as fast. */
function paddingOf({ x, weight, window: { stride, dilation, padding } }: Convolution): Padding {
  if (padding.every((n) => n === 0)) return "VALID";
  const same = [0, 1].every((i) => {
    const [size, reach] = [x[2 + i], dilation[i] * (weight[2 + i] - 1) + 1];
    const total = Math.max((Math.ceil(size / stride[i]) - 1) * stride[i] + reach - size, 0);
    const before = Math.floor(total / 2);
    return padding[2 * i] === before && padding[2 * i + 1] === total - before;
  });
  return same ? "SAME" : "EXPLICIT";
}

/** Whether the gradients' kernel is told of the padding; else it gets its zeros in the input. */
export const padsByAttribute = (c: Convolution): boolean =>
  paddingOf(c) !== "EXPLICIT" || oneDnn("anyConvolution", c.dtype, c.on, 1) === undefined;

/** The input that the gradients' kernel is to see. */
export const padded = (c: Convolution, x: Storage): Storage => (padsByAttribute(c) ? x : surrounded(c, x));

/** The input with its padding. */
export function surrounded({ window, dtype, on }: Convolution, x: Storage): Storage {
  const paddings = reshaped(intVector(on, [0, 0, ...window.padding, 0, 0]), [4, 2], "int32", on);
  return execute(pad(dtype), on, "nhwc", x, paddings, scalar(on, dtype, 0));
}

export function convolutionAttrs(c: Convolution, forward: boolean): readonly KernelAttr[] {
  const { stride, dilation, padding } = c.window;
  const kind = forward || padsByAttribute(c) ? paddingOf(c) : "VALID";
  return [
    typeAttr("T", c.dtype),
    intsAttr("strides", [1, ...stride, 1]),
    boolAttr("use_cudnn_on_gpu", true),
    stringAttr("padding", kind),
    intsAttr("explicit_paddings", kind === "EXPLICIT" ? [0, 0, ...padding, 0, 0] : []),
    stringAttr("data_format", "NHWC"),
    intsAttr("dilations", [1, ...dilation, 1]),
  ];
}

const kernels = new Map<string, KernelId>();

/** An operation for this window, described at its first use. */
export function kernelOf(
  c: Convolution,
  op: string,
  inputs: number,
  outputs = 1,
  attrs?: readonly KernelAttr[],
): KernelId {
  const key = `${op} ${c.dtype} ${c.window.key} ${paddingOf(c)} ${padsByAttribute(c)}`;
  let id = kernels.get(key);
  if (id === undefined) {
    id = kernel(op, attrs ?? attrsFor(c, op), inputs, { outputs });
    kernels.set(key, id);
  }
  return id;
}

function attrsFor(c: Convolution, op: string): readonly KernelAttr[] {
  const attrs = convolutionAttrs(c, op === "Conv2D" || op === "DepthwiseConv2dNative");
  return op.startsWith("Depthwise") ? attrs.filter(({ name }) => name !== "use_cudnn_on_gpu") : attrs;
}
