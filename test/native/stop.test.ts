import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { loadAddon } from "../../engine/native/load.js";
import { thrown } from "./openNative.js";
import { readRunFiles } from "./runFiles.js";
import { startProgram } from "./runProgram.js";

describe("native stop", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "gradtape-stop-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("ends a main thread in a loop that never yields, a request from a worker, within a second", async () => {
    const program = startProgram("tightLoop", [folder, "worker"]);
    await program.line();
    const asked = performance.now();
    const { code } = await program.ended;
    const took = performance.now() - asked;
    assert.equal(code, 130);
    assert.ok(took < 1000, `took ${took} ms`);
    assert.equal(readRunFiles(folder).stop, 1);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`ends a tight loop on ${signal} when its grace is over`, async () => {
      const program = startProgram("tightLoop", [folder, "signals"]);
      await program.line();
      const asked = performance.now();
      program.process.kill(signal);
      assert.equal((await program.ended).code, 130);
      const took = performance.now() - asked;
      assert.ok(took > 250 && took < 1300, `took ${took} ms`);
      assert.equal(readRunFiles(folder).stop, 1);
    });
  }

  it("ends at once on a second signal", async () => {
    const program = startProgram("tightLoop", [folder, "patient"]);
    await program.line();
    program.process.kill("SIGINT");
    await program.line(); // It has seen the flag.
    const asked = performance.now();
    program.process.kill("SIGTERM");
    assert.equal((await program.ended).code, 143);
    assert.ok(performance.now() - asked < 1000);
  });

  it("stands down once the loop acknowledges, and lets it end by itself", async () => {
    const program = startProgram("tightLoop", [folder, "acknowledge"]);
    await program.line();
    program.process.kill("SIGTERM");
    assert.equal(await program.line(), "saving");
    assert.equal(await program.line(), "saved after the grace");
    assert.equal((await program.ended).code, 7);
  });

  it("refuses a grace that is no time", () => {
    const native = loadAddon();
    for (const grace of [-1, NaN, "1" as never, undefined as never]) {
      assert.equal(thrown(() => native.requestStop(grace)).code, "GRADTAPE");
      assert.equal(thrown(() => native.stopOnSignals(grace)).code, "GRADTAPE");
    }
    assert.equal(native.stopRequested(), false);
  });
});
