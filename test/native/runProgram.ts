// Runs one of test/native/programs in its own process: for what ends, kills or fills a process.
import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const hook = path.resolve(here, "../../build/typescript.mjs");

export interface Program {
  readonly process: ChildProcess;
  /** The next line of its output; rejects when the output ends first. */
  line(): Promise<string>;
  /** How it ended. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; errors: string }>;
}

export function startProgram(name: string, parameters: readonly string[] = [], flags: readonly string[] = []): Program {
  const file = path.join(here, "programs", `${name}.ts`);
  const child = spawn(process.execPath, [...flags, "--import", hook, file, ...parameters], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (data) => (errors += data));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    async line() {
      const next = await lines.next();
      if (next.done) throw new Error(`${name} ended early: ${errors}`);
      return next.value;
    },
    ended: new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, errors }))),
  };
}

/** Runs a program to its end and returns what it printed as JSON on its first line. */
export async function runProgram<Result>(name: string, parameters: readonly string[] = []): Promise<Result> {
  const program = startProgram(name, parameters);
  const line = await program.line();
  const { code, errors } = await program.ended;
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${errors}`);
  return JSON.parse(line) as Result;
}
