// The one wrapper around `forward`: users call forward itself, and hooks, names and observers come with it. Knows neither
// parameters nor state.
import { ArgumentError } from "../errors.js";
import { observed } from "../state.js";
import { internals, members } from "./members.js";
import type { Module } from "./module.js";

type Forward = (this: Module, ...args: unknown[]) => unknown;

const wrapped = new WeakSet<object>();
/** Modules whose forward runs now, innermost last. */
const running: Module[] = [];

/** Replaces `forward` on each class of the chain, up to `base`, by one that goes through `call`; once per class. */
export function wrapForward(prototype: object, base: object): void {
  for (let p = prototype; p !== base && !wrapped.has(p); p = Object.getPrototypeOf(p) as object) {
    wrapped.add(p);
    const own = Object.getOwnPropertyDescriptor(p, "forward");
    if (typeof own?.value !== "function") continue;
    const forward = own.value as Forward;
    Object.defineProperty(p, "forward", {
      ...own,
      value(this: Module, ...args: unknown[]) {
        return call(this, forward, args);
      },
    });
  }
}

/** Refuses `forward = (x) => …`: a field hides the method, so hooks and names would silently not work. */
export function checkForward(module: Module): void {
  if (Object.hasOwn(module, "forward")) {
    throw new ArgumentError(
      `${module.constructor.name}: expected forward as a method, got a field; write \`forward(x: Tensor) { … }\``,
    );
  }
}

/** One call by a user; a super call or recursion within it goes straight through. */
function call(module: Module, forward: Forward, args: unknown[]): unknown {
  if (running.at(-1) === module) return forward.apply(module, args);
  if (running.length === 0 && observed.by) {
    for (const [path, child] of module.namedModules()) child[internals].path = path;
  }
  if (module[internals].parameters === undefined) module[members]();
  const { hooks, path } = module[internals];
  running.push(module);
  observed.by?.enterModule(path);
  try {
    return hooks.around(module, args, (given) => immediate(module, forward.apply(module, given as unknown[])));
  } finally {
    observed.by?.leaveModule();
    running.pop();
  }
}

/** Refuses a promise: hooks, scopes and noGrad would be over before the network has computed anything. */
function immediate(module: Module, output: unknown): unknown {
  if (!(output instanceof Promise)) return output;
  output.catch(() => undefined); // this error is the one to see
  throw new ArgumentError(
    `${module.constructor.name}: expected forward to return its result, got a promise; await what it waits for before calling it`,
  );
}
