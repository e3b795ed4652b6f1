// Makes tensors of argv[2] floats, argv[3] times, in a plain loop that never yields and never frees; prints memory early
// and late in the loop.
import { dtypes } from "../dtypes.js";
import { hold, kernel, openNative, Owner } from "../openNative.js";

const [length, count] = process.argv.slice(2, 4).map(Number);
const native = openNative();
if (process.argv[4] === "async") native.setAsync(0, true);
const add = kernel(native, "AddV2", 2);
const x = hold((out) => native.create(dtypes.float32, [length], 0, out, new Float32Array(length)));

let early = 0;
let late = 0;
let most = 0;
for (let i = 0; i < count; i++) {
  const owner = new Owner();
  owner.id = native.execute(add, 0, owner, x, x);
  // Growth to the working size ends early; what leaks goes on growing.
  if (i % 100 === 0) {
    const rss = process.memoryUsage.rss();
    if (i < count / 4) early = Math.max(early, rss);
    else late = Math.max(late, rss);
    if (i % 10_000 === 0) most = Math.max(most, native.memory(0).tensors);
  }
}
console.log(JSON.stringify({ early, late, most, peakBytes: native.memory(0).peakBytes }));
