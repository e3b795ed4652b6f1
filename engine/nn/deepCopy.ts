// A second network of the same classes and values that shares no tensor with the first (copy.deepcopy of a torch module).
import { ArgumentError, AutogradError, shapeText } from "../errors.js";
import { Tensor } from "../tensor.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

/**
 * A copy of a module with everything below it, as Python's `copy.deepcopy(model)` makes one: target networks, averages of
 * weights, one block several times. Parameters are new leaves with the same values and gradients; what is shared within
 * the module is shared within the copy; hooks and the training flag come along. Arrays, plain objects, Map and Set are
 * copied; functions and objects of other classes are shared. No constructor runs, so a subclass keeps its fields in
 * ordinary ones (`private x` of TypeScript, not `#x`, which nothing can copy).
 * @throws AutogradError for a field with a result of an operation: only leaves can be copied; detach() it first
 */
export function deepCopy<M extends Module>(module: M): M {
  if (!(module instanceof Module)) throw new ArgumentError(`deepCopy: expected a Module, got ${typeof module}`);
  return copied(module, new Map()) as M;
}

function copied(value: unknown, done: Map<object, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  const before = done.get(value);
  if (before !== undefined) return before;
  if (value instanceof Tensor) {
    const copy = copyOfTensor(value);
    done.set(value, copy);
    return copy;
  }
  const empty = emptyLike(value);
  if (empty === undefined) return value;
  done.set(value, empty);
  if (value instanceof Map)
    for (const [k, v] of value) (empty as Map<unknown, unknown>).set(copied(k, done), copied(v, done));
  else if (value instanceof Set) for (const v of value) (empty as Set<unknown>).add(copied(v, done));
  else for (const [k, v] of Object.entries(value)) (empty as Record<string, unknown>)[k] = copied(v, done);
  return empty;
}

function emptyLike(value: object): object | undefined {
  if (value instanceof Module) return Module.emptyLike(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value)) return new Array<unknown>(value.length);
  if (prototype === Map.prototype) return new Map();
  if (prototype === Set.prototype) return new Set();
  return prototype === Object.prototype || prototype === null ? {} : undefined;
}

function copyOfTensor(x: Tensor): Tensor {
  if (!x.isLeaf) {
    throw new AutogradError(
      `deepCopy: expected leaves, got a result of ${x.gradFn?.name} ${shapeText(x.shape)}; detach() it before it is kept`,
    );
  }
  const contents = x.snapshot();
  const copy = x instanceof Parameter ? new Parameter(contents, { requiresGrad: x.requiresGrad }) : contents;
  if (!(x instanceof Parameter) && x.requiresGrad) copy.requiresGrad = true;
  if (x.grad) copy.grad = x.grad.snapshot();
  return copy;
}
