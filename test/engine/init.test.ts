// Initial values: moments of the random ones within five standard errors for a fixed seed, exact properties of the others.
import assert from "node:assert/strict";
import {
  ArgumentError,
  Generator,
  ShapeError,
  type Tensor,
  isGradEnabled,
  manualSeed,
  nn,
  zeros,
} from "../../engine/index.js";
import type { DType } from "../../engine/dtype.js";

const { init } = nn;
const flat = (x: Tensor): number[] => Array.from(x.to("float64").toTypedArray() as Float64Array);

/** Mean and standard deviation of a sample, each within 5 standard errors (and the rounding of float32). */
function assertMoments(x: Tensor, mean: number, std: number, kurtosis = 3): void {
  const values = flat(x);
  const n = values.length;
  const m = values.reduce((sum, v) => sum + v, 0) / n;
  const variance = values.reduce((sum, v) => sum + (v - m) ** 2, 0) / n;
  assert.ok(Math.abs(m - mean) < (5 * std) / Math.sqrt(n) + 1e-6, `mean: expected ${mean}, got ${m}`);
  const error = std * std * Math.sqrt((kurtosis - 1) / n);
  assert.ok(Math.abs(variance - std * std) < 5 * error + 1e-6, `variance: expected ${std ** 2}, got ${variance}`);
}

const range = (x: Tensor): [number, number] => {
  const values = flat(x);
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
};

function assertWithin(x: Tensor, low: number, high: number): void {
  const [least, most] = range(x);
  assert.ok(least >= low && most <= high, `expected values from ${low} to ${high}, got ${least} to ${most}`);
}

/** Uniform in ±bound: all inside, close to both ends, with its moments. */
function assertUniform(x: Tensor, low: number, high: number): void {
  assertWithin(x, low - 1e-6, high + 1e-6);
  const [least, most] = range(x);
  assert.ok(least < low + (high - low) * 0.001 && most > high - (high - low) * 0.001);
  assertMoments(x, (low + high) / 2, (high - low) / Math.sqrt(12), 1.8);
}

describe("nn.init", () => {
  beforeEach(() => manualSeed(7));
  const weight = () => zeros([64, 32, 3, 5]).requiresGrad_(); // fan in 480, fan out 960

  it("fills uniformly and normally, returning its tensor, without a history", () => {
    const x = weight();
    assert.equal(init.uniform_(x, -2, 3), x);
    assert.ok(x.isLeaf && x.requiresGrad && isGradEnabled());
    assertUniform(x, -2, 3);
    assertMoments(init.normal_(x, 5, 0.25), 5, 0.25);
    assertMoments(init.normal_(zeros([20_000], { dtype: "float64" })), 0, 1);
  });

  it("follows a generator of its own", () => {
    const drawn = (seed: number) => flat(init.normal_(zeros([5]), 0, 1, { generator: new Generator(seed) }));
    assert.deepEqual(drawn(1), drawn(1));
    assert.notDeepEqual(drawn(1), drawn(2));
  });

  it("scales as He and as Glorot", () => {
    assertUniform(init.kaimingUniform_(weight()), -Math.sqrt(6 / 480), Math.sqrt(6 / 480));
    const bound = Math.sqrt(6 / (1 + 5) / 960);
    assertUniform(init.kaimingUniform_(weight(), { a: Math.sqrt(5), mode: "fanOut" }), -bound, bound);
    assertMoments(init.kaimingNormal_(weight(), { nonlinearity: "relu" }), 0, Math.sqrt(2 / 480));
    assertMoments(init.kaimingNormal_(weight(), { nonlinearity: "linear", mode: "fanOut" }), 0, Math.sqrt(1 / 960));
    assertUniform(init.xavierUniform_(weight()), -Math.sqrt(6 / 1440), Math.sqrt(6 / 1440));
    assertMoments(init.xavierNormal_(weight(), 3), 0, 3 * Math.sqrt(2 / 1440));
  });

  it("knows PyTorch's gains", () => {
    const gains = { linear: 1, conv2d: 1, sigmoid: 1, tanh: 5 / 3, relu: Math.SQRT2, selu: 0.75 } as const;
    for (const [name, gain] of Object.entries(gains)) assert.equal(init.calculateGain(name as "linear"), gain);
    assert.equal(init.calculateGain("leakyRelu"), Math.sqrt(2 / (1 + 0.01 ** 2)));
    assert.equal(init.calculateGain("leakyRelu", 0.2), Math.sqrt(2 / 1.04));
    assert.throws(() => init.calculateGain("swish" as never), /calculateGain: expected a nonlinearity/);
  });

  it("sets constants, also in integers and bools", () => {
    for (const dtype of ["float32", "float16", "int64", "bool"] as const satisfies readonly DType[]) {
      assert.deepEqual(flat(init.ones_(zeros([2, 2], { dtype }))), [1, 1, 1, 1]);
      assert.deepEqual(flat(init.zeros_(init.ones_(zeros([2], { dtype })))), [0, 0]);
      assert.deepEqual(flat(init.eye_(zeros([2, 3], { dtype }))), [1, 0, 0, 0, 1, 0]);
    }
    assert.deepEqual(flat(init.constant_(zeros([2]), -1.5)), [-1.5, -1.5]);
    assert.deepEqual(flat(init.eye_(zeros([3, 2]))), [1, 0, 0, 1, 0, 0]);
  });

  it("makes convolutions that pass channels on", () => {
    const x = init.dirac_(zeros([3, 2, 3]));
    assert.deepEqual(x.toArray(), [
      [
        [0, 1, 0],
        [0, 0, 0],
      ],
      [
        [0, 0, 0],
        [0, 1, 0],
      ],
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    ]);
    const grouped = init.dirac_(zeros([4, 1, 1, 2]), { groups: 2 });
    assert.deepEqual(grouped.toArray(), [[[[0, 1]]], [[[0, 0]]], [[[0, 1]]], [[[0, 0]]]]);
    const image = init.uniform_(zeros([1, 2, 4, 4]));
    const conv = new nn.Conv2d(2, 2, 3, { padding: 1, bias: false });
    init.dirac_(conv.weight);
    assert.deepEqual(conv.forward(image).toArray(), image.toArray());
    assert.throws(() => init.dirac_(zeros([3, 2, 3]), { groups: 2 }), ArgumentError);
    assert.throws(() => init.dirac_(zeros([3, 2])), ShapeError);
  });

  it("draws from the truncated normal distribution", () => {
    // Of a standard normal within ±2: variance 0.7737413, kurtosis 2.3.
    const x = init.truncNormal_(zeros([40_000]), 3, 0.5, 2, 4);
    assertWithin(x, 2, 4);
    assertMoments(x, 3, 0.5 * Math.sqrt(0.7737413), 2.4);
    // One side: the mean of a normal above 1 is φ(1) / (1 - Φ(1)) = 1.5251353, its variance 0.1990976.
    assertMoments(init.truncNormal_(zeros([40_000]), 0, 1, 1, 100), 1.5251353, Math.sqrt(0.1990976), 9);
    // Far out in the tail nothing is infinite: above 12 the mean is 12.0819.
    const tail = init.truncNormal_(zeros([20_000]), 0, 1, 12, 30);
    assertWithin(tail, 12, 30);
    assertMoments(tail, 12.0822, 0.0813, 9);
    assertWithin(init.truncNormal_(zeros([100]), 0, 1, -30, -12), -30, -12);
    assert.deepEqual(flat(init.truncNormal_(zeros([2]), 0, 1, 0.5, 0.5)), [0.5, 0.5]);
    assert.throws(() => init.truncNormal_(zeros([2]), 0, 1, 1, -1), /expected low <= high, got 1 and -1/);
    assert.throws(() => init.truncNormal_(zeros([2]), 0, 0), /expected a standard deviation > 0, got 0/);
  });

  it("makes orthonormal rows or columns", () => {
    for (const [shape, dtype] of [
      [[4, 4], "float64"],
      [[3, 8], "float32"],
      [[8, 3], "float32"],
      [[4, 2, 3], "float64"],
      [[1, 5], "float16"],
    ] as const) {
      const x = init.orthogonal_(zeros(shape, { dtype }), 2).to("float64");
      const matrix = x.reshape([shape[0], -1]);
      const gram = matrix.shape[0] <= matrix.shape[1] ? matrix.matmul(matrix.t()) : matrix.t().matmul(matrix);
      const size = gram.shape[0];
      const expected = Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 4 : 0));
      const tolerance = { float64: 1e-12, float32: 1e-5, float16: 2e-2 }[dtype];
      flat(gram).forEach((value, i) =>
        assert.ok(Math.abs(value - expected[i]) < tolerance, `${shape.join()}: ${value}`),
      );
    }
  });

  it("draws all orthogonal matrices alike", () => {
    // The sign of the first element would be fixed without the correction by R's diagonal.
    const signs = Array.from({ length: 200 }, () => Math.sign(flat(init.orthogonal_(zeros([3, 3])))[0]));
    const positive = signs.filter((sign) => sign > 0).length;
    assert.ok(positive > 65 && positive < 135, `${positive} of 200`);
  });

  it("runs on meta and on nothing", () => {
    const x = zeros([3, 4, 3], { device: "meta" });
    for (const set of [init.uniform_, init.normal_, init.xavierNormal_, init.kaimingUniform_, init.truncNormal_]) {
      assert.deepEqual(set(x).shape, [3, 4, 3]);
    }
    assert.deepEqual(init.orthogonal_(x).shape, [3, 4, 3]);
    assert.deepEqual(init.kaimingNormal_(zeros([0, 4])).shape, [0, 4]);
    assert.deepEqual(init.orthogonal_(zeros([0, 4])).shape, [0, 4]);
  });

  it("refuses what has no fans, and spreads below 0", () => {
    assert.throws(
      () => init.kaimingUniform_(zeros([3])),
      /init: expected a weight of at least 2 dimensions, got \[3\]/,
    );
    assert.throws(() => init.orthogonal_(zeros([3])), ShapeError);
    assert.throws(() => init.eye_(zeros([3])), /eye_: expected 2 dimensions, got \[3\]/);
    assert.throws(() => init.normal_(zeros([3]), 0, -1), /normal_: expected a standard deviation >= 0, got -1/);
    assert.throws(() => init.xavierUniform_(zeros([3, 2]), 0), /xavierUniform_: expected a gain > 0, got 0/);
    assert.throws(
      () => init.kaimingNormal_(zeros([3, 2]), { mode: "fan_in" as never }),
      /"fanIn" or "fanOut", got "fan_in"/,
    );
  });
});
