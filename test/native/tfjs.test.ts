import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Rank, Tensor } from "@tensorflow/tfjs-node";
import { openTfjs } from "../../engine/backend/tfjs.js";
import { readRunFiles } from "./runFiles.js";
import { savedModelOf } from "./savedModel.js";
import { dtypes } from "./dtypes.js";
import {
  collectGarbage,
  floats,
  hold,
  kernel,
  openNative,
  Owner,
  readFloats,
  release,
  thrown,
  libraryPath,
} from "./openNative.js";

interface Binding {
  createTensor(shape: unknown, dtype: number, data: unknown): number;
  deleteTensor(id: number): void;
  executeOp(
    op: string,
    attrs: unknown,
    inputs: unknown,
    outputs: unknown,
  ): { id: number; shape: number[]; dtype: number }[];
  tensorDataSync(id: number): unknown;
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
  readonly TF_Version: string;
  readonly [constant: `TF_${string}`]: unknown;
}

describe("tfjs-node on the native addon", () => {
  const native = openNative();
  const { tf, toTfjs, fromTfjs } = openTfjs(openNative);
  const binding = createRequire(import.meta.url)("../../dist/native/gradtape.node") as Binding;
  afterEach(() => release(native));

  const values = (tensor: { dataSync(): ArrayLike<number> }) => Array.from(tensor.dataSync());
  const near = (actual: readonly number[], expected: readonly number[]) => {
    assert.equal(actual.length, expected.length);
    actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-4, `${value} and ${expected[i]}`));
  };

  it("is its only backend, on our one copy of TensorFlow", () => {
    assert.equal(tf.getBackend(), "tensorflow");
    assert.equal(binding.TF_Version, native.version());
    assert.equal(
      binding.isUsingGpuDevice(),
      native.load({ library: libraryPath(), cpuDevices: 2, gpuMemoryGrowth: true }).some(({ type }) => type === "GPU"),
    );
  });

  it("multiplies matrices", () => {
    const product = tf.matMul(
      tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
      tf.tensor2d([
        [5, 6],
        [7, 8],
      ]),
    );
    assert.deepEqual(values(product), [19, 22, 43, 50]);
  });

  it("differentiates", () => {
    const gradient = tf.grad((x) => tf.sum(tf.mul(tf.sin(x), x)));
    near(
      values(gradient(tf.tensor1d([0, 1, 2]))),
      [0, 1, 2].map((x) => Math.sin(x) + x * Math.cos(x)),
    );
  });

  it("convolves, pools, and trains a small network", async () => {
    const image = tf.tensor4d(
      Array.from({ length: 16 }, (_, i) => i),
      [1, 4, 4, 1],
    );
    const ones = tf.ones<Rank.R4>([2, 2, 1, 1]);
    assert.deepEqual(values(tf.conv2d(image, ones, 2, "valid")), [10, 18, 42, 50]);
    assert.deepEqual(values(tf.maxPool(image, 2, 2, "valid")), [5, 7, 13, 15]);
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: "zeros" })],
    });
    model.compile({ optimizer: tf.train.sgd(0.1), loss: "meanSquaredError" });
    const x = tf.tensor2d([[0], [1], [2], [3]]);
    const history = await model.fit(x, tf.add(tf.mul(x, 2), 1), { epochs: 60, verbose: 0 });
    const losses = history.history.loss as number[];
    assert.ok(losses[59] < losses[0] / 100, `the loss fell from ${losses[0]} to ${losses[59]}`);
  });

  it("encodes and decodes images", async () => {
    const pixels = Int32Array.from({ length: 5 * 4 * 3 }, (_, i) => (i * 37) % 256);
    const image = tf.tensor3d(pixels, [5, 4, 3], "int32");
    const png = await tf.node.encodePng(image);
    assert.deepEqual([...png.subarray(1, 4)], [0x50, 0x4e, 0x47]);
    const decoded = tf.node.decodePng(png);
    assert.deepEqual(decoded.shape, [5, 4, 3]);
    assert.deepEqual(values(decoded), [...pixels]);
    const jpeg = await tf.node.encodeJpeg(image);
    assert.deepEqual(tf.node.decodeImage(jpeg).shape, [5, 4, 3]);
  });

  it("keeps strings", () => {
    const texts = tf.tensor1d(["short", "", "ü".repeat(1000)]);
    const joined = tf.concat([texts, texts]);
    assert.deepEqual(joined.dataSync<"string">(), ["short", "", "ü".repeat(1000), "short", "", "ü".repeat(1000)]);
  });

  it("writes TensorBoard's files", () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "gradtape-board-"));
    try {
      const writer = tf.node.summaryFileWriter(folder);
      writer.scalar("loss", 0.5, 1);
      writer.histogram("weights", tf.tensor1d([1, 2, 3]), 1);
      writer.flush();
      assert.match(readdirSync(folder)[0], /tfevents/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("loads and runs a SavedModel", async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "gradtape-model-"));
    try {
      writeFileSync(path.join(folder, "saved_model.pb"), savedModelOf({ x: "input", y: "twice" }));
      const model = await tf.node.loadSavedModel(folder);
      const output = model.predict(tf.tensor1d([1, 2, 3])) as Tensor;
      assert.deepEqual(values(output), [2, 4, 6]);
      const named = model.predict({ x: tf.tensor1d([4]) }) as Record<string, Tensor>;
      assert.deepEqual(values(named.y), [8]);
      assert.equal(tf.node.getNumOfSavedModels(), 1);
      model.dispose();
      assert.equal(tf.node.getNumOfSavedModels(), 0);
      await assert.rejects(tf.node.loadSavedModel(path.join(folder, "nowhere")));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("sees Gradtape's tensors without a copy, and Gradtape sees its", () => {
    const length = 50_000;
    const id = floats(
      native,
      Array.from({ length }, (_, i) => i),
      [length],
    );
    collectGarbage();
    const bytes = native.memory(0).bytes;
    const shown = toTfjs(id);
    assert.deepEqual([shown.shape, shown.dtype], [[length], "float32"]);
    const back = hold((out) => fromTfjs(shown, out));
    assert.equal(native.memory(0).bytes, bytes);
    // Only a test may write here: it shows that all three are the same memory.
    new Float32Array(native.view(id))[3] = -7;
    assert.equal(new Float32Array(native.view(back))[3], -7);
    assert.equal(shown.dataSync()[3], -7);
    const sum = tf.sum(shown);
    const own = hold((out) => fromTfjs(sum, out));
    const twice = hold((out) => native.execute(kernel(native, "AddV2", 2), 0, out, own, own));
    const expected = length * (length - 1) - 20;
    assert.ok(Math.abs(readFloats(native, twice)[0] / expected - 1) < 1e-5);
    // Each side frees by its own rules.
    native.free(id);
    assert.equal(shown.dataSync()[3], -7);
    shown.dispose();
    assert.equal(native.item(back, 3), -7);
  });

  it("takes values that tfjs still holds in JavaScript", () => {
    const id = hold((out) => fromTfjs(tf.tensor2d([[1, 2]], [1, 2], "int32"), out));
    assert.deepEqual(native.info(id).dims, [1, 2]);
    assert.equal(native.item(id, 1), 2);
  });

  it("refuses dtypes that tfjs has not", () => {
    const id = hold((out) => native.create(dtypes.float64, [1], 0, out, Float64Array.of(1)));
    assert.throws(() => toTfjs(id), /expected float32/);
  });

  it("is recorded like Gradtape's own operations", () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "gradtape-recorder-"));
    try {
      native.openRecorder(folder);
      tf.exp(tf.tensor1d([1]));
      assert.equal(readRunFiles(folder).operations.at(-1)?.name, "Exp");
    } finally {
      native.closeRecorder();
      rmSync(folder, { recursive: true });
    }
  });

  it("counts its tensors and frees them", () => {
    const before = binding.getNumOfTensors();
    const a = binding.createTensor([2], binding.TF_FLOAT as number, Float32Array.of(1, 2));
    assert.equal(binding.getNumOfTensors(), before + 1);
    binding.deleteTensor(a);
    assert.equal(binding.getNumOfTensors(), before);
    assert.equal(thrown(() => binding.deleteTensor(a)).code, "GRADTAPE");
  });

  it("holds to tfjs's dtypes and attributes, and never ends the process", () => {
    assert.deepEqual(
      ["FLOAT", "INT32", "INT64", "BOOL", "COMPLEX64", "STRING", "RESOURCE", "UINT8"].map(
        (name) => binding[`TF_${name}`],
      ),
      [1, 3, 9, 10, 8, 7, 20, 4],
    );
    assert.deepEqual(
      ["STRING", "INT", "FLOAT", "BOOL", "TYPE", "SHAPE"].map((name) => binding[`TF_ATTR_${name}`]),
      [0, 1, 2, 3, 4, 5],
    );
    assert.equal(thrown(() => binding.createTensor([2], 3, new Int32Array(3))).code, "GRADTAPE");
    assert.equal(thrown(() => binding.createTensor([1], 1000, new Int32Array(1))).code, "GRADTAPE");
    assert.equal(thrown(() => binding.createTensor([2], 1, new Int32Array(2))).code, "GRADTAPE");
    assert.equal(thrown(() => binding.createTensor([2], 7, [new Uint8Array(1)])).code, "GRADTAPE");
    assert.equal(thrown(() => binding.createTensor([1], 7, [new Float32Array(1)])).code, "GRADTAPE");
    const a = binding.createTensor([2, 2], 1, Float32Array.of(1, 2, 3, 4));
    const t = (type: number, value: unknown) => [{ name: "T", type, value }];
    for (const attrs of [
      null,
      [null],
      ...[null, true, 1, {}, [1, 2, 3]].map((value) => t(0, value)),
      t(4, 999),
      t(9, 1),
    ]) {
      assert.ok(thrown(() => binding.executeOp("MatMul", attrs, [a, a], 1)).message);
    }
    for (const inputs of [[], [a], [a, a, a], [99999], null]) {
      assert.ok(thrown(() => binding.executeOp("MatMul", t(4, 1), inputs, 1)).message);
    }
    for (const outputs of [null, -1, 1e9, 0]) {
      assert.ok(thrown(() => binding.executeOp("MatMul", t(4, 1), [a, a], outputs)).message);
    }
    assert.ok(thrown(() => binding.executeOp(null as never, [], [], 1)).message);
    assert.deepEqual(
      binding.tensorDataSync(binding.executeOp("MatMul", t(4, 1), [a, a], 1)[0].id),
      Float32Array.of(7, 10, 15, 22),
    );
    const owner = new Owner();
    assert.equal(thrown(() => native.fromTfjs(99999, owner)).code, "GRADTAPE");
    binding.deleteTensor(a);
  });
});
