// TensorFlow's fused batch normalisation on storages, physically NHWC; float32. It must not know tensors or gradients of
// gradients.
import type { Device } from "../device.js";
import type { KernelAttr, KernelId } from "../native/binding.js";
import { Storage } from "../storage.js";
import { executeInto, executeMany, kernel, stringAttr, typeAttr, boolAttr, upload } from "./native.js";

/** Settings that are attributes, so that each has a kernel of its own. */
export interface BatchNormSettings {
  readonly eps: number;
  /** Whether the statistics are the batch's own. */
  readonly training: boolean;
  /** What part of the new running statistics is the batch's; 1 gives the batch's own. */
  readonly factor: number;
}

const kernels = new Map<string, KernelId>();
const factors = new Set<number>([1]);
/** A factor that changes from call to call (a cumulative average) must not make kernels without end. */
const mostFactors = 16;

/** Whether the kernel blends the running statistics by this factor; else take 1 and blend what comes out. */
export function blends(factor: number): boolean {
  if (!factors.has(factor) && factors.size < mostFactors) factors.add(factor);
  return factors.has(factor);
}

function attrsOf({ eps, training }: BatchNormSettings): readonly KernelAttr[] {
  return [
    typeAttr("T", "float32"),
    typeAttr("U", "float32"),
    { name: "epsilon", type: "float", value: eps },
    stringAttr("data_format", "NHWC"),
    boolAttr("is_training", training),
  ];
}

function forwardKernel(settings: BatchNormSettings): KernelId {
  const { eps, training, factor } = settings;
  const key = `${eps} ${training} ${factor}`;
  let id = kernels.get(key);
  if (id === undefined) {
    const attrs: readonly KernelAttr[] = [
      ...attrsOf(settings),
      { name: "exponential_avg_factor", type: "float", value: factor },
    ];
    kernels.set(key, (id = kernel("FusedBatchNormV3", attrs, 5, { outputs: 6 })));
  }
  return id;
}

function gradKernel(settings: BatchNormSettings): KernelId {
  const key = `${settings.eps} ${settings.training}`;
  let id = kernels.get(key);
  if (id === undefined) {
    kernels.set(key, (id = kernel("FusedBatchNormGradV3", attrsOf(settings), 6, { outputs: 5 })));
  }
  return id;
}

const nothing = new Map<Device, Storage>();

/** A float32 vector without elements: an input that is not looked at. */
function empty(on: Device): Storage {
  let storage = nothing.get(on);
  if (storage === undefined) nothing.set(on, (storage = upload("float32", [0], on, new Float32Array(0))));
  return storage;
}

/** What one call in training writes: storages that hold nothing yet. */
export interface BatchStatistics {
  /** The new running statistics; by a factor of 1 the batch's mean and unbiased variance. */
  readonly runningMean: Storage;
  readonly runningVar: Storage;
  /** What the gradient wants: the batch's mean, and its variance in a form that only the gradient's kernel knows. */
  readonly mean: Storage;
  readonly variance: Storage;
  readonly reserve: Storage;
}

/** (x - mean) / √(variance + eps) · scale + offset by the batch's own statistics. */
export function batchNormByBatch(
  settings: BatchNormSettings,
  on: Device,
  [x, scale, offset]: readonly [Storage, Storage, Storage],
  running: readonly [Storage, Storage] | undefined,
  into: BatchStatistics,
): Storage {
  const out = new Storage("nhwc");
  const [mean, variance] = settings.factor === 1 || !running ? [empty(on), empty(on)] : running;
  const outs = [out, into.runningMean, into.runningVar, into.mean, into.variance, into.reserve];
  executeInto(forwardKernel(settings), on, outs, [x, scale, offset, mean, variance]);
  return out;
}

/** The same by given statistics. */
export function batchNormByGiven(
  settings: BatchNormSettings,
  on: Device,
  inputs: readonly [x: Storage, scale: Storage, offset: Storage, mean: Storage, variance: Storage],
): Storage {
  const out = new Storage("nhwc");
  executeInto(forwardKernel(settings), on, [out, undefined, undefined, undefined, undefined, undefined], inputs);
  return out;
}

/** Gradients of x, scale and offset. */
export function batchNormGradient(
  settings: BatchNormSettings,
  on: Device,
  [g, x, scale, mean, variance]: readonly [Storage, Storage, Storage, Storage, Storage],
  reserve: Storage | undefined,
): readonly [Storage, Storage, Storage] {
  const inputs = [g, x, scale, mean, variance, reserve ?? empty(on)];
  const layouts = ["nhwc", "strided", "strided", undefined, undefined] as const;
  const [gx, gScale, gOffset] = executeMany(gradKernel(settings), on, layouts, inputs);
  return [gx as Storage, gScale as Storage, gOffset as Storage];
}
