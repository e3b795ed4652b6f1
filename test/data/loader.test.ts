import assert from "node:assert/strict";
import { tensor } from "../../engine/create.js";
import { ConcatDataset } from "../../engine/data/concat.js";
import { Dataset } from "../../engine/data/dataset.js";
import { IterableDataset } from "../../engine/data/iterable.js";
import { DataLoader } from "../../engine/data/loader.js";
import type { LoaderState } from "../../engine/data/loaderOptions.js";
import { BatchSampler, RandomSampler, WeightedRandomSampler } from "../../engine/data/sampler.js";
import { randomSplit, Subset } from "../../engine/data/subset.js";
import { TensorDataset } from "../../engine/data/tensorDataset.js";
import { manualSeed } from "../../engine/index.js";
import { defaultGenerator, Generator } from "../../engine/random.js";
import type { Tensor } from "../../engine/tensor.js";

/** The whole numbers below `length`, and which of them were asked for. */
class Numbers extends Dataset<number> {
  readonly asked: number[] = [];
  constructor(readonly length: number) {
    super();
  }
  get(index: number): number {
    this.asked.push(index);
    return index;
  }
}

const list = (batch: Tensor): number[] => batch.toArray() as number[];
const epoch = (batches: Iterable<Tensor>): number[][] => Array.from(batches, list);

describe("DataLoader", function () {
  this.timeout(20_000);
  it("goes through the dataset in order, the last batch smaller or left out", () => {
    const loader = new DataLoader(new Numbers(7), { batchSize: 3 });
    assert.equal(loader.length, 3);
    assert.deepEqual(epoch(loader), [[0, 1, 2], [3, 4, 5], [6]]);
    const even = new DataLoader(new Numbers(7), { batchSize: 3, dropLast: true, pinMemory: true });
    assert.equal(even.length, 2);
    assert.deepEqual(epoch(even), [
      [0, 1, 2],
      [3, 4, 5],
    ]);
    assert.deepEqual(epoch(new DataLoader(new Numbers(2))), [[0], [1]]);
    assert.deepEqual(epoch(new DataLoader(new Numbers(0), { batchSize: 4 })), []);
    assert.deepEqual(epoch(new DataLoader(new Numbers(2), { batchSize: 4, dropLast: true })), []);
  });

  it("shuffles by the default generator: manualSeed decides, every epoch differs, all samples come once", () => {
    const loader = new DataLoader(new Numbers(100), { batchSize: 10, shuffle: true });
    manualSeed(5);
    const first = epoch(loader);
    const second = epoch(loader);
    assert.notDeepEqual(first, second);
    for (const batches of [first, second]) {
      assert.deepEqual(
        batches.flat().sort((a, b) => a - b),
        Array.from({ length: 100 }, (_, i) => i),
      );
    }
    manualSeed(5);
    assert.deepEqual([epoch(loader), epoch(loader)], [first, second]);
    manualSeed(6);
    assert.notDeepEqual(epoch(loader), first);
  });

  it("shuffles by its own generator without touching the default one", () => {
    const order = (seed: number) =>
      epoch(new DataLoader(new Numbers(50), { batchSize: 50, shuffle: true, generator: new Generator(seed) }));
    const before = defaultGenerator.state();
    assert.deepEqual(order(1), order(1));
    assert.notDeepEqual(order(1), order(2));
    assert.deepEqual(defaultGenerator.state(), before);
  });

  it("draws one seed for an epoch that is shuffled, and nothing for one that is not", () => {
    const after = (shuffle: boolean) => {
      manualSeed(8);
      epoch(new DataLoader(new Numbers(5), { shuffle }));
      return defaultGenerator.state();
    };
    manualSeed(8);
    assert.deepEqual(defaultGenerator.state(), after(false));
    assert.notDeepEqual(defaultGenerator.state(), after(true));
  });

  it("loads a batch when the loop asks for it, not before", () => {
    const numbers = new Numbers(6);
    for (const batch of new DataLoader(numbers, { batchSize: 2 })) {
      if (list(batch)[0] === 2) break;
    }
    assert.deepEqual(numbers.asked, [0, 1, 2, 3]);
  });

  it("is iterable with for await too, giving the same batches and turns of the event loop", async () => {
    const loader = new DataLoader(new Numbers(40), { batchSize: 4, shuffle: true });
    manualSeed(3);
    const sync = epoch(loader);
    manualSeed(3);
    const seen: number[][] = [];
    let turns = 0;
    setImmediate(() => turns++);
    for await (const batch of loader) seen.push(list(batch));
    assert.deepEqual(seen, sync);
    assert.equal(turns, 1);
  });

  it("passes an error of the dataset on, in both loops", async () => {
    class Broken extends Numbers {
      override get(index: number): number {
        if (index === 2) throw new Error("no sample 2");
        return index;
      }
    }
    const loader = new DataLoader(new Broken(4));
    assert.throws(() => epoch(loader), /^Error: no sample 2$/);
    await assert.rejects(async () => {
      for await (const batch of loader) list(batch);
    }, /^Error: no sample 2$/);
  });

  it("gives a collateFn the samples", () => {
    const loader = new DataLoader(new Numbers(3), { batchSize: 2, collateFn: (samples) => samples.join("+") });
    assert.deepEqual([...loader], ["0+1", "2"]);
  });

  it("types batches by the samples", () => {
    const pairs = new TensorDataset(tensor([[1, 2]]), tensor([3]));
    for (const [x, y] of new DataLoader(pairs)) {
      const both: readonly Tensor[] = [x, y];
      assert.deepEqual(
        both.map((t) => [...t.shape]),
        [[1, 2], [1]],
      );
    }
  });

  it("refuses bad options", () => {
    for (const batchSize of [0, -1, 1.5, NaN]) {
      assert.throws(() => new DataLoader(new Numbers(3), { batchSize }), /batchSize of 1 or more, got/);
    }
    assert.throws(
      () => new DataLoader(new Numbers(0), { shuffle: true }),
      /^ArgumentError: DataLoader: expected a dataset of at least 1 sample to shuffle, got 0$/,
    );
  });
});

describe("DataLoader: resuming", function () {
  this.timeout(20_000);
  const make = () => new DataLoader(new Numbers(23), { batchSize: 4, shuffle: true });

  it("goes on from any batch with exactly the rest of the epoch, and then with the same epochs", () => {
    manualSeed(11);
    const whole = make();
    const [first, second] = [epoch(whole), epoch(whole)];
    for (let stop = 1; stop <= whole.length; stop++) {
      manualSeed(11);
      const loader = make();
      let taken = 0;
      for (const batch of loader) {
        assert.deepEqual(list(batch), first[taken]);
        if (++taken === stop) break;
      }
      const saved = JSON.parse(JSON.stringify({ loader: loader.state(), random: defaultGenerator.state() })) as {
        loader: LoaderState;
        random: ReturnType<Generator["state"]>;
      };
      assert.equal(saved.loader.batch, stop);

      manualSeed(999); // another process
      const resumed = make();
      defaultGenerator.setState(saved.random);
      assert.deepEqual(epoch(resumed.iterate({ state: saved.loader })), first.slice(stop));
      assert.deepEqual(epoch(resumed), second);
    }
  });

  it("skips without loading, and replays a state from the start when asked", () => {
    const numbers = new Numbers(10);
    const loader = new DataLoader(numbers, { batchSize: 2, shuffle: true });
    const first = epoch(loader);
    const state = loader.state();
    numbers.asked.length = 0;
    assert.deepEqual(epoch(loader.iterate({ state, skip: 3 })), first.slice(3));
    assert.equal(numbers.asked.length, 4);
    assert.deepEqual(epoch(loader.iterate({ state, skip: 0 })), first);
    assert.deepEqual(epoch(loader.iterate({ state })), []);
    assert.deepEqual(epoch(loader.iterate({ state, skip: 99 })), []);
    const inOrder = new DataLoader(numbers, { batchSize: 4 });
    assert.deepEqual(epoch(inOrder.iterate({ skip: 2 })), [[8, 9]]);
  });

  it("counts the batches of the epoch that was started last", async () => {
    const loader = make();
    assert.equal(loader.state(), undefined);
    const batches = loader.iterate();
    assert.equal(loader.state()?.batch, 0);
    for (const _ of batches) break;
    assert.equal(loader.state()?.batch, 1);
    for await (const _ of batches) break; // goes on
    assert.deepEqual({ ...loader.state(), seed: 0 }, { seed: 0, batch: 2, samples: 23, batchSize: 4, dropLast: false });
    assert.equal("seed" in (new DataLoader(new Numbers(3)).iterate(), make().state() ?? {}), false);
  });

  it("refuses a state of something else, naming what differs", () => {
    const loader = make();
    loader.iterate();
    const state = loader.state()!;
    const numbers = new Numbers(23);
    const refuses = (other: DataLoader<Tensor>, message: RegExp, changed: Partial<LoaderState> = {}) =>
      assert.throws(() => other.iterate({ state: { ...state, ...changed } }), message);
    refuses(
      new DataLoader(new Numbers(24), { batchSize: 4, shuffle: true }),
      /expected a state with samples 24, got 23$/,
    );
    refuses(new DataLoader(numbers, { batchSize: 5, shuffle: true }), /expected a state with batchSize 5, got 4$/);
    refuses(new DataLoader(numbers, { batchSize: 4, shuffle: true, dropLast: true }), /dropLast true, got false$/);
    refuses(new DataLoader(numbers, { batchSize: 4 }), /epoch with shuffle false, got one that was$/);
    refuses(loader, /epoch with shuffle true, got one that was not$/, { seed: undefined });
    refuses(loader, /a state with a whole seed, got "12"$/, { seed: "12" as unknown as number });
    refuses(loader, /skip a whole number of batches, got x$/, { batch: "x" as unknown as number });
    for (const skip of [-1, 0.5, NaN])
      assert.throws(() => loader.iterate({ skip }), /skip a whole number of batches, got/);
  });
});

describe("DataLoader: samplers", function () {
  this.timeout(20_000);

  it("asks in a sampler's order, or in that of any iterable", () => {
    const numbers = new Numbers(6);
    assert.deepEqual(epoch(new DataLoader(numbers, { batchSize: 2, sampler: [5, 4, 3, 1, 1] })), [[5, 4], [3, 1], [1]]);
    const dropped = new DataLoader(numbers, { batchSize: 2, sampler: new Set([5, 4, 3]), dropLast: true });
    assert.deepEqual([dropped.length, epoch(dropped)], [1, [[5, 4]]]);
    const lists = new DataLoader(numbers, { batchSampler: [[0, 5], [1], [2, 3, 4]] });
    assert.deepEqual([lists.length, lists.batchSize, epoch(lists)], [3, undefined, [[0, 5], [1], [2, 3, 4]]]);
    const endless = new DataLoader(numbers, { batchSize: 2, sampler: { [Symbol.iterator]: forever } });
    assert.equal(endless.length, undefined);
    const [first] = endless;
    assert.deepEqual(list(first), [0, 1]);
    const some = new DataLoader(numbers, { sampler: new RandomSampler(numbers, { numSamples: 4 }) });
    assert.deepEqual([some.length, new Set(epoch(some).flat()).size], [4, 4]);
  });

  it("draws a sampler's order from its own generator, else the loader's, else the default one", () => {
    const numbers = new Numbers(30);
    const order = (own?: Generator, generator?: Generator) =>
      epoch(new DataLoader(numbers, { sampler: new RandomSampler(numbers, { generator: own }), generator })).flat();
    assert.deepEqual(order(new Generator(1)), order(new Generator(1), new Generator(2)));
    assert.deepEqual(order(undefined, new Generator(2)), order(undefined, new Generator(2)));
    manualSeed(4);
    const first = order();
    manualSeed(4);
    assert.deepEqual(order(), first);
    manualSeed(4);
    assert.deepEqual(epoch(new DataLoader(numbers, { shuffle: true })).flat(), first, "as shuffle does");
  });

  it("resumes within a sampler's order", () => {
    const numbers = new Numbers(20);
    const make = () => {
      const sampler = new WeightedRandomSampler(Array<number>(20).fill(1), 15, { generator: new Generator(6) });
      return new DataLoader(numbers, { batchSampler: new BatchSampler(sampler, { batchSize: 4 }) });
    };
    const whole = epoch(make());
    const loader = make();
    for (const _ of loader) break;
    const state = JSON.parse(JSON.stringify(loader.state())) as LoaderState;
    assert.deepEqual(epoch(make().iterate({ state })), whole.slice(1));
  });
});

function* forever(): globalThis.Generator<number> {
  for (;;) yield* [0, 1];
}

describe("DataLoader: streams", function () {
  this.timeout(20_000);

  /** Counts, and how often it was begun and ended. */
  class Count extends IterableDataset<number> {
    override readonly length = 7;
    begun = 0;
    ended = 0;
    override *[Symbol.iterator](): globalThis.Generator<number> {
      this.begun++;
      try {
        for (let i = 0; i < this.length; i++) yield i;
      } finally {
        this.ended++;
      }
    }
  }

  class Later extends IterableDataset<number> {
    override async *[Symbol.asyncIterator](): AsyncGenerator<number> {
      for (let i = 0; i < 3; i++) {
        await Promise.resolve();
        yield i;
      }
    }
  }

  it("are cut into batches as they come", async () => {
    const count = new Count();
    const loader = new DataLoader(count, { batchSize: 3 });
    assert.equal(loader.length, 3);
    assert.deepEqual(epoch(loader), [[0, 1, 2], [3, 4, 5], [6]]);
    assert.deepEqual(epoch(new DataLoader(count, { batchSize: 3, dropLast: true })), [
      [0, 1, 2],
      [3, 4, 5],
    ]);
    assert.deepEqual([...new DataLoader(count, { batchSize: 4, collateFn: (s) => s.join("") })], ["0123", "456"]);
    const seen: number[][] = [];
    for await (const batch of loader) seen.push(list(batch));
    assert.deepEqual(seen, [[0, 1, 2], [3, 4, 5], [6]]);
    assert.deepEqual([count.begun, count.ended], [4, 4]);
  });

  it("are ended when a loop is left, and taken up again and resumed by reading on", () => {
    const count = new Count();
    const loader = new DataLoader(count, { batchSize: 2 });
    const batches = loader.iterate();
    for (const _ of batches) break;
    assert.deepEqual([count.begun, count.ended], [1, 1]);
    const state = JSON.parse(JSON.stringify(loader.state())) as LoaderState;
    assert.deepEqual(state, { batch: 1, samples: 7, batchSize: 2, dropLast: false });
    assert.deepEqual(epoch(batches), [[2, 3], [4, 5], [6]]);
    assert.deepEqual(epoch(new DataLoader(new Count(), { batchSize: 2 }).iterate({ state })), [[2, 3], [4, 5], [6]]);
  });

  it("may have to be waited for", async () => {
    const loader = new DataLoader(new Later(), { batchSize: 2 });
    assert.equal(loader.length, undefined);
    const seen: number[][] = [];
    for await (const batch of loader) seen.push(list(batch));
    assert.deepEqual(seen, [[0, 1], [2]]);
    assert.throws(() => epoch(loader), /only asynchronous; use `for await`$/);
  });
});

describe("ConcatDataset", function () {
  this.timeout(20_000);
  it("has the samples of one dataset after the other", () => {
    const both = new ConcatDataset([new Numbers(3), new Subset(new Numbers(9), [8, 7])]);
    assert.deepEqual([both.length, both.cumulativeSizes], [5, [3, 5]]);
    assert.deepEqual([...both], [0, 1, 2, 8, 7]);
    assert.deepEqual(epoch(new DataLoader(both, { batchSize: 4 })), [[0, 1, 2, 8], [7]]);
    assert.deepEqual([...new ConcatDataset([new Numbers(0), new Numbers(2)])], [0, 1]);
    assert.throws(() => both.get(5), /ConcatDataset: expected an index from 0 to 4, got 5/);
    assert.throws(() => new ConcatDataset([]), /at least 1 dataset, got none/);
  });
});

describe("TensorDataset", function () {
  this.timeout(20_000);
  const x = () =>
    tensor([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
  const y = () => tensor([7, 8, 9], { dtype: "int64" });

  it("gives rows, and whole batches of rows", () => {
    const dataset = new TensorDataset(x(), y());
    assert.equal(dataset.length, 3);
    const [row, label] = dataset.get(1);
    assert.deepEqual([row.toArray(), label.item()], [[2, 3], 8]);
    const [rows, labels] = [...new DataLoader(dataset, { batchSize: 2 })][0];
    assert.deepEqual(
      [rows.toArray(), labels.toArray(), labels.dtype],
      [
        [
          [0, 1],
          [2, 3],
        ],
        [7, 8],
        "int64",
      ],
    );
    assert.deepEqual(
      Array.from(dataset, ([row]) => row.toArray()),
      [
        [0, 1],
        [2, 3],
        [4, 5],
      ],
    );
  });

  it("sees in-place changes of its tensors", () => {
    const rows = x();
    const loader = new DataLoader(new TensorDataset(rows), { batchSize: 3 });
    const sum = () => Array.from(loader, ([batch]) => batch.sum().item());
    assert.deepEqual(sum(), [15]);
    rows.mul_(2);
    assert.deepEqual(sum(), [30]);
  });

  it("keeps gradients", () => {
    const rows = x().requiresGrad_();
    const subset = new Subset(new TensorDataset(rows), [2, 0]);
    for (const [batch] of new DataLoader(subset, { batchSize: 2 })) batch.sum().backward();
    assert.deepEqual(rows.grad?.toArray(), [
      [1, 1],
      [0, 0],
      [1, 1],
    ]);
  });

  it("obeys a subclass that overrides get alone", () => {
    class Negated extends TensorDataset<[Tensor, Tensor]> {
      override get(index: number): [Tensor, Tensor] {
        const [row, label] = super.get(index);
        return [row.mul(-1), label];
      }
    }
    const [[rows]] = [...new DataLoader(new Subset(new Negated(x(), y()), [2]))];
    assert.deepEqual(rows.toArray(), [[-4, -5]]);
  });

  it("refuses tensors of different lengths, none, and 0-d ones, and indices outside", () => {
    assert.throws(
      () => new TensorDataset(x(), tensor([1])),
      /expected 3 rows as the first tensor has, got 1 \(tensor 1, of shape \[1\]\)/,
    );
    assert.throws(() => new TensorDataset(), /at least 1 tensor, got none/);
    assert.throws(() => new TensorDataset(tensor(1)), /at least 1 dimension/);
    for (const index of [3, -1, 0.5]) {
      assert.throws(
        () => new TensorDataset(x()).get(index),
        /^ArgumentError: TensorDataset: expected an index from 0 to 2, got/,
      );
    }
  });
});

describe("Subset and randomSplit", function () {
  this.timeout(20_000);
  it("maps indices, through subsets of subsets, in get and in batches", () => {
    const inner = new Subset(new Numbers(10), [9, 7, 5, 3]);
    const outer = new Subset(inner, [3, 0]);
    assert.deepEqual([outer.length, outer.get(0), outer.get(1)], [2, 3, 9]);
    assert.deepEqual(epoch(new DataLoader(outer, { batchSize: 2 })), [[3, 9]]);
    assert.throws(() => new Subset(inner, [4]), /Subset: expected an index from 0 to 3, got 4/);
    assert.throws(() => outer.get(2), /Subset: expected an index from 0 to 1, got 2/);
  });

  it("obeys a subclass that overrides get", () => {
    class Doubled extends Subset<number> {
      override get(index: number): number {
        return 2 * super.get(index);
      }
    }
    const doubled = new Doubled(new Numbers(10), [4, 3]);
    assert.deepEqual(epoch(new DataLoader(new Subset(doubled, [1, 0]), { batchSize: 2 })), [[6, 8]]);
  });

  it("splits into disjoint random parts, the same for the same seed", () => {
    const parts = (seed: number, lengths: readonly number[]) =>
      randomSplit(new Numbers(10), lengths, { generator: new Generator(seed) }).map((part) => [...part]);
    const [a, b] = parts(1, [7, 3]);
    assert.deepEqual([a.length, b.length], [7, 3]);
    assert.deepEqual([...a, ...b].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual(parts(1, [7, 3]), [a, b]);
    assert.notDeepEqual(parts(2, [7, 3]), [a, b]);
    assert.deepEqual(parts(1, [0.7, 0.3]), [a, b]);
  });

  it("takes fractions, giving what rounding leaves to the first parts, and lengths of 0", () => {
    const sizes = (n: number, lengths: readonly number[]) =>
      randomSplit(new Numbers(n), lengths).map((part) => part.length);
    assert.deepEqual(sizes(10, [1 / 3, 1 / 3, 1 / 3]), [4, 3, 3]);
    assert.deepEqual(sizes(11, [1 / 3, 1 / 3, 1 / 3]), [4, 4, 3]);
    assert.deepEqual(sizes(11, [0.5, 0.5]), [6, 5]);
    assert.deepEqual(sizes(1, [1]), [1]);
    assert.deepEqual(sizes(5, [5, 0]), [5, 0]);
    assert.deepEqual(sizes(0, []), []);
  });

  it("uses the default generator when none is given", () => {
    manualSeed(4);
    const once = randomSplit(new Numbers(20), [10, 10]).map((part) => [...part]);
    manualSeed(4);
    assert.deepEqual(
      randomSplit(new Numbers(20), [10, 10]).map((part) => [...part]),
      once,
    );
  });

  it("refuses lengths that do not fit", () => {
    for (const lengths of [[5, 4], [0.5, 0.4], [-1, 11], [NaN], []]) {
      assert.throws(() => randomSplit(new Numbers(10), lengths), /^ArgumentError: randomSplit: expected/);
    }
  });
});
