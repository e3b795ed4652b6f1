// What goes wrong in worker threads arrives at the line of the loop, and nothing of them is left when a loop is over.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { data, manualSeed, tensor, vision, type Tensor } from "../../engine/index.js";
import {
  Counting,
  failing,
  failingUnreadably,
  hidden,
  Mute,
  Secret,
  Squares,
  Threads,
  Unreadable,
  type unreadable,
  unsendable,
} from "./workerDatasets.js";

const here = fileURLToPath(import.meta.url);

function errorOf(loader: Iterable<unknown>): data.DataLoaderError {
  try {
    for (const _ of loader);
  } catch (error) {
    return error as data.DataLoaderError;
  }
  return assert.fail("nothing was thrown");
}

async function errorOfAsync(loader: AsyncIterable<unknown>): Promise<data.DataLoaderError> {
  try {
    for await (const _ of loader);
  } catch (error) {
    return error as data.DataLoaderError;
  }
  return assert.fail("nothing was thrown");
}

const trouble = (what: "throw" | "exit" | "hang" | "later", options: data.DataLoaderOptions = {}) =>
  new data.DataLoader(new Squares(12, { at: 7, what }), { batchSize: 3, numWorkers: 2, ...options });

/** A worker that keeps silent fails the test rather than hanging it. */
const inTime = { numWorkers: 1, timeout: 30 } as const;

describe("DataLoader: errors of workers", function () {
  this.timeout(120_000);

  it("come with the worker, the sample and the worker's own stack, after the batches before", async () => {
    const batches: unknown[] = [];
    const loader = trouble("throw");
    assert.throws(() => {
      for (const [, i] of loader) batches.push(i.toArray());
    }, data.DataLoaderError);
    assert.deepEqual(batches, [
      [0, 1, 2],
      [3, 4, 5],
    ]);
    for (const error of [errorOf(loader), await errorOfAsync(loader)]) {
      assert.equal(error.name, "DataLoaderError");
      assert.match(
        error.message,
        /^DataLoader: worker 0 failed at sample 7: RangeError: no square 7 \(at .*workerDatasets\.ts:\d+:\d+\)+$/,
      );
      assert.deepEqual([error.worker, error.sample], [0, 7]);
      const cause = error.cause as Error;
      assert.deepEqual([cause.name, cause.message], ["RangeError", "no square 7"]);
      assert.match(cause.stack!, /at Squares\.get \(.*workerDatasets\.ts/);
      assert.equal((cause.cause as Error).message, "deeper");
      const [, frame] = error.stack!.split("\n");
      assert.ok(frame.includes(here), `the first frame is the loop's: ${frame}`);
    }
  });

  it("of streams name the position in the worker's part", () => {
    const error = errorOf(new data.DataLoader(new Counting(9, 5), { batchSize: 2, numWorkers: 2 }));
    assert.match(error.message, /^DataLoader: worker 1 failed at sample 2: Error: lost count at 5/);
  });

  it("are said of a worker's start too", async () => {
    const failed = /^DataLoader: worker \d failed in workerInitFn: TypeError: will not start/;
    const init = new data.DataLoader(new Squares(3), { numWorkers: 2, workerInitFn: failing, persistentWorkers: true });
    assert.match(errorOf(init).message, failed);
    assert.match((await errorOfAsync(init)).message, failed);
    const nowhere = Object.assign(function nowhere() {}, {
      module: new URL("./nowhere.ts", import.meta.url).href,
    });
    assert.match(
      errorOf(new data.DataLoader(new Squares(3), { numWorkers: 1, collateFn: nowhere })).message,
      /worker 0 failed while starting: .*Cannot find module .*nowhere\.ts/,
    );
    const nameless = Object.assign(function unexported() {}, { module: Squares.module });
    assert.match(
      errorOf(new data.DataLoader(new Squares(3), { numWorkers: 1, collateFn: nameless })).message,
      /expected file:.*workerDatasets\.ts to export unexported, which is at collateFn, got .*Squares/,
    );
  });

  it("of joining name what could not be joined or sent", () => {
    const collate = (f: (samples: unknown[]) => unknown) =>
      errorOf(new data.DataLoader(new Squares(3), { numWorkers: 1, collateFn: f }));
    assert.match(collate(failing).message, /^DataLoader: worker 0 failed joining samples: TypeError: will not start/);
    assert.match(
      collate(unsendable).message,
      /expected a value that another thread can get at batch\.deep\[0\], got a Promise/,
    );
    const rows = tensor([[1], [2]]).requiresGrad_();
    assert.match(
      errorOf(new data.DataLoader(new data.TensorDataset(rows), { numWorkers: 1 })).message,
      /expected a tensor without history at batch\[0\].*detach\(\) it/,
    );
  });

  it("explain private fields of a user's class", () => {
    assert.match(
      errorOf(new data.DataLoader(new Secret(3), { numWorkers: 1, batchSampler: [[0]] })).message,
      /private #fields of your own class do not reach a worker: make them public, or give the class a method \[data\.constructorArguments\]\(\)/,
    );
  });

  it("arrive although they cannot be described", async () => {
    const expected: Readonly<Record<keyof typeof unreadable, RegExp>> = {
      proxy: /at sample 0: Error: an error that cannot be read$/,
      opaque: /at sample 0: Error: the worker threw Error: p\n/,
      message: /at sample 0: RangeError: an error that cannot be read/,
      rest: /at sample 0: Error: rest$/,
      unsendable: /at sample 0: Error: an error that cannot be read$/,
      circular: /at sample 0: Error: a \(at /,
      endless: /at sample 0: Error: endless \(at /,
      value: /at sample 0: Error: an error that cannot be read$/,
    };
    for (const [kind, message] of Object.entries(expected)) {
      const loader = new data.DataLoader(new Unreadable(kind as keyof typeof unreadable), inTime);
      assert.match(errorOf(loader).message, message, kind);
    }
    assert.match((await errorOfAsync(new data.DataLoader(new Unreadable("proxy"), inTime))).message, expected.proxy);
    const { cause } = errorOf(new data.DataLoader(new Unreadable("circular"), inTime)).cause as Error;
    assert.equal((cause as Error).message, "b");
    assert.equal((cause as Error).cause, undefined, "each error once");
  });

  it("arrive so wherever they are thrown", () => {
    const text = (loader: Iterable<unknown>) => errorOf(loader).message;
    const unread = (doing: string) =>
      new RegExp(`^DataLoader: worker 0 failed ${doing}: Error: an error that cannot be read$`);
    assert.match(
      text(new data.DataLoader(new Squares(1), { ...inTime, workerInitFn: failingUnreadably })),
      unread("in workerInitFn"),
    );
    assert.match(
      text(new data.DataLoader(new Squares(1), { ...inTime, collateFn: failingUnreadably })),
      unread("joining samples"),
    );
    const starting = Object.assign(function starting() {}, {
      module: "data:text/javascript,throw Object.defineProperty(new Error('m'), 'message', { get() { throw 1 } })",
    });
    assert.match(
      text(new data.DataLoader(new Squares(1), { ...inTime, collateFn: starting })),
      unread("while starting"),
    );
    const expected = {
      later: /failed outside of any sample: RangeError: an error that cannot be read/,
      rejected: /failed outside of any sample|ended with exit code 1 /, // Node reads it first, and may give up over it
    };
    for (const when of ["later", "rejected"] as const) {
      const loader = new data.DataLoader(new Unreadable("message", when), { ...inTime, sampler: forever() });
      assert.match(text(loader), expected[when], when);
    }
  });

  it("are of this thread when a part cannot go to another, and name it and the remedy", () => {
    const throws = (dataset: data.Dataset<unknown>, message: RegExp, more: object = {}) =>
      assert.throws(
        () => [...new data.DataLoader(dataset, { numWorkers: 1, ...more })],
        (error: Error) => error.name === "ArgumentError" && (assert.match(error.message, message), true),
      );
    const { transforms, datasets } = vision;
    const transform = new transforms.Compose([new transforms.ToTensor(), (image: Tensor) => image]);
    throws(
      new data.Subset(new datasets.MNIST(undefined, { transform }), [1]),
      /^DataLoader: expected a function that workers can import at dataset\.dataset\.transform\.transforms\[1\], got an arrow function; export it by name from the program .*`f\.module = import\.meta\.url`/,
    );
    throws(
      new hidden.Dataset(),
      /^DataLoader: expected a class that workers can import at dataset, got an instance of Hidden; .* `static readonly module = import\.meta\.url`$/,
    );
    throws(new Squares(2), /at collateFn, got the function mine;/, { collateFn: function mine() {} });
    throws(new Squares(2), /at workerInitFn, got the function workerInitFn/, { workerInitFn: () => undefined });
    const odd = (value: unknown) => Object.assign(new Squares(2), { odd: new Map([["k", [value]]]) });
    throws(odd(Symbol("s")), /at dataset\.odd\.get\("k"\)\[0\], got a symbol/);
    throws(odd(Promise.resolve()), /at dataset\.odd\.get\("k"\)\[0\], got a Promise/);
    throws(odd(new (class Many extends Map {})()), /got a Many, which extends Map/);
    throws(odd(new WeakMap()), /got an instance of WeakMap/);
    throws(odd((function* () {})()), /got an object without a class/);
    throws(odd(tensor([1]).requiresGrad_().mul(2)), /expected a tensor without history at dataset\.odd/);
  });
});

describe("DataLoader: workers that die", function () {
  this.timeout(120_000);

  it("are reported in both loops, with what they were at", async () => {
    const expected = /^DataLoader: worker 0 ended with exit code 7 while it was at sample 7$/;
    const persistent = trouble("exit", { persistentWorkers: true });
    assert.match(errorOf(persistent).message, expected);
    assert.match((await errorOfAsync(persistent)).message, expected, "after new ones were started");
    assert.match((await errorOfAsync(trouble("exit"))).message, expected);
  });

  it("as well when they could not say what went wrong", async () => {
    const expected = /^DataLoader: worker 0 ended with exit code 1 while it was at sample 0$/;
    assert.match(errorOf(new data.DataLoader(new Mute(), inTime)).message, expected);
    assert.match((await errorOfAsync(new data.DataLoader(new Mute(), inTime))).message, expected);
  });

  it("by an error outside of any sample as well", async () => {
    const expected = /^DataLoader: worker \d failed outside of any sample: Error: out of nowhere/;
    const endless = () =>
      new data.DataLoader(new Squares(12, { at: 1, what: "later" }), { numWorkers: 1, sampler: forever() });
    assert.match(errorOf(endless()).message, expected);
    assert.match((await errorOfAsync(endless())).message, expected);
  });

  it("or give no batch in time", async () => {
    const expected =
      /^DataLoader: worker 0 gave no batch within the timeout of 2 s while it was (at sample 7|to load samples [\d, ]+)$/;
    const loader = trouble("hang", { timeout: 2 });
    assert.match(errorOf(loader).message, expected);
    assert.match((await errorOfAsync(loader)).message, expected);
  });
});

function* forever(): Generator<number> {
  for (;;) yield* [0, 1];
}

describe("DataLoader: lives of workers", function () {
  this.timeout(120_000);
  const threadsOf = (batches: Iterable<string[]>) =>
    new Set([...batches].flat().map((text) => (JSON.parse(text) as { threadId: number }).threadId));

  it("are an epoch's, or the loader's when they persist", () => {
    const loader = new data.DataLoader(new Threads(6), { numWorkers: 2 });
    const [first, second] = [threadsOf(loader), threadsOf(loader)];
    assert.equal(new Set([...first, ...second]).size, 4);
    const kept = new data.DataLoader(new Threads(6), { numWorkers: 2, persistentWorkers: true });
    const before = threadsOf(kept);
    for (const _ of kept) break; // what was asked for then is not handed out now
    assert.deepEqual(threadsOf(kept), before);
    assert.deepEqual(
      [...kept].flat().map((text) => (JSON.parse(text) as { index: number }).index),
      [0, 1, 2, 3, 4, 5],
    );
  });

  it("one loop at a time when they persist; any number of loops else", () => {
    const kept = new data.DataLoader(new Squares(4), { numWorkers: 1, persistentWorkers: true });
    const [a, b] = [kept[Symbol.iterator](), kept[Symbol.iterator]()];
    a.next();
    b.next();
    assert.throws(() => a.next(), /expected one loop at a time with persistentWorkers/);
    const second = b.next();
    assert.deepEqual(second.done ? undefined : second.value[1].toArray(), [1]);
    b.return?.();
    const loader = new data.DataLoader(new Squares(2), { numWorkers: 1 });
    const pairs: number[][] = [];
    for (const [, i] of loader) for (const [, j] of loader) pairs.push([i.item(), j.item()]);
    assert.deepEqual(pairs, [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
  });

  it("end with the loop, however it is left", async () => {
    const active = () => process.getActiveResourcesInfo().filter((name) => /Worker|MessagePort/.test(name)).length;
    const before = active();
    const loader = new data.DataLoader(new Squares(40), { numWorkers: 2 });
    for (const _ of loader) break;
    for await (const _ of loader) break;
    assert.throws(() => {
      for (const _ of loader) throw new Error("mine");
    }, /^Error: mine$/);
    for (const _ of loader);
    for (let i = 0; i < 100 && active() > before; i++) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(active() <= before, `${active()} threads and ports, ${before} before`);
  });

  it("takes and refuses options as PyTorch does", () => {
    const make = (options: object) => () => new data.DataLoader(new Squares(2), options);
    const stream = (options: object) => () => new data.DataLoader(new Counting(2), options);
    assert.throws(make({ numWorkers: -1 }), /expected numWorkers of 0 or more, got -1/);
    assert.throws(make({ numWorkers: 1, prefetchFactor: 0 }), /expected prefetchFactor of 1 or more, got 0/);
    assert.throws(make({ prefetchFactor: 2 }), /expected numWorkers of 1 or more for prefetchFactor, got 0/);
    assert.throws(make({ persistentWorkers: true }), /numWorkers of 1 or more for persistentWorkers/);
    assert.throws(make({ timeout: 1 }), /numWorkers of 1 or more for timeout/);
    assert.throws(make({ timeout: -1, numWorkers: 1 }), /expected a timeout of 0 or more seconds, got -1/);
    assert.throws(make({ sampler: [0], shuffle: true }), /expected no shuffle beside a sampler/);
    for (const other of [{ batchSize: 1 }, { shuffle: true }, { sampler: [0] }, { dropLast: true }]) {
      const [name] = Object.keys(other);
      assert.throws(make({ batchSampler: [[0]], ...other }), new RegExp(`expected no ${name} beside a batchSampler`));
    }
    for (const other of [{ shuffle: true }, { sampler: [0] }, { batchSampler: [[0]] }]) {
      assert.throws(stream(other), /for an IterableDataset, which has its own order/);
    }
    assert.doesNotThrow(make({ timeout: 0, persistentWorkers: false, workerInitFn: failing, pinMemory: true }));
    manualSeed(0);
  });
});
