// Random numbers: Philox generators with a seed and an offset, one per device and one for the host (shuffles). A stream
// depends on nothing else, so a saved state continues exactly; `manualSeed` sets them all (torch.manual_seed).
import { execute, kernel, typeAttr, upload } from "./backend/native.js";
import { intVector } from "./backend/constants.js";
import type { Device } from "./device.js";
import type { DType } from "./dtype.js";
import { ArgumentError, expectOptions } from "./errors.js";
import { type Shape, sizeOf } from "./shape.js";
import type { Storage } from "./storage.js";

/** Plain data: goes into checkpoints as it is. */
export interface GeneratorState {
  /** Unsigned 64-bit, decimal. */
  readonly seed: string;
  /** Blocks of four 32-bit numbers used so far. */
  readonly offset: number;
  /** Numbers of the last block that are still to come; absent for none. */
  readonly left?: number;
}

/** A stream of random numbers (torch.Generator). */
export class Generator {
  #seed: bigint;
  #offset = 0;
  #block: Uint32Array = new Uint32Array(4);
  #left = 0;

  /** @param seed an integer; without one it is drawn from the system. */
  constructor(seed?: number | bigint) {
    this.#seed = seed === undefined ? systemSeed() : asSeed(seed);
  }

  /** Starts the stream of another seed (torch.Generator.manual_seed). */
  seed(seed: number | bigint): this {
    this.#seed = asSeed(seed);
    this.#offset = 0;
    this.#left = 0;
    return this;
  }

  /** What continues this stream from here (torch.Generator.get_state). */
  state(): GeneratorState {
    return { seed: this.#seed.toString(), offset: this.#offset, ...(this.#left > 0 ? { left: this.#left } : {}) };
  }

  /** Continues a saved stream (torch.Generator.set_state). */
  setState({ seed, offset, left = 0 }: GeneratorState): void {
    const fits = /^\d{1,20}$/.test(seed) && Number.isSafeInteger(offset) && offset >= 0;
    if (!fits || !Number.isInteger(left) || left < 0 || left > 3 || (left > 0 && offset === 0)) {
      throw new ArgumentError(
        `Generator.setState: expected { seed: decimal digits, offset: integer >= 0, left: 0 to 3 }, got ${JSON.stringify({ seed, offset, left })}`,
      );
    }
    this.#seed = BigInt.asUintN(64, BigInt(seed));
    this.#offset = offset;
    this.#left = left;
    if (left > 0) philox(this.#seed, offset - 1, this.#block);
  }

  /** The next number of 32 bits, computed on the host. */
  random32(): number {
    if (this.#left === 0) {
      philox(this.#seed, this.reserve(1), this.#block);
      this.#left = 4;
    }
    return this.#block[4 - this.#left--];
  }

  /** Takes `blocks` blocks of the stream for a kernel; returns where they begin. */
  reserve(blocks: number): number {
    const start = this.#offset;
    this.#offset += blocks;
    this.#left = 0;
    return start;
  }

  /** The key of the stream, for kernels. */
  get key(): bigint {
    return this.#seed;
  }
}

const asSeed = (seed: number | bigint): bigint => {
  if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
    throw new ArgumentError(`manualSeed: expected an integer, got ${seed}`);
  }
  return BigInt.asUintN(64, BigInt(seed));
};

function systemSeed(): bigint {
  const [a, b] = crypto.getRandomValues(new Uint32Array(2));
  return (BigInt(a & 0x1fffff) << 32n) | BigInt(b);
}

/** Philox4x32-10 (Salmon et al., 2011): one block of four numbers for a key and a counter. */
function philox(key: bigint, counter: number, out: Uint32Array): void {
  let [k0, k1] = [Number(key & 0xffffffffn), Number(key >> 32n)];
  // The upper counter words keep the host's stream apart from the kernels' streams of the same key.
  let [c0, c1, c2, c3] = [counter >>> 0, Math.floor(counter / 2 ** 32) >>> 0, 0x9e3779b9, 0x7f4a7c15];
  for (let round = 0; round < 10; round++) {
    const [h0, l0] = multiply(0xd2511f53, c0);
    const [h1, l1] = multiply(0xcd9e8d57, c2);
    [c0, c1, c2, c3] = [(h1 ^ c1 ^ k0) >>> 0, l1, (h0 ^ c3 ^ k1) >>> 0, l0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  out.set([c0, c1, c2, c3]);
}

/** High and low words of a 32 x 32 bit product. */
function multiply(a: number, b: number): readonly [number, number] {
  const [ah, al, bh, bl] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const low = al * bl;
  const middle = ah * bl + (low >>> 16);
  const middle2 = al * bh + (middle % 0x10000);
  const high = ah * bh + Math.floor(middle / 0x10000) + Math.floor(middle2 / 0x10000);
  return [high >>> 0, Math.imul(a, b) >>> 0];
}

/** The host's generator: shuffles, seeds of workers. */
export const defaultGenerator = new Generator();

const perDevice = new Map<string, Generator>();
let lastSeed: bigint | undefined;

/** The default generator of a device. */
export function generatorOf(device: Device): Generator {
  let generator = perDevice.get(device.name);
  if (!generator) perDevice.set(device.name, (generator = new Generator(lastSeed)));
  return generator;
}

export interface ManualSeedOptions {
  /**
   * Also lets `Math.random` draw from the seeded stream of the host (true), or from the system again (false); without it,
   * whatever was chosen before stands. Python's `random.seed` beside `torch.manual_seed`.
   */
  readonly mathRandom?: boolean;
}

/** Seeds every default generator (torch.manual_seed); the workers of a `DataLoader` are seeded from it too. */
export function manualSeed(seed: number, options: ManualSeedOptions = {}): void {
  expectOptions("manualSeed", options, "{ mathRandom: true }");
  lastSeed = asSeed(seed);
  defaultGenerator.seed(lastSeed);
  for (const generator of perDevice.values()) generator.seed(lastSeed);
  const { mathRandom } = options;
  if (mathRandom !== undefined) Math.random = mathRandom ? seededRandom : systemRandom;
}

const systemRandom = Math.random;

/** A number in [0, 1) of 53 bits. */
function seededRandom(): number {
  return (defaultGenerator.random32() * 2 ** 21 + (defaultGenerator.random32() >>> 11)) / 2 ** 53;
}

/** Whether `manualSeed` has made `Math.random` draw from the host's stream. */
export const isMathRandomSeeded = (): boolean => Math.random === seededRandom;

/** The states of all default generators, by name; "host" is the shuffles'. */
export function generatorStates(): Record<string, GeneratorState> {
  return Object.fromEntries([
    ["host", defaultGenerator.state()],
    ...[...perDevice].map(([name, g]) => [name, g.state()] as const),
  ]);
}

/** Continues saved default generators. */
export function setGeneratorStates(states: Readonly<Record<string, GeneratorState>>): void {
  for (const [name, state] of Object.entries(states)) {
    if (name === "host") defaultGenerator.setState(state);
    else {
      if (!perDevice.has(name)) perDevice.set(name, new Generator());
      perDevice.get(name)?.setState(state);
    }
  }
}

/** Fills a new storage with the generator's next numbers: uniform in [0, 1) or standard normal. */
export function randomStorage(
  kind: "uniform" | "normal",
  shape: Shape,
  dtype: DType,
  on: Device,
  generator: Generator,
): Storage {
  const op = kind === "uniform" ? "StatelessRandomUniformV2" : "StatelessRandomNormalV2";
  const id = kernel(op, [typeAttr("dtype", dtype), typeAttr("Tshape", "int32")], 4);
  const start = generator.reserve(Math.max(1, sizeOf(shape)));
  const key = uint64(on, [generator.key]);
  const counter = uint64(on, [BigInt(start), 0n]);
  return execute(id, on, "strided", intVector(on, shape), key, counter, algorithm(on));
}

/** TensorFlow wants the key and counter as uint64, which Gradtape has no tensors of. */
function uint64(on: Device, values: readonly bigint[]): Storage {
  return upload("uint64", [values.length], on, BigUint64Array.from(values));
}

const algorithms = new Map<Device, Storage>();

/** 1: Philox. */
function algorithm(on: Device): Storage {
  let one = algorithms.get(on);
  if (!one) algorithms.set(on, (one = upload("int32", [], on, Int32Array.of(1))));
  return one;
}
