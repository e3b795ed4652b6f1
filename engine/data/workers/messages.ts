// What a loader and its worker threads say to each other. Types and places in memory only.
import type { MessagePort } from "node:worker_threads";
import type { GeneratorState } from "../../random.js";
import type { Packed } from "./packed.js";

/** The states of a thread's default generators, by name. */
export type GeneratorStates = Readonly<Record<string, GeneratorState>>;

/** What a worker starts with. */
export interface WorkerStart {
  readonly port: MessagePort;
  /** See `place`. */
  readonly control: SharedArrayBuffer;
  readonly id: number;
  readonly numWorkers: number;
  /** A packed `Job`. */
  readonly job: Packed;
  /** Modules are found and compiled by our hooks. */
  readonly typescript: boolean;
}

/** What a worker works with. */
export interface Job {
  readonly dataset: object;
  readonly collateFn: ((samples: unknown[]) => unknown) | undefined;
  readonly workerInitFn: ((id: number) => unknown) | undefined;
  /** Of a stream, whose batches a worker puts together by itself. */
  readonly batchSize: number;
  readonly dropLast: boolean;
}

export type Task =
  | {
      readonly is: "epoch";
      readonly epoch: number;
      /** Of this worker's generators. */
      readonly seed: number;
      readonly mathRandom: boolean;
      /** Where they were, in an epoch that goes on from its middle. */
      readonly generators: GeneratorStates | undefined;
    }
  | {
      readonly is: "batch";
      readonly epoch: number;
      /** Which piece of memory is free for it. */
      readonly slot: number;
      /** Undefined for the next batch of a stream. */
      readonly indices: readonly number[] | undefined;
      /** Of a stream: read it and drop it. */
      readonly skip: boolean;
    };

export type Answer =
  | {
      readonly is: "batch";
      readonly epoch: number;
      readonly value: Packed;
      /** After this batch. */
      readonly generators: GeneratorStates;
    }
  /** A batch that was to be dropped; the end of this worker's stream. */
  | { readonly is: "skipped" | "over"; readonly epoch: number }
  /** Without an epoch: the worker cannot go on at all. */
  | { readonly is: "failed"; readonly epoch: number | undefined; readonly failure: Failure };

/** An error as text. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: Failure | undefined;
  /** What the worker was doing: "reading sample 12". */
  readonly doing: string;
  readonly sample: number | undefined;
}

/** Places in a worker's control memory, of 4 bytes each. */
export const place = {
  /** Raised with each answer, and notified. */
  answers: 0,
  /** The epoch that is wanted: tasks of others need not be done. */
  epoch: 1,
  /** A file that the thread has open, plus 1: Node closes it when the thread ends, however it ends. */
  lifeline: 2,
  /** The exit code plus 1, once the thread ends by itself. */
  exit: 3,
  /** The sample that is being read, plus 1; 0 for none. What is left of a thread that cannot speak any more. */
  sample: 4,
} as const;

/** No file could be opened. */
export const noLifeline = -1;

/** The file's device and inode follow as two doubles: its number alone may be given to another. */
export const identityOffset = 24;
export const controlBytes = 40;
