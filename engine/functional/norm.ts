// Layer and group normalisation: standardising within each example, then an affine map.
import { isFloating, isHalf } from "../dtype.js";
import { ArgumentError, DTypeError, ShapeError, shapeText, expectOptions } from "../errors.js";
import { type Declared, declare, expectTensor } from "../op.js";
import { type Shape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { normSamples } from "./normSamples.js";
import { type Over, standardise } from "./standardise.js";

export interface NormOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}

/** Half precisions are standardised in float32, as PyTorch does: their own sums overflow. */
function standardised(x: Tensor, over: Over): Tensor {
  const half = isHalf(x.dtype);
  return half ? standardise(x.to("float32"), over).to(x.dtype) : standardise(x, over);
}

function expectFloating(op: string, x: Tensor): void {
  expectTensor(op, "input", x);
  if (!isFloating(x.dtype)) throw new DTypeError(`${op}: expected a floating dtype, got ${x.dtype}`);
}

function expectShape(op: string, name: string, v: Tensor | undefined, shape: Shape): void {
  if (v === undefined) return;
  expectTensor(op, name, v);
  if (!sameShape(v.shape, shape)) {
    throw new ShapeError(`${op}: expected ${name} of ${shapeText(shape)}, got ${shapeText(v.shape)}`);
  }
}

type LayerNorm = ((
  x: Tensor,
  normalizedShape: number | Shape,
  weight?: Tensor,
  bias?: Tensor,
  options?: NormOptions,
) => Tensor) &
  Declared;

/**
 * Zero mean and unit variance over the last dims, then weight and bias (torch.nn.functional.layer_norm; Ba et al., 2016).
 * @param normalizedShape the sizes of the last dims
 * @param weight, bias of the normalised shape
 */
export const layerNorm: LayerNorm = declare(
  { name: "layerNorm", torch: "F.layer_norm(a, (4,), b, c)", vjp: "composed", samples: normSamples.layerNorm },
  (x, normalizedShape, weight, bias, options) => {
    const { eps = 1e-5 } = expectOptions("layerNorm", options, "{ eps: 1e-3 }");
    expectFloating("layerNorm", x);
    const shape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    if (shape.length === 0 || !sameShape(x.shape.slice(-shape.length), shape)) {
      throw new ShapeError(`layerNorm: expected input that ends in ${shapeText(shape)}, got ${shapeText(x.shape)}`);
    }
    expectShape("layerNorm", "weight", weight, shape);
    expectShape("layerNorm", "bias", bias, shape);
    let out = standardised(x, { dims: shape.map((_, i) => x.ndim - shape.length + i), eps });
    if (weight) out = out.mul(weight);
    return bias ? out.add(bias) : out;
  },
);

type GroupNorm = ((x: Tensor, numGroups: number, weight?: Tensor, bias?: Tensor, options?: NormOptions) => Tensor) &
  Declared;

/**
 * Zero mean and unit variance over groups of channels of each example, then weight and bias per channel
 * (torch.nn.functional.group_norm; Wu and He, 2018).
 * @param x [N, C, …]
 * @param weight, bias [C]
 */
export const groupNorm: GroupNorm = declare(
  { name: "groupNorm", torch: "F.group_norm(a, 2, b, c)", vjp: "composed", samples: normSamples.groupNorm },
  (x, numGroups, weight, bias, options) => {
    const { eps = 1e-5 } = expectOptions("groupNorm", options, "{ eps: 1e-3 }");
    expectFloating("groupNorm", x);
    if (x.ndim < 2) throw new ShapeError(`groupNorm: expected [N, C, …], got ${shapeText(x.shape)}`);
    const [n, channels] = x.shape;
    if (!Number.isInteger(numGroups) || numGroups < 1 || channels % numGroups !== 0) {
      throw new ArgumentError(`groupNorm: expected numGroups to divide ${channels} channels, got ${numGroups}`);
    }
    expectShape("groupNorm", "weight", weight, [channels]);
    expectShape("groupNorm", "bias", bias, [channels]);
    const size = n === 0 ? 0 : x.numel() / (n * numGroups);
    let out = standardised(x.reshape(n, numGroups, size), { dims: [2], eps }).reshape(x.shape);
    const perChannel = (v: Tensor): Tensor => v.reshape(x.shape.map((_, i) => (i === 1 ? -1 : 1)));
    if (weight) out = out.mul(perChannel(weight));
    return bias ? out.add(perChannel(bias)) : out;
  },
);
