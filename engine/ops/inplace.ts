// In-place forms: the out-of-place operation, then the tensor's contents are exchanged. Every export is a Tensor method.
import { ArgumentError, AutogradError, DTypeError, ShapeError, shapeText } from "../errors.js";
import { canStore } from "../dtype.js";
import { expectTensor } from "../op.js";
import { sameShape } from "../shape.js";
import { isGradEnabled } from "../state.js";
import type { Tensor } from "../tensor.js";
import { become, overlapsItself, present } from "../view.js";
import { zerosLike } from "./like.js";
import { filled } from "./filled.js";
import { replaced } from "./replaced.js";
import { relu, sigmoid } from "./activation.js";
import { type AlphaOptions, type DivOptions, add, div, mul, neg, sub } from "./arithmetic.js";
import { exp } from "./exponential.js";
import { sqrt } from "./power.js";
import { tanh } from "./trigonometric.js";

export type InPlace<Rest extends readonly unknown[]> = (x: Tensor, ...rest: Rest) => Tensor;

/** The in-place form of an operation that keeps the shape. */
export function inPlace<Rest extends readonly unknown[]>(
  name: string,
  op: (x: Tensor, ...rest: Rest) => Tensor,
  {
    uniform = false,
  }: { /** All elements get one value, so that a stretched tensor may. */ readonly uniform?: boolean } = {},
): InPlace<Rest> {
  return (x, ...rest) => {
    expectTensor(name, "input", x);
    const recording = isGradEnabled();
    if (recording) refuseLeaf(name, x);
    // The operation works on what x was, so that its gradient does not trip over the change made here.
    const result = op(present(x), ...rest);
    if (!sameShape(result.shape, x.shape)) {
      throw new ShapeError(
        `${name}: the result of ${shapeText(result.shape)} does not fit in place into ${shapeText(x.shape)}`,
      );
    }
    if (!canStore(result.dtype, x.dtype)) {
      throw new DTypeError(`${name}: a ${result.dtype} result cannot be stored in place into ${x.dtype}`);
    }
    const records = recording && (x.requiresGrad || result.requiresGrad);
    if (records) refuseUnrecordedView(name, x);
    if ((records || !uniform) && overlapsItself(x)) throw overlaps(name, x);
    const stored = result.dtype === x.dtype ? result : result.to(x.dtype);
    // An operation without a gradient still ends the history of what was there.
    become(x, records && !stored.requiresGrad ? replaced(present(x), stored) : stored);
    return x;
  };
}

/** A leaf's gradient would be of what it no longer is, also when it is changed through a view. */
function refuseLeaf(name: string, x: Tensor): void {
  if (!x.requiresGrad) return;
  const base = x.viewOn?.base;
  if (base && x.viewOn?.recorded === false) refuseUnrecordedView(name, x);
  if (base ? !base.isLeaf : !x.isLeaf) return;
  throw new AutogradError(
    `${name}: an in-place operation on ${base ? "a view of a leaf" : "a leaf"} that requires grad would change what its gradient is of; wrap it in noGrad(() => …)`,
  );
}

function refuseUnrecordedView(name: string, { viewOn }: Tensor): void {
  if (viewOn?.base === undefined || viewOn.recorded) return;
  throw new AutogradError(
    `${name}: the view was made in noGrad, so a change of it cannot be recorded; make it outside, or wrap the change in noGrad(() => …)`,
  );
}

const overlaps = (name: string, { shape }: Tensor) =>
  new ArgumentError(
    `${name}: several elements of an expanded tensor (${shapeText(shape)}) are one in memory; change a clone()`,
  );

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
