// Writes what is generated: the tables of contributions.ts into package.json, and docs/ops.md from the operations'
// declarations; with --check it only tells whether that was necessary.
//   node --import ./build/typescript.mjs extension/generate.ts [--check]
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { generatedManifest } from "./manifest.js";
import { opsPage } from "./opsPage.js";

const checks = process.argv.includes("--check");
const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

async function write(name: string, text: string): Promise<void> {
  const file = path(name);
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const after = await format(text, { ...(await resolveConfig(file)), filepath: file });
  if (before === after) console.log(`${name} is up to date`);
  else if (checks) {
    console.error(`${name} is out of date. Run: npm run generate`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, after);
    console.log(`${name} written`);
  }
}

const manifest = JSON.parse(readFileSync(path("package.json"), "utf8")) as Record<string, unknown>;
await write("package.json", JSON.stringify({ ...manifest, ...generatedManifest() }));

const { page, undocumented } = opsPage();
await write("docs/ops.md", page);
if (undocumented.length > 0) {
  console.error(`operations without documentation:\n  ${undocumented.join("\n  ")}`);
  process.exitCode = 1;
}
