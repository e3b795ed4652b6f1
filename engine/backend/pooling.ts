// Pooling on storages, physically NHWC, over inputs that are padded already. It must not know tensors or gradients of
// gradients.
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import type { KernelAttr, KernelId } from "../native/binding.js";
import { type Shape, sizeOf } from "../shape.js";
import { Storage } from "../storage.js";
import { intVector, scalar } from "./constants.js";
import { pad, slice } from "./kernels.js";
import { reshaped } from "./layout.js";
import { boolAttr, execute, executeInto, intsAttr, kernel, perDType, stringAttr, typeAttr, withId } from "./native.js";
import { oneDnn, privateKernel } from "./oneDnn.js";

type Two = readonly [number, number];

/** [top, bottom, left, right]. */
export type Around = readonly [number, number, number, number];

/** A window over an input. Equal ones have equal keys. */
export interface PoolWindow {
  readonly size: Two;
  readonly stride: Two;
  readonly dilation: Two;
  readonly key: string;
}

/** One pooling: the logical shapes (NCHW) and where it runs. */
export interface Pool {
  readonly x: Shape;
  readonly out: Shape;
  readonly window: PoolWindow;
  readonly dtype: DType;
  readonly on: Device;
}

const nhwcShape = ([n, c, h, w]: Shape): Shape => [n, h, w, c];

const kernels = new Map<string, KernelId>();

/** An operation for this window, described at its first use. */
function kernelOf(
  { window, dtype }: Pool,
  op: string,
  inputs: number,
  more: readonly KernelAttr[] = [],
  outputs = 1,
): KernelId {
  const key = `${op} ${dtype} ${window.key}`;
  let id = kernels.get(key);
  if (id === undefined) {
    const attrs = [
      typeAttr("T", dtype),
      intsAttr("ksize", [1, ...window.size, 1]),
      intsAttr("strides", [1, ...window.stride, 1]),
      stringAttr("padding", "VALID"),
      ...more,
    ];
    kernels.set(key, (id = kernel(op, attrs, inputs, { outputs })));
  }
  return id;
}

const nhwcAttr = stringAttr("data_format", "NHWC");
const oneDnnAttrs = [nhwcAttr, intsAttr("explicit_paddings", []), boolAttr("workspace_enabled", true), privateKernel];

/** The input surrounded by a value; [top, bottom, left, right]. */
export function surrounded(
  x: Storage,
  around: Around,
  value: number,
  { dtype, on }: Pick<Pool, "dtype" | "on">,
): Storage {
  const paddings = reshaped(intVector(on, [0, 0, ...around, 0, 0]), [4, 2], "int32", on);
  return execute(pad(dtype), on, "nhwc", x, paddings, scalar(on, dtype, value));
}

/** `surrounded` undone; `shape` is the inner logical shape. */
export function inner(
  x: Storage,
  [top, , left]: Around,
  shape: Shape,
  { dtype, on }: Pick<Pool, "dtype" | "on">,
): Storage {
  return execute(slice(dtype), on, "nhwc", x, intVector(on, [0, top, left, 0]), intVector(on, nhwcShape(shape)));
}

// ---- largest value of finite inputs

/** Whether the winners are written down by the forward kernel, as bytes whose meaning only its gradient knows. */
export const notesWinners = ({ x, dtype, on }: Pool): boolean =>
  oneDnn("maxPool", dtype, on, sizeOf(x)) !== undefined && oneDnn("maxPoolGradient", dtype, on, 0) !== undefined;

/** Largest values; what the gradient needs beside x goes into `kept`. */
export function maxPool(p: Pool, x: Storage, kept: Storage): Storage {
  if (notesWinners(p)) {
    const out = new Storage("nhwc");
    executeInto(kernelOf(p, "_MklNativeMaxPool", 1, oneDnnAttrs, 2), p.on, [out, kept], [x]);
    return out;
  }
  const out = execute(kernelOf(p, "MaxPool", 1, [nhwcAttr]), p.on, "nhwc", x);
  kept.id = withId(out, (id, addon) => addon.snapshot(id, kept)); // an in-place change of the result leaves it alone
  return out;
}

/** g at the places that won, by `maxPool`'s own `kept`. */
export function maxPoolGradient(p: Pool, x: Storage, kept: Storage, g: Storage): Storage {
  if (notesWinners(p)) {
    // Of the result only the shape is read.
    return execute(kernelOf(p, "_MklNativeMaxPoolGrad", 4, oneDnnAttrs), p.on, "nhwc", x, g, g, kept);
  }
  return execute(kernelOf(p, "MaxPoolGrad", 3, [nhwcAttr]), p.on, "nhwc", x, kept, g);
}

/** Picks from gg what lies at the places that won. */
export function maxPoolPick(p: Pool, x: Storage, kept: Storage, gg: Storage): Storage {
  const values = notesWinners(p) ? execute(kernelOf(p, "MaxPool", 1, [nhwcAttr]), p.on, "nhwc", x) : kept;
  return execute(kernelOf(p, "MaxPoolGradGrad", 3, [nhwcAttr]), p.on, "nhwc", x, values, gg);
}

const sumOf = perDType((dtype) =>
  kernel("Sum", [typeAttr("T", dtype), typeAttr("Tidx", "int32"), boolAttr("keep_dims", false)], 2),
);

/** Whether no element is NaN or infinite; false also where the sum overflows. Waits for the contents. */
export function isFinite({ dtype, on }: Pool, x: Storage): boolean {
  const sum = execute(sumOf(dtype), on, "strided", x, intVector(on, [0, 1, 2, 3]));
  return Number.isFinite(Number(withId(sum, (id, addon) => addon.item(id, 0))));
}

// ---- averages

/** Averages over whole windows, zeros of the padding included. */
export function averagePool(p: Pool, x: Storage): Storage {
  return execute(kernelOf(p, "AvgPool", 1, [nhwcAttr]), p.on, "nhwc", x);
}

/** g spread evenly over its windows. */
export function averagePoolGradient(p: Pool, g: Storage): Storage {
  const shape = intVector(p.on, nhwcShape(p.x));
  return execute(kernelOf(p, "AvgPoolGrad", 2, [nhwcAttr]), p.on, "nhwc", shape, g);
}
