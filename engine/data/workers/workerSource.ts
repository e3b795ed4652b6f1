// An epoch's batches from worker threads: each makes whole batches, in turn, ahead of the loop; they come out in order.
// It must not know how threads are started.
import { ArgumentError } from "../../errors.js";
import { over, type Over, type Source } from "../source.js";
import { ThreadLost, type LoaderThread } from "./loaderThread.js";
import type { Answer, GeneratorStates } from "./messages.js";
import type { WorkerPool } from "./pool.js";
import { unpack } from "./unpack.js";
import { DataLoaderError, failureError } from "./workerError.js";

export interface WorkerPlan {
  readonly pool: WorkerPool;
  /** Of the epoch: worker w has `seed + w`. */
  readonly seed: number;
  /** Where each worker's generators were, after the last batch that came of it; none for a new epoch. */
  readonly generators: GeneratorStates[];
  /** Undefined for a stream, whose batches each worker makes of its own part. */
  readonly batches: Iterator<ArrayLike<number>> | undefined;
  /** Batches that have been before the first of `batches`; of a stream they are read again and dropped. */
  readonly skip: number;
  /** Batches on their way, for each worker. */
  readonly prefetchFactor: number;
  /** 0 for no limit. */
  readonly timeoutMs: number;
  /** The threads are wanted again. */
  readonly keep: boolean;
}

interface Outstanding {
  readonly thread: LoaderThread;
  readonly slot: number;
  readonly indices: readonly number[] | undefined;
}

export class WorkerSource<Batch> implements Source<Batch> {
  readonly #plan: WorkerPlan;
  readonly #epoch: number;
  /** In the order in which they were asked for, which is that in which they are handed out. */
  readonly #asked: Outstanding[] = [];
  /** Threads that have batches yet, in turn. */
  readonly #turns: LoaderThread[];
  /** For each thread, pieces of its memory that hold nothing. */
  readonly #free = new Map<LoaderThread, number[]>();
  #skip: number;
  #nothingToAsk = false;

  constructor(plan: WorkerPlan) {
    this.#plan = plan;
    const { pool, batches, skip } = plan;
    this.#turns = [...pool.threads];
    // Batch b is worker b's, modulo their number, so that each goes on with its own generators.
    if (batches) for (let n = skip % this.#turns.length; n > 0; n--) this.#turns.push(this.#turns.shift()!);
    this.#skip = batches ? 0 : skip;
    this.#epoch = pool.begin(plan.seed, this.#skip > 0 ? [] : plan.generators);
    this.#ask();
  }

  next(): Batch | Over {
    for (;;) {
      const asked = this.#first();
      if (!asked) return over;
      const taken = this.#take(asked, this.#wait(asked));
      if (taken !== again) return taken;
    }
  }

  async nextAsync(): Promise<Batch | Over> {
    for (;;) {
      const asked = this.#first();
      if (!asked) return over;
      const taken = this.#take(asked, await this.#waitAsync(asked));
      if (taken !== again) return taken;
    }
  }

  close(): void {
    const { pool, keep } = this.#plan;
    if (!keep) pool.close();
    else if (pool.epoch === this.#epoch) pool.leave();
  }

  /** What the loop wants next. */
  #first(): Outstanding | undefined {
    if (this.#plan.pool.epoch !== this.#epoch) {
      throw new ArgumentError(
        "DataLoader: expected one loop at a time with persistentWorkers, got one that goes on after another was begun",
      );
    }
    return this.#asked[0];
  }

  #take({ thread, slot }: Outstanding, answer: Answer): Batch | typeof again {
    if (answer.is === "failed" && (answer.epoch ?? this.#epoch) === this.#epoch) {
      if (answer.epoch === undefined) this.#plan.pool.close();
      throw failureError(answer.failure, thread.id);
    }
    if (answer.epoch !== this.#epoch) return again; // of a loop that was left
    this.#asked.shift();
    if (answer.is === "batch") {
      const value = unpack(answer.value, { copy: true }) as Batch;
      this.#plan.generators[thread.id] = answer.generators;
      this.#free.get(thread)!.push(slot);
      this.#ask();
      return value;
    }
    this.#free.get(thread)!.push(slot);
    if (answer.is === "over" && this.#turns.includes(thread)) this.#turns.splice(this.#turns.indexOf(thread), 1);
    this.#ask();
    return again;
  }

  /** Keeps all threads busy. */
  #ask(): void {
    const { pool, prefetchFactor, batches } = this.#plan;
    const most = prefetchFactor * pool.threads.length;
    while (this.#asked.length < most && this.#turns.length > 0 && !this.#nothingToAsk) {
      const next = batches?.next();
      if (next?.done) {
        this.#nothingToAsk = true;
        return;
      }
      const thread = this.#turns.shift()!;
      this.#turns.push(thread);
      const indices = next ? Array.from(next.value) : undefined;
      const skip = this.#skip > 0;
      if (skip) this.#skip--;
      const slot = this.#slotOf(thread);
      this.#asked.push({ thread, slot, indices });
      thread.post({ is: "batch", epoch: this.#epoch, slot, indices, skip });
    }
  }

  #slotOf(thread: LoaderThread): number {
    const free = this.#free.get(thread) ?? [];
    this.#free.set(thread, free);
    return free.pop() ?? this.#asked.filter((asked) => asked.thread === thread).length;
  }

  #wait(asked: Outstanding): Answer {
    try {
      return asked.thread.wait(this.#plan.timeoutMs);
    } catch (error) {
      throw this.#lost(asked, error);
    }
  }

  async #waitAsync(asked: Outstanding): Promise<Answer> {
    try {
      return await asked.thread.waitAsync(this.#plan.timeoutMs);
    } catch (error) {
      throw this.#lost(asked, error);
    }
  }

  /** A thread that gives no answer: nothing of it, or of what others have ready, is of use any more. */
  #lost({ thread, indices }: Outstanding, error: unknown): unknown {
    if (!(error instanceof ThreadLost)) return error;
    this.#plan.pool.close();
    const { id, sample } = thread;
    const wanted = indices ? `it was to load samples ${listText(indices)}` : "it was to load the next of its samples";
    const doing = sample === undefined ? wanted : `it was at sample ${sample}`;
    return new DataLoaderError(`DataLoader: worker ${id} ${error.message} while ${doing}`, id, sample);
  }
}

/** The answer was not the batch that is wanted. */
const again: unique symbol = Symbol("again");

const listText = (indices: readonly number[]): string =>
  indices.length <= 6 ? indices.join(", ") : `${indices.slice(0, 5).join(", ")}, … (${indices.length})`;
