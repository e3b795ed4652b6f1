import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DTypeError, loadNpy, NpyError, randn, saveNpy, type Tensor, tensor } from "../../engine/index.js";
import type { DType } from "../../engine/dtype.js";
import { parseNpyHeader } from "../../engine/io/npyHeader.js";

interface Golden {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: string;
  readonly fortran: boolean;
  readonly big: boolean;
  readonly version: number;
}
const folder = new URL("../golden/npy/", import.meta.url);
const pathOf = (name: string) => new URL(name, folder).pathname;
/** Written by NumPy: see make.py there. */
const golden = JSON.parse(fs.readFileSync(pathOf("index.json"), "utf8")) as {
  readonly numpy: string;
  readonly files: Readonly<Record<string, Golden>>;
  readonly refused: readonly string[];
};

const facts = (x: Tensor) => ({
  dtype: x.dtype,
  shape: x.shape,
  data: Buffer.from(x.toBytes()).toString("base64"),
});

describe(`npy beside NumPy ${golden.numpy}`, () => {
  let temporary: string;
  let file: string;
  beforeEach(() => {
    temporary = fs.mkdtempSync(join(tmpdir(), "gradtape-npy-"));
    file = join(temporary, "a.npy");
  });
  afterEach(() => fs.rmSync(temporary, { recursive: true }));

  for (const [name, { dtype, shape, data, fortran, big, version }] of Object.entries(golden.files)) {
    it(`reads ${name}`, () => assert.deepEqual(facts(loadNpy(pathOf(name))), { dtype, shape, data }));
    if (fortran || big || version !== 1 || name === "emptyMatrix.npy") continue;
    it(`writes ${name} byte for byte`, () => {
      saveNpy(file, loadNpy(pathOf(name)));
      assert.deepEqual(fs.readFileSync(file), fs.readFileSync(pathOf(name)));
    });
  }

  for (const name of golden.refused) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => loadNpy(pathOf(name)),
        (error) => {
          assert.ok(error instanceof NpyError);
          assert.equal(error.file, pathOf(name));
          assert.match(error.message, /^loadNpy: expected a (plain )?dtype .*, got .*, in .*\.npy$/);
          return true;
        },
      );
    });
  }

  it("reads into a device, requiring grad when asked", () => {
    const x = loadNpy(pathOf("float32.npy"), { device: "cpu:1", requiresGrad: true });
    assert.deepEqual([x.device.name, x.requiresGrad, x.isLeaf], ["cpu:1", true, true]);
  });

  it("writes the present values of views, of results, and of other devices", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const turned = x.t();
    x.mul_(10);
    saveNpy(file, turned.requiresGrad_().mul(1));
    assert.deepEqual(loadNpy(file).toArray(), [
      [10, 40],
      [20, 50],
      [30, 60],
    ]);
    saveNpy(file, randn([3], { device: "cpu:1" }));
    assert.equal(loadNpy(file).device.name, "cpu");
  });

  it("reads bools of any byte as 0 and 1", () => {
    const bytes = fs.readFileSync(pathOf("bool.npy"));
    bytes[bytes.length - 1] = 7;
    fs.writeFileSync(file, bytes);
    assert.equal(loadNpy(file).toBytes()[5], 1);
  });

  it("replaces a file in one step, or leaves it", () => {
    saveNpy(file, tensor([1, 2]));
    const before = fs.readFileSync(file);
    assert.throws(() => saveNpy(file, tensor([1], { dtype: "bfloat16" })), DTypeError);
    assert.throws(() => saveNpy(file, tensor([1]).to("meta")), /meta/);
    assert.throws(() => saveNpy(file, [1] as never), /saveNpy: expected a Tensor after the file's name, got object/);
    assert.deepEqual(fs.readFileSync(file), before);
    assert.deepEqual(fs.readdirSync(temporary), ["a.npy"]);
  });

  const npy = (header: string, data = 0, version = 1): Buffer => {
    const head = Buffer.alloc(version === 1 ? 10 : 12);
    head.write("\x93NUMPY", "latin1");
    head[6] = version;
    if (version === 1) head.writeUInt16LE(header.length, 8);
    else head.writeUInt32LE(header.length, 8);
    return Buffer.concat([head, Buffer.from(header), Buffer.alloc(data)]);
  };
  const header = (more: string, descr = "'<f4'") => `{'descr': ${descr}, 'fortran_order': False, 'shape': ${more}}\n`;
  const huge = "9".repeat(15);
  const refused: readonly (readonly [what: string, contents: Buffer | string, reason: RegExp])[] = [
    ["an empty file", "", /at least 10 bytes, got a file of 0/],
    ["another file", "hello, this is text", /a \.npy file, got another format/],
    ["an archive", "PK\x03\x04 and more of it", /got an archive \(\.npz\?\); unpack it first/],
    ["a pickle", Buffer.from([0x80, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), /got a pickle of Python/],
    ["format 4", npy(header("()"), 4, 4), /format 1\.0 to 3\.0, got 4\.0/],
    [
      "a header beyond the file",
      npy(header("(2,)"), 8).subarray(0, 30),
      /a header within the file's 30 bytes, got one of/,
    ],
    [
      "a huge header",
      Buffer.concat([Buffer.from("\x93NUMPY\x02\x00\xff\xff\xff\xff", "latin1"), Buffer.alloc(9)]),
      /at most 65536 bytes, got one of 4294967295/,
    ],
    ["cut data", npy(header("(2,)"), 7), /8 bytes of data for float32 \[2\], got 7/],
    ["data that are left over", npy(header("(2,)"), 9), /8 bytes of data for float32 \[2\], got 9/],
    ["a huge shape", npy(header(`(${huge},)`), 8), /3999999999999996 bytes of data/],
    ["an impossible shape", npy(header(`(${huge}, ${huge})`), 8), /sizes that fit a file/],
    ["sizes beyond 2^53", npy(header(`(0, 99999999999999999999)`)), /sizes below 2\^53, got 100000000000000000000/],
    ["255 dimensions", npy(header(`(${"1, ".repeat(255)})`), 4), /at most 254 dimensions, got 255/],
    ["a negative size", npy(header("(-1,)")), /a tuple of sizes as shape/],
    ["a number as shape", npy(header("(3)"), 12), /a tuple of sizes as shape, got \(3\)/],
    ["a call", npy(header("tuple(open('/etc/passwd'))")), /a tuple of sizes as shape, got "tuple\(open/],
    ["an expression", npy(header("(3,) * 2"), 12), /a comma or \} in the header, got "\* 2/],
    ["an object", npy(header("(1,)", "'|O'"), 8), /a dtype of float32, .*, got "\|O"/],
    ["a float without order", npy(header("(1,)", "'|f4'"), 4), /a dtype of float32/],
    ["a key twice", npy(`{'shape': (), 'shape': (), }`), /each key of the header once, got shape twice/],
    [
      "a missing key",
      npy(`{'shape': (), 'descr': '<f4'}`),
      /the keys descr, fortran_order and shape, got no fortran_order/,
    ],
    ["another key", npy(`{'code': 1}`), /one of the keys descr, fortran_order, shape/],
    ["more after the header", npy(header("()") + "import os"), /only spaces after the header's \}/],
    ["no dict", npy("[]"), /a header that begins with \{/],
    ["a header without an end", npy("{'shape': (),"), /one of the keys .* got the header's end/],
  ];
  for (const [what, contents, reason] of refused) {
    it(`refuses ${what}`, () => {
      fs.writeFileSync(file, contents, "latin1");
      assert.throws(
        () => loadNpy(file),
        (error) => {
          assert.ok(error instanceof NpyError, String(error));
          assert.match(error.reason, reason);
          assert.ok(error.message.includes(file));
          return true;
        },
      );
    });
  }

  it("refuses what is no file", () => {
    assert.throws(
      () => loadNpy(join(temporary, "none.npy")),
      /NpyError: loadNpy: expected a \.npy file, got no such file/,
    );
    assert.throws(() => loadNpy(temporary), /NpyError: loadNpy: expected a file, got a folder/);
  });

  it("reads headers as other writers put them", () => {
    const refuse = (): never => assert.fail("refused");
    for (const text of [
      `{"shape":(2,3),"descr":"<f4","fortran_order":False}`,
      ` { 'fortran_order' : False , 'shape' : ( 2L , 3L , ) , 'descr' : '<f4' , }   \n`,
    ]) {
      assert.deepEqual(parseNpyHeader(text, refuse), { descr: "<f4", fortranOrder: false, shape: [2, 3] });
    }
    assert.deepEqual(parseNpyHeader("{'descr': '|b1', 'fortran_order': True, 'shape': ()}", refuse).shape, []);
  });
});
