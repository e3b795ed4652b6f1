// The main thread makes a tensor and loops; a worker reads it, computes with it, and prints what it found.
import { Worker } from "node:worker_threads";
import { floats, kernel, libraryPath, openNative } from "../openNative.js";

const native = openNative();
const id = floats(native, [1, 2, 3, 4], [4]);
const freed = floats(native, [1], [1]);
native.free(freed);
const add = kernel(native, "AddV2", 2);
const done = new Int32Array(new SharedArrayBuffer(4));
new Worker(new URL("./readInWorker.mjs", import.meta.url), {
  execArgv: [],
  workerData: { id, freed, add, done, library: libraryPath() },
});
// Keeps executing, so that both threads are inside the addon; a tight loop, as in training.
while (Atomics.load(done, 0) === 0) native.free(native.execute(add, 0, {}, id, id));
process.exit(0);
