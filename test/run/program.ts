// Runs the command `gradtape` as a user would: built from these sources, in a folder of its own, with real processes.
import { build } from "esbuild";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const entries = {
  index: "engine/index.ts",
  cli: "engine/run/cli.ts",
  reporter: "engine/run/reporter.ts",
  hooks: "engine/run/typescriptHooks.ts",
  loaderWorker: "engine/run/loaderWorker.ts",
};

let built: Promise<string> | undefined;

/** The command's file: bundled once for all tests of this process, beside dist/engine and like it. */
export function commandFile(): Promise<string> {
  return (built ??= bundle());
}

async function bundle(): Promise<string> {
  const outdir = join(repository, "dist", `test-run-${process.pid}`);
  process.on("exit", () => rmSync(outdir, { recursive: true, force: true }));
  await build({
    absWorkingDir: repository,
    entryPoints: entries,
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: true,
    sourcesContent: false,
    chunkNames: "chunk-[hash]",
    external: ["esbuild", "@tensorflow/tfjs-node", "*.node"],
    banner: {
      js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  return join(outdir, "cli.js");
}

export interface Workspace {
  readonly folder: string;
  readonly runs: string;
  write(name: string, text: string): string;
  /** The folders of the runs, oldest first. */
  runFolders(): string[];
  /** Ends what still runs here, and removes the folder. */
  remove(): void;
}

const running = new Map<ChildProcess, string>();

/** An empty folder with these files in it. */
export function workspace(files: Readonly<Record<string, string>> = {}): Workspace {
  const folder = mkdtempSync(join(tmpdir(), "gradtape-test-"));
  const runs = join(folder, ".gradtape", "runs");
  const write = (name: string, text: string) => {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    folder,
    runs,
    write,
    runFolders: () =>
      existsSync(runs)
        ? readdirSync(runs)
            .filter((name) => name !== ".gitignore")
            .sort()
            .map((name) => join(runs, name))
        : [],
    remove: () => {
      for (const [child, where] of running) if (where === folder) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds since its start. */
  readonly took: number;
}

export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves once the output holds this text. Rejects when the process ends without it. */
  saw(text: string): Promise<void>;
  /** What it has printed to stdout so far. */
  output(): string;
}

export interface StartOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** Flags of Node itself. */
  readonly nodeArgs?: readonly string[];
}

/** Starts `gradtape …` in a workspace. */
export async function start(
  { folder }: Workspace,
  args: readonly string[],
  { environment = {}, nodeArgs = [] }: StartOptions = {},
): Promise<Started> {
  const command = await commandFile();
  const child = spawn(process.execPath, [...nodeArgs, command, ...args], {
    cwd: folder,
    env: { ...plainEnvironment(), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.set(child, folder);
  child.on("exit", () => running.delete(child));
  return follow(child);
}

/** Runs `gradtape …` to its end. */
export async function gradtape(at: Workspace, args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return (await start(at, args, options)).ended;
}

/** Collects a process's output. */
export function follow(child: ChildProcess): Started {
  const began = Date.now();
  let stdout = "";
  let stderr = "";
  const waiting: { text: string; resolve: () => void; reject: (error: Error) => void }[] = [];
  const look = () => {
    for (const wait of waiting) if ((stdout + stderr).includes(wait.text)) wait.resolve();
  };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    look();
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    look();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const what = `the process ended with ${code ?? signal}:\n${stdout}${stderr}`;
      for (const wait of waiting) wait.reject(new Error(`expected "${wait.text}"; ${what}`));
      resolve({ code, signal, stdout, stderr, took: Date.now() - began });
    });
  });
  const saw = (text: string) => {
    const found = new Promise<void>((resolve, reject) => waiting.push({ text, resolve, reject }));
    look();
    return found;
  };
  return { process: child, ended, saw, output: () => stdout };
}

/** What a user's shell has, without what the test run itself was given. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  for (const name of ["NODE_OPTIONS", "GRADTAPE_SOCKET", "GRADTAPE_TOKEN", "GRADTAPE_RUNS", "GRADTAPE_STACK"]) {
    delete environment[name];
  }
  return environment;
}
