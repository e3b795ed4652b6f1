// nn.Module: a tree of parameters, buffers and modules found by walking an object's own fields, so that a network is an
// ordinary class. What a module can do is listed here; how stands in the files beside.
import type { Device } from "../device.js";
import { ArgumentError, GradtapeError, expectOptions } from "../errors.js";
import type { HookOptions, RemovableHandle } from "../hooks.js";
import { Tensor } from "../tensor.js";
import type { FullBackwardHook, FullBackwardPreHook } from "./backwardHooks.js";
import { type Target, convertModule, emptyModule } from "./convert.js";
import { checkForward, wrapForward } from "./forward.js";
import { type Internals, internals, joined, members, ownModules, setMember } from "./members.js";
import { type ForwardHook, type ForwardPreHook, ModuleHooks } from "./moduleHooks.js";
import { moduleText } from "./moduleText.js";
import { keepParameters } from "./keptParameters.js";
import { Parameter } from "./parameter.js";
import { type StateDict, type StateDictKeys, loadState, stateOf } from "./stateDict.js";
import { type ZeroGradOptions, zeroGrads } from "./zeroGrads.js";

export interface NamedOptions {
  /** Put before every name, with a dot between. */
  readonly prefix?: string;
  /** Whether modules below this one count. Default true. */
  readonly recurse?: boolean;
  /** Name what is shared once. Default true. */
  readonly removeDuplicate?: boolean;
}

/**
 * Base of layers and networks (torch.nn.Module). A subclass holds parameters, modules and whatever else in its fields and
 * defines `forward` as a method, with any arguments and any control flow; `forward` is also what is called. A super call,
 * and a recursion of a module into itself, belong to the one call that hooks and profiler see. Results are returned, not
 * promised: a forward that is async is refused.
 */
export abstract class Module {
  /** Whether this module is in training mode; `train()` and `eval()` set it for the whole tree. */
  training = true;
  #internals: Internals = { buffers: new Map(), hooks: new ModuleHooks(), parameters: undefined, path: "" };

  constructor() {
    wrapForward(Object.getPrototypeOf(this) as object, Module.prototype);
  }

  // ---- the tree

  /** Direct children by field name, each once (torch.nn.Module.named_children). */
  *namedChildren(): Generator<[string, Module]> {
    const seen = new Set<Module>();
    for (const [name, child] of this[ownModules]()) {
      if (seen.has(child)) continue;
      seen.add(child);
      yield [name, child];
    }
  }

  /** torch.nn.Module.children. */
  *children(): Generator<Module> {
    for (const [, child] of this.namedChildren()) yield child;
  }

  /** This module and all below it, each once, by path (torch.nn.Module.named_modules). */
  *namedModules(options?: Pick<NamedOptions, "prefix">): Generator<[string, Module]> {
    const { prefix = "" } = expectOptions("namedModules", options, '{ prefix: "net" }');
    yield* walk(this, prefix, new Set());
  }

  /** torch.nn.Module.modules. */
  *modules(): Generator<Module> {
    for (const [, module] of this.namedModules()) yield module;
  }

  /** Every parameter by path, the module's own before its children's (torch.nn.Module.named_parameters). */
  *namedParameters(options: NamedOptions = {}): Generator<[string, Parameter]> {
    expectOptions("namedParameters", options, '{ prefix: "net" }');
    yield* named(this, options, (value): value is Parameter => value instanceof Parameter);
  }

  /** Every parameter once: what an optimiser takes (torch.nn.Module.parameters). */
  *parameters(options: Pick<NamedOptions, "recurse"> = {}): Generator<Parameter> {
    expectOptions("parameters", options, "{ recurse: false }");
    for (const [, parameter] of this.namedParameters(options)) yield parameter;
  }

  /** Registered buffers by path (torch.nn.Module.named_buffers). */
  *namedBuffers(options: NamedOptions = {}): Generator<[string, Tensor]> {
    expectOptions("namedBuffers", options, '{ prefix: "net" }');
    yield* named(
      this,
      options,
      (value, name, { buffers }): value is Tensor => buffers.has(name) && value instanceof Tensor,
    );
  }

  /** torch.nn.Module.buffers. */
  *buffers(options: Pick<NamedOptions, "recurse"> = {}): Generator<Tensor> {
    expectOptions("buffers", options, "{ recurse: false }");
    for (const [, buffer] of this.namedBuffers(options)) yield buffer;
  }

  /**
   * The module at a path like "features.0"; "" is this one (torch.nn.Module.get_submodule).
   * @throws ArgumentError naming the first step that is not there.
   */
  getSubmodule(path: string): Module {
    return path
      .split(".")
      .filter(() => path !== "")
      .reduce<Module>((module, name) => {
        const child = memberOf(module, name);
        if (child instanceof Module) return child;
        throw absent(module, "module", name, path, [...module.namedChildren()]);
      }, this);
  }

  /** The parameter at a path like "fc.weight" (torch.nn.Module.get_parameter). */
  getParameter(path: string): Parameter {
    const [owner, name] = this.#ownerOf(path);
    const found = memberOf(owner, name);
    if (found instanceof Parameter) return found;
    throw absent(owner, "parameter", name, path, [...owner.namedParameters({ recurse: false })]);
  }

  /** The buffer at a path like "norm.runningMean" (torch.nn.Module.get_buffer). */
  getBuffer(path: string): Tensor {
    const [owner, name] = this.#ownerOf(path);
    const found = memberOf(owner, name);
    if (found instanceof Tensor && owner.#internals.buffers.has(name)) return found;
    throw absent(owner, "buffer", name, path, [...owner.namedBuffers({ recurse: false })]);
  }

  #ownerOf(path: string): readonly [Module, string] {
    const dot = path.lastIndexOf(".");
    return [this.getSubmodule(path.slice(0, Math.max(dot, 0))), path.slice(dot + 1)];
  }

  /** Sets a field to a parameter, for names that are made at run time (torch.nn.Module.register_parameter). */
  registerParameter(name: string, parameter: Parameter | undefined): void {
    this.#checkName("registerParameter", name);
    if (parameter !== undefined && !(parameter instanceof Parameter)) {
      throw new ArgumentError(`registerParameter: expected ${name} as a Parameter, got ${typeof parameter}`);
    }
    this[setMember](name, parameter);
  }

  /** Sets a field to a module, for names that are made at run time (torch.nn.Module.register_module, add_module). */
  registerModule(name: string, module: Module | undefined): void {
    this.#checkName("registerModule", name);
    if (module !== undefined && !(module instanceof Module)) {
      throw new ArgumentError(`registerModule: expected ${name} as a Module, got ${typeof module}`);
    }
    this[setMember](name, module);
  }

  /**
   * Makes a tensor a field that moves with the module and, unless `persistent` is false, belongs to its state, but is not
   * trained (torch.nn.Module.register_buffer). A field that is only assigned a tensor is neither moved nor saved. Declare
   * the field without a value (`declare runningMean: Tensor`), or register it after its declaration ran.
   */
  registerBuffer(name: string, value: Tensor | undefined, options?: { readonly persistent?: boolean }): void {
    const { persistent = true } = expectOptions("registerBuffer", options, "{ persistent: false }");
    this.#checkName("registerBuffer", name);
    if (value !== undefined && !(value instanceof Tensor)) {
      throw new ArgumentError(`registerBuffer: expected ${name} as a Tensor, got ${typeof value}`);
    }
    this.#internals.buffers.set(name, persistent);
    this[setMember](name, value);
  }

  #checkName(op: string, name: string): void {
    if (typeof name !== "string" || name === "" || name.includes(".")) {
      throw new ArgumentError(`${op}: expected a name without dots, got ${JSON.stringify(name)}`);
    }
    if (name in Module.prototype || name === "training") {
      throw new ArgumentError(`${op}: ${JSON.stringify(name)} is a name of Module's own`);
    }
  }

  /** Calls `visit` on every module, children first (torch.nn.Module.apply). */
  apply(visit: (module: Module) => void): this {
    for (const child of this.children()) child.apply(visit);
    visit(this);
    return this;
  }

  // ---- modes and places

  /** Training mode for the whole tree: dropout drops, batch norm learns (torch.nn.Module.train). A module may override it, to keep a part in evaluation mode. */
  train(mode = true): this {
    checkForward(this);
    this.training = mode;
    for (const child of this.children()) child.train(mode);
    return this;
  }

  /** Evaluation mode for the whole tree (torch.nn.Module.eval). */
  eval(): this {
    return this.train(false);
  }

  /**
   * Moves parameters and buffers to a device, a floating dtype, or both, within this module (torch.nn.Module.to). The
   * parameters are new ones: do it before the optimiser is made.
   * @throws DTypeError for a dtype that is not floating
   */
  to(target: Target): this {
    convertModule(this, target);
    return this;
  }

  /** torch.nn.Module.cpu. */
  cpu(): this {
    return this.to("cpu");
  }

  /** torch.nn.Module.cuda. */
  cuda(device: Device | string = "cuda"): this {
    return this.to(device);
  }

  /** Floating parameters and buffers to float32 (torch.nn.Module.float). */
  float(): this {
    return this.to("float32");
  }

  /** To float64 (torch.nn.Module.double). */
  double(): this {
    return this.to("float64");
  }

  /** To float16 (torch.nn.Module.half). */
  half(): this {
    return this.to("float16");
  }

  /** To bfloat16 (torch.nn.Module.bfloat16). */
  bfloat16(): this {
    return this.to("bfloat16");
  }

  /**
   * Parameters and buffers of the same shapes on a device, all zeros, for a module that was made on meta: load a state
   * dict into it next (torch.nn.Module.to_empty).
   */
  toEmpty(device: Device | string): this {
    emptyModule(this, device);
    return this;
  }

  /** Freezes or unfreezes every parameter (torch.nn.Module.requires_grad_). */
  requiresGrad_(value = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad = value;
    return this;
  }

  /** Drops the gradients, or zeroes them in place (torch.nn.Module.zero_grad). */
  zeroGrad(options: ZeroGradOptions = {}): void {
    expectOptions("zeroGrad", options, "{ setToNone: false }");
    zeroGrads(this.parameters(), options);
  }

  // ---- state

  /** Parameters and persistent buffers by path; they share memory with the module, and a shared one is there under each of its paths (torch.nn.Module.state_dict). */
  stateDict(options?: Pick<NamedOptions, "prefix">): StateDict {
    const { prefix = "" } = expectOptions("stateDict", options, '{ prefix: "net." }');
    const state: StateDict = {};
    for (const [name, tensor] of stateOf(this, prefix)) state[name] = tensor.detach();
    return state;
  }

  /**
   * Copies a state into the parameters and buffers (torch.nn.Module.load_state_dict).
   * @param options.strict false: keys that only one side has are returned and no error
   * @throws StateDictError listing every missing key, unexpected key and wrong shape; nothing is changed then.
   */
  loadStateDict(state: Readonly<StateDict>, options?: { readonly strict?: boolean }): StateDictKeys {
    const { strict = true } = expectOptions("loadStateDict", options, "{ strict: false }");
    return loadState(this, state, strict);
  }

  // ---- hooks

  /** Calls `hook(module, inputs)` before each forward; what it returns, if anything, replaces the inputs (torch.nn.Module.register_forward_pre_hook). */
  registerForwardPreHook(hook: ForwardPreHook, options: HookOptions = {}): RemovableHandle {
    expectOptions("registerForwardPreHook", options, "{ prepend: true }");
    return this.#internals.hooks.pre.add(hook, options);
  }

  /** Calls `hook(module, inputs, output)` after each forward; what it returns, if anything, replaces the output (torch.nn.Module.register_forward_hook). */
  registerForwardHook(hook: ForwardHook, options: HookOptions = {}): RemovableHandle {
    expectOptions("registerForwardHook", options, "{ prepend: true }");
    return this.#internals.hooks.after.add(hook, options);
  }

  /** Calls `hook(module, gradInput, gradOutput)` when the gradients of a forward's inputs are there; what it returns, if anything, replaces `gradInput` (torch.nn.Module.register_full_backward_hook). */
  registerFullBackwardHook(hook: FullBackwardHook, options: HookOptions = {}): RemovableHandle {
    expectOptions("registerFullBackwardHook", options, "{ prepend: true }");
    return this.#internals.hooks.fullBackward.add(hook, options);
  }

  /** Calls `hook(module, gradOutput)` when the gradients of a forward's outputs are there; what it returns, if anything, replaces them (torch.nn.Module.register_full_backward_pre_hook). */
  registerFullBackwardPreHook(hook: FullBackwardPreHook, options: HookOptions = {}): RemovableHandle {
    expectOptions("registerFullBackwardPreHook", options, "{ prepend: true }");
    return this.#internals.hooks.fullBackwardPre.add(hook, options);
  }

  // ---- showing

  /** One line of the constructor's arguments, for printing (torch.nn.Module.extra_repr). */
  extraRepr(): string {
    return "";
  }

  /** The tree as PyTorch prints it. */
  toString(): string {
    const children = Array.from(this[ownModules](), ([name, child]) => [name, child.toString()] as const);
    return moduleText(this.constructor.name, this.extraRepr(), children);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** What the debugger shows for a module and puts before its methods in the call stack: without it, the first line of the tree. */
  [Symbol.for("debug.description")](): string {
    return this.constructor.name;
  }

  // ---- for the rest of nn

  get [internals](): Internals {
    return this.#internals;
  }

  [members](): Iterable<readonly [string, unknown]> {
    const own = Object.entries(this);
    keepParameters(this.constructor.name, own, this.#internals);
    return own;
  }

  [setMember](name: string, value: unknown): void {
    (this as unknown as Record<string, unknown>)[name] = value;
  }

  *[ownModules](): Generator<readonly [string, Module]> {
    const own = [...this[members]()];
    for (const [name, value] of own) {
      if (value instanceof Module) yield [name, value];
      else if (Array.isArray(value)) refuseHidden(this, name, value, own);
    }
  }

  /** A module of the same class with the same buffers' names and hooks, and without fields: no constructor but this class's runs. */
  static emptyLike(module: Module): Module {
    const empty = Reflect.construct(Module, [], module.constructor) as Module;
    const { buffers, hooks, path } = module.#internals;
    empty.#internals = { buffers: new Map(buffers), hooks: hooks.copy(), parameters: undefined, path };
    return empty;
  }
}

function* walk(module: Module, path: string, seen: Set<Module>): Generator<[string, Module]> {
  if (seen.has(module)) return;
  checkForward(module);
  seen.add(module);
  yield [path, module];
  for (const [name, child] of module[ownModules]()) yield* walk(child, joined(path, name), seen);
}

function* named<T extends Tensor>(
  module: Module,
  { prefix = "", recurse = true, removeDuplicate = true }: NamedOptions,
  wanted: (value: unknown, name: string, of: Internals) => value is T,
): Generator<[string, T]> {
  const seen = new Set<T>();
  for (const [path, part] of recurse ? module.namedModules({ prefix }) : [[prefix, module] as const]) {
    for (const [name, value] of part[members]()) {
      if (!wanted(value, name, part[internals]) || seen.has(value)) continue;
      if (removeDuplicate) seen.add(value);
      yield [joined(path, name), value];
    }
  }
}

function memberOf(module: Module, name: string): unknown {
  for (const [own, value] of module[members]()) if (own === name) return value;
  return undefined;
}

function absent(
  owner: Module,
  what: string,
  name: string,
  path: string,
  there: readonly (readonly [string, unknown])[],
): ArgumentError {
  const names = there.map(([own]) => own).join(", ") || "none";
  const place = name === path ? "" : ` of "${path}"`;
  return new ArgumentError(`${owner.constructor.name}: expected a ${what} "${name}"${place}, there is ${names}`);
}

/** A plain array of modules or parameters is not part of the tree: nothing in it would be trained or saved. */
function refuseHidden(
  module: Module,
  name: string,
  list: readonly unknown[],
  own: readonly (readonly [string, unknown])[],
): void {
  const known = (value: unknown) => own.some(([, other]) => other === value); // another name for fields is fine
  const hidden = list.find((value) => (value instanceof Module || value instanceof Parameter) && !known(value));
  if (hidden === undefined) return;
  const [what, remedy] = hidden instanceof Module ? ["modules", "ModuleList"] : ["parameters", "ParameterList"];
  throw new GradtapeError(
    `${module.constructor.name}.${name}: ${what} in a plain array are not part of the network; use new nn.${remedy}([...])`,
  );
}
