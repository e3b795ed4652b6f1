// How libtensorflow is to compute: threads and determinism. Set before the library loads, read when it does.
import { availableParallelism } from "node:os";
import { ArgumentError, GradtapeError } from "../errors.js";

export interface ThreadSettings {
  /** Threads within one operation; 0: one per core. */
  readonly intraOp: number;
  /** Threads for operations side by side; 0: one per core. */
  readonly interOp: number;
}

const mostThreads = 1024;

let intraOp = fromEnvironment("OMP_NUM_THREADS");
let interOp = fromEnvironment("GRADTAPE_INTEROP_THREADS");
let deterministic = false;
let loaded: { setDeterministic(on: boolean): boolean } | undefined;

/** A number of threads from the environment; OpenMP's list form ("4,2") begins with the outermost. */
function fromEnvironment(name: string): number {
  const value = Number.parseInt(process.env[name] ?? "", 10);
  return Number.isInteger(value) && value > 0 && value <= mostThreads ? value : 0;
}

export const threadSettings = (): ThreadSettings => ({ intraOp, interOp });

/** For the backend: the library is open, from now on its threads are what they are. */
export function libraryLoaded(native: { setDeterministic(on: boolean): boolean }): void {
  loaded = native;
  if (deterministic) applyDeterminism(native);
}

function checked(what: string, threads: number): number {
  if (!Number.isInteger(threads) || threads < 1 || threads > mostThreads) {
    throw new ArgumentError(`${what}: expected 1 to ${mostThreads} threads, got ${threads}`);
  }
  if (loaded) {
    throw new GradtapeError(
      `${what}: expected to be called before the first tensor is made; or start the program with OMP_NUM_THREADS=${threads}`,
    );
  }
  return threads;
}

/**
 * Threads that one operation may use on the CPU (torch.set_num_threads). Default: OMP_NUM_THREADS, else one per core.
 * Unlike PyTorch's it must be called before the first tensor is made.
 * @throws GradtapeError afterwards.
 */
export function setNumThreads(threads: number): void {
  intraOp = checked("setNumThreads", threads);
}

/** Threads that one operation may use (torch.get_num_threads). */
export const getNumThreads = (): number => intraOp || availableParallelism();

/**
 * Threads for operations that may run side by side (torch.set_num_interop_threads). Default: GRADTAPE_INTEROP_THREADS,
 * else one per core. Must be called before the first tensor is made.
 * @throws GradtapeError afterwards.
 */
export function setNumInteropThreads(threads: number): void {
  interOp = checked("setNumInteropThreads", threads);
}

/** torch.get_num_interop_threads. */
export const getNumInteropThreads = (): number => interOp || availableParallelism();

/**
 * With true, kernels whose results depend on the order of threads throw, and choices that are made by measuring are made
 * by rule: the same program with the same seed gives the same bits (torch.use_deterministic_algorithms).
 * @throws GradtapeError when this libtensorflow has no such switch.
 */
export function setDeterministic(on: boolean): void {
  if (typeof on !== "boolean") throw new ArgumentError(`deterministic: expected true or false, got ${typeof on}`);
  deterministic = on;
  if (loaded) applyDeterminism(loaded);
}

/** Whether `deterministic(true)` holds (torch.are_deterministic_algorithms_enabled). */
export const isDeterministic = (): boolean => deterministic;

function applyDeterminism(native: { setDeterministic(on: boolean): boolean }): void {
  if (native.setDeterministic(deterministic) || !deterministic) return;
  throw new GradtapeError("deterministic: this libtensorflow has no switch for it (tested: 2.15 and 2.18)");
}
