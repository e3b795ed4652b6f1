// What a transform of rows and columns does to an image of some size, as data: on typed arrays it is a loop, on tensors
// whose gradients are recorded the same by operations. It must not know which transform it is.
import { fromTypedArray, tensor, zeros } from "../../create.js";
import { where } from "../../functional/where.js";
import { isGradEnabled } from "../../state.js";
import type { Tensor } from "../../tensor.js";
import { RawArray } from "../raw.js";
import { rawFrame, resized, tensorFrame, type Frame } from "./frame.js";
import { bilinear, weightsOf } from "./interpolate.js";
import { fillValues, outside, take, type FillValue, type Indices } from "./take.js";

export type Plan =
  | { readonly kind: "keep" }
  /** New rows and columns are old ones, or filled. */
  | { readonly kind: "take"; readonly rows: Indices; readonly columns: Indices; readonly fill: FillValue }
  /** They are means of old ones. */
  | { readonly kind: "bilinear"; readonly height: number; readonly width: number; readonly antialias: boolean };

export const keep: Plan = { kind: "keep" };

/** What is done to a dataset's typed array; it is computed when it is wanted. */
export function onRaw(op: string, image: RawArray, planOf: (frame: Frame) => Plan): RawArray {
  const frame = rawFrame(op, image);
  return follow(op, image, frame, planOf(frame));
}

/**
 * The same on a tensor, as a new tensor on its device: by the loops for typed arrays, or by operations where the image's
 * gradients are recorded. On `meta` only the shape is worked out.
 */
export function onTensor(op: string, image: Tensor, planOf: (frame: Frame) => Plan): Tensor {
  const frame = tensorFrame(op, image);
  const plan = planOf(frame);
  if (plan.kind === "keep") return image;
  if (image.requiresGrad && isGradEnabled()) return recorded(op, image, frame, plan);
  const { shape, dtype, device } = image;
  const raw = RawArray.lazy(shape, dtype, (target, at) => {
    (target as Uint8Array).set(image.toTypedArray() as Uint8Array, at);
  });
  const result = follow(op, raw, frame, plan);
  if (device.type === "meta") return zeros(result.shape, { dtype, device });
  return fromTypedArray(result.data, result.shape, { dtype, device });
}

function follow(op: string, image: RawArray, frame: Frame, plan: Plan): RawArray {
  switch (plan.kind) {
    case "keep":
      return image;
    case "take":
      return take(op, image, frame, plan.rows, plan.columns, plan.fill);
    case "bilinear":
      return bilinear(image, frame, plan.height, plan.width, plan.antialias);
  }
  plan satisfies never;
  return image;
}

/** Only floating images have gradients, and those have channels first. */
function recorded(op: string, image: Tensor, frame: Frame, plan: Exclude<Plan, { kind: "keep" }>): Tensor {
  const { dtype, device } = image;
  const { outer, height, width, channels } = frame;
  if (plan.kind === "take") {
    const indices = (from: Indices) =>
      tensor(
        Int32Array.from(from, (index) => Math.max(index, 0)),
        { device },
      );
    const rank = image.shape.length;
    const { rows, columns } = plan;
    const picked = image.indexSelect(rank - 2, indices(rows)).indexSelect(rank - 1, indices(columns));
    if (!rows.includes(outside) && !columns.includes(outside)) return picked;
    const values = fillValues(op, frame, plan.fill);
    const filling = tensor(values.length === 1 ? values[0] : values, { dtype, device });
    const isOutside = Array.from(rows, (row) => Array.from(columns, (column) => row === outside || column === outside));
    const mask = tensor(isOutside, { device });
    return where(mask, values.length === 1 ? filling : filling.reshape(channels, 1, 1), picked);
  }
  const matrix = (length: number, wanted: number) => {
    const { first, count, taps, values } = weightsOf(length, wanted, plan.antialias, dtype === "float64");
    const dense = new Float64Array(length * wanted);
    for (let i = 0; i < wanted; i++) {
      for (let j = 0; j < count[i]; j++) dense[(first[i] + j) * wanted + i] = values[i * taps + j];
    }
    return fromTypedArray(dense, [length, wanted], { device }).to(dtype);
  };
  const wide = image.reshape(outer * height, width).matmul(matrix(width, plan.width));
  const turned = wide
    .reshape(outer, height, plan.width)
    .permute(0, 2, 1)
    .reshape(outer * plan.width, height);
  const small = turned.matmul(matrix(height, plan.height)).reshape(outer, plan.width, plan.height);
  return small.permute(0, 2, 1).reshape(...resized(frame, plan.height, plan.width));
}
