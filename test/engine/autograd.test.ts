// The tape's rules, as PyTorch's: leaves, accumulation, views, in-place changes, noGrad in all its forms.
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import {
  ArgumentError,
  AutogradError,
  DTypeError,
  F,
  ShapeError,
  type Tensor,
  autograd,
  enableGrad,
  isGradEnabled,
  noGrad,
  ones,
  stack,
  tensor,
  zeros,
} from "../../engine/index.js";

const leaf = (data: number[] | number[][] | number) => tensor(data, { requiresGrad: true });
const values = (x: Tensor | undefined) => x?.toArray();

describe("autograd", () => {
  it("takes backward's options after the gradient, or alone", () => {
    const x = leaf([1, 2]);
    const loss = x.mul(x).sum();
    loss.backward({ retainGraph: true });
    loss.backward(undefined, { retainGraph: true });
    loss.backward(tensor(2));
    assert.deepEqual(values(x.grad), [8, 16]);
    assert.throws(() => loss.backward({}), /freed/);
    const [a, b] = [leaf([1]), leaf([1])];
    a.mul(b)
      .sum()
      .backward({ inputs: [a] });
    assert.deepEqual([values(a.grad), b.grad], [[1], undefined]);
  });

  it("gives the parts of a tensor that nothing came to a gradient of zeros", () => {
    const [a, b, c] = [leaf([1]), leaf([2]), leaf([3])];
    const joined = stack([a.mul(a), b.mul(b), c.mul(c)]);
    const weight = tensor([[1], [10], [100]], { requiresGrad: true });
    // Only the middle part's gradient goes on: those of the first and the last are nothing, on the way to `weight`.
    const [gb] = autograd.grad(joined.mul(weight).sum(), b, { createGraph: true });
    gb.sum().backward({ inputs: [weight] });
    assert.deepEqual(values(weight.grad), [[0], [4], [0]]);
  });

  it("names what is neither a gradient nor options", () => {
    const loss = leaf([1, 2]).sum();
    const call = (...given: unknown[]) => (loss.backward as (...given: unknown[]) => void).call(loss, ...given);
    const refusal = (pattern: RegExp) => (e: Error) => e instanceof ArgumentError && pattern.test(e.message);
    for (const [wrong, got] of [
      [2, "2"],
      [null, "null"],
      [[1], "an array"],
      ["x", '"x"'],
      [new Map(), "a Map"],
    ]) {
      assert.throws(
        () => call(wrong),
        refusal(new RegExp(`^backward: expected .*Tensor as the gradient, got ${got as string}$`)),
      );
    }
    assert.throws(() => call({}, {}), refusal(/options twice/));
    assert.throws(() => call(undefined, true), refusal(/^backward: expected options .*got true/));
    loss.backward();
  });

  it("accumulates over backward calls, into the same tensor", () => {
    const x = leaf([1, 2]);
    x.mul(3).sum().backward();
    const first = x.grad;
    x.mul(3).sum().backward();
    assert.deepEqual(values(x.grad), [6, 6]);
    assert.equal(x.grad, first);
  });

  it("gives leaves that share a gradient one each", () => {
    const [a, b] = [leaf([1]), leaf([1])];
    a.add(b).sum().backward();
    a.add(b).sum().backward();
    a.mul(1).sum().backward();
    assert.deepEqual([values(a.grad), values(b.grad)], [[3], [2]]);
  });

  it("adds up over several uses of one tensor", () => {
    const x = leaf(3);
    const y = x.mul(x).add(x).mul(x); // x³ + x²
    y.backward();
    assert.equal(x.grad?.item(), 3 * 9 + 2 * 3);
  });

  it("needs a scalar, or a gradient of the right shape", () => {
    const x = leaf([1, 2]);
    assert.throws(
      () => x.mul(2).backward(),
      (e: Error) => e instanceof ShapeError && /backward: expected a scalar, got \[2\]/.test(e.message),
    );
    assert.throws(() => x.mul(2).backward(ones([3])), ShapeError);
    x.mul(2).backward(tensor([1, 10]));
    assert.deepEqual(values(x.grad), [2, 20]);
  });

  it("frees the graph, or retains it", () => {
    const x = leaf([1, 2]);
    const kept = x.square().sum();
    kept.backward(undefined, { retainGraph: true });
    kept.backward();
    assert.deepEqual(values(x.grad), [4, 8]);
    assert.throws(
      () => kept.backward(),
      (e: Error) => e instanceof AutogradError && /freed.*retainGraph: true/.test(e.message),
    );
  });

  it("names the in-place change of what a gradient needs", () => {
    const x = leaf([1, 2]);
    const h = x.mul(2);
    const y = h.square().sum();
    noGrad(() => h.add_(1));
    assert.throws(
      () => y.backward(),
      (e: Error) => e instanceof AutogradError && /square needs input 0 .*in-place/.test(e.message),
    );
  });

  it("records in-place operations on non-leaves", () => {
    const x = leaf([1, -2]);
    const y = x.mul(3);
    y.mul_(2).relu_();
    y.sum().backward();
    assert.deepEqual(values(y), [6, 0]);
    assert.deepEqual(values(x.grad), [6, 0]);
  });

  it("refuses in-place operations on leaves that require grad, except in noGrad", () => {
    const x = leaf([1]);
    assert.throws(
      () => x.add_(1),
      (e: Error) => e instanceof AutogradError && /leaf/.test(e.message),
    );
    noGrad(() => x.add_(1));
    assert.deepEqual(values(x), [2]);
  });

  it("aliases views both ways", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const row = x.select(0, 1);
    const flipped = x.t();
    row.zero_();
    assert.deepEqual(values(x), [
      [1, 2, 3],
      [0, 0, 0],
    ]);
    assert.deepEqual(values(flipped), [
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    flipped.narrow(0, 0, 1).fill_(9);
    assert.deepEqual(values(x), [
      [9, 2, 3],
      [9, 0, 0],
    ]);
    assert.deepEqual(values(row), [9, 0, 0]);
    x.detach().add_(1);
    assert.deepEqual(values(x.view(-1)), [10, 3, 4, 10, 1, 1]);
  });

  it("aliases views of tensors that lie as NHWC", () => {
    const y = F.conv2d(ones([1, 1, 3, 3]), ones([2, 1, 2, 2]));
    assert.equal(y.storage.layout, "nhwc");
    const flat = y.view(2, 4);
    flat.select(0, 1).fill_(7);
    assert.deepEqual(values(y), [
      [
        [
          [4, 4],
          [4, 4],
        ],
        [
          [7, 7],
          [7, 7],
        ],
      ],
    ]);
    y.mul_(2);
    assert.deepEqual(values(flat), [
      [8, 8, 8, 8],
      [14, 14, 14, 14],
    ]);
  });

  it("records in-place changes through views of views", () => {
    const w = leaf([10, 20]);
    const x = leaf([1, 2, 3, 4]);
    const y = x.mul(1);
    const square = y.view(2, 2);
    const earlier = square.t();
    square.select(1, 0).mul_(w); // y = [10 x0, x1, 20 x2, x3]
    assert.deepEqual(values(y), [10, 2, 60, 4]);
    y.mul(tensor([1, 2, 3, 4]))
      .sum()
      .add(earlier.select(0, 0).sum())
      .backward();
    assert.deepEqual(values(x.grad), [20, 2, 80, 4]);
    assert.deepEqual(values(w.grad), [1 + 1, 3 * 3 + 3]);
  });

  it("what a view's zero_ overwrites gets no gradient", () => {
    const x = leaf([1, 2, 3]);
    const y = x.mul(2);
    y.narrow(0, 1, 1).zero_();
    y.sum().backward();
    assert.deepEqual(values(x.grad), [2, 0, 2]);
  });

  it("a tensor without history gets one by what is written into its part", () => {
    const w = leaf([5]);
    const buffer = zeros([3]);
    buffer.narrow(0, 2, 1).copy_(w);
    assert.equal(buffer.requiresGrad, true);
    buffer.mul(3).sum().backward();
    assert.deepEqual(values(w.grad), [3]);
  });

  it("refuses a recorded change of a leaf's view, and of a view made in noGrad", () => {
    const x = leaf([1, 2]);
    assert.throws(
      () => x.narrow(0, 0, 1).zero_(),
      (e: Error) => e instanceof AutogradError && /a view of a leaf that requires grad/.test(e.message),
    );
    const y = x.mul(1);
    const blind = noGrad(() => y.narrow(0, 0, 1));
    assert.throws(
      () => blind.mul_(2),
      (e: Error) => e instanceof AutogradError && /made in noGrad/.test(e.message),
    );
  });

  it("refuses to write into what is one element several times", () => {
    const x = zeros([1, 2]);
    assert.throws(() => x.expand(3, 2).add_(1), /several elements of an expanded tensor.*change a clone\(\)/);
    x.expand(1, 1, 2).add_(1);
    assert.deepEqual(values(x), [[1, 1]]);
    const stretched = x.expand(2, 2);
    x.mul_(4);
    assert.deepEqual(values(stretched), [
      [4, 4],
      [4, 4],
    ]);
  });

  it("detach cuts, clone does not", () => {
    const x = leaf([2]);
    x.clone().mul(x.detach()).sum().backward();
    assert.deepEqual(values(x.grad), [2]);
  });

  it("requiresGrad is for floating leaves", () => {
    assert.throws(() => tensor([1n]).requiresGrad_(), DTypeError);
    const y = leaf([1]).mul(2);
    assert.throws(() => (y.requiresGrad = false), AutogradError);
    assert.throws(() => zeros([1]).backward(), AutogradError);
  });

  describe("noGrad", () => {
    it("takes a callback and gives back what it gives", () => {
      const x = leaf([1]);
      const y = noGrad(() => x.mul(2));
      assert.equal(y.requiresGrad, false);
      assert.equal(isGradEnabled(), true);
      assert.equal(
        noGrad(() => enableGrad(() => x.mul(2).requiresGrad)),
        true,
      );
      assert.throws(
        () =>
          noGrad(() => {
            throw new Error("out");
          }),
        /out/,
      );
      assert.equal(isGradEnabled(), true);
    });

    it("holds in an async callback, and only there", async () => {
      const seen: boolean[] = [];
      const inside = noGrad(async () => {
        await setImmediate();
        seen.push(isGradEnabled());
        enableGrad(() => seen.push(isGradEnabled()));
        await setImmediate();
        return isGradEnabled();
      });
      seen.push(isGradEnabled());
      assert.equal(await inside, false);
      seen.push(isGradEnabled());
      assert.deepEqual(seen, [true, false, true, true]);
    });

    it("guards a synchronous scope", () => {
      const guard = noGrad();
      assert.equal(isGradEnabled(), false);
      guard[Symbol.dispose]();
      assert.equal(isGradEnabled(), true);
    });
  });
});
