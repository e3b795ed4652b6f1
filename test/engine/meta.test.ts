// The meta device is shapes and dtypes alone: it must work where there is no libtensorflow at all.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { GradtapeError, nn, ones, zeros } from "../../engine/index.js";

describe("the meta device", function () {
  this.timeout(60_000);

  it("runs every operation without libtensorflow", () => {
    const program = fileURLToPath(new URL("programs/metaSamples.ts", import.meta.url));
    const hook = fileURLToPath(new URL("../../build/typescript.mjs", import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, ["--import", hook, program], { encoding: "utf8" });
    assert.equal(stdout, "without libtensorflow\n", stderr);
  });

  it("has no values to read", () => {
    const x = ones([2], { device: "meta" });
    assert.throws(() => x.sum().item(), GradtapeError);
    assert.match(String(x), /device='meta'/);
  });

  it("gives a network its shapes, backward included", () => {
    const net = new nn.Linear(4, 2).to("meta");
    const y = net.forward(zeros([3, 4], { device: "meta" }));
    y.sum().backward();
    assert.deepEqual([y.shape, net.weight.grad?.shape, net.weight.grad?.device.name], [[3, 2], [2, 4], "meta"]);
  });
});
