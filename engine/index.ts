/// <reference lib="esnext.disposable" preserve="true" />
// What user programs import as "gradtape". Importing it costs no native code: libtensorflow loads with the first tensor.
import * as ops from "./ops/index.js";
import { Tensor } from "./tensor.js";
import { data, vision } from "./data/index.js";
import { ownModule, registerModule } from "./data/workers/modules.js";
import * as autograd from "./autograd/index.js";
import * as F from "./functional/index.js";
import { installDebugHooks } from "./inspect/debugHooks.js";
import * as nn from "./nn/index.js";
import * as optim from "./optim/index.js";

for (const [name, op] of Object.entries(ops)) {
  const call = op as (...args: unknown[]) => unknown;
  Object.defineProperty(Tensor.prototype, name, {
    configurable: true,
    writable: true,
    value(this: Tensor, ...args: unknown[]) {
      return call(this, ...args);
    },
  });
}

// The bundler renames a class that names itself inside; people read the name, in errors and printed networks.
for (const [name, value] of Object.entries({
  Tensor,
  ...nn,
  ...optim,
  ...data,
  ...vision.datasets,
  ...vision.transforms,
  ...autograd,
})) {
  if (typeof value === "function" && value.prototype !== undefined && value.name !== name) {
    Object.defineProperty(value, "name", { configurable: true, value: name });
  }
}

if (process.env.GRADTAPE_DEBUG === "1") installDebugHooks();

// What datasets, transforms and collate functions may be, by the names that programs know.
registerModule(ownModule, { data, vision, F });

export { Tensor };
export { Device } from "./device.js";
export type { DType, TypedArray } from "./dtype.js";
export type { Shape } from "./shape.js";
export {
  ArgumentError,
  AutogradError,
  DeviceError,
  DTypeError,
  GradtapeError,
  ShapeError,
  StateDictError,
  TensorFlowError,
} from "./errors.js";
export { cuda, device } from "./backend/native.js";
export {
  getNumInteropThreads,
  getNumThreads,
  isDeterministic,
  setDeterministic as deterministic,
  setNumInteropThreads,
  setNumThreads,
} from "./backend/settings.js";
export { enableGrad, isGradEnabled, noGrad } from "./state.js";
export { Generator, manualSeed, type ManualSeedOptions } from "./random.js";
export {
  arange,
  empty,
  eye,
  fromBytes,
  fromTypedArray,
  full,
  linspace,
  logspace,
  ones,
  rand,
  randint,
  randn,
  randperm,
  tensor,
  zeros,
} from "./create.js";
export type { RandomOptions, TensorData, TensorOptions } from "./create.js";
export type { ValuesIndices } from "./ops/valuesIndices.js";
export { broadcastTensors, cat, dstack, hstack, stack, vstack } from "./functional/join.js";
export { einsum, tensordot } from "./functional/einsum.js";
export { setPrintOptions, type PrintSettings } from "./inspect/print.js";
export { where } from "./functional/where.js";
export type { Index } from "./indexExpression.js";
export { F };
export * as autograd from "./autograd/index.js";
export * as nn from "./nn/index.js";
export * as optim from "./optim/index.js";
export * as distributions from "./distributions/index.js";
export { multinomial, type MultinomialOptions } from "./multinomial.js";
export { data, vision };
export { load, save, CheckpointError, type LoadOptions } from "./io/save.js";
export { loadNpy, NpyError, saveNpy } from "./io/npy.js";
export type * from "./run/index.js";
