import assert from "node:assert/strict";
import { createStore } from "./store.js";

describe("store", () => {
  it("tells listeners of another state, and only then", () => {
    const store = createStore({ count: 0 });
    const heard: number[] = [];
    const stop = store.subscribe(({ count }) => heard.push(count));
    store.update(({ count }) => ({ count: count + 1 }));
    store.update((state) => state);
    stop();
    store.update(() => ({ count: 9 }));
    assert.deepEqual(heard, [1]);
    assert.equal(store.get().count, 9);
  });
});
