// The extension inside its host: what is tested is in inHost/, here it is built, run in a real workbench, and read.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { openWorkbench } from "../support/workbench.js";
import { type HostTestReport, hostTestNames, reportMark } from "./hostTestNames.js";
import { programs } from "./programs.js";

const repository = fileURLToPath(new URL("../../", import.meta.url));

describe("inside the extension host", function () {
  this.timeout(300_000);
  const folder = mkdtempSync(join(tmpdir(), "gradtape-host-"));
  const reports = new Map<string, HostTestReport>();
  let output = "nothing ran";

  before(async () => {
    const workspace = join(folder, "workspace");
    const tests = join(folder, "tests.cjs");
    await build({
      entryPoints: [fileURLToPath(new URL("./inHost/index.ts", import.meta.url))],
      outfile: tests,
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      external: ["vscode"],
      sourcemap: "inline",
      logLevel: "error",
    });
    writeWorkspace(workspace);
    const code = await openWorkbench({ folder: workspace, extension: repository, tests, testTimeoutMs: 240_000 });
    try {
      const result = await code.hostTests();
      output = `${result.exitCode}\n${result.output}\n${code.logs()}`;
      for (const line of result.output.split("\n").filter((one) => one.startsWith(reportMark))) {
        const report = JSON.parse(line.slice(reportMark.length)) as HostTestReport;
        reports.set(report.name, report);
      }
    } finally {
      await code.close();
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const name of hostTestNames) {
    it(name, () => {
      const report = reports.get(name);
      assert.ok(report, `it did not run:\n${output}`);
      if (report.error !== undefined) assert.fail(report.error);
      if (report.note !== undefined) console.log(`      ${report.note}`);
    });
  }
});

function writeWorkspace(workspace: string): void {
  mkdirSync(workspace);
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(workspace, name), text);
}
