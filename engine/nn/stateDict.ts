// A module's state by path, out and in (torch.nn.Module.state_dict, load_state_dict). Knows no files.
import { GradtapeError, StateDictError, shapeText } from "../errors.js";
import { sameShape } from "../shape.js";
import { noGrad } from "../state.js";
import { Tensor } from "../tensor.js";
import { internals, joined, members, ownModules } from "./members.js";
import type { Module } from "./module.js";
import { Parameter } from "./parameter.js";

/** Tensors by path: "conv1.weight". */
export type StateDict = Record<string, Tensor>;

/** What a state and a module did not have in common (torch.nn.Module.load_state_dict returns it too). */
export interface StateDictKeys {
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
}

/** Per module its parameters, its persistent buffers, then its children's; a shared one under each of its paths. */
export function* stateOf(module: Module, path = "", above: readonly Module[] = []): Generator<[string, Tensor]> {
  if (above.includes(module)) {
    throw new GradtapeError(
      `stateDict: ${path} is a module that contains it; keep a reference upwards out of the tree, in a #private field`,
    );
  }
  const { buffers } = module[internals];
  const own = [...module[members]()];
  for (const [name, value] of own) if (value instanceof Parameter) yield [joined(path, name), value];
  for (const [name, value] of own) {
    if (value instanceof Tensor && buffers.get(name)) yield [joined(path, name), value];
  }
  for (const [name, child] of module[ownModules]()) yield* stateOf(child, joined(path, name), [...above, module]);
}

/** Copies a state into a module, or throws for everything that does not fit and changes nothing. */
export function loadState(module: Module, state: Readonly<StateDict>, strict: boolean): StateDictKeys {
  const own = new Map(stateOf(module));
  const missingKeys = [...own.keys()].filter((name) => !Object.hasOwn(state, name));
  const unexpectedKeys = Object.keys(state).filter((name) => !own.has(name));
  const problems: string[] = [];
  if (strict) {
    if (missingKeys.length > 0) problems.push(`missing keys: ${missingKeys.join(", ")}`);
    if (unexpectedKeys.length > 0) problems.push(`unexpected keys: ${unexpectedKeys.join(", ")}`);
  }
  for (const [name, tensor] of own) {
    if (Object.hasOwn(state, name)) problems.push(...misfit(name, tensor, state[name]));
  }
  if (problems.length > 0) {
    throw new StateDictError(
      `loadStateDict: the state does not fit ${module.constructor.name}: ${problems.join("; ")}`,
    );
  }
  noGrad(() => {
    for (const [name, tensor] of own) if (Object.hasOwn(state, name)) tensor.copy_(state[name]);
  });
  return { missingKeys, unexpectedKeys };
}

/** What is wrong with one entry; it may come from a file, so nothing is taken for granted. */
function misfit(name: string, own: Tensor, given: unknown): readonly string[] {
  if (!(given instanceof Tensor)) return [`${name}: expected a Tensor, got ${given === null ? "null" : typeof given}`];
  if (given.device.type === "meta") return [`${name}: a tensor on meta has no values`];
  if (own.device.type === "meta")
    return [`${name}: the module's is on meta and cannot hold values; call toEmpty("cpu") first`];
  if (sameShape(given.shape, own.shape)) return [];
  return [`${name}: expected shape ${shapeText(own.shape)}, got ${shapeText(given.shape)}`];
}
