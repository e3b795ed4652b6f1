// An engine process as its supervisor sees it, whoever started it: the extension itself, or the debugger.
import { spawn } from "node:child_process";
import type { RunOutput } from "./output.js";
import { cleanEnvironment, type RunPlan } from "./plan.js";

export interface Exit {
  readonly code?: number;
  readonly signal?: string;
  /** The user ended it by the debugger's own Stop. */
  readonly stoppedByDebugger?: boolean;
  /** The process could not be started. */
  readonly failure?: string;
}

export interface EngineProcess {
  /** Never rejects. */
  readonly exit: Promise<Exit>;
  /** Ends it now. */
  kill(): void;
  /** The last it printed to stderr. */
  tail(): string;
}

const tailLength = 4096;

/** Starts the engine as a child process; what it prints goes to `output`. */
export function spawnEngine({ node, engine, args, cwd, env }: RunPlan, output: RunOutput): EngineProcess {
  let tail = "";
  const child = spawn(node.path, [engine.cli, ...args], {
    cwd,
    env: { ...cleanEnvironment(process.env), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => output.write(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.write(text);
    tail = (tail + text).slice(-tailLength);
  });
  const exit = new Promise<Exit>((resolve) => {
    child.on("error", (error) => resolve({ failure: error.message }));
    // Not "close": a grandchild that keeps the pipes open does not keep the run alive.
    child.on("exit", (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
  });
  return { exit, kill: () => void child.kill("SIGKILL"), tail: () => tail };
}
