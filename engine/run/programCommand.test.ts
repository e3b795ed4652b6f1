import assert from "node:assert/strict";
import type { OptionSpec } from "./options.js";
import { programHelp, readArguments, recordedOptions } from "./programCommand.js";

const spec = {
  epochs: { type: "int", default: 2, min: 1, help: "number of epochs" },
  lr: { type: "float", default: 0.01 },
  noCuda: { type: "bool", help: "stay on the CPU" },
  shuffle: { type: "bool", default: true, help: "a new order in every epoch" },
  from: { type: "checkpoint" },
} satisfies OptionSpec;

describe("a program's arguments", () => {
  const options = (...args: readonly string[]) => readArguments(spec, args).options;

  it("are the defaults when there are none", () => {
    const { options: values, resume, seed } = readArguments(spec, []);
    assert.deepEqual(values, { epochs: 2, lr: 0.01, noCuda: false, shuffle: true, from: false });
    assert.deepEqual([resume, seed], [false, undefined]);
  });

  it("take values after a blank or an equals sign, negative ones too", () => {
    assert.equal(options("--lr", "-0.5").lr, -0.5);
    assert.equal(options("--lr=-0.5").lr, -0.5);
  });

  it("let the last of several count", () => assert.equal(options("--epochs", "3", "--epochs", "4").epochs, 4));

  it("throw switches both ways", () => {
    assert.equal(options("--no-cuda").noCuda, true);
    assert.equal(options("--no-cuda", "--cuda").noCuda, false);
    assert.equal(options("--no-shuffle").shuffle, false);
    assert.equal(options("--shuffle").shuffle, true);
  });

  it("find the checkpoint under the program's own name for it", () => {
    assert.equal(readArguments(spec, ["--from"]).resume, true);
    assert.match(String(readArguments(spec, ["--from", "a.safetensors"]).resume), /a\.safetensors$/);
    assert.throws(() => readArguments(spec, ["--resume"]), /unknown option --resume/);
    assert.equal(readArguments({}, ["--resume"]).resume, true);
    assert.equal(readArguments({ resume: { type: "checkpoint", default: true } }, []).resume, true);
  });

  it("take a seed, the program's own before ours", () => {
    assert.equal(readArguments({}, ["--seed", "7"]).seed, 7);
    assert.equal(readArguments({ seed: { type: "int", default: 3 } }, []).seed, 3);
    assert.equal(readArguments({ seed: { type: "string", default: "x" } }, []).seed, undefined);
  });

  it("name the flag that asks for what only a checkpoint call can do", () => {
    const flag = (table: OptionSpec, ...args: readonly string[]) => readArguments(table, args).resumeFlag;
    assert.equal(flag({}), undefined);
    assert.equal(flag({}, "--resume"), "--resume");
    assert.equal(flag({}, "--resume", "a.safetensors"), "--resume");
    assert.equal(flag(spec, "--from"), "--from");
    assert.equal(flag(spec, "--from", "a.safetensors"), undefined, "the program may read that file itself");
  });

  const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [["--epochs"], /--epochs: expected a value, got none/],
    [["--epochs", "--lr", "1"], /--epochs: expected a value, got --lr/],
    [["fast"], /expected flags only, got fast/],
    [["-x"], /unknown option -x/],
    [
      ["--wat"],
      /the options are --epochs, --lr, --no-cuda, --shuffle, --from, --seed, --threads, --interop-threads, --options, --stack$/,
    ],
    [["--epoch=3"], /unknown option --epoch; did you mean --epochs\?/],
    [["--options", "{"], /--options: expected JSON/],
    [["--options", "[1]"], /--options: expected a JSON object, got \[1\]/],
    [["--options", '{"epoch":1}'], /unknown option --epoch; did you mean --epochs\?/],
    [["--seed", "-1"], /--seed: expected a whole number of 0 or more, got "-1"/],
  ];
  for (const [args, message] of wrong) {
    it(`are refused: ${args.join(" ")}`, () => {
      assert.throws(() => readArguments(spec, args), { name: "OptionError", message });
    });
  }

  it("have a help made from the table", () => {
    assert.equal(
      programHelp(spec, "train", "mnist.ts"),
      `Usage: gradtape train mnist.ts [options]

Options of mnist.ts:
  --epochs <int>           number of epochs (1 or more, default: 2)
  --lr <number>            (default: 0.01)
  --no-cuda                stay on the CPU
  --shuffle                a new order in every epoch (default: true)
  --no-shuffle             not shuffle
  --from [file]

Options of gradtape:
  --seed <int>             seed of the random generators (0 or more)
  --threads <int>          CPU threads for one operation (1 or more)
  --interop-threads <int>  CPU threads for several operations (1 or more)
  --options <text>         values of options as JSON; flags go before them
  --stack                  show the stack of an error

Options:
  -h, --help               show this help
`,
    );
  });

  it("are kept in the record without what is undefined", () => {
    assert.deepEqual(recordedOptions({ a: 1, b: undefined, c: false }), { a: 1, c: false });
  });
});
