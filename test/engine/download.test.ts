import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DiskFullError } from "../../engine/io/diskSpace.js";
import { downloadFile, DownloadError, type DownloadOptions } from "../../engine/io/download.js";
import { badServer, closedAddress, type BadServer, type Misbehaviour } from "../support/badServer.js";
import { tinyDisk } from "../support/tinyDisk.js";

const contents = Buffer.from(Uint32Array.from({ length: 300_000 }, (_, i) => (i * 2654435761) >>> 0).buffer);
const sha256 = createHash("sha256").update(contents).digest("hex");
const half = contents.length / 2;

describe("downloadFile", () => {
  let folder: string;
  let to: string;
  const servers: BadServer[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "gradtape-download-"));
    to = join(folder, "file.bin");
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
    await rm(folder, { recursive: true });
  });

  const serve = async (misbehaviour: Misbehaviour) => {
    const server = await badServer(contents, misbehaviour);
    servers.push(server);
    return server;
  };
  const fetch = (urls: readonly string[], more: Partial<DownloadOptions> = {}) =>
    downloadFile({ urls, sha256, to, ...more });
  const assertWhole = async () => {
    assert.deepEqual(await readFile(to), contents);
    assert.deepEqual(await readdir(folder), ["file.bin"]);
  };

  it("brings the file and tells how far it is", async () => {
    const server = await serve({ kind: "none" });
    const seen: number[] = [];
    await fetch([server.url], {
      onProgress: ({ received, total, url }) => {
        assert.equal(total, contents.length);
        assert.equal(url, server.url);
        seen.push(received);
      },
    });
    await assertWhole();
    assert.equal(seen.at(-1), contents.length);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
  });

  it("asks nobody when the file is there", async () => {
    await writeFile(to, contents);
    await fetch([await closedAddress()]);
  });

  it("replaces a truncated file", async () => {
    await writeFile(to, contents.subarray(0, 1000));
    await fetch([(await serve({ kind: "none" })).url]);
    await assertWhole();
  });

  it("goes on where a cut connection stopped", async () => {
    const server = await serve({ kind: "cut", after: 200_000, times: 3 });
    await fetch([server.url]);
    await assertWhole();
    assert.equal(server.ranges.length, 4);
    assert.equal(server.ranges[0], "");
    assert.match(server.ranges[1], /^bytes=\d+-$/);
    assert.ok(server.sent() <= contents.length + 3 * 200_000, "what had come is not sent again");
  });

  it("goes on with what an interrupted process left, at another mirror", async () => {
    await writeFile(`${to}.part`, contents.subarray(0, half));
    const server = await serve({ kind: "none" });
    await fetch([await closedAddress(), server.url]);
    await assertWhole();
    assert.deepEqual(server.ranges, [`bytes=${half}-`]);
  });

  it("keeps what came when it is aborted, for the next try", async () => {
    const server = await serve({ kind: "stalls", after: half });
    const abort = new AbortController();
    await assert.rejects(
      fetch([server.url], {
        signal: abort.signal,
        onProgress: ({ received }) => received >= half && abort.abort(new Error("enough")),
      }),
      /enough/,
    );
    const next = await serve({ kind: "none" });
    await fetch([next.url]);
    await assertWhole();
    assert.deepEqual(next.ranges, [`bytes=${half}-`]);
  });

  it("starts again when the beginning is of another file", async () => {
    await writeFile(`${to}.part`, Buffer.alloc(half, 1));
    const server = await serve({ kind: "none" });
    await fetch([server.url]);
    await assertWhole();
    assert.deepEqual(server.ranges, [`bytes=${half}-`, ""]);
  });

  it("starts again when the part is longer than the file", async () => {
    await writeFile(`${to}.part`, Buffer.alloc(contents.length + 5));
    await fetch([(await serve({ kind: "none" })).url]);
    await assertWhole();
  });

  it("takes a complete part without fetching a byte", async () => {
    await writeFile(`${to}.part`, contents);
    const server = await serve({ kind: "none" });
    await fetch([server.url]);
    await assertWhole();
    assert.equal(server.sent(), 0);
  });

  it("starts again when the server's file has changed since", async () => {
    await writeFile(`${to}.part`, Buffer.alloc(half, 3));
    const server = await serve({ kind: "none" });
    await writeFile(`${to}.part.json`, JSON.stringify({ url: server.url, validator: '"older"' }));
    await fetch([server.url]);
    await assertWhole();
    assert.deepEqual(server.ranges, [`bytes=${half}-`], "If-Range made the server send the whole at once");
  });

  it("copes with a server that ignores ranges", async () => {
    await writeFile(`${to}.part`, contents.subarray(0, half));
    await fetch([(await serve({ kind: "ignoresRange" })).url]);
    await assertWhole();
  });

  it("gives up on a server that ignores ranges and always cuts", async () => {
    const server = await serve({ kind: "cut", after: half, times: 1000, ignoreRange: true });
    await assert.rejects(fetch([server.url]), DownloadError);
    assert.ok(server.ranges.length < 10);
  });

  it("follows redirects, and not in circles", async () => {
    const server = await serve({ kind: "none" });
    await fetch([(await serve({ kind: "redirects", to: server.url })).url]);
    await assertWhole();
    await rm(to);
    const circle = await serve({ kind: "redirects", to: "/file" });
    await assert.rejects(fetch([circle.url]), /more than 5 redirects/);
  });

  it("refuses wrong contents and leaves nothing of them", async () => {
    const server = await serve({ kind: "wrongContents" });
    await assert.rejects(fetch([server.url]), /other contents \(expected SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}\)/);
    assert.deepEqual(await readdir(folder), []);
  });

  it("moves on from each bad mirror, and names all of them when none is left", async () => {
    const bad = [
      { url: await closedAddress(), reason: "the connection was refused" },
      { url: (await serve({ kind: "status", status: 404 })).url, reason: "the server answered 404" },
      { url: (await serve({ kind: "silent" })).url, reason: "no answer in 0.2 s" },
      { url: (await serve({ kind: "stalls", after: 0 })).url, reason: "no data for 0.2 s" },
      { url: "ftp://127.0.0.1/file", reason: "expected an http or https address, got ftp:" },
      { url: "http://name.invalid/file", reason: "the host name was not found" },
    ];
    const urls = bad.map(({ url }) => url);
    await assert.rejects(fetch(urls, { idleTimeoutMs: 200 }), (error) => {
      assert.ok(error instanceof DownloadError);
      assert.deepEqual(error.failures, bad);
      for (const { url, reason } of bad) assert.ok(error.message.includes(`${url}: ${reason}`), error.message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
    await fetch([...urls, (await serve({ kind: "none" })).url], { idleTimeoutMs: 200 });
    await assertWhole();
  });

  it("says what is needed and free on a full disk, and leaves nothing there", async function () {
    const disk = tinyDisk(512 * 1024);
    if (!disk) return this.skip();
    try {
      const onDisk = join(disk.folder, "file.bin");
      const server = await serve({ kind: "none" });
      await assert.rejects(fetch([server.url], { to: onDisk }), (error) => {
        assert.ok(error instanceof DiskFullError);
        assert.equal(error.needed, contents.length);
        assert.ok(error.free !== undefined && error.free <= 512 * 1024);
        assert.match(error.message, /expected 2 MiB for .*, got 1 MiB free/);
        return true;
      });
      assert.deepEqual(await readdir(disk.folder), []);
    } finally {
      disk.remove();
    }
  });

  it("downloads once for two processes at once", async () => {
    const server = await serve({ kind: "none" });
    const script = `
      const { downloadFile } = await import("./engine/io/download.ts");
      await downloadFile({ urls: [process.env.URL_], sha256: process.env.SHA, to: process.env.TO });`;
    const run = promisify(execFile);
    const child = () =>
      run(process.execPath, ["--import", "./build/typescript.mjs", "--input-type=module", "-e", script], {
        cwd: fileURLToPath(new URL("../../", import.meta.url)),
        env: { ...process.env, URL_: server.url, SHA: sha256, TO: to },
      });
    await Promise.all([child(), child(), child()]);
    await assertWhole();
    assert.equal(server.sent(), contents.length);
  }).timeout(20_000);
});
