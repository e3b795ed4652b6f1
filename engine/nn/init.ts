// Initial values (torch.nn.init), in place and without recording.
import { rand, randn } from "../create.js";
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { sizeOf } from "../shape.js";
import { noGrad } from "../state.js";
import type { Tensor } from "../tensor.js";

/** Uniform in [low, high). */
export function uniform_(x: Tensor, low = 0, high = 1): Tensor {
  return noGrad(() =>
    x.copy_(
      rand(x.shape, { dtype: x.dtype, device: x.device })
        .mul(high - low)
        .add(low),
    ),
  );
}

/** Normal with a mean and standard deviation. */
export function normal_(x: Tensor, mean = 0, std = 1): Tensor {
  return noGrad(() => x.copy_(randn(x.shape, { dtype: x.dtype, device: x.device }).mul(std).add(mean)));
}

/** One value everywhere. */
export const constant_ = (x: Tensor, value: number): Tensor => noGrad(() => x.fill_(value));

/** Inputs and outputs of one unit: [out, in, ...kernel]. */
export function fans(x: Tensor): { readonly fanIn: number; readonly fanOut: number } {
  if (x.ndim < 2) throw new ShapeError(`init: expected a weight of at least 2 dimensions, got ${shapeText(x.shape)}`);
  const field = sizeOf(x.shape.slice(2));
  return { fanIn: x.shape[1] * field, fanOut: x.shape[0] * field };
}

/** Uniform in ±√(6 / ((1 + a²) fanIn)) (He et al., 2015); `a` is the slope behind the layer's leaky ReLU. */
export function kaimingUniform_(
  x: Tensor,
  { a = 0, mode = "fanIn" }: { readonly a?: number; readonly mode?: "fanIn" | "fanOut" } = {},
): Tensor {
  const bound = Math.sqrt(6 / ((1 + a * a) * fans(x)[mode]));
  return uniform_(x, -bound, bound);
}

/** Uniform in ±gain √(6 / (fanIn + fanOut)) (Glorot and Bengio, 2010). */
export function xavierUniform_(x: Tensor, gain = 1): Tensor {
  if (!(gain > 0)) throw new ArgumentError(`xavierUniform_: expected a gain > 0, got ${gain}`);
  const { fanIn, fanOut } = fans(x);
  const bound = gain * Math.sqrt(6 / (fanIn + fanOut));
  return uniform_(x, -bound, bound);
}
