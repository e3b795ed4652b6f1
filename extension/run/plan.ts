// How a run is started: which Node.js, which engine, where, with what in the environment. No vscode here.
import { dirname } from "node:path";
import type { RunSummary, RunVerb } from "../../engine/protocol.js";
import { type EngineHome, findEngine } from "./engineHome.js";
import { findNode, type NodeRuntime } from "./nodeRuntime.js";
import { runsFolderOf } from "./runsFolder.js";

export interface RunRequest {
  /** Absolute path. */
  readonly program: string;
  readonly verb: RunVerb;
  /** Command-line options behind the program. */
  readonly flags: readonly string[];
  readonly debug: boolean;
}

export interface RunPlan {
  readonly request: RunRequest;
  readonly node: NodeRuntime;
  readonly engine: EngineHome;
  readonly cwd: string;
  /** Arguments behind cli.js. */
  readonly args: readonly string[];
  /** Added to the environment. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Surroundings {
  /** The workspace folder that holds the program, if any. */
  readonly workspaceFolder?: string;
  readonly extensionRoot: string;
  /** The setting gradtape.nodePath. */
  readonly nodePath: string;
  /** What leads the process to this window. */
  readonly invitation: Readonly<Record<string, string>>;
}

export async function planRun(request: RunRequest, around: Surroundings): Promise<RunPlan> {
  const node = await findNode(around.nodePath);
  const cwd = around.workspaceFolder ?? dirname(request.program);
  return {
    request,
    node,
    engine: findEngine(request.program, around.extensionRoot),
    cwd,
    args: [request.verb, request.program, ...request.flags],
    env: {
      ...node.env,
      ...around.invitation,
      GRADTAPE_RUNS: runsFolderOf(cwd),
      ...(request.debug ? { GRADTAPE_DEBUG: "1" } : {}),
    },
  };
}

/** This process's environment without what belongs to VS Code itself: a user's program is no part of it. */
export function cleanEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => !/^(VSCODE_|ELECTRON_|GRADTAPE_(SOCKET|TOKEN|RUNS|DEBUG)$)/.test(name),
    ),
  );
}

/** The same program, verb and options as a run had. */
export function repeated(run: RunSummary): RunRequest {
  const { program, verb, options, seed } = run;
  const flags: string[] = [];
  if (verb !== "run" && Object.keys(options).length > 0) flags.push(`--options=${JSON.stringify(options)}`);
  // A seed that is no option of the program was given as the flag of every program.
  if (verb !== "run" && seed !== undefined && !Object.hasOwn(options, "seed")) flags.push(`--seed=${seed}`);
  return { program, verb, flags, debug: run.debugging === true };
}
