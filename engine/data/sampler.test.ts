import assert from "node:assert/strict";
import { defaultGenerator, Generator, manualSeed } from "../random.js";
import {
  BatchSampler,
  RandomSampler,
  Sampler,
  SequentialSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
} from "./sampler.js";

const sized = (length: number) => ({ length });
const sorted = (indices: Iterable<number>) => [...indices].sort((a, b) => a - b);
const counts = (indices: Iterable<number>, length: number) => {
  const times = new Array<number>(length).fill(0);
  for (const index of indices) times[index]++;
  return times;
};

describe("samplers", () => {
  it("SequentialSampler counts, and draws nothing", () => {
    const before = defaultGenerator.state();
    assert.deepEqual([...new SequentialSampler(sized(4))], [0, 1, 2, 3]);
    assert.deepEqual([...new SequentialSampler([])], []);
    assert.deepEqual(defaultGenerator.state(), before);
  });

  it("RandomSampler permutes, each time anew, by manualSeed or its own generator", () => {
    const sampler = new RandomSampler(sized(50));
    manualSeed(3);
    const [first, second] = [[...sampler], [...sampler]];
    assert.notDeepEqual(first, second);
    assert.deepEqual(sorted(first), [...new SequentialSampler(sized(50))]);
    manualSeed(3);
    assert.deepEqual([[...sampler], [...sampler]], [first, second]);
    const own = () => [...new RandomSampler(sized(50), { generator: new Generator(7) })];
    const before = defaultGenerator.state();
    assert.deepEqual(own(), own());
    assert.deepEqual(defaultGenerator.state(), before);
    assert.deepEqual([...sampler.order(5)], [...sampler.order(5)]);
  });

  it("RandomSampler takes more than there are as several permutations, fewer as the beginning of one", () => {
    const many = [...new RandomSampler(sized(3), { numSamples: 8 })];
    assert.equal(many.length, 8);
    assert.deepEqual(
      [sorted(many.slice(0, 3)), sorted(many.slice(3, 6))],
      [
        [0, 1, 2],
        [0, 1, 2],
      ],
    );
    assert.equal(new Set(many.slice(6)).size, 2);
    const few = new RandomSampler(sized(10), { numSamples: 4 });
    assert.deepEqual([few.length, new Set(few).size], [4, 4]);
    const again = new RandomSampler(sized(4), { replacement: true, numSamples: 4000 });
    for (const times of counts(again, 4)) assert.ok(times > 850 && times < 1150, `${times} of 4000 in 4`);
    assert.equal(new RandomSampler(sized(4), { replacement: true }).length, 4);
    for (const numSamples of [0, -1, 1.5]) {
      assert.throws(() => new RandomSampler(sized(3), { numSamples }), /numSamples of 1 or more, got/);
    }
    assert.throws(() => new RandomSampler([]), /RandomSampler: expected a numSamples of 1 or more, got 0/);
  });

  it("SubsetRandomSampler permutes its indices", () => {
    const sampler = new SubsetRandomSampler(new Set([9, 4, 7]));
    assert.equal(sampler.length, 3);
    assert.deepEqual(sorted(sampler), [4, 7, 9]);
    assert.deepEqual([...new SubsetRandomSampler([])], []);
    const seen = new Set(Array.from({ length: 60 }, () => [...sampler].join()));
    assert.equal(seen.size, 6, "all orders come");
  });

  it("WeightedRandomSampler draws in proportion to the weights", () => {
    manualSeed(1);
    const times = counts(new WeightedRandomSampler([0, 1, 0, 3, 0], 8000), 5);
    assert.deepEqual([times[0], times[2], times[4]], [0, 0, 0]);
    assert.ok(Math.abs(times[3] / 8000 - 0.75) < 0.02, `${times[3]} of 8000`);
    // Without replacement, the first of two is drawn in proportion: 3 of 4.
    const first = Array.from({ length: 4000 }, () => [
      ...new WeightedRandomSampler([1, 3], 1, { replacement: false }),
    ]).flat();
    assert.ok(Math.abs(counts(first, 2)[1] / 4000 - 0.75) < 0.03, `${counts(first, 2)[1]} of 4000`);
    const all = new WeightedRandomSampler([2, 0, 5, 1], 4, { replacement: false });
    assert.deepEqual(sorted(all), [0, 1, 2, 3]);
    assert.equal([...all].at(-1), 1, "what has no weight comes last");
  });

  it("WeightedRandomSampler refuses weights that are none", () => {
    assert.throws(() => new WeightedRandomSampler([1, -1], 1), /weights of 0 or more, got -1 at index 1/);
    assert.throws(() => new WeightedRandomSampler([NaN], 1), /got NaN at index 0/);
    assert.throws(() => new WeightedRandomSampler([1, Infinity], 1), /got Infinity at index 1/);
    assert.throws(() => new WeightedRandomSampler([0, 0], 2), /a weight above 0, got only zeros/);
    assert.throws(() => new WeightedRandomSampler([], 2), /a weight above 0, got none/);
    assert.throws(() => new WeightedRandomSampler([1], 0), /numSamples of 1 or more, got 0/);
    assert.throws(
      () => new WeightedRandomSampler([1, 1], 3, { replacement: false }),
      /numSamples of at most 2, the number of weights, without replacement, got 3/,
    );
  });

  it("BatchSampler makes lists, of any iterable", () => {
    const ten = new SequentialSampler(sized(10));
    const batches = new BatchSampler(ten, { batchSize: 3 });
    assert.deepEqual([...batches], [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]);
    assert.equal(batches.length, 4);
    const even = new BatchSampler(ten, { batchSize: 3, dropLast: true });
    assert.deepEqual([even.length, [...even].at(-1)], [3, [6, 7, 8]]);
    assert.deepEqual([...new BatchSampler(new Set([5, 6, 7]), { batchSize: 2 })], [[5, 6], [7]]);
    const random = new BatchSampler(new RandomSampler(sized(7)), { batchSize: 2 });
    assert.deepEqual(sorted([...random].flat()), [0, 1, 2, 3, 4, 5, 6]);
    assert.deepEqual([...random.order(2)], [...random.order(2)]);
    assert.throws(() => new BatchSampler(ten, { batchSize: 0 }), /BatchSampler: expected a batchSize of 1 or more/);
  });

  it("are what a user makes of them", () => {
    class Backwards extends Sampler {
      readonly length = 3;
      order(): number[] {
        return [2, 1, 0];
      }
    }
    assert.deepEqual([...new Backwards()], [2, 1, 0]);
  });
});
