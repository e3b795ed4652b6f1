// Reads mutated files with one reader and prints what became of them as JSON. Run as a child, so that a crash, a full heap
// or a prototype that was written to is seen by the parent and hurts nothing else.
//   node … readMutated.ts READER COUNT FOLDER SEED…
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { GradtapeError, load, loadNpy, ones } from "../../../engine/index.js";
import { native } from "../../../engine/backend/native.js";
import { readSafetensors } from "../../../engine/io/safetensors.js";
import { seededRandom } from "../../support/random.js";
import { mutated } from "./mutations.js";

export interface Outcome {
  readonly read: number;
  /** By the error's class. */
  readonly refused: Readonly<Record<string, number>>;
  /** Errors that are none of ours or do not name the file. */
  readonly wrong: readonly string[];
  /** The largest part of any read: bytes that the reader allocated, and that tensors took, beyond what its file justifies. */
  readonly excess: number;
  readonly rssGrowth: number;
  readonly pollution: readonly string[];
}

const readers: Readonly<Record<string, (file: string) => unknown>> = {
  safetensors: readSafetensors,
  load: (file) => load(file, { mapLocation: "cpu" }),
  npy: (file) => loadNpy(file),
};

const [reader, count, folder, ...seeds] = process.argv.slice(2);
const read = readers[reader];
const contents = seeds.map((seed) => readFileSync(seed));
const random = seededRandom(20);

// Every typed array and buffer of a given length that the engine makes is counted.
let allocated = 0;
for (const name of ["ArrayBuffer", "Uint8Array", "Float32Array", "Float64Array", "BigInt64Array"] as const) {
  const counting = new Proxy(globalThis[name], {
    construct(target, args: unknown[], newTarget) {
      if (typeof args[0] === "number")
        allocated += args[0] * ("BYTES_PER_ELEMENT" in target ? target.BYTES_PER_ELEMENT : 1);
      return Reflect.construct(target, args, newTarget) as object;
    },
  });
  Object.defineProperty(globalThis, name, { value: counting, configurable: true, writable: true });
}

const { nativeIndex } = ones([1]).device;
const builtins = [Object, Array, Map, Function].map(({ prototype }) => prototype as object);
const keysOf = (): readonly string[] => builtins.flatMap((prototype) => Reflect.ownKeys(prototype).map(String));

const path = join(folder, "mutated.bin");
const attempt = (bytes: Uint8Array): { readonly error?: unknown; readonly excess: number } => {
  writeFileSync(path, bytes);
  const before = native().memory(nativeIndex).bytes;
  native().resetPeakMemory(nativeIndex);
  allocated = 0;
  let error: unknown;
  try {
    read(path);
  } catch (thrown) {
    error = thrown ?? "nothing";
  }
  const taken = native().memory(nativeIndex).peakBytes - before;
  // Twice: a file's bytes, and the same in another order. The rest is for headers and small things.
  return { error, excess: Math.max(allocated, taken) - (2 * bytes.byteLength + 1024) };
};

for (const whole of contents) {
  const { error } = attempt(whole);
  if (error) throw new Error(`a file that is whole was refused: ${inspect(error)}`);
}
const rss = process.resourceUsage().maxRSS;
const keys = keysOf();
const refused: Record<string, number> = {};
const wrong: string[] = [];
let accepted = 0;
let excess = 0;
for (let i = 0; i < Number(count); i++) {
  const outcome = attempt(mutated(contents[i % contents.length], random));
  excess = Math.max(excess, outcome.excess);
  const { error } = outcome;
  if (error === undefined) accepted++;
  else if (error instanceof GradtapeError && error.message.includes(path) && !error.message.includes("\n")) {
    refused[error.name] = (refused[error.name] ?? 0) + 1;
  } else wrong.push(`${i}: ${inspect(error)}`.slice(0, 600));
}
const outcome: Outcome = {
  read: accepted,
  refused,
  wrong: wrong.slice(0, 5),
  excess,
  rssGrowth: (process.resourceUsage().maxRSS - rss) * 1024,
  pollution: keysOf().filter((key) => !keys.includes(key)),
};
process.stdout.write(JSON.stringify(outcome));
