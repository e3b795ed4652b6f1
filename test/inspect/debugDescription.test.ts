// What the debugger shows beside a tensor's name. js-debug calls the description with side effects forbidden, and one
// that has any takes the descriptions of all its neighbours away.
import assert from "node:assert/strict";
import { Session } from "node:inspector/promises";
import { tensor } from "../../engine/index.js";

interface Subject {
  readonly symbol: symbol;
  readonly tensor: unknown;
}

interface Evaluated {
  readonly result: { readonly value: string };
  readonly exceptionDetails?: { readonly exception?: { readonly description?: string } };
}

describe("a tensor's description in the debugger", () => {
  const session = new Session();
  before(() => session.connect());
  after(() => {
    session.disconnect();
    delete (globalThis as { subject?: Subject }).subject;
  });

  const describe = async (subject: unknown): Promise<string> => {
    (globalThis as { subject?: Subject }).subject = { symbol: Symbol.for("debug.description"), tensor: subject };
    const expression = "subject.tensor[subject.symbol](2)";
    const answer = (await session.post("Runtime.evaluate", { expression, throwOnSideEffect: true })) as unknown;
    const { result, exceptionDetails } = answer as Evaluated;
    assert.equal(exceptionDetails, undefined, exceptionDetails?.exception?.description);
    return result.value;
  };

  it("has shape, dtype, device, gradient and a summary, and no side effect", async () => {
    const x = tensor([[1, 2, 3]], { requiresGrad: true });
    assert.equal(await describe(x), "[1, 3] f32 cpu grad");
    const y = x.mul(2);
    assert.match(await describe(y), /^\[1, 3\] f32 cpu grad \(\w+\)$/);
    const z = tensor([1, 2], { dtype: "int64" });
    z.describe("min 1");
    assert.equal(await describe(z), "[2] i64 cpu min 1");
  });
});
