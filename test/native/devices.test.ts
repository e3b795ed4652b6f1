import assert from "node:assert/strict";
import path from "node:path";
import { libraryPath, openNative, thrown } from "./openNative.js";
import { runProgram } from "./runProgram.js";

describe("native devices", () => {
  const native = openNative();

  it("are named cpu and cpu:1, with TensorFlow's name and limit", () => {
    const devices = native.load({ library: libraryPath(), cpuDevices: 2, gpuMemoryGrowth: true });
    assert.deepEqual(
      devices.slice(0, 2).map(({ name, type }) => ({ name, type })),
      [
        { name: "cpu", type: "CPU" },
        { name: "cpu:1", type: "CPU" },
      ],
    );
    assert.match(devices[1].fullName, /device:CPU:1$/);
    assert.ok(devices[0].memoryLimit > 0);
    assert.ok(native.isLoaded());
    assert.match(native.version(), /^2\.\d+\.\d+/);
  });

  it("come from one library in a process", () => {
    const folder = path.dirname(libraryPath());
    const roundabout = path.join(folder, "..", path.basename(folder), path.basename(libraryPath()));
    assert.equal(native.load({ library: roundabout, cpuDevices: 7, gpuMemoryGrowth: false }).length, 2);
    const error = thrown(() => native.load({ library: "/nowhere/lib.so", cpuDevices: 1, gpuMemoryGrowth: true }));
    assert.equal(error.code, "GRADTAPE");
    assert.match(error.message, /already uses .*libtensorflow/);
  });

  it("know which operations have kernels", () => {
    assert.equal(native.hasOp("AddV2"), true);
    assert.equal(native.hasOp("NoSuchOperation"), false);
  });

  it("are refused when they do not exist", () => {
    for (const device of [2, -1, 0.5, NaN, 2 ** 40]) {
      const error = thrown(() => native.memory(device));
      assert.equal(error.code, "GRADTAPE");
    }
    assert.equal(thrown(() => native.setAsync("cpu" as never, true)).code, "GRADTAPE");
  });

  it("need a library that can be opened and has the functions", async () => {
    const framework = path.join(path.dirname(libraryPath()), "libtensorflow_framework.so.2");
    const errors = await runProgram<Record<string, string>>("badLibraries", [framework]);
    assert.match(errors.beforeLoad, /libtensorflow is not loaded: import "gradtape" first/);
    assert.match(errors.tfjsBeforeLoad, /import "gradtape" first/);
    assert.match(errors.absent, /no such file: \/nowhere\/libtensorflow\.so\.2/);
    assert.match(errors.noLibrary, /cannot open .*badLibraries\.ts/);
    assert.match(errors.noSymbol, /libtensorflow_framework\.so\.2 has no function TFE?_\w+/);
    assert.match(errors.noDevices, /expected 1 to \d+ CPU devices, got 0/);
    assert.equal(errors.goodAfterBad, "2");
  });
});
