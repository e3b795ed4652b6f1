import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEngine } from "./engineHome.js";

describe("findEngine", () => {
  const folder = mkdtempSync(join(tmpdir(), "gradtape-home-"));
  after(() => rmSync(folder, { recursive: true }));

  const engine = (root: string, name = "gradtape") => {
    mkdirSync(join(root, "dist", "engine"), { recursive: true });
    writeFileSync(join(root, "package.json"), JSON.stringify({ name }));
    writeFileSync(join(root, "dist", "engine", "cli.js"), "");
    return root;
  };

  const own = engine(join(folder, "extension"));

  it("is the extension's own for a lone file", () => {
    const { root, cli } = findEngine(join(folder, "lone", "train.ts"), own);
    assert.deepEqual({ root, cli }, { root: own, cli: join(own, "dist", "engine", "cli.js") });
  });

  it("is the workspace's, from any folder below it", () => {
    const root = engine(join(folder, "project", "node_modules", "gradtape"));
    assert.deepEqual(findEngine(join(folder, "project", "a", "b", "train.ts"), own).root, root);
    assert.equal(findEngine(join(folder, "project", "train.ts"), own).root, root);
  });

  it("is the package itself for its own examples, and never another package with the same files", () => {
    assert.equal(findEngine(join(own, "examples", "mnist.ts"), join(folder, "elsewhere")).root, own);
    const other = engine(join(folder, "other"), "something");
    assert.equal(findEngine(join(other, "train.ts"), own).root, own);
  });
});
