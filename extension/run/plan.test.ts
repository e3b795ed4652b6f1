import assert from "node:assert/strict";
import { cleanEnvironment, planRun, repeated } from "./plan.js";
import type { RunSummary } from "../../engine/protocol.js";

describe("planRun", () => {
  const request = { program: "/nowhere/folder/train.ts", verb: "train", flags: ["--lr=0.1"], debug: false } as const;
  const around = {
    extensionRoot: "/ext",
    nodePath: process.execPath,
    invitation: { GRADTAPE_TOKEN: "t", GRADTAPE_SOCKET: "s" },
  };

  it("runs in the workspace folder, or beside a lone program", async () => {
    const plan = await planRun(request, { ...around, workspaceFolder: "/nowhere" });
    assert.equal(plan.cwd, "/nowhere");
    assert.deepEqual(plan.args, ["train", "/nowhere/folder/train.ts", "--lr=0.1"]);
    assert.deepEqual(plan.env, { GRADTAPE_TOKEN: "t", GRADTAPE_SOCKET: "s", GRADTAPE_RUNS: "/nowhere/.gradtape/runs" });
    const lone = await planRun({ ...request, debug: true }, around);
    assert.equal(lone.cwd, "/nowhere/folder");
    assert.equal(lone.env.GRADTAPE_DEBUG, "1");
    assert.equal(lone.env.GRADTAPE_RUNS, "/nowhere/folder/.gradtape/runs");
  });

  it("keeps VS Code's own variables, and those of another run, out of the program", () => {
    const kept = cleanEnvironment({
      PATH: "p",
      VSCODE_PID: "1",
      ELECTRON_RUN_AS_NODE: "1",
      GRADTAPE_TOKEN: "x",
      GRADTAPE_LIBTENSORFLOW: "l",
    });
    assert.deepEqual(kept, { PATH: "p", GRADTAPE_LIBTENSORFLOW: "l" });
  });
});

describe("repeated", () => {
  const run = {
    program: "/p/mnist.ts",
    verb: "train",
    options: { batchSize: 64, name: "a b" },
  } as unknown as RunSummary;
  const request = { program: "/p/mnist.ts", verb: "train", debug: false };

  it("gives every option of a run back, and a seed that is none of them", () => {
    assert.deepEqual(repeated(run), { ...request, flags: ['--options={"batchSize":64,"name":"a b"}'] });
    assert.deepEqual(repeated({ ...run, seed: 7 }).flags.at(1), "--seed=7");
    assert.equal(repeated({ ...run, seed: 7, options: { seed: 7 } }).flags.length, 1);
  });

  it("gives nothing to a program without options, and keeps the debugger", () => {
    assert.deepEqual(repeated({ ...run, options: {} }).flags, []);
    assert.deepEqual(repeated({ ...run, verb: "run", seed: 1 }).flags, []);
    assert.equal(repeated({ ...run, debugging: true }).debug, true);
  });
});
