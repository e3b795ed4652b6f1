// Leaves: what every way of making a tensor has in common.
import { availableDevices, device as deviceOf, explainNative, meta } from "../backend/native.js";
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import { ArgumentError, shapeText } from "../errors.js";
import type { Shape } from "../shape.js";
import { Storage } from "../storage.js";
import { Tensor } from "../tensor.js";

export interface TensorOptions {
  /** Default: what the values say, else float32. */
  readonly dtype?: DType;
  /** Default "cpu". */
  readonly device?: Device | string;
  readonly requiresGrad?: boolean;
}

/** The device of this name; the first one without a name. */
export const place = (device: Device | string | undefined): Device =>
  device === undefined ? availableDevices()[0] : deviceOf(device);

/** Makes a leaf: on meta without contents; a failure names the operation and the shape. */
export function leaf(
  op: string,
  shape: Shape,
  dtype: DType,
  options: TensorOptions,
  make: (on: Device) => Storage,
): Tensor {
  const on = place(options.device);
  let storage = new Storage("strided");
  if (on !== meta()) {
    try {
      storage = make(on);
    } catch (error) {
      throw explainNative(error, op, `${dtype} ${shapeText(shape)}`);
    }
  }
  const out = new Tensor(storage, shape, dtype, on);
  return options.requiresGrad ? out.requiresGrad_() : out;
}

/** Kernels take sizes as int32. */
const largestSize = 2 ** 31 - 1;

/**
 * A copy of a shape as users give it.
 * @param call the operation with a shape in its place, for those who list the sizes
 */
export function checkedShape(op: string, shape: Shape, call = `${op}([2, 3])`): Shape {
  const sizes: Shape = Array.isArray(shape) ? [...(shape as Shape)] : [NaN];
  if (sizes.some((n) => !Number.isInteger(n) || n < 0 || n > largestSize)) {
    const remedy = Array.isArray(shape) ? "" : `; write the sizes in one array as in ${call}`;
    throw new ArgumentError(
      `${op}: expected a shape like [2, 3], each size below 2^31, got ${JSON.stringify(shape)}${remedy}`,
    );
  }
  return sizes;
}
