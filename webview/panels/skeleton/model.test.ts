import assert from "node:assert/strict";
import { summaryOf } from "../../../test/support/fakeRun.js";
import { initialState, withoutRun, withRun, withRuns } from "./model.js";

describe("skeleton panel", () => {
  it("lists runs newest first and follows what changes", () => {
    const first = summaryOf({ id: "a", startedAt: 1 });
    const second = summaryOf({ id: "b", startedAt: 2 });
    const listed = withRun(withRuns(initialState, [first]), second);
    assert.deepEqual(listed, { kind: "open", runs: [second, first] });
    const ended = { ...second, state: "finished" as const };
    assert.deepEqual(withoutRun(withRun(listed, ended), "a"), { kind: "open", runs: [ended] });
    assert.equal(withRun(initialState, first), initialState);
  });
});
