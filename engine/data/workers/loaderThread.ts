// One worker thread as the thread with the loop sees it: tasks go out, answers are waited for, with an event loop or
// without, and a thread that dies is noticed either way. It must not know what tasks mean.
import { fstatSync } from "node:fs";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { program } from "./modules.js";
import {
  type Answer,
  controlBytes,
  identityOffset,
  noLifeline,
  place,
  type Task,
  type WorkerStart,
} from "./messages.js";
import type { Packed } from "./packed.js";

const isSource = import.meta.url.endsWith(".ts");
/** The entry, which may know more of the engine than this folder may. */
const entry = new URL(isSource ? "../../run/loaderWorker.ts" : "./loaderWorker.js", import.meta.url);

/** Between looks whether the thread still lives, while nothing else can be heard of it. */
const lookMs = 100;
/** Node, the engine and the modules of the dataset are loaded before the thread says its first word: not ours to hurry. */
const startMs = 60_000;

/** Threads that were not ended yet. */
const running = new Set<LoaderThread>();
let watching = false;

export class LoaderThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #control: Int32Array;
  readonly #identity: Float64Array;
  readonly #started = performance.now();
  /** Answers that came as events. */
  readonly #heard: Answer[] = [];
  #exited: string | undefined;

  constructor(
    readonly id: number,
    start: { readonly numWorkers: number; readonly job: Packed },
  ) {
    const control = new SharedArrayBuffer(controlBytes);
    const { port1, port2 } = new MessageChannel();
    this.#control = new Int32Array(control);
    this.#identity = new Float64Array(control, identityOffset, 2);
    this.#port = port1;
    const data: WorkerStart = { ...start, id, port: port2, control, typescript: program.typescript };
    this.#worker = new Worker(entry, {
      name: `gradtape loader ${id}`,
      workerData: data,
      transferList: [port2],
      argv: process.argv.slice(2), // a program that is imported may read them
      trackUnmanagedFds: true, // the lifeline
    });
    // Neither keeps the process alive: only a loop that waits does.
    this.#worker.unref();
    this.#port.unref();
    this.#worker.on("error", (error: Error) => (this.#exited = `ended: ${error.message}`));
    this.#worker.on("exit", (code) => {
      this.#exited ??= ended(code);
      running.delete(this);
    });
    running.add(this);
    if (!watching) process.once("exit", endAll);
    watching = true;
  }

  /** The sample that the thread is reading; it cannot tell by itself when it is dead. */
  get sample(): number | undefined {
    const sample = Atomics.load(this.#control, place.sample);
    return sample === 0 ? undefined : sample - 1;
  }

  post(task: Task): void {
    if (task.is === "epoch") this.leave(task.epoch);
    this.#port.postMessage(task);
  }

  /** Tasks of epochs before this one need not be done any more. */
  leave(epoch: number): void {
    Atomics.store(this.#control, place.epoch, epoch);
  }

  /**
   * The next answer; the calling thread sleeps until then.
   * @param timeoutMs 0 for no limit
   * @throws {ThreadLost}
   */
  wait(timeoutMs: number): Answer {
    const begin = performance.now();
    for (;;) {
      const answers = Atomics.load(this.#control, place.answers);
      const answer = this.#take();
      if (answer) return answer;
      this.#checkAlive();
      Atomics.wait(this.#control, place.answers, answers, Math.min(lookMs, left(begin, timeoutMs)));
    }
  }

  /** The same while the event loop goes on. */
  async waitAsync(timeoutMs: number): Promise<Answer> {
    const begin = performance.now();
    for (;;) {
      const answer = this.#take();
      if (answer) return answer;
      this.#checkAlive();
      await this.#event(Math.min(startMs, left(begin, timeoutMs)));
    }
  }

  /** Ends the thread wherever it is. */
  end(): void {
    running.delete(this);
    this.#port.close();
    void this.#worker.terminate();
  }

  #take(): Answer | undefined {
    return this.#heard.shift() ?? (receiveMessageOnPort(this.#port)?.message as Answer | undefined);
  }

  #event(atMostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#port.off("message", hear);
        this.#port.unref();
        this.#worker.off("exit", done);
        resolve();
      };
      const hear = (answer: Answer) => {
        this.#heard.push(answer);
        done();
      };
      const timer = setTimeout(done, atMostMs);
      this.#worker.on("exit", done);
      this.#port.on("message", hear);
      this.#port.ref();
    });
  }

  #checkAlive(): void {
    const why = this.#exited ?? this.#end();
    if (why === undefined) return;
    // Its last answer may have come in between.
    const last = this.#take();
    if (last) this.#heard.unshift(last);
    else throw new ThreadLost(why);
  }

  /** Why the thread has ended, found out without events. */
  #end(): string | undefined {
    const code = Atomics.load(this.#control, place.exit);
    if (code !== 0) return ended(code - 1);
    const lifeline = Atomics.load(this.#control, place.lifeline);
    if (lifeline === noLifeline) return undefined;
    if (lifeline === 0) {
      return performance.now() - this.#started > startMs ? `did not start within ${startMs / 1000} s` : undefined;
    }
    try {
      const { dev, ino } = fstatSync(lifeline - 1);
      if (dev === this.#identity[0] && ino === this.#identity[1]) return undefined;
    } catch {
      // Closed: the thread is gone.
    }
    return "was ended by Node, most likely because its memory was full";
  }
}

/** How long to wait yet. @throws {ThreadLost} when the time is over */
function left(begin: number, timeoutMs: number): number {
  if (timeoutMs === 0) return Infinity;
  const rest = begin + timeoutMs - performance.now();
  if (rest <= 0) throw new ThreadLost(`gave no batch within the timeout of ${timeoutMs / 1000} s`);
  return rest;
}

const ended = (code: number): string => `ended with exit code ${code}`;

/** With a thread that still lives, Node does not always end under a debugger. */
function endAll(): void {
  for (const thread of running) thread.end();
}

/** A thread gives no answer: it is dead, or slower than allowed. The message goes on after its name. */
export class ThreadLost extends Error {}
