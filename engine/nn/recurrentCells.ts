// One step of the recurrent networks as layers, for loops that users write themselves: RNNCell, LSTMCell, GRUCell.
import { zeros } from "../create.js";
import { ArgumentError, ShapeError, shapeText, expectOptions } from "../errors.js";
import {
  type Recurrence,
  type RecurrentState,
  type RnnNonlinearity,
  gru,
  lstm,
  recurrentStep,
  rnn,
} from "../functional/recurrentCells.js";
import { expectTensor } from "../op.js";
import { sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { uniform_ } from "./init.js";
import type { LayerOptions } from "./layers.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";
import { kindOfRnn } from "./recurrent.js";

/** What the cells share (torch.nn.RNNCellBase). */
export abstract class RecurrentCellBase extends Module {
  /** [gates · hiddenSize, inputSize]; PyTorch's weight_ih. */
  weightIh: Parameter;
  /** [gates · hiddenSize, hiddenSize]; weight_hh. */
  weightHh: Parameter;
  /** [gates · hiddenSize]; bias_ih. */
  biasIh: Parameter | undefined;
  /** [gates · hiddenSize]; bias_hh. */
  biasHh: Parameter | undefined;

  constructor(
    gates: number,
    readonly inputSize: number,
    readonly hiddenSize: number,
    options: LayerOptions,
  ) {
    super();
    const { bias = true, dtype = "float32", device } = expectOptions(this.constructor.name, options, "{ bias: false }");
    for (const [what, value] of Object.entries({ inputSize, hiddenSize })) {
      if (!Number.isInteger(value) || value < 1)
        throw new ArgumentError(`${this.constructor.name}: expected ${what} as an integer >= 1, got ${value}`);
    }
    const rows = gates * hiddenSize;
    const parameter = (...shape: number[]) => new Parameter(zeros(shape, { dtype, device }));
    this.weightIh = parameter(rows, inputSize);
    this.weightHh = parameter(rows, hiddenSize);
    this.biasIh = bias ? parameter(rows) : undefined;
    this.biasHh = bias ? parameter(rows) : undefined;
    this.resetParameters();
  }

  protected abstract get kind(): Recurrence;

  /** Every weight anew: uniform in ±1/√hiddenSize (torch.nn.RNNCellBase.reset_parameters). */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    for (const weight of this.parameters()) uniform_(weight, -bound, bound);
  }

  /** For `forward`: [batch, inputSize] or [inputSize], from a state of the same rank or from zeros. */
  protected step(x: Tensor, given: readonly (Tensor | undefined)[]): RecurrentState {
    const name = this.constructor.name;
    expectTensor(name, "input", x);
    if ((x.ndim !== 1 && x.ndim !== 2) || x.shape[x.ndim - 1] !== this.inputSize) {
      throw new ShapeError(
        `${name}: expected input of [batch, ${this.inputSize}] or [${this.inputSize}], got ${shapeText(x.shape)}`,
      );
    }
    const batched = x.ndim === 2;
    const input = batched ? x : x.unsqueeze(0);
    const outside = batched ? [x.shape[0], this.hiddenSize] : [this.hiddenSize];
    const state = given.map((s, i) => {
      if (s === undefined) return zeros([input.shape[0], this.hiddenSize], { dtype: x.dtype, device: x.device });
      const which = "hc"[i];
      expectTensor(name, which, s);
      if (!sameShape(s.shape, outside)) {
        throw new ShapeError(
          `${name}: expected ${which} of ${shapeText(outside)} for input ${shapeText(x.shape)}, got ${shapeText(s.shape)}`,
        );
      }
      return batched ? s : s.unsqueeze(0);
    });
    const next = recurrentStep(this.kind, input, state, this);
    return batched ? next : next.map((s) => s.squeeze(0));
  }

  override extraRepr(): string {
    return `${this.inputSize}, ${this.hiddenSize}${this.biasIh ? "" : ", bias=false"}`;
  }
}

export interface RNNCellOptions extends LayerOptions {
  /** Default "tanh". */
  readonly nonlinearity?: RnnNonlinearity;
}

/** One step of an Elman network (torch.nn.RNNCell): h = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu. */
export class RNNCell extends RecurrentCellBase {
  readonly nonlinearity: RnnNonlinearity;

  /** @throws ArgumentError for sizes below 1, or an unknown nonlinearity. */
  constructor(inputSize: number, hiddenSize: number, options: RNNCellOptions = {}) {
    const { nonlinearity = "tanh" } = options;
    super(kindOfRnn("RNNCell", nonlinearity).gates, inputSize, hiddenSize, options);
    this.nonlinearity = nonlinearity;
  }

  protected get kind(): Recurrence {
    return rnn[this.nonlinearity];
  }

  /**
   * @param input [batch, inputSize] or [inputSize]
   * @param h [batch, hiddenSize] or [hiddenSize]; zeros without it
   * @returns the next h
   */
  forward(input: Tensor, h?: Tensor): Tensor {
    return this.step(input, [h])[0];
  }

  override extraRepr(): string {
    return this.nonlinearity === "tanh" ? super.extraRepr() : `${super.extraRepr()}, nonlinearity=${this.nonlinearity}`;
  }
}

/** One step of an LSTM (torch.nn.LSTMCell). Gates in the order i, f, g, o. */
export class LSTMCell extends RecurrentCellBase {
  /** @throws ArgumentError for sizes below 1. */
  constructor(inputSize: number, hiddenSize: number, options: LayerOptions = {}) {
    super(lstm.gates, inputSize, hiddenSize, options);
  }

  protected get kind(): Recurrence {
    return lstm;
  }

  /**
   * @param input [batch, inputSize] or [inputSize]
   * @param state h and c, [batch, hiddenSize] or [hiddenSize] each; zeros without it
   * @returns the next [h, c]
   */
  forward(input: Tensor, state?: readonly [h: Tensor, c: Tensor]): [h: Tensor, c: Tensor] {
    if (state !== undefined && (!Array.isArray(state) || state.length !== 2)) {
      throw new ArgumentError("LSTMCell: expected the state as [h, c]");
    }
    const [h, c] = this.step(input, state ?? [undefined, undefined]);
    return [h, c];
  }
}

/** One step of a GRU (torch.nn.GRUCell). Gates in the order r, z, n. */
export class GRUCell extends RecurrentCellBase {
  /** @throws ArgumentError for sizes below 1. */
  constructor(inputSize: number, hiddenSize: number, options: LayerOptions = {}) {
    super(gru.gates, inputSize, hiddenSize, options);
  }

  protected get kind(): Recurrence {
    return gru;
  }

  /** As RNNCell's. */
  forward(input: Tensor, h?: Tensor): Tensor {
    return this.step(input, [h])[0];
  }
}
