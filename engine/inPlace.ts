// The in-place form of an operation: the out-of-place one, then the tensor's contents are exchanged. What it refuses is
// here too. Knows no operation by name.
import { canStore } from "./dtype.js";
import { ArgumentError, AutogradError, DTypeError, ShapeError, shapeText } from "./errors.js";
import { expectTensor } from "./op.js";
import { replaced } from "./ops/replaced.js";
import { sameShape } from "./shape.js";
import { isGradEnabled } from "./state.js";
import type { Tensor } from "./tensor.js";
import { become, overlapsItself, present } from "./view.js";

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
