import assert from "node:assert/strict";
import { scanProgram } from "./programExports.js";

const verbs = (source: string) => scanProgram(source).exports.map(({ verb, line }) => `${verb}@${line}`);
const program = (body: string) => `import { nn } from "gradtape";\n${body}`;

describe("scanProgram", () => {
  it("finds functions and constants, with their lines", () => {
    const source = program("export async function train(run) {}\n\nexport const test = async (run) => {};\n");
    assert.deepEqual(verbs(source), ["train@1", "test@3"]);
    assert.deepEqual(verbs(program("export function test() {}")), ["test@1"]);
  });

  it("finds names of an export list, under the name they leave with", () => {
    assert.deepEqual(verbs(program("const run = 1;\nexport {\n  run as train, test };")), ["train@2", "test@2"]);
    assert.deepEqual(verbs(program("export { train as fit };")), []);
  });

  it("only in programs that import gradtape, in any way of importing", () => {
    const body = "export function train() {}";
    for (const line of [
      'import * as g from "gradtape"',
      "import 'gradtape/tfjs'",
      'export { x } from "gradtape"',
      'import {\n  nn,\n} from "gradtape"',
      'const g = await import("gradtape")',
    ]) {
      assert.equal(verbs(`${line};\n${body}`).length, 1, line);
    }
    assert.deepEqual(verbs(`import { x } from "gradtape-other";\n${body}`), []);
    assert.deepEqual(verbs(`const about = "gradtape";\n${body}`), []);
    assert.deepEqual(verbs(`// import "gradtape"\n${body}`), []);
  });

  it("ignores comments, templates, longer names and inner functions", () => {
    assert.deepEqual(verbs(program("/*\nexport function train() {}\n*/")), []);
    assert.deepEqual(verbs(program("const t = `\nexport function train() {}\n`;")), []);
    assert.deepEqual(verbs(program("export function trainAll() {}\nfunction train() {}\n  export_train();")), []);
  });

  it("says that a program without exports imports gradtape", () => {
    assert.deepEqual(scanProgram(program("nn;")), { importsGradtape: true, exports: [] });
  });

  it("reads a long file in a moment", () => {
    const long = program("const x = [1, 2, 3].map((y) => y * 2); // text\n".repeat(20_000));
    const started = performance.now();
    scanProgram(long);
    assert.ok(performance.now() - started < 500);
  });
});
