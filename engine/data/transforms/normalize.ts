// Normalising by channel: on tensors, on typed arrays, and pixel by pixel for the tables of Compose.
import { tensor } from "../../create.js";
import { isFloating, type DType } from "../../dtype.js";
import { ArgumentError, DTypeError, ShapeError, shapeText } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { RawArray } from "../raw.js";
import { tensorOf } from "../tensorOf.js";
import { constructorArguments, type Argument } from "../workers/portable.js";
import type { Transform } from "./transform.js";

/**
 * `(x - mean) / std` for each channel of a floating [..., channels, height, width] tensor. `mean` and `std` have one
 * number for each channel, or one for all. PyTorch: `transforms.Normalize`.
 * @throws {ArgumentError} for an empty or unequal `mean` and `std`, or a `std` that is 0 in float32; when applied,
 * {DTypeError} for an integer tensor and {ShapeError} for another number of channels.
 */
export class Normalize implements Transform {
  constructor(
    readonly mean: readonly number[],
    readonly std: readonly number[],
  ) {
    if (mean.length === 0 || mean.length !== std.length) {
      throw new ArgumentError(
        `Normalize: expected a mean and a std for each channel, got ${mean.length} and ${std.length} numbers`,
      );
    }
    const bad = [...mean, ...std].find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw new ArgumentError(`Normalize: expected finite numbers, got ${bad}`);
    if (std.some((value) => Math.fround(value) === 0)) {
      throw new ArgumentError(`Normalize: expected a std that is not 0 in float32, got ${shapeText(std)}`);
    }
  }

  forward(image: Tensor): Tensor {
    this.#check(image);
    const { dtype, device } = image;
    const perChannel = (values: readonly number[]) => tensor(values, { dtype, device }).reshape([values.length, 1, 1]);
    return image.sub(perChannel(this.mean)).div(perChannel(this.std));
  }

  raw(image: RawArray): RawArray | Tensor {
    const channels = this.#check(image);
    const { data, shape, dtype } = image;
    if (dtype !== "float32" && dtype !== "float64") return this.forward(tensorOf(image)); // halves are raw bits here
    // In float64 no step is rounded to float32.
    const round = dtype === "float64" ? (value: number) => value : Math.fround;
    const out = dtype === "float64" ? new Float64Array(data.length) : new Float32Array(data.length);
    const plane = shape[shape.length - 2] * shape[shape.length - 1];
    for (let start = 0, c = 0; start < data.length; start += plane, c = (c + 1) % channels) {
      const mean = round(at(this.mean, c));
      const std = round(at(this.std, c));
      for (let i = start; i < start + plane; i++) out[i] = round((data[i] as number) - mean) / std;
    }
    return new RawArray(out, shape, dtype);
  }

  pixel(value: number, channel: number, channels: number): number {
    this.#checkChannels(channels);
    return Math.fround(Math.fround(value - Math.fround(at(this.mean, channel))) / Math.fround(at(this.std, channel)));
  }

  #check({ shape, dtype }: { readonly shape: readonly number[]; readonly dtype: DType }): number {
    if (!isFloating(dtype)) {
      throw new DTypeError(`Normalize: expected a floating tensor, got ${dtype}; put ToTensor before it`);
    }
    if (shape.length < 3) {
      throw new ShapeError(`Normalize: expected the shape [..., channels, height, width], got ${shapeText(shape)}`);
    }
    const channels = shape[shape.length - 3];
    this.#checkChannels(channels);
    return channels;
  }

  #checkChannels(channels: number): void {
    if (this.mean.length !== 1 && this.mean.length !== channels) {
      throw new ShapeError(`Normalize: expected ${this.mean.length} channels, as mean and std have, got ${channels}`);
    }
  }

  [constructorArguments](): readonly Argument[] {
    return Object.entries({ mean: this.mean, std: this.std });
  }
}

const at = (values: readonly number[], channel: number): number => values[values.length === 1 ? 0 : channel];
