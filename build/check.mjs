// `npm run check`: types, lint and format, the quick part of `npm test`.
import { checks } from "./checks.mjs";
import { setup } from "./setup.mjs";
import { exitWith } from "./steps.mjs";

await exitWith(async () => {
  await setup({ only: "bundles" });
  let failed = 0;
  for (const { name, run } of checks) {
    const result = await run();
    console.log(
      `${result === true ? "✓" : result === false ? "✗" : "–"} ${name}${result === "skipped" ? " (skipped)" : ""}`,
    );
    if (result === false) failed++;
  }
  return failed === 0 ? 0 : 1;
});
