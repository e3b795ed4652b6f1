// How tensors and devices show themselves, and what JavaScript's own syntax does with them.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { ArgumentError, F, ShapeError, type Tensor, device, ones, optim, tensor, zeros } from "../../engine/index.js";

describe("tensors in JavaScript", () => {
  it("print their values in templates and by console.log", () => {
    const x = tensor([[1, 2.5]]);
    // eslint-disable-next-line @typescript-eslint/restrict-template-expressions -- what is tested
    assert.equal(`${x}`, "tensor([[1.0000, 2.5000]])");
    assert.equal(inspect({ x }), "{ x: tensor([[1.0000, 2.5000]]) }");
    assert.equal(inspect(device("cpu:1")), "device(type='cpu', index=1)");
    assert.equal(JSON.stringify({ on: device("cpu") }), '{"on":"cpu"}');
  });

  it("compare with numbers, and refuse +", () => {
    assert.ok(tensor(3) > (2 as unknown as Tensor));
    assert.throws(
      () => (tensor([1]) as unknown as number) + 1,
      (e: Error) => e instanceof ArgumentError && /a\.add\(b\)/.test(e.message),
    );
    assert.throws(() => Number(ones([2])), ArgumentError);
  });

  it("give their rows one by one", () => {
    const x = zeros([2, 2]);
    for (const row of x) row.fill_(7);
    assert.deepEqual(x.toArray(), [[7, 7], [7, 7]]); // prettier-ignore
    assert.throws(() => [...tensor(1)], ArgumentError);
  });

  it("name the operation that the user wrote", () => {
    assert.throws(
      () => ones([3]).view(2, 2),
      (e: Error) =>
        e instanceof ShapeError && /^view: expected a shape of 3 elements for \[3\], got \[2, 2\]$/.test(e.message),
    );
    assert.throws(() => new optim.SGD([ones([1])], { lr: -1 }), /SGD: expected lr >= 0, got -1/);
  });

  it("begin the stack of an error at the user's line", () => {
    try {
      ones([2, 3]).matmul(ones([2, 3]));
      assert.fail("it must throw");
    } catch (error) {
      assert.match(((error as Error).stack ?? "").split("\n")[1], /showing\.test\.ts:\d+:\d+/);
    }
  });

  it("warn of a loss between shapes that are broadcast", async () => {
    const heard = new Promise<Error>((resolve) => process.once("warning", resolve));
    F.mseLoss(ones([4, 1]), ones([4]));
    assert.match((await heard).message, /mseLoss: the target's shape \[4\] differs from the input's \[4, 1\]/);
  });
});
