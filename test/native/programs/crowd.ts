// Four workers and the main thread use one tensor and many of their own at the same time.
import { Worker } from "node:worker_threads";
import { once } from "node:events";
import { dtypes } from "../dtypes.js";
import { hold, kernel, openNative, readFloats } from "../openNative.js";

const native = openNative();
const length = 64;
const filled = (value: number) => new Float32Array(length).fill(value);
const shared = hold((out) => native.create(dtypes.float32, [length], 0, out, filled(1)));
const add = kernel(native, "AddV2", 2);
const counts = new Int32Array(new SharedArrayBuffer(8)); // rounds, wrong
const workers = Array.from(
  { length: 4 },
  () =>
    new Worker(new URL("./crowdWorker.mjs", import.meta.url), {
      execArgv: [],
      workerData: { shared, add, length, counts },
    }),
);
const exits = workers.map((worker) => once(worker, "exit"));
// The contents change under the readers, who must see one or the other and never a mixture. Never yields.
let owner = {};
for (let value = 1; Atomics.load(counts, 0) < 20_000; value++) {
  owner = {};
  const next = native.create(dtypes.float32, [length], value % 2, owner, filled(value));
  native.assign(shared, next);
  native.free(next);
}
for (const worker of workers) worker.postMessage("stop");
await Promise.all(exits);
const { tensors, bytes } = [0, 1]
  .map((device) => native.memory(device))
  .reduce((a, b) => ({ tensors: a.tensors + b.tensors, bytes: a.bytes + b.bytes, peakBytes: 0 }));
console.log(JSON.stringify({ rounds: counts[0], wrong: counts[1], tensors, bytes, owner }));
readFloats(native, shared);
