// FashionMNIST shares its reader and its downloads with MNIST, which has the tests of those; here is what is its own.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { DatasetError, FashionMNIST, MNIST } from "../../engine/data/datasets/index.js";
import { IdxError, readIdxFile } from "../../engine/data/idx.js";
import { ToTensor } from "../../engine/data/transforms/index.js";
import "../../engine/index.js";
import { mirror } from "./mirror.js";
import { mutations, peakGrowth } from "./mutate.js";

function idx(dims: readonly number[], body: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header.set([0, 0, 8, dims.length]);
  dims.forEach((dim, i) => header.writeUInt32BE(dim, 4 + 4 * i));
  return gzipSync(Buffer.concat([header, body]));
}

const files: Readonly<Record<string, Buffer>> = {
  "train-images-idx3-ubyte.gz": idx([30, 28, 28], Buffer.alloc(30 * 784, 9)),
  "train-labels-idx1-ubyte.gz": idx(
    [30],
    Uint8Array.from({ length: 30 }, (_, i) => i % 10),
  ),
  "t10k-images-idx3-ubyte.gz": idx([10, 28, 28], Buffer.alloc(10 * 784, 51)),
  "t10k-labels-idx1-ubyte.gz": idx([10], Uint8Array.of(9, 8, 7, 6, 5, 4, 3, 2, 1, 0)),
};

describe("FashionMNIST", function () {
  this.timeout(20_000);
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "gradtape-fashion-"))));
  afterEach(() => rmSync(root, { recursive: true }));

  it("downloads into its own folder, and gives images and labels", async () => {
    const server = await mirror(files);
    try {
      class Tiny extends FashionMNIST<never, never> {
        static override readonly mirrors = [server.url];
        static override readonly resources = Object.entries(files).map(([name, contents]) => ({
          name,
          sha256: createHash("sha256").update(contents).digest("hex"),
          bytes: contents.length,
        }));
      }
      const Fashion = Tiny as typeof FashionMNIST;
      await assert.rejects(Fashion.load(root), DatasetError);
      const train = await Fashion.load(root, { download: true });
      assert.equal(train.length, 30);
      assert.deepEqual([...train.get(13)[0].shape], [28, 28, 1]);
      assert.equal(train.classes[train.get(13)[1]], "Dress");
      const test = new Fashion(root, { train: false, transform: new ToTensor() });
      const [image, label] = test.get(0);
      assert.deepEqual([[...image.shape], label], [[1, 28, 28], 9]);
      assert.equal(image.select(0, 0).select(0, 0).select(0, 0).item(), Math.fround(51 / 255));
      assert.equal(test.classToIdx["Ankle boot"], 9);
      assert.deepEqual(readdirSync(join(root, "FashionMNIST", "raw")).sort(), Object.keys(files).sort());
      assert.ok(!existsSync(join(root, "MNIST")));
    } finally {
      await server.close();
    }
  });

  it("says how to get its files", () => {
    assert.throws(
      () => new FashionMNIST(root),
      /^DatasetError: FashionMNIST: expected train-images-idx3-ubyte\.gz in .*, got no such file; fetch the files with "await vision\.datasets\.FashionMNIST\.load/,
    );
  });

  it("answers 1,000 damaged copies of a compressed idx file with an array or an IdxError", async () => {
    const packed = files["train-labels-idx1-ubyte.gz"];
    const plain = gunzipSync(packed);
    const path = join(root, "labels.gz");
    let valid = 0;
    let refused = 0;
    const grown = await peakGrowth(() => {
      let round = 0;
      for (const bytes of mutations(plain, 1_000, 3, 8)) {
        const [damaged] = round % 2 === 1 ? [...mutations(packed, 1, round)] : [gzipSync(bytes)];
        round++;
        writeFileSync(path, damaged);
        try {
          const { data, shape } = readIdxFile(path);
          assert.equal(
            data.length,
            shape.reduce((a, b) => a * b, 1),
          );
          valid++;
        } catch (error) {
          assert.ok(error instanceof IdxError, String(error));
          assert.ok(error.message.includes("labels.gz"), error.message);
          refused++;
        }
      }
    });
    assert.ok(valid > 50 && refused > 500, `${valid} valid, ${refused} refused`);
    assert.ok(grown < 64 * 2 ** 20, `${grown} bytes`);
  });

  it("cannot be taken for MNIST: each has its folder", () => {
    mkdirSync(join(root, "FashionMNIST", "raw"), { recursive: true });
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(root, "FashionMNIST", "raw", name), bytes);
    assert.equal(new FashionMNIST(root).length, 30);
    assert.throws(() => new MNIST(root, { source: "full" }), DatasetError);
  });
});
