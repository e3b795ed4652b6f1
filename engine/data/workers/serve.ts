// What a worker thread does: tasks in, batches out, one after the other. It must not know how it was started.
import { closeSync, fstatSync, openSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generatorStates, manualSeed, setGeneratorStates } from "../../random.js";
import { sizeOf } from "../../shape.js";
import type { BatchMaker } from "../collate.js";
import { Dataset } from "../dataset.js";
import { fetchFrom } from "../fetch.js";
import type { IterableDataset } from "../iterable.js";
import { over } from "../source.js";
import { Stream } from "../stream.js";
import { BatchMemory } from "./memory.js";
import { type Answer, identityOffset, type Job, noLifeline, place, type Task, type WorkerStart } from "./messages.js";
import { pack } from "./pack.js";
import { UnmadeTensor } from "./unmadeTensor.js";
import { importExports, unpack } from "./unpack.js";
import { failureOf } from "./workerError.js";
import { setWorkerInfo } from "./workerInfo.js";

/** Serves the loader until the thread is ended. */
export function serve(start: WorkerStart): void {
  const control = new Int32Array(start.control);
  holdLifeline(control, new Float64Array(start.control, identityOffset, 2));
  const answer = (message: Answer) => {
    start.port.postMessage(message);
    Atomics.add(control, place.answers, 1);
    Atomics.notify(control, place.answers);
  };
  const fatal = (error: unknown, doing: string) => {
    answer({ is: "failed", epoch: undefined, failure: failureOf(error, doing, undefined) });
  };
  // Should even saying it fail, the thread's end is noticed.
  const giveUp = (error: unknown, doing: string): void => {
    try {
      fatal(error, doing);
    } finally {
      process.exit(1);
    }
  };
  const stray = "outside of any sample";
  process.on("uncaughtException", (error) => giveUp(error, stray));
  process.on("exit", (code) => {
    Atomics.store(control, place.exit, code + 1);
    Atomics.add(control, place.answers, 1);
    Atomics.notify(control, place.answers);
  });
  const worker = new LoaderWorker(start, control);
  // Each task is begun when the one before is through: a stream may have to be waited for.
  let before = worker.start().catch((error: unknown) => giveUp(error, "while starting"));
  start.port.on("message", (task: Task) => {
    before = before.then(() => worker.do(task, answer, fatal)).catch((error: unknown) => giveUp(error, stray));
  });
}

/** Opens a file that is nobody else's: when it is found closed, this thread has ended. */
function holdLifeline(control: Int32Array, identity: Float64Array): void {
  try {
    const path = join(tmpdir(), `gradtape-${crypto.randomUUID()}`);
    const file = openSync(path, "wx");
    try {
      unlinkSync(path);
    } catch {
      closeSync(file);
      throw new Error("a file that stays would be left behind");
    }
    const { dev, ino } = fstatSync(file);
    identity.set([dev, ino]);
    Atomics.store(control, place.lifeline, file + 1);
  } catch {
    Atomics.store(control, place.lifeline, noLifeline);
  }
}

class LoaderWorker {
  #job: Job | undefined;
  #initialised = false;
  #epoch = 0;
  #fetch: ((indices: ArrayLike<number>) => unknown) | undefined;
  #stream: Stream<unknown, unknown> | undefined;
  readonly #slots: BatchMemory[] = [];
  /** Of the batch that is being made. */
  #memory = new BatchMemory();

  constructor(
    private readonly begin: WorkerStart,
    private readonly control: Int32Array,
  ) {}

  async start(): Promise<void> {
    const { job } = this.begin;
    this.#job = unpack(job, { exports: await importExports(job) }) as Job;
    const { dataset, collateFn } = this.#job;
    if (dataset instanceof Dataset) {
      this.#fetch = fetchFrom(dataset, collateFn, { make: this.#maker, reading: this.#reading });
    }
  }

  async do(
    task: Task,
    answer: (message: Answer) => void,
    fatal: (error: unknown, doing: string) => void,
  ): Promise<void> {
    const { epoch } = task;
    if (Atomics.load(this.control, place.epoch) !== epoch) return; // the loop was left
    if (task.is === "epoch") {
      try {
        await this.#beginEpoch(task);
      } catch (error) {
        fatal(error, "in workerInitFn");
      }
      return;
    }
    // An epoch whose beginning was passed over is not wanted either.
    if (epoch !== this.#epoch) return;
    try {
      answer(await this.#make(task));
    } catch (error) {
      const at = Atomics.load(this.control, place.sample);
      const sample = at === 0 ? undefined : at - 1;
      const doing = sample === undefined ? "joining samples" : `at sample ${sample}`;
      answer({ is: "failed", epoch, failure: failureOf(error, doing, sample) });
    }
    this.#reading(undefined);
  }

  readonly #reading = (index: number | undefined): void => {
    Atomics.store(this.control, place.sample, index === undefined ? 0 : index + 1);
  };

  async #beginEpoch({ epoch, seed, mathRandom, generators }: Task & { readonly is: "epoch" }): Promise<void> {
    const { id, numWorkers } = this.begin;
    const { dataset, workerInitFn, collateFn, batchSize, dropLast } = this.#job!;
    manualSeed(seed, { mathRandom });
    setWorkerInfo({ id, numWorkers, seed, dataset });
    if (!this.#initialised) await workerInitFn?.(id);
    this.#initialised = true;
    if (generators) setGeneratorStates(generators);
    this.#epoch = epoch;
    this.#stream?.close();
    if (this.#fetch) return;
    const stream = dataset as IterableDataset<unknown>;
    this.#stream = new Stream(stream, { batchSize, dropLast, collateFn, make: this.#maker, reading: this.#reading });
  }

  async #make({ epoch, slot, indices, skip }: Task & { readonly is: "batch" }): Promise<Answer> {
    this.#memory = this.#slots[slot] ??= new BatchMemory();
    this.#memory.begin();
    if (skip) return { is: (await this.#stream!.drop()) ? "skipped" : "over", epoch };
    const value = indices ? this.#fetch!(indices) : await this.#stream!.nextAsync();
    if (value === over) return { is: "over", epoch };
    return { is: "batch", epoch, value: pack(value, "batch", this.#memory), generators: generatorStates() };
  }

  /** The batch's numbers are written where the other thread reads them; it makes the tensors. */
  readonly #maker: BatchMaker = {
    vector: (data, dtype) => new UnmadeTensor(data, [data.length], dtype),
    stack: (arrays) => {
      const [{ shape, dtype }] = arrays;
      const size = sizeOf(shape);
      const data = this.#memory.allocate(dtype, arrays.length * size);
      arrays.forEach((array, i) => array.copyTo(data, i * size));
      return new UnmadeTensor(data, [arrays.length, ...shape], dtype);
    },
  };
}
