import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { eventKinds } from "../../engine/runs/eventsFormat.js";
import { tinyDisk } from "../support/tinyDisk.js";
import { floats, hold, kernel, openNative, release, thrown } from "./openNative.js";
import { readRunFiles } from "./runFiles.js";
import { runProgram, startProgram } from "./runProgram.js";

describe("native recorder", () => {
  const native = openNative();
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "gradtape-recorder-"));
  });
  afterEach(() => {
    native.closeRecorder();
    release(native);
    rmSync(folder, { recursive: true });
  });

  const add = kernel(native, "AddV2", 2);

  it("writes each operation with the line, scope, step and phase it ran in", () => {
    const start = Date.now();
    native.openRecorder(folder);
    const line = native.intern("train.ts:12");
    const scope = native.intern("net.conv1");
    assert.equal(native.intern("train.ts:12"), line);
    assert.notEqual(scope, line);
    const x = floats(native, [1, 2], [2], 1);
    native.setLine(line);
    native.setScope(scope);
    native.setStep(7);
    native.setPhase(2);
    hold((out) => native.execute(add, 1, out, x, x));
    // A kernel defined while the recorder is open.
    const negate = kernel(native, "Neg", 1);
    native.setLine(native.intern("Zeile ü:13"));
    native.setPhase(3);
    hold((out) => native.execute(negate, 0, out, x));

    const files = readRunFiles(folder);
    assert.equal(files.pid, process.pid);
    assert.equal(files.written, 2);
    assert.ok(files.opened >= start - 1 && files.opened <= Date.now() + 1);
    const [first, second] = files.operations;
    assert.deepEqual(
      { ...first, time: 0 },
      { name: "AddV2", line: "train.ts:12", scope: "net.conv1", step: 7, device: 1, phase: 2, done: 1, time: 0 },
    );
    assert.deepEqual(
      { ...second, time: 0 },
      { name: "Neg", line: "Zeile ü:13", scope: "net.conv1", step: 7, device: 0, phase: 3, done: 1, time: 0 },
    );
    assert.ok(first.time >= files.opened && second.time >= first.time && second.time <= Date.now() + 1);
    assert.deepEqual([files.line, files.scope, files.step, files.phase], ["Zeile ü:13", "net.conv1", 7, 3]);
  });

  it("marks an operation that threw as done, since only a crash leaves it open", () => {
    native.openRecorder(folder);
    const x = floats(native, [1, 2], [2]);
    const y = floats(native, [1, 2, 3], [3]);
    thrown(() => native.execute(add, 0, {}, x, y));
    assert.deepEqual(
      readRunFiles(folder).operations.map(({ name, done }) => [name, done]),
      [["AddV2", 1]],
    );
  });

  it("keeps the last 1024 operations", () => {
    native.openRecorder(folder);
    const x = floats(native, [1], [1]);
    for (let step = 0; step < 1500; step++) {
      native.setStep(step);
      native.free(native.execute(add, 0, {}, x, x));
    }
    const files = readRunFiles(folder);
    assert.equal(files.written, 1500);
    assert.equal(files.operations.length, 1024);
    assert.deepEqual(
      files.operations.map(({ step }) => step),
      Array.from({ length: 1024 }, (_, k) => k + 476),
    );
  });

  it("appends events, and grows beyond a MiB", () => {
    native.openRecorder(folder);
    const loss = native.intern("loss");
    const train = native.intern("train");
    native.setLine(native.intern("a.ts:1"));
    native.event(eventKinds.metric, loss, 3, 0.25, 0);
    native.event(eventKinds.step, train, 3, 4, 100);
    const count = 30_000;
    for (let i = 2; i < count; i++) native.event(eventKinds.metric, loss, i, i / 3, -i);
    const { events } = readRunFiles(folder);
    assert.equal(events.length, count);
    assert.deepEqual(
      { ...events[0], time: 0 },
      { kind: 1, name: "loss", step: 3, line: "a.ts:1", time: 0, value: 0.25, value2: 0 },
    );
    assert.deepEqual([events[1].kind, events[1].name, events[1].value, events[1].value2], [2, "train", 4, 100]);
    events
      .slice(2)
      .forEach(({ step, value, value2 }, i) => assert.deepEqual([step, value, value2], [i + 2, (i + 2) / 3, -(i + 2)]));
    assert.equal(statSync(path.join(folder, "events.bin")).size, 2 << 20);
  });

  it("gives 0 for strings when none is open, when the table is full, and for strings too long", () => {
    assert.equal(native.intern("x"), 0);
    native.openRecorder(folder);
    assert.equal(native.intern("x".repeat(65_536)), 0);
    const last = Array.from({ length: 5 }, (_, i) => native.intern(String(i).repeat(60_000)));
    assert.deepEqual(
      last.map((id) => id > 0),
      [true, true, true, true, false],
    );
    const id = native.intern("short");
    assert.equal(readRunFiles(folder).strings[id], "short");
  });

  it("moves to another folder, and stops when it is closed", () => {
    const x = floats(native, [1], [1]);
    const run = () => native.free(native.execute(add, 0, {}, x, x));
    native.openRecorder(folder);
    run();
    const second = mkdtempSync(path.join(folder, "second-"));
    native.openRecorder(second);
    run();
    run();
    native.closeRecorder();
    run();
    native.setStep(5);
    native.event(eventKinds.metric, 0, 0, 0, 0);
    native.closeRecorder();
    assert.deepEqual([readRunFiles(folder).written, readRunFiles(second).written], [1, 2]);
    assert.equal(readRunFiles(second).step, 0);
    // The same folder again starts anew.
    native.openRecorder(second);
    assert.equal(readRunFiles(second).written, 0);
  });

  it("refuses a folder that it cannot write to, and keeps the recording it has", () => {
    native.openRecorder(folder);
    assert.equal(thrown(() => native.openRecorder(path.join(folder, "nowhere"))).code, "ENOENT");
    assert.equal(thrown(() => native.openRecorder(path.join(folder, "events.bin"))).code, "ENOTDIR");
    assert.ok(native.intern("still open") > 0);
  });

  it("works without libtensorflow", async () => {
    assert.deepEqual(await runProgram("recordWithoutLibrary", [folder]), { loaded: false });
    const files = readRunFiles(folder);
    assert.deepEqual(
      files.events.map(({ name, value }) => [name, value]),
      [["loss", 2]],
    );
  });

  it("says so when the disk is full, and the process lives", async function () {
    const disk = tinyDisk(900 * 1024);
    if (disk === undefined) {
      console.log("      skipped: only root may mount a small disk");
      return this.skip();
    }
    try {
      const error = thrown(() => native.openRecorder(disk.folder));
      assert.equal(error.code, "ENOSPC");
      assert.match(error.message, /ENOSPC.*events\.bin/);
    } finally {
      disk.remove();
    }
    const larger = tinyDisk(1700 * 1024);
    assert.ok(larger);
    try {
      native.openRecorder(larger.folder);
      const fill = thrown(() => {
        for (let i = 0; i < 60_000; i++) native.event(eventKinds.metric, 0, i, 0, 0);
      });
      assert.equal(fill.code, "ENOSPC");
      const whole = readRunFiles(larger.folder).events;
      assert.equal(whole.at(-1)?.step, whole.length - 1);
      native.closeRecorder();
    } finally {
      larger.remove();
    }
  });

  it("survives SIGKILL with the line and the operations before it", async () => {
    const program = startProgram("recordUntilKilled", [folder]);
    const { step } = JSON.parse(await program.line()) as { step: number };
    program.process.kill("SIGKILL");
    const { signal } = await program.ended;
    assert.equal(signal, "SIGKILL");
    const files = readRunFiles(folder);
    assert.ok(files.step >= step);
    assert.equal(files.line, "loop.ts:5");
    assert.equal(files.operations.at(-1)?.name, "AddV2");
    assert.ok(files.operations.slice(0, -1).every(({ done }) => done === 1));
    assert.ok(files.events.length >= step);
    assert.equal(files.events.at(-1)?.name, "loss");
  });

  it("leaves the operation that crashed the process open", async () => {
    const { ended } = startProgram("crashInKernel", [folder]);
    const { signal } = await ended;
    assert.ok(signal === "SIGABRT" || signal === "SIGSEGV" || signal === "SIGKILL", `ended by ${signal}`);
    const last = readRunFiles(folder).operations.at(-1);
    assert.deepEqual([last?.name, last?.done, last?.line], ["MatMul", 0, "crash.ts:9"]);
  });
});
