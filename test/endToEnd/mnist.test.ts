// The MNIST example from the terminal, as the README runs it: accuracy, checkpoints, equal runs, resume, `gradtape test`.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "../../engine/index.js";
import { metricsOf } from "../../engine/runs/index.js";

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const example = path("examples/mnist.ts");

describe("the MNIST example", function () {
  this.timeout(300_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "gradtape-mnist-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const gradtape = (...args: readonly string[]) =>
    spawnSync(process.execPath, [path("dist/engine/cli.js"), ...args], { cwd: folder, encoding: "utf8" });
  const runs = (): string[] => {
    const root = join(folder, ".gradtape", "runs");
    return readdirSync(root)
      .filter((name) => /^\d/.test(name))
      .sort()
      .map((name) => join(root, name));
  };
  const checkpointsOf = (run: string): string[] =>
    readdirSync(join(run, "checkpoints")).map((name) => join(run, "checkpoints", name));
  const accuracyIn = (text: string): number => Number(/accuracy: ([\d.]+) %/.exec(text)?.[1]);

  it("reaches 94 % on the embedded digits with the article's defaults, and `test` finds the same", () => {
    const trained = gradtape("train", example);
    assert.equal(trained.status, 0, trained.stderr);
    const accuracy = accuracyIn(trained.stdout);
    assert.ok(accuracy >= 94, trained.stdout);
    const [run] = runs();
    assert.equal(checkpointsOf(run).length, 3);
    const record = JSON.parse(readFileSync(join(run, "run.json"), "utf8")) as {
      state: string;
      seed: number;
      options: object;
    };
    assert.deepEqual([record.state, record.seed], ["finished", 1]);
    const tested = gradtape("test", example);
    assert.equal(tested.status, 0, tested.stderr);
    assert.equal(accuracyIn(tested.stdout), accuracy);
  });

  it("is bit-equal for two runs, and for one that was interrupted and resumed", () => {
    assert.equal(gradtape("train", example, "--epochs", "2").status, 0);
    assert.equal(gradtape("train", example, "--epochs", "2").status, 0);
    const [first, second] = runs().map(finalState);
    assert.equal(first, second);

    // One epoch, then the second as a resumed run.
    rmSync(join(folder, ".gradtape"), { recursive: true });
    assert.equal(gradtape("train", example, "--epochs", "1").status, 0);
    const resumed = gradtape("train", example, "--epochs", "2", "--resume");
    assert.equal(resumed.status, 0, resumed.stderr);
    assert.equal(finalState(runs()[1]), first);
  });

  /** Weights, momentum and losses of the newest checkpoint, as text. */
  function finalState(run: string): string {
    const newest = checkpointsOf(run)
      .sort((a, b) => stepOf(a) - stepOf(b))
      .at(-1) as string;
    return JSON.stringify(load(newest), (_, value: unknown) => {
      if (typeof value === "object" && value !== null && "toTypedArray" in value) {
        return Array.from((value as { toTypedArray(): Float32Array }).toTypedArray());
      }
      return value;
    });
  }
  const stepOf = (file: string): number => Number(/(\d+)\.safetensors$/.exec(file)?.[1]);

  it("logs a loss for every step", () => {
    assert.equal(gradtape("train", example, "--epochs", "1").status, 0);
    const loss = metricsOf(runs()[0]).find(({ name }) => name === "loss");
    assert.equal(loss?.values.length, 125);
    assert.ok(Number(loss?.values.at(-1)) < Number(loss?.values[0]));
  });

  describe("with bad input", () => {
    const refusals: readonly (readonly [string, readonly string[], RegExp])[] = [
      ["an unknown option", ["--epohcs", "1"], /unknown option --epohcs; did you mean --epochs/],
      ["a value of the wrong type", ["--epochs", "many"], /--epochs: expected a whole number of 1 or more, got "many"/],
      ["a value out of range", ["--batch-size", "0"], /--batch-size: expected a whole number of 1 or more, got "?0"?/],
      ["a checkpoint that is not there", ["--resume", "gone.safetensors"], /gone\.safetensors/],
      ["nothing to resume from", ["--resume"], /checkpoint/],
    ];
    for (const [what, args, message] of refusals) {
      it(`refuses ${what} in one paragraph`, () => {
        const { status, stderr } = gradtape("train", example, ...args);
        assert.equal(status, 1, stderr);
        assert.match(stderr, message);
        assert.ok(stderr.trim().split("\n").length <= 3, stderr);
      });
    }

    it("refuses a corrupt checkpoint, and leaves it as it is", () => {
      assert.equal(gradtape("train", example, "--epochs", "1").status, 0);
      const [file] = checkpointsOf(runs()[0]);
      truncateSync(file, 5000);
      const { status, stderr } = gradtape("train", example, "--resume", file);
      assert.equal(status, 1);
      assert.match(stderr, /safetensors/);
      assert.equal(readFileSync(file).length, 5000);
    });

    it("lists what does not fit in a checkpoint of another net", () => {
      assert.equal(gradtape("train", example, "--epochs", "1").status, 0);
      const [file] = checkpointsOf(runs()[0]);
      const source = readFileSync(example, "utf8")
        .replace("fc1 = new nn.Linear(320, 50);", "fc1 = new nn.Linear(320, 60);")
        .replace("fc2 = new nn.Linear(50, 10);", "last = new nn.Linear(60, 10);")
        .replaceAll("this.fc2", "this.last")
        .replaceAll("model.fc2", "model.last");
      const other = join(folder, "other.ts");
      writeFileSync(other, source);
      const { status, stderr } = gradtape("train", other, "--resume", file);
      assert.equal(status, 1);
      assert.match(stderr, /missing keys: last\.weight, last\.bias; unexpected keys: fc2\.weight, fc2\.bias/);
      assert.match(stderr, /fc1\.weight: expected shape \[60, 320\], got \[50, 320\]/);
      assert.match(stderr, /other\.ts:\d+/);
    });

    it("says where shapes do not fit", () => {
      const other = join(folder, "other.ts");
      writeFileSync(other, readFileSync(example, "utf8").replace("x.view(-1, 320)", "x.view(-1, 640)"));
      const { status, stderr } = gradtape("train", other);
      assert.equal(status, 1);
      const line =
        readFileSync(other, "utf8")
          .split("\n")
          .findIndex((text) => text.includes("this.fc1.forward(x)")) + 1;
      assert.match(
        stderr,
        new RegExp(`other\\.ts:${line}:\\d+: linear: expected input with 320 features .* got \\[32, 640\\]`),
      );
      assert.ok(!existsSync(join(runs()[0], "checkpoints")) || checkpointsOf(runs()[0]).length === 0);
    });
  });
});
