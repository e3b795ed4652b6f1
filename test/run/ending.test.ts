// How runs end when somebody ends them: Stop at a step's boundary, Stop in a loop that has none, a kill, two runs at once.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkpointsOf, listRuns, readRun } from "../../engine/runs/index.js";
import { tinyDisk } from "../support/tinyDisk.js";
import { commandFile, gradtape, start, workspace, type Workspace } from "./program.js";

/** A loop that never yields: no timer and no signal handler of JavaScript gets a turn in it. */
const tight = `import type { Run } from "gradtape";
function* numbers() { for (let i = 0; ; i++) yield i; }
export function train(run: Run) {
  const seen: number[] = [];
  run.checkpoint({ seen }, { every: 1000 });
  try {
    for (const n of run.track(numbers())) {
      seen.push(n);
      for (let i = 0, s = 0; i < 20_000; i++) s += i;
      if (n === 100) console.log("going");
    }
  } finally {
    console.log("cleaned up");
  }
}
export function test(run: Run) {
  run.log({ accuracy: 1 });
  console.log("going");
  for (;;);
}
`;

describe("ending a run", function () {
  this.timeout(60_000);
  let at: Workspace;
  before(commandFile);
  beforeEach(() => (at = workspace({ "tight.ts": tight })));
  afterEach(() => at.remove());

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`stops at the end of the step on ${signal}, after a checkpoint`, async () => {
      const run = await start(at, ["train", "tight.ts"]);
      await run.saw("going");
      const asked = Date.now();
      run.process.kill(signal);
      const { code, stdout, stderr } = await run.ended;
      assert.ok(Date.now() - asked < 1000, `${Date.now() - asked} ms`);
      assert.equal(code, 130);
      assert.equal(stderr, "");
      assert.match(stdout, /cleaned up\nstopped at step \d+; --resume goes on from \.gradtape.*\.safetensors\n$/);
      const [folder] = at.runFolders();
      const summary = readRun(folder);
      assert.deepEqual([summary?.state, summary?.exitCode], ["stopped", 130]);
      const step = Number(/at step (\d+)/.exec(stdout)?.[1]);
      assert.equal(checkpointsOf(folder).at(-1)?.step, step);
    });
  }

  it("says so when a stopped training kept nothing", async () => {
    at.write("tight.ts", tight.replace(/ {2}run\.checkpoint.*\n/, ""));
    const run = await start(at, ["train", "tight.ts"]);
    await run.saw("going");
    run.process.kill("SIGINT");
    const { code, stdout } = await run.ended;
    assert.equal(code, 130);
    assert.match(stdout, /\nstopped at step \d+; no checkpoint was registered\n$/);
    at.write("first.ts", `export function train(run) { process.kill(process.pid, "SIGINT"); run.step(() => 1); }`);
    assert.equal((await gradtape(at, ["train", "first.ts"])).stdout, "stopped; no checkpoint was registered\n");
  });

  it("ends a loop without boundaries within a second, and the readers say stopped", async () => {
    const run = await start(at, ["test", "tight.ts"]);
    await run.saw("going");
    const asked = Date.now();
    run.process.kill("SIGINT");
    const { code } = await run.ended;
    // 800 ms of grace; a busy machine adds its own.
    assert.ok(Date.now() - asked < 1500, `${Date.now() - asked} ms`);
    assert.equal(code, 130);
    const [folder] = at.runFolders();
    assert.equal((JSON.parse(readFileSync(join(folder, "run.json"), "utf8")) as { state: string }).state, "running");
    assert.equal(readRun(folder)?.state, "stopped");
  });

  it("ends at once on a second signal", async () => {
    const run = await start(at, ["test", "tight.ts"]);
    await run.saw("going");
    const asked = Date.now();
    run.process.kill("SIGINT");
    run.process.kill("SIGTERM");
    await run.ended;
    assert.ok(Date.now() - asked < 700, `${Date.now() - asked} ms`);
  });

  it("leaves a run that reads as failed with its last line after SIGKILL, and a checkpoint to go on from", async () => {
    const run = await start(at, ["train", "tight.ts"]);
    await run.saw("going");
    const [folder] = at.runFolders();
    await until(() => checkpointsOf(folder).length > 0);
    assert.equal(readRun(folder)?.state, "running");
    run.process.kill("SIGKILL");
    await run.ended;
    const summary = readRun(folder);
    assert.equal(summary?.state, "failed");
    assert.equal(summary?.error?.name, "ProcessDied");
    assert.deepEqual(summary?.error?.at, { file: join(at.folder, "tight.ts"), line: 7 });
    const took = (summary?.endedAt ?? 0) - (summary?.startedAt ?? 0);
    assert.ok(took > 0 && took < 60_000, `it was last heard of ${took} ms after its start`);
    assert.match(
      (await gradtape(at, ["runs"])).stdout,
      /^failed .* \d:\d\d {2}\S+\n {2}tight\.ts:7: the process ended without a word/m,
    );

    at.write(
      "tight.ts",
      tight
        .replace("const seen", "console.log('going');\n  const seen")
        .replace(/for \(const n of[^]*?\n {4}\}/, "console.log(seen.length, seen.at(-1));"),
    );
    const { stdout } = await gradtape(at, ["train", "tight.ts", "--resume"]);
    assert.match(stdout, /^going\nresumed from \.gradtape\S+\.safetensors at epoch 1, step \d+000\n\d+000 \d*999$/m);
  });

  it("reads a native crash as failed, with the operation and the line that it happened at", async () => {
    at.write(
      "crash.ts",
      `import { tensor } from "gradtape";

export function train() {
  const x = tensor([1, 2, 3]);
  x.mul(2);
  process.kill(process.pid, "SIGSEGV");
  for (;;) x.add(1);
}
`,
    );
    const run = await start(at, ["train", "crash.ts"]);
    await run.ended;
    assert.equal(run.process.signalCode, "SIGSEGV");
    const summary = readRun(at.runFolders()[0]);
    assert.equal(summary?.state, "failed");
    assert.equal(summary?.error?.name, "ProcessDied");
    assert.ok(["Mul", "AddV2"].includes(summary?.last?.op ?? ""), summary?.last?.op);
  });

  it("keeps runs that begin in the same second apart", async () => {
    at.write("short.ts", "export function train(run) { run.log({ loss: 1 }); }");
    await Promise.all([1, 2, 3].map(() => gradtape(at, ["train", "short.ts"])));
    const runs = listRuns(at.runs);
    assert.equal(new Set(runs.map(({ id }) => id)).size, 3);
    assert.deepEqual(
      runs.map(({ state }) => state),
      ["finished", "finished", "finished"],
    );
  });

  it("says that the disk is full, in one paragraph and with exit code 1", async function () {
    const disk = tinyDisk(3 * 2 ** 20);
    if (!disk) return this.skip();
    try {
      at.write(
        "large.ts",
        `export function train(run) {
  const values = [];
  run.checkpoint({ values }, { every: 1 });
  for (const n of run.track([1, 2, 3])) for (let i = 0; i < 200_000; i++) values.push(i);
}`,
      );
      const { code, stderr } = await gradtape(at, ["train", "large.ts"], {
        environment: { GRADTAPE_RUNS: disk.folder },
      });
      assert.equal(code, 1);
      assert.match(stderr, /^large\.ts:4:\d+: .*disk: expected \d+ MiB/);
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
      const [run] = listRuns(disk.folder);
      assert.equal(run.state, "failed");
      const kept = readdirSync(join(run.folder, "checkpoints"));
      assert.deepEqual(kept, ["1.safetensors"], "the one before stands, and nothing half-written beside it");
    } finally {
      disk.remove();
    }
  });

  it("keeps runs where the environment says", async () => {
    at.write("short.ts", "export function train() {}");
    await gradtape(at, ["train", "short.ts"], { environment: { GRADTAPE_RUNS: join(at.folder, "elsewhere") } });
    assert.deepEqual(at.runFolders(), []);
    assert.equal(listRuns(join(at.folder, "elsewhere")).length, 1);
  });
});

/** Waits for what another process does. */
async function until(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 5));
}
