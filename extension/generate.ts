// Writes the tables of contributions.ts into package.json; with --check it only tells whether that was necessary.
//   node --import ./build/typescript.mjs extension/generate.ts [--check]
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { generatedManifest } from "./manifest.js";

const file = fileURLToPath(new URL("../package.json", import.meta.url));
const before = readFileSync(file, "utf8");
const manifest = { ...(JSON.parse(before) as Record<string, unknown>), ...generatedManifest() };
const after = await format(JSON.stringify(manifest), { ...(await resolveConfig(file)), filepath: file });

if (before === after) console.log("package.json: contributions are up to date");
else if (process.argv.includes("--check")) {
  console.error("package.json: contributions are out of date. Run: npm run generate");
  process.exitCode = 1;
} else {
  writeFileSync(file, after);
  console.log("package.json: contributions written");
}
