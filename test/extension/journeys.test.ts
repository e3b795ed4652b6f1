// The extension as a user meets it: buttons above the code, the Runs view, the panels, a breakpoint. In a real workbench
// with a real debugger; the pictures are kept in test/output/screenshots.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Locator } from "playwright-core";
import type { RunRecord } from "../../engine/protocol.js";
import { openWorkbench, type Workbench } from "../support/workbench.js";
import { lineOf, programs } from "./programs.js";

const repository = fileURLToPath(new URL("../../", import.meta.url));

describe("the extension in a workbench", function () {
  this.timeout(180_000);
  const parent = mkdtempSync(join(tmpdir(), "gradtape-journeys-"));
  let code: Workbench;
  let count = 0;

  /** A workspace of its own for each journey: no run of another is in it. */
  const open = async (settings: Readonly<Record<string, unknown>> = {}, names = Object.keys(programs)) => {
    const folder = join(parent, `workspace-${++count}`);
    mkdirSync(folder);
    for (const [name, text] of Object.entries(programs))
      if (names.includes(name)) writeFileSync(join(folder, name), text);
    code = await openWorkbench({ folder, extension: repository, settings });
    return folder;
  };
  afterEach(async function () {
    if (this.currentTest?.state === "failed") console.log(code.logs(), await code.screenshot(`failed-${count}`));
    await code.close();
  });
  after(() => rmSync(parent, { recursive: true, force: true }));

  const lens = (title: string): Locator => code.page.locator(".codelens-decoration a", { hasText: title }).first();
  const rows = (text: string | RegExp): Locator => code.page.locator(".pane-body .monaco-list-row", { hasText: text });
  const row = (text: string | RegExp): Locator =>
    code.page.locator(".pane-body .monaco-list-row", { hasText: text }).first();
  const statusItem = (text: string): Locator => code.page.locator(".statusbar-item", { hasText: text }).first();
  const showRuns = () => code.runCommand("Gradtape: Focus on Runs View");

  it("trains by a click: the run appears in the view, the status bar and the panel, and finishes", async () => {
    await open();
    await showRuns();
    await code.page.locator(".welcome-view-content", { hasText: "Its runs are listed here" }).waitFor();
    await code.screenshot("runs-empty");

    await code.openFile("waits.ts");
    await lens("Train").click();
    await statusItem("waits").waitFor();
    await row("waits.ts › train").waitFor();
    const panel = await code.frameOf("Run");
    await panel.getByText("live").first().waitFor();
    await panel.getByText("step", { exact: true }).first().waitFor();
    await code.screenshot("run-live");
    await row("waits.ts › train").hover();
    await row("waits.ts › train").locator('.action-label[aria-label="Stop Run"]').click();
    await statusItem("waits").waitFor({ state: "hidden" });
    await row(/waits\.ts › train.*now/).waitFor();

    await code.openFile("learn.ts");
    await lens("Train").click();
    // The loss of its last step: 31.25 / 40.
    await row(/learn\.ts › train.*loss 0\.781/).waitFor();
    await panel.getByText("finished").first().waitFor();
    await code.screenshot("run-finished");
  });

  it("ends runs with their window, and opens the panel again with the run it showed", async () => {
    const folder = await open();
    await code.openFile("waits.ts");
    await lens("Train").click();
    await (await code.frameOf("Run")).getByText(/ETA/).first().waitFor();
    // VS Code's own way: it saves what is open first.
    const loaded = code.page.waitForEvent("load");
    await code.runCommand("Developer: Reload Window");
    await loaded;
    const panel = await code.frameOf("Run");
    await panel.getByText("stopped").first().waitFor();
    const [name] = readdirSync(join(folder, ".gradtape", "runs")).filter((entry) => !entry.startsWith("."));
    const record = JSON.parse(readFileSync(join(folder, ".gradtape", "runs", name, "run.json"), "utf8")) as RunRecord;
    assert.equal(record.state, "stopped");
    assert.throws(() => process.kill(record.pid, 0), "the process is gone");
  });

  it("leads from a failure to the line, which is underlined", async () => {
    await open();
    await code.openFile("fails.ts", 1);
    await lens("Train").click();
    const toast = code.page.locator(".notification-toast", { hasText: "ShapeError: matmul" });
    await toast.waitFor();
    await code.screenshot("run-failed");
    await toast.getByText("Go to Line").click();
    await statusItem(`Ln ${lineOf(programs["fails.ts"], "cannot")}`).waitFor();
    await code.page.locator(".squiggly-error").first().waitFor();
  });

  it("debugs by a click: a tensor shows itself in Variables, and the inspector opens on it", async () => {
    await open();
    const line = lineOf(programs["learn.ts"], "break here");
    await code.openFile("learn.ts", line);
    await code.page.keyboard.press("F9");
    await code.page.locator(".codicon-debug-breakpoint").first().waitFor();
    await lens("Debug").click();
    const variable = (name: string) =>
      code.page.locator(".debug-variables .monaco-list-row", { hasText: new RegExp(`^\\s*${name}\\b`) }).first();
    await code.page.locator(".debug-top-stack-frame-line, .debug-top-stack-frame-column").first().waitFor();
    await code.page.locator(".debug-variables .monaco-list-row", { hasText: "Local: train" }).first().click();
    await variable("w").waitFor();
    const text = (await variable("w").textContent()) ?? "";
    for (const part of ["[2, 3]", "f32", "cpu", "grad"]) assert.ok(text.includes(part), `${part} in ${text}`);
    await code.screenshot("debug-variables");

    // The cursor onto `w` of the line above: `const loss = w.mul(w).sum();`
    await code.openFile("learn.ts", line - 1);
    await code.page.keyboard.press("Home");
    for (let i = 0; i < "const loss = ".length; i++) await code.page.keyboard.press("ArrowRight");
    await code.runCommand("Gradtape: Inspect Tensor");
    const inspector = await code.frameOf("w · [2, 3]");
    // A minus sign as it is printed, not a hyphen.
    for (const value of ["3", "−2", "0.5", "1", "4", "−1"]) {
      await inspector.getByText(value, { exact: true }).first().waitFor();
    }
    await code.screenshot("debug-inspector");

    await code.page.keyboard.press("Shift+F5");
    await showRuns();
    await row(/learn\.ts › train.*now/).waitFor();
    assert.equal(await code.page.locator(".pane-body .monaco-list-row .codicon-debug-stop").count(), 1);
  });

  it("follows a debugger that restarts the program, and stops it at its breakpoint with the session", async () => {
    await open({ "debug.openDebug": "neverOpen" });
    await code.openFile("learn.ts", lineOf(programs["learn.ts"], "break here"));
    await code.page.keyboard.press("F9");
    await lens("Debug").click();
    await code.page.locator(".debug-top-stack-frame-line, .debug-top-stack-frame-column").first().waitFor();
    await showRuns();
    await rows(/learn\.ts › train.*debugging/).waitFor();
    await code.page.keyboard.press("Control+Shift+F5");
    await rows(/learn\.ts › train.*now/).waitFor();
    await rows(/learn\.ts › train.*debugging/).waitFor();
    await code.page.locator(".debug-top-stack-frame-line, .debug-top-stack-frame-column").first().waitFor();
    await row(/debugging/).hover();
    await row(/debugging/)
      .locator('.action-label[aria-label="Stop Run"]')
      .click();
    await code.page.locator(".debug-toolbar").waitFor({ state: "hidden" });
    await rows(/debugging/).waitFor({ state: "hidden" });
    assert.equal(await rows(/learn\.ts › train.*now/).count(), 2);
  });

  it("puts the example into an empty folder", async () => {
    await open({}, []);
    await showRuns();
    await code.page.getByRole("button", { name: "Open the MNIST Example" }).click();
    await code.page.locator('.tab.active[data-resource-name="mnist.ts"]').waitFor();
    await lens("Train").waitFor({ state: "attached" });
    await lens("Debug").waitFor({ state: "attached" });
    await code.screenshot("example");
  });
});
