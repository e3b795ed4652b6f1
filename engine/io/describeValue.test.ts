import assert from "node:assert/strict";
import { ArgumentError } from "../errors.js";
import { deepest, type Description, longArray } from "./description.js";
import { describeValue, type TensorToSave } from "./describeValue.js";
import { type Parts, rebuildValue } from "./rebuildValue.js";
import type { SafetensorsTensor } from "./safetensors.js";

/** What stands for a tensor here. */
class Part {
  readonly contents: object;

  constructor(
    readonly bytes: readonly number[],
    { contents = {} }: { contents?: object } = {},
  ) {
    this.contents = contents;
  }
}

const asTensor = (value: object): TensorToSave | undefined =>
  value instanceof Part
    ? {
        source: { dtype: "U8", shape: [value.bytes.length], bytes: () => Uint8Array.from(value.bytes) },
        contents: value.contents,
        device: "cpu",
        requiresGrad: false,
      }
    : undefined;

const describing = (value: unknown) => describeValue(value, asTensor);

function parts(tensors: ReadonlyMap<string, SafetensorsTensor> = new Map<string, SafetensorsTensor>()): Parts {
  return {
    tensors,
    makeTensor: ({ bytes }) => new Part([...bytes]),
    refuse: (expected, got) => {
      throw new RangeError(`expected ${expected}, got ${got}`);
    },
  };
}

/** Through text, as a file does. */
function roundTrip(value: unknown): unknown {
  const { description, tensors } = describing(value);
  const stored = new Map<string, SafetensorsTensor>();
  for (const [name, { dtype, shape, bytes }] of tensors) {
    // One byte off: a file's bytes need not begin at a multiple of anything.
    const plain = typeof bytes === "function" ? bytes() : bytes;
    const shifted = new Uint8Array(plain.length + 1);
    shifted.set(plain, 1);
    stored.set(name, { dtype, shape, bytes: shifted.subarray(1) });
  }
  return rebuildValue(JSON.parse(JSON.stringify(description)) as Description, parts(stored));
}

describe("describing a value and rebuilding it", () => {
  const long = Array.from({ length: longArray }, (_, i) => i / 3);
  const values: Readonly<Record<string, unknown>> = {
    "plain values": { a: 1, b: "text", c: true, d: null, e: [1, [2, [3]]], f: {}, g: [], h: "" },
    "dates, of every kind": [new Date(0), new Date("2026-01-02T03:04:05.678Z"), new Date(-1e13), new Date(8.64e15)],
    "numbers that JSON has no word for": [NaN, Infinity, -Infinity, -0, 0, 1e308, 5e-324, 0.1],
    undefined: { a: undefined, b: [undefined] },
    bigints: [0n, -1n, 123456789012345678901234567890n],
    "half surrogate pairs": { "\ud800": "\udc00x" },
    maps: new Map<unknown, unknown>([
      ["a", 1],
      [1, new Map([[NaN, "b"]])],
      [{ key: 1 }, undefined],
    ]),
    sets: new Set([1, "a", new Set([2])]),
    "keys that begin with $": { $tensor: "a", $number: { $b: 1 }, plain: [{ $map: 3 }] },
    "a long array of numbers": { long, nested: [long.map((x) => -x), [...long, NaN, -0, Infinity]] },
    "a short array of numbers": long.slice(1),
    "a long array of something else": [...long, "x"],
    "every typed array": [
      new Int8Array([-1, 127]),
      new Uint8Array([255]),
      new Uint8ClampedArray([255]),
      new Int16Array([-300]),
      new Uint16Array([65535]),
      new Int32Array([-70000]),
      new Uint32Array([4e9]),
      new Float32Array([NaN, 0.5]),
      new Float64Array([0.1]),
      new BigInt64Array([-(2n ** 63n)]),
      new BigUint64Array([2n ** 64n - 1n]),
      new Float32Array(0),
    ],
    "a part of a typed array": new Float32Array([1, 2, 3, 4]).subarray(1, 3),
    tensors: { a: new Part([1, 2]), b: [new Part([])] },
  };
  for (const [what, value] of Object.entries(values)) {
    it(what, () => {
      const back = roundTrip(value);
      const withoutContents = (x: unknown) =>
        JSON.stringify(x, (key, y: unknown) => (key === "contents" ? 0 : text(y)));
      if (what === "tensors") assert.equal(withoutContents(back), withoutContents(value));
      else assert.deepEqual(back, value);
    });
  }
  const text = (x: unknown) => (typeof x === "bigint" ? String(x) : x);

  it("keeps the top whatever it is", () => {
    for (const value of [1, NaN, "a", null, undefined, true, 7n]) assert.deepEqual(roundTrip(value), value);
    assert.deepEqual([...describing(new Part([1])).tensors.keys()], ["value"]);
  });

  it("saves Node's Buffer as the bytes that it is, and a hole as undefined", () => {
    assert.deepEqual(roundTrip(Buffer.from("ab")), new Uint8Array([97, 98]));
    const holes: unknown[] = [1];
    holes[longArray + 1] = 2;
    assert.deepEqual(roundTrip(holes), Array.from(holes));
  });

  it("keeps a date that is none", () => {
    const { when } = roundTrip({ when: new Date(NaN) }) as { when: Date };
    assert.ok(when instanceof Date && Number.isNaN(when.getTime()));
  });

  it("takes __proto__ as a key like any other", () => {
    const value = JSON.parse('{"__proto__":{"polluted":1},"constructor":2,"a":{"__proto__":3}}') as object;
    const back = roundTrip(value) as Record<string, unknown>;
    assert.equal(Object.getPrototypeOf(back), Object.prototype);
    assert.deepEqual(Object.keys(back), ["__proto__", "constructor", "a"]);
    assert.equal(JSON.stringify(back), JSON.stringify(value));
    assert.equal(({} as { polluted?: number }).polluted, undefined);
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    assert.equal(Object.getPrototypeOf(roundTrip(bare)), Object.prototype);
    const dollar = JSON.parse('{"__proto__":{"x":1},"$a":1}') as object;
    assert.equal(Object.getPrototypeOf(roundTrip(dollar)), Object.prototype);
  });

  it("names tensors by their path, each name once", () => {
    const value = {
      model: { "conv1.weight": new Part([1]), fc: new Map([["bias", new Part([2])]]) },
      "a.b": new Part([3]),
      a: { b: new Part([4]), "b#2": new Part([5]) },
      losses: long,
      list: [0, new Part([6])],
      "": new Part([7]),
      __metadata__: new Part([8]),
      "\ud800": new Part([9]),
    };
    assert.deepEqual(
      [...describing(value).tensors.keys()],
      "losses model.conv1.weight model.fc.bias a.b a.b#2 a.b#2#2 list.1 value __metadata__#2 \uFFFD".split(" "),
    );
  });

  it("stores what occurs twice once, and it is one again", () => {
    const [part, typed] = [new Part([1]), new Float32Array([2])];
    const alias = new Part([1], { contents: part.contents });
    const value = { a: part, b: part, c: typed, d: typed, e: long, f: long, g: alias };
    assert.deepEqual([...describing(value).tensors.keys()], ["c", "e", "a"]);
    const back = roundTrip(value) as Record<string, unknown>;
    assert.equal(back.c, back.d);
    assert.equal(back.e, back.f);
  });

  it("stores another shape of the same contents apart", () => {
    const contents = {};
    const value = { a: new Part([1, 2], { contents }), b: new Part([1], { contents }) };
    assert.deepEqual([...describing(value).tensors.keys()], ["a", "b"]);
  });

  it("saves the same object in two places, but none inside itself", () => {
    const shared = { x: 1 };
    assert.deepEqual(roundTrip([shared, shared]), [{ x: 1 }, { x: 1 }]);
    const cycle: Record<string, unknown> = { a: {} };
    (cycle.a as Record<string, unknown>).b = cycle;
    assert.throws(
      () => describing(cycle),
      /^ArgumentError: save: expected values without cycles, got "a\.b" inside itself/,
    );
    const map = new Map<string, unknown>();
    map.set("self", map);
    assert.throws(() => describing({ map }), /got "map\.self" inside itself/);
  });

  it("refuses what is too deep", () => {
    const nest = (levels: number) => {
      let value: unknown = 1;
      for (let i = 0; i < levels; i++) value = [value];
      return value;
    };
    assert.deepEqual(roundTrip(nest(deepest)), nest(deepest));
    assert.throws(
      () => describing(nest(deepest + 1)),
      /save: expected at most 256 levels, got more at "0\.0\.0\.0\.0\.0"…/,
    );
  });

  it("says what cannot be saved, where, and what to do", () => {
    class Net {
      stateDict() {
        return {};
      }
    }
    const refused: readonly (readonly [unknown, string])[] = [
      [{ f: () => 1 }, 'got a function at "f"'],
      [[Symbol("x")], 'got a symbol at "0"'],
      [{ a: { at: new URL("file:///x") } }, 'got an object of class URL at "a.at"'],
      [{ model: new Net() }, 'got an object of class Net at "model". Save its state: model.stateDict()'],
      [new Net(), "got an object of class Net at the top. Save its state: model.stateDict()"],
      [new DataView(new ArrayBuffer(1)), "got an object of class DataView at the top"],
      [{ b: new ArrayBuffer(1) }, 'got an object of class ArrayBuffer at "b"'],
      [new (class Mine extends Float32Array {})(1), "got an object of class Mine at the top"],
      [new Map([["k", /x/]]), 'got an object of class RegExp at "k"'],
    ];
    for (const [value, words] of refused) {
      assert.throws(
        () => describing(value),
        (error) => {
          assert.ok(error instanceof ArgumentError);
          assert.equal(error.message, `save: expected plain values and Tensors, ${words}`);
          return true;
        },
      );
    }
  });
});

describe("rebuilding from a description of somebody else", () => {
  const vector = (dtype: SafetensorsTensor["dtype"], shape: readonly number[] = [1]): SafetensorsTensor => ({
    dtype,
    shape,
    bytes: new Uint8Array(8),
  });
  const tensors = new Map([
    ["f64", vector("F64")],
    ["matrix", vector("F64", [1, 1])],
    ["i64", vector("I64")],
  ]);
  const refused: readonly (readonly [Description, RegExp])[] = [
    [{ $unknown: 1 }, /a known kind of value, got "\$unknown"/],
    [{ $constructor: "f64" }, /a known kind of value/],
    [{ $tensor: "none" }, /the name of a stored tensor, got "none"/],
    [{ $tensor: 1 }, /the name of a stored tensor, got 1/],
    [{ $tensor: "f64", device: 1 }, /the name of a device, got 1/],
    [{ $tensor: "f64", requiresGrad: "x" }, /true or false for requiresGrad, got "x"/],
    [{ $numbers: "i64" }, /a vector of F64 for \$numbers, got I64 of 1 dimensions/],
    [{ $Float64Array: "matrix" }, /a vector of F64 for \$Float64Array, got F64 of 2 dimensions/],
    [{ $number: "1" }, /a special number, got "1"/],
    [{ $date: "yesterday" }, /a date as toISOString writes it, got "yesterday"/],
    [{ $date: "2026-01-02" }, /a date as toISOString writes it, got "2026-01-02"/],
    [{ $date: 5 }, /a date as toISOString writes it, got 5/],
    [{ $bigint: "1e5" }, /digits of a bigint, got "1e5"/],
    [{ $bigint: 5 }, /digits of a bigint, got 5/],
    [{ $set: 1 }, /a list, got 1/],
    [{ $map: [[1]] }, /a pair, got \[1\]/],
    [{ $map: { a: 1 } }, /a list/],
    [{ $object: [[1, 2]] }, /a string as key, got 1/],
    [{ $object: [["a", { $x: 1 }]] }, /a known kind/],
    [{ $set: "x".repeat(1000) }, /got "x{99}…$/],
  ];
  for (const [description, reason] of refused) {
    it(`refuses ${JSON.stringify(description).slice(0, 60)}`, () => {
      assert.throws(() => rebuildValue({ a: [description] }, parts(tensors)), reason);
    });
  }

  it("refuses what is too deep", () => {
    const text = "[".repeat(100_000) + "]".repeat(100_000);
    assert.throws(() => rebuildValue(JSON.parse(text) as Description, parts()), /at most 256 levels, got more/);
  });
});
