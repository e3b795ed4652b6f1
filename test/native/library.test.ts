import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ArchiveDownload, LibraryDownload, WheelDownload } from "../../engine/native/library/downloads.js";
import {
  explainLibrary,
  LibraryError,
  librarySettings,
  locateLibrary,
  provideLibrary,
  type LibraryProgress,
  type LibrarySettings,
} from "../../engine/native/library/index.js";
import { badServer, closedAddress, type BadServer, type Misbehaviour } from "../support/badServer.js";
import { tinyDisk } from "../support/tinyDisk.js";
import {
  tinyArchive,
  tinyFrameworkBytes,
  tinyLibraryBytes,
  tinySitePackages,
  tinyWheel,
  type Tiny,
} from "../support/tinyLibrary.js";

const repository = fileURLToPath(new URL("../../", import.meta.url));

describe("libtensorflow", function () {
  this.timeout(30_000);
  let made: string;
  let wheel: Tiny<WheelDownload>;
  let archive: Tiny<ArchiveDownload>;
  let folder: string;
  const servers: BadServer[] = [];

  before(async () => {
    made = mkdtempSync(join(tmpdir(), "gradtape-made-"));
    wheel = tinyWheel(made);
    archive = await tinyArchive(made);
  });
  after(() => rmSync(made, { recursive: true }));
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "gradtape-cache-"))));
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
    rmSync(folder, { recursive: true });
    rmSync(`${folder}.go`, { force: true });
  });

  /** A machine with real Python and pip, whose only package index is the folder with the tiny wheel. */
  const machine = (downloads: readonly LibraryDownload[], environment: NodeJS.ProcessEnv = {}): LibrarySettings =>
    librarySettings({
      environment: { ...cleanEnvironment(), PIP_NO_INDEX: "1", PIP_FIND_LINKS: made, ...environment },
      folder,
      platform: "test-x64",
      downloads,
      lockStaleMs: 2_000,
    });
  const serve = async (misbehaviour: Misbehaviour) => {
    const server = await badServer(readFileSync(archive.file), misbehaviour);
    servers.push(server);
    return server;
  };
  const archiveAt = (...urls: readonly string[]): ArchiveDownload => ({ ...archive.row, urls });
  const fails = async (settings: LibrarySettings): Promise<string> => {
    const error = await provideLibrary({ settings }).then(
      () => assert.fail("expected a LibraryError, got a library"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof LibraryError, String(error));
    assert.doesNotMatch(error.message, /\n/);
    assert.equal(locateLibrary(settings), undefined);
    return error.message;
  };
  const assertOnlyLibrary = (name: string, files: readonly string[]) => {
    assert.deepEqual(readdirSync(folder).sort(), [name]);
    assert.deepEqual(readdirSync(join(folder, name)).sort(), [...files, "stamp.json"]);
  };

  describe("on this machine", () => {
    it("is the file or folder of GRADTAPE_LIBTENSORFLOW, before all others", async () => {
      const site = tinySitePackages(folder, "2.17.0");
      const library = join(site, "tensorflow", "libtensorflow_cc.so.2");
      for (const given of [library, dirname(library)]) {
        const settings = machine([wheel.row], { GRADTAPE_LIBTENSORFLOW: given });
        const framework = join(site, "tensorflow", "libtensorflow_framework.so.2");
        const expected = { library, framework, version: "2.17.0", source: "environment" };
        assert.deepEqual(locateLibrary(settings), expected);
        assert.deepEqual(await provideLibrary({ settings }), expected);
        assert.deepEqual(explainLibrary(settings), []);
      }
    });

    it("is not replaced by another one when GRADTAPE_LIBTENSORFLOW leads nowhere", async () => {
      for (const [given, reason] of [
        [join(folder, "nothing"), "does not exist"],
        [folder, "holds no libtensorflow_cc.so.2"],
        [wheel.file, "there is no libtensorflow_framework.so.2 beside"],
      ]) {
        const message = await fails(machine([wheel.row], { GRADTAPE_LIBTENSORFLOW: given }));
        assert.match(message, new RegExp(`GRADTAPE_LIBTENSORFLOW leads nowhere \\(.*${reason}`));
      }
    });

    it("is an installed Python tensorflow of a tested version, asked for without importing it", () => {
      const site = tinySitePackages(folder, "2.18.1");
      const settings = machine([wheel.row], { PYTHONPATH: site });
      const expected = {
        library: join(site, "tensorflow", "libtensorflow_cc.so.2"),
        framework: join(site, "tensorflow", "libtensorflow_framework.so.2"),
        version: "2.18.1",
        source: "python",
      };
      assert.deepEqual(locateLibrary(settings), expected);
      const unreachable = { ...settings, environment: { ...settings.environment, PATH: "" } };
      assert.deepEqual(locateLibrary(unreachable), expected, "the answer is kept");
      truncateSync(expected.library, 10);
      assert.equal(locateLibrary(unreachable), undefined, "a changed installation is asked again");
    });

    it("is not a Python tensorflow of an untested version, nor a folder of that name", () => {
      const reason = (environment: NodeJS.ProcessEnv) =>
        explainLibrary(machine([wheel.row], environment)).find(({ source }) => source === "python")?.reason;
      assert.match(reason({ PYTHONPATH: tinySitePackages(folder, "2.9.9") }) ?? "", /2\.9\.9 is not one of the tested/);
      assert.match(reason({}) ?? "", /has no tensorflow/);
      assert.match(reason({ PATH: folder }) ?? "", /there is no python3/);
    });

    it("is told apart from nothing on an unsupported platform", async () => {
      const message = await fails({ ...machine([wheel.row]), platform: "plan9-sparc" });
      assert.match(message, /downloads: none for plan9-sparc \(there are some for test-x64\)/);
    });
  });

  describe("from the network", () => {
    it("comes from the archive: only the libraries, without their links", async () => {
      const server = await serve({ kind: "cut", after: 300_000, times: 1 });
      const settings = machine([archiveAt(server.url), wheel.row]);
      const seen: LibraryProgress[] = [];
      const location = await provideLibrary({ settings, onProgress: (progress) => seen.push(progress) });
      const at = join(folder, "1.2.4-cpu");
      assert.deepEqual(location, {
        library: join(at, "libtensorflow.so.2"),
        framework: join(at, "libtensorflow_framework.so.2"),
        version: "1.2.4",
        source: "archive",
      });
      assert.equal(statSync(location.library).size, tinyLibraryBytes);
      assert.equal(statSync(location.framework).size, tinyFrameworkBytes);
      assertOnlyLibrary("1.2.4-cpu", ["libtensorflow.so.2", "libtensorflow_framework.so.2"]);
      assert.deepEqual(locateLibrary(settings), { ...location, source: "cache" });
      assert.deepEqual(server.ranges.map(Boolean), [false, true], "the second request goes on where the first stopped");
      const last = seen.findLast(({ what }) => what === "downloading official archive 1.2.4");
      assert.equal(last?.received, archive.row.bytes);
      assert.equal(last?.total, archive.row.bytes);
    });

    it("comes from the wheel by pip when the archive cannot be had", async () => {
      const settings = machine([archiveAt(await closedAddress()), wheel.row]);
      const location = await provideLibrary({ settings });
      assert.equal(location.source, "wheel");
      assert.equal(location.version, "1.2.3");
      assert.equal(statSync(location.library).size, tinyLibraryBytes);
      assertOnlyLibrary("1.2.3-cpu", ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]);
    });

    it("comes from no source with other contents than those expected", async () => {
      const server = await serve({ kind: "wrongContents" });
      const message = await fails(machine([archiveAt(server.url), { ...wheel.row, sha256: "0".repeat(64) }]));
      assert.match(message, /official archive 1\.2\.4: other contents \(expected SHA-256/);
      assert.match(message, /wheel gradtape-tiny 1\.2\.3: pip gave other contents \(expected SHA-256 0{64}, got/);
      assert.deepEqual(readdirSync(join(folder, "downloads")), []);
    });

    it("names every source with its reason when there is no network", async () => {
      const index = await closedAddress();
      const settings = machine([archiveAt(await closedAddress()), { ...wheel.row, package: "gradtape-tinier" }], {
        PIP_NO_INDEX: "",
        PIP_FIND_LINKS: "",
        PIP_INDEX_URL: index,
      });
      const message = await fails(settings);
      for (const part of [
        "GRADTAPE_LIBTENSORFLOW: not set",
        `earlier download: none in ${folder}`,
        "installed Python package: python3 has no tensorflow",
        "official archive 1.2.4: the connection was refused",
        "wheel gradtape-tinier 1.2.3: pip reached no package index",
        "connect to the network, or set GRADTAPE_LIBTENSORFLOW to a libtensorflow_cc.so.2",
      ]) {
        assert.ok(message.includes(part), `${part}\nin ${message}`);
      }
      assert.deepEqual(
        explainLibrary(settings).map(({ source }) => source),
        ["environment", "cache", "python", "archive", "wheel"],
      );
    });

    it("says what to install where there is no Python", async () => {
      const message = await fails(machine([wheel.row], { PATH: folder }));
      assert.match(
        message,
        /wheel gradtape-tiny 1\.2\.3: there is no python3.*To go on, install python3 and python3-pip/,
      );
    });

    it("can be stopped", async () => {
      const server = await serve({ kind: "stalls", after: 1000 });
      const stop = new AbortController();
      const onProgress = ({ received }: LibraryProgress) => received === 1000 && stop.abort(new Error("enough"));
      const settings = machine([archiveAt(server.url), wheel.row]);
      await assert.rejects(provideLibrary({ settings, signal: stop.signal, onProgress }), /enough/);
      assert.equal(locateLibrary(settings), undefined);
    });
  });

  describe("when things go wrong", () => {
    it("repairs a truncated file", async () => {
      const settings = machine([wheel.row]);
      const { library } = await provideLibrary({ settings });
      truncateSync(library, 1000);
      assert.equal(locateLibrary(settings), undefined);
      const reason = explainLibrary(settings).find(({ source }) => source === "cache")?.reason;
      assert.match(reason ?? "", /libtensorflow_cc\.so\.2 has 1000 of 400000 bytes/);
      assert.equal((await provideLibrary({ settings })).library, library);
      assert.equal(statSync(library).size, tinyLibraryBytes);
      assertOnlyLibrary("1.2.3-cpu", ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]);
    });

    for (const [when, unpackedBytes] of [
      ["before it begins", 500_000],
      ["in the middle of it", 1],
    ] as const) {
      it(`says how much is missing on a full disk ${when}, and leaves nothing there`, async function () {
        const disk = tinyDisk(300 * 1024);
        if (!disk) return this.skip();
        try {
          const server = await serve({ kind: "none" });
          const rows = [archiveAt(server.url), wheel.row].map((row) => ({ ...row, bytes: 1, unpackedBytes }));
          const message = await fails({ ...machine(rows), folder: disk.folder });
          assert.match(message, /official archive 1\.2\.4: needs 1 MiB, and .* has 1 MiB free/);
          assert.match(message, /wheel gradtape-tiny 1\.2\.3: needs 1 MiB, and .* has 1 MiB free/);
          assert.ok(message.includes(`free 1 MiB in ${disk.folder}`), message);
          const left = readdirSync(disk.folder, { recursive: true, withFileTypes: true });
          assert.deepEqual(
            left.filter((entry) => entry.isFile()),
            [],
          );
        } finally {
          disk.remove();
        }
      });
    }

    it("says so where the folder cannot be made", async () => {
      const settings = { ...machine([wheel.row]), folder: join(wheel.file, "inside-a-file") };
      const message = await fails(settings);
      assert.match(message, /cannot be written \(ENOTDIR\).*set GRADTAPE_CACHE to a folder of your own/);
    });

    it("is fetched once by two processes at once", async () => {
      const server = await serve({ kind: "none" });
      // The first process stands still for the test, and so does its hold on the lock.
      const settings = { ...machine([archiveAt(server.url)]), lockStaleMs: 60_000 };
      const first = provideInChild(settings, "downloading");
      await first.line(/^downloading/);
      const second = provideInChild(settings, "nothing");
      await second.line(/^waiting for another Gradtape to finish the download/);
      first.go();
      const done = await Promise.all([first.line(/^found/), second.line(/^found/)]);
      assert.deepEqual(done, ["found 1.2.4 archive", "found 1.2.4 cache"]);
      assert.equal(server.sent(), archive.row.bytes);
    });

    it("recovers from a process that was killed in the middle of unpacking", async () => {
      const settings = machine([wheel.row]);
      const killed = provideInChild(settings, "unpacking");
      await killed.line(/^unpacking/);
      killed.child.kill("SIGKILL");
      await once(killed.child, "exit");
      const left = readdirSync(folder).find((name) => name.startsWith(".unpack-"));
      assert.ok(left !== undefined && existsSync(join(folder, left, "libtensorflow_cc.so.2")), "it was in the middle");
      assert.equal(locateLibrary(settings), undefined);

      // Nothing to download from: the verified file of the first try is used.
      const offline = machine([wheel.row], { PIP_FIND_LINKS: mkdirIn(folder, "empty") });
      const location = await provideLibrary({ settings: offline });
      assert.equal(statSync(location.library).size, tinyLibraryBytes);
      rmSync(join(folder, "empty"), { recursive: true });
      assertOnlyLibrary("1.2.3-cpu", ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]);
    });
  });
});

/** Without the variables that would lead to a real library or index. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PIP_|PYTHONPATH|GRADTAPE_)/.test(name)));
}

function mkdirIn(folder: string, name: string): string {
  mkdirSync(join(folder, name));
  return join(folder, name);
}

/** Runs provideLibrary in a process of its own, which prints its progress, and stands still at the first bytes of what `holdAt` names until `go`. */
function provideInChild(settings: LibrarySettings, holdAt: string) {
  const go = join(settings.folder, "..", `${basename(settings.folder)}.go`);
  const script = `
    import { existsSync } from "node:fs";
    const { provideLibrary } = await import("./engine/native/library/index.ts");
    let held = false;
    const { version, source } = await provideLibrary({
      settings: JSON.parse(process.env.SETTINGS),
      onProgress: ({ what, received }) => {
        if (received !== undefined || what.startsWith("waiting")) console.log(what);
        if (!what.startsWith(process.env.HOLD) || received === undefined || held) return;
        held = true;
        while (!existsSync(process.env.GO)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      },
    });
    console.log("found", version, source);`;
  const child = spawn(process.execPath, ["--import", "./build/typescript.mjs", "--input-type=module", "-e", script], {
    cwd: repository,
    env: { ...process.env, SETTINGS: JSON.stringify(settings), HOLD: holdAt, GO: go },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    go: () => writeFileSync(go, ""),
    async line(expected: RegExp): Promise<string> {
      for (let next = await lines.next(); !next.done; next = await lines.next()) {
        if (expected.test(next.value)) return next.value;
      }
      return assert.fail(`the process ended without ${String(expected)}`);
    },
  };
}
