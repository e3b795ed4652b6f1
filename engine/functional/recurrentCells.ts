// One step of the recurrent networks, composed of differentiable operations: what RNNCell, LSTMCell and GRUCell compute,
// and the formula that every faster form must equal. Knows no layers, directions or modules.
import type { Tensor } from "../tensor.js";
import { linear } from "./linear.js";
import { unstacked } from "./unstacked.js";

/** Weights of one layer in one direction, with PyTorch's shapes; the gates lie one after another in the first dim. */
export interface RecurrentWeights {
  /** [gates · hidden, input] */
  readonly weightIh: Tensor;
  /** [gates · hidden, hidden] */
  readonly weightHh: Tensor;
  /** [gates · hidden], both or neither */
  readonly biasIh: Tensor | undefined;
  readonly biasHh: Tensor | undefined;
}

/** What goes from step to step, [batch, hidden] each: h, and for the LSTM c. The first is the step's output. */
export type RecurrentState = readonly Tensor[];

/** A kind of recurrent network. */
export interface Recurrence {
  readonly gates: number;
  readonly states: 1 | 2;
  /** @param projected x W_ihᵀ + b_ih of this step, [batch, gates · hidden] */
  readonly step: (projected: Tensor, state: RecurrentState, weights: RecurrentWeights) => RecurrentState;
}

/** [batch, gates · hidden] as one [batch, hidden] per gate. */
const gatesOf = (x: Tensor, gates: number): readonly Tensor[] =>
  unstacked(x.reshape(x.shape[0], gates, x.shape[1] / gates), 1);

const elman = (activation: (x: Tensor) => Tensor): Recurrence => ({
  gates: 1,
  states: 1,
  // h' = activation(W_ih x + b_ih + W_hh h + b_hh)
  step: (projected, [h], { weightHh, biasHh }) => [activation(projected.add(linear(h, weightHh, biasHh)))],
});

export type RnnNonlinearity = "tanh" | "relu";

/** Elman's network (torch.nn.RNN), with either activation. */
export const rnn: Readonly<Record<RnnNonlinearity, Recurrence>> = {
  tanh: elman((x) => x.tanh()),
  relu: elman((x) => x.relu()),
};

/** Long short-term memory (Hochreiter and Schmidhuber, 1997; torch.nn.LSTM). Gates i, f, g, o. */
export const lstm: Recurrence = {
  gates: 4,
  states: 2,
  // c' = σ(f) c + σ(i) tanh(g);  h' = σ(o) tanh(c')
  step(projected, [h, c], { weightHh, biasHh }) {
    const [i, f, g, o] = gatesOf(projected.add(linear(h, weightHh, biasHh)), 4);
    const next = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
    return [o.sigmoid().mul(next.tanh()), next];
  },
};

/** Gated recurrent unit (Cho et al., 2014; torch.nn.GRU). Gates r, z, n; r acts on W_hn h + b_hn, after the product. */
export const gru: Recurrence = {
  gates: 3,
  states: 1,
  // n = tanh(x_n + r h_n);  h' = (1 - z) n + z h
  step(projected, [h], { weightHh, biasHh }) {
    const [xr, xz, xn] = gatesOf(projected, 3);
    const [hr, hz, hn] = gatesOf(linear(h, weightHh, biasHh), 3);
    const n = xn.add(xr.add(hr).sigmoid().mul(hn)).tanh();
    return [n.add(xz.add(hz).sigmoid().mul(h.sub(n)))];
  },
};

/** One step from an input [batch, input]. */
export const recurrentStep = (
  { step }: Recurrence,
  x: Tensor,
  state: RecurrentState,
  weights: RecurrentWeights,
): RecurrentState => step(linear(x, weights.weightIh, weights.biasIh), state, weights);
