// Datasets and functions as a user has them in a module of their own, for the tests of worker threads.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { MessagePort, threadId } from "node:worker_threads";
import { cat, data, Generator as RandomGenerator, rand, tensor, type Tensor } from "../../engine/index.js";

/** Number i is `[i, i * i]` and its name; what goes wrong where is told by the options. */
export class Squares extends data.Dataset<[Tensor, number, string]> {
  static readonly module = import.meta.url;
  readonly names = new Map([[1, "one"]]);

  constructor(
    readonly length: number,
    readonly trouble:
      { readonly at: number; readonly what: "throw" | "exit" | "hang" | "memory" | "later" } | undefined = undefined,
  ) {
    super();
  }

  get(index: number): [Tensor, number, string] {
    if (this.trouble?.at === index) makeTrouble(this.trouble.what, index);
    return [tensor([index, index * index]), index, this.names.get(index) ?? `${index}`];
  }
}

export type Trouble = "throw" | "exit" | "hang" | "memory" | "later";

function makeTrouble(what: Trouble, index: number): void {
  switch (what) {
    case "throw":
      throw new RangeError(`no square ${index}`, { cause: new Error("deeper") });
    case "exit":
      process.exit(7);
      break;
    case "hang":
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      break;
    case "memory": {
      const kept: unknown[] = [];
      for (;;) kept.push(new Array(1000).fill(0.5));
    }
    case "later":
      setImmediate(() => {
        throw new Error("out of nowhere");
      });
      break;
    default:
      what satisfies never;
  }
}

const trap = (): never => {
  throw new Error("trap");
};
const endlessCause = (): Error => Object.defineProperty(new Error("endless"), "cause", { get: endlessCause });

/** What resists being described: the error, where it has to. */
export const unreadable = {
  proxy: () => new Proxy(new Error("p"), { get: trap }),
  opaque: () => new Proxy(new Error("p"), { get: trap, getPrototypeOf: trap }),
  message: () => Object.defineProperty(new RangeError("m"), "message", { get: trap }),
  // The stack first: V8 writes it when it is redefined, and reads the name for it.
  rest: () =>
    Object.defineProperties(new Error("rest"), { stack: { get: trap }, name: { get: trap }, cause: { get: trap } }),
  unsendable: () => Object.assign(new Error("u"), { name: trap, message: Symbol("m"), stack: trap }),
  circular: () => {
    const [a, b] = [new Error("a"), new Error("b")];
    a.cause = b;
    b.cause = a;
    return a;
  },
  endless: endlessCause,
  value: () => ({ [inspect.custom]: trap }),
} as const;

/** Throws it while sample 0 is read, or outside of any sample. */
export class Unreadable extends data.Dataset<number> {
  static readonly module = import.meta.url;
  readonly length = 1;
  constructor(
    readonly kind: keyof typeof unreadable,
    readonly when: "now" | "later" | "rejected" = "now",
  ) {
    super();
  }
  get(index: number): number {
    const make = unreadable[this.kind] as () => Error;
    if (this.when === "now") throw make();
    if (this.when === "rejected") void Promise.reject(make());
    else {
      setImmediate(() => {
        throw make();
      });
    }
    return index;
  }
}

/** Takes its thread's voice away, then fails. */
export class Mute extends data.Dataset<number> {
  static readonly module = import.meta.url;
  readonly length = 1;
  get(): number {
    MessagePort.prototype.postMessage = trap;
    throw new Error("unheard");
  }
}

export function failingUnreadably(): never {
  throw unreadable.proxy();
}
failingUnreadably.module = import.meta.url;

/** Draws from every source of randomness that a worker seeds. */
export class Noise extends data.Dataset<{ worker: number; math: number; tensor: Tensor }> {
  static readonly module = import.meta.url;
  constructor(readonly length: number) {
    super();
  }
  get(): { worker: number; math: number; tensor: Tensor } {
    return { worker: data.getWorkerInfo()?.id ?? -1, math: Math.random(), tensor: rand([2]) };
  }
}

/** Which thread read the sample, and what that thread was told. */
export class Threads extends data.Dataset<string> {
  static readonly module = import.meta.url;
  constructor(readonly length: number) {
    super();
  }
  get(index: number): string {
    const info = data.getWorkerInfo();
    return JSON.stringify({
      index,
      threadId,
      id: info?.id,
      of: info?.numWorkers,
      seed: info?.seed,
      own: info?.dataset === this,
    });
  }
}

/** 0 to `end`, each worker its part; read by `for` or only by `for await`. */
export class Counting extends data.IterableDataset<number> {
  static readonly module = import.meta.url;
  constructor(
    readonly end: number,
    readonly failAt = -1,
  ) {
    super();
  }
  override *[Symbol.iterator](): Generator<number> {
    const { id, numWorkers } = data.getWorkerInfo() ?? { id: 0, numWorkers: 1 };
    for (let i = id; i < this.end; i += numWorkers) {
      if (i === this.failAt) throw new Error(`lost count at ${i}`);
      yield i;
    }
  }
}

export class Ticking extends data.IterableDataset<number> {
  static readonly module = import.meta.url;
  constructor(override readonly length: number) {
    super();
  }
  override async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    for (let i = 0; i < this.length; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      yield i;
    }
  }
}

/** A class of Gradtape's with something of one's own. */
export class Shifted extends data.TensorDataset<[Tensor, Tensor]> {
  static readonly module = import.meta.url;
  by = 100;
  override get(index: number): [Tensor, Tensor] {
    const [x, y] = super.get(index);
    return [x.add(this.by), y];
  }
}

export class Secret extends data.Dataset<number> {
  static readonly module = import.meta.url;
  readonly #length: number;
  constructor(length: number) {
    super();
    this.#length = length;
  }
  get length(): number {
    return this.#length;
  }
  get(index: number): number {
    return index + this.#length;
  }
}

export class OpenSecret extends data.Dataset<number> {
  static readonly module = import.meta.url;
  readonly #length: number;
  constructor(length: number) {
    super();
    this.#length = length;
  }
  get length(): number {
    return this.#length;
  }
  get(index: number): number {
    return index + this.#length;
  }
  [data.constructorArguments](): readonly data.Argument[] {
    return [["length", this.#length]];
  }
}

export function listSamples(samples: unknown[]): { list: unknown[]; when: Date; bytes: Uint8Array; set: Set<number> } {
  return { list: samples, when: new Date(5), bytes: new Uint8Array(70_000).fill(samples.length), set: new Set([1]) };
}
listSamples.module = import.meta.url;

export function failing(): never {
  throw new TypeError("will not start");
}
failing.module = import.meta.url;

export function negative(image: Tensor): Tensor {
  return image.mul(-1);
}
negative.module = import.meta.url;

export function unsendable(): unknown {
  return { deep: [Promise.resolve(1)] };
}
unsendable.module = import.meta.url;

/** What no module exports by name. */
export const hidden = {
  Dataset: class Hidden extends data.Dataset<number> {
    readonly length = 1;
    get(): number {
      return 0;
    }
  },
};

export function joined(samples: [Tensor, number, string][]): Tensor {
  return cat(samples.map(([pair]) => pair));
}
joined.module = import.meta.url;

/** Holds what structured clone does not keep, and itself. */
export class Letters extends data.Dataset<{ text: string; big: bigint; flag: boolean; list: number[] }> {
  static readonly module = import.meta.url;
  readonly length = 5;
  readonly self = this;
  readonly map = new Map<unknown, unknown>([["a", new Set([1, 2])]]);
  readonly when = new Date(7);
  readonly pattern = /[a-e]/g;
  readonly bytes = Buffer.from("abcde");
  readonly words = new Uint16Array(Uint8Array.of(9, 9, 1, 0, 2, 0).buffer, 2, 2);
  readonly like = { nothing: undefined, none: null, much: Infinity, "odd key": -0 };
  readonly generator = new RandomGenerator(4);
  get(index: number): { text: string; big: bigint; flag: boolean; list: number[] } {
    assert.equal(this.self, this);
    assert.ok(this.when instanceof Date && this.bytes instanceof Buffer);
    const set = this.map.get("a") as Set<number>;
    const random = new RandomGenerator(this.generator.state().seed === "4" ? 1 : 2).random32();
    return {
      text: this.bytes.toString("latin1", index, index + 1).replace(this.pattern, (letter) => letter + set.size),
      big: BigInt(this.when.getTime()) + BigInt(random),
      flag: Object.is(this.like["odd key"], -0),
      list: [...this.words, Object.keys(this.like).length],
    };
  }
}
