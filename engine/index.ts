/// <reference lib="esnext.disposable" preserve="true" />
// What user programs import as "gradtape". Importing it costs no native code: libtensorflow loads with the first tensor.
import * as ops from "./ops/index.js";
import { Tensor } from "./tensor.js";
import { installDebugHooks } from "./inspect/debugHooks.js";

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

// The bundler renames a class that names itself inside; people read the name.
Object.defineProperty(Tensor, "name", { value: "Tensor" });

if (process.env.GRADTAPE_DEBUG === "1") installDebugHooks();

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
export { enableGrad, isGradEnabled, noGrad } from "./state.js";
export { Generator, manualSeed } from "./random.js";
export { arange, fromBytes, fromTypedArray, full, ones, rand, randint, randn, tensor, zeros } from "./create.js";
export type { RandomOptions, TensorData, TensorOptions } from "./create.js";
export { cat, stack } from "./functional/join.js";
export { where } from "./functional/where.js";
export * as F from "./functional/index.js";
export * as autograd from "./autograd/index.js";
export * as nn from "./nn/index.js";
export * as optim from "./optim/index.js";
export { data, vision } from "./data/index.js";
export { load, save, CheckpointError, type LoadOptions } from "./io/save.js";
export type * from "./run/index.js";
