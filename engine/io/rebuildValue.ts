// Puts a saved value together again from its description and tensors. A description is data from outside: each part is
// checked, and only plain values come of it. It must not know the class Tensor or the file.
import {
  deepest,
  type Description,
  isTypedArrayName,
  specialNumbers,
  typedArrays,
  type TypedArrayName,
} from "./description.js";
import type { SafetensorsTensor } from "./safetensors.js";

/** What a description says of a tensor besides its name. */
export interface TensorPlace {
  readonly name: string;
  readonly device: string;
  readonly requiresGrad: boolean;
  /** How it is a part of the stored tensor; not checked. Undefined for the whole. */
  readonly part: unknown;
}

export interface Parts {
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  readonly makeTensor: (tensor: SafetensorsTensor, place: TensorPlace) => unknown;
  /** Ends the loading with the caller's error. */
  readonly refuse: (expected: string, got: string) => never;
}

export function rebuildValue(description: Description, parts: Parts): unknown {
  return new Rebuilder(parts).rebuild(description, 0);
}

class Rebuilder {
  /** Arrays made so far: what was one when it was saved is one again, and no description can multiply it. */
  private readonly arrays = new Map<string, unknown>();

  constructor(private readonly parts: Parts) {}

  rebuild(description: Description, depth: number): unknown {
    if (typeof description !== "object" || description === null) return description;
    if (depth > deepest) return this.parts.refuse(`at most ${deepest} levels`, "more");
    const below = (item: Description) => this.rebuild(item, depth + 1);
    if (isList(description)) return description.map(below);
    const keys = Object.keys(description);
    const tag = keys.find((key) => key.startsWith("$"));
    if (tag !== undefined) return this.rebuildTagged(tag, description, below);
    return plainObject(keys.map((key) => [key, below(description[key])]));
  }

  private rebuildTagged(
    tag: string,
    description: { readonly [key: string]: Description },
    below: (item: Description) => unknown,
  ): unknown {
    const content = description[tag];
    switch (tag) {
      case "$tensor":
        return this.tensor(content, description);
      case "$numbers":
        return this.array(tag, content, "Float64Array");
      case "$number":
        return specialNumbers.get(content as string) ?? this.refuse("a special number", content);
      case "$bigint":
        if (typeof content !== "string" || !/^-?[0-9]+$/.test(content))
          return this.refuse("digits of a bigint", content);
        return BigInt(content);
      case "$undefined":
        return undefined;
      case "$date":
        return this.date(content);
      case "$set":
        return new Set(this.list(content).map(below));
      case "$map":
        return new Map(this.pairs(content).map(([key, item]) => [below(key), below(item)]));
      case "$object":
        return plainObject(
          this.pairs(content).map(([key, item]) => {
            if (typeof key !== "string") return this.refuse("a string as key", key);
            return [key, below(item)];
          }),
        );
      default: {
        const name = tag.slice(1);
        return isTypedArrayName(name) ? this.array(tag, content, name) : this.refuse("a known kind of value", tag);
      }
    }
  }

  private tensor(
    name: Description,
    { device = "cpu", requiresGrad = false, part }: { readonly [key: string]: Description },
  ) {
    if (typeof device !== "string") return this.refuse("the name of a device", device);
    if (typeof requiresGrad !== "boolean") return this.refuse("true or false for requiresGrad", requiresGrad);
    const [text, tensor] = this.stored(name);
    return this.parts.makeTensor(tensor, { name: text, device, requiresGrad, part });
  }

  private date(content: Description): Date {
    if (content === "invalid") return new Date(NaN);
    const date = new Date(typeof content === "string" ? content : NaN);
    const isExact = !Number.isNaN(date.getTime()) && date.toISOString() === content;
    return isExact ? date : this.refuse("a date as toISOString writes it", content);
  }

  private array(tag: string, name: Description, kind: TypedArrayName): unknown {
    const [text, { dtype, shape, bytes }] = this.stored(name);
    const key = `${tag} ${text}`;
    if (this.arrays.has(key)) return this.arrays.get(key);
    if (dtype !== typedArrays[kind].dtype || shape.length !== 1) {
      return this.parts.refuse(
        `a vector of ${typedArrays[kind].dtype} for ${tag}`,
        `${dtype} of ${shape.length} dimensions`,
      );
    }
    // A copy of its own: the caller may write to it, and it must begin at a multiple of its element's size.
    const values = new typedArrays[kind].make(bytes.slice().buffer);
    const array = tag === "$numbers" ? Array.from(values as Float64Array) : values;
    this.arrays.set(key, array);
    return array;
  }

  private stored(name: Description): readonly [string, SafetensorsTensor] {
    const tensor = typeof name === "string" ? this.parts.tensors.get(name) : undefined;
    return tensor ? [name as string, tensor] : this.refuse("the name of a stored tensor", name);
  }

  private list(content: Description): readonly Description[] {
    return isList(content) ? content : this.refuse("a list", content);
  }

  private pairs(content: Description): readonly (readonly [Description, Description])[] {
    return this.list(content).map((pair) => {
      if (!isList(pair) || pair.length !== 2) return this.refuse("a pair", pair);
      return [pair[0], pair[1]];
    });
  }

  private refuse(expected: string, got: Description): never {
    const text = JSON.stringify(got) ?? "nothing";
    return this.parts.refuse(expected, text.length > 100 ? `${text.slice(0, 100)}…` : text);
  }
}

/** An ordinary object; `__proto__` becomes a property like any other and never the prototype. */
export function plainObject(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    if (key === "__proto__") {
      Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
    } else object[key] = value;
  }
  return object;
}

const isList = (value: Description): value is readonly Description[] => Array.isArray(value);
