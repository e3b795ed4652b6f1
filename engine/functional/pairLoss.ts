// Losses of an input and a target element by element: value, slopes and reduction as one entry of the tape. Slopes are
// written out, not taken from the value's parts, because those meet 0 times infinity where the slope is finite.
import { type DType, isFloating, resultType } from "../dtype.js";
import { DTypeError, ShapeError, shapeText, expectOptions } from "../errors.js";
import { type Declared, type OpSpec, type Sample, apply, expectTensor } from "../op.js";
import { broadcastShapes, sameShape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type Reduction, expectReduction, reduced, warnOnce } from "./reduction.js";

interface Elements<O> {
  readonly name: string;
  /** The loss of each element. */
  readonly value: (x: Tensor, target: Tensor, own: O, more: readonly Tensor[]) => Tensor;
  /** d value / d x divided by `slopeTimes`, written with differentiable operations. */
  readonly slope: (x: Tensor, target: Tensor, own: O, more: readonly Tensor[]) => Tensor;
  readonly slopeTimes?: number;
  /** d value / d target; without it -slope, as for every function of the difference. */
  readonly targetSlope?: (x: Tensor, target: Tensor, own: O, more: readonly Tensor[]) => Tensor;
}

interface Call<O> {
  readonly reduction: Reduction;
  readonly own: O;
}

/** A loss of pairs. `own` is the loss's own setting; `more` are tensors that take part without a gradient. */
export type PairLoss<O> = (x: Tensor, target: Tensor, reduction: Reduction, own: O, more?: readonly Tensor[]) => Tensor;

export function pairLoss<O>(e: Elements<O>): PairLoss<O> {
  const { slopeTimes = 1 } = e;
  const spec: OpSpec<Call<O>> = {
    name: e.name,
    torch: "",
    infer([x, target, ...more], { reduction }) {
      const shape = [target, ...more].reduce((all, { shape }) => broadcastShapes(e.name, all, shape), x.shape);
      return { shape: reduction === "none" ? shape : [], dtype: x.dtype };
    },
    forward(inputs, { reduction, own }) {
      const [x, target, ...more] = inputs.map((input) => input.detach());
      return reduced(e.value(x, target, own, more), reduction).storage;
    },
    vjp(g, { in: [x, target, ...more], options: { reduction, own }, needs }) {
      const shape = broadcastShapes(e.name, x.shape, target.shape);
      const count = reduction === "mean" ? sizeOf(shape) : 1;
      // A slope that depends on one of the two has its shape; the tape undoes the broadcasting of the whole.
      const times = (slope: Tensor, factor: number): Tensor =>
        (sameShape(slope.shape, shape) ? slope : slope.expand(shape)).mul(factor === 1 ? g : g.mul(factor));
      const mine = needs[0] || !e.targetSlope ? times(e.slope(x, target, own, more), slopeTimes / count) : undefined;
      if (!needs[1]) return [mine, undefined];
      return [mine, e.targetSlope ? times(e.targetSlope(x, target, own, more), 1 / count) : mine?.neg()];
    },
    saves: "in",
    samples: [],
  };
  return (x, target, reduction, own, more = []) => {
    expectReduction(e.name, reduction);
    const dtype = [target, ...more].reduce((d, y) => resultType(d, x.ndim, y.dtype, y.ndim), x.dtype);
    if (!isFloating(dtype)) {
      throw new DTypeError(
        `${e.name}: expected a floating dtype, got ${x.dtype} and ${target.dtype}; convert with .to("float32")`,
      );
    }
    // Half precisions are computed in float32 and rounded once.
    const wide = computedIn(dtype);
    const out = apply(
      spec,
      [x, target, ...more].map((input) => (input.dtype === wide ? input : input.to(wide))),
      { reduction, own },
    );
    return wide === dtype ? out : out.to(dtype);
  };
}

/** A loss of an input and a target, as users call it. */
export type Loss<O> = ((x: Tensor, target: Tensor, options?: O) => Tensor) & Declared;

/** @param torch PyTorch's function: `F.mse_loss` */
export const declareLoss = <O extends object>(
  opName: string,
  torch: string,
  samples: readonly Sample[],
  call: (x: Tensor, target: Tensor, options?: O) => Tensor,
): Loss<O> => {
  const checked = (x: Tensor, target: Tensor, options?: O): Tensor => {
    expectOptions(opName, options, '{ reduction: "sum" }');
    return call(x, target, options);
  };
  return Object.assign(checked, { opName, torch: `${torch}(a, b)`, samples, differentiable: true });
};

/** float32 for the half precisions. */
export const computedIn = (dtype: DType): DType => (dtype === "float64" ? dtype : "float32");

/** Checks the tensors of a loss that broadcasts, and gives PyTorch's warning: [N, 1] against [N] makes [N, N] differences. */
export function expectPair(op: string, x: unknown, target: unknown): void {
  expectTensor(op, "input", x);
  expectTensor(op, "target", target);
  if (sameShape(x.shape, target.shape)) return;
  broadcastShapes(op, x.shape, target.shape);
  warnOnce(
    `${op}: the target's shape ${shapeText(target.shape)} differs from the input's ${shapeText(x.shape)}; they are broadcast, which is hardly ever meant`,
  );
}

/** Checks the tensors of a loss that does not broadcast. */
export function expectSameShape(op: string, x: unknown, target: unknown): void {
  expectTensor(op, "input", x);
  expectTensor(op, "target", target);
  if (sameShape(x.shape, target.shape)) return;
  throw new ShapeError(
    `${op}: expected a target of the input's shape ${shapeText(x.shape)}, got ${shapeText(target.shape)}`,
  );
}

/** Checks a factor per element. */
export function expectWeight(op: string, weight: unknown, x: Tensor): asserts weight is Tensor {
  expectTensor(op, "weight", weight);
  if (sameShape(weight.shape, x.shape)) return;
  throw new ShapeError(
    `${op}: expected a weight of the input's shape ${shapeText(x.shape)}, got ${shapeText(weight.shape)}`,
  );
}
