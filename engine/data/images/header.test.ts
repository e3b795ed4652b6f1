import assert from "node:assert/strict";
import { firstPicture, ImageError, imageHeader, type ImageProblem } from "./header.js";

const bytes = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))));

const u16 = (value: number) => [value >> 8, value & 255];
const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 0xffff)];
const little = (numbers: readonly number[]) => [...numbers].reverse();
const zeros = (length: number) => Array<number>(length).fill(0);

const png = (width: number, height: number, depth = 8, colour = 2, rest = 100) =>
  bytes("\x89PNG\r\n\x1a\n", u32(13), "IHDR", u32(width), u32(height), [depth, colour, 0, 0, 0], zeros(4 + rest));
const jpeg = (width: number, height: number, rest = 100) =>
  bytes([0xff, 0xd8, 0xff, 0xe0], u16(4), [1, 2, 0xff, 0xff, 0xc2], u16(11), [8], u16(height), u16(width), zeros(rest));
const bmp = (width: number, height: number, bits = 24, rest = 1000, compression = 0) =>
  bytes(
    "BM",
    zeros(12),
    little(u32(40)),
    little(u32(width)),
    little(u32(height)),
    [1, 0],
    little(u16(bits)),
    little(u32(compression)),
    zeros(20 + rest),
  );
const gif = (width: number, height: number, ...rest: readonly (readonly number[])[]) =>
  bytes("GIF89a", little(u16(width)), little(u16(height)), [0, 0, 0], ...rest);

function refused(file: Uint8Array, problem: ImageProblem, message: RegExp): void {
  assert.throws(
    () => imageHeader(file, "some/file"),
    (error) => {
      assert.ok(error instanceof ImageError);
      assert.equal(error.problem, problem);
      assert.equal(error.file, "some/file");
      assert.match(error.message, /^image: some\/file: expected /);
      assert.match(error.message, message);
      return true;
    },
  );
}

describe("image headers", () => {
  it("says format and size by the first bytes", () => {
    assert.deepEqual(imageHeader(png(300, 20), "x"), { format: "png", width: 300, height: 20 });
    assert.deepEqual(imageHeader(jpeg(300, 20), "x"), { format: "jpeg", width: 300, height: 20 });
    assert.deepEqual(imageHeader(bmp(10, 20), "x"), { format: "bmp", width: 10, height: 20 });
    assert.deepEqual(imageHeader(bmp(10, -20 >>> 0), "x"), { format: "bmp", width: 10, height: 20 });
    assert.deepEqual(imageHeader(gif(300, 20), "x"), { format: "gif", width: 300, height: 20 });
  });

  it("reads a header that lies in the middle of a buffer", () => {
    const whole = Buffer.concat([Buffer.alloc(5), png(7, 9)]);
    assert.deepEqual(imageHeader(whole.subarray(5), "x"), { format: "png", width: 7, height: 9 });
  });

  it("refuses what is no image", () => {
    refused(bytes(), "format", /begins with nothing$/);
    refused(bytes("<!DOCTYPE html>"), "format", /a PNG, JPEG, BMP or GIF, got a file that begins with 3c 21 44 4f$/);
    refused(bytes("RIFF....WEBP"), "format", /52 49 46 46$/);
  });

  it("refuses headers that are cut off or say nothing", () => {
    for (const file of [png(3, 3), jpeg(3, 3), bmp(3, 3), gif(3, 3)]) {
      for (let length = 8; length < 13; length++) refused(file.subarray(0, length), "truncated", /end in its header$/);
    }
    refused(bytes([0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff]), "truncated", /expected a whole JPEG/);
    for (const file of [png(0, 3), jpeg(3, 0), bmp(0, 3), gif(0, 3)]) refused(file, "damaged", /at least 1 x 1, got /);
  });

  it("refuses sizes that so few bytes cannot hold, and only those", () => {
    refused(png(2 ** 31 - 1, 2 ** 31 - 1), "tooLarge", /pixels in a PNG of 133 bytes, got 2147483647 x 2147483647$/);
    refused(jpeg(65_535, 65_535), "tooLarge", /got 65535 x 65535$/);
    refused(gif(65_535, 65_535), "tooLarge", /got 65535 x 65535$/);
    refused(bmp(10, 32), "tooLarge", /expected at most 310 pixels in a BMP of 1054 bytes, got 10 x 32$/);
    // A white page of 1 bit a pixel compresses to the last byte that deflate allows.
    assert.equal(imageHeader(png(1000, 1000, 1, 0, 900), "x").width, 1000);
    assert.equal(imageHeader(bmp(10, 31), "x").height, 31);
  });

  it("refuses BMPs that TensorFlow would read as noise", () => {
    refused(bmp(10, 10, 8, 1000, 1), "unsupported", /expected an uncompressed BMP, got compression 1$/);
    refused(bmp(10, 10, 4), "unsupported", /8, 24 or 32 bits a pixel, got 4$/);
  });

  it("cuts a GIF after its first picture", () => {
    const extension = [0x21, 0xf9, 4, 0, 1, 0, 0, 0];
    const picture = (table: number) => [0x2c, ...zeros(8), table ? 0x80 : 0, ...zeros(table ? 6 : 0), 2, 3, 1, 2, 3, 0];
    for (const table of [0, 1]) {
      const file = gif(4, 4, extension, picture(table), extension, picture(table), [0x3b]);
      const alone = firstPicture(file, "x");
      assert.deepEqual(alone, Uint8Array.from(gif(4, 4, extension, picture(table), [0x3b])));
    }
    assert.throws(() => firstPicture(gif(4, 4, extension), "x"), /image: x: expected a whole GIF, got 21 bytes/);
    assert.throws(() => firstPicture(gif(4, 4, picture(0).slice(0, -1)), "x"), /expected a whole GIF/);
    assert.throws(() => firstPicture(gif(4, 4, [0x3b]), "x"), /expected a picture in the GIF, got a block of type 59/);
  });
});
