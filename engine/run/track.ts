// A loop over a loader whose turns are told to the run: the same for `for` and `for await`. Knows what a loader is, and
// nothing of steps, checkpoints or files.
import { ArgumentError } from "../errors.js";

/** Batches to go through: a DataLoader, an array, a generator. */
export type Loader<Batch> = Iterable<Batch> | AsyncIterable<Batch>;

export interface TrackOptions {
  /** Number of this epoch, from 1 (default: counted). */
  readonly epoch?: number;
  /** Number of epochs in all, for progress and the time left. */
  readonly epochs?: number;
  /** "train" or "test" (default: what the run is). Only turns of the run's own phase count as its steps. */
  readonly phase?: string;
}

/** The same batches, for `for` and for `for await`. */
export interface Tracked<Batch> extends Iterable<Batch>, AsyncIterable<Batch> {}

/** A loop that goes on, as the run sees it. */
export interface Turns<Batch> {
  readonly batches: Loader<Batch>;
  /** The body of the turn before is through, and the next batch is about to be fetched. `below` is the caller's frame. */
  before(below: (...args: never[]) => unknown): void;
  handedOut(): void;
  /** The loop is over: run out, left by `break`, or ended by an error. */
  leave(): void;
}

/** `begin` is called when a loop begins; undefined means that there is nothing left to go through. */
export function trackedLoop<Batch>(loader: Loader<Batch>, begin: () => Turns<Batch> | undefined): Tracked<Batch> {
  return {
    [Symbol.iterator]: () => {
      if (!(Symbol.iterator in loader)) {
        throw new ArgumentError(
          "track: expected a loader for `for`, got one that is only asynchronous; use `for await`",
        );
      }
      const turns = begin();
      return turns ? syncLoop(turns) : [][Symbol.iterator]();
    },
    [Symbol.asyncIterator]: () => {
      const turns = begin();
      return turns ? asyncLoop(turns) : emptyAsync();
    },
  };
}

function syncLoop<Batch>(turns: Turns<Batch>): Iterator<Batch> {
  const inner = (turns.batches as Iterable<Batch>)[Symbol.iterator]();
  const leave = once(() => turns.leave());
  const next = (): IteratorResult<Batch> => {
    try {
      turns.before(next);
      const result = inner.next();
      if (result.done) leave();
      else turns.handedOut();
      return result;
    } catch (error) {
      leave();
      inner.return?.();
      throw error;
    }
  };
  return {
    next,
    return: () => {
      leave();
      inner.return?.();
      return { done: true, value: undefined };
    },
  };
}

function asyncLoop<Batch>(turns: Turns<Batch>): AsyncIterator<Batch> {
  const { batches } = turns;
  const inner: AsyncIterator<Batch> | Iterator<Batch> =
    Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
  const leave = once(() => turns.leave());
  const next = async (): Promise<IteratorResult<Batch>> => {
    try {
      turns.before(next);
      const result = await inner.next();
      if (result.done) leave();
      else turns.handedOut();
      return result;
    } catch (error) {
      leave();
      await inner.return?.();
      throw error;
    }
  };
  return {
    next,
    return: async () => {
      leave();
      await inner.return?.();
      return { done: true, value: undefined };
    },
  };
}

const emptyAsync = <Batch>(): AsyncIterator<Batch> => ({
  next: () => Promise.resolve({ done: true, value: undefined }),
});

/** Loaders that can go through an epoch again, as a DataLoader does. */
interface Resumable<Batch> {
  iterate(options?: { readonly state?: never; readonly skip?: number }): Loader<Batch>;
  state(): unknown;
}

export interface Batches<Batch> {
  readonly batches: Loader<Batch>;
  /** 0 when unknown. */
  readonly length: number;
  /** The loader's own state, where it has one. */
  readonly state: (() => unknown) | undefined;
}

/**
 * Begins an epoch of a loader, or continues the one that `from` tells of.
 * @param restored gives the generators the states that they had there: called once the batches before are passed over
 */
export function batchesOf<Batch>(
  loader: Loader<Batch>,
  from: { readonly loader?: unknown; readonly position: number } | undefined,
  restored: () => void,
): Batches<Batch> {
  const length = lengthOf(loader);
  // An epoch that begins anew draws its order from the states that the generators had.
  if (from?.position === 0) restored();
  if (isResumable(loader)) {
    const resumable = loader;
    const inside = from && from.position > 0;
    const batches = resumable.iterate(inside ? { state: from.loader as never, skip: from.position } : undefined);
    if (inside) restored();
    return { batches, length, state: () => resumable.state() };
  }
  const batches = from && from.position > 0 ? skipped(loader, from.position, restored) : loader;
  return { batches, length, state: undefined };
}

const isResumable = <Batch>(loader: Loader<Batch>): loader is Loader<Batch> & Resumable<Batch> => {
  const { iterate, state } = loader as Partial<Resumable<Batch>>;
  return typeof iterate === "function" && typeof state === "function";
};

function lengthOf(loader: object): number {
  const { length, size } = loader as { readonly length?: unknown; readonly size?: unknown };
  return typeof length === "number" ? length : typeof size === "number" ? size : 0;
}

/** A loader that can only be gone through from the start is: the batches done before are fetched and dropped. */
function skipped<Batch>(loader: Loader<Batch>, count: number, passed: () => void): Tracked<Batch> {
  return {
    *[Symbol.iterator]() {
      const batches = (loader as Iterable<Batch>)[Symbol.iterator]();
      for (let left = count; left > 0; left--) if (batches.next().done) break;
      passed();
      yield* { [Symbol.iterator]: () => batches };
    },
    async *[Symbol.asyncIterator]() {
      const batches =
        Symbol.asyncIterator in loader
          ? loader[Symbol.asyncIterator]()
          : (loader as Iterable<Batch>)[Symbol.iterator]();
      try {
        for (let left = count; left > 0; left--) if ((await batches.next()).done) break;
        passed();
        for (let result = await batches.next(); !result.done; result = await batches.next()) yield result.value;
      } finally {
        await batches.return?.();
      }
    },
  };
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
