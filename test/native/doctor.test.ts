import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { DoctorReport } from "../../engine/native/doctor.js";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

/** In a process of its own: a library is opened once per process. */
async function diagnoseWith(env: NodeJS.ProcessEnv): Promise<{ readonly report: DoctorReport; readonly text: string }> {
  const script = `
    const { diagnose, formatReport } = await import("./engine/native/doctor.ts");
    const report = await diagnose();
    console.log(JSON.stringify({ report, text: formatReport(report) }));`;
  const args = ["--import", "./build/typescript.mjs", "--input-type=module", "-e", script];
  const { stdout } = await run(process.execPath, args, { cwd: repository, env: { ...process.env, ...env } });
  return JSON.parse(stdout) as { report: DoctorReport; text: string };
}

describe("doctor", function () {
  this.timeout(30_000);

  it("finds library, devices and processor, and no problems, on a machine that is set up", async () => {
    const { report, text } = await diagnoseWith({ GRADTAPE_CPU_DEVICES: "2" });
    assert.deepEqual(report.problems, []);
    assert.equal(report.node, process.version);
    assert.deepEqual(report.addon, { loaded: true });
    assert.ok(report.library.found);
    assert.match(report.library.version ?? "", /^2\.\d+\.\d+$/);
    assert.deepEqual(
      report.devices.filter(({ type }) => type === "CPU").map(({ name }) => name),
      ["cpu", "cpu:1"],
    );
    assert.ok(report.processor.cores >= 1);
    assert.ok(report.memory.available > 0 && report.memory.available <= report.memory.total);
    assert.match(text, /^libtensorflow {2}2\.\d+\.\d+, from /m);
    assert.match(text, /^devices {8}cpu, cpu:1/m);
    assert.match(text, /\n\nNo problems found\.$/);
    // Labels and values stand in two columns.
    const column = text.indexOf("v", "Node.js".length);
    for (const line of text.split("\n\n")[0].split("\n")) assert.match(line.slice(column - 2), /^ {2}\S/);
  });

  it("says what was tried where there is no library, and how to get one", async () => {
    const cache = mkdtempSync(join(tmpdir(), "gradtape-doctor-"));
    try {
      const { report, text } = await diagnoseWith({ GRADTAPE_LIBTENSORFLOW: "", GRADTAPE_CACHE: cache, PATH: cache });
      assert.equal(report.library.found, false);
      assert.deepEqual(report.devices, []);
      assert.deepEqual(
        report.problems.map(({ remedy }) => remedy),
        ["gradtape doctor --install"],
      );
      assert.match(text, /earlier download: none in .*\n.*installed Python package: there is no python3/);
      assert.match(text, /\nProblem:\n1\. libtensorflow: expected a library from one of \d sources, got none/);
    } finally {
      rmSync(cache, { recursive: true });
    }
  });

  it("says so when the library cannot be opened", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gradtape-doctor-"));
    try {
      for (const name of ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]) {
        writeFileSync(join(folder, name), "no library");
      }
      const { report } = await diagnoseWith({ GRADTAPE_LIBTENSORFLOW: folder });
      assert.equal(report.problems.length, 1);
      assert.match(report.problems[0].what, /libtensorflow_cc\.so\.2 cannot be opened \(.+\)/);
      assert.match(report.problems[0].remedy, /GRADTAPE_LIBTENSORFLOW/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("tells whether oneDNN is on", async () => {
    const { report } = await diagnoseWith({ TF_ENABLE_ONEDNN_OPTS: "0" });
    assert.equal(report.oneDnn.on, false);
    assert.match(report.oneDnn.reason, /TF_ENABLE_ONEDNN_OPTS=0|not on/);
  });
});
