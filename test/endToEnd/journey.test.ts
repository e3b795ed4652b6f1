// The whole thread in a real workbench, on the real example: open examples/, click Train, see the loss fall, set a
// breakpoint in `forward`, click Debug, see the tensor, open the inspector, read a value that equals the engine's.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Locator } from "playwright-core";
import { type Tensor, data, manualSeed, vision } from "../../engine/index.js";
import { openWorkbench, type Workbench } from "../support/workbench.js";

const repository = fileURLToPath(new URL("../../", import.meta.url));

describe("a journey through the MNIST example", function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), "gradtape-journey-"));
  let code: Workbench;

  before(async () => {
    cpSync(join(repository, "examples", "mnist.ts"), join(folder, "mnist.ts"));
    code = await openWorkbench({ folder, extension: repository, viewport: { width: 1440, height: 900 } });
  });
  after(async () => {
    await code?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") console.log(code.logs(), await code.screenshot("journey-failed"));
  });

  const lens = (title: string): Locator => code.page.locator(".codelens-decoration a", { hasText: title }).first();
  const lineOf = (text: string): number =>
    readFileSync(join(folder, "mnist.ts"), "utf8")
      .split("\n")
      .findIndex((line) => line.includes(text)) + 1;

  it("Train: the loss falls in the panel", async () => {
    await code.openFile("mnist.ts", lineOf("export async function train"));
    await lens("Train").click();
    const panel = await code.frameOf("Run");
    await panel.getByText("live").first().waitFor();
    const row = panel.getByRole("row", { name: /loss/ }).first();
    // last, min, max, step
    const numbers = async (): Promise<readonly number[]> =>
      (await row.locator("td").allInnerTexts()).map(Number).filter((value) => !Number.isNaN(value));
    await panel.waitForFunction(() => /epoch\s*2/.test(document.body.innerText), undefined, { timeout: 120_000 });
    await code.screenshot("journey-train");
    const [last, lowest, highest] = await numbers();
    assert.ok(
      lowest <= last && last < highest / 1.5,
      `expected a loss that fell, got ${last} of ${lowest} to ${highest}`,
    );
    assert.ok(lowest > 0, "a loss is never 0");
    await panel.getByRole("button", { name: /stop/i }).first().click();
    await panel.getByText("stopped").first().waitFor({ timeout: 10_000 });
    await code.screenshot("journey-stopped");
  });

  it("Debug: the tensor of the first batch stands in Variables and in the inspector, with the engine's value", async () => {
    const line = lineOf("x = F.relu(F.maxPool2d(this.conv1.forward(x), 2));");
    await code.runCommand("View: Focus First Editor Group"); // the last click was in the panel
    await code.openFile("mnist.ts", line);
    await code.page.keyboard.press("F9");
    await code.page.locator(".codicon-debug-breakpoint").first().waitFor();
    await code.openFile("mnist.ts", lineOf("export async function train"));
    await lens("Debug").click();
    await code.page.locator(".debug-top-stack-frame-line, .debug-top-stack-frame-column").first().waitFor();
    const variable = code.page.locator(".debug-variables .monaco-list-row", { hasText: /^\s*x\b/ }).first();
    await variable.waitFor();
    const text = (await variable.textContent()) ?? "";
    for (const part of ["[64, 1, 28, 28]", "f32", "cpu", "μ"]) assert.ok(text.includes(part), `${part} in ${text}`);
    await code.screenshot("journey-variables");

    await code.openFile("mnist.ts", line);
    for (let i = 0; i < 4; i++) await code.page.keyboard.press("ArrowRight"); // onto x
    await code.runCommand("Gradtape: Inspect Tensor");
    const inspector = await code.frameOf(/^x · \[64, 1, 28, 28\]$/);
    await inspector.getByText("whole tensor").first().waitFor();

    const batch = await firstBatch();
    const expected = (batch.toTypedArray() as Float32Array)[0];
    await inspector.getByText(`[0, 0, 0, 0] = ${expected}`.slice(0, 22)).first().waitFor();
    await code.screenshot("journey-values");
    await inspector.getByRole("tab", { name: "Heatmap" }).click();
    await inspector.locator("canvas").first().waitFor();
    await code.screenshot("journey-heatmap");
    await code.page.keyboard.press("Shift+F5");
  });

  /** What the example's loader gives first: the same seed, data and order. */
  async function firstBatch(): Promise<Tensor> {
    manualSeed(1);
    const { ToTensor, Normalize, Compose } = vision.transforms;
    const digits = await vision.datasets.MNIST.load("", {
      train: true,
      transform: new Compose([new ToTensor(), new Normalize([0.1307], [0.3081])]),
    });
    const [[images]] = new data.DataLoader(digits, { batchSize: 64, shuffle: true });
    return images;
  }
});
