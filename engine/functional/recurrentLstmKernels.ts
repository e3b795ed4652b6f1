// An LSTM layer over a whole sequence in kernels, forwards and backwards, on storages. The products that can be made for
// all steps at once are; the steps themselves are one of two sets of kernels. Knows no tape and no tensors.
import { intScalar, intVector, scalar } from "../backend/constants.js";
import { concat, fill, identity, product, slice } from "../backend/kernels.js";
import { reshaped } from "../backend/layout.js";
import { execute, executeMany, kernel, native, perDType, stringAttr, typeAttr } from "../backend/native.js";
import type { Device } from "../device.js";
import type { Storage } from "../storage.js";
import { packKernel, unpackKernel } from "./unstacked.js";

/** What both sets of kernels know; the rest is left to the composed form on the tape. */
export const dtype = "float32";

export interface LstmSizes {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
}

export interface LstmInputs {
  readonly x: Storage;
  readonly h: Storage;
  readonly c: Storage;
  readonly weightIh: Storage;
  readonly weightHh: Storage;
  readonly biases: readonly [Storage, Storage] | undefined;
}

/** What the gradient needs of each step, in the order of time. */
export type LstmKept = readonly (readonly Storage[])[];

/** The part of the layer that goes step by step. */
export interface LstmSteps {
  /** What is kept of a step is [batch, this · hidden] each. */
  readonly kept: readonly number[];
  /** Where `backward` gives the gates in another order than PyTorch's i, f, g, o: from either order to the other, along an axis. */
  readonly exchanged?: (x: Storage, axis: number, on: Device) => Storage;
  /**
   * @param inputs `projected`: the inputs of all steps times their weight, [steps · batch, 4 · hidden], which stays the
   * caller's; `bias` [4 · hidden]
   * @returns h after each step, the last c, and what is kept if that is wanted
   */
  forward(
    inputs: Pick<LstmInputs, "h" | "c" | "weightHh"> & {
      readonly projected: Storage;
      readonly bias: Storage | undefined;
    },
    sizes: LstmSizes,
    options: LstmDirection,
    on: Device,
  ): { readonly outputs: readonly Storage[]; readonly c: Storage; readonly kept: LstmKept };
  /** From the last step to the first. Returns the gradients of the gates before their activations, [batch, 4 · hidden] each, and of the first state. */
  backward(
    incoming: LstmIncoming,
    inputs: LstmInputs,
    kept: LstmKept,
    sizes: LstmSizes,
    reverse: boolean,
    on: Device,
  ): { readonly gates: readonly Storage[]; readonly h: Storage; readonly c: Storage };
}

export interface LstmDirection {
  readonly reverse: boolean;
  /** Whether a gradient will be asked for. */
  readonly keep: boolean;
}

/** Frees what these files made and no longer need: memory that is still in the processor's cache is used again at once. */
export function release(...storages: readonly Storage[]): void {
  for (const storage of storages) native().free(storage.id);
}

export const unpack = (x: Storage, { steps }: LstmSizes, on: Device): Storage[] =>
  executeMany(unpackKernel(dtype, steps, 0), on, new Array<"strided">(steps).fill("strided"), [x]) as Storage[];
const pack = (parts: readonly Storage[], on: Device): Storage =>
  execute(packKernel(dtype, parts.length, 0), on, "strided", ...parts);
export const zeros = (shape: readonly number[], on: Device): Storage =>
  execute(fill(dtype), on, "strided", intVector(on, shape), scalar(on, dtype, 0));
export const joined = (axis: number, parts: readonly Storage[], on: Device): Storage =>
  execute(concat(dtype, parts.length), on, "strided", ...parts, intScalar(on, axis));
const add = perDType((of) => kernel("AddV2", [typeAttr("T", of)], 2));
const biasGrad = perDType((of) => kernel("BiasAddGrad", [typeAttr("T", of), stringAttr("data_format", "NHWC")], 1));

export interface LstmForward {
  /** [steps, batch, hidden] */
  readonly output: Storage;
  readonly h: Storage;
  readonly c: Storage;
  /** The h that each step began with, [steps, batch, hidden]; there if kept. */
  readonly before: Storage | undefined;
  /** Empty unless kept. */
  readonly kept: LstmKept;
}

export function lstmForward(
  by: LstmSteps,
  { x, h: h0, c: c0, weightIh, weightHh, biases }: LstmInputs,
  sizes: LstmSizes,
  direction: LstmDirection,
  on: Device,
): LstmForward {
  const { steps, batch, inputs, hidden } = sizes;
  const { reverse, keep } = direction;
  const rows = reshaped(x, [steps * batch, inputs], dtype, on);
  const projected = execute(product(dtype, false, true), on, "strided", rows, weightIh);
  const bias = biases && execute(add(dtype), on, "strided", ...biases);
  const { outputs, c, kept } = by.forward({ projected, bias, h: h0, c: c0, weightHh }, sizes, direction, on);
  release(projected, ...(bias ? [bias] : []));
  const h = outputs[reverse ? 0 : steps - 1];
  const others = outputs.filter((part) => part !== h);
  if (!keep) {
    const output = pack(outputs, on);
    release(...others);
    return { output, h, c, before: undefined, kept };
  }
  // Parts along the first dim share the buffer of the whole: output and before are one sequence, a step apart.
  const whole = pack(reverse ? [...outputs, h0] : [h0, ...outputs], on);
  release(...others);
  const part = (from: number): Storage =>
    execute(slice(dtype), on, "strided", whole, intVector(on, [from, 0, 0]), intVector(on, [steps, batch, hidden]));
  const [output, before] = reverse ? [part(0), part(1)] : [part(1), part(0)];
  release(whole);
  // The last c is kept for the gradient too: whoever changes the result in place must not change that.
  return { output, h, c: execute(identity(dtype), on, "strided", c), before, kept };
}

/** Which gradients are wanted. */
export interface LstmWanted {
  readonly x: boolean;
  readonly weightIh: boolean;
  readonly weightHh: boolean;
  readonly biases: boolean;
}

export type LstmGradients = { readonly [K in keyof LstmWanted]: Storage | undefined } & {
  readonly h: Storage;
  readonly c: Storage;
};

/** Gradients of the results; undefined is zero. */
export interface LstmIncoming {
  readonly output: Storage | undefined;
  readonly h: Storage | undefined;
  readonly c: Storage | undefined;
}

export function lstmBackward(
  by: LstmSteps,
  incoming: LstmIncoming,
  inputs: LstmInputs,
  before: Storage,
  kept: LstmKept,
  sizes: LstmSizes,
  { reverse, wanted }: { readonly reverse: boolean; readonly wanted: LstmWanted },
  on: Device,
): LstmGradients {
  const { steps, batch, hidden } = sizes;
  const { gates, h, c } = by.backward(incoming, inputs, kept, sizes, reverse, on);
  const stacked = pack(gates, on);
  release(...gates);
  const all = reshaped(stacked, [steps * batch, 4 * hidden], dtype, on);
  let dx: Storage | undefined;
  if (wanted.x) {
    const weightIh = by.exchanged?.(inputs.weightIh, 0, on) ?? inputs.weightIh;
    const flat = execute(product(dtype, false, false), on, "strided", all, weightIh);
    dx = reshaped(flat, [steps, batch, sizes.inputs], dtype, on);
  }
  const inOrder = (made: Storage): Storage => {
    if (!by.exchanged) return made;
    const out = by.exchanged(made, 0, on);
    release(made);
    return out;
  };
  const weights = weightGradients(all, inputs.x, before, sizes, wanted, inOrder, on);
  const biases = wanted.biases ? inOrder(execute(biasGrad(dtype), on, "strided", all)) : undefined;
  release(stacked, all);
  return { x: dx, h, c, ...weights, biases };
}

/** dW = dgatesᵀ [x | h before], both weights in one product when both are wanted: one large product beats two. */
function weightGradients(
  gates: Storage,
  x: Storage,
  before: Storage,
  { steps, batch, inputs, hidden }: LstmSizes,
  wanted: LstmWanted,
  inOrder: (made: Storage) => Storage,
  on: Device,
): { readonly weightIh: Storage | undefined; readonly weightHh: Storage | undefined } {
  const right: Storage[] = [];
  if (wanted.weightIh) right.push(reshaped(x, [steps * batch, inputs], dtype, on));
  if (wanted.weightHh) right.push(reshaped(before, [steps * batch, hidden], dtype, on));
  if (right.length === 0) return { weightIh: undefined, weightHh: undefined };
  const both = right.length === 2;
  const wide = both ? joined(1, right, on) : right[0];
  const whole = inOrder(execute(product(dtype, true, false), on, "strided", gates, wide));
  if (both) release(wide);
  if (!both)
    return wanted.weightIh ? { weightIh: whole, weightHh: undefined } : { weightIh: undefined, weightHh: whole };
  const part = (from: number, size: number) =>
    execute(slice(dtype), on, "strided", whole, intVector(on, [0, from]), intVector(on, [4 * hidden, size]));
  return { weightIh: part(0, inputs), weightHh: part(inputs, hidden) };
}
