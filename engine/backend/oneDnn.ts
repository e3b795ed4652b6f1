// The choice between two kernels that compute the same: TensorFlow's plain one, or oneDNN's private one. One table; what a
// library lacks, or a user turned off, falls back to the plain kernel. It must not know what the kernels are for.
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import { type CpuFeature, processor } from "../native/processor.js";
import { native, stringAttr } from "./native.js";

interface Choice {
  readonly op: string;
  /** Elements of the input from which it wins: threads cost more than they bring on less. */
  readonly from: number;
  /** What the processor must have for it to win. */
  readonly needs?: CpuFeature;
}

const choices = {
  /** The bias for free: BiasAdd alone costs as much as a convolution with few channels. */
  convolutionWithBias: { op: "_MklNativeConv2DWithBias", from: 0 },
  /** Both gradients at once; on AVX2 its sum over few channels takes longer than a reduction of its own. */
  filterAndBiasGradient: { op: "_MklNativeConv2DBackpropFilterWithBias", from: 0, needs: "avx512f" },
  /** It writes down who won each window, so the gradient, the better half of the win, need not search again. */
  maxPool: { op: "_MklNativeMaxPool", from: 24_000 },
  maxPoolGradient: { op: "_MklNativeMaxPoolGrad", from: 0 },
  /** Convolution gradients with groups and dilation, which the plain kernels refuse. Called by the plain names. */
  anyConvolution: { op: "_MklNativeConv2DBackpropInput", from: 0 },
} as const satisfies Record<string, Choice>;

export type OneDnnKernel = keyof typeof choices;

/** The attribute that lets an operation be called by its private name. */
export const privateKernel = stringAttr("_kernel", "MklNameChangeOp");

const available = new Map<OneDnnKernel, boolean>();

/** Whether the private kernel exists here at all, and this processor wins by it. */
function isAvailable(which: OneDnnKernel): boolean {
  let known = available.get(which);
  if (known === undefined) {
    const { op, needs }: Choice = choices[which];
    const wins = needs === undefined || (processor().features?.includes(needs) ?? false);
    known = wins && process.env["TF_ENABLE_ONEDNN_OPTS"] !== "0" && native().hasOp(op);
    available.set(which, known);
  }
  return known;
}

/**
 * The private operation to take for an input of so many elements, or undefined for the plain kernel. oneDNN's kernels are
 * taken in float32 only: in the half precisions they depend on the processor, and in float64 there are none.
 */
export function oneDnn(which: OneDnnKernel, dtype: DType, on: Device, elements: number): string | undefined {
  const { op, from } = choices[which];
  return dtype === "float32" && on.type === "cpu" && elements >= from && isAvailable(which) ? op : undefined;
}
