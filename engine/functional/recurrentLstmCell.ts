// The steps of an LSTM layer in our own CPU kernels (engine/native/lstm_cell.h): between two products stands one kernel,
// so short that the threads of the products stay awake. Knows no tape and no tensors.
import { intScalar } from "../backend/constants.js";
import { product } from "../backend/kernels.js";
import { reshaped } from "../backend/layout.js";
import { execute, executeMany, kernel, native } from "../backend/native.js";
import type { Device } from "../device.js";
import type { KernelId } from "../native/binding.js";
import type { Storage } from "../storage.js";
import { stepsOf } from "./recurrentLayer.js";
import { type LstmSteps, dtype, release, zeros } from "./recurrentLstmKernels.js";

interface CellKernels {
  readonly cell: KernelId;
  readonly cellGrad: KernelId;
}

let described: CellKernels | undefined;

function kernels(): CellKernels {
  described ??= {
    cell: kernel("GradtapeLstmCell", [], 5, { outputs: 4 }),
    cellGrad: kernel("GradtapeLstmCellGrad", [], 7, { outputs: 2 }),
  };
  return described;
}

let registered: boolean | undefined;

/** Whether a device has these kernels: the CPUs do, unless the library has no interface for them. */
export const hasCellKernels = (on: Device): boolean =>
  on.type === "cpu" && (registered ??= native().hasOp("GradtapeLstmCell") && native().hasOp("GradtapeLstmCellGrad"));

const two = ["strided", "strided"] as const;
const four = ["strided", "strided", "strided", "strided"] as const;

/** Kept of a step: the gates after their activations in one, c and tanh(c). */
export const cellSteps: LstmSteps = {
  kept: [4, 1, 1],

  forward({ projected, bias, h: h0, c: c0, weightHh }, { steps, batch, hidden }, { reverse, keep }, on) {
    const { cell } = kernels();
    const timesWeight = product(dtype, false, true);
    const byStep = reshaped(projected, [steps, batch, 4 * hidden], dtype, on);
    const added = bias ?? zeros([4 * hidden], on);
    const outputs = new Array<Storage>(steps);
    const kept = new Array<readonly Storage[]>(keep ? steps : 0);
    let [h, c] = [h0, c0];
    for (const t of stepsOf(steps, reverse)) {
      const recurrent = execute(timesWeight, on, "strided", h, weightHh);
      const results = executeMany(cell, on, four, [byStep, added, intScalar(on, t), recurrent, c]) as Storage[];
      const [gates, next, tanhC, output] = results;
      release(recurrent);
      if (keep) kept[t] = [gates, next, tanhC];
      else release(gates, tanhC, ...(c === c0 ? [] : [c]));
      outputs[t] = h = output;
      c = next;
    }
    release(byStep, ...(bias ? [] : [added]));
    return { outputs, c, kept };
  },

  backward(incoming, { c: c0, weightHh }, kept, { steps, batch, hidden }, reverse, on) {
    const { cellGrad } = kernels();
    const back = product(dtype, false, false);
    const dOutput = incoming.output ?? zeros([steps, batch, hidden], on);
    const state = [batch, hidden];
    const gates = new Array<Storage>(steps);
    let h = incoming.h ?? zeros(state, on);
    let c = incoming.c ?? zeros(state, on);
    for (const t of stepsOf(steps, !reverse)) {
      const [activated, , tanhC] = kept[t];
      const cBefore = kept[reverse ? t + 1 : t - 1]?.[1] ?? c0;
      const inputs = [activated, tanhC, cBefore, dOutput, intScalar(on, t), h, c];
      const results = executeMany(cellGrad, on, two, inputs) as Storage[];
      if (h !== incoming.h) release(h);
      if (c !== incoming.c) release(c);
      [gates[t], c] = results;
      h = execute(back, on, "strided", gates[t], weightHh);
    }
    if (!incoming.output) release(dOutput);
    return { gates, h, c };
  },
};
