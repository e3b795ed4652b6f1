import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { vision } from "../../engine/data/index.js";
import { DataLoader } from "../../engine/data/loader.js";
import { RawArray } from "../../engine/data/raw.js";
import { ArgumentError } from "../../engine/errors.js";
import "../../engine/index.js";

const { ImageFolder, DatasetError } = vision.datasets;
const { Compose, Resize, CenterCrop, ToTensor, Normalize } = vision.transforms;
const { ImageError, readImage } = vision.io;

const golden = fileURLToPath(new URL("../golden/vision/images/", import.meta.url));

describe("ImageFolder", function () {
  this.timeout(60_000);
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "gradtape-folder-"))));
  afterEach(() => rmSync(root, { recursive: true }));

  /** A file of the golden images in the folder under another name. */
  const put = (name: string, image: string) => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    cpSync(join(golden, image), join(root, name));
  };
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  };

  it("gives classes by name, files in torchvision's order, and images of every format as RGB", () => {
    put("dog/b.png", "alpha.png");
    put("dog/a/z.JPG", "rgb.jpg");
    put("dog/a-b/c.bmp", "rgb.bmp");
    put("cat/1.gif", "palette.gif");
    put("cat/10.png", "grey.png");
    put("cat/2.jpeg", "progressive.jpeg");
    put("Ant/only.png", "palette.png");
    write("dog/notes.txt", "no image");
    write("readme.png", "a file, no class");
    const data = new ImageFolder(root);
    assert.deepEqual(data.classes, ["Ant", "cat", "dog"]);
    assert.deepEqual(data.classToIdx, { Ant: 0, cat: 1, dog: 2 });
    // Python: sorted(os.walk(folder)) and sorted(files), so that "dog/a-b" comes before "dog/a/…" would.
    assert.deepEqual(
      data.samples.map(([path, label]) => [relative(root, path), label]),
      [
        ["Ant/only.png", 0],
        ["cat/1.gif", 1],
        ["cat/10.png", 1],
        ["cat/2.jpeg", 1],
        ["dog/b.png", 2],
        ["dog/a/z.JPG", 2],
        ["dog/a-b/c.bmp", 2],
      ],
    );
    assert.deepEqual(data.targets, [0, 1, 1, 1, 2, 2, 2]);
    assert.equal(data.length, 7);
    for (const [i, [path]] of data.samples.entries()) {
      const [image, label] = data.get(i);
      assert.deepEqual([...image.shape], [10, 14, 3]);
      assert.equal(label, data.targets[i]);
      assert.deepEqual(image.toBytes(), readImage(path, { mode: "rgb" }).permute(1, 2, 0).toBytes());
    }
    assert.throws(() => data.get(7), ArgumentError);
  });

  it("sorts names as Python does, also those beyond 16 bits", () => {
    for (const name of ["\u{1f600}", "\uff5a", "b", "B", "10", "9"]) put(`${name}/x.png`, "rgb.png");
    assert.deepEqual(new ImageFolder(root).classes, ["10", "9", "B", "b", "\uff5a", "\u{1f600}"]);
  });

  it("feeds a loader with batches of one size", () => {
    for (let i = 0; i < 5; i++) put(`${i % 2}/${i}.png`, ["rgb.png", "grey.png", "palette.png"][i % 3]);
    const transform = new Compose([new Resize(8), new CenterCrop(6), new ToTensor(), new Normalize([0.5], [0.5])]);
    const batches = [...new DataLoader(new ImageFolder(root, { transform }), { batchSize: 3 })];
    assert.deepEqual(
      batches.map(([x, y]) => [[...x.shape], Array.from(y.toTypedArray() as BigInt64Array, Number)]),
      [
        [
          [3, 3, 6, 6],
          [0, 0, 0],
        ],
        [
          [2, 3, 6, 6],
          [1, 1],
        ],
      ],
    );
  });

  it("gives workers the same images, and their errors name the file", async () => {
    for (let i = 0; i < 6; i++) put(`${i % 2}/${i}.png`, ["rgb.png", "grey.png", "rgb.jpg"][i % 3]);
    const transform = new Compose([new Resize(8), new CenterCrop(6), new ToTensor()]);
    const data = new ImageFolder(root, { transform });
    const batches = async (numWorkers: number) => {
      const all: unknown[] = [];
      for await (const [x, y] of new DataLoader(data, { batchSize: 2, numWorkers }))
        all.push([x.toArray(), y.toArray()]);
      return all;
    };
    assert.deepEqual(await batches(2), await batches(0));
    write("0/4.png", "no image any more");
    await assert.rejects(batches(1), (error: Error) => (assert.match(error.message, /4\.png/), true));
  });

  it("names the image that is damaged, when it is wanted and not before", () => {
    put("a/good.png", "rgb.png");
    write("a/bad.jpg", "<html>not found</html>");
    const data = new ImageFolder(root);
    assert.equal(data.length, 2);
    assert.deepEqual([...data.get(1)[0].shape], [10, 14, 3]);
    assert.throws(
      () => data.get(0),
      (error) =>
        error instanceof ImageError && error.file === join(root, "a/bad.jpg") && /3c 68 74 6d/.test(error.message),
    );
    rmSync(join(root, "a/good.png"));
    assert.throws(() => data.get(1), /good\.png: expected a file that can be read, got ENOENT/);
  });

  it("takes a loader and a filter of the user's", () => {
    write("a/1.txt", "7");
    write("a/2.csv", "8");
    write("b/3.txt", "9");
    const data = new ImageFolder(root, {
      isValidFile: (path) => path.endsWith(".txt"),
      loader: (path) => new RawArray(Uint8Array.of(path.length % 256), [1, 1, 1], "uint8"),
      targetTransform: (label) => label * 10,
    });
    assert.deepEqual(
      data.samples.map(([path]) => relative(root, path)),
      ["a/1.txt", "b/3.txt"],
    );
    const [image, label] = data.get(1);
    assert.deepEqual([Number(image.item()), label], [join(root, "b/3.txt").length % 256, 10]);
  });

  it("follows links, but not in a circle", () => {
    put("a/x.png", "rgb.png");
    put("elsewhere/y.png", "rgb.png");
    symlinkSync(join(root, "elsewhere"), join(root, "a", "linked"));
    symlinkSync(join(root, "a"), join(root, "a", "round"));
    symlinkSync(join(root, "nowhere"), join(root, "broken"));
    const data = new ImageFolder(root);
    assert.deepEqual(data.classes, ["a", "elsewhere"]);
    assert.deepEqual(
      data.samples.map(([path]) => relative(root, path)),
      ["a/x.png", "a/linked/y.png", "elsewhere/y.png"],
    );
  });

  it("says what is missing", () => {
    const refused = (make: () => unknown, message: RegExp) =>
      assert.throws(make, (error) => error instanceof DatasetError && (assert.match(error.message, message), true));
    refused(() => new ImageFolder(join(root, "none")), /^ImageFolder: expected a folder .*none, got ENOENT$/);
    refused(() => new ImageFolder(root), /expected a folder for each class in .*, got none$/);
    put("full/x.png", "rgb.png");
    write("empty/x.tiff", "");
    write("void/x.txt", "");
    refused(
      () => new ImageFolder(root),
      /expected images \(\.jpg, \.jpeg, \.png, \.bmp, \.gif\) for each class .* got none for empty, void; use allowEmpty/,
    );
    const data = new ImageFolder(root, { allowEmpty: true });
    assert.deepEqual(data.classes, ["empty", "full", "void"]);
    assert.deepEqual(data.targets, [1]);
  });
});
