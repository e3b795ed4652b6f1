// How the losses of single elements become one result.
import { ArgumentError } from "../errors.js";
import type { Tensor } from "../tensor.js";

/** "none": a loss per element; "sum" and "mean" of them. */
export type Reduction = "mean" | "sum" | "none";

export interface LossOptions {
  /** Default "mean". */
  readonly reduction?: Reduction;
}

/** Refuses what is no reduction: JavaScript callers have no types. */
export function expectReduction(op: string, reduction: Reduction): void {
  if (reduction !== "mean" && reduction !== "sum" && reduction !== "none") {
    throw new ArgumentError(
      `${op}: expected a reduction of "mean", "sum" or "none", got ${JSON.stringify(reduction satisfies never)}`,
    );
  }
}

/** All elements as the reduction says. */
export function reduced(losses: Tensor, reduction: Reduction): Tensor {
  switch (reduction) {
    case "mean":
      return losses.mean();
    case "sum":
      return losses.sum();
    case "none":
      return losses;
    default:
      throw new ArgumentError(`loss: unknown reduction ${String(reduction satisfies never)}`);
  }
}

const warned = new Set<string>();

/** A warning that is given once per text. */
export function warnOnce(text: string): void {
  if (warned.has(text)) return;
  warned.add(text);
  process.emitWarning(text, "GradtapeWarning");
}
