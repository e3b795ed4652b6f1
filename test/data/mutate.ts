// Seeded damage to files: what a bad disk, a cut download or an attacker makes of them.
import { seededRandom } from "../support/random.js";

/** `count` damaged copies of `bytes`, the same for the same seed. Half of all changes hit the first `header` bytes. */
export function* mutations(bytes: Uint8Array, count: number, seed: number, header = 64): Generator<Uint8Array> {
  const next = seededRandom(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  for (let round = 0; round < count; round++) {
    let copy: Uint8Array = Uint8Array.from(bytes);
    for (let change = below(4); change >= 0; change--) {
      const reach = below(2) === 0 ? Math.min(header, copy.length) : copy.length;
      const at = below(reach);
      switch (below(8)) {
        case 0:
          copy = copy.slice(0, at);
          break;
        case 1: // a piece is missing
          copy = Uint8Array.from([...copy.subarray(0, at), ...copy.subarray(at + 1 + below(16))]);
          break;
        case 2: // a piece is there twice
          copy = Uint8Array.from([...copy.subarray(0, at + below(16)), ...copy.subarray(at)]);
          break;
        case 3: // numbers become huge
          copy.fill(255, at, at + 1 + below(4));
          break;
        case 4:
          copy.fill(0, at, at + 1 + below(4));
          break;
        default:
          if (at < copy.length) copy[at] = below(256);
      }
      if (copy.length === 0) break;
    }
    yield copy;
  }
}

/** Bytes by which the process's largest memory so far grew while `work` ran. */
export async function peakGrowth(work: () => void | Promise<void>): Promise<number> {
  const before = process.resourceUsage().maxRSS;
  await work();
  return (process.resourceUsage().maxRSS - before) * 1024;
}
