// A thousand damaged and hostile files per reader: each is read, or refused by an error of ours that names the file; no
// crash, no code run, and no more memory than the file's own size justifies.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { optim, randn, save } from "../../engine/index.js";
import type { Outcome } from "./programs/readMutated.js";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const goldenFiles = (kind: string, ...names: readonly string[]) =>
  names.map((name) => join(repository, "test/golden", kind, name));

describe("1,000 mutated files", function () {
  this.timeout(60_000); // a machine may be busy: each takes about two seconds
  let folder: string;
  before(() => (folder = fs.mkdtempSync(join(tmpdir(), "gradtape-mutated-"))));
  after(() => fs.rmSync(folder, { recursive: true }));

  /** Heap limits and refused code come from Node itself: what breaks them ends the child, which the parent sees. */
  function outcomeOf(reader: string, seeds: readonly string[]): Outcome {
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath,
      [
        "--max-old-space-size=64",
        "--disallow-code-generation-from-strings",
        "--import",
        "./build/typescript.mjs",
        "test/io/programs/readMutated.ts",
        reader,
        "1000",
        folder,
        ...seeds,
      ],
      { cwd: repository, encoding: "utf8" },
    );
    assert.equal(status, 0, `${signal ?? `exit ${status}`}\n${stderr.slice(-2000)}`);
    return JSON.parse(stdout) as Outcome;
  }

  function assertHarmless(outcome: Outcome, kinds: readonly string[]): void {
    assert.deepEqual(outcome.wrong, []);
    assert.deepEqual(outcome.pollution, []);
    assert.ok(outcome.excess <= 0, `${outcome.excess} bytes more than a file justifies`);
    assert.ok(outcome.rssGrowth < 64 * 2 ** 20, `${outcome.rssGrowth} bytes more in memory`);
    for (const kind of Object.keys(outcome.refused)) assert.ok(kinds.includes(kind), `refused by a ${kind}`);
    const refused = Object.values(outcome.refused).reduce((sum, n) => sum + n, 0);
    assert.equal(refused + outcome.read, 1000);
    // Some mutations hit data only, and most do not: otherwise this would test nothing.
    assert.ok(refused > 400 && outcome.read > 50, `${refused} refused, ${outcome.read} read`);
  }

  it("by readSafetensors", () => {
    const seeds = goldenFiles("safetensors", "numpy.safetensors", "shapes.safetensors", "names.safetensors");
    assertHarmless(outcomeOf("safetensors", seeds), ["SafetensorsError"]);
  });

  it("by load", () => {
    const model = { "fc.weight": randn([4, 3]), "fc.bias": randn([4]).requiresGrad_() };
    const optimiser = new optim.Adam([model["fc.bias"]]);
    model["fc.bias"].grad = randn([4]);
    optimiser.step();
    const rows = randn([3, 2]);
    const values = [
      { model, optimiser: optimiser.stateDict(), epoch: 3, losses: Array.from({ length: 40 }, (_, i) => 1 / (i + 1)) },
      { names: new Map<unknown, unknown>([["a", [1n, NaN, undefined]]]), when: new Date(0), ids: new Set([1, 2]) },
      { bytes: new Uint16Array([1, 2]), rows, first: rows.select(0, 0), turned: rows.t(), deep: [[[[{ $a: -0 }]]]] },
    ];
    const seeds = values.map((value, i) => {
      const file = join(folder, `seed${i}.safetensors`);
      save(value, file);
      return file;
    });
    assertHarmless(outcomeOf("load", seeds), ["SafetensorsError", "CheckpointError"]);
  });

  it("by loadNpy", () => {
    const seeds = goldenFiles(
      "npy",
      "float32.npy",
      "int64Fortran.npy",
      "bool.npy",
      "deepFortranBigEndian.npy",
      "version2.npy",
    );
    assertHarmless(outcomeOf("npy", seeds), ["NpyError"]);
  });
});
