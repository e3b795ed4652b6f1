// Writes values/<op>.json: values and gradients of every sample by PyTorch, a line per sample. Run it after adding
// samples, with a Python that has torch (one pinned version, see ops.py), for all operations or for those named:
//   node --import ./build/typescript.mjs test/golden/ops/write.ts PYTHON [OP…]
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sampledOps, valuesOf } from "../../engine/samples.js";

const [, , python = "python3", ...names] = process.argv;
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const ops = [...sampledOps()].filter(([name]) => names.length === 0 || names.includes(name));
const unknown = names.filter((name) => !ops.some(([own]) => own === name));
if (unknown.length > 0) throw new Error(`no samples of ${unknown.join(", ")}`);

const cases = ops.flatMap(([name, { op }]) =>
  op.samples.map((sample) => ({ name, torch: sample.torch ?? op.torch, inputs: sample.in.map(valuesOf) })),
);
// JSON has no NaN, infinities and -0: they travel as strings.
const input = JSON.stringify(cases, (_, v: unknown) =>
  typeof v === "number" && (!Number.isFinite(v) || Object.is(v, -0)) ? (Object.is(v, -0) ? "-0.0" : String(v)) : v,
);
const output = execFileSync(python, [here("ops.py")], { input, encoding: "utf8", maxBuffer: 1 << 28 });
const results = JSON.parse(output) as unknown[];
mkdirSync(here("values"), { recursive: true });
for (const [name] of ops) {
  const lines = results.filter((_, i) => cases[i].name === name).map((result) => JSON.stringify(result));
  writeFileSync(here(`values/${name}.json`), `[\n${lines.join(",\n")}\n]\n`);
}
process.stdout.write(`${cases.length} samples of ${ops.length} operations written\n`);
