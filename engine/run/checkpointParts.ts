// What a checkpoint is made of: the objects that a program registers, how each gives its state and takes it back.
// Knows no files and no loops.
import { ArgumentError, StateDictError } from "../errors.js";

/** A module, an optimiser, a schedule: whatever gives its state and takes it back. */
export interface Stateful {
  stateDict(): unknown;
  loadStateDict(state: never): unknown;
}

/** Arrays and plain objects are refilled in place: the program's own references stay good. */
export type CheckpointPart = Stateful | unknown[] | Map<unknown, unknown> | { [key: string]: unknown };
export type CheckpointParts = Readonly<Record<string, CheckpointPart>>;

/** @throws {ArgumentError} naming what could not be given back later. */
export function checkParts(parts: CheckpointParts): void {
  for (const [name, part] of Object.entries(parts)) {
    if (kindOf(part) !== undefined) continue;
    const got = part === null ? "null" : typeof part;
    throw new ArgumentError(
      `checkpoint: expected ${name} to be a module, an optimiser, an array, a Map or a plain object, got ${got}; a single value goes into an object: { ${name} }`,
    );
  }
}

/** The state of every part, as `save` takes it. */
export function statesOf(parts: CheckpointParts): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [
      name,
      kindOf(part) === "stateful" ? (part as Stateful).stateDict() : part,
    ]),
  );
}

/**
 * Gives every part its state back.
 * @param whole also refuse a checkpoint that holds more than these parts
 * @throws {StateDictError} listing what is missing or unexpected, or naming the part that does not fit.
 */
export function restoreParts(
  parts: CheckpointParts,
  states: Readonly<Record<string, unknown>>,
  file: string,
  { whole }: { readonly whole: boolean },
): void {
  const missing = Object.keys(parts).filter((name) => !Object.hasOwn(states, name));
  const unexpected = whole ? Object.keys(states).filter((name) => !Object.hasOwn(parts, name)) : [];
  if (missing.length + unexpected.length > 0) {
    const found = [
      missing.length > 0 ? `without ${missing.join(", ")}` : "",
      unexpected.length > 0 ? `with ${unexpected.join(", ")} as well` : "",
    ];
    const expected = Object.keys(parts).join(", ");
    throw new StateDictError(
      `checkpoint: expected ${expected} in ${file}, got one ${found.filter(Boolean).join(" and ")}; it was saved by another version of the program`,
    );
  }
  for (const [name, part] of Object.entries(parts)) restorePart(name, part, states[name], file);
}

function restorePart(name: string, part: CheckpointPart, state: unknown, file: string): void {
  const kind = kindOf(part);
  switch (kind) {
    case "stateful":
      try {
        (part as Stateful).loadStateDict(state as never);
      } catch (error) {
        throw error instanceof StateDictError
          ? new StateDictError(`checkpoint: ${name} does not fit ${file}: ${error.message}`, { cause: error })
          : error;
      }
      return;
    case "array": {
      if (!Array.isArray(state)) throw misfit(name, "an array", state, file);
      const array = part as unknown[];
      array.length = 0;
      // Not push(...state): a long history does not fit the call stack.
      for (const value of state as unknown[]) array.push(value);
      return;
    }
    case "map": {
      if (!(state instanceof Map)) throw misfit(name, "a Map", state, file);
      const map = part as Map<unknown, unknown>;
      map.clear();
      for (const [key, value] of state) map.set(key, value);
      return;
    }
    case "object": {
      if (kindOf(state) !== "object") throw misfit(name, "a plain object", state, file);
      const object = part as Record<string, unknown>;
      for (const key of Object.keys(object)) delete object[key];
      Object.assign(object, state);
      return;
    }
    case undefined:
      return; // refused when it was registered
    default:
      kind satisfies never;
  }
}

function kindOf(part: unknown): "stateful" | "array" | "map" | "object" | undefined {
  if (Array.isArray(part)) return "array";
  if (typeof part !== "object" || part === null) return undefined;
  const { stateDict, loadStateDict } = part as Partial<Stateful>;
  if (typeof stateDict === "function" && typeof loadStateDict === "function") return "stateful";
  if (part instanceof Map) return "map";
  const prototype: unknown = Object.getPrototypeOf(part);
  return prototype === Object.prototype || prototype === null ? "object" : undefined;
}

function misfit(name: string, expected: string, got: unknown, file: string): StateDictError {
  const kind = kindOf(got) ?? (got === null ? "null" : typeof got);
  return new StateDictError(`checkpoint: expected ${name} to be ${expected} in ${file}, got ${kind}`);
}
