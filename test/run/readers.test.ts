// The readers of a run's files on the files of a real run, whole, cut and damaged: they give what is readable, never
// throw, and never believe a size that the file names.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  listRuns,
  metricsOf,
  parseEvents,
  parseRecorder,
  readEvents,
  readRecorder,
  readRun,
} from "../../engine/runs/index.js";
import { seededRandom } from "../support/random.js";
import { commandFile, gradtape, workspace, type Workspace } from "./program.js";

const program = `import { nn, randn, type Run } from "gradtape";
class Net extends nn.Module {
  fc = new nn.Linear(4, 2);
  forward(x: Tensor) {
    return this.fc.forward(x).relu();
  }
}
export function train(run: Run) {
  const net = new Net();
  const losses: number[] = [];
  run.checkpoint({ net, losses }, { every: 2 });
  for (let epoch = 1; epoch <= 2; epoch++) {
    for (const n of run.track([1, 2, 3, 4, 5], { epoch, epochs: 2 })) {
      const out = net.forward(randn([3, 4])).sum();
      losses.push(n);
      run.log({ loss: 1 / n, sum: out });
    }
  }
}
`;

describe("readers of a run's files", function () {
  this.timeout(60_000);
  let at: Workspace;
  let folder: string;
  before(async () => {
    await commandFile();
    at = workspace({ "net.ts": program });
    const { code, stderr } = await gradtape(at, ["train", "net.ts"]);
    assert.equal(code, 0, stderr);
    [folder] = at.runFolders();
  });
  after(() => at.remove());

  it("tell what happened", () => {
    const run = readRun(folder);
    assert.ok(run);
    assert.equal(run.state, "finished");
    assert.equal(run.title, "net.ts › train");
    assert.equal(run.exitCode, 0);
    assert.ok((run.endedAt ?? 0) >= run.startedAt);
    assert.match(run.versions.tensorflow ?? "", /^2\./);
    const { phase, epoch, epochs, position, length, step } = run.progress ?? {};
    assert.deepEqual(
      { phase, epoch, epochs, position, length, step },
      { phase: "train", epoch: 2, epochs: 2, position: 5, length: 5, step: 10 },
    );
    assert.deepEqual(
      run.checkpoints.map(({ step }) => step),
      [6, 8, 10],
    );
    assert.ok(run.checkpoints.every(({ bytes }) => bytes > 0));
  });

  it("tell the last operations with their module and line", () => {
    const recorder = readRecorder(join(folder, "recorder.bin"));
    assert.ok(recorder);
    assert.equal(recorder.pid > 0 && !recorder.stopRequested, true);
    assert.equal(recorder.step, 10);
    const relu = recorder.ops.findLast(({ op }) => op === "Relu");
    assert.ok(relu, recorder.ops.map(({ op }) => op).join(" "));
    assert.equal(relu.done, true);
    assert.equal(relu.phase, "forward");
    const matmul = recorder.ops.findLast(({ op, scope }) => /MatMul/.test(op) && scope === "fc");
    assert.ok(matmul, "the operation of the inner module");
    assert.match(matmul.line, /net\.ts:5$/, "the line in the user's forward, not in the engine");
  });

  it("give metrics as typed arrays", () => {
    const metrics = metricsOf(folder);
    assert.deepEqual(
      metrics.map(({ name }) => name),
      ["loss", "sum"],
    );
    const [loss, sum] = metrics;
    assert.deepEqual([...loss.steps], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.deepEqual([...loss.values], [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]);
    assert.equal(sum.values.length, 10);
    assert.ok(loss.times.every((time, i) => i === 0 || time >= loss.times[i - 1]));
  });

  it("go on where they left off", () => {
    const file = join(folder, "events.bin");
    const all = readEvents(file);
    assert.equal(all.more, false);
    assert.equal(readEvents(file, all.next).events.length, 0);
    assert.deepEqual(readEvents(file, 3).events, all.events.slice(3));
    assert.equal(readEvents(file, all.next + 1000).next, all.next + 1000);
  });

  it("give a run whose process is gone as failed, with its last line", () => {
    const copy = copyOf("killed");
    editRecord(copy, (record) => ({ ...record, state: "running", endedAt: undefined, exitCode: undefined }));
    const run = readRun(copy);
    assert.equal(run?.state, "failed");
    assert.equal(run?.error?.name, "ProcessDied");
    assert.match(run?.error?.at?.file ?? "", /net\.ts$/);
  });

  it("are not fooled by another process with the same pid", () => {
    const copy = copyOf("reused");
    editRecord(copy, (record) => ({ ...record, state: "running", pid: process.pid }));
    assert.equal(readRun(copy)?.state, "failed");
  });

  it("give nothing for what is no run, and the others all the same", () => {
    mkdirSync(join(at.runs, "empty"));
    writeFileSync(join(at.runs, "a-file"), "");
    const copy = copyOf("broken");
    writeFileSync(join(copy, "run.json"), "{");
    assert.equal(readRun(copy), undefined);
    assert.equal(readRun(join(at.runs, "missing")), undefined);
    assert.deepEqual(metricsOf(join(at.runs, "empty")), []);
    assert.ok(listRuns(at.runs).some(({ folder: listed }) => listed === folder));
    assert.deepEqual(listRuns(join(at.folder, "nowhere")), []);
  });

  it("read what is left of files that are cut anywhere", () => {
    const copy = copyOf("cut");
    const files = ["recorder.bin", "events.bin"].map((name) => ({
      file: join(copy, name),
      bytes: readFileSync(join(copy, name)),
    }));
    for (const { file, bytes } of files) {
      for (const length of [0, 1, 8, 63, 64, 65, 104, 4095, 4096, 4100, 5000, 300_000]) {
        truncateSync(file, Math.min(length, bytes.length));
        const run = readRun(copy);
        assert.equal(run?.state, "finished", "run.json is whole");
        metricsOf(copy);
      }
      writeFileSync(file, bytes);
    }
  });

  it("do not throw for 1,000 damaged files", () => {
    const random = seededRandom(4);
    const recorder = readFileSync(join(folder, "recorder.bin"));
    const events = readFileSync(join(folder, "events.bin")).subarray(0, 64 + 40 * 60);
    const record = readFileSync(join(folder, "run.json"));
    const copy = copyOf("damaged");
    const began = process.memoryUsage().rss;
    for (let i = 0; i < 1000; i++) {
      const parsed = parseRecorder(damaged(recorder, random, i % 2 === 0 ? 128 : recorder.length));
      assert.ok(parsed === undefined || parsed.ops.length <= recorder.length / 32);
      parseEvents(damaged(events, random, events.length), 40);
      if (i % 10 > 0) continue; // the whole way through files for every tenth
      writeFileSync(join(copy, "recorder.bin"), damaged(recorder, random, 128));
      writeFileSync(join(copy, "events.bin"), damaged(events, random, 64));
      writeFileSync(join(copy, "run.json"), damaged(record, random, record.length));
      readRun(copy);
      metricsOf(copy);
    }
    assert.ok(process.memoryUsage().rss - began < 300 * 2 ** 20, "no memory by a size that the file names");
  });

  function copyOf(name: string): string {
    const copy = join(at.runs, name);
    rmSync(copy, { recursive: true, force: true });
    cpSync(folder, copy, { recursive: true });
    return copy;
  }

  function editRecord(copy: string, change: (record: object) => object): void {
    const file = join(copy, "run.json");
    writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, "utf8")) as object)));
  }
});

/** A copy with one to eight bytes of its first `within` changed, most often to the extremes. */
function damaged(bytes: Uint8Array, random: () => number, within: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const changes = 1 + Math.floor(random() * 8);
  for (let i = 0; i < changes; i++) {
    const value = random() < 0.5 ? 0xff : Math.floor(random() * 256);
    copy[Math.floor(random() * within)] = value;
  }
  return copy;
}
