import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import {
  checkSpec,
  flagOf,
  OptionError,
  type OptionsOf,
  type OptionSpec,
  parseValue,
  resolveOptions,
} from "./options.js";

const spec = {
  epochs: { type: "int", default: 10, min: 1, max: 100 },
  lr: { type: "float", default: 0.01 },
  momentum: { type: "float" },
  noCuda: { type: "bool" },
  name: { type: "string", default: "net" },
  optimiser: { type: "choice", choices: ["sgd", "adam"] as const, default: "sgd" },
  dataFolder: { type: "path" },
  resume: { type: "checkpoint" },
} satisfies OptionSpec;

describe("options", () => {
  it("have the types of their table", () => {
    const options: OptionsOf<typeof spec> = resolveOptions(spec, {});
    // Assignments in both directions would not compile if a type were wider or narrower.
    const typed: {
      readonly epochs: number;
      readonly lr: number;
      readonly momentum: number | undefined;
      readonly noCuda: boolean;
      readonly name: string;
      readonly optimiser: "sgd" | "adam";
      readonly dataFolder: string | undefined;
      readonly resume: boolean | string;
    } = options;
    const back: OptionsOf<typeof spec> = typed;
    assert.deepEqual(back, {
      epochs: 10,
      lr: 0.01,
      momentum: undefined,
      noCuda: false,
      name: "net",
      optimiser: "sgd",
      dataFolder: undefined,
      resume: false,
    });
  });

  it("are flags in kebab case", () => {
    assert.equal(flagOf("batchSize"), "--batch-size");
    assert.equal(flagOf("noCuda"), "--no-cuda");
    assert.equal(flagOf("lr"), "--lr");
    assert.equal(flagOf("useHTTPCache"), "--use-http-cache");
    assert.equal(flagOf("layer2Size"), "--layer2-size");
  });

  it("take text and JSON alike", () => {
    const values = { epochs: "3", lr: 1e-4, noCuda: "true", optimiser: "adam", dataFolder: "~/data", resume: true };
    const options = resolveOptions(spec, values);
    assert.deepEqual(
      [options.epochs, options.lr, options.noCuda, options.optimiser, options.dataFolder, options.resume],
      [3, 1e-4, true, "adam", join(homedir(), "data"), true],
    );
    assert.equal(resolveOptions(spec, { resume: "a.safetensors" }).resume, resolve("a.safetensors"));
  });

  const numbers: readonly (readonly [text: string, value: number | undefined])[] = [
    ["1", 1],
    ["-1.5", -1.5],
    ["1e-3", 1e-3],
    [".5", 0.5],
    ["5.", 5],
    ["", undefined],
    [" ", undefined],
    ["0x10", undefined],
    ["1,5", undefined],
    ["NaN", undefined],
    ["Infinity", undefined],
    ["1e999", undefined],
  ];
  for (const [text, value] of numbers) {
    it(`read ${JSON.stringify(text)} as ${value ?? "no number"}`, () => {
      const parse = () => parseValue("--lr", { type: "float" }, text);
      if (value === undefined) assert.throws(parse, OptionError);
      else assert.equal(parse(), value);
    });
  }

  const wrong: readonly (readonly [given: Record<string, unknown>, message: RegExp])[] = [
    [{ epoch: 1 }, /unknown option --epoch; did you mean --epochs\?/],
    [{ completelyOther: 1 }, /unknown option --completely-other; the options are --epochs, --lr/],
    [{ toString: 1 }, /unknown option --to-string/],
    [{ epochs: 0 }, /--epochs: expected a whole number from 1 to 100, got 0/],
    [{ epochs: 1.5 }, /--epochs: expected a whole number from 1 to 100, got 1\.5/],
    [{ epochs: "1e300" }, /--epochs: expected a whole number/],
    [{ noCuda: "yes" }, /--no-cuda: expected true or false, got "yes"/],
    [{ name: 1 }, /--name: expected a text, got 1/],
    [{ optimiser: "adm" }, /one of sgd, adam, got "adm"; did you mean adam\?/],
    [{ dataFolder: "" }, /--data-folder: expected a path, got ""/],
    [{ resume: 3 }, /--resume: expected nothing, or the path of a checkpoint, got 3/],
    [{ lr: null }, /--lr: expected a number, got null/],
  ];
  for (const [given, message] of wrong) {
    it(`refuse ${JSON.stringify(given)}`, () => {
      assert.throws(() => resolveOptions(spec, given), { name: "OptionError", message });
    });
  }

  const tables: readonly (readonly [table: unknown, message: RegExp])[] = [
    [5, /expected the exported options to be a table, got number/],
    [[], /got a list/],
    [{ a: { type: "integer" } }, /options\.a: expected a type of int, .*, got "integer"/],
    [{ a: null }, /options\.a: expected a type/],
    [{ "batch-size": { type: "int" } }, /names of letters and digits in camelCase, got "batch-size"/],
    [{ aB: { type: "int" }, AB: { type: "int" }, a: { type: "int", default: "x" } }, /options\.a\.default/],
    [{ batchSize: { type: "int" }, BatchSize: { type: "int" } }, /both the flag --batch-size/],
    [{ cuda: { type: "bool" }, noCuda: { type: "bool" } }, /noCuda and cuda are each other's opposite/],
    [{ help: { type: "bool" } }, /--help shows the help/],
    [{ a: { type: "choice", choices: [] } }, /options\.a: expected choices/],
    [{ a: { type: "choice", choices: ["x"], default: "y" } }, /options\.a\.default: expected one of x, got "y"/],
    [{ a: { type: "int", min: 1, default: 0 } }, /options\.a\.default: expected a whole number of 1 or more, got 0/],
  ];
  for (const [table, message] of tables) {
    it(`refuse the table ${JSON.stringify(table)}`, () => {
      assert.throws(() => checkSpec(table), { name: "OptionError", message });
    });
  }

  it("may be absent", () => assert.deepEqual(checkSpec(undefined), {}));
});
