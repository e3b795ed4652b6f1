// Puts a value together again that another thread has taken apart. It must not know threads.
import { fromBytes, zeros } from "../../create.js";
import { ArgumentError } from "../../errors.js";
import { Generator, type GeneratorState } from "../../random.js";
import { exportOf, importModule } from "./modules.js";
import { type Packed, type PackedBytes, type PackedNode, type PackedValue, viewOf } from "./packed.js";

/**
 * Imports the modules that the value's classes and functions are exported by.
 * @throws {ArgumentError} when a module does not export them; what its own code throws.
 */
export async function importExports({ nodes }: Packed): Promise<ReadonlyMap<PackedNode, unknown>> {
  const found = new Map<PackedNode, unknown>();
  for (const node of nodes) {
    if (node.is !== "export") continue;
    const { from, path } = node;
    const exports = await importModule(from.module);
    const value = exportOf(exports, from.name);
    if (value === undefined) {
      throw new ArgumentError(
        `DataLoader: expected ${from.module} to export ${from.name}, which is at ${path}, got ${
          Object.keys(exports).join(", ") || "no exports"
        }`,
      );
    }
    found.set(node, value);
  }
  return found;
}

export interface UnpackOptions {
  /** What `importExports` found. */
  readonly exports?: ReadonlyMap<PackedNode, unknown>;
  /** Arrays get memory of their own, since what they lie in will be used again. */
  readonly copy?: boolean;
}

export function unpack({ root, nodes }: Packed, options: UnpackOptions = {}): unknown {
  return new Unpacker(nodes, options).value(root);
}

const absent = Symbol("absent");
const beingMade = Symbol("being made");

class Unpacker {
  readonly #made: unknown[];

  constructor(
    private readonly nodes: readonly PackedNode[],
    private readonly options: UnpackOptions,
  ) {
    this.#made = new Array<unknown>(nodes.length).fill(absent);
  }

  value(packed: PackedValue): unknown {
    if (typeof packed !== "object" || packed === null) return packed;
    const { node } = packed;
    if (this.#made[node] === absent) this.#make(node);
    if (this.#made[node] === beingMade) {
      throw new ArgumentError("DataLoader: expected a dataset whose parts are not made of itself, got such a cycle");
    }
    return this.#made[node];
  }

  #make(index: number): void {
    const node = this.nodes[index];
    const made = <T>(value: T): T => {
      this.#made[index] = value;
      return value;
    };
    this.#made[index] = beingMade;
    switch (node.is) {
      // What may hold itself is there before its parts are.
      case "array":
        fill(made<unknown[]>([]), node.items, (array, item) => array.push(this.value(item)));
        break;
      case "set":
        fill(made(new Set()), node.items, (set, item) => set.add(this.value(item)));
        break;
      case "map":
        fill(made(new Map()), node.entries, (map, [key, item]) => map.set(this.value(key), this.value(item)));
        break;
      case "object":
        this.#fields(made((node.bare ? Object.create(null) : {}) as object), node.entries);
        break;
      case "instance":
        this.#fields(made(this.#instance(node)), node.fields);
        break;
      case "clone":
        made(node.value);
        break;
      case "view":
        made(viewOf(node.type, this.#bytes(node.bytes)));
        break;
      case "tensor":
        made(this.#tensor(node));
        break;
      case "generator": {
        made(new Generator(0)).setState(node.state as GeneratorState);
        break;
      }
      case "export":
        made(this.options.exports?.get(node));
        break;
      default:
        node satisfies never;
    }
  }

  #instance({ class: type, made }: PackedNode & { readonly is: "instance" }): object {
    const own = this.value(type) as new () => object;
    if (!made) return Object.create(own.prototype as object) as object;
    const args = made.args.map((arg) => this.value(arg));
    return Reflect.construct(this.value(made.by) as new () => object, args, own) as object;
  }

  /** Defined and not assigned: a class may have given the name a getter, and `__proto__` is a key like any other. */
  #fields(target: object, entries: readonly (readonly [string, PackedValue])[]): void {
    for (const [key, item] of entries) {
      if (Object.hasOwn(target, key)) continue; // the constructor has seen to it
      const value = this.value(item);
      Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
    }
  }

  #tensor({ dtype, shape, bytes, device, requiresGrad }: PackedNode & { readonly is: "tensor" }): unknown {
    if (!bytes) return zeros(shape, { dtype, device, requiresGrad });
    const made = fromBytes(new Uint8Array(bytes.buffer, bytes.offset, bytes.length), shape, dtype, { device });
    return requiresGrad ? made.requiresGrad_() : made;
  }

  #bytes(bytes: PackedBytes): PackedBytes {
    if (!this.options.copy) return bytes;
    const { buffer, offset, length } = bytes;
    const own = new Uint8Array(length);
    own.set(new Uint8Array(buffer, offset, length));
    return { buffer: own.buffer, offset: 0, length };
  }
}

function fill<Target, Item>(target: Target, items: readonly Item[], put: (target: Target, item: Item) => void): void {
  for (const item of items) put(target, item);
}
