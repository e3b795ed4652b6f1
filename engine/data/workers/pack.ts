// Takes a value apart for another thread: datasets with their transforms on the way out, batches on the way back. What
// cannot go is an error that names the place and what to do. It must not know threads.
import { ArgumentError } from "../../errors.js";
import { Generator } from "../../random.js";
import { Tensor } from "../../tensor.js";
import { isPlainObject } from "../tensorOf.js";
import type { BulkMemory } from "./memory.js";
import { findExport, ownModule, program } from "./modules.js";
import { type Packed, type PackedNode, type PackedValue, viewName } from "./packed.js";
import { constructorArguments, type Portable } from "./portable.js";
import { UnmadeTensor } from "./unmadeTensor.js";

/**
 * @param name what errors call the value: "batch", whose parts are then "batch.images"; "" for one whose parts speak for themselves
 * @throws {ArgumentError} naming the part that another thread cannot get
 */
export function pack(value: unknown, name: string, memory: BulkMemory): Packed {
  const packer = new Packer(memory);
  const root = packer.pack(value, name);
  return { root, nodes: packer.nodes };
}

class Packer {
  readonly nodes: PackedNode[] = [];
  readonly #seen = new Map<object, PackedValue>();

  constructor(private readonly memory: BulkMemory) {}

  pack(value: unknown, path: string): PackedValue {
    switch (typeof value) {
      case "undefined":
      case "boolean":
      case "number":
      case "bigint":
      case "string":
        return value;
      case "symbol":
        throw new ArgumentError(`DataLoader: expected a value that another thread can get at ${path}, got a symbol`);
      default:
        return value === null ? null : this.#packObject(value as object, path);
    }
  }

  #packObject(value: object, path: string): PackedValue {
    const seen = this.#seen.get(value);
    if (seen !== undefined) return seen;
    const node = this.nodes.length;
    this.nodes.push({ is: "clone", value: undefined }); // its number is taken; parts may refer to it
    this.#seen.set(value, { node });
    this.nodes[node] = this.#nodeOf(value, path);
    return { node };
  }

  #nodeOf(value: object, path: string): PackedNode {
    if (typeof value === "function") return exported(value, path);
    if (value instanceof UnmadeTensor) {
      const { data, dtype, shape } = value;
      return { is: "tensor", dtype, shape, bytes: this.memory.put(data), device: undefined, requiresGrad: false };
    }
    if (value instanceof Tensor) return this.#tensor(value, path);
    if (value instanceof Generator) return { is: "generator", state: value.state() };
    if (ArrayBuffer.isView(value)) return { is: "view", type: viewName(value, path), bytes: this.memory.put(value) };
    if (Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype) {
      return { is: "array", items: Array.from(value, (item, i) => this.pack(item, `${path}[${i}]`)) };
    }
    if (isPlainObject(value)) {
      return { is: "object", entries: this.#fields(value, path), bare: Object.getPrototypeOf(value) === null };
    }
    switch (Object.getPrototypeOf(value)) {
      case Map.prototype:
        return {
          is: "map",
          entries: Array.from(value as Map<unknown, unknown>, ([key, item]) => [
            this.pack(key, `${path}.keys()`),
            this.pack(item, `${path}.get(${keyText(key)})`),
          ]),
        };
      case Set.prototype:
        return { is: "set", items: Array.from(value as Set<unknown>, (item) => this.pack(item, `${path}.values()`)) };
      case Date.prototype:
      case RegExp.prototype:
      case ArrayBuffer.prototype:
      case SharedArrayBuffer.prototype:
        return { is: "clone", value };
      default:
        return this.#instance(value, path);
    }
  }

  #tensor(tensor: Tensor, path: string): PackedNode {
    const { dtype, shape, device, requiresGrad } = tensor;
    if (requiresGrad && tensor.gradFn) {
      throw new ArgumentError(
        `DataLoader: expected a tensor without history at ${path}, got one that was computed from others and needs ` +
          "their gradients; the tape of one thread cannot be followed by another: detach() it",
      );
    }
    return {
      is: "tensor",
      dtype,
      shape,
      bytes: device.type === "meta" ? undefined : this.memory.put(tensor.toBytes()),
      device: device.name,
      requiresGrad,
    };
  }

  #instance(value: object, path: string): PackedNode {
    const type = classOf(value);
    if (!type) {
      throw new ArgumentError(
        `DataLoader: expected a value that another thread can get at ${path}, got an object without a class`,
      );
    }
    const builtIn = [Array, Map, Set, Date, RegExp, Error, Promise].find((base) => value instanceof base);
    if (builtIn) {
      const what = type === builtIn ? `a ${builtIn.name}` : `a ${type.name}, which extends ${builtIn.name}`;
      throw new ArgumentError(`DataLoader: expected a value that another thread can get at ${path}, got ${what}`);
    }
    const found = exported(type, path, value);
    const made = this.#making(value, path);
    // Ours have private parts, which only their constructors make.
    if (!made && found.from.module === ownModule) {
      throw new ArgumentError(`DataLoader: expected a value that workers can get at ${path}, got a ${type.name}`);
    }
    return {
      is: "instance",
      class: this.#exportNode(type, found),
      ...(made ? { made } : {}),
      fields: made?.complete ? [] : this.#fields(value, path),
    };
  }

  /** How its private parts come into being: by the constructor of the class that told us its arguments. */
  #making(value: object, path: string) {
    if (typeof (value as Partial<Portable>)[constructorArguments] !== "function") return undefined;
    let holder: object = value;
    while (!Object.hasOwn(holder, constructorArguments)) holder = Object.getPrototypeOf(holder) as object;
    const type = holder.constructor;
    const args = (value as Portable)[constructorArguments]();
    return {
      by: this.#exportNode(type, exported(type, path, value)),
      // Options are no part of their own: "dataset.transform", as the field is called.
      args: args.map(([name, arg]) => this.pack(arg, name === "options" ? path : `${path}.${name}`)),
      complete: type === classOf(value),
    };
  }

  #exportNode(type: object, node: PackedNode): PackedValue {
    const seen = this.#seen.get(type);
    if (seen !== undefined) return seen;
    const reference = { node: this.nodes.length };
    this.nodes.push(node);
    this.#seen.set(type, reference);
    return reference;
  }

  #fields(value: object, path: string): readonly (readonly [string, PackedValue])[] {
    return Object.entries(value).map(([key, item]) => [key, this.pack(item, fieldPath(path, key))]);
  }
}

function fieldPath(path: string, key: string): string {
  if (path === "") return key;
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

const keyText = (key: unknown): string => (typeof key === "object" && key !== null ? "…" : JSON.stringify(key));

type Class = Function; // eslint-disable-line @typescript-eslint/no-unsafe-function-type -- any class at all

function classOf(value: object): Class | undefined {
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: unknown };
  const { constructor } = prototype;
  return typeof constructor === "function" && constructor.prototype === prototype ? constructor : undefined;
}

/** @throws {ArgumentError} naming the place, and what would make the class or function known there. */
function exported(wanted: object, path: string, instance?: object): PackedNode & { readonly is: "export" } {
  const from = findExport(wanted);
  if (from) return { is: "export", from, path };
  const { name } = wanted as Class;
  const isClass = instance !== undefined || /^class\b/.test(Function.prototype.toString.call(wanted));
  const called = name || (isClass ? "an unnamed class" : "an arrow function");
  const what = isClass ? (instance ? `an instance of ${called}` : `the class ${called}`) : `the function ${called}`;
  const mark = isClass
    ? "give it `static readonly module = import.meta.url`"
    : `mark it there with \`${name || "f"}.module = import.meta.url\``;
  const remedy = program.script
    ? `${program.script} is a script, which a worker would run again: export it from a module of its own and ${mark}`
    : `export it by name from the program (the file with train or test), or from a module of its own and ${mark}`;
  throw new ArgumentError(
    `DataLoader: expected ${isClass ? "a class" : "a function"} that workers can import at ${path}, got ${what.replace("the function an arrow", "an arrow")}; ${remedy}`,
  );
}
