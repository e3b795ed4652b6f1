import { startPanelBrowser } from "./browser.js";
const b = await startPanelBrowser();
for (const spec of process.argv.slice(2)) {
  const [panel, scenario, theme = "dark", width = "1200", height = "800", script] = spec.split(":");
  try {
    const o = await b.open({ panel, scenario, theme, width: +width, height: +height } as any);
    await o.page.waitForTimeout(700);
    if (script) await o.page.evaluate(script);
    if (script) await o.page.waitForTimeout(400);
    await o.page.screenshot({ path: `/tmp/shots/${panel}-${scenario}-${theme}-${width}.png` });
    console.log(spec, o.complaints, await o.page.evaluate(() => window.harness.errors));
    await o.page.context().close();
  } catch (e) {
    console.log(spec, e);
  }
}
await b.close();
