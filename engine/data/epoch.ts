// One way through a dataset, for `for` and for `for await`, that can be left and taken up again. It must not know where
// batches come from.
import { over, type Over, type Source } from "./source.js";

/** One epoch's batches, for `for` and for `for await`. It goes on where an earlier loop over it left off. */
export interface Batches<Batch> extends Iterable<Batch>, AsyncIterable<Batch> {}

export class Epoch<Batch> implements Batches<Batch> {
  /** Batches handed out or skipped. */
  batch: number;
  readonly #open: (skip: number) => Source<Batch>;
  #source: Source<Batch> | undefined;
  #over = false;

  /** @param open gives the batches after the first `skip` ones */
  constructor(skip: number, open: (skip: number) => Source<Batch>) {
    this.batch = skip;
    this.#open = open;
  }

  [Symbol.iterator](): Iterator<Batch> {
    const next = (): IteratorResult<Batch> => {
      if (this.#over) return end;
      try {
        return this.#handOut((this.#source ??= this.#open(this.batch)).next());
      } catch (error) {
        this.#leave();
        throw error;
      }
    };
    return { next, return: () => this.#leave() };
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    const next = async (): Promise<IteratorResult<Batch>> => {
      await turn();
      if (this.#over) return end;
      try {
        return this.#handOut(await (this.#source ??= this.#open(this.batch)).nextAsync());
      } catch (error) {
        this.#leave();
        throw error;
      }
    };
    return { next, return: () => Promise.resolve(this.#leave()) };
  }

  #handOut(value: Batch | Over): IteratorResult<Batch> {
    if (value === over) {
      this.#over = true;
      return this.#leave();
    }
    this.batch++;
    return { done: false, value };
  }

  #leave(): IteratorResult<Batch> {
    this.#source?.close();
    this.#source = undefined;
    return end;
  }
}

const end = { done: true, value: undefined } as const;

/** Lets everything that waits in the event loop have its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
