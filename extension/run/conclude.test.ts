import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunRecord, RunSummary } from "../../engine/protocol.js";
import { concludeRun } from "./conclude.js";

const record: RunRecord = {
  format: 1,
  id: "one",
  program: "/home/mnist.ts",
  verb: "train",
  options: {},
  state: "running",
  pid: 2 ** 22 + 1, // above the largest pid there is: no process
  startedAt: 1,
  device: "cpu",
  synchronousErrors: false,
  versions: { gradtape: "0.1.0", node: "v20.0.0" },
};

describe("concludeRun", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "gradtape-conclude-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const conclude = (written: RunRecord | undefined, ending: Partial<Parameters<typeof concludeRun>[1]>) => {
    if (written) writeFileSync(join(folder, "run.json"), JSON.stringify(written));
    const summary: RunSummary = {
      ...record,
      folder: written ? folder : "",
      title: "mnist.ts › train",
      checkpoints: [],
    };
    return concludeRun(summary, { exit: {}, stopAsked: false, tail: "", ...ending });
  };
  const onDisk = () => JSON.parse(readFileSync(join(folder, "run.json"), "utf8")) as RunRecord;

  it("believes the process's own last word", () => {
    const finished = { ...record, state: "finished", endedAt: 5, exitCode: 0 } as const;
    assert.equal(conclude(finished, { exit: { signal: "SIGKILL" }, stopAsked: true }).state, "finished");
    assert.deepEqual(onDisk(), finished);
  });

  it("writes failed, signal and reason for a process that was killed", () => {
    const run = conclude(record, { exit: { signal: "SIGKILL" } });
    assert.equal(run.state, "failed");
    assert.deepEqual(run.error, { name: "ProcessDied", message: "the process was ended by SIGKILL" });
    const { state, signal, endedAt } = onDisk();
    assert.deepEqual({ state, signal, ended: typeof endedAt }, { state: "failed", signal: "SIGKILL", ended: "number" });
  });

  it("writes stopped when the user asked for it, here or in the debugger", () => {
    assert.equal(conclude(record, { exit: { signal: "SIGKILL" }, stopAsked: true }).state, "stopped");
    assert.equal(onDisk().error, undefined);
    assert.equal(conclude(record, { exit: { stoppedByDebugger: true } }).state, "stopped");
  });

  it("tells a process that never made a folder by what it printed", () => {
    const tail = "some line\nOptionError: options: unknown option --foo; did you mean --food?\n    at x\n";
    const run = conclude(undefined, { exit: { code: 1 }, tail });
    assert.equal(run.state, "failed");
    assert.deepEqual(run.error, {
      name: "OptionError",
      message: "options: unknown option --foo; did you mean --food?",
    });
    assert.equal(conclude(undefined, { exit: { failure: "spawn node ENOENT" } }).error?.message, "spawn node ENOENT");
  });
});
