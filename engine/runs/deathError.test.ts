import assert from "node:assert/strict";
import { deathError } from "./deathError.js";

const last = { op: "conv2d", step: 3, phase: "forward", at: { file: "/net.ts", line: 14 } } as const;

describe("deathError", () => {
  it("names the operation that was under way, and its line", () => {
    const death = { signal: "SIGSEGV" };
    const inside = deathError(death, { ...last, done: false });
    assert.deepEqual(inside, {
      name: "ProcessDied",
      message: "the process was ended by SIGSEGV inside conv2d",
      at: last.at,
    });
    assert.equal(deathError(death, { ...last, done: true }).message, "the process was ended by SIGSEGV after conv2d");
  });

  it("takes the last error that was printed before an exit code, but not before a signal", () => {
    const said = "TypeError: first\n    at x\nShapeError [E1]: add: expected [2], got [3]\n    at y\n";
    const shape = { name: "ShapeError", message: "add: expected [2], got [3]" };
    assert.deepEqual(deathError({ exitCode: 1, said }, undefined), shape);
    assert.equal(deathError({ signal: "SIGKILL", said }, undefined).message, "the process was ended by SIGKILL");
    assert.deepEqual(deathError({ exitCode: 1, said: "error: no such file" }, undefined), {
      name: "Error",
      message: "no such file",
    });
  });

  it("says as much as is known", () => {
    assert.equal(deathError({ exitCode: 3 }, undefined).message, "the process ended with exit code 3");
    assert.match(deathError({}, { ...last, done: false }).message, /^the process ended without a word inside conv2d: /);
  });
});
