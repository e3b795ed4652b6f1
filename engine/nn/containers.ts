// Modules made of modules.
import { ArgumentError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { Module } from "./module.js";

/** A module of one tensor, as containers call it. */
export interface UnaryModule extends Module {
  forward(x: Tensor): Tensor;
}

/** Modules by position (torch.nn.ModuleList). Iterate it, or index by `at`. */
export class ModuleList<M extends Module = Module> extends Module {
  #items: M[] = [];

  constructor(modules: Iterable<M> = []) {
    super();
    for (const module of modules) this.append(module);
  }

  get length(): number {
    return this.#items.length;
  }

  append(module: M): this {
    (this as unknown as Record<string, unknown>)[String(this.#items.length)] = module;
    this.#items.push(module);
    return this;
  }

  /** The module at an index; negative ones count from the end. */
  at(index: number): M {
    const found = this.#items.at(index);
    if (!found)
      throw new ArgumentError(`ModuleList: expected an index within ${this.#items.length} modules, got ${index}`);
    return found;
  }

  [Symbol.iterator](): Iterator<M> {
    return this.#items[Symbol.iterator]();
  }

  forward(): never {
    throw new ArgumentError("ModuleList: has no forward of its own; call its modules");
  }
}

/** One module after another (torch.nn.Sequential). */
export class Sequential extends Module {
  #items: readonly UnaryModule[];

  constructor(...modules: readonly UnaryModule[]) {
    super();
    this.#items = modules;
    modules.forEach((module, i) => ((this as unknown as Record<string, unknown>)[String(i)] = module));
  }

  forward(x: Tensor): Tensor {
    return this.#items.reduce((y, module) => module.forward(y), x);
  }
}
