import assert from "node:assert/strict";
import { moved, moveOf, type Key } from "./keyboard.js";

const key = (name: string, change: Partial<Key> = {}): Key => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...change,
});
const size = { rows: 100, columns: 20 };
const page = { rows: 10, columns: 5 };
const go = (pressed: Key, row = 50, column = 10) => {
  const move = moveOf(pressed);
  assert.ok(move, `${pressed.key} moves`);
  return moved({ row, column }, move, size, page);
};

describe("keyboard", () => {
  it("steps, pages and goes to the edges", () => {
    assert.deepEqual(go(key("ArrowDown")), { row: 51, column: 10 });
    assert.deepEqual(go(key("ArrowLeft", { shiftKey: true })), { row: 50, column: 9 });
    assert.deepEqual(go(key("PageDown")), { row: 59, column: 10 });
    assert.deepEqual(go(key("PageUp", { altKey: true })), { row: 50, column: 6 });
    assert.deepEqual(go(key("Home")), { row: 50, column: 0 });
    assert.deepEqual(go(key("End", { ctrlKey: true })), { row: 99, column: 19 });
    assert.deepEqual(go(key("ArrowUp", { metaKey: true })), { row: 0, column: 10 });
  });

  it("stays within the grid, also an empty one", () => {
    assert.deepEqual(go(key("ArrowUp"), 0, 0), { row: 0, column: 0 });
    assert.deepEqual(go(key("PageDown"), 95, 3), { row: 99, column: 3 });
    const nothing = moved(
      { row: 0, column: 0 },
      { kind: "by", rows: 1, columns: 0 },
      { rows: 0, columns: 0 },
      { rows: 0, columns: 0 },
    );
    assert.deepEqual(nothing, { row: 0, column: 0 });
  });

  it("leaves other keys alone", () => {
    assert.equal(moveOf(key("c", { ctrlKey: true })), undefined);
    assert.equal(moveOf(key("ArrowDown", { altKey: true })), undefined);
  });
});
