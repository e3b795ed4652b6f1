// Modules made of modules by position or name: Sequential, ModuleList, ModuleDict. Their entries are kept in a map of their
// own, since a JavaScript object puts names that are numbers first.
import { ArgumentError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { members, setMember } from "./members.js";
import { Module } from "./module.js";
import { collapsed, moduleText } from "./moduleText.js";

/** A module of one tensor, as containers call it. */
export interface UnaryModule extends Module {
  forward(x: Tensor): Tensor;
}

/** What the containers share: entries by name, in order. */
abstract class ModuleContainer<M extends Module> extends Module {
  protected readonly held = new Map<string, M>();

  /** The entries, then what a subclass has in fields. */
  override *[members](): Generator<readonly [string, unknown]> {
    yield* this.held;
    yield* super[members]();
  }

  override [setMember](name: string, value: unknown): void {
    const isEntry = this.held.has(name) || (value instanceof Module && !Object.hasOwn(this, name));
    if (!isEntry) super[setMember](name, value);
    else if (value === undefined) this.held.delete(name);
    else this.held.set(name, this.checked(value));
  }

  protected checked(module: unknown): M {
    if (module instanceof Module) return module as M;
    const got = module === null ? "null" : typeof module;
    throw new ArgumentError(`${this.constructor.name}: expected modules, got ${got}`);
  }

  protected checkedName(name: string): string {
    if (typeof name === "string" && name !== "" && !name.includes(".")) return name;
    throw new ArgumentError(`${this.constructor.name}: expected names without dots, got ${JSON.stringify(name)}`);
  }

  /** An index from the end when negative, checked against [0, limit). */
  protected place(index: number, limit = this.held.size): number {
    const at = index < 0 ? index + this.held.size : index;
    if (Number.isInteger(at) && at >= 0 && at < limit) return at;
    throw new ArgumentError(
      `${this.constructor.name}: expected an index within ${this.held.size} modules, got ${index}`,
    );
  }

  protected nameAt(index: number): string {
    return [...this.held.keys()][this.place(index)];
  }

  protected replaceAll(entries: Iterable<readonly [string, M]>): void {
    const all = [...entries];
    this.held.clear();
    for (const [name, module] of all) this.held.set(name, module);
  }
}

/** The containers by position: names are "0", "1", … unless a Sequential was given others. */
abstract class ModuleSequence<M extends Module> extends ModuleContainer<M> {
  get length(): number {
    return this.held.size;
  }

  /** The module at an index; negative ones count from the end (`list[i]` in Python). */
  at(index: number): M {
    return this.held.get(this.nameAt(index)) as M;
  }

  /** Another module at an index (`list[i] = module`). */
  set(index: number, module: M): this {
    this.held.set(this.nameAt(index), this.checked(module));
    return this;
  }

  append(module: M): this {
    this.held.set(String(this.length), this.checked(module));
    return this;
  }

  extend(modules: Iterable<M>): this {
    for (const module of [...modules]) this.append(module);
    return this;
  }

  /** A module before the one at an index, which may be the length; later ones move up. */
  insert(index: number, module: M): this {
    const modules = [...this];
    modules.splice(this.place(index, this.length + 1), 0, this.checked(module));
    this.replaceAll(modules.map((each, i) => [String(i), each]));
    return this;
  }

  /** Takes the module at an index out (`list.pop(i)`); later ones move down. */
  pop(index = -1): M {
    const modules = [...this];
    const [taken] = modules.splice(this.place(index), 1);
    this.replaceAll(modules.map((each, i) => [String(i), each]));
    return taken;
  }

  [Symbol.iterator](): Iterator<M> {
    return this.held.values();
  }
}

/** Modules by position (torch.nn.ModuleList). Iterate it, or index by `at`; it has no forward of its own. */
export class ModuleList<M extends Module = Module> extends ModuleSequence<M> {
  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }

  /** Part of the list, as a list of the same modules (`list[start:end]`). */
  slice(start?: number, end?: number): ModuleList<M> {
    return new ModuleList([...this].slice(start, end));
  }

  forward(): never {
    throw new ArgumentError("ModuleList: has no forward of its own; call its modules");
  }

  /** As PyTorch prints it: equal neighbours once, "(0-2): 3 x Linear(…)". */
  override toString(): string {
    const texts = Array.from(this, (module) => module.toString());
    return moduleText(this.constructor.name, this.extraRepr(), collapsed(texts));
  }
}

/** One module after another (torch.nn.Sequential): by position, or by name from an object or Map. */
export class Sequential extends ModuleSequence<UnaryModule> {
  constructor(...modules: readonly UnaryModule[]);
  constructor(modules: Readonly<Record<string, UnaryModule>> | ReadonlyMap<string, UnaryModule>);
  constructor(...given: readonly unknown[]) {
    super();
    const [first] = given;
    if (given.length === 1 && !(first instanceof Module) && typeof first === "object" && first !== null) {
      const entries: Iterable<[string, unknown]> =
        first instanceof Map ? (first as Map<string, unknown>) : Object.entries(first);
      for (const [name, module] of entries) this.held.set(this.checkedName(name), this.checked(module));
    } else {
      for (const module of given) this.append(module as UnaryModule);
    }
  }

  /** The module of a name. */
  get(name: string): UnaryModule {
    return this.getSubmodule(name) as UnaryModule;
  }

  /** Part of it, as a Sequential of the same modules under the same names (`model[start:end]`). */
  slice(start?: number, end?: number): Sequential {
    return new Sequential(new Map([...this.held].slice(start, end)));
  }

  forward(x: Tensor): Tensor {
    let y = x;
    for (const module of this) y = module.forward(y);
    return y;
  }

  protected override checked(module: unknown): UnaryModule {
    const checked = super.checked(module);
    if (typeof (checked as Partial<UnaryModule>).forward === "function") return checked;
    throw new ArgumentError(`Sequential: expected modules with forward, got ${checked.constructor.name}`);
  }
}

/** Modules by name (torch.nn.ModuleDict), in the order in which they came; used as a Map. It has no forward of its own. */
export class ModuleDict<M extends Module = Module> extends ModuleContainer<M> {
  constructor(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]> = {}) {
    super();
    this.update(modules);
  }

  get size(): number {
    return this.held.size;
  }

  /** @throws ArgumentError naming the keys that are there. */
  get(name: string): M {
    const found = this.held.get(name);
    if (found) return found;
    const there = [...this.held.keys()].join(", ") || "none";
    throw new ArgumentError(`ModuleDict: expected one of its keys (${there}), got ${JSON.stringify(name)}`);
  }

  set(name: string, module: M): this {
    this.held.set(this.checkedName(name), this.checked(module));
    return this;
  }

  has(name: string): boolean {
    return this.held.has(name);
  }

  delete(name: string): boolean {
    return this.held.delete(name);
  }

  /** Takes a module out and returns it. */
  pop(name: string): M {
    const module = this.get(name);
    this.delete(name);
    return module;
  }

  clear(): void {
    this.held.clear();
  }

  /** Sets several. */
  update(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]>): this {
    const entries = Symbol.iterator in modules ? modules : Object.entries<M>(modules);
    for (const [name, module] of [...entries]) this.set(name, module);
    return this;
  }

  keys(): Iterator<string> & Iterable<string> {
    return this.held.keys();
  }

  values(): Iterator<M> & Iterable<M> {
    return this.held.values();
  }

  entries(): Iterator<[string, M]> & Iterable<[string, M]> {
    return this.held.entries();
  }

  [Symbol.iterator](): Iterator<[string, M]> {
    return this.held.entries();
  }

  forward(): never {
    throw new ArgumentError("ModuleDict: has no forward of its own; call its modules");
  }
}
