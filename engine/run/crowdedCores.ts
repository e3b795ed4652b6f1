// A hint for people who start several runs at once: each takes all cores unless it is told otherwise, and then all of
// them are slower than one after the other (the article's note on OMP_NUM_THREADS). Knows records of runs, no process.
import { availableParallelism } from "node:os";
import { livingRuns } from "../runs/index.js";

export interface Crowd {
  /** Threads of this run and of each other one that lives. */
  readonly own: number;
  readonly others: readonly number[];
  readonly cores: number;
}

/** The runs of this workspace that compute now, beside the one named. */
export function crowdOf(root: string, id: string, own: number): Crowd {
  const cores = availableParallelism();
  const others = livingRuns(root).filter((record) => record.id !== id);
  return { own, others: others.map(({ threads }) => threads ?? cores), cores };
}

/** What to say when the threads of all runs are more than the cores; undefined when they are not. */
export function crowdedText({ own, others, cores }: Crowd): string | undefined {
  const runs = others.length + 1;
  const threads = others.reduce((sum, n) => sum + n, own);
  if (runs === 1 || threads <= cores) return undefined;
  const each = Math.max(1, Math.floor(cores / runs));
  return (
    `hint: ${runs} runs want ${threads} threads on ${cores} cores and slow each other down; ` +
    `start each with --threads ${each} (or OMP_NUM_THREADS=${each})`
  );
}
