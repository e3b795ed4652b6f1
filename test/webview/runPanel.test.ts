// Journeys through the Run panel, in a real browser, against the real protocol.
import assert from "node:assert/strict";
import type { RunState } from "../../engine/protocol.js";
import { exactValue } from "../../webview/lib/format.js";
import { metricsAt } from "../support/fakeRun.js";
import { startPanelBrowser, type OpenPage, type Opening, type PanelBrowser } from "./browser.js";
import { frameTimes } from "./frameTimes.js";

describe("Run panel", function () {
  this.timeout(60_000);
  let browser: PanelBrowser;
  let opened: OpenPage[] = [];
  before(async () => {
    browser = await startPanelBrowser();
  });
  after(() => browser.close());
  afterEach(async () => {
    const complaints = opened.flatMap((one) => one.complaints);
    await Promise.all(opened.map(({ page }) => page.context().close()));
    opened = [];
    assert.deepEqual(complaints, [], "the page complained of nothing");
  });
  const open = async (opening: Omit<Opening, "panel">) => {
    const one = await browser.open({ ...opening, panel: "run" });
    opened.push(one);
    return one;
  };
  const asked = ({ page }: OpenPage, name: string) =>
    page.evaluate((wanted) => window.harness.asked.filter((one) => one.name === wanted).map(({ ask }) => ask), name);

  it("answers whether it learns: the line grows as points arrive", async () => {
    const run = await open({ scenario: "live" });
    const { page } = run;
    const chart = page.getByRole("slider", { name: /^loss by step/ });
    await chart.waitFor();
    await page.getByText("epoch 3/10").waitFor();
    const badge = page.getByRole("status").filter({ hasText: "live" });
    assert.equal(await badge.getAttribute("title"), "running", "the word of the editor's lists");
    const line = page.locator(".chart").first().locator("svg.lines path").last();
    const before = await line.getAttribute("d");
    for (let step = 310; step <= 600; step += 10) {
      await page.evaluate((to) => window.harness.advance(to), step);
    }
    await page.getByText("epoch 5/10").waitFor();
    await page
      .locator(".legend .number", { hasText: /^0\.\d+$/ })
      .first()
      .waitFor();
    const last = await page.evaluate(() => document.querySelector("table td")?.getAttribute("title"));
    await page.waitForFunction(
      (old) => document.querySelector(".chart svg.lines path:last-of-type")?.getAttribute("d") !== old,
      before,
    );
    assert.equal(last, exactValue(metricsAt(600)[0].values[599]), "the table shows the newest value exactly");
    assert.equal(await page.getByRole("progressbar").getAttribute("aria-valuenow"), "48");
    await run.screenshot("run-live-dark");
    const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
    console.log(`      first contentful paint after ${paint?.toFixed(0)} ms`);
  });

  it("reads exact numbers at the crosshair, by mouse and by keyboard", async () => {
    const run = await open({ scenario: "finished" });
    const { page } = run;
    const chart = page.getByRole("slider", { name: /^loss by step/ });
    await chart.hover({ position: { x: 300, y: 100 } });
    const tip = page.locator(".tip").first();
    await tip.waitFor();
    assert.match((await tip.textContent()) ?? "", /step \d+/);
    await run.screenshot("run-crosshair-dark");
    await page.mouse.move(5, 5);
    await chart.focus();
    await page.keyboard.press("Home");
    await page.waitForFunction(() => document.querySelector(".field")?.ariaValueNow === "1");
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => document.querySelector(".field")?.ariaValueNow === "3");
    const exact = exactValue(metricsAt(1250, 4)[0].values[2]);
    assert.ok(
      (await tip.textContent())?.includes(exact),
      "the exact value of step 3: a pixel holds more than one step",
    );
  });

  it("zooms at the pointer, pans, resets, and remembers across a reload", async () => {
    const run = await open({ scenario: "finished" });
    const { page } = run;
    const chart = page.getByRole("slider", { name: /^loss by step/ });
    await chart.hover({ position: { x: 200, y: 100 } });
    await page.mouse.wheel(0, -400);
    await page.waitForFunction(
      () => (window.harness.state() as { domain?: number[] } | undefined)?.domain !== undefined,
    );
    const zoomed = (await page.evaluate(() => window.harness.state())) as { domain: [number, number] };
    assert.ok(zoomed.domain[0] > 1 && zoomed.domain[1] < 1250);
    const again = await open({ scenario: "finished", state: zoomed });
    await again.page.getByRole("slider", { name: /^loss by step/ }).focus();
    await again.page.keyboard.press("Home");
    await again.page.waitForFunction(
      (low) => Math.abs(Number(document.querySelector(".field")?.ariaValueMin) - low) < 1e-6,
      zoomed.domain[0],
    );
    await page.mouse.down();
    await page.mouse.move(300, 250, { steps: 4 });
    await page.mouse.up();
    await page.waitForFunction(
      (low) => ((window.harness.state() as { domain?: number[] }).domain?.[0] ?? low) < low,
      zoomed.domain[0],
    );
    await chart.dblclick({ position: { x: 200, y: 100 } });
    await page.waitForFunction(() => (window.harness.state() as { domain?: number[] }).domain === undefined);
  });

  it("turns to a log scale and back to what was logged", async () => {
    const run = await open({ scenario: "finished" });
    const { page } = run;
    const chart = page.locator(".chart").first();
    await chart.locator(".axis.grid text", { hasText: /^4$/ }).waitFor();
    await page.getByRole("checkbox", { name: "Log scale" }).click();
    await chart.locator(".axis.grid text", { hasText: /^0\.1$/ }).waitFor();
    await page.waitForFunction(() => (window.harness.state() as { log?: boolean } | undefined)?.log === true);
    const lines = (): Promise<number> => chart.locator("svg.lines path").count();
    await page.getByRole("slider", { name: "Smoothing" }).press("Home");
    await page.waitForFunction(() => document.querySelectorAll(".chart:first-child svg.lines path").length === 2);
    assert.equal(await lines(), 2, "one line per metric");
    await run.screenshot("run-log-dark");
  });

  it("draws nothing while hidden, and all of it when shown again", async () => {
    const { page } = await open({ scenario: "live" });
    await page.getByText("50/125").waitFor();
    const hide = (hidden: boolean) =>
      page.evaluate((value) => {
        Object.defineProperty(document, "hidden", { value, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await hide(true);
    await page.evaluate(() => window.harness.advance(320));
    const frames = () =>
      page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await frames();
    assert.ok(await page.getByText("50/125").isVisible());
    await hide(false);
    await page.getByText("70/125").waitFor();
  });

  it("overlays other runs of the same program", async () => {
    const run = await open({ scenario: "live" });
    const { page } = run;
    await page.getByRole("checkbox", { name: /09:11:53 finished/ }).click();
    await page.locator(".legend").first().locator("li").nth(3).waitFor();
    assert.deepEqual(await page.locator(".legend").first().locator(".name").allTextContents(), [
      "loss · 09:26",
      "loss · 09:11",
      "testLoss · 09:26",
      "testLoss · 09:11",
    ]);
    await run.screenshot("run-overlay-dark");
  });

  it("stops a live run", async () => {
    const run = await open({ scenario: "live" });
    await run.page.getByRole("button", { name: "Stop" }).click();
    await run.page.waitForFunction(() => window.harness.asked.some(({ name }) => name === "run.stop"));
    assert.deepEqual(await asked(run, "run.stop"), [{ run: "20250314-092653-mnist-train" }]);
    await run.page.evaluate(() => {
      const run = { ...window.harness.summary(), state: "stopping" as RunState };
      window.harness.tell("run.changed", { run });
    });
    await run.page.getByRole("button", { name: "Stopping" }).waitFor();
  });

  it("says so when a stop fails, and goes on", async () => {
    const run = await open({ scenario: "stopFails" });
    await run.page.getByRole("button", { name: "Stop" }).click();
    await run.page.getByText("run.stop: the process does not answer").waitFor();
    assert.equal(await run.page.evaluate(() => window.harness.errors.length), 1);
  });

  it("shows why a run failed, and opens the line", async () => {
    const run = await open({ scenario: "failed" });
    const { page } = run;
    await page.getByText("linear: expected input of 320 features, got 400").first().waitFor();
    await page.getByText("last operation").waitFor();
    await page.getByRole("button", { name: "mnist.ts:27" }).click();
    await page.getByRole("button", { name: "mnist.ts:26" }).click({ modifiers: ["Alt"] });
    await page.waitForFunction(() => window.harness.asked.filter(({ name }) => name === "source.open").length === 2);
    assert.deepEqual(await asked(run, "source.open"), [
      { at: { file: "/home/ada/digits/mnist.ts", line: 27, column: 17 }, peek: false },
      { at: { file: "/home/ada/digits/mnist.ts", line: 26 }, peek: true },
    ]);
    await run.screenshot("run-failed-dark");
    await page.getByRole("button", { name: "Run again" }).click();
    await page.waitForFunction(() => window.harness.asked.some(({ name }) => name === "run.again"));
  });

  it("shows where a killed process was last seen", async () => {
    const { page } = await open({ scenario: "killed" });
    await page.getByText("The process was killed (SIGKILL)").waitFor();
    await page.getByText("conv2d in Net.conv1, step 312 (backward): it did not return").waitFor();
  });

  it("marks where the loss stopped being a number", async () => {
    const run = await open({ scenario: "nan" });
    await run.page.getByText("NaN at 412").waitFor();
    await run.screenshot("run-nan-dark");
  });

  it("is never blank: empty, loading, waiting and errors are pages of their own", async () => {
    const empty = await open({ scenario: "noRuns" });
    await empty.page.getByText("No run yet").waitFor();
    await empty.page.getByRole("button", { name: "Open the example" }).click();
    await empty.page.waitForFunction(() => window.harness.asked.some(({ name }) => name === "command.run"));
    assert.deepEqual(await asked(empty, "command.run"), [{ command: "gradtape.openExample" }]);
    await empty.page.evaluate(() => window.harness.tell("run.changed", { run: window.harness.summary() }));
    await empty.page.waitForFunction(() => window.harness.asked.some(({ name }) => name === "runs.open"));

    const loading = await open({ scenario: "opening" });
    await loading.page.getByText("Reading mnist.ts › train.").waitFor();
    const waiting = await open({ scenario: "starting" });
    await waiting.page.getByText("The curves appear here").waitFor();
    const silent = await open({ scenario: "noMetrics" });
    await silent.page.getByText("This run logged no metrics").waitFor();
    const listing = await open({ scenario: "listFails" });
    await listing.page.getByText("cannot be read (EACCES)").waitFor();
    const opening = await open({ scenario: "openFails" });
    await opening.page.getByText("events.bin: expected GTEVT001, got another file").waitFor();
    await opening.page.getByRole("button", { name: "Try again" }).click();
    await opening.page.waitForFunction(
      () => window.harness.asked.filter(({ name }) => name === "runs.list").length === 2,
    );
  });

  it("shows the run it is told to, and leaves one that was removed", async () => {
    const { page } = await open({ scenario: "finished" });
    await page.locator(".status", { hasText: "20250314-091207" }).waitFor();
    await page.evaluate(() => window.harness.tell("run.show", { run: "20250314-085541-mnist-train" }));
    await page.locator(".status", { hasText: "20250314-085541" }).waitFor();
    await page.getByRole("combobox", { name: "Run" }).click();
    await page.getByRole("option", { name: /09:11:53/ }).click();
    await page.locator(".status", { hasText: "20250314-091207" }).waitFor();
  });

  it("draws a million points within a frame", async () => {
    const run = await open({ scenario: "million" });
    const { page } = run;
    const chart = page.getByRole("slider", { name: /^loss by step/ });
    await chart.hover({ position: { x: 300, y: 100 } });
    await page.locator(".tip").first().waitFor();
    assert.ok(await page.locator("canvas.lines").first().isVisible(), "on a canvas");
    const times = await frameTimes(page, async () => {
      for (let at = 0; at < 30; at++) {
        await page.mouse.move(300 + at * 10, 400);
        await page.mouse.wheel(0, at < 15 ? -120 : 120);
      }
    });
    console.log(`      million points, zooming: ${times.text}`);
    assert.ok(times.work < 100, `a frame's own work took ${times.work} ms`);
    await run.screenshot("run-million-dark");
  });

  for (const theme of ["light", "highContrast", "highContrastLight"] as const) {
    it(`looks well in ${theme}, wide and narrow`, async () => {
      for (const [name, width] of [
        ["", 1200],
        ["-narrow", 300],
      ] as const) {
        const run = await open({ scenario: "live", theme, width, height: 900 });
        await run.page.getByText("epoch 3/10").waitFor();
        await run.page.locator(".chart").first().locator("svg.lines path").first().waitFor();
        const overflow = await run.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, "nothing sticks out");
        await run.screenshot(`run-live-${theme}${name}`);
      }
    });
  }

  it("follows a change of theme", async () => {
    const { page } = await open({ scenario: "live" });
    const path = page.locator(".chart").first().locator("svg.lines path").last();
    await path.waitFor();
    assert.equal(await path.getAttribute("stroke"), "#d18616");
    await page.evaluate(() => (window as unknown as { setTheme: (name: string) => void }).setTheme("highContrast"));
    await page.waitForFunction(
      () => document.querySelector(".chart svg.lines path:last-of-type")?.getAttribute("stroke") === "#ab5a00",
    );
  });
});
