// Ways to make tensors, results with names, whole-tensor tests, random contents and printing options.
import assert from "node:assert/strict";
import {
  ArgumentError,
  Generator,
  TensorFlowError,
  arange,
  empty,
  eye,
  linspace,
  logspace,
  manualSeed,
  rand,
  randint,
  randperm,
  setPrintOptions,
  tensor,
  zeros,
} from "../../engine/index.js";

describe("ranges", () => {
  it("arange takes an end, a start and an end, or a step too, then options", () => {
    assert.deepEqual(arange(4).toArray(), [0, 1, 2, 3]);
    assert.equal(arange(4).dtype, "int64");
    assert.deepEqual(arange(1, 3, { dtype: "float32" }).toArray(), [1, 2]);
    assert.equal(arange(3, { dtype: "bfloat16" }).dtype, "bfloat16");
    assert.deepEqual(arange(5, 0, -2).toArray(), [5, 3, 1]);
    assert.deepEqual(arange(3, 3).toArray(), []);
    assert.equal(arange(0, 1, 0.25).dtype, "float32");
  });

  it("fractions do not add up their errors", () => {
    const values = arange(0, 1000, 0.1, { dtype: "float64" }).toTypedArray();
    assert.equal(values.length, 10_000);
    assert.ok(values.every((value, i) => value === i * 0.1));
  });

  it("whole numbers beyond 2^24 are exact", () => {
    assert.deepEqual(arange(2 ** 40, 2 ** 40 + 3).toArray(), [2 ** 40, 2 ** 40 + 1, 2 ** 40 + 2]);
  });

  it("linspace and logspace include both ends", () => {
    assert.deepEqual(linspace(0, 1, 5).toArray(), [0, 0.25, 0.5, 0.75, 1]);
    assert.deepEqual(linspace(3, 1, 1).toArray(), [3]);
    assert.deepEqual(linspace(0, 1, 0).toArray(), []);
    assert.deepEqual(linspace(0, 10, 3, { dtype: "int64" }).toArray(), [0, 5, 10]);
    assert.deepEqual(logspace(0, 3, 4, { base: 2 }).toArray(), [1, 2, 4, 8]);
  });

  it("refuses a step that leads nowhere, naming it", () => {
    assert.throws(() => arange(0, 5, -1), /arange: expected a step that leads from 0 to 5, got -1/);
    assert.throws(() => arange(0, 5, 0), ArgumentError);
    assert.throws(() => arange(0, Infinity), ArgumentError);
    assert.throws(() => linspace(0, 1, -1), ArgumentError);
  });

  it("make shapes on meta", () => {
    assert.deepEqual(arange(1_000_000, { device: "meta" }).shape, [1_000_000]);
    assert.deepEqual(eye(3, 2, { device: "meta" }).shape, [3, 2]);
    assert.deepEqual(empty([2, 3], { device: "meta" }).shape, [2, 3]);
  });
});

describe("eye and likenesses", () => {
  it("eye has ones on its diagonal", () => {
    assert.deepEqual(eye(2, 3).toArray(), [
      [1, 0, 0],
      [0, 1, 0],
    ]);
    assert.deepEqual(eye(2, { dtype: "bool" }).toArray(), [
      [true, false],
      [false, true],
    ]);
    assert.equal(eye(2, { requiresGrad: true }).requiresGrad, true);
  });

  it("new tensors keep dtype and device unless told otherwise", () => {
    const x = zeros([2, 2], { dtype: "int16", device: "cpu:1" });
    for (const like of [x.onesLike(), x.emptyLike(), x.newZeros([3]), x.newFull([3], 7), x.newTensor([1, 2])]) {
      assert.equal(like.dtype, "int16");
      assert.equal(like.device.name, "cpu:1");
    }
    assert.equal(x.zerosLike({ dtype: "float64" }).dtype, "float64");
    assert.deepEqual(x.randLike({ dtype: "float32" }).shape, [2, 2]);
  });
});

describe("random contents", () => {
  it("randperm is a permutation that the seed decides", () => {
    manualSeed(5);
    const first = randperm(100).toArray() as number[];
    manualSeed(5);
    assert.deepEqual(randperm(100).toArray(), first);
    assert.notDeepEqual(randperm(100).toArray(), first);
    assert.deepEqual(
      [...first].sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, i) => i),
    );
  });

  it("randint reaches both ends and nothing else", () => {
    const options = { generator: new Generator(1) };
    const seen = new Set(randint(-2, 2, [1000], options).toArray() as number[]);
    assert.deepEqual([...seen].sort(), [-1, -2, 0, 1]);
    assert.deepEqual(new Set(randint(3, [1000], options).toArray() as number[]), new Set([0, 1, 2]));
    assert.throws(() => randint(3, 3, [1]), /randint: expected integers low < high, got 3 and 3/);
  });

  it("in place: the moments are those asked for", () => {
    manualSeed(2);
    const x = zeros([20_000], { dtype: "float64" });
    x.normal_(3, 0.5);
    assert.ok(Math.abs(x.mean().item() - 3) < 0.02 && Math.abs(x.std().item() - 0.5) < 0.02);
    x.uniform_(-1, 3);
    assert.ok(x.min().item() >= -1 && x.max().item() < 3 && Math.abs(x.mean().item() - 1) < 0.05);
    x.bernoulli_(0.25);
    assert.ok(Math.abs(x.mean().item() - 0.25) < 0.02);
    assert.deepEqual(tensor([0, 1]).bernoulli().toArray(), [0, 1]);
    const whole = zeros([100], { dtype: "uint8" }).random_(1, 3);
    assert.ok(whole.ge(1).logicalAnd(whole.lt(3)).all().item());
  });

  it("a generator of one's own leaves the device's alone", () => {
    manualSeed(1);
    const expected = rand([2]).toArray();
    manualSeed(1);
    zeros([5]).normal_(0, 1, { generator: new Generator(9) });
    assert.deepEqual(rand([2]).toArray(), expected);
  });
});

describe("values and indices", () => {
  const x = tensor([
    [3, 1, 2],
    [7, 9, 8],
  ]);

  it("have names and places", () => {
    const { values, indices } = x.max(1);
    assert.deepEqual(
      [values.toArray(), indices.toArray()],
      [
        [3, 9],
        [0, 1],
      ],
    );
    const [sorted, order] = x.sort(1, { descending: true });
    assert.deepEqual(sorted.toArray(), [
      [3, 2, 1],
      [9, 8, 7],
    ]);
    assert.deepEqual(order.toArray(), [
      [0, 2, 1],
      [1, 2, 0],
    ]);
    assert.equal(x.topk(2).values.shape[1], 2);
  });

  it("max has PyTorch's three meanings", () => {
    assert.equal(x.max().item(), 9);
    assert.deepEqual(x.min(0).indices.toArray(), [0, 0, 0]);
    assert.deepEqual(x.max(tensor(2.5)).toArray(), [
      [3, 2.5, 2.5],
      [7, 9, 8],
    ]);
  });

  it("sort of many keeps the order of equal ones", () => {
    manualSeed(3);
    const keys = randint(10, [5000]);
    const order = keys.argsort().toArray() as number[];
    const values = keys.toArray() as number[];
    const expected = values.map((_, i) => i).sort((a, b) => values[a] - values[b] || a - b);
    assert.deepEqual(order, expected);
  });
});

describe("whole tensors", () => {
  it("equal compares shapes and values", () => {
    assert.equal(tensor([1, 2]).equal(tensor([1, 2])), true);
    assert.equal(tensor([1, 2]).equal(tensor([[1, 2]])), false);
    assert.equal(tensor([NaN]).equal(tensor([NaN])), false);
  });

  it("allclose takes tolerances", () => {
    assert.equal(tensor([1]).allclose(tensor([1.1])), false);
    assert.equal(tensor([1]).allclose(tensor([1.1]), { atol: 0.2 }), true);
    assert.equal(tensor([NaN]).allclose(tensor([NaN]), { equalNan: true }), true);
  });
});

describe("arguments that do not fit", () => {
  const whole = tensor([5n, 3n]);

  it("integers divided by 0 are an error that names the operation", () => {
    for (const call of [
      () => whole.floorDivide(0),
      () => whole.remainder(tensor([0n, 1n])),
      () => whole.div(0, { roundingMode: "trunc" }),
      () => whole.div(0, { roundingMode: "floor" }),
      () => whole.fmod(0),
    ]) {
      assert.throws(call, (error: unknown) => {
        assert.ok(error instanceof TensorFlowError);
        assert.match(error.message, /^(floorDivide|remainder|div|fmod): Integer division by zero/);
        return true;
      });
    }
  });

  it("a fraction of integers as alpha, a limit that is none, a k that is too large", () => {
    assert.throws(() => whole.add(1, { alpha: 0.5 }), /add: expected a whole alpha for integers, got 0.5/);
    assert.throws(() => whole.clamp(), /clamp: expected min, max or both, got neither/);
    assert.throws(() => whole.topk(3), /topk: expected k in \[0, 2\] for dim 0 of \[2\], got 3/);
    assert.throws(() => tensor([]).max(), /max: expected at least one element to choose from, got \[0\]/);
    assert.throws(() => whole.pow(-1), /pow: expected an exponent of 0 or more for int64, got -1/);
    assert.throws(() => whole.mean(), /mean: expected a floating dtype, got int64/);
    assert.throws(() => tensor([true]).sub(1), /sub: expected numbers, got bool/);
  });
});

describe("setPrintOptions", () => {
  afterEach(() => setPrintOptions({ profile: "default" }));

  it("changes what is named and keeps the rest", () => {
    setPrintOptions({ precision: 2, threshold: 5, edgeItems: 1 });
    assert.equal(String(linspace(0, 1, 3)), "tensor([0.00, 0.50, 1.00])");
    assert.equal(String(arange(2000)), "tensor([   0,  ..., 1999])");
    setPrintOptions({ sciMode: true });
    assert.equal(String(linspace(0, 1, 3)), "tensor([0.00e+00, 5.00e-01, 1.00e+00])");
  });

  it("has PyTorch's profiles, and refuses what is no count", () => {
    setPrintOptions({ profile: "short" });
    assert.equal(String(linspace(0, 1, 3)), "tensor([0.00, 0.50, 1.00])");
    assert.throws(() => setPrintOptions({ precision: -1 }), ArgumentError);
  });
});
