// Our own kernels among TensorFlow's: an LSTM's step and its gradient equal the formula in float64, whatever the numbers
// and sizes; what does not fit is said, and the device goes on.
import assert from "node:assert/strict";
import type { KernelId, NativeId } from "../../engine/native/binding.js";
import { dtypes } from "./dtypes.js";
import { floats, hold, ints, kernel, openNative, Owner, readFloats, release, thrown } from "./openNative.js";

const cellInputs = ["projected", "bias", "step", "recurrent", "cBefore"] as const;
const gradInputs = ["gates", "tanhC", "cBefore", "dOutput", "step", "dh", "dc"] as const;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const one = 2 ** -23; // a float32's last place, relative to the number
const smallest = 2 ** -126; // of the normal numbers

/** Equal to within some last places of `size`, the largest number on the way; infinities and NaN exactly. */
function near(got: number, expected: number, places: number, what: string, size = Math.abs(expected)): void {
  if (!Number.isFinite(expected)) return assert.ok(Object.is(got, expected), `${what}: ${got}, not ${expected}`);
  const difference = Math.abs(got - expected);
  assert.ok(difference <= places * one * size + smallest, `${what}: ${got}, not ${expected}`);
}

/** Numbers between -2 and 2 without a pattern. */
const spread = (length: number, phase: number): number[] =>
  Array.from({ length }, (_, i) => Math.fround(2 * Math.sin(i * i * 0.37 + i * 1.3 + phase)));

describe("the LSTM's own kernels", () => {
  const native = openNative();
  afterEach(() => release(native));
  const cell = kernel(native, "GradtapeLstmCell", cellInputs.length, { attrs: [], outputs: 4 });
  const cellGrad = kernel(native, "GradtapeLstmCellGrad", gradInputs.length, { attrs: [], outputs: 2 });

  function run(id: KernelId, outputs: number, inputs: readonly NativeId[]): number[][] {
    const owners = Array.from({ length: outputs }, () => new Owner());
    const ids = native.executeMany(id, 0, owners, inputs);
    return ids.map((out) => hold(() => out)).map((out) => readFloats(native, out));
  }

  const step = (value: number): NativeId => ints(native, [value], []);

  function checkCell(rows: number, hidden: number, projected: readonly number[], cBefore: readonly number[]): void {
    const [width, all] = [4 * hidden, 4 * rows * hidden];
    const bias = spread(width, 1).map((v) => v / 8);
    const recurrent = spread(all, 2).map((v) => v / 8);
    const other = new Array<number>(all).fill(NaN); // a step that must not be looked at
    const [gates, c, tanhC, h] = run(cell, 4, [
      floats(native, [...other, ...projected, ...other], [3, rows, width]),
      floats(native, bias, [width]),
      step(1),
      floats(native, recurrent, [rows, width]),
      floats(native, cBefore, [rows, hidden]),
    ]);
    assert.deepEqual(
      [gates, c, tanhC, h].map((out) => out.length),
      [all, all / 4, all / 4, all / 4],
    );
    for (let at = 0; at < all; at++) {
      const column = at % width;
      const sum = Math.fround(Math.fround(projected[at] + bias[column]) + recurrent[at]);
      const activation = Math.floor(column / hidden) === 2 ? Math.tanh : sigmoid;
      near(gates[at], activation(sum), 4, `gate of ${sum}`);
    }
    for (let at = 0; at < rows * hidden; at++) {
      const row = Math.floor(at / hidden) * width + (at % hidden);
      const [i, f, g, o] = [0, 1, 2, 3].map((gate) => gates[row + gate * hidden]);
      near(c[at], f * cBefore[at] + i * g, 2, `c at ${at}`, Math.abs(f * cBefore[at]) + Math.abs(i * g));
      near(tanhC[at], Math.tanh(c[at]), 4, `tanh of ${c[at]}`);
      near(h[at], o * tanhC[at], 1, `h at ${at}`);
    }
  }

  // Sizes around the vectors of 4 and 8 that the compiler makes, and none at all.
  for (const [rows, hidden] of [
    [1, 1],
    [2, 3],
    [3, 17],
    [5, 8],
    [2, 64],
    [0, 3],
    [0, 0],
  ] as const)
    // prettier-ignore
    it(`step: ${rows} rows of ${hidden}`, () => {
      checkCell(rows, hidden, spread(4 * rows * hidden, 3), spread(rows * hidden, 4));
    });

  const extremes = [0, -0, 1e-45, -1e-45, 1e-39, -1e-20, 1e-4, -0.3, 0.3466, 9, -9, 20, -87, 87.7, -88, 88.8, -100, 100,
    3e38, -3e38, Infinity, -Infinity, NaN]; // prettier-ignore

  it("step: extreme inputs and states", () => {
    for (const hidden of [1, 11]) {
      const rows = extremes.length;
      const projected = Array.from({ length: 4 * rows * hidden }, (_, i) =>
        Math.fround(extremes[(i + Math.floor(i / (4 * hidden))) % extremes.length]),
      );
      const cBefore = Array.from({ length: rows * hidden }, (_, i) => Math.fround(extremes[(i * 7) % extremes.length]));
      checkCell(rows, hidden, projected, cBefore);
    }
  });

  it("step: activations alone, over their whole range", () => {
    const hidden = 40_000;
    const inputs = Array.from({ length: hidden }, (_, i) => Math.fround((i / hidden - 0.5) * 2 * 10 ** ((i % 7) - 4)));
    const zeros = new Array<number>(4 * hidden).fill(0);
    const [gates] = run(cell, 4, [
      floats(native, [...inputs, ...inputs, ...inputs, ...inputs], [1, 1, 4 * hidden]),
      floats(native, zeros, [4 * hidden]),
      step(0),
      floats(native, zeros, [1, 4 * hidden]),
      floats(native, zeros.slice(0, hidden), [1, hidden]),
    ]);
    inputs.forEach((x, at) => {
      for (const gate of [0, 1, 3]) near(gates[gate * hidden + at], sigmoid(x), 3, `sigmoid of ${x}`);
      near(gates[2 * hidden + at], Math.tanh(x), 3, `tanh of ${x}`);
    });
  });

  function checkGradient(rows: number, hidden: number, odd: readonly number[]): void {
    const [width, size] = [4 * hidden, rows * hidden];
    const gates = spread(4 * size, 5).map((v) => Math.fround(v / 2));
    const [tanhC, cBefore] = [spread(size, 6).map((v) => Math.fround(v / 2)), spread(size, 7)];
    const [dOutput, dh, dc] = [8, 9, 10].map((phase) => spread(size, phase));
    odd.forEach((value, i) => ([dOutput, dh, dc][i % 3][i % Math.max(size, 1)] = value));
    const state = [rows, hidden];
    const [dGates, dcBefore] = run(cellGrad, 2, [
      floats(native, gates, [rows, width]),
      floats(native, tanhC, state),
      floats(native, cBefore, state),
      floats(native, [...dOutput, ...new Array<number>(size).fill(NaN)], [2, rows, hidden]),
      step(0),
      floats(native, dh, state),
      floats(native, dc, state),
    ]);
    assert.deepEqual([dGates.length, dcBefore.length], [4 * size, size]);
    for (let at = 0; at < size; at++) {
      const row = Math.floor(at / hidden) * width + (at % hidden);
      const [i, f, g, o] = [0, 1, 2, 3].map((gate) => gates[row + gate * hidden]);
      const total = dOutput[at] + dh[at];
      const dcNow = dc[at] + total * o * (1 - tanhC[at] ** 2);
      const expected = [dcNow * g * i * (1 - i), dcNow * cBefore[at] * f * (1 - f), dcNow * i * (1 - g * g),
        total * tanhC[at] * o * (1 - o)]; // prettier-ignore
      // Sums that cancel are as exact as their parts.
      const finite = [dc[at], dOutput[at], dh[at]].filter(Number.isFinite).map(Math.abs);
      const parts = 16 * finite.reduce((a, b) => a + b, 1);
      expected.forEach((v, gate) => near(dGates[row + gate * hidden], v, 1, `d gate ${gate} at ${at}`, parts));
      near(dcBefore[at], dcNow * f, 1, `dc at ${at}`, parts);
    }
  }

  for (const [rows, hidden] of [
    [1, 1],
    [2, 3],
    [3, 17],
    [5, 8],
    [2, 64],
    [0, 3],
    [0, 0],
  ] as const)
    // prettier-ignore
    it(`gradient: ${rows} rows of ${hidden}`, () => checkGradient(rows, hidden, []));

  it("gradient: infinite and missing numbers, huge and tiny ones", () => {
    checkGradient(3, 17, [Infinity, -Infinity, NaN, 1e30, -1e30, 1e-45, -0].map(Math.fround));
  });

  it("say what does not fit, and the next step runs", () => {
    const good = () => [
      floats(native, spread(24, 0), [1, 2, 12]),
      floats(native, spread(12, 0), [12]),
      step(0),
      floats(native, spread(24, 0), [2, 12]),
      floats(native, spread(6, 0), [2, 3]),
    ];
    const says = (name: (typeof cellInputs)[number], value: NativeId, message: RegExp): void => {
      const inputs = good().map((id, i) => (cellInputs[i] === name ? value : id));
      const error = thrown(() => run(cell, 4, inputs));
      assert.deepEqual([error.code, error.op], ["INVALID_ARGUMENT", "GradtapeLstmCell"]);
      assert.match(error.message, message);
    };
    says("projected", floats(native, spread(24, 0), [2, 12]), /expected projected of \[2, 2, 12\], got \[2, 12\]/);
    says("projected", floats(native, [1], []), /expected projected of \[0, 2, 12\], got \[\]/);
    says("bias", floats(native, [1], [1]), /expected bias of \[12\], got \[1\]/);
    says("step", step(1), /expected a step below 1, got 1/);
    says("step", step(-1), /expected a step below 1, got -1/);
    says("step", ints(native, [0], [1]), /expected step of \[\], got \[1\]/);
    says("recurrent", floats(native, spread(24, 0), [1, 24]), /expected recurrent of \[2, 12\], got \[1, 24\]/);
    says("cBefore", floats(native, spread(6, 0), [6]), /expected c_before of 2 dims, got \[6\]/);
    says(
      "cBefore",
      hold((out) => native.create(dtypes.float64, [2, 3], 0, out, undefined)),
      /float|double/,
    );
    assert.equal(run(cell, 4, good())[0].length, 24);
    const gates = floats(native, spread(24, 0), [2, 12]);
    const state = floats(native, spread(6, 0), [2, 3]);
    const output = floats(native, spread(6, 0), [1, 2, 3]);
    const wrong = [gates, state, state, output, step(0), floats(native, [1], [1, 1]), state];
    assert.match(thrown(() => run(cellGrad, 2, wrong)).message, /expected dh of \[2, 3\], got \[1, 1\]/);
    assert.equal(run(cellGrad, 2, [gates, state, state, output, step(0), state, state])[0].length, 24);
  });

  it("run on every CPU device, and in a queue", () => {
    const inputs = [[1, 1, 4], [4], undefined, [1, 4], [1, 1]].map((shape) =>
      shape
        ? floats(
            native,
            spread(
              shape.reduce((a, b) => a * b, 1),
              0,
            ),
            shape,
          )
        : step(0),
    );
    const expected = run(cell, 4, inputs);
    native.setAsync(0, true);
    try {
      assert.deepEqual(run(cell, 4, inputs), expected);
      native.synchronize(0);
    } finally {
      native.setAsync(0, false);
    }
    const there = inputs.map((id) => hold((out) => native.copyTo(id, 1, out)));
    const owners = Array.from({ length: 4 }, () => new Owner());
    const outs = native.executeMany(cell, 1, owners, there);
    outs.forEach((id, i) =>
      assert.deepEqual(
        readFloats(
          native,
          hold(() => id),
        ),
        expected[i],
      ),
    );
  });
});
