// In-place forms of arithmetic, activations and filling. Every export is a Tensor method.
import { type InPlace, inPlace } from "../inPlace.js";
import { expectTensor } from "../op.js";
import { sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { zerosLike } from "./like.js";
import { filled } from "./filled.js";
import { replaced } from "./replaced.js";
import { relu, sigmoid } from "./activation.js";
import { type AlphaOptions, type DivOptions, add, div, mul, neg, sub } from "./arithmetic.js";
import { exp } from "./exponential.js";
import { sqrt } from "./power.js";
import { tanh } from "./trigonometric.js";

/** `x += other` (torch.Tensor.add_). */
export const add_: InPlace<[other: Tensor | number, options?: AlphaOptions]> = inPlace("add_", add);
/** `x -= other` (torch.Tensor.sub_). */
export const sub_: InPlace<[other: Tensor | number, options?: AlphaOptions]> = inPlace("sub_", sub);
/** `x *= other` (torch.Tensor.mul_). */
export const mul_: InPlace<[other: Tensor | number]> = inPlace("mul_", mul);
/** `x /= other` (torch.Tensor.div_). */
export const div_: InPlace<[other: Tensor | number, options?: DivOptions]> = inPlace("div_", div);
/** torch.Tensor.neg_. */
export const neg_: InPlace<[]> = inPlace("neg_", neg);
/** torch.Tensor.exp_. */
export const exp_: InPlace<[]> = inPlace("exp_", exp);
/** torch.Tensor.sqrt_. */
export const sqrt_: InPlace<[]> = inPlace("sqrt_", sqrt);
/** torch.Tensor.relu_. */
export const relu_: InPlace<[]> = inPlace("relu_", relu);
/** torch.Tensor.tanh_. */
export const tanh_: InPlace<[]> = inPlace("tanh_", tanh);
/** torch.Tensor.sigmoid_. */
export const sigmoid_: InPlace<[]> = inPlace("sigmoid_", sigmoid);
/** All zeros (torch.Tensor.zero_). */
export const zero_: InPlace<[]> = inPlace("zero_", (x: Tensor) => replaced(x, zerosLike(x)), {
  uniform: true,
});
/** One value everywhere, given as a number or as a 0-d tensor (torch.Tensor.fill_). */
export const fill_: InPlace<[value: number | Tensor]> = inPlace(
  "fill_",
  (x: Tensor, value: number | Tensor) => replaced(x, filled("fill_", x, value)),
  { uniform: true },
);

/** The values of another tensor, broadcast and converted (torch.Tensor.copy_). */
export const copy_: InPlace<[source: Tensor]> = inPlace("copy_", (x: Tensor, source: Tensor) => {
  expectTensor("copy_", "source", source);
  const values = source.to({ device: x.device, dtype: x.dtype });
  return replaced(x, sameShape(values.shape, x.shape) ? values : values.expand(x.shape));
});
