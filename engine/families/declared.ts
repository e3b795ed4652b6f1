// The same declaration under another call: overloads, defaults and refusals around an operation.
import type { Declared } from "../op.js";

/** `call` with what `original` declares, apart from `changes`. */
export function declaredAs<F extends (...args: never) => unknown>(
  { opName, torch, samples, differentiable }: Declared,
  call: F,
  changes: Partial<Declared> = {},
): F & Declared {
  return Object.assign(call, { opName, torch, samples, differentiable, ...changes });
}
