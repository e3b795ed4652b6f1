// From images as files hold them, channels last and bytes, to images as networks want them.
import type { Tensor } from "../../tensor.js";
import type { RawArray } from "../raw.js";
import { constructorArguments, type Argument } from "../workers/portable.js";
import { channelsFirst, imageSize, lookUp, pixelTable } from "./pixels.js";
import type { Transform } from "./transform.js";

/**
 * An image [height, width] or [height, width, channels] as [channels, height, width]. uint8 in [0, 255] becomes float32
 * in [0, 1]; any other dtype is kept as it is. PyTorch: `transforms.ToTensor`.
 * @throws {ShapeError} for other shapes.
 */
export class ToTensor implements Transform {
  forward(image: Tensor): Tensor {
    imageSize("ToTensor", image.shape);
    const planes = (image.shape.length === 2 ? image.unsqueeze(2) : image).permute(2, 0, 1);
    return image.dtype === "uint8" ? planes.to("float32").div(255) : planes;
  }

  raw(image: RawArray): RawArray {
    return image.dtype === "uint8" ? lookUp("ToTensor", image, unitTable) : channelsFirst("ToTensor", image);
  }

  [constructorArguments](): readonly Argument[] {
    return [];
  }
}

/** A byte as the float32 that `ToTensor` makes of it. */
export const unitValue = (byte: number): number => Math.fround(byte / 255);

const grey = pixelTable(1, unitValue);
const unitTable = (channels: number) => (channels === 1 ? grey : pixelTable(channels, unitValue));
