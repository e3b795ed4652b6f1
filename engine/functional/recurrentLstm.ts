// An LSTM layer over a whole sequence as ONE operation: step by step through the tape costs more in bookkeeping than in
// arithmetic. Where the gradient is itself recorded, it comes from the composed form. Knows no modules.
import { explainNative } from "../backend/native.js";
import { grad } from "../backward.js";
import type { Device } from "../device.js";
import { type ManySpec, type Saved, applyMany, shapesText } from "../op.js";
import { isGradEnabled } from "../state.js";
import type { Storage } from "../storage.js";
import type { Gradients } from "../tape.js";
import { Tensor } from "../tensor.js";
import { type RecurrentState, type RecurrentWeights, lstm } from "./recurrentCells.js";
import { type RecurrentResult, composedLayer } from "./recurrentLayer.js";
import { cellSteps, hasCellKernels } from "./recurrentLstmCell.js";
import { composedSteps } from "./recurrentLstmComposed.js";
import { type LstmSizes, lstmBackward, lstmForward } from "./recurrentLstmKernels.js";

interface LstmOptions {
  readonly reverse: boolean;
  /** Whether what the gradient needs of each step becomes results too, so that the tape frees it with the rest. */
  readonly keep: boolean;
}

/** Results that callers see, output, h and c, and `before`. What is kept of each step comes after. */
const results = 4;

const stepsOn = (on: Device) => (hasCellKernels(on) ? cellSteps : composedSteps);

const sizesOf = ([x, h]: readonly Tensor[]): LstmSizes => ({
  steps: x.shape[0],
  batch: x.shape[1],
  inputs: x.shape[2],
  hidden: h.shape[1],
});

const storagesOf = ([x, h, c, weightIh, weightHh, biasIh, biasHh]: readonly Tensor[]) => ({
  x: x.strided(),
  h: h.strided(),
  c: c.strided(),
  weightIh: weightIh.strided(),
  weightHh: weightHh.strided(),
  biases: biasIh && biasHh ? ([biasIh.strided(), biasHh.strided()] as const) : undefined,
});

/** Inputs: x [steps, batch, input], h and c [batch, hidden], weightIh, weightHh, and both biases or none. */
const lstmSpec: ManySpec<LstmOptions> = {
  name: "lstm",
  torch: "torch.lstm(…)",
  infer(inputs, { keep }) {
    const { steps, batch, hidden } = sizesOf(inputs);
    const [{ dtype, device }] = inputs;
    const state = { shape: [batch, hidden], dtype };
    const perStep = stepsOn(device).kept.map((parts) => ({ shape: [batch, parts * hidden], dtype }));
    return [
      { shape: [steps, batch, hidden], dtype },
      state,
      state,
      ...(keep ? [{ shape: [steps, batch, hidden], dtype }] : []),
      ...new Array<typeof perStep>(keep ? steps : 0).fill(perStep).flat(),
    ];
  },
  forward(inputs, options, _outs, on) {
    const storages = storagesOf(inputs);
    const { output, h, c, before, kept } = lstmForward(stepsOn(on), storages, sizesOf(inputs), options, on);
    return [output, h, c, ...(before ? [before] : []), ...kept.flat()];
  },
  vjp: (gs, saved) => (isGradEnabled() ? recordedGradients(gs, saved) : gradients(gs, saved)),
  saves: "in and out",
  samples: [],
};

function gradients(gs: Gradients, { in: inputs, outs, options: { reverse }, needs }: Saved<LstmOptions>): Gradients {
  const sizes = sizesOf(inputs);
  const by = stepsOn(inputs[0].device);
  const perStep = by.kept.length;
  const kept = Array.from({ length: sizes.steps }, (_, t) =>
    outs.slice(results + t * perStep, results + (t + 1) * perStep).map((x) => x.storage),
  );
  const [x, , , weightIh, weightHh] = inputs;
  const wanted = { x: needs[0], weightIh: needs[3], weightHh: needs[4], biases: needs[5] || needs[6] };
  try {
    const d = lstmBackward(
      by,
      { output: gs[0]?.strided(), h: gs[1]?.strided(), c: gs[2]?.strided() },
      storagesOf(inputs),
      outs[3].storage,
      kept,
      sizes,
      { reverse, wanted },
      x.device,
    );
    const as = (storage: Storage | undefined, { shape, dtype, device }: Tensor) =>
      storage && new Tensor(storage, shape, dtype, device);
    const state = inputs[1];
    const biases = inputs.slice(5).map((bias) => as(d.biases, bias));
    return [as(d.x, x), as(d.h, state), as(d.c, state), as(d.weightIh, weightIh), as(d.weightHh, weightHh), ...biases];
  } catch (error) {
    throw explainNative(error, "lstm", shapesText(inputs));
  }
}

/** The same, differentiable: the layer once more from its parts, and the gradients of those. */
function recordedGradients(gs: Gradients, { in: saved, options: { reverse }, needs }: Saved<LstmOptions>): Gradients {
  // Aliases stop the gradients here: one input may have been made from another.
  const inputs = saved.map((x, i) => (needs[i] ? x.view(x.shape) : x));
  const [x, h, c, weightIh, weightHh, biasIh, biasHh] = inputs;
  const { output, state } = composedLayer(lstm, x, [h, c], { weightIh, weightHh, biasIh, biasHh }, reverse);
  const used = [output, ...state].map((out, i) => ({ out, g: gs[i] })).filter(({ g }) => g !== undefined);
  const wanted = inputs.filter((_, i) => needs[i]);
  const found = grad(
    used.map(({ out }) => out),
    wanted,
    { gradOutputs: used.map(({ g }) => g), createGraph: true, allowUnused: true },
  );
  return inputs.map((input, i) => (needs[i] ? found[wanted.indexOf(input)] : undefined));
}

/** An LSTM layer in one direction; sizes are checked by the caller. Composed where the kernels do not reach. */
export function lstmLayer(
  x: Tensor,
  state: RecurrentState,
  weights: RecurrentWeights,
  reverse: boolean,
): RecurrentResult {
  const { weightIh, weightHh, biasIh, biasHh } = weights;
  const inputs = [x, ...state, weightIh, weightHh, ...(biasIh && biasHh ? [biasIh, biasHh] : [])];
  const fused = inputs.every(({ dtype }) => dtype === "float32") && x.device.type !== "meta" && x.shape[1] > 0;
  if (!fused) return composedLayer(lstm, x, state, weights, reverse);
  const keep = isGradEnabled() && inputs.some((input) => input.requiresGrad);
  const [output, h, c] = applyMany(lstmSpec, inputs, { reverse, keep });
  return { output, state: [h, c] };
}
