// Takes a value of plain parts and tensors apart, for saving: a description, and the tensors that it names.
// It must not know the class Tensor (the caller says what is one) or the file.
import { ArgumentError } from "../errors.js";
import type { TensorSource } from "./safetensors.js";
import {
  deepest,
  type Description,
  isTypedArrayName,
  longArray,
  specialNumbers,
  typedArrays,
  type TypedArrayName,
} from "./description.js";
import { fitsMemory, type PartStep } from "./partStep.js";

/** A tensor as saving sees it. */
export interface TensorToSave {
  readonly source: TensorSource;
  /** Tensors of the same contents object and shape are stored once. */
  readonly contents: object;
  readonly device: string;
  readonly requiresGrad: boolean;
  /** For a view: the memory that it is a part of, which is stored instead when other parts of it are saved too. */
  readonly part?: MemoryPart;
}

export interface MemoryPart {
  readonly whole: TensorSource;
  /** The contents object of the whole. */
  readonly memory: object;
  /** From the whole to the view. */
  readonly steps: readonly PartStep[];
}

export interface DescribedValue {
  readonly description: Description;
  /** By the path of their first place: "model.conv1.weight". */
  readonly tensors: ReadonlyMap<string, TensorSource>;
}

/**
 * @param asTensor what a tensor is; undefined for everything else
 * @throws {ArgumentError} naming the place of what cannot be saved
 */
export function describeValue(value: unknown, asTensor: (value: object) => TensorToSave | undefined): DescribedValue {
  const describer = new Describer(asTensor);
  const description = describer.describe(value, []);
  describer.storeTensors();
  return { description, tensors: describer.tensors };
}

/** A tensor's place in the description, which is filled in when all tensors are known. */
interface Place {
  readonly path: Path;
  readonly tensor: TensorToSave;
  readonly description: { $tensor: string; part?: Description };
}

type Path = readonly string[];

class Describer {
  readonly tensors = new Map<string, TensorSource>();
  /** How often a name was wanted: two places may have the same path, as ["a.b"] and ["a", "b"] do. */
  private readonly wanted = new Map<string, number>();
  /** Names of what is stored already, by contents and then by shape and dtype. */
  private readonly stored = new Map<object, Map<string, string>>();
  private readonly places: Place[] = [];
  /** The objects that hold the present place. */
  private readonly holders = new Set<object>();

  constructor(private readonly asTensor: (value: object) => TensorToSave | undefined) {}

  describe(value: unknown, path: Path): Description {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: numberName(value) };
      case "bigint":
        return { $bigint: value.toString() };
      case "undefined":
        return { $undefined: true };
      case "object":
        return value === null ? null : this.describeObject(value, path);
      default:
        throw cannotSave(value, path);
    }
  }

  private describeObject(value: object, path: Path): Description {
    const tensor = this.asTensor(value);
    if (tensor) return this.describeTensor(tensor, path);
    if (ArrayBuffer.isView(value)) {
      const name = typedArrayName(value);
      if (!name) throw cannotSave(value, path);
      return { [`$${name}`]: this.store(value, bytesSource(typedArrays[name].dtype, value), path) };
    }
    if (isLongNumberArray(value)) {
      return { $numbers: this.store(value, bytesSource("F64", new Float64Array(value)), path) };
    }
    if (this.holders.has(value)) {
      throw new ArgumentError(`save: expected values without cycles, got ${place(path)} inside itself`);
    }
    if (path.length >= deepest) {
      throw new ArgumentError(`save: expected at most ${deepest} levels, got more at ${place(path.slice(0, 6))}…`);
    }
    this.holders.add(value);
    const description = this.describeParts(value, path);
    this.holders.delete(value);
    return description;
  }

  private describeParts(value: object, path: Path): Description {
    if (Array.isArray(value)) {
      return Array.from(value as readonly unknown[], (item, i) => this.describe(item, [...path, String(i)]));
    }
    if (value instanceof Map) {
      const entries = [...(value as Map<unknown, unknown>)];
      return {
        $map: entries.map(([key, item], i) => {
          const step = isNamed(key) ? String(key) : String(i);
          return [this.describe(key, [...path, `${step} (key)`]), this.describe(item, [...path, step])];
        }),
      };
    }
    if (value instanceof Date) return { $date: Number.isNaN(value.getTime()) ? "invalid" : value.toISOString() };
    if (value instanceof Set) {
      return { $set: Array.from(value as Set<unknown>, (item, i) => this.describe(item, [...path, String(i)])) };
    }
    if (!isPlainObject(value)) throw cannotSave(value, path);
    const entries = Object.entries(value).map(([key, item]) => [key, this.describe(item, [...path, key])] as const);
    if (entries.some(([key]) => key.startsWith("$"))) return { $object: entries };
    return withKeys(entries);
  }

  private describeTensor(tensor: TensorToSave, path: Path): Description {
    const { device, requiresGrad } = tensor;
    const description = { $tensor: "", ...(device !== "cpu" && { device }), ...(requiresGrad && { requiresGrad }) };
    this.places.push({ path, tensor, description });
    return description;
  }

  /** Gives every tensor its bytes: those of its memory where several parts of that are saved, else its own. */
  storeTensors(): void {
    const byMemory = new Map<object, Place[]>();
    for (const place of this.places) {
      const memory = place.tensor.part?.memory ?? place.tensor.contents;
      const places = byMemory.get(memory);
      if (places) places.push(place);
      else byMemory.set(memory, [place]);
    }
    const shared = new Set<object>();
    for (const [memory, places] of byMemory) if (areSeveralParts(places)) shared.add(memory);
    for (const { path, tensor, description } of this.places) {
      const { contents, source, part } = tensor;
      const memory = part?.memory ?? contents;
      if (part && shared.has(memory)) {
        description.$tensor = this.store(memory, part.whole, path);
        description.part = part.steps;
      } else description.$tensor = this.store(contents, source, path);
    }
  }

  /** The name of the stored tensor; what is stored already keeps its first name. */
  private store(contents: object, source: TensorSource, path: Path): string {
    const key = `${source.dtype}[${source.shape.join()}]`;
    const names = this.stored.get(contents) ?? new Map<string, string>();
    this.stored.set(contents, names);
    const known = names.get(key);
    if (known !== undefined) return known;
    const name = this.unusedName(path);
    names.set(key, name);
    this.tensors.set(name, source);
    return name;
  }

  private unusedName(path: Path): string {
    const base = path.join(".").replace(/\p{Surrogate}/gu, "\uFFFD") || "value";
    for (;;) {
      const count = (this.wanted.get(base) ?? 0) + 1;
      this.wanted.set(base, count);
      const name = count === 1 ? base : `${base}#${count}`;
      if (name !== "__metadata__" && !this.tensors.has(name)) return name;
    }
  }
}

/** Whether tensors of one memory are different parts of it, of which none has to be larger than loading allows. */
function areSeveralParts(places: readonly Place[]): boolean {
  const parts = new Map(
    places.map(({ tensor: { part } }) => [JSON.stringify(part?.steps ?? []), part?.steps ?? []] as const),
  );
  const whole = places.find(({ tensor }) => tensor.part)?.tensor.part?.whole;
  return whole !== undefined && parts.size > 1 && fitsMemory(whole.shape, [...parts.values()]);
}

/** Own properties whatever their names: an object without prototype takes `__proto__` as any other key. */
function withKeys(entries: readonly (readonly [string, Description])[]): Description {
  const object = Object.create(null) as Record<string, Description>;
  for (const [key, item] of entries) object[key] = item;
  return object;
}

const numberName = (value: number): string =>
  [...specialNumbers].find(([, special]) => Object.is(special, value))?.[0] ?? String(value);

const isNamed = (key: unknown): key is string | number | bigint | boolean =>
  ["string", "number", "bigint", "boolean"].includes(typeof key);

/** Node's Buffer is saved as the Uint8Array that it is; classes of others are not. */
function typedArrayName(value: ArrayBufferView): TypedArrayName | undefined {
  if (Buffer.isBuffer(value)) return "Uint8Array";
  const name = value.constructor.name;
  return isTypedArrayName(name) ? name : undefined;
}

function bytesSource(dtype: TensorSource["dtype"], values: ArrayBufferView): TensorSource {
  const { buffer, byteOffset, byteLength } = values;
  const length = (values as Uint8Array).length;
  return { dtype, shape: [length], bytes: new Uint8Array(buffer, byteOffset, byteLength) };
}

function isLongNumberArray(value: object): value is readonly number[] {
  if (!Array.isArray(value) || value.length < longArray) return false;
  // By index, because `every` passes over holes.
  for (let i = 0; i < value.length; i++) if (typeof value[i] !== "number") return false;
  return true;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function cannotSave(value: unknown, path: Path): ArgumentError {
  const what = whatIs(value);
  const remedy =
    typeof (value as { stateDict?: unknown } | null)?.stateDict === "function"
      ? `. Save its state: ${path.at(-1) ?? "model"}.stateDict()`
      : "";
  return new ArgumentError(`save: expected plain values and Tensors, got ${what} at ${place(path)}${remedy}`);
}

function whatIs(value: unknown): string {
  if (typeof value !== "object" || value === null) return `a ${typeof value}`;
  const { constructor } = value as { readonly constructor?: { readonly name?: unknown } };
  return typeof constructor?.name === "string" ? `an object of class ${constructor.name}` : "an object";
}

const place = (path: Path): string => (path.length === 0 ? "the top" : JSON.stringify(path.join(".")));
