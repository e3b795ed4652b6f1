// Dropout: random masks from the device's default generator.
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { rand } from "../create.js";
import { expectTensor } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";

export interface DropoutOptions {
  /** Chance of an element (or channel) to become 0. Default 0.5. */
  readonly p?: number;
  /** Without it the input passes unchanged. Default true. */
  readonly training?: boolean;
}

function dropped(
  op: string,
  x: Tensor,
  { p = 0.5, training = true }: DropoutOptions,
  maskShape: (shape: Shape) => Shape,
): Tensor {
  if (!(p >= 0 && p <= 1)) throw new ArgumentError(`${op}: expected p in [0, 1], got ${p}`);
  if (!training || p === 0) return x;
  if (p === 1) return x.mul(0);
  const mask = rand(maskShape(x.shape), { dtype: x.dtype, device: x.device }).ge(p).to(x.dtype);
  return x.mul(mask.mul(1 / (1 - p)));
}

/** Zeroes elements with chance p and scales the rest by 1/(1-p) (torch.nn.functional.dropout). */
export function dropout(x: Tensor, options: DropoutOptions = {}): Tensor {
  expectTensor("dropout", "input", x);
  return dropped("dropout", x, options, (shape) => shape);
}

/** Zeroes whole channels of [N, C, H, W] with chance p (torch.nn.functional.dropout2d). */
export function dropout2d(x: Tensor, options: DropoutOptions = {}): Tensor {
  expectTensor("dropout2d", "input", x);
  if (x.ndim !== 4) throw new ShapeError(`dropout2d: expected [N, C, H, W], got ${shapeText(x.shape)}`);
  return dropped("dropout2d", x, options, ([n, c]) => [n, c, 1, 1]);
}
