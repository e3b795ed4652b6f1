// Hooks of modules: before and after forward, and on the gradients of inputs and outputs, as PyTorch calls them.
import assert from "node:assert/strict";
import { ArgumentError, type Tensor, nn, noGrad, ones, tensor } from "../../engine/index.js";
import { grad } from "../../engine/backward.js";

/** a · scale, b: two arguments in, two tensors out. */
class Pair extends nn.Module {
  scale = new nn.Parameter(tensor([2, 3]));

  forward(a: Tensor, b?: Tensor | number): [Tensor, Tensor | number | undefined] {
    return [a.mul(this.scale), b];
  }
}

class Double extends nn.Module {
  forward(x: Tensor): Tensor {
    return x.mul(2);
  }
}

const values = (list: readonly (Tensor | undefined)[]): unknown[] => list.map((g) => g?.toArray());

describe("forward hooks", () => {
  it("before forward see and replace the arguments, one value standing for the only argument", () => {
    const module = new Double();
    const seen: unknown[] = [];
    module.registerForwardPreHook((m, inputs) => void seen.push(m, inputs.length));
    const one = module.registerForwardPreHook((_, [x]) => (x as Tensor).add(1));
    assert.deepEqual(module.forward(ones([1])).toArray(), [4]);
    assert.deepEqual(seen, [module, 1]);
    one.remove();
    one.remove();
    assert.deepEqual(module.forward(ones([1])).toArray(), [2]);
    const pair = new Pair();
    pair.registerForwardPreHook((_, [a, b]) => [b, a]);
    const [a, b] = pair.forward(ones([2]), tensor([5, 5]));
    assert.deepEqual(
      [a.toArray(), (b as Tensor).toArray()],
      [
        [10, 15],
        [1, 1],
      ],
    );
  });

  it("run in the order in which they came, or first with prepend, and may remove themselves", () => {
    const module = new Double();
    const order: string[] = [];
    module.registerForwardHook(() => void order.push("a"));
    const once = module.registerForwardHook(() => {
      order.push("once");
      once.remove();
    });
    module.registerForwardHook(() => void order.push("first"), { prepend: true });
    module.forward(ones([1]));
    module.forward(ones([1]));
    assert.deepEqual(order, ["first", "a", "once", "first", "a"]);
  });

  it("after forward see and replace the output; `using` takes them away", () => {
    const module = new Double();
    {
      using _ = module.registerForwardHook((_m, [x], y) => (y as Tensor).add(x as Tensor));
      assert.deepEqual(module.forward(ones([1])).toArray(), [3]);
    }
    assert.deepEqual(module.forward(ones([1])).toArray(), [2]);
  });

  it("are called once for a super call and for a recursion", () => {
    class Twice extends Double {
      override forward(x: Tensor, depth = 2): Tensor {
        return depth === 0 ? super.forward(x) : this.forward(super.forward(x), depth - 1);
      }
    }
    const module = new Twice();
    let calls = 0;
    module.registerForwardHook(() => void calls++);
    module.registerForwardPreHook(() => void calls++);
    assert.deepEqual(module.forward(ones([1])).toArray(), [8]);
    assert.equal(calls, 2);
  });

  it("are over when forward throws", () => {
    class Failing extends nn.Module {
      forward(): never {
        throw new RangeError("here");
      }
    }
    const failing = new Failing();
    let calls = 0;
    failing.registerForwardHook(() => void calls++);
    assert.throws(() => failing.forward(), /here/);
    failing.registerForwardPreHook(() => void calls++);
    assert.throws(() => failing.forward(), /here/);
    assert.equal(calls, 1);
  });
});

describe("full backward hooks", () => {
  it("see the gradients of inputs and outputs", () => {
    const module = new Pair();
    const seen: unknown[] = [];
    module.registerFullBackwardHook((m, gradInput, gradOutput) => {
      seen.push(m, values(gradInput), values(gradOutput));
    });
    const x = tensor([1, 1], { requiresGrad: true });
    const [y] = module.forward(x, 7);
    y.mul(tensor([1, 10]))
      .sum()
      .backward();
    assert.deepEqual(seen, [module, [[2, 30], undefined], [[1, 10], undefined]]);
    assert.deepEqual(x.grad?.toArray(), [2, 30]);
    assert.deepEqual(module.scale.grad?.toArray(), [1, 10]);
  });

  it("replace the gradients of inputs; several one after another", () => {
    const module = new Double();
    module.registerFullBackwardHook((_, [g]) => [g?.mul(10)]);
    const second = module.registerFullBackwardHook((_, [g]) => g?.add(1));
    const x = ones([1]).requiresGrad_();
    module.forward(x).sum().backward();
    assert.deepEqual(x.grad?.toArray(), [21]);
    second.remove();
    const [g] = grad(module.forward(x).sum(), x);
    assert.deepEqual(g.toArray(), [20]);
  });

  it("are called without a gradient of inputs when no input needs one", () => {
    const module = new Pair();
    const seen: unknown[] = [];
    module.registerFullBackwardHook((_, gradInput, gradOutput) => void seen.push([...gradInput], values(gradOutput)));
    module
      .forward(ones([2]), ones([2]))[0]
      .sum()
      .backward();
    assert.deepEqual(seen, [
      [undefined, undefined],
      [[1, 1], undefined],
    ]);
  });

  it("before backward replace the gradients of outputs, parameters' gradients included", () => {
    const module = new Pair();
    const order: string[] = [];
    module.registerFullBackwardHook(
      (_, gradInput, [g]) => void order.push(`after ${gradInput.length} ${String(g?.toArray())}`),
    );
    module.registerFullBackwardPreHook((_, [g, rest]) => {
      order.push(`before ${String(g?.toArray())}`);
      return [g?.mul(100), rest];
    });
    const x = ones([2]).requiresGrad_();
    module.forward(x)[0].sum().backward();
    assert.deepEqual(order, ["before 1,1", "after 1 100,100"]);
    assert.deepEqual(module.scale.grad?.toArray(), [100, 100]);
  });

  it("do nothing in noGrad, and go along with a second derivative", () => {
    const module = new Pair();
    let calls = 0;
    module.registerFullBackwardHook(() => void calls++);
    const x = ones([2]).requiresGrad_();
    noGrad(() => module.forward(x));
    assert.equal(calls, 0);
    const [g] = grad(module.forward(x)[0].square().sum(), x, { createGraph: true });
    g.sum().backward();
    assert.deepEqual(x.grad?.toArray(), [8, 18]); // d²(s x)²/dx² = 2 s²
    assert.equal(calls, 2); // in PyTorch too: the second derivative passes through the module again
  });

  it("do not mix up an output that is changed in place with what is inside", () => {
    const module = new Double();
    module.registerFullBackwardHook(() => undefined);
    const x = ones([2]).requiresGrad_();
    const y = module.forward(x);
    y.mul_(3);
    y.sum().backward();
    assert.deepEqual(
      [y.toArray(), x.toArray(), x.grad?.toArray()],
      [
        [6, 6],
        [1, 1],
        [6, 6],
      ],
    );
  });

  it("refuse a wrong number of gradients", () => {
    const module = new Pair();
    module.registerFullBackwardHook((_, [g]) => [g]);
    const x = ones([2]).requiresGrad_();
    const [y] = module.forward(x, 7);
    assert.throws(
      () => y.sum().backward(),
      (e: Error) => e instanceof ArgumentError && /expected 2 gradients from the hook, got 1/.test(e.message),
    );
  });
});
