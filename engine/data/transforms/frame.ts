// Where height and width lie in an image: channels last, as files and datasets have them, or first, as networks want
// them. It must not know what is done to images.
import type { DType } from "../../dtype.js";
import { ShapeError, shapeText } from "../../errors.js";
import type { Shape } from "../../shape.js";

/** Row-major elements seen as [outer, height, width, inner]. */
export interface Frame {
  readonly shape: Shape;
  /** Whether the channels are `inner`; else they are the last part of `outer`. */
  readonly channelsLast: boolean;
  readonly channels: number;
  readonly outer: number;
  readonly height: number;
  readonly width: number;
  readonly inner: number;
}

interface Described {
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * The frame of a dataset's typed array: uint8 [H, W] or [H, W, C], as `ToTensor` takes it; [..., C, H, W] for any other
 * dtype or rank.
 * @throws {ShapeError} for fewer than 2 dimensions.
 */
export function rawFrame(op: string, { shape, dtype }: Described): Frame {
  checkRank(op, shape);
  return dtype === "uint8" && shape.length === 3 ? lastFrame(shape) : firstFrame(shape);
}

/**
 * The frame of a tensor: [..., C, H, W] or [H, W], as torchvision's tensors; but uint8 [H, W, C], which is what stands
 * before `ToTensor`, is told by its dimension of 1 to 4 channels.
 * @throws {ShapeError} for fewer than 2 dimensions, and for uint8 [a, b, c] where both a and c might be the channels.
 */
export function tensorFrame(op: string, { shape, dtype }: Described): Frame {
  checkRank(op, shape);
  if (dtype !== "uint8" || shape.length !== 3 || !isChannels(shape[2])) return firstFrame(shape);
  if (isChannels(shape[0])) {
    throw new ShapeError(
      `${op}: expected a uint8 image in which channels can be told from rows, got ${shapeText(shape)}; ` +
        "put ToTensor before it (then channels come first), or add a batch dimension in front",
    );
  }
  return lastFrame(shape);
}

/** The shape of the same image with another height and width. */
export function resized({ shape, channelsLast }: Frame, height: number, width: number): Shape {
  return channelsLast ? [height, width, shape[2]] : [...shape.slice(0, -2), height, width];
}

const isChannels = (dim: number): boolean => dim >= 1 && dim <= 4;

function checkRank(op: string, shape: Shape): void {
  if (shape.length < 2) {
    throw new ShapeError(`${op}: expected an image of at least 2 dimensions, got ${shapeText(shape)}`);
  }
}

function lastFrame(shape: Shape): Frame {
  const [height, width, channels] = shape;
  return { shape, channelsLast: true, channels, outer: 1, height, width, inner: channels };
}

function firstFrame(shape: Shape): Frame {
  const [height, width] = shape.slice(-2);
  const channels = shape.length > 2 ? shape[shape.length - 3] : 1;
  const outer = shape.slice(0, -2).reduce((size, dim) => size * dim, 1);
  return { shape, channelsLast: false, channels, outer, height, width, inner: 1 };
}
