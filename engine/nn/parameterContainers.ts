// Parameters by position or name: ParameterList, ParameterDict.
import { ArgumentError } from "../errors.js";
import { Tensor } from "../tensor.js";
import { members, setMember } from "./members.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

/** What both share: entries by name, in order. A plain tensor becomes a parameter, as in PyTorch. */
abstract class ParameterContainer extends Module {
  protected readonly held = new Map<string, Parameter>();

  /** The entries, then what a subclass has in fields. */
  override *[members](): Generator<readonly [string, unknown]> {
    yield* this.held;
    yield* super[members]();
  }

  override [setMember](name: string, value: unknown): void {
    const isEntry = this.held.has(name) || (value instanceof Parameter && !Object.hasOwn(this, name));
    if (!isEntry) super[setMember](name, value);
    else if (value === undefined) this.held.delete(name);
    else this.held.set(name, this.checked(value));
  }

  protected checked(value: unknown): Parameter {
    if (value instanceof Parameter) return value;
    if (value instanceof Tensor) return new Parameter(value);
    const got = value === null ? "null" : typeof value;
    throw new ArgumentError(`${this.constructor.name}: expected tensors, got ${got}`);
  }

  /** Takes no part in a forward: use its parameters. */
  forward(): never {
    throw new ArgumentError(`${this.constructor.name}: has no forward of its own; use its parameters`);
  }

  override extraRepr(): string {
    return Array.from(
      this.held,
      ([name, { dtype, shape }]) => `(${name}): Parameter containing: [${dtype} of size ${shape.join("x")}]`,
    ).join("\n");
  }
}

/** Parameters by position (torch.nn.ParameterList). */
export class ParameterList extends ParameterContainer {
  constructor(parameters: Iterable<Tensor> = []) {
    super();
    this.extend(parameters);
  }

  get length(): number {
    return this.held.size;
  }

  /** The parameter at an index; negative ones count from the end. */
  at(index: number): Parameter {
    return this.held.get(this.nameAt(index)) as Parameter;
  }

  set(index: number, parameter: Tensor): this {
    this.held.set(this.nameAt(index), this.checked(parameter));
    return this;
  }

  append(parameter: Tensor): this {
    this.held.set(String(this.length), this.checked(parameter));
    return this;
  }

  extend(parameters: Iterable<Tensor>): this {
    for (const parameter of [...parameters]) this.append(parameter);
    return this;
  }

  [Symbol.iterator](): Iterator<Parameter> {
    return this.held.values();
  }

  protected nameAt(index: number): string {
    const at = index < 0 ? index + this.length : index;
    if (Number.isInteger(at) && at >= 0 && at < this.length) return String(at);
    throw new ArgumentError(`ParameterList: expected an index within ${this.length} parameters, got ${index}`);
  }
}

/** Parameters by name (torch.nn.ParameterDict), in the order in which they came; used as a Map. */
export class ParameterDict extends ParameterContainer {
  constructor(parameters: Readonly<Record<string, Tensor>> | Iterable<readonly [string, Tensor]> = {}) {
    super();
    this.update(parameters);
  }

  get size(): number {
    return this.held.size;
  }

  /** @throws ArgumentError naming the keys that are there. */
  get(name: string): Parameter {
    const found = this.held.get(name);
    if (found) return found;
    const there = [...this.held.keys()].join(", ") || "none";
    throw new ArgumentError(`ParameterDict: expected one of its keys (${there}), got ${JSON.stringify(name)}`);
  }

  set(name: string, parameter: Tensor): this {
    if (typeof name !== "string" || name === "" || name.includes(".")) {
      throw new ArgumentError(`ParameterDict: expected names without dots, got ${JSON.stringify(name)}`);
    }
    this.held.set(name, this.checked(parameter));
    return this;
  }

  has(name: string): boolean {
    return this.held.has(name);
  }

  delete(name: string): boolean {
    return this.held.delete(name);
  }

  update(parameters: Readonly<Record<string, Tensor>> | Iterable<readonly [string, Tensor]>): this {
    const entries = Symbol.iterator in parameters ? parameters : Object.entries(parameters);
    for (const [name, parameter] of [...entries]) this.set(name, parameter);
    return this;
  }

  keys(): Iterator<string> & Iterable<string> {
    return this.held.keys();
  }

  values(): Iterator<Parameter> & Iterable<Parameter> {
    return this.held.values();
  }

  [Symbol.iterator](): Iterator<[string, Parameter]> {
    return this.held.entries();
  }
}
