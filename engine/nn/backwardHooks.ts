// Hooks on the gradients of a whole module (torch.nn.Module.register_full_backward_hook): its inputs pass through one entry
// of the tape and its outputs through another, and those call the hooks. Knows nothing of the module but who it is.
import { ArgumentError } from "../errors.js";
import { type ManySpec, applyMany } from "../op.js";
import { isGradEnabled } from "../state.js";
import type { Gradients } from "../tape.js";
import { Tensor } from "../tensor.js";
import type { Module } from "./module.js";

/**
 * Sees the gradients of a module's arguments and of its outputs, in their order; undefined for what is no tensor, needs
 * none, or got none. What it returns, if anything, goes on in place of `gradInput`; one tensor stands for a list of one.
 */
export type FullBackwardHook = (
  module: Module,
  gradInput: Gradients,
  gradOutput: Gradients,
) => Gradients | Tensor | undefined | void;

/** Sees the gradients of a module's outputs before its backward; what it returns, if anything, goes on in their place. */
export type FullBackwardPreHook = (module: Module, gradOutput: Gradients) => Gradients | Tensor | undefined | void;

export interface BackwardHooks {
  readonly fullBackward: Iterable<FullBackwardHook>;
  readonly fullBackwardPre: Iterable<FullBackwardPreHook>;
}

/** Tensors as they are, under a new history that tells their gradients to `options`. */
const passSpec: ManySpec<(gs: Gradients) => Gradients> = {
  name: "fullBackwardHook",
  torch: "",
  infer: (tensors) => tensors.map(({ shape, dtype }) => ({ shape, dtype })),
  forward: (tensors) => tensors.map((x) => x.snapshot().storage),
  vjp: (gs, { options }) => options(gs),
  saves: "nothing",
  samples: [],
};

/** Those of `values` that need a gradient, replaced by twins; `see` gets the gradients of all places and gives those that go on. */
function pass(values: readonly unknown[], see: (gs: Gradients) => Gradients): readonly unknown[] {
  const places = values.flatMap((value, i) => (value instanceof Tensor && value.requiresGrad ? [i] : []));
  if (places.length === 0) return values;
  const count = values.length;
  const twins = applyMany(
    passSpec,
    places.map((i) => values[i] as Tensor),
    (gs) => {
      const all = new Array<Tensor | undefined>(count).fill(undefined);
      places.forEach((place, i) => (all[place] = gs[i]));
      const next = see(all);
      return places.map((place) => next[place]);
    },
  );
  const passed = [...values];
  places.forEach((place, i) => (passed[place] = twins[i]));
  return passed;
}

/** What a hook returned, as gradients for all places. */
function replaced(before: Gradients, by: Gradients | Tensor | undefined | void): Gradients {
  if (by === undefined) return before;
  const gradients = by instanceof Tensor ? [by] : by;
  if (!Array.isArray(gradients) || gradients.length !== before.length) {
    const got = Array.isArray(gradients) ? String(gradients.length) : typeof gradients;
    throw new ArgumentError(`backward hook: expected ${before.length} gradients from the hook, got ${got}`);
  }
  return gradients as Gradients;
}

/**
 * One forward between the two entries of the tape. As in PyTorch only tensors among the arguments, and an output that is
 * a tensor or an array with tensors in it, are seen. Unlike there, what comes out may be changed in place: it does not
 * share its memory with what is inside.
 */
export function withGradients(
  module: Module,
  { fullBackward, fullBackwardPre }: BackwardHooks,
  args: readonly unknown[],
  forward: (args: readonly unknown[]) => unknown,
): unknown {
  if (!isGradEnabled()) return forward(args);
  let gradOutput: Gradients = [];
  const inputs = args.length;
  const call = (gradInput: Gradients): Gradients => {
    let next = gradInput;
    for (const hook of fullBackward) next = replaced(next, hook(module, next, gradOutput));
    return next;
  };
  const given = pass(args, call);
  const output = forward(given);
  const several = Array.isArray(output);
  const passed = pass(several ? (output as readonly unknown[]) : [output], (gs) => {
    gradOutput = gs;
    for (const hook of fullBackwardPre) gradOutput = replaced(gradOutput, hook(module, gradOutput));
    // Without an input that needs a gradient nothing further will call them.
    if (given === args) call(new Array<undefined>(inputs).fill(undefined));
    return gradOutput;
  });
  return several ? passed : passed[0];
}
