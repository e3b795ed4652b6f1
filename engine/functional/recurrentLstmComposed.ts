// The steps of an LSTM layer in TensorFlow's own kernels, for every device: a step is one product and the elementwise
// part, whose gradient is one kernel. Knows no tape and no tensors.
import { intScalar } from "../backend/constants.js";
import { biasAdd, product } from "../backend/kernels.js";
import { reshaped } from "../backend/layout.js";
import { boolAttr, execute, executeMany, intAttr, kernel, typeAttr } from "../backend/native.js";
import type { Device } from "../device.js";
import type { KernelId } from "../native/binding.js";
import type { Storage } from "../storage.js";
import { type LstmSteps, dtype, joined, release, unpack, zeros } from "./recurrentLstmKernels.js";
import { stepsOf } from "./recurrentLayer.js";

interface ComposedKernels {
  readonly add: KernelId;
  readonly mul: KernelId;
  readonly sigmoid: KernelId;
  readonly tanh: KernelId;
  readonly split: KernelId;
  readonly cellGrad: KernelId;
}

let described: ComposedKernels | undefined;

function kernels(): ComposedKernels {
  const T = [typeAttr("T", dtype)];
  described ??= {
    add: kernel("AddV2", T, 2),
    mul: kernel("Mul", T, 2),
    sigmoid: kernel("Sigmoid", T, 1),
    tanh: kernel("Tanh", T, 1),
    split: kernel("Split", [...T, intAttr("num_split", 4)], 2, { outputs: 4 }),
    cellGrad: kernel("LSTMBlockCellGrad", [...T, boolAttr("use_peephole", false)], 16, { outputs: 5 }),
  };
  return described;
}

const four = ["strided", "strided", "strided", "strided"] as const;

/** Kept of a step: i, f, g and o after their activations, c and tanh(c). */
export const composedSteps: LstmSteps = {
  kept: [1, 1, 1, 1, 1, 1],
  exchanged,

  forward({ projected, bias, h: h0, c: c0, weightHh }, sizes, { reverse, keep }, on) {
    const { add, mul, sigmoid, tanh, split } = kernels();
    const { steps, batch, hidden } = sizes;
    const biased = bias ? execute(biasAdd(dtype), on, "strided", projected, bias) : projected;
    const byStep = reshaped(biased, [steps, batch, 4 * hidden], dtype, on);
    const projections = unpack(byStep, sizes, on);
    release(...(bias ? [biased] : []), byStep);
    const timesWeight = product(dtype, false, true);
    const outputs = new Array<Storage>(steps);
    const kept = new Array<readonly Storage[]>(keep ? steps : 0);
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
      if (keep) kept[t] = [i, f, g, o, next, tanhC];
      else release(i, f, g, o, tanhC, ...(c === c0 ? [] : [c]));
      h = outputs[t];
      c = next;
    }
    return { outputs, c, kept };
  },

  backward(incoming, { h: h0, c: c0, weightHh }, kept, sizes, reverse, on) {
    const { add, cellGrad } = kernels();
    const { steps, batch, hidden } = sizes;
    // The kernel asks for x, h, weights, bias and peepholes too, but looks at their sizes only.
    const noInput = zeros([batch, 0], on);
    const anyWeight = reshaped(weightHh, [hidden, 4 * hidden], dtype, on);
    const [noPeephole, noBias] = [zeros([hidden], on), zeros([4 * hidden], on)];
    const perStep = incoming.output && unpack(incoming.output, sizes, on);
    const back = exchanged(weightHh, 0, on);
    const gates = new Array<Storage>(steps);
    let h = incoming.h;
    let c = incoming.c ?? zeros([batch, hidden], on);
    for (const t of stepsOf(steps, !reverse)) {
      const [i, f, g, o, now, tanhC] = kept[t];
      const cBefore = kept[reverse ? t + 1 : t - 1]?.[4] ?? c0;
      const from = perStep?.[t];
      const total = h && from ? execute(add, on, "strided", h, from) : (h ?? from ?? zeros([batch, hidden], on));
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
    release(back);
    return { gates, h: h as Storage, c };
  },
};

/** The four gates in the other order: PyTorch's i, f, g, o to the gradient kernel's i, g, f, o, or back. */
function exchanged(x: Storage, axis: number, on: Device): Storage {
  const parts = executeMany(kernels().split, on, four, [intScalar(on, axis), x]) as Storage[];
  const [a, b, c, d] = parts;
  const out = joined(axis, [a, c, b, d], on);
  release(...parts);
  return out;
}
