import assert from "node:assert/strict";
import { hasFastPath } from "./fastPath.js";

class Plain {
  get(): number {
    return 1;
  }
}
class Fast extends Plain {
  raw(): number {
    return 1;
  }
}
class Overridden extends Fast {
  override get(): number {
    return 2;
  }
}
class FastAgain extends Overridden {
  override raw(): number {
    return 2;
  }
}

describe("fastPath", () => {
  it("takes the fast method unless the plain one was overridden after it", () => {
    const fast = (object: object) => hasFastPath(object, "get", "raw");
    assert.equal(fast(new Plain()), false);
    assert.equal(fast(new Fast()), true);
    assert.equal(fast(new (class extends Fast {})()), true);
    assert.equal(fast(new Overridden()), false);
    assert.equal(fast(new FastAgain()), true);
    assert.equal(fast(Object.assign(new Fast(), { get: () => 3 })), false);
    assert.equal(fast({ get: () => 1, raw: () => 1 }), true);
    assert.equal(fast({ get: () => 1, raw: undefined }), false);
  });
});
