// Makes tensors of argv[2] floats, argv[3] times, in a plain loop that never yields and never frees; prints memory early
// and late in the loop.
import { dtypes } from "../dtypes.js";
import { hold, kernel, openNative, Owner } from "../openNative.js";

const [length, count] = process.argv.slice(2, 4).map(Number);
const temper = process.argv[4];
const native = openNative();
if (temper === "async") native.setAsync(0, true);
const add = kernel(native, "AddV2", 2);
const x = hold((out) => native.create(dtypes.float32, [length], 0, out, new Float32Array(length)));

const samples: number[] = [];
let most = 0;
for (let i = 0; i < count; i++) {
  const owner = new Owner();
  owner.id = native.execute(add, 0, owner, x, x);
  if (temper === "view") native.view(owner.id);
  if (i % 100 === 0) samples.push(process.memoryUsage.rss());
  if (i % 10_000 === 0) most = Math.max(most, native.memory(0).tensors);
}
// The working size is reached early and swings with V8's collections, so medians are compared; what leaks goes on growing.
const median = (part: number[]) => part.toSorted((a, b) => a - b)[part.length >> 1];
const quarter = samples.length >> 2;
const early = median(samples.slice(quarter, 2 * quarter));
const late = median(samples.slice(3 * quarter));
console.log(JSON.stringify({ early, late, most, peakBytes: native.memory(0).peakBytes }));
