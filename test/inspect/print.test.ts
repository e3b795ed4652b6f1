import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { DTypeName } from "../../engine/protocol.js";
import { formatTensor, type PrintOptions } from "../../engine/inspect/print.js";

interface Case {
  readonly name: string;
  readonly dtype: DTypeName;
  readonly shape: readonly number[];
  /** Base64. */
  readonly data: string;
  readonly options: PrintOptions;
  readonly text: string;
}

/** Made by PyTorch: see make.py there. */
const golden = JSON.parse(readFileSync(new URL("../golden/print/cases.json", import.meta.url), "utf8")) as {
  readonly torch: string;
  readonly cases: readonly Case[];
};

describe(`formatTensor prints as PyTorch ${golden.torch}`, () => {
  for (const { name, dtype, shape, data, options, text } of golden.cases) {
    it(name, () => {
      const raw = {
        data: new Uint8Array(Buffer.from(data, "base64")).buffer,
        dtype,
        shape,
        layout: "strided",
      } as const;
      assert.equal(formatTensor(raw, options), text);
    });
  }

  it("reads nhwc memory in logical order", () => {
    const shape = [2, 3, 2, 2];
    const logical = Float32Array.from({ length: 24 }, (_, i) => i / 2);
    const physical = new Float32Array(24);
    for (let i = 0; i < 24; i++) {
      const [n, c, h, w] = [Math.floor(i / 12), Math.floor(i / 4) % 3, Math.floor(i / 2) % 2, i % 2];
      physical[((n * 2 + h) * 2 + w) * 3 + c] = logical[i];
    }
    const expected = formatTensor({ data: logical.buffer, dtype: "float32", shape, layout: "strided" });
    assert.equal(formatTensor({ data: physical.buffer, dtype: "float32", shape, layout: "nhwc" }), expected);
  });

  it("names operations as classes", () => {
    const raw = { data: new Float32Array([1]).buffer, dtype: "float32", shape: [1], layout: "strided" } as const;
    assert.equal(formatTensor(raw, { gradFn: "maxPool2d" }), "tensor([1.], gradFn=<MaxPool2d>)");
  });

  it("refuses bytes that do not fit the shape", () => {
    assert.throws(
      () => formatTensor({ data: new ArrayBuffer(8), dtype: "float32", shape: [3], layout: "strided" }),
      /print: expected 12 bytes for float32 \[3\], got 8/,
    );
  });
});
