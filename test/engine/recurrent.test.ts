// RNN, LSTM, GRU and their cells: values and gradients of first and second order equal PyTorch's; the LSTM's fused form
// equals its composed one; what is wrong is said.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type DType, Tensor, manualSeed, nn, noGrad, ones, randn, tensor, zeros } from "../../engine/index.js";
import { availableDevices } from "../../engine/backend/native.js";
import { grad } from "../../engine/backward.js";
import { cellSteps, hasCellKernels } from "../../engine/functional/recurrentLstmCell.js";
import { composedSteps } from "../../engine/functional/recurrentLstmComposed.js";
import { lstmBackward, lstmForward } from "../../engine/functional/recurrentLstmKernels.js";
import type { Storage } from "../../engine/storage.js";

interface Golden {
  readonly outs: readonly (readonly number[])[];
  readonly shapes: readonly (readonly number[])[];
  readonly grads: readonly (readonly number[])[];
  readonly second: readonly (readonly number[] | null)[];
}

const golden = JSON.parse(
  readFileSync(new URL("../golden/recurrent/values.json", import.meta.url), "utf8"),
) as Readonly<Record<string, Golden>>;

const [inputs, hidden, steps, batch] = [3, 2, 4, 2];

/** The formula of test/golden/recurrent/write.py. */
function fill(shape: readonly number[], phase: number, dtype: DType): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float64Array.from({ length: size }, (_, i) => (((i * 37 + phase * 11) % 101) - 50) / 60);
  return tensor(values, { dtype }).view(shape).detach();
}

interface Variant extends nn.RNNOptions {
  readonly batched?: boolean;
  readonly withState?: boolean;
}

const variants: Readonly<Record<string, Variant>> = {
  plain: {},
  zeros: { withState: false },
  noBias: { bias: false },
  batchFirst: { batchFirst: true },
  unbatched: { batched: false },
  unbatchedZeros: { batched: false, withState: false },
  bidirectional: { bidirectional: true },
  deep: { numLayers: 3 },
  everything: { numLayers: 2, bidirectional: true, batchFirst: true },
};

type Recurrent = nn.Module & { forward(x: Tensor, state?: unknown): unknown };

const classes = {
  RNN: nn.RNN,
  LSTM: nn.LSTM,
  GRU: nn.GRU,
  RNNCell: nn.RNNCell,
  LSTMCell: nn.LSTMCell,
  GRUCell: nn.GRUCell,
};

/** The module, its input and its state as the script makes them. */
function made(name: string, dtype: DType): { module: Recurrent; x: Tensor; state: Tensor[] | undefined } {
  const words = name.split(" ");
  const kind = words[0] as keyof typeof classes;
  const variant = variants[words[words.length - 1]];
  const options: nn.RNNOptions = { ...variant, dtype, ...(words.includes("relu") && { nonlinearity: "relu" }) };
  const module = new classes[kind](inputs, hidden, options) as unknown as Recurrent;
  noGrad(() => [...module.parameters()].forEach((p, phase) => p.copy_(fill(p.shape, phase, dtype))));
  const { batched = true, withState = true, numLayers = 1, bidirectional = false, batchFirst = false } = variant;
  const rows = batched ? [batch] : [];
  const isCell = kind.endsWith("Cell");
  const shape = isCell ? [...rows, inputs] : batched && batchFirst ? [batch, steps, inputs] : [steps, ...rows, inputs];
  const stateShape = [...(isCell ? [] : [numLayers * (bidirectional ? 2 : 1)]), ...rows, hidden];
  const state = Array.from({ length: kind.startsWith("LSTM") ? 2 : 1 }, (_, i) => fill(stateShape, 60 + i, dtype));
  return { module, x: fill(shape, 50, dtype), state: withState ? state : undefined };
}

const flat = (value: unknown): Tensor[] => (value instanceof Tensor ? [value] : (value as unknown[]).flatMap(flat));
const sum = (parts: readonly Tensor[]): Tensor => parts.reduce((a, b) => a.add(b));

function close(actual: Tensor | undefined, expected: readonly number[] | null, within: number, what: string): void {
  const values = actual ? Array.from(actual.flatten().to("float64").toTypedArray(), Number) : undefined;
  if (expected === null) return assert.ok(!values || values.every((v) => v === 0), what);
  assert.equal(values?.length, expected.length, what);
  const scale = Math.max(1, ...expected.map(Math.abs)); // what cancels in a sum has the rounding of its parts
  values?.forEach((v, i) => {
    assert.ok(Math.abs(v - expected[i]) <= within * scale, `${what}[${i}]: expected ${expected[i]}, got ${v}`);
  });
}

function compare(name: string, dtype: DType, within: number, secondOrder: boolean): void {
  const { module, x, state } = made(name, dtype);
  const expected = golden[name];
  const leaves = [x, ...(state ?? [])].map((leaf) => leaf.requiresGrad_());
  const outs = flat(module.forward(x, state && (state.length === 1 ? state[0] : state)));
  outs.forEach((out, i) => {
    assert.deepEqual(out.shape, expected.shapes[i]);
    close(out, expected.outs[i], within, `${name}: result ${i}`);
  });
  const loss = sum(
    outs.map((o, i) =>
      o
        .mul(fill(o.shape, 70 + i, dtype))
        .sum()
        .add(o.square().sum()),
    ),
  );
  const wanted = [...leaves, ...module.parameters()];
  const grads = grad(loss, wanted, { createGraph: secondOrder });
  grads.forEach((g, i) => close(g, expected.grads[i], within, `${name}: gradient ${i}`));
  if (!secondOrder) return;
  const second = grad(sum(grads.map((g) => g.square().sum())), wanted, { allowUnused: true });
  second.forEach((g, i) => close(g, expected.second[i], within, `${name}: second gradient ${i}`));
}

describe("recurrent layers", () => {
  it("cover what the golden file has", () => {
    assert.equal(Object.keys(golden).length, 4 * 9 + 4 * 5);
  });

  for (const name of Object.keys(golden)) {
    it(`${name} as PyTorch, gradients of both orders too`, () => {
      compare(name, "float64", 1e-10, true);
      compare(name, "float32", 2e-6, false); // rounding: some gradients are sums of larger parts that cancel
      compare(name, "float32", 1e-5, true);
    });
  }

  it("an LSTM's steps in our own kernels equal those in TensorFlow's, which other devices use", () => {
    const [on] = availableDevices();
    assert.ok(hasCellKernels(on));
    const sizes = { steps: 5, batch: 3, inputs: 4, hidden: 7 };
    const made = (...shape: number[]): Tensor => fill(shape, shape.length, "float32");
    const x = made(5, 3, 4);
    const [h, c, weightIh, weightHh, biasIh, biasHh, dOutput, dState] = [
      [3, 7],
      [3, 7],
      [28, 4],
      [28, 7],
      [28],
      [28],
      [5, 3, 7],
      [3, 7], // prettier-ignore
    ].map((shape) => made(...shape));
    const wanted = { x: true, weightIh: true, weightHh: true, biases: true };
    for (const reverse of [false, true])
      for (const bias of [false, true])
        for (const given of [["output"], ["h"], ["c"], ["output", "h", "c"]]) {
          const results = [composedSteps, cellSteps].map((by): Record<string, Storage | undefined> => {
            const inputs = {
              x: x.strided(),
              h: h.strided(),
              c: c.strided(),
              weightIh: weightIh.strided(),
              weightHh: weightHh.strided(),
              biases: bias ? ([biasIh.strided(), biasHh.strided()] as const) : undefined,
            };
            const unkept = lstmForward(by, inputs, sizes, { reverse, keep: false }, on);
            const { kept, before, ...forward } = lstmForward(by, inputs, sizes, { reverse, keep: true }, on);
            const incoming = {
              output: given.includes("output") ? dOutput.strided() : undefined,
              h: given.includes("h") ? dState.strided() : undefined,
              c: given.includes("c") ? dState.strided() : undefined,
            };
            const d = lstmBackward(by, incoming, inputs, before as Storage, kept, sizes, { reverse, wanted }, on);
            const named = Object.entries(d).map(([name, storage]) => [`d ${name}`, storage] as const);
            return {
              ...forward,
              before,
              "output unkept": unkept.output,
              "c unkept": unkept.c,
              ...Object.fromEntries(named),
            };
          });
          const shapeOf: Record<string, readonly number[]> = {
            output: [5, 3, 7], before: [5, 3, 7], "output unkept": [5, 3, 7], "d x": [5, 3, 4], "d weightIh": [28, 4],
            "d weightHh": [28, 7], "d biases": [28],
          }; // prettier-ignore
          for (const [name, composed] of Object.entries(results[0])) {
            const [expected, got] = [composed, results[1][name]].map(
              (storage) => new Tensor(storage as Storage, shapeOf[name] ?? [3, 7], "float32", on),
            );
            const values = [...expected.flatten().toTypedArray()].map(Number);
            close(got, values, 2e-6, `${name}, ${given.join(" and ")}${reverse ? ", reverse" : ""}`);
          }
        }
  });

  it("have PyTorch's parameters in its order, begun within 1/√hidden", () => {
    const layer = new nn.LSTM(3, 4, { numLayers: 2, bidirectional: true });
    assert.deepEqual(
      [...layer.namedParameters()].map(([name, p]) => [name, p.shape]),
      ["L0", "L0Reverse", "L1", "L1Reverse"].flatMap((of, i) => [
        [`weightIh${of}`, [16, i < 2 ? 3 : 8]],
        [`weightHh${of}`, [16, 4]],
        [`biasIh${of}`, [16]],
        [`biasHh${of}`, [16]],
      ]),
    );
    const all = [...layer.parameters()].flatMap((p) => [...p.toTypedArray()].map(Number));
    assert.ok(all.every((v) => Math.abs(v) <= 0.5));
    assert.ok(Math.max(...all) > 0.45 && Math.min(...all) < -0.45);
    assert.deepEqual(
      [...new nn.GRUCell(3, 4).namedParameters()].map(([name]) => name),
      ["weightIh", "weightHh", "biasIh", "biasHh"],
    );
  });

  it("a sequence in one call is the cells' loop", () => {
    const layer = new nn.GRU(3, 2, { dtype: "float64" });
    const cell = new nn.GRUCell(3, 2, { dtype: "float64" });
    const { weightIhL0, weightHhL0, biasIhL0, biasHhL0 } = layer.stateDict();
    cell.loadStateDict({ weightIh: weightIhL0, weightHh: weightHhL0, biasIh: biasIhL0, biasHh: biasHhL0 });
    const x = randn([5, 2, 3], { dtype: "float64" });
    const [output] = layer.forward(x);
    let h: Tensor | undefined;
    let t = 0;
    for (const now of x) {
      h = cell.forward(now, h);
      close(output.select(0, t++), [...h.flatten().toTypedArray()].map(Number), 1e-12, `step ${t}`);
    }
  });

  it("state from one call to the next is truncated by detach", () => {
    const layer = new nn.LSTM(3, 2);
    const x = randn([4, 2, 3]);
    const [whole] = layer.forward(x);
    const [, state] = layer.forward(x.narrow(0, 0, 2));
    const [rest] = layer.forward(x.narrow(0, 2, 2), [state[0].detach(), state[1].detach()]);
    close(rest, [...whole.narrow(0, 2, 2).flatten().toTypedArray()].map(Number), 1e-6, "rest");
    rest.sum().backward();
    assert.ok([...layer.parameters()].every((p) => p.grad));
  });

  it("drop between layers in training only, and by the seed", () => {
    const layer = new nn.GRU(3, 8, { numLayers: 2, dropout: 0.5 });
    const x = randn([4, 2, 3]);
    const run = (): unknown => layer.forward(x)[0].toArray();
    manualSeed(3);
    const first = run();
    assert.notDeepEqual(run(), first);
    manualSeed(3);
    assert.deepEqual(run(), first);
    layer.eval();
    assert.deepEqual(run(), run());
  });

  it("only what is asked for gets gradients", () => {
    const layer = new nn.LSTM(3, 2, { numLayers: 2 });
    layer.weightHhL0.requiresGrad = false;
    layer.weightIhL1.requiresGrad = false;
    layer.biasIhL1.requiresGrad = false;
    const [, [h]] = layer.forward(randn([4, 2, 3]));
    h.sum().backward();
    const frozen = ["weightHhL0", "weightIhL1", "biasIhL1"];
    for (const [name, p] of layer.namedParameters()) assert.equal(p.grad !== undefined, !frozen.includes(name), name);
    const c = layer.forward(randn([1, 2, 3]))[1][1];
    c.sum().backward(); // neither output nor h has a gradient
    assert.ok(layer.weightHhL1.grad);
  });

  it("backward twice needs retainGraph, and in-place changes of what is needed are found", () => {
    const layer = new nn.LSTM(3, 2);
    const loss = layer.forward(randn([4, 2, 3]))[0].sum();
    loss.backward(undefined, { retainGraph: true });
    const first = layer.weightHhL0.grad?.toArray();
    layer.zeroGrad();
    loss.backward();
    assert.deepEqual(layer.weightHhL0.grad?.toArray(), first);
    assert.throws(() => loss.backward(), /freed by an earlier backward/);
    const [output, [, c]] = layer.forward(randn([4, 2, 3]));
    noGrad(() => c.zero_());
    output.sum().backward(); // the state is a tensor of its own
    const [again] = layer.forward(randn([4, 2, 3]));
    const sum = again.sum();
    noGrad(() => again.zero_());
    assert.throws(() => sum.backward(), /lstm needs its result .* in-place operation changed it/);
  });

  it("run on meta and in float16, by shape and roughly by value", () => {
    const meta = new nn.LSTM(3, 2, { device: "meta", bidirectional: true });
    const [output, [h]] = meta.forward(zeros([4, 2, 3], { device: "meta" }));
    assert.deepEqual(
      [output.shape, h.shape],
      [
        [4, 2, 4],
        [2, 2, 2],
      ],
    );
    const full = new nn.LSTM(3, 2);
    const half = new nn.LSTM(3, 2, { dtype: "float16" });
    half.loadStateDict(full.stateDict());
    const x = randn([4, 2, 3]);
    const expected = [...full.forward(x)[0].flatten().toTypedArray()].map(Number);
    close(half.forward(x.to("float16"))[0], expected, 5e-3, "half");
  });

  it("an empty batch gives an empty result", () => {
    const layer = new nn.LSTM(3, 2);
    const [output, [h]] = layer.forward(zeros([4, 0, 3]));
    assert.deepEqual(
      [output.shape, h.shape],
      [
        [4, 0, 2],
        [1, 0, 2],
      ],
    );
    output.sum().backward();
    assert.deepEqual(layer.weightHhL0.grad?.toArray(), zeros([8, 2]).toArray());
  });

  it("say what does not fit", () => {
    const layer = new nn.LSTM(3, 2, { batchFirst: true });
    assert.throws(() => layer.forward(ones([2, 4, 5])), /LSTM: expected input with 3 features.*got \[2, 4, 5\]/);
    assert.throws(() => layer.forward(ones([3])), /LSTM: expected input of 2 or 3 dimensions, got \[3\]/);
    assert.throws(() => layer.forward(ones([2, 0, 3])), /at least one step/);
    assert.throws(
      () => layer.forward(ones([2, 4, 3]), [ones([2, 1, 2]), ones([1, 2, 2])]),
      /expected h0 of \[1, 2, 2\] for input \[2, 4, 3\], got \[2, 1, 2\]; batchFirst does not change it/,
    );
    assert.throws(() => layer.forward(ones([2, 4, 3]), ones([1, 2, 2]) as never), /the state as \[h0, c0\]/);
    assert.throws(() => layer.forward(ones([2, 4, 3], { dtype: "float64" })), /one floating dtype/);
    assert.throws(() => new nn.GRU(0, 2), /GRU: expected inputSize as an integer >= 1, got 0/);
    assert.throws(() => new nn.RNN(3, 2, { nonlinearity: "gelu" as never }), /expected nonlinearity "tanh" or "relu"/);
    assert.throws(() => new nn.LSTM(3, 2, { dropout: 2 }), /dropout in \[0, 1\]/);
    assert.throws(() => new nn.GRUCell(3, 2).forward(ones([2, 4])), /GRUCell: expected input of \[batch, 3\] or \[3\]/);
    assert.throws(() => new nn.RNNCell(3, 2).forward(ones([2, 3]), ones([2])), /expected h of \[2, 2\]/);
  });

  it("print as PyTorch's", () => {
    assert.equal(
      String(new nn.GRU(3, 2, { numLayers: 2, dropout: 0.1, bias: false, batchFirst: true, bidirectional: true })),
      "GRU(3, 2, numLayers=2, bias=false, batchFirst=true, dropout=0.1, bidirectional=true)",
    );
    assert.equal(
      String(new nn.RNNCell(3, 2, { bias: false, nonlinearity: "relu" })),
      "RNNCell(3, 2, bias=false, nonlinearity=relu)",
    );
  });
});
