// The worker threads of a loader: started together, given an epoch, ended together. It must not know batches.
import { isMathRandomSeeded } from "../../random.js";
import { LoaderThread } from "./loaderThread.js";
import { datasetMemory } from "./memory.js";
import type { GeneratorStates, Job } from "./messages.js";
import { pack } from "./pack.js";

export class WorkerPool {
  readonly threads: readonly LoaderThread[];
  #epoch = 0;
  #closed = false;

  /** @throws {ArgumentError} when a part of the job cannot go to another thread, naming it */
  constructor(job: Job, numWorkers: number) {
    const packed = packJob(job);
    this.threads = Array.from({ length: numWorkers }, (_, id) => new LoaderThread(id, { numWorkers, job: packed }));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The epoch that the workers are at. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Lets the workers leave what they are at. @param seed worker w's generators get `seed + w` */
  begin(seed: number, generators: readonly GeneratorStates[]): number {
    const epoch = ++this.#epoch;
    const mathRandom = isMathRandomSeeded();
    this.threads.forEach((thread, id) => {
      thread.post({ is: "epoch", epoch, seed: seed + id, mathRandom, generators: generators[id] });
    });
    return epoch;
  }

  /** The same with nothing new to do. */
  leave(): void {
    const epoch = ++this.#epoch;
    for (const thread of this.threads) thread.leave(epoch);
  }

  close(): void {
    this.#closed = true;
    for (const thread of this.threads) thread.end();
  }
}

/** Its parts are called in errors as the user calls them: "dataset.transform", "collateFn". */
const packJob = (job: Job) => pack(job, "", datasetMemory());

/** Ends a pool whose owner was collected without being closed. */
const collected = new FinalizationRegistry<WorkerPool>((pool) => pool.close());

export function closeWith(owner: object, pool: WorkerPool): void {
  collected.register(owner, pool);
}
