// Optimisers step by step beside PyTorch, their states, groups and refusals.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ArgumentError,
  F,
  GradtapeError,
  StateDictError,
  type Tensor,
  isGradEnabled,
  load,
  manualSeed,
  nn,
  noGrad,
  ones,
  optim,
  randn,
  save,
  tensor,
  zeros,
} from "../../engine/index.js";
import { native } from "../../engine/backend/native.js";
import type { DType } from "../../engine/dtype.js";
import { assertClose, fill, flat, golden } from "./formula.js";
import { restoreParts, statesOf } from "../../engine/run/checkpointParts.js";

interface Recorded {
  readonly steps: readonly (readonly (readonly number[])[])[];
  readonly state: readonly Readonly<Record<string, number | readonly number[]>>[];
}
interface Case {
  readonly kind: "SGD" | "Adam" | "AdamW" | "RMSprop";
  readonly options: object;
  readonly groups: readonly { readonly of: readonly number[]; readonly options: object }[] | null;
  readonly float32: Recorded;
  readonly float64: Recorded;
}
const { recorded, shapes, cases } = golden("optimisers.json") as {
  readonly recorded: readonly number[];
  readonly shapes: readonly (readonly number[])[];
  readonly cases: Readonly<Record<string, Case>>;
};

type AnyOptimiser = optim.Optimizer<{ lr: number }, object>;

const makeParameters = (dtype: DType): Tensor[] =>
  shapes.map((shape, i) =>
    fill(shape, 20 + i)
      .mul(4)
      .to(dtype)
      .requiresGrad_(),
  );

function makeOptimiser({ kind, options, groups }: Case, params: readonly Tensor[]): AnyOptimiser {
  const given = groups?.map(({ of, options: own }) => ({ params: of.map((i) => params[i]), ...own })) ?? params;
  return new optim[kind](given as never, options);
}

function setGradients(params: readonly Tensor[], step: number): void {
  params.forEach((p, i) => {
    const g = noGrad(() =>
      p
        .detach()
        .mul(0.3)
        .add(fill(shapes[i], 7 * step + i).to(p.dtype)),
    );
    p.grad = step === 2 && i === 1 ? undefined : g;
  });
}

const modelOf = () => new nn.Sequential(new nn.Linear(4, 8), new nn.Tanh(), new nn.Linear(8, 2));

/** One step on reproducible data. */
function train(net: nn.Module & { forward(x: Tensor): Tensor }, optimiser: AnyOptimiser, step: number): number {
  optimiser.zeroGrad();
  const loss = F.mseLoss(net.forward(fill([6, 4], step).to("float32").mul(5)), fill([6, 2], step + 50).to("float32"));
  loss.backward();
  optimiser.step();
  return loss.item();
}

describe("optimisers beside PyTorch", () => {
  for (const [name, one] of Object.entries(cases)) {
    for (const [dtype, tolerance] of [
      ["float32", 1e-6],
      ["float64", 1e-12],
    ] as const) {
      it(`${name}, ${dtype}`, () => {
        const params = makeParameters(dtype);
        const optimiser = makeOptimiser(one, params);
        const expected = one[dtype];
        for (let step = 1; step <= recorded[recorded.length - 1]; step++) {
          setGradients(params, step);
          optimiser.step();
          const at = recorded.indexOf(step);
          if (at < 0) continue;
          params.forEach((p, i) =>
            assertClose(flat(p), expected.steps[at][i], tolerance, `parameter ${i} after step ${step}`),
          );
        }
        const order = one.groups?.flatMap(({ of }) => of) ?? [0, 1, 2];
        const { state } = optimiser.stateDict();
        order.forEach((i, position) => {
          const own = Object.entries(state[position] ?? {}).filter(
            ([key]) => key !== "step" || "step" in expected.state[i],
          );
          assert.deepEqual(own.map(([key]) => key).sort(), Object.keys(expected.state[i]).sort());
          for (const [key, value] of own) {
            const wanted = [expected.state[i][key]].flat();
            // 1 - β2 is rounded in float32: the averages carry its relative error, the parameters do not.
            const bound = dtype === "float32" ? 2e-5 : tolerance;
            assertClose(typeof value === "number" ? [value] : flat(value), wanted, bound, `${key} of parameter ${i}`);
          }
        });
      });
    }
  }
});

describe("optimisers", () => {
  const kinds: Readonly<Record<string, Case>> = Object.fromEntries(
    Object.entries(cases).filter(([name]) => /everything|groups|^adam$|amsgrad|dampening/.test(name)),
  );

  for (const [name, one] of Object.entries(kinds)) {
    it(`${name}: a state loaded after any step goes on bit for bit, through a file too`, () => {
      const folder = mkdtempSync(join(tmpdir(), "gradtape-optim-"));
      try {
        const bits = (params: readonly Tensor[]) => params.map((p) => Buffer.from(p.toBytes()).toString("hex"));
        const history: string[][] = [];
        const states: string[] = [];
        const params = makeParameters("float32");
        const optimiser = makeOptimiser(one, params);
        for (let step = 1; step <= 6; step++) {
          setGradients(params, step);
          optimiser.step();
          history.push(bits(params));
          const file = join(folder, `${step}.safetensors`);
          save({ params: params.map((p) => p.detach()), optimiser: optimiser.stateDict() }, file);
          states.push(file);
        }
        for (let from = 1; from < 6; from++) {
          const saved = load<{ params: Tensor[]; optimiser: optim.OptimizerState }>(states[from - 1]);
          const again = saved.params.map((p) => p.requiresGrad_());
          const resumed = makeOptimiser(
            { ...one, options: {}, groups: one.groups?.map((g) => ({ ...g, options: {} })) ?? null },
            again,
          );
          resumed.loadStateDict(saved.optimiser);
          for (let step = from + 1; step <= 6; step++) {
            setGradients(again, step);
            resumed.step();
            assert.deepEqual(bits(again), history[step - 1], `resumed after ${from}, step ${step}`);
          }
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }

  it("go on bit for bit from a run's checkpoint, beside the model and the schedule", () => {
    const folder = mkdtempSync(join(tmpdir(), "gradtape-optim-"));
    try {
      const file = join(folder, "checkpoint.safetensors");
      const make = () => {
        const net = modelOf();
        const optimiser = new optim.AdamW(net.parameters(), { lr: 0.05, amsgrad: true });
        const schedule = new optim.lrScheduler.OneCycleLR(optimiser, { maxLr: 0.1, totalSteps: 12 });
        return { net, optimiser, schedule, losses: [] as number[] };
      };
      const advance = ({ net, optimiser, schedule, losses }: ReturnType<typeof make>, step: number) => {
        losses.push(train(net, optimiser, step));
        schedule.step();
      };
      const whole = make();
      for (let step = 0; step < 12; step++) {
        advance(whole, step);
        if (step === 6) save(statesOf(whole), file);
      }
      const resumed = make();
      restoreParts(resumed, load(file), file, { whole: true });
      for (let step = 7; step < 12; step++) advance(resumed, step);
      assert.deepEqual(resumed.losses, whole.losses);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("follow a parameter or an average that somebody else changes between steps", () => {
    const run = (resume: boolean) => {
      const p = fill([5], 3).to("float32").requiresGrad_();
      let optimiser = new optim.Adam([p], { lr: 0.1 });
      for (let step = 0; step < 6; step++) {
        if (resume) {
          const state = optimiser.stateDict();
          optimiser = new optim.Adam([p]);
          optimiser.loadStateDict(state);
        }
        if (step === 3) {
          noGrad(() => {
            p.mul_(2);
            (optimiser.stateDict().state[0].expAvg as Tensor).zero_();
          });
        }
        p.grad = fill([5], 9 + step).to("float32");
        optimiser.step();
      }
      return flat(p);
    };
    assert.deepEqual(run(false), run(true));
  });

  it("leave alone what was taken before the step: snapshots, detached copies of the past, other views see the new values", () => {
    const p = ones([4]).requiresGrad_();
    const before = p.snapshot();
    const view = p.detach().view([2, 2]);
    const optimiser = new optim.Adam([p], { lr: 0.5 });
    p.grad = ones([4]);
    optimiser.step();
    assert.deepEqual(before.toArray(), [1, 1, 1, 1]);
    assert.deepEqual(view.toArray(), [
      [0.5, 0.5],
      [0.5, 0.5],
    ]);
    p.grad = ones([4]);
    const second = p.snapshot();
    optimiser.step();
    assert.deepEqual(second.toArray(), [0.5, 0.5, 0.5, 0.5]);
  });

  it("update halves in float32 and round once", () => {
    for (const dtype of ["float16", "bfloat16"] as const) {
      for (const kind of ["Adam", "AdamW", "RMSprop", "SGD"] as const) {
        const wide = fill([50], 1).mul(4).to(dtype).to("float32").requiresGrad_();
        const narrow = wide.detach().to(dtype).requiresGrad_();
        const optimisers = [wide, narrow].map((p) => new optim[kind]([p], { lr: 0.01 }));
        for (let step = 0; step < 5; step++) {
          for (const p of [wide, narrow]) p.grad = fill([50], 5 + step).to(p.dtype);
          optimisers.forEach((optimiser) => optimiser.step());
        }
        const worst = noGrad(() => narrow.detach().to("float32").sub(wide.detach()).abs().amax().item());
        assert.ok(worst < (dtype === "float16" ? 4e-3 : 3e-2), `${kind} ${dtype}: ${worst}`);
        assert.ok(flat(narrow.detach().to("float32")).every(Number.isFinite));
      }
    }
  });

  it("work on empty parameters, on the second device and on meta", () => {
    for (const kind of ["Adam", "AdamW", "RMSprop", "SGD"] as const) {
      const params = [zeros([0, 3]), ones([2], { device: "cpu:1" }), ones([2], { device: "meta" }), ones([2])];
      for (const p of params) p.requiresGrad_().grad = p.detach().onesLike();
      const optimiser = new optim[kind](params, { lr: 0.5, weightDecay: 0.1 });
      optimiser.step();
      optimiser.step();
      assert.deepEqual(params[1].toArray(), params[3].toArray());
      assert.notDeepEqual(params[3].toArray(), [1, 1]);
    }
  });

  it("keep no number per learning rate and no memory per step", () => {
    const p = randn([1000]).requiresGrad_();
    const optimiser = new optim.AdamW([p], { lr: 0.1 });
    const live = () => native().memory(p.device.nativeIndex);
    let after10 = 0;
    for (let step = 0; step < 400; step++) {
      optimiser.paramGroups[0].lr = 0.1 / (1 + step);
      p.grad = p.detach().mul(0.1);
      optimiser.step();
      if (step === 10) {
        global.gc?.();
        after10 = live().tensors;
      }
    }
    if (!global.gc) return;
    global.gc();
    assert.ok(live().tensors < after10 + 100, `${after10} tensors became ${live().tensors}`);
  });

  it("keep what was done before an update that fails, and are whole after it", () => {
    const params = [1, 2, 3].map(() => ones([2]).requiresGrad_());
    class Failing extends optim.Adam {
      fail = true;
      protected override update(...args: Parameters<optim.Adam["update"]>): void {
        if (args[0] === params[1] && this.fail) throw new GradtapeError("no");
        super.update(...args);
      }
    }
    const optimiser = new Failing(params, { lr: 0.5 });
    for (const p of params) p.grad = ones([2]);
    assert.throws(() => optimiser.step(), /no/);
    assert.deepEqual([...params.map((p) => p.toArray()), optimiser.steps], [[0.5, 0.5], [1, 1], [1, 1], 0]);
    assert.deepEqual((optimiser.stateDict().state[0].expAvg as Tensor).shape, [2]);
    optimiser.fail = false;
    optimiser.step();
    assert.deepEqual([params[1].toArray(), params[2].toArray(), optimiser.steps], [[0.5, 0.5], [0.5, 0.5], 1]);
    assert.equal(optimiser.stateDict().state[0].step, 2);
  });

  it("are right for parameters and gradients that share memory", () => {
    for (const kind of ["Adam", "AdamW", "RMSprop", "SGD"] as const) {
      const run = (shared: boolean) => {
        const whole = tensor([
          [1, 2, 3],
          [4, 5, 6],
        ]);
        const own = (x: Tensor) => (shared ? x : x.clone()).requiresGrad_();
        const [a, b, row] = [own(whole.detach()), own(whole.detach()), own(whole.detach().select(0, 1))];
        // With shared memory a's step is what b begins with, and b's what the row begins with.
        const before = () => (shared ? whole : undefined);
        a.grad = shared ? a.detach() : a.detach().clone();
        b.grad = tensor([
          [1, 1, 1],
          [2, 2, 2],
        ]);
        row.grad = tensor([1, 2, 3]);
        const optimiser = new optim[kind]([a, b, row], { lr: 0.5, weightDecay: 0.1 });
        if (shared) optimiser.step();
        else {
          // One after the other, by hand.
          for (const [p, next] of [
            [a, b],
            [b, row],
            [row, undefined],
          ] as const) {
            new optim[kind]([p], { lr: 0.5, weightDecay: 0.1 }).step();
            if (next) noGrad(() => next.copy_(next === row ? p.select(0, 1) : p));
          }
          noGrad(() => b.select(0, 1).copy_(row));
        }
        return (before() ?? b.detach()).toArray();
      };
      assert.deepEqual(run(true), run(false), kind);
    }
  });

  it("take a closure, which records and whose loss they return", () => {
    const p = tensor([3]).requiresGrad_();
    const optimiser = new optim.SGD([p], { lr: 0.1 });
    const loss = noGrad(() =>
      optimiser.step(() => {
        assert.ok(isGradEnabled());
        optimiser.zeroGrad();
        const value = p.mul(p).sum();
        value.backward();
        return value;
      }),
    );
    assert.equal(loss.item(), 9);
    assert.ok(Math.abs(p.item() - 2.4) < 1e-6);
    assert.throws(() => optimiser.step(async () => {}), /SGD.step: expected a synchronous closure, got a promise/);
  });

  it("take further groups with settings of their own", () => {
    const [a, b, c] = [1, 2, 3].map((n) => ones([n]).requiresGrad_());
    const optimiser = new optim.SGD([a], { lr: 1 });
    optimiser.addParamGroup({ params: b, lr: 0.25 });
    optimiser.addParamGroup({ params: [c] });
    for (const p of [a, b, c]) p.grad = p.detach().onesLike();
    optimiser.step();
    assert.deepEqual([a.toArray(), b.toArray(), c.toArray()], [[0], [0.75, 0.75], [0, 0, 0]]);
    assert.deepEqual(
      optimiser.stateDict().paramGroups.map(({ params, lr }) => [params, lr]),
      [
        [[0], 1],
        [[1], 0.25],
        [[2], 1],
      ],
    );
    assert.throws(() => optimiser.addParamGroup({ params: [a] }), /SGD: parameter 3 \[1\] is given twice/);
    assert.throws(() => optimiser.addParamGroup({ params: [], lr: -1 }), /SGD: expected lr >= 0, got -1/);
    assert.equal(optimiser.paramGroups.length, 3);
  });

  it("print their groups", () => {
    assert.equal(
      String(new optim.Adam([ones([2]).requiresGrad_()])),
      "Adam (\nParameter Group 0\n    amsgrad: false\n    betas: [0.9, 0.999]\n    eps: 1e-8\n    lr: 0.001\n    maximize: false\n    params: 1\n    weightDecay: 0\n)",
    );
  });

  it("say that Module.to has replaced their parameters", () => {
    for (const kind of ["Adam", "AdamW", "RMSprop", "SGD"] as const) {
      const net = modelOf();
      const optimiser = new optim[kind](net.parameters());
      net.to("float64");
      assert.throws(
        () => optimiser.step(),
        (error) => {
          assert.ok(error instanceof ArgumentError);
          assert.equal(
            error.message,
            `${kind}: expected the module's present parameters, got parameter 0 (0.weight, float32 [8, 4] on cpu), which .to("float64") has replaced; make the optimiser after .to(…)`,
          );
          return true;
        },
      );
    }
    const net = modelOf();
    const old = [...net.parameters()];
    net.to("cpu").to("float32"); // nothing to do: the same parameters
    const optimiser = new optim.SGD(net.parameters());
    optimiser.step();
    net.to("cpu:1");
    assert.throws(() => new optim.SGD(old), /which \.to\("cpu:1"\) has replaced/);
    new optim.SGD(net.parameters()).step();
  });

  const p = () => ones([2]).requiresGrad_();
  const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["no parameters", () => new optim.Adam([]), /Adam: expected at least one parameter, got none/],
    ["one tensor", () => new optim.Adam(p()), /Adam: expected a list of parameters, got one tensor; write \[tensor\]/],
    ["other things", () => new optim.Adam([3 as never]), /expected tensors, got number as parameter 0/],
    ["integers", () => new optim.Adam([tensor([1n])]), /expected floating dtypes, got int64 as parameter 0 \[1\]/],
    ["a result", () => new optim.Adam([p().mul(2)]), /expected leaves, got a result of mul as parameter 0/],
    ["a negative lr", () => new optim.Adam([p()], { lr: -1 }), /Adam: expected lr >= 0, got -1/],
    ["no number", () => new optim.RMSprop([p()], { alpha: "1" as never }), /RMSprop: expected alpha >= 0, got 1/],
    ["NaN", () => new optim.SGD([p()], { lr: NaN }), /SGD: expected lr >= 0, got NaN/],
    ["a beta of 1", () => new optim.AdamW([p()], { betas: [0.9, 1] }), /AdamW: expected two betas in \[0, 1\)/],
    ["one beta", () => new optim.Adam([p()], { betas: [0.9] as never }), /expected two betas in \[0, 1\), got \[0.9\]/],
    ["a group's lr", () => new optim.Adam([{ params: [p()], lr: -2 }]), /Adam: expected lr >= 0, got -2/],
    ["nesterov alone", () => new optim.SGD([p()], { nesterov: true }), /nesterov needs a momentum/],
  ];
  for (const [what, make, message] of refused) {
    it(`refuse ${what}`, () => assert.throws(make, (e) => e instanceof ArgumentError && message.test(e.message)));
  }

  it("refuse a state that does not fit, and keep their own", () => {
    const [a, b] = [p(), ones([3]).requiresGrad_()];
    const optimiser = new optim.Adam([a, b], { lr: 0.3 });
    a.grad = ones([2]);
    optimiser.step();
    const good = optimiser.stateDict();
    const group = good.paramGroups[0];
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [undefined, /expected \{ state, paramGroups \}/],
      [{ state: {}, paramGroups: [] }, /expected groups of 2 parameters, got $/],
      [{ state: {}, paramGroups: [null] }, /expected groups of 2 parameters, got no/],
      [{ state: {}, paramGroups: [{ params: [0, 1] }] }, /group 0 has no lr, betas, eps/],
      [{ state: {}, paramGroups: [{ ...group, lr: "a" }] }, /group 0: Adam: expected lr >= 0, got a/],
      [{ state: { 7: {} }, paramGroups: [group] }, /a state for parameter 7 of 2/],
      [{ state: { length: {} }, paramGroups: [group] }, /a state for parameter length of 2/],
      [{ state: { 0: 1 }, paramGroups: [group] }, /the state of parameter 0: expected an object/],
      [{ state: { 0: { expAvg: "x" } }, paramGroups: [group] }, /expAvg of parameter 0: expected a number or a Tensor/],
      [
        { state: { 1: { expAvg: ones([2]) } }, paramGroups: [group] },
        /expAvg of parameter 1: expected shape \[3\], got \[2\]/,
      ],
    ];
    for (const [state, message] of wrong) {
      assert.throws(
        () => optimiser.loadStateDict(state as never),
        (e) => e instanceof StateDictError && message.test(e.message),
        message.source,
      );
    }
    assert.deepEqual(optimiser.stateDict(), good);
    const sgd = new optim.SGD([p(), ones([3]).requiresGrad_()]);
    assert.throws(() => sgd.loadStateDict(good), /does not fit SGD: group 0 has no momentum, dampening, nesterov/);
  });

  it("train a network the same twice for one seed", () => {
    const losses = () => {
      manualSeed(3);
      const net = modelOf();
      const optimiser = new optim.AdamW(net.parameters(), { lr: 0.05 }) as unknown as AnyOptimiser;
      return Array.from({ length: 120 }, (_, step) => train(net, optimiser, step % 4));
    };
    const [first, second] = [losses(), losses()];
    assert.deepEqual(first, second);
    assert.ok(first[119] < first[3] / 2, `${first[3]} became ${first[119]}`);
  });
});
