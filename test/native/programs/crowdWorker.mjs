import { createRequire } from "node:module";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";

const { shared, add, length, counts } = workerData;
const native = createRequire(import.meta.url)("../../../dist/native/gradtape.node").gradtape;
// V8 collects an owner whose last use lies behind, so the current one is kept where it sees it.
let owner;
while (receiveMessageOnPort(parentPort) === undefined) {
  for (let i = 0; i < 50; i++) {
    owner = {};
    const twice = native.execute(add, 0, owner, shared, shared);
    const snapshot = native.snapshot(shared, owner);
    for (const id of [twice, snapshot]) {
      const values = new Float32Array(native.read(id));
      if (values.length !== length || values.some((value) => value !== values[0])) Atomics.add(counts, 1, 1);
    }
    if (i % 2 === 0) native.free(twice);
    Atomics.add(counts, 0, 1);
  }
}
globalThis.last = owner;
parentPort.close();
