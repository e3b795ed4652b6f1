import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findNode } from "./nodeRuntime.js";

describe("findNode", () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(join(tmpdir(), "gradtape-node-"))));
  after(() => rm(folder, { recursive: true }));

  const script = async (name: string, prints: string) => {
    const file = join(folder, name);
    await writeFile(file, `#!/bin/sh\necho ${prints}\n`);
    await chmod(file, 0o755);
    return file;
  };

  it("takes node of the PATH", async () => {
    const found = await findNode("", `/nowhere:${dirname(process.execPath)}`);
    assert.deepEqual(found, { path: process.execPath, env: {}, version: process.version });
  });

  it("takes its own executable when there is none, or an old one", async () => {
    const own = { path: process.execPath, env: { ELECTRON_RUN_AS_NODE: "1" }, version: process.version };
    assert.deepEqual(await findNode("", "/nowhere"), own);
    await script("node", "v18.1.0");
    assert.deepEqual(await findNode("", folder), own);
  });

  it("takes the setting, and refuses what is no Node.js 20.9", async () => {
    assert.equal((await findNode(process.execPath, "/nowhere")).path, process.execPath);
    for (const version of ["v19.9.0", "v20.8.1"]) {
      const old = await script(`old-${version}`, version);
      await assert.rejects(findNode(old), new RegExp(`expected Node.js 20\\.9 or newer, got ${version}`));
    }
    for (const version of ["v20.9.0", "v20.10.0", "v22.0.0"]) {
      assert.equal((await findNode(await script(`new-${version}`, version))).version, version);
    }
    await assert.rejects(findNode(join(folder, "absent")), /expected a Node.js, got .*absent/);
    await assert.rejects(findNode(await script("other", "hello")), /expected a Node.js/);
  });
});
