// A run that is stopped, or killed, and resumed ends bit for bit as one that was never interrupted: parameters, momentum,
// losses, shuffles and dropout. What does not fit a checkpoint is said in one paragraph.
import assert from "node:assert/strict";
import { readFileSync, truncateSync } from "node:fs";
import { join, relative } from "node:path";
import { checkpointsOf, readRun } from "../../engine/runs/index.js";
import { commandFile, gradtape, workspace, type Workspace } from "./program.js";

const program = `import { createHash } from "node:crypto";
import { data, F, manualSeed, nn, noGrad, optim, randn, tensor, type OptionSpec, type Run, type Tensor } from "gradtape";
export const options = {
  epochs: { type: "int", default: 3 },
  seed: { type: "int", default: 1 },
  every: { type: "int", default: 4 },
  hidden: { type: "int", default: 16 },
  end: { type: "choice", choices: ["", "stop", "kill"] as const, default: "" },
  after: { type: "int", default: 0 },
  async: { type: "bool" },
  resume: { type: "checkpoint" },
} satisfies OptionSpec;
class Net extends nn.Module {
  readonly fc1: nn.Linear;
  readonly drop = new nn.Dropout(0.3);
  readonly fc2: nn.Linear;
  constructor(hidden: number) {
    super();
    this.fc1 = new nn.Linear(8, hidden);
    this.fc2 = new nn.Linear(hidden, 4);
  }
  forward(x: Tensor) {
    return F.logSoftmax(this.fc2.forward(this.drop.forward(F.relu(this.fc1.forward(x)))), 1);
  }
}
export async function train(run: Run<typeof options>) {
  const { epochs, seed, every, hidden, end, after } = run.options;
  manualSeed(seed);
  const xs = randn([60, 8]);
  const ys = tensor(Array.from({ length: 60 }, (_, i) => i % 4), { dtype: "int64" });
  const loader = new data.DataLoader(new data.TensorDataset(xs, ys), { batchSize: 8, shuffle: true });
  const net = new Net(hidden);
  const optimiser = new optim.SGD(net.parameters(), { lr: 0.05, momentum: 0.5 });
  const losses: number[] = [];
  const best = { loss: Infinity, epoch: 0 };
  const start = run.checkpoint({ net, optimiser, losses, best }, { every });
  console.log("start", start.epoch, start.step);
  const turn = (x: Tensor, y: Tensor) => {
    optimiser.zeroGrad();
    const loss = F.nllLoss(net.forward(x), y);
    loss.backward();
    optimiser.step();
    losses.push(loss.item());
    run.log({ loss });
    if (losses.length === after && end === "stop") process.kill(process.pid, "SIGINT");
    if (losses.length === after && end === "kill") process.kill(process.pid, "SIGKILL");
  };
  for (let epoch = start.epoch; epoch <= epochs; epoch++) {
    const batches = run.track(loader, { epoch, epochs });
    if (run.options.async) for await (const [x, y] of batches) turn(x, y);
    else for (const [x, y] of batches) turn(x, y);
    // Evaluation with dropout on, as some do: it draws from the generators too.
    let sum = 0;
    for (const [x, y] of run.track(loader, { phase: "test" })) sum += noGrad(() => F.nllLoss(net.forward(x), y)).item();
    if (sum < best.loss) Object.assign(best, { loss: sum, epoch });
  }
  const hash = createHash("sha256");
  for (const value of Object.values(net.stateDict())) hash.update(value.toBytes());
  hash.update(JSON.stringify([losses, best]));
  console.log("result", losses.length, hash.digest("hex"));
}
export function test(run: Run<typeof options>) {
  const net = new Net(run.options.hidden);
  const { step } = run.restore({ net });
  console.log("restored", step, net.fc1.weight.shape.join("x"));
}
`;

describe("resuming a run", function () {
  this.timeout(120_000);
  let at: Workspace;
  let expected: string;
  before(commandFile);
  beforeEach(() => (at = workspace({ "net.ts": program })));
  afterEach(() => at.remove());

  const train = async (...args: readonly string[]) => {
    const ended = await gradtape(at, ["train", "net.ts", ...args]);
    return { ...ended, result: /^result .*$/m.exec(ended.stdout)?.[0], start: /^start .*$/m.exec(ended.stdout)?.[0] };
  };

  before(async () => {
    at = workspace({ "net.ts": program });
    const whole = await train();
    assert.ok(whole.result, whole.stderr);
    expected = whole.result;
    assert.match(expected, /^result 24 /);
    assert.equal((await train("--every", "1000")).result, expected, "saving changes nothing");
    at.remove();
  });

  // 8 steps an epoch: in the middle of one, at its end, and at its first step; with and without the last step saved.
  for (const [end, after, step] of [
    ["stop", 3, 3],
    ["stop", 8, 8],
    ["stop", 13, 13],
    ["stop", 17, 17],
    ["kill", 14, 12],
    ["kill", 9, 8],
  ] as const) {
    it(`after a ${end} at step ${after} gives the same bits`, async () => {
      const first = await train("--end", end, "--after", `${after}`);
      assert.equal(first.code, end === "stop" ? 130 : null, first.stderr);
      const second = await train("--resume");
      assert.equal(second.code, 0, second.stderr);
      const epoch = Math.floor((step - 1) / 8) + 1;
      assert.equal(second.start, `start ${epoch} ${step}`);
      const said = second.stdout.match(/^resumed from .*$/gm);
      const from = relative(at.folder, join(at.runFolders()[0], "checkpoints", `${step}.safetensors`));
      assert.deepEqual(said, [`resumed from ${from} at epoch ${epoch}, step ${step}`]);
      assert.doesNotMatch(second.stdout, /nothing left/);
      assert.equal(second.result, expected);
      const [stopped, resumed] = at.runFolders().map((folder) => readRun(folder));
      assert.equal(resumed?.resumedFrom, join(stopped?.folder ?? "", "checkpoints", `${step}.safetensors`));
    });
  }

  it("gives the same bits in `for await`, and after several interruptions", async () => {
    await train("--async", "--end", "stop", "--after", "5");
    await train("--async", "--resume", "--end", "kill", "--after", "11");
    await train("--async", "--resume", "--end", "stop", "--after", "20");
    assert.equal((await train("--async", "--resume")).result, expected);
  });

  it("goes on with more epochs where a finished run ended", async () => {
    const longer = await train("--epochs", "5");
    const fresh = workspace({ "net.ts": program });
    try {
      at.remove();
      at = fresh;
      await train();
      const more = await train("--resume", "--epochs", "5");
      assert.equal(more.start, "start 4 24");
      assert.equal(more.result, longer.result);
    } finally {
      fresh.remove();
    }
  });

  it("says that nothing is left to train, when that is so", async () => {
    await train("--epochs", "2");
    const finished = await train("--resume", "--epochs", "2");
    assert.match(finished.stdout, /^resumed from .* at the end of epoch 2, step 16$/m);
    assert.match(finished.stdout, /^nothing left to train: the checkpoint is at the end of epoch 2$/m);
    await train("--end", "kill", "--after", "18"); // the last saved is step 16, the last of epoch 2
    const whole = await train("--resume", "--epochs", "2");
    assert.match(whole.stdout, /^resumed from .* at epoch 2, step 16$/m);
    assert.match(whole.stdout, /^nothing left to train: the checkpoint is at the end of epoch 2$/m);
    await train("--end", "stop", "--after", "13");
    const inside = await train("--resume", "--epochs", "1");
    assert.match(inside.stdout, /^resumed from .* at epoch 2, step 13$/m);
    assert.doesNotMatch(inside.stdout, /nothing left/, "epoch 2 was not over");
  });

  for (const verb of ["train", "test"]) {
    it(`fails when ${verb} was to resume and registers nothing`, async () => {
      at.write("net.ts", `export function ${verb}(run) { for (const n of run.track([1, 2])) run.log({ n }); }`);
      const { code, stderr } = await gradtape(at, [verb, "net.ts", "--resume"]);
      assert.equal(
        stderr,
        "error: --resume: the program registers nothing to resume; call run.checkpoint({ model, … })\n",
      );
      assert.equal(code, 1);
      assert.equal(readRun(at.runFolders()[0])?.state, "failed", "what it computed is kept");
    });
  }

  it("keeps the last three checkpoints, and reads the one that is named", async () => {
    await train();
    const [folder] = at.runFolders();
    const kept = checkpointsOf(folder);
    assert.deepEqual(
      kept.map(({ step }) => step),
      [16, 20, 24],
    );
    const named = await train("--resume", kept[0].file);
    assert.equal(named.start, "start 2 16");
    assert.equal(named.result, expected);
  });

  it("restores parts for test", async () => {
    await train("--epochs", "1");
    const { code, stdout } = await gradtape(at, ["test", "net.ts"]);
    assert.equal(code, 0);
    assert.match(stdout, /^resumed from \.gradtape\S+ at the end of epoch 1, step 8$/m);
    assert.match(stdout, /^restored 8 16x8$/m);
  });

  const refusals: readonly (readonly [what: string, prepare: (file: string) => readonly string[], message: RegExp])[] =
    [
      [
        "another shape of the model",
        () => ["--resume", "--hidden", "8"],
        /net\.ts:\d+:\d+: checkpoint: net does not fit .*fc1\.weight.*\[8, 8\].*\[16, 8\]/,
      ],
      [
        "a cut file",
        (file) => {
          truncateSync(file, 1000);
          return ["--resume"];
        },
        /^net\.ts:\d+:\d+: .*safetensors/,
      ],
      ["a file of something else", () => ["--resume", "net.ts"], /^net\.ts:\d+:\d+: /],
    ];
  for (const [what, prepare, message] of refusals) {
    it(`refuses ${what} in one paragraph`, async () => {
      await train("--epochs", "1");
      const [folder] = at.runFolders();
      const args = prepare(checkpointsOf(folder).at(-1)?.file ?? "");
      const { code, stderr } = await train(...args);
      assert.match(stderr, message);
      assert.equal(code, 1);
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    });
  }

  it("refuses a checkpoint with other parts, and parts that cannot be kept", async () => {
    await train("--epochs", "1");
    at.write("net.ts", program.replace("{ net, optimiser, losses, best }", "{ net, optimiser, history: losses }"));
    assert.match(
      (await train("--resume")).stderr,
      /expected net, optimiser, history in .*, got one without history and with losses, best as well/,
    );
    at.write("net.ts", program.replace("{ net, optimiser, losses, best }", "{ net, best: 3 as never }"));
    assert.match((await train()).stderr, /^net\.ts:\d+:\d+: checkpoint: expected best to be .*, got number/);
  });

  it("says so when there is nothing to resume from", async () => {
    const { code, stderr } = await train("--resume");
    assert.equal(code, 1);
    assert.match(stderr, /expected a checkpoint of net\.ts below .*, got none; train without resuming first/);
    const record = JSON.parse(readFileSync(join(at.runFolders()[0], "run.json"), "utf8")) as { state: string };
    assert.equal(record.state, "failed");
  });
});
