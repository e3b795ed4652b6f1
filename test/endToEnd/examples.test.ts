// The examples, as a user runs them: each must really learn, in its defaults or a shorter version of them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { metricsOf } from "../../engine/runs/index.js";

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

describe("the examples learn", function () {
  this.timeout(300_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "gradtape-examples-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Trains an example; gives what it printed and its metrics by name. */
  function train(name: string, ...args: readonly string[]) {
    const command = [path("dist/engine/cli.js"), "train", path(`examples/${name}.ts`), ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const runs = join(folder, ".gradtape", "runs");
    const newest = readdirSync(runs)
      .filter((run) => /^\d/.test(run))
      .sort()
      .at(-1) as string;
    const points = metricsOf(join(runs, newest));
    const valuesOf = (metric: string): readonly number[] =>
      Array.from(points.find((m) => m.name === metric)?.values ?? []);
    return { stdout, valuesOf };
  }
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

  for (const style of ["functional", "layers"]) {
    it(`mnist in the style "${style}"`, () => {
      const { valuesOf } = train("mnist", "--style", style, "--epochs", "4");
      assert.ok(valuesOf("accuracy")[0] > 0.92, `${valuesOf("accuracy")[0]}`);
    });
  }

  it("mnist with two workers gives the same numbers as with none", () => {
    const alone = train("mnist", "--epochs", "1").valuesOf("loss");
    const beside = train("mnist", "--epochs", "1", "--workers", "2").valuesOf("loss");
    assert.deepEqual(beside, alone);
  });

  it("rnn-tbptt learns its text by heart", () => {
    const { stdout, valuesOf } = train("rnn-tbptt");
    const losses = valuesOf("loss");
    assert.ok(losses[0] > 3, `begins near ln(number of letters): ${losses[0]}`);
    assert.ok(mean(losses.slice(-20)) < 0.8, `${mean(losses.slice(-20))}`);
    assert.match(stdout, /the keeper (of|took|showed)/);
  });

  it("gan covers the spots", () => {
    const { valuesOf } = train("gan");
    assert.ok(valuesOf("hit")[0] > 0.7, `${valuesOf("hit")[0]}`);
    assert.ok(valuesOf("covered")[0] >= 6, `${valuesOf("covered")[0]}`);
  });

  it("a2c balances the pole", () => {
    const lengths = train("a2c").valuesOf("episodeLength");
    assert.ok(Math.max(...lengths.slice(-50)) > 150, `${lengths.at(-1)}`);
  });

  it("finetune gains by a new head, and again by tuning all", () => {
    const { valuesOf } = train("finetune");
    const [old, head, tuned] = ["old", "headOnly", "tuned"].map((name) => valuesOf(name)[0]);
    assert.ok(old > 0.96 && head > 0.8 && tuned > head, `${old} ${head} ${tuned}`);
  });
});
