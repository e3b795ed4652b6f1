// Runs named steps, at the same time where they do not need each other, and shows what happens: one line per finished
// step with its time; on a terminal also one moving line about those that run. Only Node's own modules here: this runs
// before anything is installed.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = dirname(dirname(fileURLToPath(import.meta.url)));
export const cacheFolder = join(repository, ".cache");

/** A failure that is explained already: printed without a stack. */
export class StepError extends Error {}

/**
 * @typedef {object} Step
 * @property {string} name shown in front of the line
 * @property {readonly string[]} [after] names of the steps that must be done before
 * @property {() => boolean | Promise<boolean>} [isDone] true: nothing to do, no line
 * @property {(progress: (text: string) => void) => Promise<string | void>} run what it returns is shown behind the time
 */

/** Runs all steps; the first failure ends the rest and is thrown. Returns the number of steps that had something to do. */
export async function runSteps(/** @type {readonly Step[]} */ steps) {
  const show = new Display();
  const done = new Map();
  let failed = false;
  let ran = 0;
  const start = (step) => {
    const needed = (step.after ?? []).map((name) => done.get(name)).filter((promise) => promise !== undefined);
    const promise = Promise.all(needed).then(async () => {
      if (failed || (await step.isDone?.())) return;
      ran++;
      show.start(step.name);
      try {
        const note = await step.run((text) => show.progress(step.name, text));
        show.end(step.name, "✓", note ?? "");
      } catch (error) {
        failed = true;
        show.end(step.name, "✗", "");
        throw error;
      }
    });
    done.set(step.name, promise);
  };
  steps.forEach(start);
  const results = await Promise.allSettled(done.values());
  show.close();
  const failure = results.find((result) => result.status === "rejected");
  if (failure) throw failure.reason;
  return ran;
}

class Display {
  #running = new Map();
  #tty = process.stdout.isTTY === true;
  #timer = undefined;

  start(name) {
    this.#running.set(name, { since: performance.now(), text: "" });
    // Without a terminal a sign of life now and then is enough.
    this.#timer ??= setInterval(() => this.#draw(), this.#tty ? 100 : 15_000);
  }

  progress(name, text) {
    const entry = this.#running.get(name);
    if (entry) entry.text = text;
  }

  end(name, mark, note) {
    const { since } = this.#running.get(name);
    this.#running.delete(name);
    this.#clear();
    const seconds = `${((performance.now() - since) / 1000).toFixed(1)} s`;
    process.stdout.write(`${mark} ${name.padEnd(18)} ${seconds.padStart(8)}${note ? `  ${note}` : ""}\n`);
  }

  close() {
    clearInterval(this.#timer);
    this.#clear();
  }

  #draw() {
    if (this.#running.size === 0) return;
    const parts = [...this.#running].map(([name, { since, text }]) => {
      const seconds = Math.round((performance.now() - since) / 1000);
      return `${name} ${text || `${seconds} s`}`;
    });
    const line = `… ${parts.join(" · ")}`;
    if (!this.#tty) return void process.stdout.write(`${line}\n`);
    this.#clear();
    process.stdout.write(line.slice(0, (process.stdout.columns ?? 80) - 1));
  }

  #clear() {
    if (this.#tty) process.stdout.write("\r\x1b[2K");
  }
}

/**
 * Runs a program to its end. Its output goes to .cache/logs/<log>.log and is shown only when it fails.
 * @returns {Promise<string>} what it printed
 */
export function runLogged(log, command, args, options = {}) {
  const file = join(cacheFolder, "logs", `${log}.log`);
  mkdirSync(dirname(file), { recursive: true });
  return new Promise((resolve, reject) => {
    const { onLine, ...spawnOptions } = options;
    const child = spawn(command, args, { cwd: repository, stdio: ["ignore", "pipe", "pipe"], ...spawnOptions });
    let output = "";
    const hear = (data) => {
      output += data;
      for (const line of String(data).split("\n")) onLine?.(line);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", (error) => reject(new StepError(`${command} could not be started: ${error.message}`)));
    child.on("close", (code, signal) => {
      writeFileSync(file, output);
      if (code === 0) return resolve(output);
      const tail = output.trimEnd().split("\n").slice(-40).join("\n");
      const how = signal ? `was ended by ${signal}` : `ended with ${code}`;
      reject(new StepError(`${tail}\n${command} ${args.join(" ")} ${how} (whole output: ${file})`));
    });
  });
}

/** Runs `main`, turns its failure into one message and exit code 1. */
export async function exitWith(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    console.error(error instanceof StepError ? error.message : (error?.stack ?? error));
    process.exitCode = 1;
  }
}
