// The launch configuration with which js-debug starts an engine. Pure. Verified against js-debug 1.100: `pauseForSourceMap`
// makes breakpoints at a file's top level reliable, and workers always become sessions of their own.
import { dirname } from "node:path";
import type { RunPlan } from "../run/plan.js";

export interface LaunchConfiguration {
  readonly type: "node";
  readonly request: "launch";
  readonly name: string;
  readonly [setting: string]: unknown;
}

const slashes = (path: string) => path.replace(/\\/g, "/");

export function launchConfiguration({ node, engine, args, cwd, env }: RunPlan, name: string): LaunchConfiguration {
  const built = `${slashes(engine.root)}/dist/**`;
  return {
    type: "node",
    request: "launch",
    name,
    program: engine.cli,
    args: [...args],
    cwd,
    env: { ...env },
    runtimeExecutable: node.path,
    console: "internalConsole",
    pauseForSourceMap: true,
    outFiles: [],
    // The engine's own maps are not needed: its frames are skipped.
    resolveSourceMapLocations: [
      `${slashes(cwd)}/**`,
      `${slashes(dirname(String(args[1])))}/**`,
      `!${built}`,
      "!**/node_modules/**",
    ],
    skipFiles: ["<node_internals>/**", built, `${slashes(engine.root)}/engine/**`, "**/node_modules/**"],
  };
}
