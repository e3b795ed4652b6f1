// A stack of recurrent layers, in one or both directions, with dropout between them. Knows weights and states, no modules.
import type { Tensor } from "../tensor.js";
import { dropout } from "./dropout.js";
import { cat } from "./join.js";
import { type Recurrence, type RecurrentState, type RecurrentWeights, lstm } from "./recurrentCells.js";
import { type RecurrentResult, composedLayer } from "./recurrentLayer.js";
import { lstmLayer } from "./recurrentLstm.js";
import { stacked, unstacked } from "./unstacked.js";

export interface RecurrentStack {
  readonly kind: Recurrence;
  /** One per layer and direction, the forward direction of a layer first. */
  readonly weights: readonly RecurrentWeights[];
  readonly directions: 1 | 2;
  /** Chance of an element of a layer's output, the last layer's apart, to be dropped. 0 outside of training. */
  readonly dropout: number;
}

/**
 * @param x [steps, batch, input]
 * @param state [layers · directions, batch, hidden] for h, and for the LSTM c
 * @returns output [steps, batch, directions · hidden], the state in the shapes of `state`
 */
export function recurrentStack(stack: RecurrentStack, x: Tensor, state: RecurrentState): RecurrentResult {
  const { kind, weights, directions } = stack;
  const layer = kind === lstm ? lstmLayer : composedLayer.bind(undefined, kind);
  const begin = state.map((s) => unstacked(s, 0));
  const ends: RecurrentState[] = [];
  let output = x;
  for (let first = 0; first < weights.length; first += directions) {
    const input = first === 0 ? output : dropout(output, { p: stack.dropout });
    const parts = weights.slice(first, first + directions).map((own, direction) => {
      const each = begin.map((s) => s[first + direction]);
      return layer(input, each, own, direction === 1);
    });
    output = parts.length === 1 ? parts[0].output : cat([parts[0].output, parts[1].output], 2);
    ends.push(...parts.map((part) => part.state));
  }
  return {
    output,
    state: state.map((_, i) =>
      stacked(
        ends.map((end) => end[i]),
        0,
      ),
    ),
  };
}
