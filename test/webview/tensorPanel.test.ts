// Journeys through the tensor inspector, in a real browser, against the real protocol.
import assert from "node:assert/strict";
import { exactNumber } from "../../webview/lib/format.js";
import { startPanelBrowser, type OpenPage, type Opening, type PanelBrowser } from "./browser.js";
import { activations, hugeValue } from "./fakeTensors.js";
import { frameTimes } from "./frameTimes.js";

describe("Tensor inspector", function () {
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
    const one = await browser.open({ ...opening, panel: "tensor" });
    opened.push(one);
    return one;
  };
  const cell = ({ page }: OpenPage, row: number, column: number) =>
    page.locator(`.row[data-row="${row}"] .cell[data-column="${column}"]`);
  const place = ({ page }: OpenPage, text: string) => page.locator(".status", { hasText: text }).waitFor();
  const served = (index: readonly number[], rowAxis: number, columnAxis: number) =>
    activations().page({
      tensor: activations().ref,
      rowAxis,
      columnAxis,
      index,
      rowStart: 0,
      rowCount: 24,
      columnStart: 0,
      columnCount: 24,
    });

  it("answers what is in the tensor: every value in view is the one that is there", async () => {
    const tensor = await open({ scenario: "tensor" });
    const { page } = tensor;
    await cell(tensor, 0, 0).and(page.locator("[title]:not([title=''])")).waitFor();
    for (const text of ["conv1 output", "f32", "[64, 10, 24, 24]", "cpu", "grad (conv2d)", "1.41 MiB", "live"]) {
      await page.locator(".header").getByText(text, { exact: true }).waitFor();
    }
    const { values, columns } = served([0, 0, 0, 0], 2, 3);
    const titles = await page
      .locator(".cell")
      .evaluateAll((all) => all.map((one) => [(one as HTMLElement).title, one.textContent] as const));
    assert.ok(titles.length > 200);
    for (const [title, text] of titles) {
      const [, row, column, exact] = /^\[0, 0, (\d+), (\d+)\] = (.+)$/.exec(title) ?? [];
      const value = values[Number(row) * columns + Number(column)];
      assert.equal(exact, exactNumber(value, "float32"));
      const shown = Number(text?.replace("\u2212", "-"));
      assert.ok(Math.abs(shown - value) <= Math.abs(value) * 5e-3, `${text} for ${value}`);
    }
    await page.locator(".statistics", { hasText: "368,640" }).waitFor();
    await tensor.screenshot("tensor-values-dark");
  });

  it("slices any axis by slider, number and choice of axes", async () => {
    const tensor = await open({ scenario: "tensor" });
    const { page } = tensor;
    await page.getByRole("spinbutton", { name: "Index along axis 0" }).fill("40");
    await page.getByRole("slider", { name: "Index along axis 1" }).press("End");
    await page.getByText("[40, 9, :, :]", { exact: true }).waitFor();
    await page.getByRole("combobox", { name: "Axis of the rows" }).press("ArrowUp");
    await page.getByText("[40, :, 0, :]", { exact: true }).waitFor();
    const { values } = served([40, 0, 0, 0], 1, 3);
    const exact = exactNumber(values[9 * 24 + 4], "float32");
    await page.locator(`.cell[title="[40, 9, 0, 4] = ${exact}"]`).waitFor();
    assert.equal(await page.getByRole("grid").getAttribute("aria-rowcount"), "10");
    const again = await open({ scenario: "tensor", state: await page.evaluate(() => window.harness.state()) });
    await again.page.getByText("[40, :, 0, :]", { exact: true }).waitFor();
  });

  it("moves by keyboard and copies a selection", async () => {
    const tensor = await open({ scenario: "tensor" });
    const { page } = tensor;
    await page.getByRole("grid").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await place(tensor, "[0, 0, 1, 1] = ");
    await page.keyboard.press("Control+End");
    await place(tensor, "[0, 0, 23, 23] = ");
    assert.ok(await cell(tensor, 23, 23).isVisible());
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Shift+ArrowDown");
    await place(tensor, "[0, 0, 0–1, 0–1] · 4 values");
    await page.keyboard.press("Control+c");
    await place(tensor, "Copied 4 values.");
    const { values } = served([0, 0, 0, 0], 2, 3);
    const expected = [0, 1].map((row) =>
      [0, 1].map((column) => exactNumber(values[row * 24 + column], "float32")).join("\t"),
    );
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), expected.join("\n"));
    const active = await page.getByRole("grid").getAttribute("aria-activedescendant");
    assert.equal(
      await page.locator(`#${active}`).getAttribute("title"),
      await cell(tensor, 1, 1).getAttribute("title"),
    );
  });

  it("draws the picture, with stripes for NaN", async () => {
    const tensor = await open({ scenario: "broken" });
    const { page } = tensor;
    await page.getByRole("tab", { name: "Heatmap" }).click();
    const colours = await page
      .waitForFunction(() => {
        const canvas = document.querySelector<HTMLCanvasElement>(".heatmap canvas");
        const copy = Object.assign(document.createElement("canvas"), { width: canvas?.width, height: canvas?.height });
        const pen = copy.getContext("2d", { willReadFrequently: true });
        if (!canvas || !pen || canvas.width < 100) return undefined;
        pen.drawImage(canvas, 0, 0);
        const data = new Uint32Array(pen.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
        const seen = new Set(data);
        return seen.size > 100 ? seen.size : undefined;
      })
      .then((handle) => handle.jsonValue());
    assert.ok((colours ?? 0) > 100, "not uniform");
    await page.locator(".rampLegend").getByText("NaN").waitFor();
    const field = page.locator(".heatmap .field");
    await field.focus();
    for (let step = 0; step < 5; step++) await page.keyboard.press("ArrowRight");
    await page.locator(".readout", { hasText: "[0, 5] = NaN" }).waitFor();
    await tensor.screenshot("tensor-heatmap-nan-dark");
    await page.getByRole("tab", { name: "Values" }).click();
    await place(tensor, "[0, 5] = NaN");
    assert.equal(await cell(tensor, 0, 5).textContent(), "NaN");
    assert.match((await cell(tensor, 2, 6).getAttribute("class")) ?? "", /positiveInfinity/);
  });

  it("turns to the gradient and back", async () => {
    const tensor = await open({ scenario: "tensor" });
    const { page } = tensor;
    await page.locator(".statistics", { hasText: "1.205" }).waitFor();
    await page.getByRole("combobox", { name: "Value or gradient" }).click();
    await page.getByRole("option", { name: "Gradient" }).click();
    await page.locator(".statistics", { hasText: /9\.\d+e-5/ }).waitFor();
    await page.locator(".cell[title*='e-5'], .cell[title*='0.0000']").first().waitFor();
    const ids = await page.evaluate(() =>
      window.harness.asked.flatMap(({ name, ask }) =>
        name === "tensor.page" ? [(ask as { tensor: { id: number } }).tensor.id] : [],
      ),
    );
    assert.ok(ids.includes(11) && ids.includes(12));
  });

  it("follows the subject from stop to stop, and says when it is frozen", async () => {
    const tensor = await open({ scenario: "tensor" });
    const { page } = tensor;
    await page.getByRole("spinbutton", { name: "Index along axis 0" }).fill("7");
    await page.getByText("[7, 0, :, :]", { exact: true }).waitFor();
    await page.evaluate(() => window.harness.subject("conv1 output", 12, false));
    await page.locator(".header").getByText("frozen", { exact: true }).waitFor();
    await page.getByText("[7, 0, :, :]", { exact: true }).waitFor();
    await page.evaluate(() =>
      window.harness.tell("tensor.subject", { subject: { kind: "none", reason: "The run ended." } }),
    );
    await page.getByText("No tensor to show").waitFor();
    await page.getByText("The run ended.").waitFor();
  });

  it("shows vectors, scalars and empty tensors sensibly", async () => {
    const vector = await open({ scenario: "vector" });
    await vector.page.locator(".cell[title^='[0] = ']").waitFor();
    assert.equal(await vector.page.getByRole("grid").getAttribute("aria-colcount"), "1");
    await vector.screenshot("tensor-vector-dark");
    const scalar = await open({ scenario: "scalar" });
    await scalar.page.locator("output", { hasText: "0.07215" }).waitFor();
    const empty = await open({ scenario: "emptyTensor" });
    await empty.page.getByText("This tensor has no elements.").waitFor();
    const labels = await open({ scenario: "labels" });
    await labels.page.locator(".cell[title^='[3] = ']").waitFor();
    assert.match((await cell(labels, 3, 0).textContent()) ?? "", /^\d$/);
  });

  it("says what went wrong and tries again", async () => {
    const tensor = await open({ scenario: "pageFails" });
    const { page } = tensor;
    await page.getByText("the process went on and its values are gone").waitFor();
    const before = await page.evaluate(() => window.harness.asked.filter(({ name }) => name === "tensor.page").length);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.waitForFunction(
      (count) => window.harness.asked.filter(({ name }) => name === "tensor.page").length > count,
      before,
    );
    const none = await open({ scenario: "noTensor" });
    await none.page.getByRole("button", { name: "Inspect tensor" }).click();
    await none.page.waitForFunction(() => window.harness.asked.some(({ name }) => name === "command.run"));
  });

  it("scrolls ten thousand by ten thousand values within a frame, to the last one", async () => {
    const tensor = await open({ scenario: "huge" });
    const { page } = tensor;
    await page.locator(".cell[title^='[0, 0] = ']").waitFor();
    await page.getByRole("grid").hover();
    const times = await frameTimes(page, async () => {
      for (let at = 0; at < 40; at++) await page.mouse.wheel(at % 2 ? 300 : 0, 700);
    });
    console.log(`      10,000 x 10,000, scrolling: ${times.text}`);
    assert.ok(times.work < 100, `a frame's own work took ${times.work} ms`);
    assert.ok((await page.locator(".cell").count()) < 2500, "only what is in view exists");
    await page.getByRole("grid").focus();
    await page.keyboard.press("Control+End");
    await page.locator(`.cell[title="[9999, 9999] = ${hugeValue(9999, 9999)}"]`).waitFor();
    await page.keyboard.press("PageUp");
    await page.keyboard.press("Home");
    await place(tensor, ", 0] = ");
    const seen = await page
      .locator(".cell:not(.waiting)")
      .evaluateAll((all) => all.map((one) => (one as HTMLElement).title));
    for (const title of seen) {
      const [, row, column, value] = /^\[(\d+), (\d+)\] = (.+)$/.exec(title) ?? [];
      assert.equal(Number(value), hugeValue(Number(row), Number(column)));
    }
    await page.keyboard.press("Control+End");
    await page.keyboard.press("Control+Shift+Home");
    await page.keyboard.press("Control+c");
    await page.getByText("Copy at most 1,000,000 values at once").waitFor();
    await tensor.screenshot("tensor-huge-dark");
  });

  for (const theme of ["light", "highContrast", "highContrastLight"] as const) {
    it(`looks well in ${theme}, wide and narrow`, async () => {
      for (const [name, width] of [
        ["", 1200],
        ["-narrow", 300],
      ] as const) {
        const tensor = await open({ scenario: "tensor", theme, width, height: 900 });
        await tensor.page.locator(".cell[title^='[0, 0, 0, 0] = ']").waitFor();
        await tensor.page.locator(".statistics", { hasText: "368,640" }).waitFor();
        const overflow = await tensor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, "nothing sticks out");
        await tensor.screenshot(`tensor-values-${theme}${name}`);
        await tensor.page.getByRole("tab", { name: "Heatmap" }).click();
        await tensor.page.locator(".readout", { hasText: "[0, 0, 0, 0] = " }).waitFor();
        await tensor.screenshot(`tensor-heatmap-${theme}${name}`);
      }
    });
  }
});

describe("Skeleton panel", function () {
  this.timeout(60_000);
  it("lists runs, as the folder to copy", async () => {
    const browser = await startPanelBrowser();
    try {
      const { page, complaints } = await browser.open({ panel: "skeleton", scenario: "live" });
      await page.getByText("3 runs").waitFor();
      assert.equal(await page.getByRole("button", { name: "mnist.ts › train" }).count(), 3);
      assert.deepEqual(complaints, []);
    } finally {
      await browser.close();
    }
  });
});
