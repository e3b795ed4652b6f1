// One recurrent layer in one direction over a whole sequence: the composed form for every kind, dtype and device. Knows no
// modules; the fused form of the LSTM stands in recurrentLstm.ts.
import type { Tensor } from "../tensor.js";
import { linear } from "./linear.js";
import type { Recurrence, RecurrentState, RecurrentWeights } from "./recurrentCells.js";
import { stacked, unstacked } from "./unstacked.js";

/** The output at every step, [steps, batch, hidden], and the state after the last one. */
export interface RecurrentResult {
  readonly output: Tensor;
  readonly state: RecurrentState;
}

/** The steps in the order of time, or against it. */
export function* stepsOf(steps: number, reverse: boolean): Generator<number> {
  for (let i = 0; i < steps; i++) yield reverse ? steps - 1 - i : i;
}

/**
 * A layer from its steps. The inputs of all steps are projected in one product; the recurrence is step by step.
 * @param x [steps, batch, input], at least one step
 * @param reverse begin with the last step; the output is in the order of `x` all the same
 */
export function composedLayer(
  kind: Recurrence,
  x: Tensor,
  state: RecurrentState,
  weights: RecurrentWeights,
  reverse: boolean,
): RecurrentResult {
  const projected = unstacked(linear(x, weights.weightIh, weights.biasIh), 0);
  const output: Tensor[] = [];
  let now = state;
  for (const t of stepsOf(projected.length, reverse)) {
    now = kind.step(projected[t], now, weights);
    output[t] = now[0];
  }
  return { output: stacked(reverse ? [...output] : output, 0), state: now };
}
