import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError, Device, DeviceError, ones, randn, tensor, type Tensor } from "../../engine/index.js";
import { dtypes } from "../../engine/dtype.js";
import {
  layOutSafetensors,
  readSafetensors,
  SafetensorsError,
  type TensorSource,
} from "../../engine/io/safetensors.js";
import { CheckpointError, load, save } from "../../engine/io/save.js";
import { seededRandom } from "../support/random.js";

describe("save and load", function () {
  this.timeout(30_000); // many files, each waited for until it is on the disk
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), "gradtape-save-"));
    file = join(folder, "a.safetensors");
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const through = <T>(value: T): T => {
    save(value, file);
    return load<T>(file);
  };
  const same = (a: Tensor, b: Tensor) => {
    assert.deepEqual(
      [a.shape, a.dtype, a.device.name, a.requiresGrad],
      [b.shape, b.dtype, b.device.name, b.requiresGrad],
    );
    assert.deepEqual(a.toBytes(), b.toBytes());
  };
  const writeFile = (
    tensors: Iterable<readonly [string, TensorSource]>,
    metadata?: Iterable<readonly [string, string]>,
  ) => fs.writeFileSync(file, Buffer.concat([...layOutSafetensors(tensors, metadata).chunks()]));

  it("keeps tensors of every dtype and rank bit for bit", () => {
    for (const dtype of dtypes) {
      for (const shape of [[], [0], [5], [2, 3], [2, 0, 3], [1, 2, 3, 2]]) {
        const x = randn(shape).mul(3).to(dtype);
        const back = through({ x }).x;
        same(back, x);
      }
    }
  });

  it("keeps what training keeps", () => {
    const weight = randn([3, 2]).requiresGrad_();
    const losses = Array.from({ length: 1000 }, (_, i) => 1 / (i + 1));
    const checkpoint = {
      model: { "fc.weight": weight, "fc.bias": ones([3]) },
      optimiser: { state: new Map([[0, { momentum: randn([3, 2]) }]]), paramGroups: [{ lr: 0.01, params: [0, 1] }] },
      epoch: 3,
      best: NaN,
      losses,
    };
    const back = through(checkpoint);
    same(back.model["fc.weight"], weight);
    assert.ok(back.model["fc.weight"].isLeaf);
    same(back.model["fc.bias"], checkpoint.model["fc.bias"]);
    same(back.optimiser.state.get(0)!.momentum, checkpoint.optimiser.state.get(0)!.momentum);
    assert.deepEqual(back.optimiser.paramGroups, checkpoint.optimiser.paramGroups);
    assert.deepEqual([back.epoch, back.best, back.losses], [3, NaN, losses]);
  });

  it("names tensors so that others can read them", () => {
    save({ model: { "conv1.weight": ones([2]) }, losses: new Array<number>(50).fill(1) }, file);
    const { tensors, metadata } = readSafetensors(file);
    assert.deepEqual(
      [...tensors].map(([name, { dtype }]) => [name, dtype]),
      [
        ["losses", "F64"],
        ["model.conv1.weight", "F32"],
      ],
    );
    assert.equal(metadata.get("format"), "pt");
    assert.deepEqual(JSON.parse(metadata.get("gradtape")!), {
      version: 1,
      value: { model: { "conv1.weight": { $tensor: "model.conv1.weight" } }, losses: { $numbers: "losses" } },
    });
  });

  it("stores a tensor that occurs twice once, also through detach", () => {
    const x = randn([100]).requiresGrad_();
    const back = through({ a: x, b: x, c: x.detach(), d: x.detach() });
    assert.deepEqual([...readSafetensors(file).tensors.keys()], ["a"]);
    assert.equal(back.a, back.b);
    assert.equal(back.c, back.d);
    assert.deepEqual([back.a.requiresGrad, back.c.requiresGrad], [true, false]);
    same(back.c, x.detach());
  });

  it("keeps views of one memory views of it", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const value = {
      flat: x.view(6),
      x,
      row: x.select(0, 1),
      turned: x.t(),
      corner: x.t().narrow(0, 1, 2).select(1, 0),
    };
    const back = through(value);
    assert.deepEqual([...readSafetensors(file).tensors.keys()], ["flat"]);
    for (const [name, tensor] of Object.entries(value)) same(back[name as "x"], tensor);
    back.row.mul_(10);
    assert.deepEqual(back.x.toArray(), [
      [1, 2, 3],
      [40, 50, 60],
    ]);
    assert.deepEqual(back.flat.toArray(), [1, 2, 3, 40, 50, 60]);
    back.corner.zero_();
    assert.deepEqual(back.turned.toArray(), [
      [1, 40],
      [0, 50],
      [0, 60],
    ]);
    // A graph goes through them as through others.
    back.x.requiresGrad = true;
    back.x.view(6).sum().backward();
    assert.deepEqual(back.x.grad?.shape, [2, 3]);
  });

  it("keeps what shares memory through detach, and splits of a memory that is saved by its parts alone", () => {
    const weight = randn([4]).requiresGrad_();
    const [a, b] = randn([2, 3]).unbind(0);
    const back = through({ weight, data: weight.detach(), a, b, again: a.detach().requiresGrad_() });
    assert.deepEqual([...readSafetensors(file).tensors.keys()].sort(), ["a", "weight"]);
    back.data.zero_();
    assert.deepEqual(back.weight.toArray(), [0, 0, 0, 0]);
    assert.deepEqual([back.weight.requiresGrad, back.data.requiresGrad], [true, false]);
    same(back.a, a);
    same(back.b, b);
    back.b.zero_();
    same(back.again.detach(), a);
    back.a.zero_();
    assert.deepEqual([back.again.toArray(), back.again.requiresGrad], [[0, 0, 0], true]);
  });

  it("stores a view alone without the rest of its memory, and stretched tensors by their values", () => {
    const x = randn([100, 3]);
    const back = through({ row: x.select(0, 7), wide: randn([1, 2]).expand(3, 2) });
    assert.deepEqual(
      [...readSafetensors(file).tensors].map(([name, { shape }]) => [name, shape]),
      [
        ["row", [3]],
        ["wide", [3, 2]],
      ],
    );
    same(back.row, x.select(0, 7));
    // Windows that overlap would be many times as large as their memory.
    const line = randn([64]);
    const windows = Array.from({ length: 16 }, (_, i) => line.narrow(0, i, 48));
    through({ windows }).windows.forEach((window, i) => same(window, windows[i]));
    assert.equal(readSafetensors(file).tensors.size, 16);
  });

  it("refuses parts that are none of the stored memory, or many times as large", () => {
    const box = (begin: number, end: number, step = 1, drop = 0) => ({
      box: { begin: [begin], end: [end], step: [step], drop },
    });
    const parts: readonly (readonly unknown[])[] = [
      [[box(0, 9)]],
      [[box(3, 2)]],
      [[box(0, 4, 0)]],
      [[box(0, 4, 1, 1)]],
      [[box(0, 1, 1, 2)]],
      [[{ box: { begin: [0, 0], end: [1, 1], step: [1, 1], drop: 0 } }]],
      [[{ shape: [5] }]],
      [[{ shape: [2 ** 40, 2 ** 40] }]],
      [[{ permute: [1] }]],
      [[{ permute: [0, 0] }]],
      [[{ expand: [4] }]],
      [[{}]],
      [{}],
      [7],
      [Array.from({ length: 17 }, () => ({ shape: [4] }))],
      Array.from({ length: 40 }, (_, i) => [
        ...Array.from({ length: i % 8 }, () => box(0, 4)),
        box(0, 4),
        { shape: [1, 4] },
      ]),
    ];
    for (const one of parts) {
      const value = one.map((part) => ({ $tensor: "a", part }));
      writeFile(
        [["a", { dtype: "F32", shape: [4], bytes: new Uint8Array(16) }]],
        [["gradtape", JSON.stringify({ version: 1, value })]],
      );
      assert.throws(
        () => load(file),
        (e) =>
          e instanceof CheckpointError &&
          /expected steps to parts of "a", \[4\], got .* in .*a\.safetensors/.test(e.message),
        JSON.stringify(one).slice(0, 100),
      );
    }
    const deep = { dtype: "F32", shape: new Array<number>(255).fill(1), bytes: new Uint8Array(4) } as const;
    writeFile([["a", deep]]);
    assert.throws(() => load(file), /CheckpointError: load: expected at most 254 dimensions for "a", got 255/);
  });

  it("saves the present values of views and of tensors changed in place", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const flat = x.view([4]);
    x.mul_(10);
    const back = through({ x, flat, turned: x.t() });
    assert.deepEqual(back.x.toArray(), [
      [10, 20],
      [30, 40],
    ]);
    assert.deepEqual(back.flat.toArray(), [10, 20, 30, 40]);
    assert.deepEqual(back.turned.toArray(), [
      [10, 30],
      [20, 40],
    ]);
  });

  it("returns tensors to their device, or where mapLocation says", () => {
    const value = { a: ones([2], { device: "cpu:1" }), b: ones([2]) };
    const devices = (options?: Parameters<typeof load>[1]) => {
      const { a, b } = load<typeof value>(file, options);
      return [a.device.name, b.device.name];
    };
    save(value, file);
    assert.deepEqual(devices(), ["cpu:1", "cpu"]);
    assert.deepEqual(devices({ mapLocation: "cpu" }), ["cpu", "cpu"]);
    assert.deepEqual(devices({ mapLocation: value.a.device }), ["cpu:1", "cpu:1"]);
    assert.deepEqual(devices({ mapLocation: { "cpu:1": "cpu" } }), ["cpu", "cpu"]);
    assert.deepEqual(devices({ mapLocation: (from) => (from === "cpu" ? "cpu:1" : "cpu") }), ["cpu", "cpu:1"]);
    assert.throws(() => devices({ mapLocation: "cuda:7" }), DeviceError);
  });

  it("says what to do when the device is not there", () => {
    const description = JSON.stringify({ version: 1, value: { $tensor: "a", device: "cuda:7" } });
    writeFile([["a", { dtype: "F32", shape: [], bytes: new Uint8Array(4) }]], [["gradtape", description]]);
    assert.throws(
      () => load(file),
      (error) => {
        assert.ok(error instanceof DeviceError);
        assert.match(
          error.message,
          /^load: expected "cuda:7", where it was saved from, got no such device\. load\(file, \{ map/,
        );
        return true;
      },
    );
    assert.ok(load<Tensor>(file, { mapLocation: "cpu" }).device instanceof Device);
  });

  it("reads files of other origin as tensors by name", () => {
    const golden = new URL("../golden/safetensors/names.safetensors", import.meta.url).pathname;
    const tensors = load<Record<string, Tensor>>(golden);
    assert.ok(Object.keys(tensors).includes("__proto__"));
    assert.equal(Object.getPrototypeOf(tensors), Object.prototype);
    for (const key of Object.keys(tensors)) {
      const value = Object.getOwnPropertyDescriptor(tensors, key)?.value as Tensor;
      assert.deepEqual([value.dtype, value.toArray()], ["int8", [0]]);
    }
  });

  it("reads bools of any byte as 0 and 1", () => {
    writeFile([["a", { dtype: "BOOL", shape: [3], bytes: new Uint8Array([0, 1, 7]) }]]);
    assert.deepEqual([...load<{ a: Tensor }>(file).a.toBytes()], [0, 1, 1]);
  });

  it("leaves the old checkpoint when a value cannot be saved", () => {
    save({ epoch: 1 }, file);
    assert.throws(() => save({ epoch: 2, model: { stateDict: () => ({}) } }, file), ArgumentError);
    assert.throws(() => save({ x: ones([2], { device: "meta" }) }, file), /meta/);
    assert.deepEqual(load(file), { epoch: 1 });
    assert.deepEqual(fs.readdirSync(folder), ["a.safetensors"]);
  });

  it("explains in one paragraph what is no checkpoint", () => {
    const refusal = (contents: string | Uint8Array, kind: new (...args: never[]) => Error, words: RegExp) => {
      fs.writeFileSync(file, contents);
      assert.throws(
        () => load(file),
        (error) => {
          assert.ok(error instanceof kind, String(error));
          assert.match(error.message, words);
          assert.ok(error.message.includes(file) && !error.message.includes("\n"));
          return true;
        },
      );
    };
    refusal("", SafetensorsError, /^safetensors: expected at least 8 bytes, got a file of 0/);
    refusal(
      "PK\x03\x04 and more of it",
      CheckpointError,
      /^load: expected a safetensors file, got an archive of torch\.save/,
    );
    refusal(Buffer.from([0x80, 2, 0x7d, 0, 0, 0, 0, 0, 0]), CheckpointError, /got a pickle of Python/);
    refusal(Buffer.from("\x89HDF\r\n\x1a\n and more", "latin1"), CheckpointError, /got an HDF5 file of Keras/);
    save({ x: ones([1000]) }, file);
    refusal(
      fs.readFileSync(file).subarray(0, 2000),
      SafetensorsError,
      /bytes of data, got .* The file is cut, damaged/,
    );
    const described = (text: string) => {
      const { chunks } = layOutSafetensors([], [["gradtape", text]]);
      return Buffer.concat([...chunks()]);
    };
    refusal(described("{"), CheckpointError, /^load: expected a description in JSON, got other text/);
    refusal(described('{"version":2,"value":1}'), CheckpointError, /a description of version 1, got version 2/);
    refusal(described("null"), CheckpointError, /of version 1, got version undefined/);
    refusal(
      described('{"version":1,"value":{"$tensor":"x"}}'),
      CheckpointError,
      /the name of a stored tensor, got "x"/,
    );
    const exotic = layOutSafetensors([["w", { dtype: "F8_E4M3", shape: [1], bytes: new Uint8Array(1) }]]);
    refusal(
      Buffer.concat([...exotic.chunks()]),
      CheckpointError,
      /a dtype that tensors here can have for "w", got F8_E4M3/,
    );
    assert.throws(
      () => load(join(folder, "none")),
      /^CheckpointError: load: expected a checkpoint, got no file at .*none/,
    );
    assert.throws(() => load(folder), /expected a file, got a folder/);
  });

  it("takes each of 300 mutated checkpoints or refuses it with an error of ours", () => {
    save(
      { model: { w: randn([4, 4]) }, epoch: 3, losses: new Float64Array(4), names: new Map([["a", [1n, NaN]]]) },
      file,
    );
    const whole = fs.readFileSync(file);
    const random = seededRandom(2);
    const header = 8 + Number(whole.readBigUInt64LE());
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      const mutated = Buffer.from(whole);
      mutated[Math.floor(random() * header)] = 32 + Math.floor(random() * 95);
      fs.writeFileSync(file, mutated);
      try {
        load(file);
      } catch (error) {
        refused++;
        const isOurs = [SafetensorsError, CheckpointError, DeviceError, ArgumentError].some(
          (kind) => error instanceof kind,
        );
        assert.ok(isOurs, String(error));
      }
    }
    assert.ok(refused > 150 && refused < 300, `${refused} of 300 were refused`);
  });
});
