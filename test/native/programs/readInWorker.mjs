import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { workerData } from "node:worker_threads";

const { id, freed, add, done, library } = workerData;
const native = createRequire(import.meta.url)("../../../dist/native/gradtape.node").gradtape;
const devices = native.load({ library, cpuDevices: 2, gpuMemoryGrowth: true }).map(({ name }) => name);
const owner = {};
const sum = native.execute(add, 1, owner, id, id);
let staleCode = "";
try {
  native.read(freed);
} catch (error) {
  staleCode = error.code;
}
const list = (tensor) => [...new Float32Array(native.read(tensor))];
writeSync(1, `${JSON.stringify({ values: list(id), sum: list(sum), staleCode, devices, owner })}\n`);
Atomics.store(done, 0, 1);
