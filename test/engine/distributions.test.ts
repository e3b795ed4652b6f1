// Distributions beside PyTorch; draws by their moments and frequencies, within five standard errors for a fixed seed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  ArgumentError,
  DTypeError,
  Generator,
  ShapeError,
  type Tensor,
  distributions,
  manualSeed,
  multinomial,
  ones,
  tensor,
  zeros,
} from "../../engine/index.js";
import type { TensorData } from "../../engine/create.js";

const { Bernoulli, Categorical, Distribution, Normal, Uniform } = distributions;

type Golden = string | number | null | readonly Golden[];
interface Case {
  readonly kind: "Normal" | "Uniform" | "Bernoulli" | "Categorical";
  readonly params: Readonly<Record<string, Golden>>;
  readonly value: Golden;
  readonly batchShape: readonly number[];
  readonly grads: readonly Golden[];
  readonly [result: string]: unknown;
}
/** By PyTorch: see write.py there. */
const cases = JSON.parse(
  readFileSync(new URL("../golden/distributions/cases.json", import.meta.url), "utf8"),
) as readonly Case[];

const numbersOf = (x: Golden): number[] =>
  Array.isArray(x)
    ? (x as readonly Golden[]).flatMap(numbersOf)
    : [x === "nan" ? NaN : x === "inf" ? Infinity : x === "-inf" ? -Infinity : Number(x)];
const shapeOf = (x: Golden): number[] => (Array.isArray(x) ? [x.length, ...shapeOf(x[0] as Golden)] : []);
const flat = (x: Tensor): number[] => Array.from(x.detach().to("float64").toTypedArray() as Float64Array);

function assertEqual(got: Tensor, expected: Golden, what: string): void {
  assert.deepEqual(got.shape, shapeOf(expected), `shape of ${what}`);
  const values = flat(got);
  numbersOf(expected).forEach((wanted, i) => {
    const close = Object.is(values[i], wanted) || Math.abs(values[i] - wanted) <= 1e-12 * Math.max(1, Math.abs(wanted));
    assert.ok(close || (wanted === 0 && values[i] === 0), `${what}[${i}]: expected ${wanted}, got ${values[i]}`);
  });
}

function make({ kind, params }: Case): { d: distributions.Distribution; tensors: readonly Tensor[] } {
  const tensors = Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      tensor(value as TensorData, { dtype: "float64" }).requiresGrad_(),
    ]),
  );
  const all = Object.values(tensors);
  if (kind === "Normal" || kind === "Uniform") return { d: new distributions[kind](all[0], all[1]), tensors: all };
  return { d: new distributions[kind](tensors), tensors: all };
}

describe("distributions beside PyTorch", () => {
  cases.forEach((one, i) => {
    it(`${i}: ${one.kind} of ${Object.keys(one.params).join(", ")}, batch [${one.batchShape.join(", ")}]`, () => {
      const { d, tensors } = make(one);
      assert.deepEqual(d.batchShape, one.batchShape);
      assert.deepEqual(d.eventShape, []);
      const value = tensor(one.value as TensorData, { dtype: one.kind === "Categorical" ? "int64" : "float64" });
      for (const name of ["mean", "mode", "variance", "stddev"] as const) {
        assertEqual(d[name], one[name] as Golden, name);
      }
      assertEqual(d.perplexity(), one.perplexity as Golden, "perplexity");
      if (d instanceof Normal) assertEqual(d.cdf(value), one.cdf as Golden, "cdf");
      const logProb = d.logProb(value);
      const entropy = d.entropy();
      assertEqual(logProb, one.logProb as Golden, "logProb");
      assertEqual(entropy, one.entropy as Golden, "entropy");
      logProb.sum().add(entropy.sum()).backward();
      tensors.forEach((x, p) =>
        assertEqual(x.grad ?? x.detach().zerosLike(), one.grads[p], `gradient of parameter ${p}`),
      );
    });
  });
});

/** Mean and variance of draws along the first dim, each within 5 standard errors. */
function assertMoments(draws: Tensor, mean: readonly number[], variance: readonly number[], kurtosis: number): void {
  const [n, columns] = [draws.shape[0], mean.length];
  const values = flat(draws);
  for (let c = 0; c < columns; c++) {
    const column = values.filter((_, i) => i % columns === c);
    const m = column.reduce((sum, v) => sum + v, 0) / n;
    const spread = column.reduce((sum, v) => sum + (v - m) ** 2, 0) / n;
    assert.ok(Math.abs(m - mean[c]) < 5 * Math.sqrt(variance[c] / n), `mean ${c}: expected ${mean[c]}, got ${m}`);
    const error = variance[c] * Math.sqrt((kurtosis - 1) / n);
    assert.ok(Math.abs(spread - variance[c]) < 5 * error, `variance ${c}: expected ${variance[c]}, got ${spread}`);
  }
}

/** Frequencies of classes, each within 5 standard errors. */
function assertFrequencies(draws: readonly number[], probs: readonly number[]): void {
  probs.forEach((p, k) => {
    const f = draws.filter((x) => x === k).length / draws.length;
    if (p === 0) assert.equal(f, 0, `class ${k} was drawn`);
    assert.ok(Math.abs(f - p) <= 5 * Math.sqrt((p * (1 - p)) / draws.length), `class ${k}: expected ${p}, got ${f}`);
  });
}

describe("draws", () => {
  const n = 20_000;
  beforeEach(() => manualSeed(11));

  it("have the moments of their distribution", () => {
    const normal = new Normal(tensor([1, -3]), tensor([0.5, 2]));
    assertMoments(normal.sample([n]), [1, -3], [0.25, 4], 3);
    const uniform = new Uniform(tensor([0, -4]), tensor([1, 4]));
    const draws = uniform.sample([n]);
    assertMoments(draws, [0.5, 0], [1 / 12, 64 / 12], 1.8);
    assert.ok(flat(draws).every((x, i) => (i % 2 === 0 ? x >= 0 && x < 1 : x >= -4 && x <= 4)));
    const coin = new Bernoulli(tensor([0.2, 0.5]));
    assertMoments(coin.sample([n]), [0.2, 0.5], [0.16, 0.25], 4);
    assert.deepEqual(flat(new Bernoulli(tensor([0, 1])).sample([3])), [0, 1, 0, 1, 0, 1]);
  });

  it("have the frequencies of their classes", () => {
    const d = new Categorical({
      logits: tensor([
        [0, Math.log(3)],
        [Math.log(9), 0],
      ]),
    });
    const draws = d.sample([n]);
    assert.deepEqual([draws.shape, draws.dtype], [[n, 2], "int64"]);
    const values = flat(draws);
    assertFrequencies(
      values.filter((_, i) => i % 2 === 0),
      [0.25, 0.75],
    );
    assertFrequencies(
      values.filter((_, i) => i % 2 === 1),
      [0.9, 0.1],
    );
    assertFrequencies(flat(new Categorical(tensor([0, 2, 0, 6, 0])).sample([n])), [0, 0.25, 0, 0.75, 0]);
  });

  it("have the shape of the sample, then the batch", () => {
    const shapes = (d: distributions.Distribution) => [[], [4], [2, 3], [0]].map((s) => d.sample(s).shape);
    const batch = [
      [2, 5],
      [4, 2, 5],
      [2, 3, 2, 5],
      [0, 2, 5],
    ];
    assert.deepEqual(shapes(new Normal(zeros([2, 1]), ones([5]))), batch);
    assert.deepEqual(shapes(new Uniform(zeros([2, 5]), 1)), batch);
    assert.deepEqual(shapes(new Bernoulli({ logits: zeros([2, 5]) })), batch);
    assert.deepEqual(shapes(new Categorical(ones([2, 5, 3]))), batch);
    assert.deepEqual(shapes(new Categorical(ones([3]))), [[], [4], [2, 3], [0]]);
    assert.deepEqual(shapes(new Normal(0, 1)), [[], [4], [2, 3], [0]]);
    assert.throws(
      () => new Normal(0, 1).sample(3 as never),
      /Normal\.sample: expected sampleShape as an array of sizes/,
    );
  });

  it("follow the seed", () => {
    for (const d of [new Normal(0, 1), new Uniform(0, 1), new Bernoulli(0.5), new Categorical(ones([50]))]) {
      const draw = (seed: number) => {
        manualSeed(seed);
        return [...flat(d.sample([20])), ...flat(d.sample([20]))];
      };
      assert.deepEqual(draw(1), draw(1));
      assert.notDeepEqual(draw(1), draw(2));
      assert.notDeepEqual(draw(1).slice(0, 20), draw(1).slice(20));
    }
  });

  it("carry gradients in rsample, and none in sample", () => {
    const [loc, scale] = [tensor([1, 2]).requiresGrad_(), tensor([3, 4]).requiresGrad_()];
    const d = new Normal(loc, scale);
    assert.ok(!d.sample().requiresGrad);
    const x = d.rsample([5]);
    x.sum().backward();
    assert.deepEqual(loc.grad?.toArray(), [5, 5]);
    const noise = x.detach().sub(loc.detach()).div(scale.detach()).sum(0);
    assertClose(flat(scale.grad as Tensor), flat(noise));
    const low = tensor(0).requiresGrad_();
    new Uniform(low, 1).rsample().backward();
    assert.ok((low.grad as Tensor).item() > 0);
    assert.throws(() => new Bernoulli(0.5).rsample(), /Bernoulli: rsample has no gradient here; use sample\(\)/);
  });

  it("train a policy by their score", () => {
    // The gradient of -E[log p(x) r(x)] moves weight to the class that is rewarded.
    const logits = zeros([3]).requiresGrad_();
    const d = new Categorical({ logits });
    const actions = d.sample([500]);
    d.logProb(actions).mul(actions.eq(2).to("float32")).mean().neg().backward();
    const [a, b, c] = flat(logits.grad as Tensor);
    assert.ok(c < -0.1 && a > 0.05 && b > 0.05);
  });

  function assertClose(got: readonly number[], expected: readonly number[]): void {
    got.forEach((x, i) => assert.ok(Math.abs(x - expected[i]) < 1e-5, `${x} is not ${expected[i]}`));
  }
});

describe("multinomial", () => {
  beforeEach(() => manualSeed(5));
  const n = 20_000;

  it("draws again and again with replacement", () => {
    const draws = multinomial(
      tensor([
        [1, 0, 3],
        [5, 5, 0],
      ]),
      n,
      { replacement: true },
    );
    assert.deepEqual([draws.shape, draws.dtype], [[2, n], "int64"]);
    const values = flat(draws);
    assertFrequencies(values.slice(0, n), [0.25, 0, 0.75]);
    assertFrequencies(values.slice(n), [0.5, 0.5, 0]);
  });

  it("draws what is left without", () => {
    // The second class after the first: p(0 then 1) = 0.5 · 0.3 / 0.5, and so on.
    const weights = [5, 3, 2, 0];
    const rows = ones([n, 1]).mul(tensor(weights));
    const pairs = multinomial(rows, 2).toArray() as [number, number][];
    assert.ok(pairs.every(([a, b]) => a !== b && a !== 3 && b !== 3));
    assertFrequencies(
      pairs.map(([a]) => a),
      [0.5, 0.3, 0.2, 0],
    );
    const expected = [0, 1, 2].flatMap((a) =>
      [0, 1, 2].map((b) => (a === b ? 0 : (weights[a] / 10) * (weights[b] / (10 - weights[a])))),
    );
    assertFrequencies(
      pairs.map(([a, b]) => 3 * a + b),
      expected,
    );
    assert.deepEqual((multinomial(tensor([1, 2, 3]), 3).toArray() as number[]).sort(), [0, 1, 2]);
  });

  it("follows a generator, works in every floating dtype, on other devices and on meta", () => {
    const draw = (seed: number, replacement: boolean) =>
      flat(multinomial(ones([40]), 20, { generator: new Generator(seed), replacement }));
    for (const replacement of [false, true]) {
      assert.deepEqual(draw(1, replacement), draw(1, replacement));
      assert.notDeepEqual(draw(1, replacement), draw(2, replacement));
    }
    for (const dtype of ["float64", "float16", "bfloat16"] as const) {
      assert.deepEqual(flat(multinomial(tensor([0, 1, 0], { dtype }), 1)), [1]);
    }
    assert.equal(multinomial(ones([3], { device: "cpu:1" }), 2).device.name, "cpu:1");
    assert.deepEqual(multinomial(ones([2, 3], { device: "meta" }), 2).shape, [2, 2]);
    assert.deepEqual(multinomial(ones([0, 3]), 2).shape, [0, 2]);
  });

  const refused: readonly (readonly [string, () => unknown, new (...a: never[]) => Error, RegExp])[] = [
    ["no tensor", () => multinomial([1] as never, 1), ArgumentError, /expected a Tensor as input/],
    ["integers", () => multinomial(tensor([1n]), 1), DTypeError, /weights of a floating dtype, got int64/],
    ["three dims", () => multinomial(ones([1, 1, 1]), 1), ShapeError, /1 or 2 dimensions, got \[1, 1, 1\]/],
    ["no samples", () => multinomial(ones([2]), 0), ArgumentError, /numSamples as an integer >= 1, got 0/],
    ["no classes", () => multinomial(ones([0]), 1), ArgumentError, /at most 0 samples of 0 classes|at least one class/],
    [
      "too many",
      () => multinomial(ones([2]), 3),
      ArgumentError,
      /at most 2 samples of 2 classes, got 3; give \{ replacement/,
    ],
    ["negative weights", () => multinomial(tensor([1, -1]), 1), ArgumentError, /expected finite weights >= 0/],
    ["NaN", () => multinomial(tensor([1, NaN]), 1), ArgumentError, /expected finite weights >= 0/],
    ["infinity", () => multinomial(tensor([1, Infinity]), 1, { replacement: true }), ArgumentError, /finite weights/],
    [
      "zeros",
      () => multinomial(zeros([2]), 1, { replacement: true }),
      ArgumentError,
      /at least 1 weights > 0 in every row, got a row with 0$/,
    ],
    [
      "too few positive",
      () => multinomial(tensor([1, 0]), 2),
      ArgumentError,
      /at least 2 weights > 0 in every row, got a row with 1; give/,
    ],
  ];
  for (const [what, body, kind, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(body, (e) => (e instanceof kind || e instanceof ShapeError) && message.test(e.message));
    });
  }
});

describe("distributions refuse", () => {
  const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["a scale of 0", () => new Normal(0, tensor([1, 0])), /Normal: expected scale > 0, got 0 in a tensor of \[2\]/],
    ["a NaN", () => new Normal(NaN, 1), /Normal: expected loc without NaN, got NaN/],
    ["no tensor", () => new Normal("0" as never, 1), /Normal: expected a Tensor as loc, got string/],
    ["shapes apart", () => new Normal(zeros([2]), ones([3])), /Normal: expected shapes that broadcast/],
    ["low above high", () => new Uniform(1, 1), /Uniform: expected low < high, got 1/],
    [
      "probs above 1",
      () => new Bernoulli(tensor([0.5, 1.5])),
      /Bernoulli: expected probs from 0 to 1, got 1\.5 in a tensor of \[2\]/,
    ],
    ["nothing", () => new Bernoulli({}), /Bernoulli: expected either probs or logits, got neither/],
    [
      "both",
      () => new Categorical({ probs: ones([2]), logits: ones([2]) }),
      /expected either probs or logits, got both/,
    ],
    ["a scalar", () => new Categorical(tensor(1)), /Categorical: expected probs of at least one dimension/],
    ["integers", () => new Categorical(tensor([1n, 2n])), /Categorical: expected probs of a floating dtype, got int64/],
    [
      "negative probs",
      () =>
        new Categorical(
          tensor([
            [0.5, 0.5],
            [1.5, -0.5],
          ]),
        ),
      /Categorical: expected probs >= 0 .*, got -0\.5/,
    ],
    ["probs of 0", () => new Categorical(zeros([3])), /expected probs >= 0 with a sum that is finite and > 0, got 0/],
    ["NaN logits", () => new Categorical({ logits: tensor([0, NaN]) }), /expected logits without NaN/],
    ["a class too many", () => new Categorical(ones([3])).logProb(tensor([3n])), /class numbers from 0 to 2, got 3/],
    ["half a class", () => new Categorical(ones([3])).logProb(tensor([0.5])), /class numbers from 0 to 2, got 0\.5/],
    ["half a coin", () => new Bernoulli(0.5).logProb(tensor([1, 0.5])), /expected values 0 or 1, got 0\.5/],
    ["values outside", () => new Uniform(0, 1).logProb(tensor([2])), /expected values from low to high, got 2/],
    [
      "numbers as values",
      () => new Normal(0, 1).logProb(3 as never),
      /Normal\.logProb: expected a Tensor as value, got number/,
    ],
    [
      "values of another batch",
      () => new Normal(zeros([2]), 1).logProb(zeros([3])),
      /Normal\.logProb: expected shapes that broadcast/,
    ],
  ];
  for (const [what, body, message] of refused) {
    it(what, () => assert.throws(body, message));
  }

  it("nothing with validateArgs: false", () => {
    const d = new Normal(0, -1, { validateArgs: false });
    assert.ok(Number.isNaN(d.logProb(tensor(NaN)).item()));
    assert.equal(new Uniform(0, 1, { validateArgs: false }).logProb(tensor(2)).item(), -Infinity);
    new Categorical({ probs: zeros([2]), validateArgs: false });
    Distribution.setDefaultValidateArgs(false);
    try {
      new Normal(0, -1);
    } finally {
      Distribution.setDefaultValidateArgs(true);
    }
    assert.throws(() => new Normal(0, -1));
  });

  it("and print themselves", () => {
    assert.equal(String(new Normal(0, 2)), "Normal(loc: 0, scale: 2)");
    assert.equal(String(new Categorical({ logits: ones([2, 3]) })), "Categorical(logits: [2, 3])");
    assert.equal(String(new Bernoulli(tensor([0.5]))), "Bernoulli(probs: 0.5)");
  });

  it("work on meta", () => {
    const d = new Categorical({ logits: ones([2, 3], { device: "meta" }) });
    assert.deepEqual(
      [d.sample([4]).shape, d.entropy().shape, d.logProb(zeros([4, 2], { device: "meta", dtype: "int64" })).shape],
      [[4, 2], [2], [4, 2]],
    );
    assert.deepEqual(new Normal(zeros([2], { device: "meta" }), 1).sample([3]).shape, [3, 2]);
  });
});
