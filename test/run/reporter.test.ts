// A supervised run: the engine's reporter tells the host what happens while the program's own thread never yields, answers
// for tensors, and hears Stop.
import assert from "node:assert/strict";
import { type ConnectedRun, listenForRuns, type RunsListener } from "../../engine/channelSocket.js";
import type { EngineEvents, MetricPoints, RunProgress, RunRecord, TensorRef } from "../../engine/protocol.js";
import { engineAnswerValidators } from "../../engine/protocolSchemas.js";
import { commandFile, start, type Started, workspace, type Workspace } from "./program.js";

const program = `import { tensor, type Run } from "gradtape";
function* numbers() { for (let i = 0; ; i++) yield i; }
export function train(run: Run) {
  const seen: number[] = [];
  run.checkpoint({ seen }, { every: 200 });
  const values = tensor([[1, 2, 3], [4, NaN, 6]]);
  Object.assign(globalThis, { values }); // or it would be collected
  console.log("tensor " + values.storage.id);
  for (const n of run.track(numbers(), { epoch: 1, epochs: 3 })) {
    const until = performance.now() + 1;
    while (performance.now() < until);
    run.log({ loss: 1 / (n + 1) });
  }
}
export function test(run: Run) { run.log({ accuracy: 0.5 }); }
export const options = {};
`;

interface Heard {
  readonly run: ConnectedRun;
  readonly records: RunRecord[];
  readonly metrics: MetricPoints[];
  readonly progress: RunProgress[];
  readonly checkpoints: string[];
  readonly closed: Promise<void>;
  /** Waits until what was heard fulfils this. */
  until(met: () => boolean): Promise<void>;
}

describe("a supervised run", function () {
  this.timeout(60_000);
  let at: Workspace;
  let listener: RunsListener;
  before(commandFile);
  beforeEach(async () => {
    at = workspace({ "train.ts": program });
    listener = await listenForRuns();
  });
  afterEach(() => {
    listener.dispose();
    at.remove();
  });

  const supervise = async (...args: readonly string[]): Promise<{ started: Started; heard: Heard }> => {
    let begin: (run: ConnectedRun) => void = () => undefined;
    const arrived = new Promise<Heard>((resolve) => (begin = (run) => resolve(listen(run))));
    const { environment } = listener.invite((run) => begin(run));
    const started = await start(at, args, { environment });
    return { started, heard: await arrived };
  };

  it("says hello and tells records, metrics, progress and checkpoints in a loop that never yields", async () => {
    const { started, heard } = await supervise("train", "train.ts");
    assert.equal(heard.run.pid, started.process.pid);
    assert.equal(heard.run.folder, at.runFolders()[0]);
    await heard.until(() => heard.checkpoints.length > 1 && heard.progress.length > 2);
    assert.ok(heard.records.some(({ state }) => state === "running"));
    const points = heard.metrics.filter(({ name }) => name === "loss");
    const steps = points.flatMap((part) => [...part.steps]);
    assert.deepEqual(
      steps,
      steps.map((_, i) => i + 1),
      "every point once, in order",
    );
    assert.deepEqual(
      [...points[0].values],
      [...points[0].steps].map((step) => 1 / step),
    );
    const { phase, epoch, epochs, length, stepsPerSecond } = heard.progress.at(-1) ?? {};
    assert.deepEqual([phase, epoch, epochs, length], ["train", 1, 3, 0]);
    assert.ok((stepsPerSecond ?? 0) > 50 && (stepsPerSecond ?? 0) < 1000, `${stepsPerSecond} steps/s`);
    assert.match(heard.checkpoints[0], /checkpoints\/200\.safetensors$/);
    started.process.kill("SIGKILL");
    await heard.closed;
  });

  it("hears Stop in a loop that never yields: a checkpoint, the last record, exit code 130", async () => {
    const { started, heard } = await supervise("train", "train.ts");
    await heard.until(() => heard.progress.length > 0);
    const asked = Date.now();
    assert.deepEqual(await heard.run.channel.ask("run.stop", {}), { accepted: true });
    const { code } = await started.ended;
    assert.ok(Date.now() - asked < 1000, `${Date.now() - asked} ms`);
    assert.equal(code, 130);
    await heard.closed;
    assert.equal(heard.records.at(-1)?.state, "stopped");
    assert.ok(heard.checkpoints.length > 0);
  });

  it("answers for tensors while the program's thread is busy", async () => {
    const { started, heard } = await supervise("train", "train.ts");
    await started.saw("tensor ");
    await heard.until(() => heard.progress.length > 0);
    const id = Number(/tensor (\d+)/.exec(started.output())?.[1]);
    const tensor: TensorRef = {
      id,
      dtype: "float32",
      shape: [2, 3],
      layout: "strided",
      device: "cpu",
      requiresGrad: false,
    };
    const { channel } = heard.run;
    const page = await channel.ask("tensor.page", {
      tensor,
      rowAxis: 0,
      columnAxis: 1,
      index: [0, 0],
      rowStart: 0,
      rowCount: 2,
      columnStart: 1,
      columnCount: 2,
    });
    assert.deepEqual(page, { rows: 2, columns: 2, values: Float64Array.of(2, 3, NaN, 6) });
    const stats = engineAnswerValidators["tensor.stats"](await channel.ask("tensor.stats", { tensor, bins: 2 }));
    assert.deepEqual([stats.count, stats.min, stats.max, stats.nan], [6, 1, 6, 1]);
    await assert.rejects(channel.ask("tensor.stats", { tensor: { ...tensor, id: id + 12345 }, bins: 2 }), /.+/);
    await assert.rejects(channel.ask("tensor.page", { ...queryOf({ ...tensor, shape: [2, 4] }) }), /bytes/);
    started.process.kill("SIGKILL");
    await started.ended;
  });

  it("sends its last word before a short run is over", async () => {
    const { started, heard } = await supervise("test", "train.ts");
    const { code } = await started.ended;
    await heard.closed;
    assert.equal(code, 0);
    assert.equal(heard.records.at(-1)?.state, "finished");
    assert.deepEqual([...heard.metrics[0].values], [0.5]);
  });

  it("sends its last word when the program calls process.exit or fails", async () => {
    for (const [text, state, exitCode] of [
      ["process.exit(5);", "failed", 5],
      ["process.exit(0);", "finished", 0],
      ["throw new Error('x');", "failed", 1],
    ] as const) {
      at.write("leave.ts", `export function train() { ${text} }`);
      const { started, heard } = await supervise("train", "leave.ts");
      const { code, took } = await started.ended;
      await heard.closed;
      assert.deepEqual(
        [code, heard.records.at(-1)?.state, heard.records.at(-1)?.exitCode],
        [exitCode, state, exitCode],
        text,
      );
      assert.ok(took < 10_000);
    }
  });

  it("keeps what went wrong with the options for the host to see", async () => {
    const { started, heard } = await supervise("train", "train.ts", "--epochs", "3");
    assert.equal((await started.ended).code, 1);
    await heard.closed;
    assert.match(heard.records.at(-1)?.error?.message ?? "", /unknown option --epochs/);
    assert.equal(at.runFolders().length, 1);
  });

  it("runs all the same when nobody listens", async () => {
    const environment = { GRADTAPE_SOCKET: `${listener.path}-gone`, GRADTAPE_TOKEN: "x" };
    const { code, stderr } = await (await start(at, ["test", "train.ts"], { environment })).ended;
    assert.equal(code, 0);
    assert.match(stderr, /^(gradtape: the run is not shown live: .*\n)?$/);
  });

  it("goes on when the host goes away", async () => {
    at.write(
      "go.ts",
      `export async function train(run) { for (const n of run.track(Array(60).keys())) await new Promise((r) => setTimeout(r, 10)); console.log("through"); }`,
    );
    const { started, heard } = await supervise("train", "go.ts");
    await heard.until(() => heard.progress.length > 0);
    listener.dispose();
    const { code, stdout } = await started.ended;
    assert.equal(code, 0);
    assert.match(stdout, /through/);
  });
});

const queryOf = (tensor: TensorRef) => ({
  tensor,
  rowAxis: 0,
  columnAxis: 1,
  index: [0, 0],
  rowStart: 0,
  rowCount: 1,
  columnStart: 0,
  columnCount: 1,
});

function listen(run: ConnectedRun): Heard {
  const { channel } = run;
  const waiting: (() => void)[] = [];
  const records: RunRecord[] = [];
  const metrics: MetricPoints[] = [];
  const progress: RunProgress[] = [];
  const checkpoints: string[] = [];
  const changed = () => waiting.forEach((look) => look());
  const hear = <Name extends keyof EngineEvents>(name: Name, use: (fields: EngineEvents[Name]) => void) =>
    channel.hear(name, (fields) => {
      use(fields);
      changed();
    });
  hear("run.record", ({ record }) => records.push(record));
  hear("run.metrics", ({ metrics: more }) => metrics.push(...more));
  hear("run.progress", ({ progress: now }) => progress.push(now));
  hear("run.checkpoint", ({ checkpoint }) => checkpoints.push(checkpoint.file));
  const closed = new Promise<void>((resolve) => channel.onClose(resolve));
  const until = (met: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      const look = () => met() && resolve();
      waiting.push(look);
      void closed.then(() => reject(new Error("the connection ended before")));
      look();
    });
  return { run, records, metrics, progress, checkpoints, closed, until };
}
