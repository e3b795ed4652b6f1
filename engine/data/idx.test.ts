import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { IdxError, parseIdx, readIdxFile, type IdxProblem } from "./idx.js";
import type { RawArray } from "./raw.js";

/** Bytes of an idx file, written out by hand so that the parser is not tested with its own idea of the format. */
function idx(code: number, dims: readonly number[], body: readonly number[]): Buffer {
  const sizes = dims.flatMap((dim) => [(dim >>> 24) & 255, (dim >>> 16) & 255, (dim >>> 8) & 255, dim & 255]);
  return Buffer.from([0, 0, code, dims.length, ...sizes, ...body]);
}

const valuesOf = (array: RawArray): number[] => Array.from(array.data as Float64Array);

function fails(bytes: Uint8Array, problem: IdxProblem, message: RegExp): void {
  assert.throws(
    () => parseIdx(bytes, "x"),
    (error: unknown) => {
      assert.ok(error instanceof IdxError);
      assert.equal(error.problem, problem);
      assert.match(error.message, message);
      return true;
    },
  );
}

describe("idx", () => {
  it("reads each dtype of the format, big-endian", () => {
    const cases = [
      [0x08, [200, 7], "uint8", [200, 7]],
      [0x09, [0xff, 7], "int8", [-1, 7]],
      [0x0b, [0xff, 0xfe, 0x01, 0x00], "int16", [-2, 256]],
      [0x0c, [0xff, 0xff, 0xff, 0xfd, 0, 1, 0, 0], "int32", [-3, 65536]],
      [0x0d, [0x3f, 0xc0, 0, 0, 0xbf, 0x80, 0, 0], "float32", [1.5, -1]],
      [0x0e, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0], "float64", [1.5, -2]],
    ] as const;
    for (const [code, body, dtype, values] of cases) {
      const array = parseIdx(idx(code, [2], body), "x");
      assert.equal(array.dtype, dtype);
      assert.deepEqual(array.shape, [2]);
      assert.deepEqual(valuesOf(array), values);
    }
  });

  it("reads dimensions in order, and looks into the bytes instead of copying them", () => {
    const bytes = idx(8, [2, 1, 3], [1, 2, 3, 4, 5, 6]);
    const array = parseIdx(bytes, "x");
    assert.deepEqual(array.shape, [2, 1, 3]);
    assert.equal(array.data.buffer, bytes.buffer);
  });

  it("reads a file that starts in the middle of a buffer", () => {
    const whole = Buffer.concat([Buffer.alloc(3), idx(0x0b, [1], [1, 2])]);
    assert.deepEqual(valuesOf(parseIdx(whole.subarray(3), "x")), [258]);
  });

  it("reads empty arrays, even beside huge dimensions", () => {
    assert.equal(parseIdx(idx(8, [0], []), "x").data.length, 0);
    assert.deepEqual(parseIdx(idx(8, [4e9, 0, 4e9], []), "x").shape, [4e9, 0, 4e9]);
  });

  it("refuses what is not idx", () => {
    fails(Buffer.alloc(0), "truncated", /^idx: x: expected a header of at least 4 bytes, got 0$/);
    fails(Buffer.from("<!DOCTYPE html>"), "magic", /two zero bytes at the start, got 3c 21$/);
    fails(gzipSync("x"), "magic", /still compressed with gzip/);
    fails(idx(7, [1], [1]), "dtype", /dtype code of 8, 9 or 11 to 14, got 7$/);
    fails(idx(8, [], [1]), "magic", /at least 1 dimension, got 0$/);
  });

  it("refuses headers that describe other bytes than there are, whatever they claim", () => {
    fails(Buffer.from([0, 0, 8, 3, 0, 0]), "truncated", /header of 16 bytes for 3 dimensions, got 6$/);
    fails(idx(8, [3], [1, 2]), "truncated", /expected 3 bytes of uint8 for the shape \[3\], got 2$/);
    fails(idx(8, [1], [1, 2]), "size", /expected 1 bytes of uint8 for the shape \[1\], got 2$/);
    fails(idx(0x0e, Array<number>(255).fill(2 ** 32 - 1), []), "truncated", /bytes of float64 for the shape/);
    const before = process.memoryUsage().arrayBuffers;
    fails(idx(0x0d, [2 ** 32 - 1], [0]), "truncated", /expected 17179869180 bytes of float32/);
    assert.ok(process.memoryUsage().arrayBuffers - before < 1 << 20);
  });

  it("answers any mutation with an array or an IdxError", () => {
    const seeds = [
      idx(8, [3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
      idx(0x0b, [2, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
      idx(0x0e, [1], [0, 0, 0, 0, 0, 0, 0, 0]),
    ];
    let state = 20240229;
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    let valid = 0;
    let refused = 0;
    for (let round = 0; round < 1_000; round++) {
      let bytes = Buffer.from(seeds[round % seeds.length]);
      for (let change = random(3); change >= 0; change--) {
        // Half of the changes hit the header, where they matter most.
        const at = random(random(2) ? 8 : Math.max(bytes.length, 1));
        if (at < bytes.length) bytes[at] = random(256);
        if (random(4) === 0) bytes = bytes.subarray(0, random(bytes.length + 1));
        if (random(6) === 0) bytes = Buffer.concat([bytes, Buffer.alloc(random(9))]);
      }
      try {
        const array = parseIdx(bytes, "x");
        assert.equal(
          array.data.length,
          array.shape.reduce((a, b) => a * b, 1),
        );
        valid++;
      } catch (error) {
        assert.ok(error instanceof IdxError, String(error));
        refused++;
      }
    }
    assert.ok(valid > 50 && refused > 500, `${valid} valid, ${refused} refused`);
  });
});

describe("idx files", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "gradtape-idx-"))));
  after(() => rmSync(folder, { recursive: true }));

  function file(name: string, contents: Uint8Array): string {
    const path = join(folder, name);
    writeFileSync(path, contents);
    return path;
  }

  const bytes = idx(8, [4], [1, 2, 3, 4]);

  it("decompresses by name", () => {
    assert.deepEqual(valuesOf(readIdxFile(file("a.gz", gzipSync(bytes)))), [1, 2, 3, 4]);
    assert.deepEqual(valuesOf(readIdxFile(file("a", bytes))), [1, 2, 3, 4]);
  });

  it("says that a compressed file is damaged, and never decompresses more than asked", () => {
    const packed = gzipSync(bytes);
    const problem = (path: string, maxBytes?: number): IdxProblem => {
      try {
        readIdxFile(path, { maxBytes });
      } catch (error) {
        assert.ok(error instanceof IdxError);
        return error.problem;
      }
      return assert.fail("expected an error");
    };
    assert.equal(problem(file("cut.gz", packed.subarray(0, packed.length - 5))), "compression");
    const flipped = Buffer.from(packed);
    flipped[packed.length - 6] ^= 1;
    assert.equal(problem(file("flipped.gz", flipped)), "compression");
    assert.equal(problem(file("page.gz", Buffer.from("<html>"))), "compression");
    assert.equal(problem(file("bomb.gz", gzipSync(Buffer.alloc(1 << 24))), 1 << 16), "tooLarge");
  });
});
