// Gradient clipping (torch.nn.utils.clip_grad_norm_, clip_grad_value_): in place, on whatever has a gradient.
import { execute, kernel, perDType, typeAttr } from "../backend/native.js";
import { zeros } from "../create.js";
import { stack } from "../functional/join.js";
import { ArgumentError, GradtapeError, expectOptions } from "../errors.js";
import type { DType } from "../dtype.js";
import { expectTensor } from "../op.js";
import { noGrad } from "../state.js";
import { Tensor } from "../tensor.js";

export interface ClipNormOptions {
  /** Which norm: 2 (default), 1, any p > 0, or Infinity. */
  readonly normType?: number;
  /** Throw when the norm is NaN or infinite. */
  readonly errorIfNonfinite?: boolean;
}

/**
 * Scales the gradients so that their norm, taken over all of them as one vector, is at most `maxNorm`
 * (torch.nn.utils.clip_grad_norm_). Parameters without a gradient are passed over.
 * @returns the norm as it was before, 0-d
 * @throws {GradtapeError} for a norm that is not finite, with `errorIfNonfinite`; nothing is scaled then
 */
export function clipGradNorm_(
  parameters: Tensor | Iterable<Tensor>,
  maxNorm: number,
  options?: ClipNormOptions,
): Tensor {
  const { normType = 2, errorIfNonfinite = false } = expectOptions("clipGradNorm_", options, "{ normType: 1 }");
  if (!(typeof maxNorm === "number") || Number.isNaN(maxNorm)) {
    throw new ArgumentError(`clipGradNorm_: expected maxNorm as a number, got ${String(maxNorm)}`);
  }
  const grads = gradientsOf("clipGradNorm_", parameters);
  return noGrad(() => {
    const total = totalNorm("clipGradNorm_", grads, normType);
    if (errorIfNonfinite && !Number.isFinite(total.item())) {
      throw new GradtapeError(
        `clipGradNorm_: expected gradients of a finite norm, got ${total.item()}; without { errorIfNonfinite: true } they are scaled by it`,
      );
    }
    // Never above 1: multiplied always, so that no value has to be waited for.
    const factor = total.fullLike(maxNorm).div(total.add(1e-6));
    const limited = factor.minimum(factor.onesLike());
    for (const grad of grads) grad.overwrite(grad.mul(limited.to({ device: grad.device, dtype: grad.dtype })));
    return total;
  });
}

/**
 * The norm of gradients or other tensors, taken over all of them as one vector (torch.nn.utils.get_total_norm); 0 for
 * none. 0-d, on the first one's device.
 * @param normType 2, 1, any p > 0, or Infinity
 */
export function getTotalNorm(tensors: Tensor | Iterable<Tensor>, normType = 2): Tensor {
  const all = tensors instanceof Tensor ? [tensors] : [...tensors];
  for (const x of all) expectTensor("getTotalNorm", "one of the tensors", x);
  return totalNorm("getTotalNorm", all, normType);
}

function totalNorm(op: string, grads: readonly Tensor[], normType: number): Tensor {
  if (!(typeof normType === "number" && normType > 0)) {
    throw new ArgumentError(`${op}: expected normType > 0, got ${String(normType)}`);
  }
  if (grads.length === 0) return zeros([]);
  const [{ device }] = grads;
  const dtype: DType = grads.some((g) => g.dtype === "float64") ? "float64" : "float32";
  return noGrad(() => {
    const filled = grads.filter((g) => g.numel() > 0);
    if (filled.length === 0) return zeros([], { device, dtype });
    // Half precisions would overflow.
    const wide = filled.map((g) => (g.dtype === "float32" || g.dtype === "float64" ? g : g.to("float32")));
    const together = (part: (g: Tensor) => Tensor) => stack(wide.map((g) => part(g).to({ device, dtype })));
    if (normType === Infinity) return together((g) => g.abs().amax()).amax();
    if (normType === 2) return together(halfOfSquares).sum().mul(2).sqrt();
    if (normType === 1) return together((g) => g.abs().sum()).sum();
    return together((g) => g.abs().pow(normType).sum())
      .sum()
      .pow(1 / normType);
  });
}

const l2Loss = perDType((dtype) => kernel("L2Loss", [typeAttr("T", dtype)], 1));

/** Σ x² / 2 in one kernel; the order of the elements does not matter. */
function halfOfSquares(x: Tensor): Tensor {
  if (x.device.type === "meta") return x.sum();
  return new Tensor(execute(l2Loss(x.dtype), x.device, "strided", x.storage), [], x.dtype, x.device);
}

/**
 * Limits every element of the gradients to [-clipValue, clipValue] (torch.nn.utils.clip_grad_value_).
 */
export function clipGradValue_(parameters: Tensor | Iterable<Tensor>, clipValue: number): void {
  if (!(typeof clipValue === "number" && clipValue >= 0)) {
    throw new ArgumentError(`clipGradValue_: expected clipValue >= 0, got ${String(clipValue)}`);
  }
  noGrad(() => {
    for (const grad of gradientsOf("clipGradValue_", parameters)) {
      const bound = grad.fullLike(clipValue);
      grad.overwrite(grad.minimum(bound).maximum(bound.neg()));
    }
  });
}

function gradientsOf(op: string, parameters: Tensor | Iterable<Tensor>): readonly Tensor[] {
  const all = parameters instanceof Tensor ? [parameters] : [...parameters];
  return all.flatMap((p) => {
    if (!(p instanceof Tensor)) throw new ArgumentError(`${op}: expected parameters, got ${typeof p}`);
    return p.grad ? [p.grad] : [];
  });
}
