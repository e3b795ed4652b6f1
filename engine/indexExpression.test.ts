// Slices as Python reads them, exhaustively for small sizes; and what indices take of a shape.
import assert from "node:assert/strict";
import { parseSlice, planIndex } from "./indexExpression.js";

/** Python's slice.indices, from its definition: the indices that a slice visits. */
function visited(start: number | undefined, stop: number | undefined, step: number, size: number): number[] {
  const place = (i: number) => (i < 0 ? Math.max(i + size, 0) : Math.min(i, size));
  const out: number[] = [];
  for (let i = start === undefined ? 0 : place(start); i < (stop === undefined ? size : place(stop)); i += step)
    out.push(i);
  return out;
}

describe("index expressions", () => {
  it("read slices as Python does", () => {
    const bounds = [undefined, -9, -4, -3, -1, 0, 1, 2, 3, 4, 9];
    for (const size of [0, 1, 3, 4]) {
      for (const start of bounds) {
        for (const stop of bounds) {
          for (const step of [undefined, 1, 2, 3, 7]) {
            const text = `${start ?? ""}:${stop ?? ""}${step === undefined ? "" : `:${step}`}`;
            const { begin, end, step: by } = parseSlice("get", text, size);
            assert.ok(begin >= 0 && begin <= end && end <= size && by >= 1, text);
            assert.deepEqual(
              visited(begin, end, by, size),
              visited(start, stop, step ?? 1, size),
              `${text} of ${size}`,
            );
          }
        }
      }
    }
  });

  it("allow spaces and empty parts", () => {
    assert.deepEqual(parseSlice("get", " 1 : -1 : ", 4), { begin: 1, end: 3, step: 1, one: false });
    assert.deepEqual(parseSlice("get", "::", 4), { begin: 0, end: 4, step: 1, one: false });
  });

  it("refuse what is no slice", () => {
    for (const text of ["", "1", "a:b", "1:2:3:4", "1.5:", ":0x2", "..", "1:2:0", "::-1"]) {
      assert.throws(() => parseSlice("get", text, 4), { name: "ArgumentError" }, JSON.stringify(text));
    }
  });

  it("give dots the dims that are left", () => {
    const kinds = (...indices: Parameters<typeof planIndex>[2]) =>
      planIndex("get", [2, 3, 4], indices).places.map((place) => place.kind);
    assert.deepEqual(kinds("...", 1), ["kept", "kept"]);
    assert.deepEqual(kinds(1, "...", null), ["kept", "kept", "new"]);
    assert.deepEqual(kinds("...", [0, 1]), ["kept", "kept", "picked"]);
    assert.deepEqual(
      kinds([
        [true, false, true],
        [true, true, true],
      ]),
      ["masked", "kept"],
    );
    assert.deepEqual(kinds(0, 0, 0, "..."), []);
    assert.deepEqual(kinds(true, ":"), ["flag", "kept", "kept", "kept"]);
  });
});
