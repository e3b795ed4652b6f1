// Prints what the addon says to libraries that are none, then opens the right one.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { loadAddon } from "../../../engine/native/load.js";
import { libraryPath, thrown } from "../openNative.js";

const native = loadAddon();
const tfjs = createRequire(import.meta.url)("../../../dist/native/gradtape.node") as { isUsingGpuDevice(): boolean };
const load = (library: string, cpuDevices = 2) => native.load({ library, cpuDevices, gpuMemoryGrowth: true });
console.log(
  JSON.stringify({
    beforeLoad: thrown(() => native.memory(0)).message,
    tfjsBeforeLoad: thrown(() => tfjs.isUsingGpuDevice()).message,
    absent: thrown(() => load("/nowhere/libtensorflow.so.2")).message,
    noLibrary: thrown(() => load(fileURLToPath(import.meta.url))).message,
    noSymbol: thrown(() => load(process.argv[2])).message,
    noDevices: thrown(() => load(libraryPath(), 0)).message,
    goodAfterBad: String(load(libraryPath()).filter(({ type }) => type === "CPU").length),
  }),
);
