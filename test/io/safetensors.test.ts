import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError } from "../../engine/errors.js";
import {
  layOutSafetensors,
  parseSafetensors,
  readSafetensors,
  type Safetensors,
  SafetensorsError,
  type TensorSource,
} from "../../engine/io/safetensors.js";
import type { SafetensorsDType } from "../../engine/io/safetensorsDType.js";
import { seededRandom } from "../support/random.js";

interface Golden {
  readonly file: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Readonly<
    Record<string, { readonly dtype: SafetensorsDType; readonly shape: readonly number[]; readonly data: string }>
  >;
}

const folder = new URL("../golden/safetensors/", import.meta.url);
const contentsOf = (name: string) => readFileSync(new URL(name, folder));

/** Written by the reference library: see make.py there. */
const golden = JSON.parse(contentsOf("index.json").toString()) as {
  readonly safetensors: string;
  readonly files: readonly Golden[];
};

const write = (tensors: Iterable<readonly [string, TensorSource]>, metadata?: Iterable<readonly [string, string]>) => {
  const { byteLength, chunks } = layOutSafetensors(tensors, metadata);
  const file = Buffer.concat([...chunks()]);
  assert.equal(file.byteLength, byteLength);
  return file;
};

const one = (bytes: Uint8Array): TensorSource => ({ dtype: "U8", shape: [bytes.length], bytes });

/** A file whose header says what the format may not allow. */
function fileOf(header: unknown, data = 0): Buffer {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const bytes = Buffer.from(text);
  const file = Buffer.alloc(8 + bytes.length + data);
  file.writeBigUInt64LE(BigInt(bytes.length));
  file.set(bytes, 8);
  return file;
}

const tensor = (begin: number, end: number, more: object = {}) => ({
  dtype: "U8",
  shape: [end - begin],
  data_offsets: [begin, end],
  ...more,
});

function assertRefused(file: Uint8Array, reason: RegExp): void {
  assert.throws(
    () => parseSafetensors(file, "some.safetensors"),
    (error) => {
      assert.ok(error instanceof SafetensorsError);
      assert.equal(error.file, "some.safetensors");
      assert.match(error.reason, reason);
      assert.match(error.message, /^safetensors: expected .*, got .*, in some\.safetensors\. The file is cut/);
      return true;
    },
  );
}

describe(`safetensors beside the reference library ${golden.safetensors}`, () => {
  for (const { file, tensors, metadata } of golden.files) {
    it(`reads ${file}`, () => {
      const read = parseSafetensors(contentsOf(file), file);
      assert.deepEqual(Object.fromEntries(read.metadata), metadata);
      assert.deepEqual([...read.tensors.keys()].sort(), Object.keys(tensors).sort());
      for (const [name, { dtype, shape, bytes }] of read.tensors) {
        assert.deepEqual(
          { dtype, shape, data: Buffer.from(bytes).toString("base64") },
          Object.getOwnPropertyDescriptor(tensors, name)?.value,
          name,
        );
      }
    });

    it(`writes ${file} byte for byte`, () => {
      const sources = Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
        return [name, { dtype, shape, bytes: Buffer.from(data, "base64") }] as const;
      });
      assert.deepEqual(write(sources.reverse(), Object.entries(metadata)), contentsOf(file));
    });
  }
});

describe("parseSafetensors", () => {
  it("gives views into the file, without copies", () => {
    const file = contentsOf("numpy.safetensors");
    const { tensors } = parseSafetensors(file, "numpy");
    for (const { bytes } of tensors.values()) assert.equal(bytes.buffer, file.buffer);
  });

  it("reads a header that was not padded", () => {
    const file = fileOf({ a: tensor(0, 3) }, 3);
    assert.equal(parseSafetensors(file, "x").tensors.get("a")?.bytes.byteLength, 3);
  });

  it("reads white space between the parts of a header", () => {
    const file = fileOf(JSON.stringify({ __metadata__: { k: "v" }, a: tensor(0, 3) }, undefined, "\t") + "  ", 3);
    assert.deepEqual([...parseSafetensors(file, "x").metadata], [["k", "v"]]);
  });

  const huge = 2 ** 52;
  const refused: readonly (readonly [what: string, file: Buffer, reason: RegExp])[] = [
    ["an empty file", Buffer.alloc(0), /at least 8 bytes, got a file of 0/],
    ["a file of 7 bytes", Buffer.alloc(7), /at least 8 bytes, got a file of 7/],
    [
      "a header length beyond the file",
      Buffer.from([200, 0, 0, 0, 0, 0, 0, 0, 123, 125]),
      /within the file's 10 bytes, got one of 200/,
    ],
    ["a header length of 2^64 - 1", Buffer.alloc(40, 255), /at most 100000000 bytes, got one of 18446744073709551615/],
    ["no header", fileOf(""), /begins with \{, got its end/],
    ["a header that is no object", fileOf("[]"), /begins with \{, got "\["/],
    ["space before the header", fileOf(" {}"), /begins with \{, got " "/],
    ["a byte order mark", fileOf("\uFEFF{}"), /begins with \{/],
    [
      "bytes that are not UTF-8",
      Buffer.concat([fileOf('{"a').subarray(0, 10), Buffer.from([0xff])]),
      /a header in UTF-8/,
    ],
    ["JSON that ends", fileOf('{"a":'), /got its end at position 5/],
    ["a string that does not end", fileOf('{"a\\"'), /strings with an end, got none for the one at position 1/],
    ["a wrong escape", fileOf('{"\\q":1}'), /strings as JSON writes them, got another at position 1/],
    ["half a surrogate pair", fileOf('{"\\ud800":1}'), /strings of Unicode characters/],
    ["something after the header", fileOf("{} x"), /only spaces after the header's last }, got "x"/],
    ["zeros as padding", fileOf("{}\0"), /only spaces/],
    ["a comma at the end", fileOf('{"__metadata__":{},}'), /a string as key, got "}"/],
    ["metadata that are no object", fileOf({ __metadata__: "x" }), /expected \{, got/],
    ["metadata that are no strings", fileOf({ __metadata__: { a: 1 } }), /a string as __metadata__ "a", got "1/],
    ["metadata twice", fileOf('{"__metadata__":{},"__metadata__":{}}'), /__metadata__ once, got it twice/],
    [
      "a metadata key twice",
      fileOf('{"__metadata__":{"a":"","a":""}}'),
      /each key of __metadata__ once, got "a" twice/,
    ],
    [
      "a tensor twice",
      fileOf(
        '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      ),
      /each tensor once, got "a" twice/,
    ],
    ["a field twice", fileOf('{"a":{"dtype":"U8","dtype":"U8"}}'), /each once, got "dtype"/],
    [
      "an unknown field",
      fileOf({ a: { ...tensor(0, 0), x: 1 } }),
      /dtype, shape and data_offsets of tensor "a", each once, got "x"/,
    ],
    ["a missing field", fileOf({ a: { dtype: "U8", shape: [] } }), /got no data_offsets/],
    ["a tensor that is no object", fileOf({ a: 1 }), /expected \{, got "1}"/],
    [
      "an unknown dtype",
      fileOf({ a: tensor(0, 0, { dtype: "toString" }) }),
      /a known dtype of tensor "a", got "toString"/,
    ],
    ["a negative size", fileOf({ a: tensor(0, 0, { shape: [-1] }) }), /sizes >= 0 in the shape of tensor "a", got "-1/],
    ["a size with a fraction", fileOf({ a: tensor(0, 0, { shape: [1.5] }) }), /sizes >= 0/],
    ["a size as 1e3", fileOf('{"a":{"dtype":"U8","shape":[1e3],"data_offsets":[0,0]}}'), /sizes >= 0/],
    ["a size as 01", fileOf('{"a":{"dtype":"U8","shape":[01],"data_offsets":[0,0]}}'), /sizes >= 0/],
    [
      "a size beyond 2^53",
      fileOf('{"a":{"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,0]}}'),
      /below 2\^53, got 9007199254740993/,
    ],
    [
      "sizes whose product is too large",
      fileOf({ a: tensor(0, 8, { shape: [huge, huge] }) }, 8),
      /a shape of whole bytes/,
    ],
    [
      "a huge tensor in a small file",
      fileOf({ a: tensor(0, 2 ** 40, { shape: [2 ** 40] }) }, 8),
      /1099511627776 bytes of data, got 8/,
    ],
    [
      "half a byte",
      fileOf({ a: tensor(0, 1, { dtype: "F4", shape: [1] }) }, 1),
      /a shape of whole bytes for tensor "a", got F4 \[1\]/,
    ],
    ["one offset", fileOf({ a: tensor(0, 0, { data_offsets: [0] }) }), /two data_offsets of tensor "a", got 1/],
    [
      "offsets that run backwards",
      fileOf({ a: tensor(0, 0, { data_offsets: [0, 0] }), b: tensor(0, 1, { data_offsets: [0, -1] }) }),
      /data_offsets >= 0/,
    ],
    [
      "an end before the begin",
      fileOf({ a: tensor(0, 4), b: { dtype: "U8", shape: [0], data_offsets: [4, 2] } }, 4),
      /0 bytes for tensor "b" \(U8 \[0\]\), got -2/,
    ],
    [
      "overlapping tensors",
      fileOf({ a: tensor(0, 4), b: tensor(2, 6) }, 6),
      /data of tensor "b" from byte 4 on, got from 2/,
    ],
    [
      "a gap between tensors",
      fileOf({ a: tensor(0, 4), b: tensor(5, 6) }, 6),
      /data of tensor "b" from byte 4 on, got from 5/,
    ],
    ["a gap before the first", fileOf({ a: tensor(1, 4) }, 4), /from byte 0 on, got from 1/],
    ["data after the last", fileOf({ a: tensor(0, 4) }, 5), /4 bytes of data, got 5/],
    ["data that are cut", fileOf({ a: tensor(0, 4) }, 3), /4 bytes of data, got 3/],
    [
      "a size that does not fit the shape",
      fileOf({ a: tensor(0, 4, { dtype: "F32", shape: [2] }) }, 4),
      /8 bytes for tensor "a" \(F32 \[2\]\), got 4/,
    ],
    ["a name as long as the file", fileOf({ ["n".repeat(100_000)]: tensor(1, 2) }), /n…, got from 1$/],
  ];
  for (const [what, file, reason] of refused) {
    it(`refuses ${what}`, () => {
      assertRefused(file, reason);
    });
  }

  it("takes each of 1,000 mutated files or refuses it with its own error", () => {
    const random = seededRandom(1);
    const pick = (size: number) => Math.floor(random() * size);
    const weights = one(new Uint8Array(2000));
    const large = write(
      [
        ["w", weights],
        ["b", one(new Uint8Array(10))],
      ],
      [["format", "pt"]],
    );
    const sources = golden.files.flatMap(({ file }) => [contentsOf(file), large]);
    let taken = 0;
    for (let i = 0; i < 1000; i++) {
      const file = mutate(sources[i % sources.length], pick);
      let read: Safetensors;
      try {
        read = parseSafetensors(file, "mutated");
      } catch (error) {
        assert.ok(error instanceof SafetensorsError, String(error));
        continue;
      }
      taken++;
      // What is taken is whole: written again, it reads the same.
      const again = parseSafetensors(write(read.tensors, read.metadata), "again");
      assert.deepEqual(new Map([...again.tensors].sort()), new Map([...read.tensors].sort()));
      assert.deepEqual(again.metadata, read.metadata);
    }
    assert.ok(taken > 50 && taken < 500, `${taken} of 1000 were taken`);
  }).timeout(10_000);
});

/** One to three changes: a byte set, a bit flipped, the end cut, bytes put in, taken out or repeated. */
function mutate(source: Buffer, pick: (size: number) => number): Buffer {
  let file = Buffer.from(source);
  for (let changes = 1 + pick(3); changes > 0 && file.length > 0; changes--) {
    // Half of the changes fall into the header, where they matter most.
    const at = pick(2) === 0 ? pick(file.length) : pick(Math.min(file.length, 160));
    const length = 1 + pick(8);
    switch (pick(8)) {
      case 0:
      case 1:
        file[at] = pick(256);
        break;
      case 2:
      case 3:
        file[at] ^= 1 << pick(8);
        break;
      case 4:
        file = file.subarray(0, at);
        break;
      case 5:
        file = Buffer.concat([file.subarray(0, at), Buffer.alloc(length, pick(256)), file.subarray(at)]);
        break;
      case 6:
        file = Buffer.concat([file.subarray(0, at), file.subarray(at + length)]);
        break;
      default:
        file = Buffer.concat([file.subarray(0, at + length), file.subarray(at)]);
    }
  }
  return file;
}

describe("layOutSafetensors", () => {
  it("asks for bytes only when their turn comes", () => {
    const asked: string[] = [];
    const source = (name: string): readonly [string, TensorSource] => [
      name,
      { dtype: "U8", shape: [1], bytes: () => (asked.push(name), new Uint8Array(1)) },
    ];
    const { chunks, byteLength } = layOutSafetensors([source("b"), source("a")]);
    assert.ok(byteLength > 0);
    const iterator = chunks()[Symbol.iterator]();
    iterator.next();
    assert.deepEqual(asked, []);
    iterator.next();
    assert.deepEqual(asked, ["a"]);
  });

  it("refuses what the format cannot hold", () => {
    const empty = one(new Uint8Array(0));
    assert.throws(() => layOutSafetensors([["__metadata__", empty]]), ArgumentError);
    assert.throws(
      () =>
        layOutSafetensors([
          ["a", empty],
          ["a", empty],
        ]),
      /names that differ/,
    );
    assert.throws(() => layOutSafetensors([["\ud800", empty]]), /half a surrogate pair/);
    assert.throws(() => layOutSafetensors([], [["k", "\udc00"]]), /half a surrogate pair/);
    assert.throws(() => layOutSafetensors([["a", { ...empty, shape: [-1] }]]), /got U8 \[-1\]/);
    assert.throws(() => layOutSafetensors([["a", { ...empty, shape: [1.5] }]]), /got U8 \[1\.5\]/);
    assert.throws(() => write([["a", { ...empty, shape: [3] }]]), /expected 3 bytes for a, got 0/);
  });
});

describe("readSafetensors", () => {
  let temporary: string;
  before(() => (temporary = mkdtempSync(join(tmpdir(), "gradtape-safetensors-"))));
  after(() => rmSync(temporary, { recursive: true }));

  it("reads from disk what parsing reads from memory", () => {
    for (const { file } of golden.files) {
      const path = new URL(file, folder).pathname;
      const [read, parsed] = [readSafetensors(path), parseSafetensors(contentsOf(file), file)];
      assert.deepEqual(read.metadata, parsed.metadata);
      assert.deepEqual([...read.tensors.keys()], [...parsed.tensors.keys()]);
      for (const [name, { bytes }] of read.tensors)
        assert.deepEqual(Buffer.from(bytes), parsed.tensors.get(name)?.bytes);
    }
  });

  it("refuses a cut file, a folder and a pipe", () => {
    const cut = join(temporary, "cut.safetensors");
    writeFileSync(cut, contentsOf("numpy.safetensors").subarray(0, -1));
    assert.throws(() => readSafetensors(cut), SafetensorsError);
    assert.throws(() => readSafetensors(temporary), /expected a file, got a folder/);
    const pipe = join(temporary, "pipe");
    execFileSync("mkfifo", [pipe]);
    assert.throws(() => readSafetensors(pipe), /expected a file, got a device or pipe/);
    assert.throws(() => readSafetensors(join(temporary, "none")), { code: "ENOENT" });
  });
});
