// Standardising over some dims: zero mean, unit variance. What layer, group and batch normalisation have in common.
import { minus, plus, pointwise, times } from "../backend/kernels.js";
import { boolAttr, execute, kernel, perDType, typeAttr, withId } from "../backend/native.js";
import { intVector, scalar } from "../backend/constants.js";
import { type OpSpec, apply } from "../op.js";
import { reducedShape } from "../shape.js";
import { isGradEnabled } from "../state.js";
import { Storage } from "../storage.js";
import { Tensor } from "../tensor.js";

export interface Over {
  readonly dims: readonly number[];
  readonly eps: number;
}

const meanOf = perDType((dtype) =>
  kernel("Mean", [typeAttr("T", dtype), typeAttr("Tidx", "int32"), boolAttr("keep_dims", true)], 2),
);
const [squareOf, rsqrtOf] = [pointwise("Square", 1), pointwise("Rsqrt", 1)];

/** Of (x, standardised, rstd): the last two are written here, for the gradient. */
const standardiseSpec: OpSpec<Over> = {
  name: "standardise",
  torch: "",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward([x, standardised, rstd], { dims, eps }, _out, on) {
    const { dtype, storage } = x;
    const { layout } = storage;
    const axes = intVector(on, layout === "nhwc" ? dims.map((d) => [0, 3, 1, 2][d]) : dims);
    const mean = execute(meanOf(dtype), on, layout, storage, axes);
    const centred = execute(minus(dtype), on, layout, storage, mean);
    const variance = execute(meanOf(dtype), on, layout, execute(squareOf(dtype), on, layout, centred), axes);
    const inverse = execute(
      rsqrtOf(dtype),
      on,
      layout,
      execute(plus(dtype), on, layout, variance, scalar(on, dtype, eps)),
    );
    const out = execute(times(dtype), on, layout, centred, inverse);
    keep(standardised, out);
    keep(rstd, inverse);
    return out;
  },
  vjp(g, { in: [x, standardised, rstd], options }) {
    // Recorded, what was written down will not do: it has no history.
    const own = isGradEnabled() ? standardisedBy(x, options) : { standardised, rstd };
    return [standardiseGradient(g, own, options.dims), undefined, undefined];
  },
  saves: "in",
  samples: [],
};

/** Lets a tensor that was made for it hold a result: the same bytes, which later changes in place leave alone. */
function keep(hidden: Tensor, contents: Storage): void {
  hidden.storage.layout = contents.layout;
  hidden.storage.id = withId(contents, (id, addon) => addon.snapshot(id, hidden.storage));
}

/** dx of x̂ = (x - μ) r: r (g - mean(g) - x̂ mean(g x̂)). */
export function standardiseGradient(
  g: Tensor,
  { standardised, rstd }: { readonly standardised: Tensor; readonly rstd: Tensor },
  dims: readonly number[],
): Tensor {
  const along = g.mul(standardised).mean(dims, { keepdim: true });
  return g
    .sub(g.mean(dims, { keepdim: true }))
    .sub(standardised.mul(along))
    .mul(rstd);
}

/** By differentiable operations. */
export function standardisedBy(
  x: Tensor,
  { dims, eps }: Over,
): { readonly standardised: Tensor; readonly rstd: Tensor } {
  const centred = x.sub(x.mean(dims, { keepdim: true }));
  const rstd = centred.square().mean(dims, { keepdim: true }).add(eps).rsqrt();
  return { standardised: centred.mul(rstd), rstd };
}

/** A tensor whose contents an operation is going to write. */
export const toBeWritten = (shape: readonly number[], like: Tensor): Tensor =>
  new Tensor(new Storage("strided"), shape, like.dtype, like.device);

/** (x - mean) / √(variance + eps) over `dims`; float32 or float64. */
export function standardise(x: Tensor, over: Over): Tensor {
  const statistics = toBeWritten(reducedShape(x.shape, over.dims, true), x);
  return apply(standardiseSpec, [x, toBeWritten(x.shape, x), statistics], over);
}
