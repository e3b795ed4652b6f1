// In-place forms: the out-of-place operation, then the tensor's contents are exchanged. Every export is a Tensor method.
import { AutogradError, DTypeError, ShapeError, shapeText } from "../errors.js";
import { canStore } from "../dtype.js";
import { identity } from "../backend/kernels.js";
import { execute } from "../backend/native.js";
import { type OpSpec, apply, expectTensor } from "../op.js";
import { sameShape } from "../shape.js";
import { isGradEnabled } from "../state.js";
import type { Tensor } from "../tensor.js";
import { become, present } from "../view.js";
import { fullLike, zerosLike } from "./convert.js";
import { add, div, exp, mul, neg, relu, sigmoid, sqrt, sub, tanh } from "./elementwise.js";

type InPlace<Rest extends readonly unknown[]> = (x: Tensor, ...rest: Rest) => Tensor;

/** The in-place form of an operation that keeps the shape. */
export function inPlace<Rest extends readonly unknown[]>(
  name: string,
  op: (x: Tensor, ...rest: Rest) => Tensor,
): InPlace<Rest> {
  return (x, ...rest) => {
    expectTensor(name, "input", x);
    if (isGradEnabled()) refuseLeaf(name, x);
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
    become(x, result.dtype === x.dtype ? result : result.to(x.dtype));
    return x;
  };
}

/** A leaf's gradient would be of what it no longer is, also when it is changed through a view. */
function refuseLeaf(name: string, x: Tensor): void {
  const leaf = (t: Tensor) => t.requiresGrad && t.isLeaf;
  const view = x.viewOn;
  const behind = view !== undefined && !view.detached && leaf(view.root);
  if (!leaf(x) && !behind) return;
  throw new AutogradError(
    `${name}: an in-place operation on ${behind ? "a view of a leaf" : "a leaf"} that requires grad would change what its gradient is of; wrap it in noGrad(() => …)`,
  );
}

/** `x += other` (torch.Tensor.add_). */
export const add_: InPlace<[other: Tensor | number]> = inPlace("add_", add);
/** `x -= other` (torch.Tensor.sub_). */
export const sub_: InPlace<[other: Tensor | number]> = inPlace("sub_", sub);
/** `x *= other` (torch.Tensor.mul_). */
export const mul_: InPlace<[other: Tensor | number]> = inPlace("mul_", mul);
/** `x /= other` (torch.Tensor.div_). */
export const div_: InPlace<[other: Tensor | number]> = inPlace("div_", div);
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
/** What replaces a tensor's values takes the gradient; what was there gets none. */
const replaceSpec: OpSpec<undefined> = {
  name: "copy_",
  torch: "",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward: ([x, source], _, _out, on) => execute(identity(x.dtype), on, source.storage.layout, source.storage),
  vjp: (g) => [g.zerosLike(), g],
  saves: "nothing",
  samples: [],
};

const replaced = (x: Tensor, source: Tensor): Tensor => apply(replaceSpec, [x, source], undefined);

/** All zeros (torch.Tensor.zero_). */
export const zero_: InPlace<[]> = inPlace("zero_", (x: Tensor) => replaced(x, zerosLike(x)));
/** One value everywhere (torch.Tensor.fill_). */
export const fill_: InPlace<[value: number]> = inPlace("fill_", (x: Tensor, value: number) =>
  replaced(x, fullLike(x, value)),
);
/** The values of another tensor, broadcast and converted (torch.Tensor.copy_). */
export const copy_: InPlace<[source: Tensor]> = inPlace("copy_", (x: Tensor, source: Tensor) => {
  expectTensor("copy_", "source", source);
  return replaced(x, source.to({ device: x.device, dtype: x.dtype }).expand(x.shape));
});
