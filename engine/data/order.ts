// The order in which samples come: permutations and seeds drawn from a generator. It must not know datasets.

/** The part of a `Generator` that is needed here. */
export interface RandomSource {
  /** The next 32 random bits, as an unsigned number. */
  random32(): number;
}

/** A uniform integer in [0, limit), without modulo bias. `limit` is at most 2^32. */
export function randomBelow(source: RandomSource, limit: number): number {
  // Values past the last whole multiple of `limit` would favour small results: draw again.
  const end = 2 ** 32 - (2 ** 32 % limit);
  for (;;) {
    const value = source.random32();
    if (value < end) return value % limit;
  }
}

/** 0 to `length - 1` in random order (Fisher and Yates). PyTorch: `randperm`. */
export function permutation(length: number, source: RandomSource): Uint32Array {
  const order = ascending(length);
  for (let i = length - 1; i > 0; i--) {
    const j = randomBelow(source, i + 1);
    const other = order[j];
    order[j] = order[i];
    order[i] = other;
  }
  return order;
}

/** 0 to `length - 1`. */
export function ascending(length: number): Uint32Array {
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = i;
  return order;
}

/** A seed for another generator: 53 bits, so that it survives JSON. */
export function drawSeed(source: RandomSource): number {
  return source.random32() * 2 ** 21 + (source.random32() >>> 11);
}

/** A number in [0, 1), of 53 bits. */
export function randomUnit(source: RandomSource): number {
  return drawSeed(source) / 2 ** 53;
}
