// Worker threads give what the calling thread gives: the same batches in the same order, from any dataset that can go
// there. What goes wrong in them (loaderWorkerErrors.test.ts) and in programs (loaderProgram.test.ts) is elsewhere.
import assert from "node:assert/strict";
import { cat, data, fromTypedArray, manualSeed, rand, tensor, vision, type Tensor } from "../../engine/index.js";
import { defaultGenerator } from "../../engine/random.js";
import {
  Counting,
  joined,
  listSamples,
  Letters,
  negative,
  Noise,
  OpenSecret,
  Shifted,
  Squares,
  Threads,
  Ticking,
} from "./workerDatasets.js";

const { transforms, datasets } = vision;
const plain = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "toArray" in value
    ? { dtype: (value as Tensor).dtype, shape: (value as Tensor).shape, values: (value as Tensor).toArray() }
    : Array.isArray(value)
      ? value.map(plain)
      : value;

const sync = (batches: Iterable<unknown>): unknown[] => Array.from(batches, plain);

async function async(batches: AsyncIterable<unknown>): Promise<unknown[]> {
  const list: unknown[] = [];
  for await (const batch of batches) list.push(plain(batch));
  return list;
}

describe("DataLoader with worker threads", function () {
  this.timeout(120_000);

  /** Two epochs, in this thread and in others, in either loop. */
  async function same<Sample>(
    dataset: data.Dataset<Sample>,
    options: data.DataLoaderOptions & { collateFn?: undefined },
    threads: data.DataLoaderOptions = { numWorkers: 2, persistentWorkers: true },
  ) {
    manualSeed(17);
    const loader = new data.DataLoader(dataset, options);
    const expected = [sync(loader), sync(loader)];
    const after = defaultGenerator.state();
    manualSeed(17);
    const threaded = new data.DataLoader(dataset, { ...options, ...threads });
    assert.equal(threaded.length, loader.length);
    assert.deepEqual([sync(threaded), await async(threaded)], expected);
    assert.deepEqual(defaultGenerator.state(), after, "what is drawn does not depend on the number of workers");
  }

  it("gives the same batches, however many workers load them and how far ahead", async () => {
    for (const threads of [
      { numWorkers: 1, prefetchFactor: 1, persistentWorkers: true },
      { numWorkers: 2 },
      { numWorkers: 3, prefetchFactor: 4, persistentWorkers: true },
    ]) {
      await same(new Squares(20), { batchSize: 3, shuffle: true }, threads);
    }
  });

  it("gives the same batches of MNIST, shuffled", async () => {
    const transform = new transforms.Compose([new transforms.ToTensor(), new transforms.Normalize([0.1307], [0.3081])]);
    const mnist = new datasets.MNIST(undefined, { transform });
    await same(
      new data.Subset(
        mnist,
        Array.from({ length: 100 }, (_, i) => i * 7),
      ),
      { batchSize: 16, shuffle: true },
    );
  });

  it("gives the same batches of tensors of every kind", async () => {
    const x = tensor([
      [1.5, -2],
      [NaN, Infinity],
      [0, 3],
      [4, 5],
      [6, 7],
    ]);
    const all = new data.TensorDataset(
      x,
      x.to("float64"),
      x.to("float16"),
      x.to("bfloat16"),
      tensor([1n, -(2n ** 60n), 3n, 4n, 5n]),
      tensor([true, false, true, true, false]),
      fromTypedArray(Int8Array.of(1, 2, 3, 4, 5), [5]),
      tensor([[], [], [], [], []]),
    );
    await same(all, { batchSize: 2 });
    await same(all, { batchSize: 2, dropLast: true, shuffle: true });
  });

  it("gives the same batches of a user's own datasets, and of several joined", async () => {
    await same(new Squares(11), { batchSize: 3, shuffle: true });
    await same(new data.ConcatDataset([new Squares(4), new data.Subset(new Squares(9), [8, 2])]), { batchSize: 4 });
    await same(new Shifted(tensor([[1], [2], [3]]), tensor([4, 5, 6])), { batchSize: 2 });
    await same(new OpenSecret(5), { batchSize: 2 });
    await same(new Letters(), { batchSize: 2 });
  });

  it("gives the same batches for samplers", async () => {
    const squares = new Squares(10);
    const weights = Array.from({ length: 10 }, (_, i) => i);
    await same(squares, { batchSize: 4, sampler: new data.WeightedRandomSampler(weights, 9) });
    await same(squares, {
      batchSampler: new data.BatchSampler(new data.SubsetRandomSampler([1, 3, 5]), { batchSize: 2 }),
    });
    // Batches grow and shrink: the memory that they come in does too.
    await same(squares, {
      batchSampler: [[1], [1, 2, 3, 4, 5, 6], [], [2], [9, 8, 7, 6, 5, 4, 3, 2, 1]].filter((b) => b.length),
    });
  });

  it("sends every transform and dataset of vision", async () => {
    const image = new datasets.Synthetic(6, { imageSize: [3, 12, 12] });
    const steps: readonly vision.transforms.Transform[] = [
      new transforms.ToTensor(),
      new transforms.Lambda(negative),
      new transforms.Normalize([0.5, 0.4, 0.3], [1, 2, 3]),
    ];
    await same(image, { batchSize: 4 });
    const transform = new transforms.Compose(steps);
    await same(new datasets.Synthetic(6, { imageSize: [3, 12, 12], transform }), { batchSize: 4 });
    // Each class tells how it is made again; one that is new and does not fails here.
    const silent = Object.entries({ ...transforms, ...datasets })
      .filter(([, value]) => typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value)))
      .filter(
        ([name, type]) =>
          !/Error$|^VisionDataset$/.test(name) &&
          !(data.constructorArguments in (type as { prototype: object }).prototype),
      )
      .map(([name]) => name);
    assert.deepEqual(silent, []);
  });

  it("lets worker w make whole batches w, w + n, … and know who it is", () => {
    const loader = new data.DataLoader(new Threads(10), { batchSize: 2, numWorkers: 2, prefetchFactor: 3 });
    const seen = [...loader].map((batch) => batch.map((text) => JSON.parse(text) as Record<string, unknown>));
    assert.deepEqual(
      seen.map((batch) => batch.map(({ index }) => index)),
      [
        [0, 1],
        [2, 3],
        [4, 5],
        [6, 7],
        [8, 9],
      ],
    );
    assert.deepEqual(
      seen.map(([{ id }]) => id),
      [0, 1, 0, 1, 0],
    );
    const seeds = new Map(seen.flat().map(({ id, seed }) => [id as number, seed as number]));
    assert.equal(seeds.get(1)! - seeds.get(0)!, 1);
    assert.equal(new Set(seen.flat().map(({ threadId }) => threadId)).size, 2);
    for (const sample of seen.flat()) assert.deepEqual([sample.of, sample.own], [2, true]);
    assert.equal(data.getWorkerInfo(), undefined);
  });

  it("makes batches of a collateFn's own kind, with memory of their own", () => {
    const loader = new data.DataLoader(new Squares(4), { batchSize: 2, numWorkers: 1, collateFn: listSamples });
    const [first, second] = [...loader];
    assert.deepEqual(first.when, new Date(5));
    assert.deepEqual(first.set, new Set([1]));
    assert.ok(first.bytes.buffer instanceof ArrayBuffer);
    assert.deepEqual([first.bytes.length, first.bytes[69_999]], [70_000, 2]);
    assert.deepEqual(plain((second.list[1] as unknown[])[0]), plain(tensor([3, 9])));
    const custom = new data.DataLoader(new Squares(4), { batchSize: 2, numWorkers: 2, collateFn: joined });
    assert.deepEqual(
      [...custom].map((batch) => batch.toArray()),
      [
        [0, 0, 1, 1],
        [2, 4, 3, 9],
      ],
    );
  });

  it("shares large arrays instead of copying them, and sees what the dataset holds when an epoch begins", () => {
    const rows = rand([50_000]);
    const set = new data.TensorDataset(rows);
    const loader = new data.DataLoader(set, { batchSize: 25_000, numWorkers: 2 });
    assert.deepEqual(cat([...loader].map(([x]) => x)).toTypedArray(), rows.toTypedArray());
    rows.zero_();
    assert.equal(
      cat([...loader].map(([x]) => x))
        .sum()
        .item(),
      0,
    );
  });
});

describe("DataLoader with worker threads: randomness", function () {
  this.timeout(120_000);
  const make = (options: data.DataLoaderOptions = {}) =>
    new data.DataLoader(new Noise(12), { batchSize: 2, numWorkers: 2, ...options });
  const noise = (batches: Iterable<unknown>) =>
    Array.from(batches as Iterable<Record<"worker" | "math" | "tensor", Tensor>>, (batch) => ({
      worker: batch.worker.toArray(),
      math: batch.math.toArray(),
      tensor: batch.tensor.toArray(),
    }));

  it("seeds each worker of each epoch, Math.random on request", () => {
    manualSeed(1, { mathRandom: true });
    try {
      const loader = make();
      const epochs = [noise(loader), noise(loader)];
      assert.notDeepEqual(epochs[0], epochs[1]);
      assert.notDeepEqual(epochs[0][0].tensor, epochs[0][1].tensor, "the workers differ");
      assert.notDeepEqual(epochs[0][0].math, epochs[0][1].math);
      for (const options of [{}, { persistentWorkers: true }]) {
        manualSeed(1);
        const again = make(options);
        assert.deepEqual([noise(again), noise(again)], epochs);
      }
      manualSeed(1, { mathRandom: false });
      const [batch] = noise(make());
      assert.deepEqual(batch.tensor, epochs[0][0].tensor);
      assert.notDeepEqual(batch.math, epochs[0][0].math);
    } finally {
      manualSeed(1, { mathRandom: false });
    }
  });

  it("resumes within an epoch with the very same batches, random ones too, and then the same epochs", () => {
    manualSeed(2, { mathRandom: true });
    try {
      const whole = make({ shuffle: true, persistentWorkers: true });
      const [first, second] = [noise(whole), noise(whole)];
      for (const stop of [1, 4]) {
        manualSeed(2);
        const loader = make({ shuffle: true, persistentWorkers: true });
        let taken = 0;
        for (const _ of loader) if (++taken === stop) break;
        const saved = JSON.parse(JSON.stringify({ loader: loader.state(), random: defaultGenerator.state() })) as {
          loader: data.LoaderState;
          random: ReturnType<typeof defaultGenerator.state>;
        };
        assert.equal(saved.loader.batch, stop);
        manualSeed(999);
        const resumed = make({ shuffle: true, persistentWorkers: true });
        defaultGenerator.setState(saved.random);
        assert.deepEqual(noise(resumed.iterate({ state: saved.loader })), first.slice(stop), `from batch ${stop}`);
        assert.deepEqual(noise(resumed), second);
      }
    } finally {
      manualSeed(2, { mathRandom: false });
    }
  });

  it("goes on where a loop was left, and resumes with another number of workers", () => {
    manualSeed(3);
    const all = sync(new data.DataLoader(new Squares(20), { batchSize: 3, shuffle: true }));
    manualSeed(3);
    const loader = new data.DataLoader(new Squares(20), { batchSize: 3, shuffle: true, numWorkers: 2 });
    const batches = loader.iterate();
    const got: unknown[] = [];
    for (const batch of batches) {
      got.push(plain(batch));
      if (got.length === 2) break;
    }
    const state = loader.state()!;
    assert.deepEqual([...got, ...sync(batches)], all);
    for (const numWorkers of [0, 3]) {
      const other = new data.DataLoader(new Squares(20), { batchSize: 3, shuffle: true, numWorkers });
      assert.deepEqual(sync(other.iterate({ state })), all.slice(2));
    }
  });
});

describe("DataLoader with worker threads: streams", function () {
  this.timeout(120_000);
  const numbers = (batches: Iterable<Tensor>) => Array.from(batches, (batch) => batch.toArray());

  it("takes turns among the workers' parts until each is through", async () => {
    const loader = new data.DataLoader(new Counting(11), { batchSize: 2, numWorkers: 2 });
    assert.equal(loader.length, undefined);
    const expected = [[0, 2], [1, 3], [4, 6], [5, 7], [8, 10], [9]];
    assert.deepEqual(numbers(loader), expected);
    const list: unknown[] = [];
    for await (const batch of loader) list.push(batch.toArray());
    assert.deepEqual(list, expected);
    const uneven = new data.DataLoader(new Counting(3), { numWorkers: 4, persistentWorkers: true });
    assert.deepEqual(numbers(uneven), [[0], [1], [2]]);
    assert.deepEqual(numbers(uneven), [[0], [1], [2]]);
    const dropped = new data.DataLoader(new Counting(11), { batchSize: 2, numWorkers: 2, dropLast: true });
    assert.deepEqual(numbers(dropped), expected.slice(0, 5));
  });

  it("resumes by reading again what was handed out", () => {
    const make = () => new data.DataLoader(new Counting(11), { batchSize: 2, numWorkers: 2 });
    const loader = make();
    let taken = 0;
    for (const _ of loader) if (++taken === 3) break;
    assert.deepEqual(numbers(make().iterate({ state: loader.state() })), [[5, 7], [8, 10], [9]]);
  });

  it("waits for an asynchronous stream, in `for` too", () => {
    assert.deepEqual(numbers(new data.DataLoader(new Ticking(5), { batchSize: 2, numWorkers: 1 })), [
      [0, 1],
      [2, 3],
      [4],
    ]);
  });
});
