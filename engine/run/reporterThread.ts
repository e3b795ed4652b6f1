// Starts and ends the reporter's thread. The main thread never waits for its start: under a debugger that takes longer
// than a program's first steps. Knows nothing of what is reported.
import { Worker } from "node:worker_threads";
import { socketVariable, tokenVariable } from "../channelSocket.js";
import { isSource } from "./engineFolder.js";

/** What the thread is told. */
export interface ReporterData {
  readonly socket: string;
  readonly token: string;
  readonly folder: string;
  readonly pid: number;
  /** One Int32, at first 0: set to 1 and notified when the thread has sent its last word. */
  readonly ended: SharedArrayBuffer;
}

export interface Reporter {
  /** Lets it send what is left, then ends the thread. */
  end(): Promise<void>;
  /** The same without an event loop, while the process exits. */
  endNow(): void;
}

/** Longer than a flush of the last metrics; a host that does not read is not waited for. */
const patienceMs = 1000;

/** The reporter, when an extension host supervises this process. */
export function startReporter(folder: string, environment: NodeJS.ProcessEnv = process.env): Reporter | undefined {
  const socket = environment[socketVariable];
  const token = environment[tokenVariable];
  if (!socket || !token) return undefined;
  const ended = new SharedArrayBuffer(4);
  const data: ReporterData = { socket, token, folder, pid: process.pid, ended };
  const worker = new Worker(new URL(isSource ? "./reporter.ts" : "./reporter.js", import.meta.url), {
    name: "gradtape reporter",
    workerData: data,
    // The user's hooks and flags are not for this thread.
    ...(isSource ? {} : { execArgv: [] }),
  });
  // A run does not fail because nobody can watch it.
  worker.on("error", (error) => process.stderr.write(`gradtape: the run is not shown live: ${error.message}\n`));
  worker.unref();
  const flag = new Int32Array(ended);
  let over = false;
  worker.on("exit", () => (over = true));
  return {
    end: async () => {
      if (over) return;
      const exit = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
      worker.ref();
      worker.postMessage("end");
      const timer = setTimeout(() => void worker.terminate(), patienceMs);
      await exit;
      clearTimeout(timer);
    },
    endNow: () => {
      if (over) return;
      over = true;
      worker.postMessage("end");
      // With a thread that still lives, Node 24 does not end under a debugger.
      Atomics.wait(flag, 0, 0, patienceMs);
      void worker.terminate();
    },
  };
}
