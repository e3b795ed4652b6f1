// The hooks of one module: who is called before and after its forward, and with the gradients of its inputs and outputs.
// Knows nothing of trees and parameters.
import { Hooks } from "../hooks.js";
import type { Module } from "./module.js";
import { type BackwardHooks, type FullBackwardHook, type FullBackwardPreHook, withGradients } from "./backwardHooks.js";

/** Sees the arguments before forward. An array that it returns is the arguments in their place, anything else the one argument. */
export type ForwardPreHook = (module: Module, inputs: readonly unknown[]) => unknown;
/** Sees arguments and output after forward; what it returns, if anything, replaces the output. */
export type ForwardHook = (module: Module, inputs: readonly unknown[], output: unknown) => unknown;

export class ModuleHooks implements BackwardHooks {
  constructor(
    readonly pre = new Hooks<ForwardPreHook>(),
    readonly after = new Hooks<ForwardHook>(),
    readonly fullBackward = new Hooks<FullBackwardHook>(),
    readonly fullBackwardPre = new Hooks<FullBackwardPreHook>(),
  ) {}

  copy(): ModuleHooks {
    return new ModuleHooks(this.pre.copy(), this.after.copy(), this.fullBackward.copy(), this.fullBackwardPre.copy());
  }

  /** One forward with everything around it. */
  around(module: Module, args: readonly unknown[], forward: (args: readonly unknown[]) => unknown): unknown {
    let inputs = args;
    for (const hook of this.pre) {
      const other = hook(module, inputs);
      if (other !== undefined) inputs = Array.isArray(other) ? (other as readonly unknown[]) : [other];
    }
    const called = (given: readonly unknown[]): unknown => {
      let output = forward(given);
      for (const hook of this.after) {
        const other = hook(module, given, output);
        if (other !== undefined) output = other;
      }
      return output;
    };
    const backward = this.fullBackward.size + this.fullBackwardPre.size > 0;
    return backward ? withGradients(module, this, inputs, called) : called(inputs);
  }
}
