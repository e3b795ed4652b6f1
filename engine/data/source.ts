// Where an epoch's batches come from, one by one: made in this thread, or by worker threads. It must not know in which
// kind of loop they are wanted.
import type { Fetch } from "./fetch.js";

/** No batch is left. */
export const over: unique symbol = Symbol("over");
export type Over = typeof over;

export interface Source<Batch> {
  /** For `for`: the thread waits. */
  next(): Batch | Over;
  /** For `for await`: the event loop goes on. */
  nextAsync(): Promise<Batch | Over>;
  /** Frees what it holds, when the loop is left or over. */
  close(): void;
}

/** Batches of samples by index, made in this thread when they are asked for. */
export function localSource<Batch>(fetch: Fetch<Batch>, batches: Iterator<ArrayLike<number>>): Source<Batch> {
  const next = (): Batch | Over => {
    const result = batches.next();
    return result.done ? over : fetch(result.value);
  };
  return { next, nextAsync: () => new Promise((resolve) => resolve(next())), close: () => batches.return?.() };
}
