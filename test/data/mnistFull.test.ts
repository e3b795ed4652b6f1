// The whole MNIST, as far as it goes without the internet: small files of the same names and format on mirrors of this
// machine, which also misbehave.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { DataLoader } from "../../engine/data/loader.js";
import { DatasetError, MNIST, type DatasetProgress } from "../../engine/data/datasets/index.js";
import { IdxError } from "../../engine/data/idx.js";
import { ToTensor } from "../../engine/data/transforms/index.js";
import "../../engine/index.js";
import { DownloadError } from "../../engine/io/download.js";
import { closedAddress } from "../support/badServer.js";
import { mirror, type Mirror } from "./mirror.js";

function idx(dims: readonly number[], body: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header.set([0, 0, 8, dims.length]);
  dims.forEach((dim, i) => header.writeUInt32BE(dim, 4 + 4 * i));
  return gzipSync(Buffer.concat([header, body]));
}

/** Noise, so that a compressed file is as long as its contents: more than a socket and a stream buffer together. */
const noise = (length: number, seed: number): Uint8Array =>
  createHash("shake256", { outputLength: length }).update(String(seed)).digest();

const files: Readonly<Record<string, Buffer>> = {
  "train-images-idx3-ubyte.gz": idx([300, 28, 28], noise(300 * 784, 1)),
  "train-labels-idx1-ubyte.gz": idx(
    [300],
    Uint8Array.from({ length: 300 }, (_, i) => i % 10),
  ),
  "t10k-images-idx3-ubyte.gz": idx([10, 28, 28], noise(10 * 784, 2)),
  "t10k-labels-idx1-ubyte.gz": idx(
    [10],
    Uint8Array.from({ length: 10 }, (_, i) => 9 - i),
  ),
};

const images = "train-images-idx3-ubyte.gz";

function tinyMNIST(...mirrors: readonly string[]): typeof MNIST {
  return class extends MNIST<never, never> {
    static override readonly mirrors = mirrors;
    static override readonly resources = Object.entries(files).map(([name, contents]) => ({
      name,
      sha256: createHash("sha256").update(contents).digest("hex"),
      bytes: contents.length,
    }));
  };
}

describe("MNIST, full", function () {
  this.timeout(20_000);
  let root: string;
  const open: Mirror[] = [];
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "gradtape-mnist-"))));
  afterEach(async () => {
    rmSync(root, { recursive: true });
    await Promise.all(open.splice(0).map((one) => one.close()));
  });

  const serve = async (...args: Parameters<typeof mirror>): Promise<Mirror> => {
    const one = await mirror(...args);
    open.push(one);
    return one;
  };
  const raw = (name = "") => join(root, "MNIST", "raw", name);
  const put = (name: string, contents: Uint8Array) => {
    mkdirSync(raw(), { recursive: true });
    writeFileSync(raw(name), contents);
  };

  it("downloads once, with progress over all files, and loads from disk afterwards", async () => {
    const good = await serve(files);
    const Tiny = tinyMNIST(good.url);
    const progress: DatasetProgress[] = [];
    const options = { source: "full", download: true, transform: new ToTensor() } as const;
    const train = await Tiny.load(root, { ...options, onProgress: (step) => progress.push(step) });
    assert.equal(train.length, 300);
    assert.deepEqual([...train.get(29)[0].shape], [1, 28, 28]);
    assert.deepEqual(
      Array.from({ length: 300 }, (_, i) => train.get(i)[1]),
      Array.from({ length: 300 }, (_, i) => i % 10),
    );

    const total = Object.values(files).reduce((sum, file) => sum + file.length, 0);
    assert.deepEqual(progress.at(-1), { file: "t10k-labels-idx1-ubyte.gz", received: total, total });
    progress.reduce((before, { received }) => (assert.ok(received >= before), received), 0);

    await good.close();
    open.length = 0;
    const test = new Tiny(root, { source: "full", train: false });
    assert.deepEqual(
      Array.from({ length: 10 }, (_, i) => test.get(i)[1]),
      [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    );
    assert.equal((await Tiny.load(root, options)).length, 300);
    assert.equal([...new DataLoader(test, { batchSize: 4 })].length, 3);
    assert.deepEqual(readdirSync(raw()).sort(), Object.keys(files).sort());
  });

  it("goes on where a cut connection stopped", async () => {
    const cutting = await serve(files, { [images]: { kind: "cut", after: 150_000, times: 1 } });
    await tinyMNIST(cutting.url).download(root);
    const [first, second, ...more] = cutting.file(images).ranges;
    assert.deepEqual([first, more], ["", []]);
    const start = Number(/^bytes=(\d+)-$/.exec(second)?.[1]);
    assert.ok(start > 0 && start <= 150_000, second);
    assert.equal(new MNIST(root, { source: "full" }).length, 300);
  });

  it("takes the next mirror for a file that is missing, wrong, or whose mirror is away", async () => {
    const missing = await serve({ ...files, [images]: Buffer.alloc(0) }, { [images]: { kind: "status", status: 404 } });
    const wrong = await serve(files, { [images]: { kind: "wrongContents" } });
    const good = await serve(files);
    const away = (await closedAddress()).replace(/file$/, "");
    await tinyMNIST(away, missing.url, wrong.url, good.url).download(root);
    assert.deepEqual(good.file(images).ranges, [""]);
    assert.deepEqual(good.file("train-labels-idx1-ubyte.gz").ranges, []);
    assert.equal(new MNIST(root, { source: "full" }).length, 300);
  });

  it("leaves no wrong file behind, and says what each mirror did", async () => {
    const wrong = await serve(files, { [images]: { kind: "wrongContents" } });
    const missing = await serve(files, { [images]: { kind: "status", status: 404 } });
    await assert.rejects(tinyMNIST(wrong.url, missing.url).download(root), (error) => {
      assert.ok(error instanceof DownloadError);
      assert.match(error.message, /train-images-idx3-ubyte\.gz.*other contents.*the server answered 404/);
      return true;
    });
    assert.equal(existsSync(raw(images)), false);
    assert.throws(() => new MNIST(root, { source: "full" }), DatasetError);
  });

  it("can be stopped, and goes on later", async () => {
    const stalling = await serve(files, { [images]: { kind: "stalls", after: 150_000 } });
    const stop = new AbortController();
    const stopped = tinyMNIST(stalling.url).download(root, {
      signal: stop.signal,
      onProgress: ({ received }) => received >= 150_000 && stop.abort(new Error("enough")),
    });
    await assert.rejects(stopped, /^Error: enough$/);
    const good = await serve(files);
    await tinyMNIST(good.url).download(root);
    assert.deepEqual(good.file(images).ranges, ["bytes=150000-"]);
  });

  it("says how to get missing files: the constructor never downloads", () => {
    for (const download of [false, true]) {
      assert.throws(
        () => new MNIST(root, { source: "full", download }),
        (error) => {
          assert.ok(error instanceof DatasetError);
          assert.match(
            error.message,
            /^MNIST: expected train-images-idx3-ubyte\.gz in .*, got no such file; fetch the files with "await /,
          );
          return true;
        },
      );
    }
  });

  it("does not touch the network without download: true, nor for the embedded digits", async () => {
    const away = await closedAddress();
    await assert.rejects(tinyMNIST(away).load(root, { source: "full" }), DatasetError);
    assert.equal((await tinyMNIST(away).load(root, { download: true })).length, 8_000);
    assert.deepEqual(readdirSync(root), []);
  });

  it("uses files that torchvision unpacked there", async () => {
    for (const [name, contents] of Object.entries(files)) put(name.replace(/\.gz$/, ""), gunzipSync(contents));
    await tinyMNIST(await closedAddress()).download(root);
    assert.equal(new MNIST(root, { source: "full", train: false }).length, 10);
  });

  it("refuses damaged files, and pairs that do not belong together", () => {
    const refuses = (name: string, contents: Uint8Array, kind: new (...args: never[]) => Error, message: RegExp) => {
      for (const [file, good] of Object.entries(files)) put(file, good);
      put(name, contents);
      assert.throws(
        () => new MNIST(root, { source: "full" }),
        (error) => error instanceof kind && (assert.match(error.message, message), true),
      );
    };
    const labels = "train-labels-idx1-ubyte.gz";
    refuses(
      images,
      files[images].subarray(0, 5_000),
      IdxError,
      /train-images-idx3-ubyte\.gz: expected a whole gzip file/,
    );
    refuses(images, idx([300, 28, 29], noise(300 * 784, 1)), IdxError, /expected 243600 bytes .* got 235200/);
    refuses(
      images,
      idx([300, 784], noise(300 * 784, 1)),
      DatasetError,
      /uint8 images of shape \[count, height, width\]/,
    );
    refuses(
      labels,
      idx([29], new Uint8Array(29)),
      DatasetError,
      /300 uint8 labels .* as many as images, got uint8 \[29\]/,
    );
    refuses(
      labels,
      idx([300], new Uint8Array(300).fill(10, 4, 5)),
      DatasetError,
      /labels from 0 to 9 .* got 10 at index 4/,
    );
  });
});
