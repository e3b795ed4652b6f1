// What users hang onto the tape: hooks, autograd.grad, operations of their own, gradcheck, anomaly mode.
import assert from "node:assert/strict";
import { AutogradError, ShapeError, type Tensor, autograd, noGrad, tensor, zeros } from "../../engine/index.js";
import type { FunctionContext } from "../../engine/autograd/function.js";

const leaf = (data: number[] | number, dtype: "float32" | "float64" = "float64") =>
  tensor(data, { requiresGrad: true, dtype });
const values = (x: Tensor | undefined) => x?.toArray();
const message = (pattern: RegExp) => (e: Error) => e instanceof AutogradError && pattern.test(e.message);

class Exp extends autograd.Function {
  static forward(ctx: FunctionContext, x: Tensor): Tensor {
    const y = x.exp();
    ctx.saveForBackward(y);
    return y;
  }
  static backward(ctx: FunctionContext, g: Tensor): Tensor {
    return g.mul(ctx.savedTensors[0]);
  }
}

/** x * k and x + k; the gradient of k is not asked for. */
class TwoOut extends autograd.Function {
  static forward(ctx: FunctionContext & { k?: number }, x: Tensor, k: number): [Tensor, Tensor] {
    ctx.k = k;
    return [x.mul(k), x.add(k)];
  }
  static backward(ctx: FunctionContext & { k?: number }, a: Tensor, b: Tensor) {
    return [a.mul(ctx.k ?? NaN).add(b), undefined];
  }
}

class Wrong extends autograd.Function {
  static forward(ctx: FunctionContext, x: Tensor): Tensor {
    ctx.saveForBackward(x);
    return x.square();
  }
  static backward(ctx: FunctionContext, g: Tensor): Tensor {
    return g.mul(ctx.savedTensors[0]); // lacks the 2
  }
}

describe("autograd.grad", () => {
  it("gives gradients of leaves and of results, and touches no grad", () => {
    const x = leaf([1, 2]);
    const y = x.square();
    const z = y.mul(3).sum();
    const [gx, gy] = autograd.grad(z, [x, y]);
    assert.deepEqual(
      [values(gx), values(gy)],
      [
        [6, 12],
        [3, 3],
      ],
    );
    assert.equal(x.grad, undefined);
  });

  it("goes only where it must: what is not asked for keeps its graph", () => {
    const [x, w] = [leaf([2]), leaf([3])];
    const y = x.square();
    const z = y.mul(w);
    autograd.grad(z.sum(), w, { retainGraph: false });
    assert.deepEqual(values(autograd.grad(y.sum(), x)[0]), [4]);
  });

  it("takes gradients of the outputs and several outputs", () => {
    const x = leaf([1, 2]);
    const [g] = autograd.grad([x.mul(2), x.mul(3).sum()], x, { gradOutputs: [tensor([1, 10]), undefined] });
    assert.deepEqual(values(g), [5, 23]);
  });

  it("refuses an unused input unless it is allowed", () => {
    const [x, w] = [leaf([1]), leaf([1])];
    assert.throws(() => autograd.grad(x.sum(), [x, w]), message(/input 1 \[1\] was not used/));
    const [, unused] = autograd.grad(x.mul(1).sum(), [x, w], { allowUnused: true });
    assert.equal(unused, undefined);
    assert.throws(() => autograd.grad(x.sum(), zeros([1])), message(/input 0 \[1\] does not/));
  });

  it("gives third derivatives", () => {
    const x = leaf(2);
    const y = x.mul(x).mul(x).mul(x);
    const [g1] = autograd.grad(y, x, { createGraph: true });
    const [g2] = autograd.grad(g1, x, { createGraph: true });
    const [g3] = autograd.grad(g2, x);
    assert.deepEqual(
      [g1, g2, g3].map((g) => g.item()),
      [32, 48, 48],
    );
  });

  it("backward accumulates only into the inputs that are named", () => {
    const [x, w] = [leaf([2]), leaf([3])];
    const y = x.mul(w);
    y.backward(undefined, { inputs: [w] });
    assert.deepEqual([x.grad, values(w.grad)], [undefined, [2]]);
  });
});

describe("hooks of tensors", () => {
  it("see the whole gradient once, in order, and may change it", () => {
    const x = leaf([1, 1]);
    const seen: unknown[] = [];
    const y = x.mul(2);
    y.registerHook((g) => {
      seen.push(values(g));
      return g.mul(10);
    });
    const second = y.registerHook((g) => void seen.push(values(g)));
    y.mul(3).add(y).sum().backward(undefined, { retainGraph: true });
    assert.deepEqual(seen, [
      [4, 4],
      [40, 40],
    ]);
    assert.deepEqual(values(x.grad), [80, 80]);
    second.remove();
    second[Symbol.dispose]();
    y.sum().backward();
    assert.equal(seen.length, 3);
  });

  it("of a leaf run once per backward, before the gradient is accumulated", () => {
    const x = leaf([1]);
    const seen: unknown[] = [];
    const handle = x.registerHook((g) => {
      seen.push(values(g));
      return g.mul(-1);
    });
    x.mul(2).add(x.mul(3)).sum().backward();
    assert.deepEqual([seen, values(x.grad)], [[[5]], [-5]]);
    handle.remove();
    x.sum().backward();
    assert.deepEqual([seen, values(x.grad)], [[[5]], [-4]]);
  });

  it("may take themselves away while they run", () => {
    const x = leaf([1]);
    let calls = 0;
    const handle = x.registerHook(() => {
      calls++;
      handle.remove();
    });
    x.sum().backward();
    x.sum().backward();
    assert.equal(calls, 1);
  });

  it("refuse a gradient of another shape, and tensors without one", () => {
    const x = leaf([1, 2]);
    x.registerHook((g) => g.sum());
    assert.throws(() => x.sum().backward(), ShapeError);
    assert.throws(() => zeros([1]).registerHook(() => undefined), message(/requires grad/));
  });

  it("retainGrad keeps the gradient of a result", () => {
    const x = leaf([1, 2]);
    const y = x.mul(2);
    y.retainGrad();
    y.square().sum().backward();
    assert.deepEqual(values(y.grad), [4, 8]);
  });
});

describe("autograd.Function", () => {
  it("is one node with its own gradient, differentiable again", () => {
    const x = leaf([0, 1]);
    const y = Exp.apply(x);
    assert.equal(y.gradFn?.name, "Exp");
    autograd.gradcheck((a) => Exp.apply(a), x);
    autograd.gradgradcheck((a) => Exp.apply(a), x);
    y.sum().backward();
    assert.deepEqual(values(x.grad), [1, Math.E]);
  });

  it("has several results and arguments that are no tensors; zeros stand for gradients that did not come", () => {
    const x = leaf([1, 2]);
    const [a, b] = TwoOut.apply(x, 5);
    assert.deepEqual(
      [values(a), values(b)],
      [
        [5, 10],
        [6, 7],
      ],
    );
    b.sum().backward(undefined, { retainGraph: true });
    assert.deepEqual(values(x.grad), [1, 1]);
    a.add(b).sum().backward();
    assert.deepEqual(values(x.grad), [7, 7]);
  });

  it("refuses a second backward and saved tensors that changed", () => {
    const x = leaf([1]);
    const y = Exp.apply(x);
    y.sum().backward();
    assert.throws(() => y.sum().backward(), message(/freed/));
    const z = Exp.apply(leaf([1]));
    noGrad(() => z.add_(1));
    assert.throws(() => z.sum().backward(), message(/Exp needs .*in-place/));
  });

  it("names what backward gave wrongly", () => {
    class Few extends autograd.Function {
      static forward(_: FunctionContext, x: Tensor, y: Tensor): Tensor {
        return x.add(y);
      }
      static backward(_: FunctionContext, g: Tensor) {
        return g;
      }
    }
    class Shape extends autograd.Function {
      static forward(_: FunctionContext, x: Tensor): Tensor {
        return x.mul(2);
      }
      static backward(_: FunctionContext, g: Tensor) {
        return g.narrow(0, 0, 1);
      }
    }
    assert.throws(
      () =>
        Few.apply(leaf([1]), leaf([1]))
          .sum()
          .backward(),
      message(/Few.backward: expected 2 gradients/),
    );
    assert.throws(
      () =>
        Shape.apply(leaf([1, 2, 3]))
          .sum()
          .backward(),
      /Shape.backward: expected gradient 0 of \[3\], got \[1\]/,
    );
  });

  it("records nothing in noGrad, and nothing for what is marked so", () => {
    assert.equal(
      noGrad(() => Exp.apply(leaf([1])).requiresGrad),
      false,
    );
    class Sign extends autograd.Function {
      static forward(ctx: FunctionContext, x: Tensor): [Tensor, Tensor] {
        const out: [Tensor, Tensor] = [x.mul(2), x.sign()];
        ctx.markNonDifferentiable(out[1]);
        return out;
      }
      static backward(_: FunctionContext, g: Tensor) {
        return g.mul(2);
      }
    }
    const x = leaf([-3]);
    const [double, sign] = Sign.apply(x);
    assert.deepEqual([double.requiresGrad, sign.requiresGrad], [true, false]);
    double.mul(sign).sum().backward();
    assert.deepEqual(values(x.grad), [-2]);
  });

  it("may change its input in place when it says so", () => {
    class Double extends autograd.Function {
      static forward(ctx: FunctionContext, x: Tensor): Tensor {
        x.mul_(2);
        ctx.markDirty(x);
        return x;
      }
      static backward(_: FunctionContext, g: Tensor) {
        return g.mul(2);
      }
    }
    const x = leaf([1]);
    const y = x.mul(3);
    assert.equal(Double.apply(y), y);
    y.sum().backward();
    assert.deepEqual([values(y), values(x.grad)], [[6], [6]]);
    assert.throws(() => Double.apply(x), message(/a leaf that requires grad was changed in place/));
  });
});

describe("gradcheck", () => {
  it("finds a wrong gradient, element by element and along directions", () => {
    const x = leaf([1, 2, 3]);
    assert.throws(
      () => autograd.gradcheck((a) => Wrong.apply(a), x),
      message(/result 0 for input 0 is wrong: d result\[0\] \/ d input\[0\] is 1, .* say 2/),
    );
    assert.equal(
      autograd.gradcheck((a) => Wrong.apply(a), x, { raiseException: false, fastMode: true }),
      false,
    );
    assert.equal(
      autograd.gradcheck((a) => a.square(), x, { fastMode: true }),
      true,
    );
    assert.equal(x.grad, undefined);
  });

  it("wants float64 and something that requires grad", () => {
    assert.throws(
      () => autograd.gradcheck((a) => a.exp(), leaf([1], "float32")),
      /expected float64 for input 0, got float32/,
    );
    assert.throws(() => autograd.gradcheck((a) => a.exp(), zeros([1], { dtype: "float64" })), /requires grad/);
  });
});

describe("anomaly mode", () => {
  it("tells a NaN of the backward pass at the line of the forward call", () => {
    const x = leaf([0, 1]);
    const error = autograd.detectAnomaly(() => {
      const y = x.sqrt().mul(0); // ∞ * 0
      try {
        y.sum().backward();
      } catch (e) {
        return e as Error;
      }
      throw new Error("nothing was found");
    });
    assert.match(
      error.message,
      /the gradient of sqrt for its input 0 \(float64 \[2\]\) has NaN; it was recorded at .*custom\.test\.ts:\d+/,
    );
    const line = /custom\.test\.ts:(\d+)/.exec(error.stack ?? "")?.[1];
    assert.equal(line, /recorded at .*custom\.test\.ts:(\d+)/.exec(error.message)?.[1]);
    assert.equal(autograd.isAnomalyEnabled(), false);
  });

  it("gives what a gradient threw the forward's line, and keeps it as the cause", () => {
    autograd.setDetectAnomaly(true);
    try {
      const h = leaf([1]).mul(2);
      const y = h.square();
      noGrad(() => h.add_(1));
      assert.throws(
        () => y.sum().backward(),
        (e: Error) =>
          /the gradient of square failed: .*recorded at/.test(e.message) && e.cause instanceof AutogradError,
      );
    } finally {
      autograd.setDetectAnomaly(false);
    }
  });
});
