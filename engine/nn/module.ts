// nn.Module: a tree of parameters, buffers and modules found by walking an object's own fields, so that a network is an
// ordinary class. `forward` is what users call; it is wrapped once per class to tell observers and run hooks.
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import { isFloating } from "../dtype.js";
import { ArgumentError, GradtapeError, StateDictError, shapeText } from "../errors.js";
import { sameShape } from "../shape.js";
import { noGrad, observed } from "../state.js";
import { Tensor } from "../tensor.js";
import { Parameter } from "./parameter.js";

export type StateDict = Record<string, Tensor>;

type Forward = (this: Module, ...args: unknown[]) => unknown;
export type ForwardHook = (module: Module, inputs: readonly unknown[], output: unknown) => unknown;

const wrapped = new WeakSet<object>();
/** Modules whose forward runs now, innermost last. */
const running: Module[] = [];

/** Base of layers and networks (torch.nn.Module). Subclasses define `forward` as a method. */
export abstract class Module {
  /** Whether this module is in training mode; `train()` and `eval()` set it for the whole tree. */
  training = true;
  #buffers = new Set<string>();
  #hooks = new Set<ForwardHook>();
  #path = "";

  constructor() {
    wrapForward(Object.getPrototypeOf(this) as object);
  }

  // ---- the tree

  /** Direct children by field name (torch.nn.Module.named_children). */
  *namedChildren(): Generator<[string, Module]> {
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Module) yield [name, value];
      else if (Array.isArray(value) && value.some((v) => v instanceof Module)) {
        throw new GradtapeError(
          `${this.constructor.name}.${name}: modules in a plain array are not part of the network; use new nn.ModuleList([...])`,
        );
      }
    }
  }

  *children(): Generator<Module> {
    for (const [, child] of this.namedChildren()) yield child;
  }

  /** This module and all below it, each once, by path (torch.nn.Module.named_modules). */
  *namedModules(prefix = "", seen = new Set<Module>()): Generator<[string, Module]> {
    if (seen.has(this)) return;
    checkForward(this);
    seen.add(this);
    yield [prefix, this];
    for (const [name, child] of this.namedChildren()) yield* child.namedModules(joined(prefix, name), seen);
  }

  *modules(): Generator<Module> {
    for (const [, module] of this.namedModules()) yield module;
  }

  /** Every parameter once, by path (torch.nn.Module.named_parameters). */
  *namedParameters(): Generator<[string, Parameter]> {
    yield* this.#named((value): value is Parameter => value instanceof Parameter);
  }

  *parameters(): Generator<Parameter> {
    for (const [, parameter] of this.namedParameters()) yield parameter;
  }

  /** Registered buffers by path (torch.nn.Module.named_buffers). */
  *namedBuffers(): Generator<[string, Tensor]> {
    const seen = new Set<Tensor>();
    for (const [path, module] of this.namedModules()) {
      for (const name of module.#buffers) {
        const buffer = (module as unknown as Record<string, unknown>)[name];
        if (!(buffer instanceof Tensor) || seen.has(buffer)) continue;
        seen.add(buffer);
        yield [joined(path, name), buffer];
      }
    }
  }

  *#named<T extends Tensor>(wanted: (value: unknown) => value is T): Generator<[string, T]> {
    const seen = new Set<T>();
    for (const [path, module] of this.namedModules()) {
      for (const [name, value] of Object.entries(module)) {
        if (!wanted(value) || seen.has(value)) continue;
        seen.add(value);
        yield [joined(path, name), value];
      }
    }
  }

  /** Makes a tensor field part of the state without training it (torch.nn.Module.register_buffer). */
  registerBuffer(name: string, value: Tensor): void {
    this.#buffers.add(name);
    (this as unknown as Record<string, unknown>)[name] = value;
  }

  /** Calls `visit` on every module, children first (torch.nn.Module.apply). */
  apply(visit: (module: Module) => void): this {
    for (const child of this.children()) child.apply(visit);
    visit(this);
    return this;
  }

  // ---- modes and places

  /** Training mode for the whole tree: dropout drops, batch norm learns (torch.nn.Module.train). */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Evaluation mode for the whole tree (torch.nn.Module.eval). */
  eval(): this {
    return this.train(false);
  }

  /** Moves parameters and buffers to a device, a floating dtype, or both, in place (torch.nn.Module.to). Do it before the optimiser is made. */
  to(target: Device | DType | string): this {
    const moved = new Map<Tensor, Tensor>(); // a shared parameter stays shared
    const convert = (x: Tensor): Tensor => {
      const there = noGrad(() => x.detach().to(target));
      if ((there.device === x.device && there.dtype === x.dtype) || (there.dtype !== x.dtype && !isFloating(x.dtype)))
        return x;
      return x instanceof Parameter ? new Parameter(there, { requiresGrad: x.requiresGrad }) : there;
    };
    for (const module of this.modules()) {
      for (const [name, value] of Object.entries(module)) {
        if (!(value instanceof Parameter) && !(module.#buffers.has(name) && value instanceof Tensor)) continue;
        let own = moved.get(value);
        if (!own) moved.set(value, (own = convert(value)));
        (module as unknown as Record<string, unknown>)[name] = own;
      }
    }
    return this;
  }

  /** Freezes or unfreezes every parameter (torch.nn.Module.requires_grad_). */
  requiresGrad_(value = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad = value;
    return this;
  }

  /** Drops the gradients (torch.nn.Module.zero_grad). */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.grad = undefined;
  }

  // ---- state

  /** Parameters, then buffers, by path; a shared one under each of its paths, as PyTorch writes it. */
  *#stateful(): Generator<[string, Tensor]> {
    for (const [path, module] of this.namedModules()) {
      for (const [name, value] of Object.entries(module)) {
        if (value instanceof Parameter) yield [joined(path, name), value];
      }
    }
    yield* this.namedBuffers();
  }

  /** Parameters and buffers by path; they share memory with the module (torch.nn.Module.state_dict). */
  stateDict(): StateDict {
    const state: StateDict = {};
    for (const [name, tensor] of this.#stateful()) state[name] = tensor.detach();
    return state;
  }

  /**
   * Copies a state into the parameters and buffers (torch.nn.Module.load_state_dict).
   * @throws StateDictError listing every missing key, unexpected key and wrong shape; nothing is changed then.
   */
  loadStateDict(state: Readonly<StateDict>, { strict = true }: { readonly strict?: boolean } = {}): void {
    const own = new Map(this.#stateful());
    const problems: string[] = [];
    if (strict) {
      const missing = [...own.keys()].filter((name) => !(name in state));
      const unexpected = Object.keys(state).filter((name) => !own.has(name));
      if (missing.length > 0) problems.push(`missing keys: ${missing.join(", ")}`);
      if (unexpected.length > 0) problems.push(`unexpected keys: ${unexpected.join(", ")}`);
    }
    for (const [name, tensor] of own) {
      const given = state[name];
      if (given === undefined) continue;
      if (given instanceof Tensor && given.device.type === "meta")
        problems.push(`${name}: a tensor on meta has no values`);
      else if (!(given instanceof Tensor)) problems.push(`${name}: expected a Tensor, got ${typeof given}`);
      else if (!sameShape(given.shape, tensor.shape)) {
        problems.push(`${name}: expected shape ${shapeText(tensor.shape)}, got ${shapeText(given.shape)}`);
      }
    }
    if (problems.length > 0) {
      throw new StateDictError(
        `loadStateDict: the state does not fit ${this.constructor.name}: ${problems.join("; ")}`,
      );
    }
    noGrad(() => {
      for (const [name, tensor] of own) if (state[name] !== undefined) tensor.copy_(state[name]);
    });
  }

  // ---- calling

  /** Calls `hook(module, inputs, output)` after each forward; what it returns, if anything, replaces the output (torch.nn.Module.register_forward_hook). */
  registerForwardHook(hook: ForwardHook): Disposable {
    this.#hooks.add(hook);
    return { [Symbol.dispose]: () => void this.#hooks.delete(hook) };
  }

  /** For the wrapper around `forward`: one call by a user, as opposed to a super call or recursion. */
  static call(module: Module, forward: Forward, args: unknown[]): unknown {
    if (running.at(-1) === module) return forward.apply(module, args);
    if (running.length === 0 && observed.by) for (const [path, child] of module.namedModules()) child.#path = path;
    running.push(module);
    observed.by?.enterModule(module.#path);
    try {
      let output = forward.apply(module, args);
      for (const hook of module.#hooks) output = hook(module, args, output) ?? output;
      return output;
    } finally {
      observed.by?.leaveModule();
      running.pop();
    }
  }

  /** One line of the constructor's arguments, for printing. */
  extraRepr(): string {
    return "";
  }

  /** The tree as PyTorch prints it. */
  toString(): string {
    const children = [...this.namedChildren()].map(
      ([name, child]) => `  (${name}): ${child.toString().replaceAll("\n", "\n  ")}`,
    );
    if (children.length === 0) return `${this.constructor.name}(${this.extraRepr()})`;
    return `${this.constructor.name}(\n${children.join("\n")}\n)`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** What the debugger shows for a module and puts before its methods in the call stack: without it, the first line of the tree. */
  [Symbol.for("debug.description")](): string {
    return this.constructor.name;
  }
}

const joined = (prefix: string, name: string): string => (prefix === "" ? name : `${prefix}.${name}`);

/** Replaces `forward` on each class of the chain by one that goes through `Module.call`. */
function wrapForward(prototype: object): void {
  for (let p = prototype; p !== Module.prototype && !wrapped.has(p); p = Object.getPrototypeOf(p) as object) {
    wrapped.add(p);
    const own = Object.getOwnPropertyDescriptor(p, "forward");
    if (typeof own?.value !== "function") continue;
    const forward = own.value as Forward;
    Object.defineProperty(p, "forward", {
      ...own,
      value(this: Module, ...args: unknown[]) {
        return Module.call(this, forward, args);
      },
    });
  }
}

/** Refuses `forward = (x) => …`: a field hides the method, so hooks and names would silently not work. */
function checkForward(module: Module): void {
  if (Object.hasOwn(module, "forward")) {
    throw new ArgumentError(
      `${module.constructor.name}: expected forward as a method, got a field; write \`forward(x: Tensor) { … }\``,
    );
  }
}
