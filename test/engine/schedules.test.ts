// Learning rate schedules epoch by epoch beside PyTorch, their states and refusals.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError, StateDictError, load, ones, optim, save, tensor } from "../../engine/index.js";

type Chain = readonly (readonly [name: string, options: Readonly<Record<string, unknown>>])[];
interface Rates {
  readonly lr: readonly number[];
  readonly momentum: readonly (number | null)[];
  readonly last: readonly (readonly number[])[];
}
interface Case {
  readonly kind: "SGD" | "Adam";
  readonly chain: Chain;
  readonly rates: readonly Rates[];
}
/** By PyTorch: see test/golden/training/write.py. */
const { metrics, cases } = JSON.parse(
  readFileSync(new URL("../golden/training/schedules.json", import.meta.url), "utf8"),
) as { readonly metrics: readonly number[]; readonly cases: Readonly<Record<string, Case>> };

const factors: Readonly<Record<string, (epoch: number) => number>> = {
  "1 / (1 + epoch)": (epoch) => 1 / (1 + epoch),
  "0.9 ** epoch": (epoch) => 0.9 ** epoch,
};

interface AnySchedule {
  step(metric?: number): void;
  getLastLr(): readonly number[];
  stateDict(): optim.lrScheduler.ScheduleState;
  loadStateDict(state: optim.lrScheduler.ScheduleState): void;
}

type AnyOptimiser = optim.SGD | optim.Adam;

function make({ kind, chain }: Case): { optimiser: AnyOptimiser; schedules: readonly AnySchedule[] } {
  const [a, b] = [ones([1]).requiresGrad_(), ones([1]).requiresGrad_()];
  const groups = [{ params: [a] }, { params: [b], lr: 0.05 }];
  const optimiser =
    kind === "SGD" ? new optim.SGD(groups, { lr: 0.5, momentum: 0.9 }) : new optim.Adam(groups, { lr: 0.5 });
  const schedules = chain.map(([name, options]) => {
    const { lrLambda } = options;
    const given = lrLambda === undefined ? {} : { lrLambda: [lrLambda].flat().map((f) => factors[f as string]) };
    if (typeof lrLambda === "string") Object.assign(given, { lrLambda: factors[lrLambda] });
    const Schedule = optim.lrScheduler[name as "StepLR"] as unknown as new (o: unknown, options: object) => AnySchedule;
    return new Schedule(optimiser, { ...options, ...given });
  });
  return { optimiser, schedules };
}

const advance = ({ optimiser, schedules }: ReturnType<typeof make>, epoch: number): void => {
  optimiser.step();
  for (const s of schedules) s.step(metrics[epoch]);
};

const now = ({ optimiser, schedules }: ReturnType<typeof make>): Rates => ({
  lr: optimiser.paramGroups.map(({ lr }) => lr),
  momentum: optimiser.paramGroups.map((group) => ("betas" in group ? group.betas[0] : group.momentum)),
  last: schedules.map((s) => s.getLastLr()),
});

const close = (got: number | null, expected: number | null) =>
  got === expected ||
  Math.abs((got as number) - (expected as number)) <= 1e-12 * Math.max(Math.abs(expected as number), 1e-4);

function assertRates(got: Rates, expected: Rates, epoch: number): void {
  for (const name of ["lr", "momentum"] as const) {
    assert.equal(got[name].length, expected[name].length);
    got[name].forEach((value, i) =>
      assert.ok(
        close(value, expected[name][i]),
        `epoch ${epoch}, ${name} ${i}: expected ${expected[name][i]}, got ${value}`,
      ),
    );
  }
  got.last.forEach((rates, s) =>
    rates.forEach((value, i) => assert.ok(close(value, expected.last[s][i]), `epoch ${epoch}, getLastLr of ${s}`)),
  );
}

async function warningsOf(body: () => void): Promise<readonly string[]> {
  const heard: string[] = [];
  const hear = (warning: Error) => void (warning.name === "GradtapeWarning" && heard.push(warning.message));
  process.on("warning", hear);
  body();
  await new Promise(setImmediate); // warnings are emitted on the next tick
  process.off("warning", hear);
  return heard;
}

describe("schedules beside PyTorch", () => {
  for (const [name, one] of Object.entries(cases)) {
    it(name, () => {
      const made = make(one);
      assertRates(now(made), one.rates[0], 0);
      for (let epoch = 0; epoch + 1 < one.rates.length; epoch++) {
        advance(made, epoch);
        assertRates(now(made), one.rates[epoch + 1], epoch + 1);
      }
    });
  }
});

describe("schedules", () => {
  it("go on exactly from a state that went through a file", () => {
    const folder = mkdtempSync(join(tmpdir(), "gradtape-schedules-"));
    try {
      for (const [name, one] of Object.entries(cases)) {
        const whole = make(one);
        const states: unknown[] = [];
        const rates: Rates[] = [];
        for (let epoch = 0; epoch < 20; epoch++) {
          advance(whole, epoch);
          rates.push(now(whole));
          states.push({ optimiser: whole.optimiser.stateDict(), schedules: whole.schedules.map((s) => s.stateDict()) });
        }
        for (const from of [0, 4, 9, 12]) {
          const file = join(folder, "state.safetensors");
          save(states[from], file);
          const saved = load<{ optimiser: optim.OptimizerState; schedules: optim.lrScheduler.ScheduleState[] }>(file);
          const resumed = make(one);
          resumed.optimiser.loadStateDict(saved.optimiser);
          resumed.schedules.forEach((s, i) => s.loadStateDict(saved.schedules[i]));
          for (let epoch = from + 1; epoch < 20; epoch++) {
            advance(resumed, epoch);
            assert.deepEqual(now(resumed), rates[epoch], `${name}, from ${from}, epoch ${epoch}`);
          }
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("go on from lastEpoch with an optimiser that was loaded", () => {
    const p = ones([1]).requiresGrad_();
    const first = new optim.SGD([p], { lr: 1 });
    const schedule = new optim.lrScheduler.StepLR(first, { stepSize: 2 });
    for (let epoch = 0; epoch < 3; epoch++) {
      first.step();
      schedule.step();
    }
    const second = new optim.SGD([p], { lr: 1 });
    second.loadStateDict(first.stateDict());
    const resumed = new optim.lrScheduler.StepLR(second, { stepSize: 2, lastEpoch: 2 });
    assert.deepEqual([resumed.lastEpoch, resumed.getLastLr()], [3, schedule.getLastLr()]);
    assert.throws(
      () => new optim.lrScheduler.StepLR(new optim.SGD([p]), { stepSize: 2, lastEpoch: 2 }),
      (e) =>
        e instanceof ArgumentError && /expected an initialLr in paramGroups\[0\] to go on from epoch 2/.test(e.message),
    );
  });

  it("warn when they step before the optimiser", async () => {
    const wrong = await warningsOf(() => {
      const optimiser = new optim.SGD([ones([1]).requiresGrad_()], { lr: 1 });
      const schedule = new optim.lrScheduler.ExponentialLR(optimiser, { gamma: 0.9 });
      schedule.step();
      schedule.step();
    });
    assert.equal(wrong.length, 1);
    assert.match(wrong[0], /^ExponentialLR: step\(\) was called before the optimiser's first step\(\)/);
    const right = await warningsOf(() => {
      const optimiser = new optim.SGD([ones([1]).requiresGrad_()], { lr: 1 });
      const schedule = new optim.lrScheduler.ExponentialLR(optimiser, { gamma: 0.9 });
      optimiser.step();
      schedule.step();
    });
    assert.deepEqual(right, []);
  });

  it("read a plateau's metric from a tensor", () => {
    const optimiser = new optim.SGD([ones([1]).requiresGrad_()], { lr: 1 });
    const schedule = new optim.lrScheduler.ReduceLROnPlateau(optimiser, { patience: 0 });
    for (const value of [2, 3]) schedule.step(tensor(value));
    assert.deepEqual([schedule.getLastLr(), schedule.best], [[0.1], 2]);
  });

  it("reach the groups that are added later", () => {
    const optimiser = new optim.SGD([ones([1]).requiresGrad_()], { lr: 1 });
    const schedule = new optim.lrScheduler.ExponentialLR(optimiser, { gamma: 0.5 });
    optimiser.addParamGroup({ params: ones([1]).requiresGrad_(), lr: 8 });
    optimiser.step();
    schedule.step();
    assert.deepEqual(schedule.getLastLr(), [0.5, 4]);
  });

  const sgd = () => new optim.SGD([ones([1]).requiresGrad_()], { lr: 1 });
  const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
      "no optimiser",
      () => new optim.lrScheduler.StepLR({} as never, { stepSize: 1 }),
      /StepLR: expected an optimiser, got object/,
    ],
    [
      "no step size",
      () => new optim.lrScheduler.StepLR(sgd(), {} as never),
      /stepSize as an integer >= 1, got undefined/,
    ],
    [
      "half a step",
      () => new optim.lrScheduler.StepLR(sgd(), { stepSize: 0.5 }),
      /stepSize as an integer >= 1, got 0.5/,
    ],
    [
      "no gamma",
      () => new optim.lrScheduler.ExponentialLR(sgd(), {} as never),
      /gamma as a finite number, got undefined/,
    ],
    [
      "milestones",
      () => new optim.lrScheduler.MultiStepLR(sgd(), { milestones: 3 as never }),
      /milestones as an array of epochs/,
    ],
    [
      "a factor above 1",
      () => new optim.lrScheduler.ConstantLR(sgd(), { factor: 2 }),
      /factor as a number from 0 to 1, got 2/,
    ],
    [
      "a start of 0",
      () => new optim.lrScheduler.LinearLR(sgd(), { startFactor: 0 }),
      /startFactor as a number from .* got 0/,
    ],
    ["tMax 0", () => new optim.lrScheduler.CosineAnnealingLR(sgd(), { tMax: 0 }), /tMax as an integer >= 1, got 0/],
    [
      "no steps",
      () => new optim.lrScheduler.OneCycleLR(sgd(), { maxLr: 1 }),
      /expected totalSteps, or epochs and stepsPerEpoch/,
    ],
    [
      "two rates for one group",
      () => new optim.lrScheduler.OneCycleLR(sgd(), { maxLr: [1, 2], totalSteps: 3 }),
      /maxLr as a number or 1 of them/,
    ],
    [
      "another shape",
      () => new optim.lrScheduler.OneCycleLR(sgd(), { maxLr: 1, totalSteps: 3, annealStrategy: "sin" as never }),
      /"cos" or "linear", got "sin"/,
    ],
    [
      "no functions",
      () => new optim.lrScheduler.LambdaLR(sgd(), { lrLambda: [] }),
      /lrLambda as a function or 1 of them/,
    ],
    [
      "a factor of 1",
      () => new optim.lrScheduler.ReduceLROnPlateau(sgd(), { factor: 1 }),
      /expected a factor < 1, got 1/,
    ],
    [
      "another mode",
      () => new optim.lrScheduler.ReduceLROnPlateau(sgd(), { mode: "most" as never }),
      /mode "min" or "max", got "most"/,
    ],
    [
      "lastEpoch -2",
      () => new optim.lrScheduler.StepLR(sgd(), { stepSize: 1, lastEpoch: -2 }),
      /lastEpoch as an integer >= -1/,
    ],
  ];
  for (const [what, body, message] of refused) {
    it(`refuse ${what}`, () => assert.throws(body, (e) => e instanceof ArgumentError && message.test(e.message)));
  }

  it("refuse to go beyond the cycle, and momenta where there are none", () => {
    const optimiser = sgd();
    const schedule = new optim.lrScheduler.OneCycleLR(optimiser, { maxLr: 1, totalSteps: 3 });
    optimiser.step();
    for (let i = 0; i < 3; i++) schedule.step();
    assert.throws(() => schedule.step(), /OneCycleLR: expected at most 3 steps, got 4/);
    class Plain extends optim.Optimizer<{ lr: number }, object> {
      protected override checkSettings(): void {}
      protected override update(): void {}
    }
    const plain = new Plain([ones([1]).requiresGrad_()], { lr: 1 });
    assert.throws(
      () => new optim.lrScheduler.OneCycleLR(plain, { maxLr: 1, totalSteps: 3 }),
      /give \{ cycleMomentum: false \}/,
    );
    new optim.lrScheduler.OneCycleLR(plain, { maxLr: 1, totalSteps: 3, cycleMomentum: false });
  });

  it("refuse another schedule's state, and keep their own", () => {
    const schedule = new optim.lrScheduler.StepLR(sgd(), { stepSize: 2 });
    const before = schedule.stateDict();
    const other = new optim.lrScheduler.CosineAnnealingLR(sgd(), { tMax: 2 }).stateDict();
    for (const [state, message] of [
      [other, /loadStateDict: the state does not fit StepLR: no stepSize; no gamma/],
      [undefined, /no lastEpoch/],
      [{ ...before, baseLrs: 3 }, /baseLrs: expected an array, got number/],
    ] as const) {
      assert.throws(
        () => schedule.loadStateDict(state as never),
        (e) => e instanceof StateDictError && message.test(e.message),
      );
    }
    assert.deepEqual(schedule.stateDict(), before);
  });
});
