// Worker threads in whole programs, built as they are shipped: classes and functions of a program are found, processes
// end by themselves, a worker without memory is reported, a resumed run goes on exactly.
import assert from "node:assert/strict";
import { commandFile, gradtape, workspace, type Workspace } from "../run/program.js";

const program = `import { data, F, manualSeed, nn, optim, tensor, type OptionSpec, type Run, type Tensor } from "gradtape";
import { table } from "./table";
export const options = {
  after: { type: "int", default: 0 },
  seed: { type: "int", default: 1 },
  sync: { type: "bool" },
  workers: { type: "int", default: 2 },
  resume: { type: "checkpoint" },
} satisfies OptionSpec;
export class Points extends data.Dataset<[Tensor, number]> {
  readonly length = 40;
  get(index: number): [Tensor, number] {
    return [tensor([table[index % table.length], Math.random()]), index % 3];
  }
}
export const join = (samples: [Tensor, number][]): [Tensor, Tensor] => data.defaultCollate(samples) as [Tensor, Tensor];
export async function train(run: Run<typeof options>) {
  manualSeed(run.options.seed, { mathRandom: true });
  const { workers: numWorkers, after } = run.options;
  const loader = new data.DataLoader(new Points(), { batchSize: 4, shuffle: true, numWorkers, collateFn: join });
  const net = new nn.Linear(2, 3);
  const optimiser = new optim.SGD(net.parameters(), { lr: 0.1 });
  const losses: number[] = [];
  const start = run.checkpoint({ net, optimiser, losses }, { every: 1 });
  const turn = ([x, y]: [Tensor, Tensor]) => {
    optimiser.zeroGrad();
    const loss = F.nllLoss(F.logSoftmax(net.forward(x), 1), y);
    loss.backward();
    optimiser.step();
    losses.push(loss.item());
    if (losses.length === after) process.kill(process.pid, "SIGKILL");
  };
  for (let epoch = start.epoch; epoch <= 2; epoch++) {
    const batches = run.track(loader, { epoch, epochs: 2 });
    if (run.options.sync) for (const batch of batches) turn(batch);
    else for await (const batch of batches) turn(batch);
  }
  console.log("result", losses.length, JSON.stringify(losses));
}
`;

const script = `import { data } from "gradtape";
import { Ten, spend } from "./ten";
const loader = new data.DataLoader(new Ten(), { batchSize: 5, numWorkers: 2, persistentWorkers: true, collateFn: process.argv[2] === "spend" ? spend : undefined });
try {
  for (const batch of loader) { console.log(JSON.stringify(batch.toArray())); if (process.argv[2] === "leave") break; }
} catch (error) {
  console.log(error.message);
}
if (process.argv[2] === "own") {
  class Mine extends Ten {}
  for (const _ of new data.DataLoader(new Mine(), { numWorkers: 1 }));
}
`;

const ten = `import { data } from "gradtape";
export class Ten extends data.Dataset<number> {
  static readonly module = import.meta.url;
  readonly length = 10;
  get(index: number): number { return index; }
}
export const spend = (): never => {
  const kept: unknown[] = [];
  for (;;) kept.push(new Array(1000).fill(0.5));
};
spend.module = import.meta.url;
`;

/** Leaves loops while workers load the library, compute and throw inside it, at ever other moments. */
const abrupt = `import { data, tensor } from "gradtape";
import { Computing } from "./computing";
tensor([1]).add(1);
for (let i = 0; i < 25; i++) {
  const loader = new data.DataLoader(new Computing(), { numWorkers: 1, timeout: 0.001 * (100 + 12 * i) });
  try { for (const _ of loader); } catch (error) { if (!/within the timeout/.test(error.message)) throw error; }
}
console.log("whole");
`;

const computing = `import { data, rand, tensor } from "gradtape";
export class Computing extends data.Dataset<number> {
  static readonly module = import.meta.url;
  readonly length = 1;
  get(): never {
    for (;;) {
      rand([2]).add(1).toArray();
      try { tensor([1, 2]).add(tensor([1, 2, 3])); } catch {}
      try { tensor([1, 2]).reshape([7]); } catch {}
    }
  }
}
`;

describe("worker threads in programs", function () {
  this.timeout(120_000);
  let at: Workspace;
  before(commandFile);
  beforeEach(() => {
    at = workspace({
      "train.ts": program,
      "table.ts": "export const table = [3, 1, 4, 1, 5];",
      "script.ts": script,
      "ten.ts": ten,
    });
  });
  afterEach(() => at.remove());

  const train = async (...args: readonly string[]) => {
    const ended = await gradtape(at, ["train", "train.ts", ...args]);
    return { ...ended, result: /^result .*$/m.exec(ended.stdout)?.[0] };
  };

  it("find what the program exports, and resume after a kill with the same numbers", async () => {
    const whole = await train();
    assert.equal(whole.code, 0, whole.stderr);
    assert.match(whole.result ?? "", /^result 20 /);
    assert.equal((await train("--sync")).result, whole.result);
    const killed = await train("--after", "13", "--sync");
    assert.equal(killed.signal, "SIGKILL");
    const resumed = await train("--resume");
    assert.equal(resumed.result, whole.result, resumed.stderr);
  });

  it("let the process end by itself, with workers that persist or were left at work", async () => {
    for (const [arg, lines] of [
      ["all", "[0,1,2,3,4]\n[5,6,7,8,9]\n"],
      ["leave", "[0,1,2,3,4]\n"],
    ]) {
      const ended = await gradtape(at, ["run", "script.ts", arg]);
      assert.deepEqual([ended.code, ended.stdout], [0, lines], ended.stderr);
    }
  });

  it("cannot be had of a script's own classes, which is said at its line", async () => {
    const ended = await gradtape(at, ["run", "script.ts", "own"]);
    assert.equal(ended.code, 1);
    assert.match(
      ended.stderr,
      /^script\.ts:11:\d+: DataLoader: expected a class that workers can import at dataset, got an instance of Mine; script\.ts is a script, which a worker would run again: export it from a module of its own and give it `static readonly module = import\.meta\.url`$/m,
    );
  });

  it("may be ended wherever they are", async () => {
    at.write("abrupt.ts", abrupt);
    at.write("computing.ts", computing);
    const ended = await gradtape(at, ["run", "abrupt.ts"]);
    assert.deepEqual([ended.code, ended.signal, ended.stdout, ended.stderr], [0, null, "whole\n", ""]);
  });

  it("report a worker whose memory is full", async () => {
    const ended = await gradtape(at, ["run", "script.ts", "spend"], { nodeArgs: ["--max-old-space-size=64"] });
    // From Node 24 on, a worker's full heap ends the whole process: Node says so itself.
    if (Number.parseInt(process.versions.node, 10) >= 24) return assert.match(ended.stderr, /heap out of memory/);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(
      ended.stdout,
      /^DataLoader: worker \d was ended by Node, most likely because its memory was full while it was to load samples [05], /m,
    );
  });
});
