// Writes ops.json: value and gradients of every sample by PyTorch. Run it after adding samples, with a Python that has
// torch (one pinned version, see ops.py):
//   node --import ./build/typescript.mjs test/golden/ops/write.ts PYTHON
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sampledOps, valuesOf } from "../../engine/samples.js";

const python = process.argv[2] ?? "python3";
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const cases = [...sampledOps()].flatMap(([name, { op }]) =>
  op.samples.map((sample, index) => ({
    name: `${name}/${index}`,
    torch: sample.torch ?? op.torch,
    inputs: sample.in.map(valuesOf),
  })),
);
// JSON has no NaN and infinities: they travel as strings.
const text = (value: unknown) => JSON.stringify(value, (_, v: unknown) => (typeof v === "number" && !Number.isFinite(v) ? String(v) : v));
const output = execFileSync(python, [here("ops.py")], { input: text(cases), encoding: "utf8", maxBuffer: 1 << 28 });
writeFileSync(here("ops.json"), output);
process.stdout.write(`${cases.length} samples written\n`);
