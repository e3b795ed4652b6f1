import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { watchFolder } from "./folderWatch.js";

describe("watchFolder", () => {
  let base: string;
  let changes = 0;
  let hear: (() => void) | undefined;
  const changed = () => {
    changes++;
    hear?.();
  };
  /** Does something and waits until it was noticed. */
  const noticed = (act: () => void) =>
    new Promise<void>((resolve) => {
      hear = resolve;
      act();
    });

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "gradtape-watch-"));
    changes = 0;
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  it("notices entries of a folder", async () => {
    const watch = watchFolder(base, changed);
    await noticed(() => mkdirSync(join(base, "one")));
    await noticed(() => rmSync(join(base, "one"), { recursive: true }));
    watch.dispose();
  });

  it("notices a folder that is made later, its entries, and that it is made again", async () => {
    const folder = join(base, ".gradtape", "runs");
    const watch = watchFolder(folder, changed);
    await noticed(() => mkdirSync(folder, { recursive: true }));
    await noticed(() => writeFileSync(join(folder, "one"), ""));
    await noticed(() => rmSync(join(base, ".gradtape"), { recursive: true }));
    await noticed(() => mkdirSync(folder, { recursive: true }));
    await noticed(() => writeFileSync(join(folder, "two"), ""));
    watch.dispose();
  });

  it("does not hear of its ancestors' other entries", async () => {
    const watch = watchFolder(join(base, "runs"), changed);
    writeFileSync(join(base, "other"), "");
    await noticed(() => mkdirSync(join(base, "runs")));
    watch.dispose();
    assert.equal(changes, 1);
  });
});
