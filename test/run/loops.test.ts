// Loops of every kind that a program may write, and what a run makes of them: steps, metrics, places to go on from.
import assert from "node:assert/strict";
import { checkpointsOf, metricsOf, readRun } from "../../engine/runs/index.js";
import { commandFile, gradtape, workspace, type Workspace } from "./program.js";

describe("a run's loops", function () {
  this.timeout(60_000);
  let at: Workspace;
  before(commandFile);
  beforeEach(() => (at = workspace()));
  afterEach(() => at.remove());

  const train = async (body: string, ...args: readonly string[]) => {
    at.write(
      "loop.ts",
      `import { Generator, manualSeed, rand, type Run } from "gradtape";
async function* later(n: number) { for (let i = 0; i < n; i++) yield i; }
export async function train(run: Run) {\n${body}\n}\n`,
    );
    const ended = await gradtape(at, ["train", "loop.ts", ...args]);
    const folder = at.runFolders().at(-1) ?? "";
    return { ...ended, folder, said: ended.stdout.split("\n").filter((line) => line.startsWith("> ")) };
  };

  it("counts the turns of its own phase as steps, and no others", async () => {
    const { folder, stderr } = await train(`
  for (let epoch = 1; epoch <= 2; epoch++) {
    for (const n of run.track([1, 2, 3], { epoch, epochs: 2 })) {
      run.log({ inner: n });
      for (const m of run.track([1, 2], { phase: "validate" })) run.log({ nested: m });
    }
    for (const n of run.track(new Set([1, 2]), { phase: "test" })) run.log({ test: n });
    run.log({ after: epoch });
  }`);
    assert.equal(stderr, "");
    const steps = Object.fromEntries(metricsOf(folder).map(({ name, steps }) => [name, [...steps]]));
    assert.deepEqual(steps.inner, [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(steps.nested, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]);
    assert.deepEqual(steps.test, [3, 3, 6, 6]);
    assert.deepEqual(steps.after, [3, 6]);
    assert.equal(readRun(folder)?.progress?.step, 6);
  });

  it("takes arrays, sets, generators and asynchronous ones, left early or not", async () => {
    const { said, code, stderr } = await train(`
  let closed = 0;
  function* some() { try { yield 1; yield 2; } finally { closed++; } }
  const seen: number[] = [];
  for (const n of run.track(some())) seen.push(n);
  for (const n of run.track(some())) { seen.push(n); break; }
  try { for (const _ of run.track(some())) throw new Error("mine"); } catch (error) { console.log("> " + (error as Error).message); }
  for await (const n of run.track(some())) { seen.push(n); break; }
  for await (const n of run.track(later(2))) seen.push(n);
  for await (const n of run.track([7])) seen.push(n);
  for (const n of run.track([])) seen.push(n);
  console.log("> " + seen.join(" ") + " closed " + closed);`);
    assert.equal(code, 0, stderr);
    assert.deepEqual(said, ["> mine", "> 1 2 1 1 0 1 7 closed 4"]);
  });

  it("makes calls into steps", async () => {
    const { folder, said, stderr } = await train(`
  const seen: number[] = [];
  const start = run.checkpoint({ seen }, { every: 2 });
  for (let step = start.step; step < 5; step++) {
    const result = step % 2 ? run.step(() => step) : await run.step(async () => step);
    seen.push(result);
    run.log({ loss: result });
  }
  console.log("> " + JSON.stringify([start, seen]));`);
    assert.equal(stderr, "");
    assert.deepEqual(said, [`> [{"epoch":1,"step":0},[0,1,2,3,4]]`]);
    assert.deepEqual(
      checkpointsOf(folder).map(({ step }) => step),
      [2, 4, 5],
    );
    assert.deepEqual(
      metricsOf(folder).map(({ steps }) => [...steps]),
      [[1, 2, 3, 4, 5]],
    );
  });

  it("goes on in a loader that can only be gone through from its start, generators included", async () => {
    const body = (until: number) => `
  manualSeed(3);
  const values: number[] = [];
  function* draws() { for (let i = 0; i < 6; i++) yield rand([1]).item(); }
  const start = run.checkpoint({ values }, { every: 1 });
  for (let epoch = start.epoch; epoch <= 2; epoch++) {
    for (const value of run.track(draws(), { epoch, epochs: 2 })) {
      values.push(Number(value) + rand([1]).item());
      if (values.length === ${until}) process.kill(process.pid, "SIGINT");
    }
  }
  console.log("> " + values.join(" "));`;
    const [whole] = (await train(body(0))).said;
    assert.equal(whole.split(" ").length, 13);
    assert.equal((await train(body(4))).code, 130);
    assert.equal((await train(body(10), "--resume")).code, 130);
    assert.deepEqual((await train(body(0), "--resume")).said, [whole]);
  });

  it("passes over the epochs that are done in a program that always begins with the first", async () => {
    const body = (until: number) => `
  const values: string[] = [];
  run.checkpoint({ values });
  for (let epoch = 1; epoch <= 3; epoch++) {
    for (const n of run.track([1, 2, 3])) {
      values.push(epoch + "." + n);
      if (values.length === ${until}) process.kill(process.pid, "SIGINT");
    }
  }
  console.log("> " + values.join(" "));`;
    assert.equal((await train(body(5))).code, 130);
    assert.deepEqual((await train(body(0), "--resume")).said, ["> 1.1 1.2 1.3 2.1 2.2 2.3 3.1 3.2 3.3"]);
  });

  const refusals: readonly (readonly [what: string, body: string, message: RegExp])[] = [
    [
      "`for` over an asynchronous loader",
      "for (const n of run.track(later(2) as never)) console.log(n);",
      /track: expected a loader for `for`, got one that is only asynchronous/,
    ],
    [
      "a metric that is no number",
      "run.log({ loss: 'low' as never });",
      /log: expected loss to be a number or a tensor of one element, got string/,
    ],
    ["a second call of checkpoint", "run.checkpoint({}); run.checkpoint({});", /checkpoint: expected one call/],
    [
      "an interval of nothing",
      "run.checkpoint({}, { every: 0 });",
      /checkpoint: expected every to be 1 or more, got 0/,
    ],
  ];
  for (const [what, body, message] of refusals) {
    it(`refuses ${what}`, async () => {
      const { code, stderr } = await train(body);
      assert.equal(code, 1);
      assert.match(stderr, message);
      assert.match(stderr, /^loop\.ts:4:/);
    });
  }
});
