// An LSTM layer over a whole sequence in kernels, forwards and backwards, on storages. The products that can be made for
// all steps at once are; what remains in a step is one product and the elementwise part, whose gradient is one kernel of
// TensorFlow's. Knows no tape and no tensors.
import { intScalar, intVector, scalar } from "../backend/constants.js";
import { biasAdd, concat, fill, identity, product, slice } from "../backend/kernels.js";
import { reshaped } from "../backend/layout.js";
import { boolAttr, execute, executeMany, intAttr, kernel, native, stringAttr, typeAttr } from "../backend/native.js";
import type { Device } from "../device.js";
import type { KernelId } from "../native/binding.js";
import type { Storage } from "../storage.js";
import { stepsOf } from "./recurrentLayer.js";
import { packKernel, unpackKernel } from "./unstacked.js";

/** TensorFlow's gradient kernel knows half and float32; half is left to the composed form. */
const dtype = "float32";

export interface LstmSizes {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
}

/** What the gradient needs of a step: the gates after their activations, c and tanh(c). */
export interface LstmStep {
  readonly i: Storage;
  readonly f: Storage;
  readonly g: Storage;
  readonly o: Storage;
  readonly c: Storage;
  readonly tanhC: Storage;
}

export interface LstmInputs {
  readonly x: Storage;
  readonly h: Storage;
  readonly c: Storage;
  readonly weightIh: Storage;
  readonly weightHh: Storage;
  readonly biases: readonly [Storage, Storage] | undefined;
}

interface LstmKernels {
  readonly add: KernelId;
  readonly mul: KernelId;
  readonly sigmoid: KernelId;
  readonly tanh: KernelId;
  readonly split: KernelId;
  readonly cellGrad: KernelId;
  readonly biasGrad: KernelId;
}

let described: LstmKernels | undefined;

function kernels(): LstmKernels {
  const T = [typeAttr("T", dtype)];
  described ??= {
    add: kernel("AddV2", T, 2),
    mul: kernel("Mul", T, 2),
    sigmoid: kernel("Sigmoid", T, 1),
    tanh: kernel("Tanh", T, 1),
    split: kernel("Split", [...T, intAttr("num_split", 4)], 2, { outputs: 4 }),
    cellGrad: kernel("LSTMBlockCellGrad", [...T, boolAttr("use_peephole", false)], 16, { outputs: 5 }),
    biasGrad: kernel("BiasAddGrad", [...T, stringAttr("data_format", "NHWC")], 1),
  };
  return described;
}

const four = ["strided", "strided", "strided", "strided"] as const;

/** Frees what this file made and no longer needs: memory that is still in the processor's cache is used again at once. */
function release(...storages: readonly Storage[]): void {
  for (const storage of storages) native().free(storage.id);
}

const unpack = (x: Storage, { steps }: LstmSizes, on: Device): Storage[] =>
  executeMany(unpackKernel(dtype, steps, 0), on, new Array<"strided">(steps).fill("strided"), [x]) as Storage[];
const pack = (parts: readonly Storage[], on: Device): Storage =>
  execute(packKernel(dtype, parts.length, 0), on, "strided", ...parts);
const zeros = (shape: readonly number[], on: Device): Storage =>
  execute(fill(dtype), on, "strided", intVector(on, shape), scalar(on, dtype, 0));
const joined = (axis: number, parts: readonly Storage[], on: Device): Storage =>
  execute(concat(dtype, parts.length), on, "strided", ...parts, intScalar(on, axis));

export interface LstmForward {
  /** [steps, batch, hidden] */
  readonly output: Storage;
  readonly h: Storage;
  readonly c: Storage;
  /** The h that each step began with, [steps, batch, hidden]; there if kept. */
  readonly before: Storage | undefined;
  /** In the order of time; empty unless kept. */
  readonly steps: readonly LstmStep[];
}

/** @param keep whether a gradient will be asked for */
export function lstmForward(
  { x, h: h0, c: c0, weightIh, weightHh, biases }: LstmInputs,
  sizes: LstmSizes,
  { reverse, keep }: { readonly reverse: boolean; readonly keep: boolean },
  on: Device,
): LstmForward {
  const { add, mul, sigmoid, tanh, split } = kernels();
  const { steps, batch, inputs, hidden } = sizes;
  const timesWeight = product(dtype, false, true);
  const rows = reshaped(x, [steps * batch, inputs], dtype, on);
  let projected = execute(timesWeight, on, "strided", rows, weightIh);
  if (biases) {
    const product = projected;
    projected = execute(biasAdd(dtype), on, "strided", product, execute(add, on, "strided", ...biases));
    release(product);
  }
  const byStep = reshaped(projected, [steps, batch, 4 * hidden], dtype, on);
  const projections = unpack(byStep, sizes, on);
  release(projected, byStep);

  const outputs = new Array<Storage>(steps);
  const kept = new Array<LstmStep>(keep ? steps : 0);
  let [h, c] = [h0, c0];
  for (const t of stepsOf(steps, reverse)) {
    const recurrent = execute(timesWeight, on, "strided", h, weightHh);
    const gates = execute(add, on, "strided", recurrent, projections[t]);
    const parts = executeMany(split, on, four, [intScalar(on, 1), gates]) as Storage[];
    release(recurrent, projections[t], gates);
    const i = execute(sigmoid, on, "strided", parts[0]);
    const f = execute(sigmoid, on, "strided", parts[1]);
    const g = execute(tanh, on, "strided", parts[2]);
    const o = execute(sigmoid, on, "strided", parts[3]);
    const old = execute(mul, on, "strided", f, c);
    const fresh = execute(mul, on, "strided", i, g);
    const next = execute(add, on, "strided", old, fresh);
    const tanhC = execute(tanh, on, "strided", next);
    outputs[t] = execute(mul, on, "strided", o, tanhC);
    release(...parts, old, fresh);
    if (keep) kept[t] = { i, f, g, o, c: next, tanhC };
    else release(i, f, g, o, tanhC, ...(c === c0 ? [] : [c]));
    h = outputs[t];
    c = next;
  }
  if (!keep) {
    const output = pack(outputs, on);
    release(...outputs.filter((part) => part !== h));
    return { output, h, c, before: undefined, steps: kept };
  }
  // Parts along the first dim share the buffer of the whole: output and before are one sequence, a step apart.
  const whole = pack(reverse ? [...outputs, h0] : [h0, ...outputs], on);
  release(...outputs.filter((part) => part !== h));
  const part = (from: number): Storage =>
    execute(slice(dtype), on, "strided", whole, intVector(on, [from, 0, 0]), intVector(on, [steps, batch, hidden]));
  const [output, before] = reverse ? [part(0), part(1)] : [part(1), part(0)];
  release(whole);
  // The last c is kept for the gradient too: whoever changes the result in place must not change that.
  return { output, h, c: execute(identity(dtype), on, "strided", c), before, steps: kept };
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
  incoming: LstmIncoming,
  inputs: LstmInputs,
  before: Storage,
  kept: readonly LstmStep[],
  sizes: LstmSizes,
  { reverse, wanted }: { readonly reverse: boolean; readonly wanted: LstmWanted },
  on: Device,
): LstmGradients {
  const { steps, batch, hidden } = sizes;
  const { gates, h, c } = throughSteps(incoming, inputs, kept, sizes, reverse, on);
  const rows = [steps * batch, 4 * hidden];
  const stacked = pack(gates, on);
  release(...gates);
  const all = reshaped(stacked, rows, dtype, on);
  const dx = wanted.x
    ? reshaped(
        execute(product(dtype, false, false), on, "strided", all, exchanged(inputs.weightIh, 0, on)),
        [steps, batch, sizes.inputs],
        dtype,
        on,
      )
    : undefined;
  const weights = weightGradients(all, inputs.x, before, sizes, wanted, on);
  const biases = wanted.biases ? exchanged(execute(kernels().biasGrad, on, "strided", all), 0, on) : undefined;
  release(stacked, all);
  return { x: dx, h, c, ...weights, biases };
}

/** From the last step to the first: the gradients of the gates before their activations, [batch, 4 · hidden] each in the order i, g, f, o, and of the first state. */
function throughSteps(
  incoming: LstmIncoming,
  { h: h0, c: c0, weightHh }: LstmInputs,
  kept: readonly LstmStep[],
  sizes: LstmSizes,
  reverse: boolean,
  on: Device,
): { readonly gates: readonly Storage[]; readonly h: Storage; readonly c: Storage } {
  const { add, cellGrad } = kernels();
  const { steps, batch, hidden } = sizes;
  // The kernel asks for x, h, weights, bias and peepholes too, but looks at their sizes only.
  const noInput = zeros([batch, 0], on);
  const anyWeight = reshaped(weightHh, [hidden, 4 * hidden], dtype, on);
  const [noPeephole, noBias] = [zeros([hidden], on), zeros([4 * hidden], on)];
  const back = exchanged(weightHh, 0, on);
  const perStep = incoming.output && unpack(incoming.output, sizes, on);
  const gates = new Array<Storage>(steps);
  let h = incoming.h;
  let c = incoming.c ?? zeros([batch, hidden], on);
  for (const t of stepsOf(steps, !reverse)) {
    const before = reverse ? t + 1 : t - 1;
    const { i, f, g, o, c: now, tanhC } = kept[t];
    const from = perStep?.[t];
    const total = h && from ? execute(add, on, "strided", h, from) : (h ?? from ?? zeros([batch, hidden], on));
    const cBefore = kept[before]?.c ?? c0;
    const results = executeMany(
      cellGrad,
      on,
      ["strided", "strided", undefined, undefined, undefined],
      [
        noInput, cBefore, h0, anyWeight, noPeephole, noPeephole, noPeephole, noBias,
        i, now, f, o, g, tanhC, c, total,
      ], // prettier-ignore
    ) as Storage[];
    if (total !== incoming.h) release(total);
    if (h && h !== incoming.h && h !== total) release(h);
    if (c !== incoming.c) release(c);
    c = results[0];
    gates[t] = results[1];
    h = execute(product(dtype, false, false), on, "strided", gates[t], back);
  }
  return { gates, h: h as Storage, c };
}

/** dW = dgatesᵀ [x | h before], both weights in one product when both are wanted: one large product beats two. */
function weightGradients(
  gates: Storage,
  x: Storage,
  before: Storage,
  { steps, batch, inputs, hidden }: LstmSizes,
  wanted: LstmWanted,
  on: Device,
): { readonly weightIh: Storage | undefined; readonly weightHh: Storage | undefined } {
  const right: Storage[] = [];
  if (wanted.weightIh) right.push(reshaped(x, [steps * batch, inputs], dtype, on));
  if (wanted.weightHh) right.push(reshaped(before, [steps * batch, hidden], dtype, on));
  if (right.length === 0) return { weightIh: undefined, weightHh: undefined };
  const both = right.length === 2;
  const wide = both ? joined(1, right, on) : right[0];
  const raw = execute(product(dtype, true, false), on, "strided", gates, wide);
  const whole = exchanged(raw, 0, on);
  release(raw, ...(both ? [wide] : []));
  if (!both)
    return wanted.weightIh ? { weightIh: whole, weightHh: undefined } : { weightIh: undefined, weightHh: whole };
  const part = (from: number, size: number) =>
    execute(slice(dtype), on, "strided", whole, intVector(on, [0, from]), intVector(on, [4 * hidden, size]));
  return { weightIh: part(0, inputs), weightHh: part(inputs, hidden) };
}

/** The four gates in the other order: PyTorch's i, f, g, o to the kernel's i, g, f, o, or back. */
function exchanged(x: Storage, axis: number, on: Device): Storage {
  const parts = executeMany(kernels().split, on, four, [intScalar(on, axis), x]) as Storage[];
  const [a, b, c, d] = parts;
  const out = joined(axis, [a, c, b, d], on);
  release(...parts);
  return out;
}
