import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readlinkSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { loadAddon } from "../../engine/native/load.js";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const build = path.join(root, "engine", "native", "build.mjs");

describe("native build", () => {
  it("does nothing when the sources have not changed", () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [build], { encoding: "utf8" });
    assert.deepEqual([stdout, stderr, status], ["native addon: up to date\n", "", 0]);
  });

  it("says which tools are missing and how to install them", () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "gradtape-tools-"));
    try {
      symlinkSync(spawnSync("which", ["make"], { encoding: "utf8" }).stdout.trim(), path.join(folder, "make"));
      const program = `import(${JSON.stringify(build)}).then((m) => m.requireTools())`;
      const { stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
        encoding: "utf8",
        env: { PATH: folder },
      });
      assert.equal(status, 1);
      assert.match(
        stderr,
        /native addon: building it needs a C\+\+ compiler \(.*\), python3\. Install with: .*(python3|xcode)/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("puts the addon in tfjs-node's place, as the same module", () => {
    const tfjs = path.dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-node/package.json"));
    const link = path.join(tfjs, "lib", "napi-v8", "tfjs_binding.node");
    assert.ok(!path.isAbsolute(readlinkSync(link)));
    assert.equal(realpathSync(link), path.join(realpathSync(root), "dist", "native", "gradtape.node"));
    const binding = createRequire(import.meta.url)(link) as { gradtape: unknown };
    assert.equal(binding.gradtape, loadAddon());
  });
});
