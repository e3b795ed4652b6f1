// Colours to grey. It must not know any other transform.
import { ArgumentError, ShapeError, shapeText } from "../../errors.js";
import { allocate, RawArray } from "../raw.js";
import { tensorOf } from "../tensorOf.js";
import type { Tensor } from "../../tensor.js";
import { cat } from "../../functional/join.js";
import { constructorArguments, type Argument } from "../workers/portable.js";
import { rawFrame, tensorFrame, type Frame } from "./frame.js";
import type { Transform } from "./transform.js";

/**
 * An RGB image in grey: 0.2989 R + 0.587 G + 0.114 B, for integers rounded down, as torchvision computes it on tensors
 * (on PIL images it rounds). A grey image stays as it is. With 3 output channels all three are equal. Images are uint8
 * [H, W, C], or tensors [..., C, H, W]; C is 1 or 3. PyTorch: `transforms.Grayscale`.
 * @throws {ArgumentError} for other numbers of output channels; when applied, {ShapeError} for other channels.
 */
export class Grayscale implements Transform {
  constructor(readonly numOutputChannels: 1 | 3 = 1) {
    // A program in plain JavaScript may pass anything.
    if (![1, 3].includes(numOutputChannels)) {
      throw new ArgumentError(`Grayscale: expected 1 or 3 output channels, got ${String(numOutputChannels)}`);
    }
  }

  forward(image: Tensor): Tensor {
    const frame = tensorFrame("Grayscale", image);
    check(frame);
    const dim = frame.channelsLast ? 2 : image.shape.length - 3;
    let grey = image;
    if (frame.channels === 3) {
      const [r, g, b] = weights.map((weight, i) => image.narrow(dim, i, 1).mul(weight));
      grey = r.add(g).add(b).to(image.dtype);
    }
    return this.numOutputChannels === 1 ? grey : cat([grey, grey, grey], dim);
  }

  raw(image: RawArray): RawArray | Tensor {
    const { dtype } = image;
    if (dtype !== "uint8" && dtype !== "float32") return this.forward(tensorOf(image));
    const frame = rawFrame("Grayscale", image);
    check(frame);
    const { numOutputChannels: channels } = this;
    if (frame.channels === channels && channels === 1) return image;
    const shape = frame.channelsLast
      ? [frame.height, frame.width, channels]
      : [...frame.shape.slice(0, -3), channels, frame.height, frame.width];
    const size = frame.height * frame.width;
    const count = frame.channelsLast ? 1 : frame.outer / frame.channels;
    return RawArray.lazy(shape, dtype, (target, at) => {
      const grey = allocate(dtype, count * size) as Uint8Array | Float32Array;
      greyOf(image.data as Uint8Array | Float32Array, frame, count, size, grey);
      const to = target as Uint8Array | Float32Array;
      if (frame.channelsLast) for (let i = 0; i < size * channels; i++) to[at + i] = grey[Math.floor(i / channels)];
      else {
        for (let n = 0, o = at; n < count; n++) {
          for (let c = 0; c < channels; c++, o += size) to.set(grey.subarray(n * size, (n + 1) * size), o);
        }
      }
    });
  }

  [constructorArguments](): readonly Argument[] {
    return Object.entries({ numOutputChannels: this.numOutputChannels });
  }
}

const weights = [0.2989, 0.587, 0.114];

/** Each of `count` images as one grey plane, rounded to float32 after every step. */
function greyOf(
  from: Uint8Array | Float32Array,
  frame: Frame,
  count: number,
  size: number,
  grey: Uint8Array | Float32Array,
): void {
  if (frame.channels === 1) return grey.set(from);
  const [wr, wg, wb] = weights.map(Math.fround);
  const [pixel, plane] = frame.channelsLast ? [3, 1] : [1, size];
  for (let n = 0; n < count; n++) {
    for (let i = 0, at = n * 3 * size; i < size; i++, at += pixel) {
      const r = Math.fround(from[at] * wr);
      const g = Math.fround(from[at + plane] * wg);
      const b = Math.fround(from[at + 2 * plane] * wb);
      grey[n * size + i] = Math.fround(Math.fround(r + g) + b);
    }
  }
}

function check({ shape, channels, channelsLast }: Frame): void {
  if (shape.length < 3 || (channels !== 1 && channels !== 3)) {
    throw new ShapeError(
      `Grayscale: expected 1 or 3 channels ${channelsLast ? "last" : "before height and width"}, got ${shapeText(shape)}`,
    );
  }
}
