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
    assert.equal(lone.runs, "/nowhere/folder/.gradtape/runs");
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
  it("gives every option of a run back as a flag", () => {
    const run = {
      program: "/p/mnist.ts",
      verb: "train",
      options: { batchSize: 64, lr: 0.01, noCuda: false, resume: true, dataURLBase: "a b" },
    } as unknown as RunSummary;
    assert.deepEqual(repeated(run), {
      program: "/p/mnist.ts",
      verb: "train",
      flags: ["--batch-size=64", "--lr=0.01", "--no-no-cuda", "--resume", "--data-url-base=a b"],
      debug: false,
    });
  });
});
