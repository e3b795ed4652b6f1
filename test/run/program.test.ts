// Programs as users have them: TypeScript in an otherwise empty folder, with all that goes wrong in it. Errors are one
// paragraph with the user's own file and line; the run's record says the same.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunRecord } from "../../engine/protocol.js";
import { commandFile, gradtape, workspace, type Workspace } from "./program.js";

const recordOf = (folder: string) => JSON.parse(readFileSync(join(folder, "run.json"), "utf8")) as RunRecord;

describe("running a TypeScript program", function () {
  this.timeout(60_000);
  let at: Workspace;
  before(commandFile);
  beforeEach(() => (at = workspace()));
  afterEach(() => at.remove());

  it("needs nothing but the file", async () => {
    at.write("parts/a.ts", "export const a: number = 1;");
    at.write("parts/index.ts", `export * from "./a"; export enum Kind { One = 1 }`);
    at.write("b.js", "export const b = 2;");
    at.write("data.json", `{ "c": 3 }`);
    at.write(
      "lone.ts",
      `import { a, Kind } from "./parts";
import { a as again } from "./parts/a.js";
import { a as third } from "./parts/a.ts";
import { b } from "./b.js";
import data from "./data.json" with { type: "json" };
import { Tensor, nn, type OptionSpec } from "gradtape";
const noted: string[] = [];
function note(_: unknown, context: ClassMethodDecoratorContext) { noted.push(String(context.name)); }
class Box { constructor(readonly value: number) {} #secret = 5; @note open() { return this.#secret; } }
{
  using guard = { [Symbol.dispose]: () => noted.push("disposed") };
}
const { four } = await import("./late.ts");
console.log(JSON.stringify([a, again, third, b, data.c, four, Kind.One, new Box(6).open(), noted, typeof Tensor, typeof nn.Module, process.argv.slice(1)]));
`,
    );
    at.write("late.ts", "export const four = await Promise.resolve(4);");
    const { code, stdout, stderr } = await gradtape(at, ["run", "lone.ts", "x", "--epochs", "-h"]);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    const expected = [
      1,
      1,
      1,
      2,
      3,
      4,
      1,
      5,
      ["open", "disposed"],
      "function",
      "function",
      [join(at.folder, "lone.ts"), "x", "--epochs", "-h"],
    ];
    assert.deepEqual(JSON.parse(stdout), expected);
    assert.deepEqual(readdirSync(at.folder).sort(), [".gradtape", "b.js", "data.json", "late.ts", "lone.ts", "parts"]);
    const [run] = at.runFolders();
    const record = recordOf(run);
    assert.deepEqual([record.verb, record.state, record.exitCode], ["run", "finished", 0]);
    assert.equal(readFileSync(join(at.runs, ".gitignore"), "utf8"), "*\n");
  });

  it("ends when a program of its own has nothing left to do", async () => {
    at.write("late.ts", `setTimeout(() => console.log("late"), 50);`);
    const { code, stdout } = await gradtape(at, ["run", "late.ts"]);
    assert.deepEqual([code, stdout], [0, "late\n"]);
  });

  it("ends after train though a timer is left", async () => {
    at.write("open.ts", `export function train() { setInterval(() => {}, 1000); }`);
    assert.equal((await gradtape(at, ["train", "open.ts"])).code, 0);
  });

  it("records the options, the seed and the commit", async () => {
    const git = (...args: readonly string[]) =>
      spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main", ...args], {
        cwd: at.folder,
      });
    at.write(
      "o.ts",
      `export const options = { seed: { type: "int", default: 3 }, lr: { type: "float", default: 0.5 } }; export const train = () => {};`,
    );
    git("init");
    git("add", "o.ts");
    git("commit", "-m", "one");
    await gradtape(at, ["train", "o.ts", "--lr", "0.25"]);
    at.write("o.ts", `${readFileSync(join(at.folder, "o.ts"), "utf8")}\n`);
    await gradtape(at, ["train", "o.ts"]);
    const [clean, dirty] = at.runFolders().map(recordOf);
    assert.deepEqual([clean.options, clean.seed], [{ seed: 3, lr: 0.25 }, 3]);
    assert.match(clean.git?.commit ?? "", /^[0-9a-f]{40}$/);
    assert.deepEqual([clean.git?.dirty, dirty.git?.dirty], [false, true]);
  });

  it("records whether errors surface where they are caused, which depends on the device", async () => {
    at.write(
      "d.ts",
      `export const options = { device: { type: "string", default: "cpu" } }; export const train = () => {};`,
    );
    const record = async (device: string, environment: NodeJS.ProcessEnv) => {
      await gradtape(at, ["train", "d.ts", "--device", device], { environment });
      const { synchronousErrors, ...rest } = recordOf(at.runFolders().at(-1)!);
      assert.equal(rest.device, device);
      return synchronousErrors;
    };
    const none = { CUDA_LAUNCH_BLOCKING: "", GRADTAPE_ASYNC_CPU: "" };
    assert.equal(await record("cpu", none), true);
    assert.equal(await record("cpu", { ...none, GRADTAPE_ASYNC_CPU: "1" }), false);
    assert.equal(await record("cuda:0", none), false);
    assert.equal(await record("cuda:0", { ...none, CUDA_LAUNCH_BLOCKING: "1" }), true);
  });

  interface Failure {
    readonly what: string;
    readonly text: string;
    readonly verb?: string;
    /** Of stderr. */
    readonly says: RegExp;
    readonly line?: number;
    readonly code?: number;
    readonly lines?: number;
  }
  const failures: readonly Failure[] = [
    {
      what: "an error in train",
      text: "interface Long {\n  a: number;\n}\nexport async function train() {\n  await null;\n  const none = undefined as unknown as Long;\n  console.log(none.a);\n}\n",
      says: /^main\.ts:7:20: TypeError: Cannot read properties of undefined \(reading 'a'\)$/m,
      line: 7,
    },
    {
      what: "an error of the engine",
      text: `import { randn } from "gradtape";\ntype A = 1;\nexport function train() {\n  randn([2, 3]).matmul(randn([4, 5]));\n}\n`,
      says: /^main\.ts:4:17: matmul: expected .*\[2, 3\].*\[4, 5\]/m,
      line: 4,
    },
    {
      what: "a syntax error",
      text: "type A = 1;\nexport const a = 1\n\tconst b = ;\n",
      says: /^main\.ts:3:12: SyntaxError: unexpected ";"\n {2}3 \| \tconst b = ;\n {4}\| \t {10}\^$/m,
      lines: 3,
    },
    {
      what: "an import that is not there",
      text: `import { a } from "./missing";\nconsole.log(a);\n`,
      says: /^error: Cannot find module '.*missing' imported from .*main\.ts$/m,
    },
    {
      what: "an import of a name that is not exported",
      text: `type A = 1;\nimport { b } from "./other";\nconsole.log(b);\n`,
      says: /^main\.ts:2: SyntaxError: The requested module '\.\/other' does not provide an export named 'b'$/m,
    },
    {
      what: "something thrown that is no error",
      text: `export function train() { throw "enough"; }`,
      says: /^error: the program threw 'enough'$/m,
    },
    {
      what: "an error with a cause",
      text: `export function train() { throw new Error("no data", { cause: new Error("no disk") }); }`,
      says: /^main\.ts:1:33: no data \(because of no disk\)$/m,
      line: 1,
    },
    {
      what: "an error in a callback",
      text: `setTimeout(() => {\n  throw new RangeError("late");\n}, 10);\nawait new Promise((resolve) => setTimeout(resolve, 5000));`,
      verb: "run",
      says: /^main\.ts:2:9: RangeError: late$/m,
      line: 2,
    },
    {
      what: "a rejection that nobody handles",
      text: `void Promise.reject(new Error("lost"));\nawait new Promise((resolve) => setTimeout(resolve, 5000));`,
      verb: "run",
      says: /^main\.ts:1:21: lost$/m,
      line: 1,
    },
    {
      what: "a promise that never comes",
      text: `export async function train() { await new Promise(() => {}); }`,
      says: /^error: train: expected it to come to an end, got a promise that nothing is left to fulfil$/m,
    },
    { what: "an exit code of its own", text: `process.exit(7);`, verb: "run", says: /^$/, code: 7, lines: 0 },
  ];
  for (const { what, text, verb = "train", says, line, code = 1, lines = 1 } of failures) {
    it(`tells of ${what}`, async () => {
      at.write("main.ts", text);
      at.write("other.ts", "export const a = 1;");
      const { code: exit, stderr } = await gradtape(at, [verb, "main.ts"]);
      assert.match(stderr, says);
      assert.equal(exit, code);
      assert.equal(stderr === "" ? 0 : stderr.trimEnd().split("\n").length, lines, stderr);
      const folders = at.runFolders();
      const isSlip = /nothing is left|SyntaxError/.test(stderr);
      if (isSlip) return assert.deepEqual(folders, [], "a slip leaves no run");
      const record = recordOf(folders[0]);
      assert.deepEqual([record.state, record.exitCode], ["failed", code]);
      assert.equal(record.error?.at?.line, line);
      if (line !== undefined) assert.equal(record.error?.at?.file, join(at.folder, "main.ts"));
    });
  }

  it("keeps the run of a program that had begun when another text of it turned out wrong", async () => {
    at.write("wrong.ts", "const b = ;");
    at.write("main.ts", `export async function train() { await import("./wrong"); }`);
    const late = await gradtape(at, ["train", "main.ts"]);
    assert.match(late.stderr, /^wrong\.ts:1:11: SyntaxError/);
    at.write("main.ts", `export function train() { JSON.parse("{"); }`);
    assert.match((await gradtape(at, ["train", "main.ts"])).stderr, /^main\.ts:1:\d+: SyntaxError/);
    assert.equal(at.runFolders().length, 2);
  });

  it("shows the stack when asked", async () => {
    at.write(
      "main.ts",
      "type A = 1;\nfunction inner(): never {\n  throw new Error('x');\n}\nexport function train() {\n  inner();\n}\n",
    );
    const { stderr } = await gradtape(at, ["train", "main.ts", "--stack"]);
    assert.match(stderr, /^main\.ts:3:9: x\n {4}at inner \(.*main\.ts:3:9\)\n {4}at .*train \(.*main\.ts:6:3\)/);
    const other = await gradtape(at, ["train", "main.ts"], { environment: { GRADTAPE_STACK: "1" } });
    assert.equal(other.stderr, stderr);
  });

  it("leaves a program's own handler of errors in charge", async () => {
    at.write(
      "own.ts",
      `process.on("uncaughtException", (error) => { console.log("own", error.message); process.exit(0); });\nsetTimeout(() => { throw new Error("x"); }, 5);`,
    );
    const { code, stdout } = await gradtape(at, ["run", "own.ts"]);
    assert.deepEqual([code, stdout], [0, "own x\n"]);
  });

  it("hands over to the workspace's own gradtape", async () => {
    at.write(
      "node_modules/gradtape/package.json",
      JSON.stringify({
        name: "gradtape",
        version: "9.9.9",
        type: "module",
        bin: { gradtape: "./cli.js" },
        exports: { ".": "./index.js", "./package.json": "./package.json" },
      }),
    );
    at.write("node_modules/gradtape/cli.js", `console.log("own copy", process.argv.slice(2).join(" "));`);
    at.write("sub/main.ts", "");
    const { code, stdout } = await gradtape(at, ["train", "sub/main.ts", "--epochs", "1"]);
    assert.deepEqual([code, stdout], [0, "own copy train sub/main.ts --epochs 1\n"]);
  });
});
