// Errors of worker threads on their way to the user's line. It must not know threads.
import { inspect } from "node:util";
import { GradtapeError } from "../../errors.js";
import type { Failure } from "./messages.js";

/**
 * A worker thread of a `DataLoader` failed: thrown at the line of the loop. `cause` is the worker's own error, with its
 * name, message and stack.
 */
export class DataLoaderError extends GradtapeError {
  static {
    this.prototype.name = "DataLoaderError";
  }

  constructor(
    message: string,
    /** Which worker: 0 to `numWorkers - 1`. */
    readonly worker: number,
    /** The sample that it was reading, where there was one: an index of the dataset, of a stream the position in the worker's own. */
    readonly sample: number | undefined,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * An error of this thread as text. It never throws, whatever the error's own getters do: nobody would hear of it.
 * @param above the errors that this one is the cause of
 */
export function failureOf(
  error: unknown,
  doing: string,
  sample: number | undefined,
  above: readonly unknown[] = [],
): Failure {
  if (!attempt(() => error instanceof Error)) {
    const message = attempt(() => `the worker threw ${inspect(error)}`) ?? unread;
    return { name: "Error", message, stack: undefined, cause: undefined, doing, sample };
  }
  const read = error as Error;
  const message = textOf(read, "message");
  const cause = attempt(() => read.cause);
  const path = [...above, error];
  const ends = cause === undefined || path.includes(cause) || path.length === mostErrors;
  return {
    name: textOf(read, "name") ?? "Error",
    message: message === undefined ? unread : message + hintFor(message),
    stack: textOf(read, "stack"),
    cause: ends ? undefined : failureOf(cause, doing, sample, path),
    doing,
    sample,
  };
}

const unread = "an error that cannot be read";

/** Of a chain of causes, which a getter can make endless. */
const mostErrors = 32;

/** Only strings: what else a user has put there may not be sendable. */
function textOf(error: Error, key: "name" | "message" | "stack"): string | undefined {
  const value: unknown = attempt(() => error[key]);
  return typeof value === "string" ? value : undefined;
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Private fields come into being in constructors only, and those of a user's class are not called in a worker. */
const hintFor = (message: string): string =>
  /private (member|field|method)|private name|whose class did not declare it|must be an instance of/i.test(message)
    ? "; private #fields of your own class do not reach a worker: make them public, or give the class a method [data.constructorArguments]()"
    : "";

/** That error in this thread. */
export function failureError(failure: Failure, worker: number): DataLoaderError {
  const { name, message, stack, doing, sample } = failure;
  const own = stack?.split("\n").find((line) => line.startsWith("    at "));
  const at = own === undefined ? "" : ` (${own.trim()})`;
  return new DataLoaderError(`DataLoader: worker ${worker} failed ${doing}: ${name}: ${message}${at}`, worker, sample, {
    cause: asError(failure),
  });
}

function asError({ name, message, stack, cause }: Failure): Error {
  const error = new Error(message, cause ? { cause: asError(cause) } : undefined);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
