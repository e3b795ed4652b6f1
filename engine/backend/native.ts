// The native backend: loads the addon and libtensorflow on first use, keeps the list of devices, and executes kernels.
// All executions of the engine pass through here; it knows storages, never gradients.
import { Device, parseDeviceName } from "../device.js";
import { type DType, tfNumber } from "../dtype.js";
import { ArgumentError, DeviceError, DTypeError, GradtapeError, TensorFlowError } from "../errors.js";
import type { KernelAttr, KernelId, NativeBinding, NativeError, NativeId } from "../native/binding.js";
import { describeAttempts, explainLibrary, locateLibrary } from "../native/library/index.js";
import { loadAddon } from "../native/load.js";
import { libraryLoaded, threadSettings } from "./settings.js";
import { type Layout, Storage } from "../storage.js";

/** Virtual CPU devices of a process: `cpu` and `cpu:1`, the stand-in for a second device. */
const cpuDevices = Number(process.env.GRADTAPE_CPU_DEVICES ?? 2);

let binding: NativeBinding | undefined;
let devices: readonly Device[] = [];
const metaDevice = new Device("meta", 0, -1);

/** The addon with libtensorflow loaded. Throws when there is none, saying what was tried. */
export function native(): NativeBinding {
  return binding ?? load();
}

function load(): NativeBinding {
  const addon = loadAddon();
  const location = locateLibrary();
  if (!location)
    throw new GradtapeError(`${describeAttempts(explainLibrary())}; \`gradtape doctor --install\` provides it`);
  const { intraOp, interOp } = threadSettings();
  const found = addon.load({
    library: location.library,
    cpuDevices,
    gpuMemoryGrowth: true,
    intraOpThreads: intraOp,
    interOpThreads: interOp,
  });
  devices = found.map((device, index) => {
    const { type, index: number } = parseDeviceName(device.name);
    return new Device(type, number, index);
  });
  binding = addon;
  libraryLoaded(addon);
  return addon;
}

/** Every device that can compute here, "cpu" first. */
export function availableDevices(): readonly Device[] {
  native();
  return devices;
}

export function meta(): Device {
  return metaDevice;
}

/**
 * The device of this name (torch.device): "cpu", "cpu:1", "cuda", "cuda:0", "meta".
 * @throws DeviceError when the machine has no such device.
 */
export function device(name: string | Device): Device {
  if (name instanceof Device) return name;
  const { type, index } = parseDeviceName(name);
  if (type === "meta") return metaDevice;
  const found = availableDevices().find((d) => d.type === type && d.index === index);
  if (found) return found;
  const there = devices.map((d) => d.name).join(", ");
  const remedy = type === "cuda" ? "; `gradtape doctor` says why there is no GPU" : "";
  throw new DeviceError(`device: expected one of ${there}, meta; got "${name}"${remedy}`);
}

/** torch.cuda, as far as devices go. */
export const cuda = {
  isAvailable: (): boolean => availableDevices().some((d) => d.type === "cuda"),
  deviceCount: (): number => availableDevices().filter((d) => d.type === "cuda").length,
};

const kernels = new Map<string, KernelId>();

/** A kernel's id; the same description gives the same id. Callers on hot paths keep what they got. */
export function kernel(
  op: string,
  attrs: readonly KernelAttr[],
  inputs: number,
  { outputs = 1, listInput = -1, alias = false }: { outputs?: number; listInput?: number; alias?: boolean } = {},
): KernelId {
  const key = `${op}/${inputs}/${outputs}/${listInput}/${JSON.stringify(attrs)}`;
  let id = kernels.get(key);
  if (id === undefined) {
    id = native().defineKernel({ op, attrs, inputs, outputs, listInput, alias });
    kernels.set(key, id);
  }
  return id;
}

/** A kernel per dtype, each made at its first use: for hot paths, where even a description costs too much. */
export function perDType(make: (dtype: DType) => KernelId): (dtype: DType) => KernelId {
  const made = new Map<DType, KernelId>();
  return (dtype) => {
    let id = made.get(dtype);
    if (id === undefined) made.set(dtype, (id = make(dtype)));
    return id;
  };
}

/** `{ name: "T", type: "type" }`: the attribute nearly every operation has. */
export const typeAttr = (name: string, dtype: DType): KernelAttr => ({ name, type: "type", value: tfNumber(dtype) });
export const boolAttr = (name: string, value: boolean): KernelAttr => ({ name, type: "bool", value });
export const intAttr = (name: string, value: number): KernelAttr => ({ name, type: "int", value });
export const stringAttr = (name: string, value: string): KernelAttr => ({ name, type: "string", value });
export const intsAttr = (name: string, value: readonly number[]): KernelAttr => ({ name, type: "ints", value });

// V8 collects an object after its last use, also in the middle of a call: what an id was read from must stay reachable
// until the addon has looked the id up. A module's variable does that, and costs a store.
let inUse: unknown;

/** Calls the addon with a storage's id while the storage is held. */
export function withId<T>(storage: Storage, call: (id: NativeId, addon: NativeBinding) => T): T {
  inUse = storage;
  const result = call(storage.id, native());
  inUse = undefined;
  return result;
}

/** Whether something is held: keeps the compiler from finding `inUse` unused. */
export const holdsInputs = (): boolean => inUse !== undefined;

/** Executes a kernel with one output. */
export function execute(kernel: KernelId, on: Device, layout: Layout, ...inputs: readonly Storage[]): Storage {
  const out = new Storage(layout);
  const b = binding as NativeBinding; // an input exists, so the library is loaded
  inUse = inputs;
  switch (inputs.length) {
    case 1:
      out.id = b.execute(kernel, on.nativeIndex, out, inputs[0].id);
      break;
    case 2:
      out.id = b.execute(kernel, on.nativeIndex, out, inputs[0].id, inputs[1].id);
      break;
    case 3:
      out.id = b.execute(kernel, on.nativeIndex, out, inputs[0].id, inputs[1].id, inputs[2].id);
      break;
    default:
      out.id = b.execute(kernel, on.nativeIndex, out, ...inputs.map((s) => s.id));
  }
  inUse = undefined;
  return out;
}

/** Executes a kernel with several outputs; `layouts[i]` undefined drops output i. */
export function executeMany(
  kernel: KernelId,
  on: Device,
  layouts: readonly (Layout | undefined)[],
  inputs: readonly Storage[],
): (Storage | undefined)[] {
  const outs = layouts.map((layout) => (layout === undefined ? undefined : new Storage(layout)));
  executeInto(kernel, on, outs, inputs);
  return outs;
}

/** Executes a kernel whose results go into storages that hold nothing yet; undefined drops a result. */
export function executeInto(
  kernel: KernelId,
  on: Device,
  outs: readonly (Storage | undefined)[],
  inputs: readonly Storage[],
): void {
  inUse = inputs;
  const ids = native().executeMany(
    kernel,
    on.nativeIndex,
    outs,
    inputs.map((s) => s.id),
  );
  inUse = undefined;
  outs.forEach((out, i) => {
    if (out) out.id = ids[i];
  });
}

const tfUint64 = 23;

/** Copies bytes into a new storage on a device. uint64 exists only for the keys of random kernels. */
export function upload(
  dtype: DType | "uint64",
  shape: readonly number[],
  on: Device,
  data: ArrayBufferView,
  layout: Layout = "strided",
): Storage {
  const out = new Storage(layout);
  out.id = native().create(dtype === "uint64" ? tfUint64 : tfNumber(dtype), shape, on.nativeIndex, out, data);
  return out;
}

/** Whether an error came from the addon with TensorFlow's status. */
export const isNativeError = (error: unknown): error is NativeError =>
  error instanceof Error &&
  !(error instanceof GradtapeError) &&
  typeof (error as Partial<NativeError>).code === "string" &&
  "op" in error;

/** Turns the addon's error into the engine's, with the operation the user called and its shapes. */
export function explainNative(error: unknown, op: string, inputs: string): unknown {
  if (!isNativeError(error)) return error;
  // TensorFlow has no kernel for the dtype, and says so with its insides.
  if (
    /^Value for attr '|Could not find device for node|No OpKernel|not in the list of allowed values/.test(error.message)
  ) {
    return new DTypeError(`${op}: not implemented for ${inputs}; convert with .to("float32")`);
  }
  if (/negative integer powers/.test(error.message)) {
    return new ArgumentError(
      `${op}: expected exponents of 0 or more for integers (${inputs}); convert with .to("float32")`,
    );
  }
  // Truncating division says no more than this of a divisor that is 0.
  const plain = error.message.replace(/^Unexpected error in binary operator.*/, "Integer division by zero");
  const text = plain.split(/\n|; NodeDef:/, 1)[0].replace(/[.\s]+$/, "");
  const remedy =
    error.code === "RESOURCE_EXHAUSTED" ? ". Try a smaller batch, or free tensors that are no longer used" : "";
  const shapes = inputs === "" ? "" : ` (inputs ${inputs})`;
  return new TensorFlowError(`${op}: ${text}${shapes}${remedy}`, error.code, error.op, { cause: error });
}
