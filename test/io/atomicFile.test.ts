import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { WriteError, writeFileAtomic } from "../../engine/io/atomicFile.js";
import { DiskFullError } from "../../engine/io/diskSpace.js";
import { tinyDisk } from "../support/tinyDisk.js";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const repository = fileURLToPath(new URL("../../", import.meta.url));

/** Runs a program in a process of its own, with `writeFileAtomic` at hand. */
function runProgram(body: string, shell = 'exec "$@"') {
  const module = new URL("../../engine/io/atomicFile.ts", import.meta.url).href;
  const program = `import { writeFileAtomic } from ${JSON.stringify(module)}; ${body}`;
  const node = [process.execPath, "--import", "./build/typescript.mjs", "--input-type=module", "-e", program];
  return spawnSync("bash", ["-c", shell, "bash", ...node], { cwd: repository, encoding: "utf8" });
}

describe("writeFileAtomic", function () {
  this.timeout(30_000); // processes of their own, and waiting for the disk
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), "gradtape-atomic-"));
    file = join(folder, "a.safetensors");
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const assertOnly = (text: string) => {
    assert.equal(fs.readFileSync(file, "utf8"), text);
    assert.deepEqual(fs.readdirSync(folder), ["a.safetensors"]);
  };

  it("writes the chunks one after another", () => {
    writeFileAtomic(file, [bytes("one "), bytes(""), bytes("two")], 7);
    assertOnly("one two");
  });

  it("replaces a file and keeps its mode", () => {
    fs.writeFileSync(file, "old and longer", { mode: 0o640 });
    fs.chmodSync(file, 0o640);
    writeFileAtomic(file, [bytes("new")]);
    assertOnly("new");
    assert.equal(fs.statSync(file).mode & 0o777, 0o640);
  });

  it("writes through a symbolic link", () => {
    fs.mkdirSync(join(folder, "far"));
    const target = join(folder, "far", "b");
    fs.writeFileSync(target, "old");
    fs.symlinkSync(target, file);
    writeFileAtomic(file, [bytes("new")]);
    assert.ok(fs.lstatSync(file).isSymbolicLink());
    assert.equal(fs.readFileSync(target, "utf8"), "new");
    assert.deepEqual(fs.readdirSync(join(folder, "far")), ["b"]);
  });

  it("writes a file with the longest name there is", () => {
    const long = join(folder, "n".repeat(255));
    writeFileAtomic(long, [bytes("x")]);
    assert.equal(fs.readFileSync(long, "utf8"), "x");
  });

  it("leaves the old file when a chunk cannot be made", () => {
    fs.writeFileSync(file, "old");
    const failing = function* () {
      yield bytes("half of the new");
      assert.equal(fs.readdirSync(folder).length, 2);
      throw new RangeError("no more");
    };
    assert.throws(() => writeFileAtomic(file, failing()), RangeError);
    assertOnly("old");
  });

  it("says what is wrong with the place, and asks for no chunk there", () => {
    const never = function* (): Generator<Uint8Array> {
      yield assert.fail("asked for a chunk");
    };
    const refusal = (place: string, code: string, words: RegExp) =>
      assert.throws(
        () => writeFileAtomic(place, never()),
        (error) => error instanceof WriteError && error.code === code && words.test(error.message),
      );
    const missing = join(folder, "none", "x");
    refusal(
      missing,
      "ENOENT",
      /^write: expected to write .*x, got ENOENT from the file system\. Make its folder first$/,
    );
    refusal(folder, "EISDIR", /got EISDIR/);
    execFileSync("mkfifo", [file]);
    refusal(file, "a device or pipe", /got a device or pipe/);
    assert.ok(fs.lstatSync(file).isFIFO());
  });

  it("leaves the old file when the process is killed, and removes the leftover at the next write", () => {
    fs.writeFileSync(file, "old");
    const { signal } = runProgram(`
      writeFileAtomic(${JSON.stringify(file)}, (function* () {
        yield Buffer.from("half of the new");
        process.kill(process.pid, "SIGKILL");
        yield Buffer.from("never");
      })());`);
    assert.equal(signal, "SIGKILL");
    assert.equal(fs.readFileSync(file, "utf8"), "old");
    assert.equal(fs.readdirSync(folder).length, 2);
    fs.writeFileSync(join(folder, ".b.safetensors.other"), "not ours");
    writeFileAtomic(join(folder, "b.safetensors"), [bytes("another file")]);
    assert.equal(fs.readdirSync(folder).length, 4);
    writeFileAtomic(file, [bytes("new")]);
    assert.deepEqual(fs.readdirSync(folder), [".b.safetensors.other", "a.safetensors", "b.safetensors"]);
    assert.equal(fs.readFileSync(file, "utf8"), "new");
  });

  it("removes a leftover of a living process or another machine only when it is old", () => {
    const here = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
    const names = [`${here}-${process.ppid}-0-1`, "00000000-1-0-1"].map((owner) => `.a.safetensors.${owner}.tmp`);
    for (const name of names) fs.writeFileSync(join(folder, name), "half");
    writeFileAtomic(file, [bytes("new")]);
    assert.deepEqual(fs.readdirSync(folder).sort(), [...names, "a.safetensors"].sort());
    const longAgo = new Date(Date.now() - 3 * 3_600_000);
    for (const name of names) fs.utimesSync(join(folder, name), longAgo, longAgo);
    writeFileAtomic(file, [bytes("newer")]);
    assertOnly("newer");
  });

  it("leaves the old file when a write fails half way", () => {
    fs.writeFileSync(file, "old");
    const program = `
      try {
        writeFileAtomic(${JSON.stringify(file)}, [new Uint8Array(100_000), new Uint8Array(10_000_000)]);
      } catch (error) { console.log(error.name, error.code); }`;
    // The limit of a file's size, in blocks of 1024 bytes; without the signal, write() itself fails.
    const { stdout } = runProgram(program, `trap "" XFSZ; ulimit -f 1000; exec "$@"`);
    assert.equal(stdout, "WriteError EFBIG\n");
    assertOnly("old");
  });

  describe("on a full disk", () => {
    const disk = tinyDisk(1 << 20);
    after(() => disk?.remove());
    const oldFile = () => {
      const path = join((disk as { folder: string }).folder, "a.safetensors");
      fs.writeFileSync(path, "old");
      return path;
    };
    const assertFull = (path: string, write: () => void, needed: number, words: RegExp) => {
      assert.throws(write, (error) => {
        assert.ok(error instanceof DiskFullError, String(error));
        assert.equal(error.needed, needed);
        assert.ok(error.free !== undefined && error.free > 0 && error.free < needed);
        assert.match(error.message, words);
        return true;
      });
      assert.equal(fs.readFileSync(path, "utf8"), "old");
      assert.deepEqual(fs.readdirSync(join(path, "..")), ["a.safetensors"]);
    };

    it("refuses before anything is written when the size is known", function () {
      if (!disk) this.skip();
      const path = oldFile();
      const never = function* (): Generator<Uint8Array> {
        yield assert.fail("asked for a chunk");
      };
      assertFull(path, () => writeFileAtomic(path, never(), 3 << 20), 3 << 20, /expected 3 MiB .* got 1 MiB free/);
    });

    it("leaves the old file when the disk runs full", function () {
      if (!disk) this.skip();
      const path = oldFile();
      const chunk = new Uint8Array(1 << 19);
      assertFull(path, () => writeFileAtomic(path, [chunk, chunk]), 1 << 20, /expected 1 MiB .* got 1 MiB free/);
    });
  });
});
