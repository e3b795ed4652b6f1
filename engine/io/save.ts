// torch.save and torch.load: any nested plain value with tensors, as one safetensors file that Python reads too.
// Loading runs no code: the file holds data and a description of them, nothing else.
// It must not know modules or optimisers, only what their stateDict() returns.
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { fromBytes } from "../create.js";
import { device as deviceNamed } from "../backend/native.js";
import { Device } from "../device.js";
import { DeviceError, GradtapeError } from "../errors.js";
import { Tensor } from "../tensor.js";
import { writeFileAtomic } from "./atomicFile.js";
import { describeValue, type TensorToSave } from "./describeValue.js";
import { type Description, descriptionKey, descriptionVersion } from "./description.js";
import { plainObject, rebuildValue, type TensorPlace } from "./rebuildValue.js";
import { layOutSafetensors, readSafetensors, type Safetensors, SafetensorsError } from "./safetensors.js";
import type { SafetensorsTensor } from "./safetensors.js";
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
 * Saves a value (torch.save): objects, arrays, maps, sets, numbers, bigints, strings, booleans, null, undefined, typed
 * arrays and Tensors, nested as you like. Modules and optimisers are saved as their state: `save(model.stateDict(), file)`.
 * Tensors are named by their path ("model.conv1.weight"); one that occurs twice is stored once and is one again when it
 * is loaded. The file is replaced in one step: whatever fails, the old one stands.
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
export function load<T = unknown>(file: string, { mapLocation }: LoadOptions = {}): T {
  const contents = readCheckpoint(file);
  const refuse = (expected: string, got: string): never => {
    throw new CheckpointError(file, `expected ${expected}, got ${got}, in ${file}`);
  };
  const made = new Map<string, Tensor>();
  const makeTensor = (tensor: SafetensorsTensor, place: TensorPlace): Tensor => {
    const key = JSON.stringify([place.name, place.device, place.requiresGrad]);
    const known = made.get(key) ?? toTensor(tensor, place, mapLocation, refuse);
    made.set(key, known);
    return known;
  };
  const text = contents.metadata.get(descriptionKey);
  if (text === undefined) {
    const tensors = [...contents.tensors].map(
      ([name, tensor]) => [name, makeTensor(tensor, { name, device: "cpu", requiresGrad: false })] as const,
    );
    return plainObject(tensors) as T;
  }
  const description = parseDescription(text, refuse);
  return rebuildValue(description, { tensors: contents.tensors, makeTensor, refuse }) as T;
}

function asTensor(value: object): TensorToSave | undefined {
  if (!(value instanceof Tensor)) return undefined;
  const { shape, dtype, storage, device, requiresGrad } = value;
  // The bytes are fetched when their turn comes, so that one tensor at a time is in memory twice.
  const source = { dtype: safetensorsDTypeOf(dtype), shape, bytes: () => value.toBytes() };
  return { source, contents: storage, device: device.name, requiresGrad };
}

function toTensor(
  { dtype, shape, bytes }: SafetensorsTensor,
  { name, device, requiresGrad }: TensorPlace,
  mapLocation: MapLocation | undefined,
  refuse: (expected: string, got: string) => never,
): Tensor {
  const ours = dtypeOfSafetensors(dtype);
  if (!ours) return refuse(`a dtype that tensors here can have for ${JSON.stringify(name)}`, dtype);
  // TensorFlow takes other bytes in a bool for granted to be 0 or 1.
  const checked = ours === "bool" ? bytes.map((byte) => (byte === 0 ? 0 : 1)) : bytes;
  const tensor = fromBytes(checked, shape, ours, { device: locate(device, mapLocation) });
  if (requiresGrad) tensor.requiresGrad = true;
  return tensor;
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
