import assert from "node:assert/strict";
import { hasSynchronousErrors } from "./synchronousErrors.js";

describe("hasSynchronousErrors", () => {
  const asynchronousCpu = { GRADTAPE_ASYNC_CPU: "1" };
  const blocking = { CUDA_LAUNCH_BLOCKING: "1" };
  const cases = [
    ["cpu", {}, true],
    ["cpu:1", {}, true],
    ["cpu", asynchronousCpu, false],
    ["cpu", { ...asynchronousCpu, ...blocking }, true],
    ["cuda", {}, false],
    ["cuda:0", blocking, true],
    ["cuda:0", { CUDA_LAUNCH_BLOCKING: "0" }, false],
  ] as const;
  for (const [device, environment, expected] of cases) {
    it(`is ${expected} on ${device} with ${JSON.stringify(environment)}`, () =>
      assert.equal(hasSynchronousErrors(device, environment), expected));
  }
});
