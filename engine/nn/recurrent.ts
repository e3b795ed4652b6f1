// Recurrent layers over sequences: RNN, LSTM, GRU. Parameters, shapes and what users may pass are here; the arithmetic is
// in functional/recurrent*.ts.
import { zeros } from "../create.js";
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import { ArgumentError, ShapeError, shapeText, expectOptions } from "../errors.js";
import { recurrentStack } from "../functional/recurrent.js";
import {
  type Recurrence,
  type RecurrentWeights,
  type RnnNonlinearity,
  gru,
  lstm,
  rnn,
} from "../functional/recurrentCells.js";
import { expectTensor } from "../op.js";
import { sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { uniform_ } from "./init.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

export interface RecurrentOptions {
  /** Layers on top of one another. Default 1. */
  readonly numLayers?: number;
  /** Whether there are biases. Default true. */
  readonly bias?: boolean;
  /** Input and output are [batch, steps, …] instead of [steps, batch, …]; states are not changed. Default false. */
  readonly batchFirst?: boolean;
  /** Chance of an element of each layer's output, the last layer's apart, to be dropped in training. Default 0. */
  readonly dropout?: number;
  /** A second set of weights reads each sequence from its end; outputs lie side by side. Default false. */
  readonly bidirectional?: boolean;
  readonly dtype?: DType;
  readonly device?: Device | string;
}

export interface RNNOptions extends RecurrentOptions {
  /** Default "tanh". */
  readonly nonlinearity?: RnnNonlinearity;
}

/** Those of layer 1 for the other direction end in L1Reverse. */
type WeightName = `${"weight" | "bias"}${"Ih" | "Hh"}L${number}${"" | "Reverse"}`;

/** What RNN, LSTM and GRU share (torch.nn.RNNBase). */
export abstract class RecurrentBase extends Module {
  /**
   * Parameters, for each layer k, and again with `Reverse` behind the name for the other direction (PyTorch's names in
   * camelCase: weight_ih_l0 is weightIhL0):
   * weightIhL{k} [gates · hiddenSize, inputSize, or directions · hiddenSize above the first layer],
   * weightHhL{k} [gates · hiddenSize, hiddenSize], biasIhL{k} and biasHhL{k} [gates · hiddenSize].
   */
  [name: WeightName]: Parameter;

  readonly numLayers: number;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  readonly dropout: number;
  readonly bidirectional: boolean;

  constructor(
    gates: number,
    readonly inputSize: number,
    readonly hiddenSize: number,
    options: RecurrentOptions,
  ) {
    super();
    expectOptions(this.constructor.name, options, "{ numLayers: 2 }");
    const { numLayers = 1, bias = true, batchFirst = false, dropout = 0, bidirectional = false } = options;
    const name = this.constructor.name;
    for (const [what, value] of Object.entries({ inputSize, hiddenSize, numLayers })) {
      if (!Number.isInteger(value) || value < 1)
        throw new ArgumentError(`${name}: expected ${what} as an integer >= 1, got ${value}`);
    }
    if (!(dropout >= 0 && dropout <= 1)) throw new ArgumentError(`${name}: expected dropout in [0, 1], got ${dropout}`);
    if (dropout > 0 && numLayers === 1) {
      process.emitWarning(`${name}: dropout acts between layers, and there is only one; set numLayers above 1`);
    }
    this.numLayers = numLayers;
    this.bias = bias;
    this.batchFirst = batchFirst;
    this.dropout = dropout;
    this.bidirectional = bidirectional;
    this.addParameters(gates * hiddenSize, options);
  }

  protected abstract get kind(): Recurrence;

  private addParameters(rows: number, { dtype = "float32", device }: RecurrentOptions): void {
    const { hiddenSize, directions } = this;
    for (const [index, names] of this.weightNames().entries()) {
      const columns = index < directions ? this.inputSize : directions * hiddenSize;
      const shapes = [[rows, columns], [rows, hiddenSize], [rows], [rows]];
      names.forEach((name, i) => this.registerParameter(name, new Parameter(zeros(shapes[i], { dtype, device }))));
    }
    this.resetParameters();
  }

  /** The weights of each layer and direction by name. */
  private weightNames(): WeightName[][] {
    return Array.from({ length: this.numLayers * this.directions }, (_, i) => {
      const of = `L${Math.floor(i / this.directions)}${i % this.directions === 1 ? "Reverse" : ""}` as const;
      const weights: WeightName[] = [`weightIh${of}` as WeightName, `weightHh${of}` as WeightName];
      return this.bias ? [...weights, `biasIh${of}` as WeightName, `biasHh${of}` as WeightName] : weights;
    });
  }

  protected get directions(): 1 | 2 {
    return this.bidirectional ? 2 : 1;
  }

  /** Every weight anew: uniform in ±1/√hiddenSize (torch.nn.RNNBase.reset_parameters). */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    for (const weight of this.parameters()) uniform_(weight, -bound, bound);
  }

  /** For `forward`: one sequence or a batch of them, from a state or from zeros. */
  protected run(x: Tensor, given: readonly (Tensor | undefined)[]): { output: Tensor; state: readonly Tensor[] } {
    const name = this.constructor.name;
    expectTensor(name, "input", x);
    if (x.ndim !== 2 && x.ndim !== 3) {
      throw new ShapeError(`${name}: expected input of 2 or 3 dimensions, got ${shapeText(x.shape)}`);
    }
    const batched = x.ndim === 3;
    const turned = batched && this.batchFirst;
    const input = turned ? x.transpose(0, 1) : batched ? x : x.unsqueeze(1);
    const [steps, batch, features] = input.shape;
    if (features !== this.inputSize) {
      throw new ShapeError(
        `${name}: expected input with ${this.inputSize} features in its last dim (inputSize), got ${shapeText(x.shape)}`,
      );
    }
    if (steps === 0) throw new ShapeError(`${name}: expected at least one step, got ${shapeText(x.shape)}`);
    const layers = this.numLayers * this.directions;
    const outside = batched ? [layers, batch, this.hiddenSize] : [layers, this.hiddenSize];
    const state = given.map((s, i) => {
      const which = `${"hc"[i]}0`;
      if (s === undefined) return zeros([layers, batch, this.hiddenSize], { dtype: x.dtype, device: x.device });
      expectTensor(name, which, s);
      if (!sameShape(s.shape, outside)) {
        const also = this.batchFirst && batched ? "; batchFirst does not change it" : "";
        throw new ShapeError(
          `${name}: expected ${which} of ${shapeText(outside)} for input ${shapeText(x.shape)}, got ${shapeText(s.shape)}${also}`,
        );
      }
      return batched ? s : s.unsqueeze(1);
    });
    const result = recurrentStack(
      {
        kind: this.kind,
        weights: this.weightNames().map((names): RecurrentWeights => {
          const [weightIh, weightHh, biasIh, biasHh] = names.map((of) => this[of]);
          return { weightIh, weightHh, biasIh, biasHh };
        }),
        directions: this.directions,
        dropout: this.training ? this.dropout : 0,
      },
      input,
      state,
    );
    return batched
      ? { output: turned ? result.output.transpose(0, 1) : result.output, state: result.state }
      : { output: result.output.squeeze(1), state: result.state.map((s) => s.squeeze(1)) };
  }

  override extraRepr(): string {
    const { inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional } = this;
    return [
      `${inputSize}, ${hiddenSize}`,
      ...(numLayers === 1 ? [] : [`numLayers=${numLayers}`]),
      ...(bias ? [] : ["bias=false"]),
      ...(batchFirst ? ["batchFirst=true"] : []),
      ...(dropout === 0 ? [] : [`dropout=${dropout}`]),
      ...(bidirectional ? ["bidirectional=true"] : []),
    ].join(", ");
  }
}

/**
 * Elman's network (torch.nn.RNN): h = tanh(W_ih x + b_ih + W_hh h + b_hh) at every step. Parameters: see RecurrentBase.
 * Sizes of input, state and output are the LSTM's; the state is h alone.
 */
export class RNN extends RecurrentBase {
  readonly nonlinearity: RnnNonlinearity;

  /** @throws ArgumentError for sizes below 1, or an unknown nonlinearity. */
  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    const { nonlinearity = "tanh" } = options;
    super(kindOfRnn("RNN", nonlinearity).gates, inputSize, hiddenSize, options);
    this.nonlinearity = nonlinearity;
  }

  protected get kind(): Recurrence {
    return rnn[this.nonlinearity];
  }

  /** @returns [output, hN] */
  forward(input: Tensor, h0?: Tensor): [output: Tensor, hN: Tensor] {
    const { output, state } = this.run(input, [h0]);
    return [output, state[0]];
  }

  override extraRepr(): string {
    return this.nonlinearity === "tanh" ? super.extraRepr() : `${super.extraRepr()}, nonlinearity=${this.nonlinearity}`;
  }
}

/** The recurrence of a nonlinearity, checked: JavaScript callers have no types. */
export function kindOfRnn(layer: string, nonlinearity: RnnNonlinearity): Recurrence {
  if (!Object.hasOwn(rnn, nonlinearity)) {
    throw new ArgumentError(`${layer}: expected nonlinearity "tanh" or "relu", got ${JSON.stringify(nonlinearity)}`);
  }
  return rnn[nonlinearity];
}

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997; torch.nn.LSTM). Gates in the order i, f, g, o. Parameters: see
 * RecurrentBase; there is no projSize.
 */
export class LSTM extends RecurrentBase {
  /** @throws ArgumentError for sizes below 1. */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(lstm.gates, inputSize, hiddenSize, options);
  }

  protected get kind(): Recurrence {
    return lstm;
  }

  /**
   * @param input [steps, batch, inputSize], [batch, steps, inputSize] with batchFirst, or one sequence [steps, inputSize]
   * @param state h0 and c0, [numLayers · directions, batch, hiddenSize], without batch for one sequence; zeros without it
   * @returns [output, [hN, cN]]: output like the input with directions · hiddenSize in its last dim; the states as h0, c0
   */
  forward(input: Tensor, state?: readonly [h0: Tensor, c0: Tensor]): [output: Tensor, state: [hN: Tensor, cN: Tensor]] {
    if (state !== undefined && (!Array.isArray(state) || state.length !== 2)) {
      throw new ArgumentError("LSTM: expected the state as [h0, c0]");
    }
    const { output, state: last } = this.run(input, state ?? [undefined, undefined]);
    return [output, [last[0], last[1]]];
  }
}

/**
 * Gated recurrent unit (Cho et al., 2014; torch.nn.GRU). Gates in the order r, z, n; as in PyTorch r acts after the
 * product with h. Parameters: see RecurrentBase; sizes are the LSTM's, the state is h alone.
 */
export class GRU extends RecurrentBase {
  /** @throws ArgumentError for sizes below 1. */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(gru.gates, inputSize, hiddenSize, options);
  }

  protected get kind(): Recurrence {
    return gru;
  }

  /** @returns [output, hN] */
  forward(input: Tensor, h0?: Tensor): [output: Tensor, hN: Tensor] {
    const { output, state } = this.run(input, [h0]);
    return [output, state[0]];
  }
}
