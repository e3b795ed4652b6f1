// torch.save and torch.load: any nested plain value with tensors, as one safetensors file that Python reads too.
// Loading runs no code: the file holds data and a description of them, nothing else.
// It must not know modules or optimisers, only what their stateDict() returns.
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { fromBytes } from "../create.js";
import { device as deviceNamed } from "../backend/native.js";
import { Device } from "../device.js";
import { isFloating } from "../dtype.js";
import { DeviceError, GradtapeError, shapeText, expectOptions } from "../errors.js";
import { type Box, boxView } from "../ops/box.js";
import { sizeOf } from "../shape.js";
import { enableGrad } from "../state.js";
import { Tensor } from "../tensor.js";
import type { ViewMaking } from "../viewMaking.js";
import { writeFileAtomic } from "./atomicFile.js";
import { describeValue, type MemoryPart, type TensorToSave } from "./describeValue.js";
import { type Description, descriptionKey, descriptionVersion } from "./description.js";
import { fitsMemory, type PartStep } from "./partStep.js";
import { plainObject, rebuildValue, type TensorPlace } from "./rebuildValue.js";
import { layOutSafetensors, readSafetensors, type Safetensors, SafetensorsError } from "./safetensors.js";
import type { SafetensorsTensor, TensorSource } from "./safetensors.js";
import { dtypeOfSafetensors, safetensorsDTypeOf } from "./safetensorsDType.js";

/** Where loaded tensors go (torch.load's map_location): one device for all, or another for each that they were saved from. */
export type MapLocation =
  string | Device | Readonly<Record<string, string | Device>> | ((savedFrom: string) => string | Device);

export interface LoadOptions {
  /** By default each tensor returns to the device that it was saved from. */
  readonly mapLocation?: MapLocation;
}

/** A file that is no checkpoint, or one that does not fit what it describes. */
export class CheckpointError extends GradtapeError {
  override name = "CheckpointError";

  constructor(
    readonly file: string,
    /** "expected …, got …", and the remedy when one is known. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`load: ${reason}`, options);
  }
}

/**
 * Saves a value (torch.save): objects, arrays, maps, sets, numbers, bigints, strings, booleans, null, undefined, dates,
 * typed arrays and Tensors, nested as you like. Modules and optimisers are saved as their state:
 * `save(model.stateDict(), file)`. Tensors are named by their path ("model.conv1.weight"); one that occurs twice is stored
 * once and is one again when it is loaded. Views of one memory share it again after loading; a view of a memory of which
 * nothing else is saved is stored on its own, without the rest (torch.save stores the rest too).
 * The file is replaced in one step: whatever fails, the old one stands.
 * @throws {ArgumentError} naming the place of what cannot be saved
 * @throws {DiskFullError} with the bytes needed and free
 * @throws {WriteError} for other failures of the file system
 */
export function save(value: unknown, file: string): void {
  const { description, tensors } = describeValue(value, asTensor);
  const text = JSON.stringify({ version: descriptionVersion, value: description });
  // "pt": tensors lie as PyTorch's do, which is what Python's readers look for.
  const { byteLength, chunks } = layOutSafetensors(tensors, [
    ["format", "pt"],
    [descriptionKey, text],
  ]);
  writeFileAtomic(file, chunks(), byteLength);
}

/**
 * Loads what `save` wrote (torch.load). A safetensors file of another origin gives an object of its tensors by name.
 * @throws {CheckpointError} when there is no such file, or it is something else
 * @throws {SafetensorsError} when it is cut or damaged
 * @throws {DeviceError} when a tensor's device is not there: give `mapLocation`
 */
export function load<T = unknown>(file: string, options?: LoadOptions): T {
  const { mapLocation } = expectOptions("load", options, '{ mapLocation: "cpu" }');
  const contents = readCheckpoint(file);
  const refuse = (expected: string, got: string): never => {
    throw new CheckpointError(file, `expected ${expected}, got ${got}, in ${file}`);
  };
  const makeTensor = tensorMaker(mapLocation, refuse);
  const text = contents.metadata.get(descriptionKey);
  if (text === undefined) {
    const tensors = [...contents.tensors].map(
      ([name, tensor]) =>
        [name, makeTensor(tensor, { name, device: "cpu", requiresGrad: false, part: undefined })] as const,
    );
    return plainObject(tensors) as T;
  }
  const description = parseDescription(text, refuse);
  return rebuildValue(description, { tensors: contents.tensors, makeTensor, refuse }) as T;
}

function asTensor(value: object): TensorToSave | undefined {
  if (!(value instanceof Tensor)) return undefined;
  const { storage, device, requiresGrad } = value;
  const part = partOf(value);
  return { source: sourceOf(value), contents: storage, device: device.name, requiresGrad, ...(part && { part }) };
}

/** The bytes are fetched when their turn comes, so that one tensor at a time is in memory twice. */
const sourceOf = (x: Tensor): TensorSource => ({
  dtype: safetensorsDTypeOf(x.dtype),
  shape: x.shape,
  bytes: () => x.toBytes(),
});

/** How a tensor lies in its memory; undefined where a file has no words for it (a stretched tensor). */
function partOf(x: Tensor): MemoryPart | undefined {
  const view = x.viewOn;
  const root = view?.root ?? x;
  const steps = (view?.makings ?? []).map(stepOf);
  if (!steps.every((step) => step !== undefined)) return undefined;
  return { whole: sourceOf(root), memory: root.storage, steps };
}

function stepOf({ kind, from, to, options }: ViewMaking): PartStep | undefined {
  if (kind.stretches) return undefined;
  if (options === undefined) return sizeOf(from) === sizeOf(to) ? { shape: to } : undefined;
  if (Array.isArray(options)) return { permute: options as readonly number[] };
  const { begin, end, step, drop } = options as Partial<Box>;
  return begin && end && step && drop !== undefined ? { box: { begin, end, step, drop } } : undefined;
}

/** Makes tensors of stored ones: what was one tensor is one again, and what shared memory shares it. */
function tensorMaker(mapLocation: MapLocation | undefined, refuse: (expected: string, got: string) => never) {
  const memories = new Map<string, { readonly root: Tensor; readonly parts: Map<string, unknown> }>();
  const made = new Map<string, Tensor>();
  return (stored: SafetensorsTensor, { name, device, requiresGrad, part = [] }: TensorPlace): Tensor => {
    const memoryKey = JSON.stringify([name, device]);
    let memory = memories.get(memoryKey);
    if (!memory) {
      memories.set(
        memoryKey,
        (memory = { root: toTensor(stored, name, device, mapLocation, refuse), parts: new Map() }),
      );
    }
    const partKey = JSON.stringify(part);
    const key = `${memoryKey} ${requiresGrad} ${partKey}`;
    let tensor = made.get(key);
    if (!tensor) {
      const { root, parts } = memory;
      parts.set(partKey, part);
      if (!fitsMemory(root.shape, [...parts.values()])) {
        return refuse(`steps to parts of ${JSON.stringify(name)}, ${shapeText(root.shape)}`, partKey.slice(0, 100));
      }
      try {
        tensor = enableGrad(() => viewBy(root, part as readonly PartStep[])).detach();
      } catch (error) {
        if (!(error instanceof GradtapeError)) throw error;
        return refuse(`parts of ${JSON.stringify(name)} that can be taken`, error.message);
      }
      if (requiresGrad && isFloating(tensor.dtype)) tensor.requiresGrad = true;
      made.set(key, tensor);
    }
    return tensor;
  };
}

const viewBy = (root: Tensor, steps: readonly PartStep[]): Tensor =>
  steps.reduce<Tensor>((x, step) => {
    if ("shape" in step) return x.view(step.shape);
    return "permute" in step ? x.permute(step.permute) : boxOf(x, step.box);
  }, root);

const boxOf = boxView("slice");

/** TensorFlow's tensors have no more. */
const mostDims = 254;

function toTensor(
  { dtype, shape, bytes }: SafetensorsTensor,
  name: string,
  device: string,
  mapLocation: MapLocation | undefined,
  refuse: (expected: string, got: string) => never,
): Tensor {
  const ours = dtypeOfSafetensors(dtype);
  if (!ours) return refuse(`a dtype that tensors here can have for ${JSON.stringify(name)}`, dtype);
  if (shape.length > mostDims) {
    return refuse(`at most ${mostDims} dimensions for ${JSON.stringify(name)}`, String(shape.length));
  }
  // TensorFlow takes other bytes in a bool for granted to be 0 or 1.
  const checked = ours === "bool" ? bytes.map((byte) => (byte === 0 ? 0 : 1)) : bytes;
  return fromBytes(checked, shape, ours, { device: locate(device, mapLocation) });
}

function locate(savedFrom: string, mapLocation: MapLocation | undefined): Device {
  if (mapLocation === undefined) {
    try {
      return deviceNamed(savedFrom);
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      const remedy = 'load(file, { mapLocation: "cpu" }) puts everything on the CPU';
      throw new DeviceError(`load: expected "${savedFrom}", where it was saved from, got no such device. ${remedy}`);
    }
  }
  if (typeof mapLocation === "string" || mapLocation instanceof Device) return deviceNamed(mapLocation);
  if (typeof mapLocation === "function") return deviceNamed(mapLocation(savedFrom));
  return deviceNamed(Object.hasOwn(mapLocation, savedFrom) ? mapLocation[savedFrom] : savedFrom);
}

function parseDescription(text: string, refuse: (expected: string, got: string) => never): Description {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return refuse("a description in JSON", "other text");
  }
  const { version, value } = (parsed ?? {}) as { readonly version?: unknown; readonly value?: Description };
  if (version !== descriptionVersion || value === undefined) {
    return refuse(`a description of version ${descriptionVersion}`, `version ${JSON.stringify(version)?.slice(0, 30)}`);
  }
  return value;
}

function readCheckpoint(file: string): Safetensors {
  try {
    return readSafetensors(file);
  } catch (error) {
    if (error instanceof SafetensorsError) {
      const origin = otherOrigin(file);
      if (!origin) throw error;
      const remedy = "In Python, safetensors.torch.save_file(state_dict, path) writes a file that load reads";
      throw new CheckpointError(file, `expected a safetensors file, got ${origin}: ${file}. ${remedy}`, {
        cause: error,
      });
    }
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const got = code === "ENOENT" ? `no file at ${file}` : `${code} from the file system for ${file}`;
    throw new CheckpointError(file, `expected a checkpoint, got ${got}`, { cause: error });
  }
}

/** What people try to load besides: named so that the remedy can be. */
function otherOrigin(file: string): string | undefined {
  const first = Buffer.alloc(8);
  try {
    if (!statSync(file).isFile()) return undefined;
    const handle = openSync(file, "r");
    try {
      readSync(handle, first, 0, 8, 0);
    } finally {
      closeSync(handle);
    }
  } catch {
    return undefined;
  }
  if (first.toString("latin1", 0, 4) === "PK\x03\x04") return "an archive of torch.save";
  if (first[0] === 0x80 && first[1] <= 5) return "a pickle of Python";
  if (first.equals(Buffer.from("\x89HDF\r\n\x1a\n", "latin1"))) return "an HDF5 file of Keras";
  return undefined;
}
