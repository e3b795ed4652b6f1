// Padding images. It must not know cropping.
import { expectOptions } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import type { RawArray } from "../raw.js";
import { constructorArguments, type Argument } from "../workers/portable.js";
import type { Frame } from "./frame.js";
import { checkPaddingMode, padded, paddingSides, type Padding, type PaddingMode, type Sides } from "./geometry.js";
import { onRaw, onTensor, type Plan } from "./plan.js";
import type { FillValue } from "./take.js";
import type { Transform } from "./transform.js";

export interface PadOptions {
  /** For the mode "constant": one value (default 0), or one for each channel. */
  readonly fill?: FillValue;
  /** Default "constant". PyTorch: `padding_mode`. */
  readonly paddingMode?: PaddingMode;
}

/**
 * More rows and columns around an image: uint8 [H, W] or [H, W, C], or a tensor [..., C, H, W]. PyTorch:
 * `transforms.Pad`. A negative padding is an error here; torchvision crops.
 * @throws {ArgumentError} for other paddings and modes, and when applied, for a mirror image larger than the image.
 */
export class Pad implements Transform {
  readonly fill: FillValue;
  readonly paddingMode: PaddingMode;
  readonly #sides: Sides;

  constructor(
    readonly padding: Padding,
    options: PadOptions = {},
  ) {
    expectOptions("Pad", options, "{ fill: 1 }");
    this.fill = options.fill ?? 0;
    this.paddingMode = options.paddingMode ?? "constant";
    this.#sides = paddingSides("Pad", padding);
    checkPaddingMode("Pad", this.paddingMode);
  }

  forward(image: Tensor): Tensor {
    return onTensor("Pad", image, (frame) => this.#plan(frame));
  }

  raw(image: RawArray): RawArray {
    return onRaw("Pad", image, (frame) => this.#plan(frame));
  }

  #plan(frame: Frame): Plan {
    const { left, top, right, bottom } = this.#sides;
    const rows = padded("Pad", frame.height, top, bottom, this.paddingMode);
    const columns = padded("Pad", frame.width, left, right, this.paddingMode);
    return { kind: "take", rows, columns, fill: this.fill };
  }

  [constructorArguments](): readonly Argument[] {
    const { padding, fill, paddingMode } = this;
    return Object.entries({ padding, options: { fill, paddingMode } });
  }
}
