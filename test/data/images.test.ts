// Reading and writing images against what Pillow reads (test/golden/vision/write.py), and files that are damaged.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromTypedArray, zeros } from "../../engine/create.js";
import { vision } from "../../engine/data/index.js";
import { readRawImage } from "../../engine/data/images/read.js";
import { ArgumentError, DTypeError, ShapeError } from "../../engine/errors.js";
import "../../engine/index.js";
import type { Tensor } from "../../engine/tensor.js";

const { readImage, decodeImage, encodePng, encodeJpeg, writePng, writeJpeg, ImageError } = vision.io;

const goldenFolder = new URL("../golden/vision/", import.meta.url);
const { images } = JSON.parse(readFileSync(new URL("images.json", goldenFolder), "utf8")) as {
  readonly images: Readonly<
    Record<string, { shape: readonly number[]; pixels: number[]; rgb: number[]; gray: number[] }>
  >;
};
const pathOf = (name: string) => fileURLToPath(new URL(`images/${name}`, goldenFolder));

const bytesOf = (image: Tensor): number[] => Array.from(image.toBytes());

/** Channels last, as Pillow has them. */
const lastOf = (image: Tensor): number[] => bytesOf(image.permute(1, 2, 0));

describe("images", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "gradtape-images-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("reads what Pillow reads, to the last bit, in each mode", () => {
    assert.ok(Object.keys(images).length > 10);
    for (const [name, { shape, pixels, rgb, gray }] of Object.entries(images)) {
      const [height, width, channels] = shape;
      const asIs = readImage(pathOf(name));
      assert.equal(asIs.dtype, "uint8");
      assert.deepEqual([...asIs.shape], [channels, height, width], name);
      assert.deepEqual(lastOf(asIs), pixels, name);
      const coloured = readImage(pathOf(name), { mode: "rgb" });
      assert.deepEqual([...coloured.shape], [3, height, width], name);
      assert.deepEqual(lastOf(coloured), rgb, name);
      const grey = readImage(pathOf(name), { mode: "gray" });
      assert.deepEqual([...grey.shape], [1, height, width], name);
      assert.deepEqual(lastOf(grey), gray, name);
      const raw = readRawImage(pathOf(name), { mode: "rgb" });
      assert.deepEqual([raw.shape, Array.from(raw.data as Uint8Array)], [[height, width, 3], rgb], name);
    }
  });

  it("adds and keeps alpha", () => {
    const own = readImage(pathOf("alpha.png"));
    assert.deepEqual(bytesOf(readImage(pathOf("alpha.png"), { mode: "rgbAlpha" })), bytesOf(own));
    const added = readImage(pathOf("rgb.png"), { mode: "rgbAlpha" });
    assert.deepEqual([...added.shape], [4, 10, 14]);
    assert.ok(bytesOf(added.select(0, 3)).every((value) => value === 255));
    const pair = readImage(pathOf("alpha.png"), { mode: "grayAlpha" });
    assert.deepEqual([...pair.shape], [2, 10, 14]);
    assert.deepEqual(bytesOf(pair.select(0, 1)), bytesOf(own.select(0, 3)));
  });

  it("writes PNGs that read back the same, with 1 to 4 channels", () => {
    for (const channels of [1, 2, 3, 4]) {
      const values = Uint8Array.from({ length: channels * 5 * 7 }, (_, i) => (i * 53) % 256);
      const image = fromTypedArray(values, [channels, 5, 7]);
      const path = join(folder, `${channels}.png`);
      writePng(image, path, { compressionLevel: 9 });
      assert.deepEqual(bytesOf(readImage(path)), Array.from(values));
      assert.deepEqual(bytesOf(decodeImage(encodePng(image))), Array.from(values));
    }
    assert.deepEqual(readdirSync(folder).sort(), ["1.png", "2.png", "3.png", "4.png"]);
  });

  it("writes JPEGs that read back nearly the same, the better the larger", () => {
    const smooth = readImage(pathOf("rgb.jpg"));
    const path = join(folder, "smooth.jpg");
    writeJpeg(smooth, path, { quality: 100 });
    const again = bytesOf(readImage(path));
    bytesOf(smooth).forEach((value, i) => assert.ok(Math.abs(value - again[i]) <= 24, `${value} ${again[i]}`));
    assert.ok(encodeJpeg(smooth, { quality: 100 }).length > encodeJpeg(smooth, { quality: 10 }).length);
    assert.equal(decodeImage(encodeJpeg(smooth.narrow(0, 0, 1))).shape[0], 1);
  });

  it("writes what tensors of any kind hold: views, and images that were read", () => {
    const image = readImage(pathOf("rgb.png"));
    const part = image.narrow(1, 2, 5).narrow(2, 3, 4);
    assert.deepEqual(bytesOf(decodeImage(encodePng(part))), bytesOf(part));
  });

  it("refuses other images and options", () => {
    const image = zeros([3, 4, 4], { dtype: "uint8" });
    assert.throws(() => encodePng(image.to("float32")), DTypeError);
    assert.throws(() => encodePng(zeros([5, 4, 4], { dtype: "uint8" })), ShapeError);
    assert.throws(() => encodePng(zeros([4, 4], { dtype: "uint8" })), ShapeError);
    assert.throws(() => encodePng(zeros([3, 0, 4], { dtype: "uint8" })), ShapeError);
    assert.throws(() => encodeJpeg(zeros([4, 4, 4], { dtype: "uint8" })), ShapeError);
    assert.throws(() => encodePng(image, { compressionLevel: 10 }), ArgumentError);
    assert.throws(() => encodeJpeg(image, { quality: 0 }), ArgumentError);
    assert.throws(
      () => readImage(pathOf("rgb.png"), { mode: "cmyk" as never }),
      /mode of unchanged, gray, .* got "cmyk"/,
    );
  });

  it("names the file that is missing, damaged or no image", () => {
    const refused = (path: string, problem: string, message: RegExp) =>
      assert.throws(
        () => readImage(path),
        (error) => {
          assert.ok(error instanceof ImageError, String(error));
          assert.equal(error.problem, problem);
          assert.ok(error.message.startsWith(`image: ${path}: expected `), error.message);
          assert.match(error.message, message);
          return true;
        },
      );
    refused(join(folder, "none.png"), "missing", /got ENOENT$/);
    refused(folder, "missing", /got EISDIR$/);
    // Of an animation, only the first picture has to be whole.
    for (const name of Object.keys(images).filter((name) => name !== "animated.gif")) {
      const whole = readFileSync(pathOf(name));
      const path = join(folder, `cut-${name}`);
      writeFileSync(path, whole.subarray(0, whole.length - 40));
      const wrong = /expected (a whole|at most)/;
      refused(path, name.endsWith("bmp") ? "tooLarge" : name.endsWith("gif") ? "truncated" : "damaged", wrong);
    }
  });

  for (const name of [
    "rgb.png",
    "palette.png",
    "rgb.jpg",
    "progressive.jpeg",
    "rgb.bmp",
    "palette.bmp",
    "animated.gif",
  ]) {
    it(`answers 1,000 damaged copies of ${name} with an image or an ImageError, in little memory`, () => {
      const { read, refused, grown } = damaged(pathOf(name));
      assert.equal(read + refused, 1_000);
      assert.ok(read > 3 && refused > 200, `${read} read, ${refused} refused`);
      assert.ok(grown < 256 * 2 ** 20, `${grown} bytes`);
    });
  }
});

/** In a process of its own: a decoder that crashes takes nothing else with it, and what libjpeg prints is thrown away. */
function damaged(path: string): { read: number; refused: number; grown: number } {
  const program = fileURLToPath(new URL("programs/damagedImages.ts", import.meta.url));
  const hooks = fileURLToPath(new URL("../../build/typescript.mjs", import.meta.url));
  const output = execFileSync(process.execPath, ["--import", hooks, program, path], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 50_000,
  });
  return JSON.parse(output) as ReturnType<typeof damaged>;
}
