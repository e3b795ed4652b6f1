// The command line: help, options, and every way of using it wrongly: one paragraph, exit code 1, no run left behind.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commandFile, gradtape, workspace, type Workspace } from "./program.js";

const program = `
import type { OptionSpec, Run } from "gradtape";
export const options = {
  epochs: { type: "int", default: 2, min: 1, help: "number of epochs" },
  lr: { type: "float", default: 0.01, help: "learning rate" },
  noCuda: { type: "bool", help: "stay on the CPU" },
  shuffle: { type: "bool", default: true },
  optimiser: { type: "choice", choices: ["sgd", "adam"] as const, default: "sgd" },
  dataFolder: { type: "path" },
  resume: { type: "checkpoint", help: "go on from a checkpoint" },
} satisfies OptionSpec;
export function train(run: Run<typeof options>) {
  console.log(JSON.stringify(run.options));
}
`;

describe("gradtape on the command line", function () {
  this.timeout(60_000);
  let at: Workspace;
  before(async () => {
    await commandFile();
    at = workspace({ "train.ts": program, "lib/index.ts": "export const one = 1;" });
  });
  after(() => at.remove());

  const optionsOf = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await gradtape(at, ["train", "train.ts", ...args]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout.split("\n")[0]) as Record<string, unknown>;
  };

  it("shows help and version", async () => {
    const help = await gradtape(at, ["--help"]);
    assert.equal(help.code, 0);
    for (const command of ["train", "test", "run", "runs", "doctor"])
      assert.match(help.stdout, new RegExp(`^  ${command} `, "m"));
    const version = await gradtape(at, ["--version"]);
    const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    assert.equal(version.stdout.trim(), manifest.version);
  });

  it("shows a program's own options", async () => {
    const { code, stdout } = await gradtape(at, ["train", "train.ts", "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, /--epochs <int> +number of epochs \(1 or more, default: 2\)/);
    assert.match(stdout, /--no-cuda +stay on the CPU/);
    assert.match(stdout, /--no-shuffle/);
    assert.match(stdout, /--optimiser <sgd\|adam> +\(default: sgd\)/);
    assert.match(stdout, /--resume \[file\] +go on from a checkpoint/);
    assert.equal(stdout.match(/--resume/g)?.length, 1, "the program's own --resume replaces the built-in one");
    assert.deepEqual(at.runFolders(), [], "help makes no run");
  });

  it("gives typed values and defaults", async () => {
    assert.deepEqual(await optionsOf(), {
      epochs: 2,
      lr: 0.01,
      noCuda: false,
      shuffle: true,
      optimiser: "sgd",
      resume: false,
    });
    const given = await optionsOf(
      ...["--epochs", "3", "--lr=-1e-3", "--no-cuda", "--no-shuffle", "--optimiser", "adam", "--data-folder", "x"],
    );
    assert.deepEqual(given, {
      epochs: 3,
      lr: -1e-3,
      noCuda: true,
      shuffle: false,
      optimiser: "adam",
      dataFolder: join(at.folder, "x"),
      resume: false,
    });
  });

  it("takes values as JSON, which flags go before", async () => {
    const json = JSON.stringify({ epochs: 5, noCuda: true, lr: 0.5 });
    const given = await optionsOf("--options", json, "--lr", "0.25", "--cuda");
    assert.deepEqual([given.epochs, given.noCuda, given.lr], [5, false, 0.25]);
  });

  const wrong: readonly (readonly [what: string, args: readonly string[], message: RegExp])[] = [
    ["an unknown command", ["trian", "train.ts"], /^error: gradtape: unknown command 'trian' \(Did you mean train\?\)/],
    ["no file", ["train"], /^error: gradtape: missing required argument 'file'/],
    ["a file that is not there", ["train", "trian.ts"], /^error: run: expected a program, got no file trian\.ts$/m],
    ["a file without its ending", ["train", "train"], /did you mean train\.ts\?/],
    [
      "a file that is no program",
      ["run", "notes.txt"],
      /^error: run: expected a \.ts, \.js, \.mts, \.mjs, .* program, got notes\.txt$/m,
    ],
    ["another language", ["train", "foo.py"], /^error: run: expected a \.ts, .* program, got foo\.py$/m],
    ["a folder", ["run", "lib"], /^error: run: expected a program, got the folder lib$/m],
    ["an unknown option", ["train", "train.ts", "--epoch", "3"], /unknown option --epoch; did you mean --epochs\?/],
    ["a wrong type", ["train", "train.ts", "--epochs", "x"], /--epochs: expected a whole number of 1 or more, got "x"/],
    [
      "an export that is not there",
      ["test", "train.ts"],
      /expected train\.ts to export a function test, got one that exports options, train/,
    ],
    ["resuming from nothing", ["train", "train.ts", "--resume", "no.safetensors"], /no file at .*no\.safetensors/],
  ];
  for (const [what, args, message] of wrong) {
    it(`refuses ${what}`, async () => {
      const fresh = workspace({
        "train.ts": program.replace("console.log", "run.checkpoint({ values: [] }); console.log"),
        "lib/index.ts": "",
        "notes.txt": "",
        "foo.py": "",
      });
      try {
        const { code, stdout, stderr } = await gradtape(fresh, args);
        assert.match(stderr, message);
        assert.equal(code, 1);
        assert.equal(stdout, "");
        assert.equal(stderr.trimEnd().split("\n").length, 1, `one paragraph:\n${stderr}`);
        if (what !== "resuming from nothing") assert.deepEqual(fresh.runFolders(), [], "a slip leaves no run");
      } finally {
        fresh.remove();
      }
    });
  }

  it("says how to run a file that only exports what another command runs", async () => {
    const ended = await gradtape(at, ["run", "train.ts"]);
    assert.deepEqual(
      [ended.code, ended.stdout, ended.stderr],
      [0, "", "train.ts exports train; `gradtape train train.ts` runs it\n"],
    );
    at.write("own.ts", `export function train() {}\nconsole.log("at work");`);
    const own = await gradtape(at, ["run", "own.ts"]);
    assert.deepEqual([own.stdout, own.stderr], ["at work\n", ""], "it does something itself");
    const lib = await gradtape(at, ["run", "lib/index.ts"]);
    assert.deepEqual([lib.code, lib.stdout, lib.stderr], [0, "", ""]);
  });

  it("refuses a table of options that is none", async () => {
    at.write("bad.ts", `export const options = { a: { type: "integer" } }; export function train() {}`);
    const { code, stderr } = await gradtape(at, ["train", "bad.ts"]);
    assert.equal(code, 1);
    assert.match(stderr, /options\.a: expected a type of int, float, .*, got "integer"/);
  });

  it("lists runs", async () => {
    const empty = workspace();
    try {
      assert.match((await gradtape(empty, ["runs"])).stdout, /^no runs in \.gradtape\/runs yet/);
      assert.equal(existsSync(empty.runs), false, "looking makes nothing");
    } finally {
      empty.remove();
    }
    const { stdout } = await gradtape(at, ["runs"]);
    assert.match(stdout, /^finished +train\.ts › train/m);
    at.write(
      "loops.ts",
      `export function train(run) {
  for (let epoch = 1; epoch <= 2; epoch++) {
    for (const n of run.track([1, 2, 4], { epoch, epochs: 2 })) run.log({ loss: 1 / n });
    for (const n of run.track([1, 2, 3, 4, 5], { phase: "test" }));
    run.log({ accuracy: 0.75 });
  }
}`,
    );
    await gradtape(at, ["train", "loops.ts"]);
    const again = (await gradtape(at, ["runs"])).stdout;
    assert.match(again, /^finished +loops\.ts › train +epoch 2\/2 {2,}loss 0\.2500 accuracy 0\.7500 /m);
  });
});
