// Where results go wrong silently: in-place changes and gradients, other dtypes, sizes beyond int32, empty and infinite
// values. Each was a bug or could become one; the numbers are PyTorch's.
import assert from "node:assert/strict";
import { product } from "../../engine/backend/kernels.js";
import { execute, explainNative } from "../../engine/backend/native.js";
import {
  ArgumentError,
  DTypeError,
  F,
  ShapeError,
  StateDictError,
  type Tensor,
  TensorFlowError,
  arange,
  full,
  manualSeed,
  nn,
  ones,
  optim,
  rand,
  randint,
  tensor,
  zeros,
} from "../../engine/index.js";

const leaf = (data: number[]) => tensor(data, { requiresGrad: true });
const values = (x: Tensor | undefined) => x?.toArray();

describe("in-place operations and gradients", () => {
  it("a constant written in place takes the gradient away", () => {
    for (const change of [
      (y: Tensor) => y.zero_(),
      (y: Tensor) => y.fill_(7),
      (y: Tensor) => y.copy_(tensor([9, 9])),
    ]) {
      const x = leaf([1, 2]);
      change(x.mul(3)).sum().backward();
      assert.deepEqual(values(x.grad), [0, 0]);
    }
  });

  it("what is copied in gets the gradient", () => {
    const [x, source] = [leaf([1, 2]), leaf([5])];
    x.mul(3)
      .copy_(source)
      .mul(tensor([1, 10]))
      .sum()
      .backward();
    assert.deepEqual([values(x.grad), values(source.grad)], [[0, 0], [11]]);
  });

  it("a view made before its base was changed follows the change", () => {
    const x = leaf([1, 2]);
    const b = x.mul(1);
    const v = b.view(2, 1);
    b.mul_(3);
    v.square().sum().backward();
    assert.deepEqual(values(x.grad), [18, 36]);

    const y = leaf([-1, 2]);
    const c = y.mul(1);
    const part = c.t().narrow(0, 0, 1);
    c.relu_();
    part.sum().backward();
    assert.deepEqual(values(y.grad), [0, 0]);
  });

  it("a view of a tensor without history gets the one that its base gets", () => {
    const w = leaf([1, 2]);
    const b = zeros([2]);
    const [v, cut] = [b.view(2, 1), b.detach().view(2)];
    b.add_(w);
    assert.deepEqual([v.requiresGrad, cut.requiresGrad], [true, false]);
    v.sum().backward();
    assert.deepEqual(values(w.grad), [1, 1]);
  });
});

describe("dtypes", () => {
  it("a gradient has its tensor's dtype and shape", () => {
    const p = leaf([1, 2]);
    p.mul(2).backward(tensor([1, 1], { dtype: "float64" }));
    assert.equal(p.grad?.dtype, "float32");
    assert.throws(() => (p.grad = ones([3, 2])), ShapeError);
  });

  it("an optimiser's state is brought to its parameters' dtype, or refused", () => {
    const train = (dtype: "float32" | "float64") => {
      const p = new nn.Parameter(ones([2], { dtype }));
      const optimiser = new optim.SGD([p], { lr: 0.1, momentum: 0.9 });
      p.square().sum().backward();
      optimiser.step();
      return { p, optimiser };
    };
    const [wide, narrow] = [train("float64"), train("float32")];
    narrow.optimiser.loadStateDict(wide.optimiser.stateDict());
    narrow.optimiser.step();
    assert.deepEqual(
      [narrow.p.dtype, (narrow.p.toArray() as number[]).map((v) => v.toFixed(2))],
      ["float32", ["0.42", "0.42"]],
    );
    const { state, paramGroups } = wide.optimiser.stateDict();
    for (const wrong of [{}, { state: { 7: state[0] }, paramGroups }, { state, paramGroups: [{ params: [0] }] }]) {
      assert.throws(() => narrow.optimiser.loadStateDict(wrong as never), StateDictError);
    }
  });

  it("half precisions are added up in float32", () => {
    assert.equal(ones([100_000], { dtype: "float16" }).mean().item(), 1);
    assert.equal(ones([1000], { dtype: "bfloat16" }).sum().item(), 1000);
  });

  it("a 0-d float64 tensor makes integers float64", () => {
    assert.equal(tensor([1n, 2n]).add(tensor(0.5, { dtype: "float64" })).dtype, "float64");
    assert.equal(ones([2]).add(tensor(0.5, { dtype: "float64" })).dtype, "float32");
  });

  it("numbers out of an integer's range are refused", () => {
    assert.throws(() => tensor([10n ** 30n]), /out of the range of int64/);
    assert.throws(() => tensor([256], { dtype: "uint8" }), /256 is out of the range of uint8/);
    assert.deepEqual(values(tensor([-1], { dtype: "uint8" })), [255]);
  });

  it("an operation without a kernel for a dtype says so in one line", () => {
    assert.throws(
      () => tensor([true]).neg(),
      (e: Error) => e instanceof DTypeError && /^neg: expected numbers, got bool/.test(e.message),
    );
    // TensorFlow multiplies no uint8 matrices: the engine's own product goes through int32.
    const x = tensor([[20]], { dtype: "uint8" });
    assert.deepEqual(values(x.matmul(x)), [[144]]);
    const run = () => execute(product("uint8", false, false), x.device, "strided", x.storage, x.storage);
    assert.throws(run, (error: unknown) => {
      const explained = explainNative(error, "matmul", "uint8 [1, 1], uint8 [1, 1]") as Error;
      assert.ok(explained instanceof DTypeError);
      assert.equal(
        explained.message,
        'matmul: not implemented for uint8 [1, 1], uint8 [1, 1]; convert with .to("float32")',
      );
      return true;
    });
  });
});

describe("sizes and empty tensors", () => {
  it("sizes of 2^31 and more are refused, not wrapped", () => {
    for (const make of [() => zeros([2 ** 32]), () => rand([2 ** 31]), () => arange(1e12)]) {
      assert.throws(make, (e: Error) => e instanceof ArgumentError && /below 2\^31/.test(e.message));
    }
  });

  it("more memory than there is gives an error with the operation and the shape", function () {
    this.timeout(40_000); // TensorFlow's allocator waits ten seconds for memory to be freed
    assert.throws(
      () => full([1_000_000, 1_000_000, 1_000_000], 1),
      (e: Error) => e instanceof TensorFlowError && /^full: .*float32 \[1000000, 1000000, 1000000\]/.test(e.message),
    );
  });

  it("nothing has no largest element, and its sum is 0", () => {
    assert.throws(() => zeros([2, 0]).amax(1), ShapeError);
    assert.equal(zeros([0]).sum().item(), 0);
    assert.equal(ones([2, 2]).sum([]).item(), 4);
  });
});

describe("values", () => {
  it("randint stays in its range and favours none, also below 0", () => {
    manualSeed(1);
    const draws = randint(-2, 2, [40_000]).toArray() as number[];
    for (const value of [-2, -1, 0, 1]) {
      const count = draws.filter((draw) => draw === value).length;
      assert.ok(Math.abs(count - 10_000) < 500, `${value}: ${count} of 40000`);
    }
    assert.equal(
      draws.every((draw) => draw >= -2 && draw < 2),
      true,
    );
  });

  it("an ignored row may be infinite", () => {
    const scores = tensor([
      [-Infinity, 0],
      [1, 1],
    ]);
    const loss = F.crossEntropy(scores, tensor([9n, 0n]), { ignoreIndex: 9 });
    assert.ok(Math.abs(loss.item() - Math.LN2) < 1e-6, String(loss.item()));
  });

  it("a class weight has one factor per class", () => {
    assert.throws(
      () => F.nllLoss(zeros([2, 3]), tensor([0n, 1n]), { weight: ones([1]) }),
      (e: Error) => e instanceof ShapeError && /nllLoss: expected a weight of \[3\], got \[1\]/.test(e.message),
    );
  });
});

describe("state dicts", () => {
  it("write a shared parameter under each of its names", () => {
    const make = () => {
      const net = new nn.Sequential(new nn.Linear(2, 2), new nn.Linear(2, 2));
      const [a, b] = [...net.children()] as nn.Linear[];
      b.weight = a.weight;
      return net;
    };
    const state = make().stateDict();
    assert.deepEqual(Object.keys(state), ["0.weight", "0.bias", "1.weight", "1.bias"]);
    make().loadStateDict(state);
  });

  it("refuse a tensor without values before anything is changed", () => {
    const net = new nn.Linear(2, 1);
    const before = values(net.weight);
    const state = { weight: ones([1, 2]), bias: zeros([1], { device: "meta" }) };
    assert.throws(() => net.loadStateDict(state), StateDictError);
    assert.deepEqual(values(net.weight), before);
  });
});

describe("what a fuzzer against PyTorch found", () => {
  const int32 = (values: number[]) => tensor(values, { dtype: "int32" });

  it("fractions given for integers are brought to integers", () => {
    assert.deepEqual(values(F.hardtanh(int32([0, 1, 2, -5]), -0.5, 0.7)), [0, 0, 0, 0]);
    assert.equal(F.hardtanh(int32([3]), -0.5, 0.7).toBytes().length, 4);
    const a = int32([1, 2, 3]);
    assert.deepEqual(values(a.addcmul(a, a, { value: 0.5 })), [1, 2, 3]);
    assert.deepEqual(values(a.indexAdd(0, tensor([0n]), int32([5]), { alpha: 0.5 })), [1, 2, 3]);
  });

  it("a 0-d tensor does not widen what has dims", () => {
    const half = ones([2], { dtype: "bfloat16" });
    assert.equal(half.addcdiv(half, tensor(2, { dtype: "float64" })).dtype, "bfloat16");
  });

  it("sizes of 2^31 classes and more are refused", () => {
    assert.throws(() => F.oneHot(tensor([0n, 2n]), 2 ** 32 + 3), /oneHot: expected fewer than 2\^31 classes/);
  });

  it("repeatInterleave takes a tensor of numbers", () => {
    assert.deepEqual(values(tensor([7, 8]).repeatInterleave(tensor([2n, 1n]), 0)), [7, 7, 8]);
  });

  it("negative powers of integers say so", () => {
    assert.throws(
      () => int32([2]).pow(int32([-1])),
      (e: Error) => e instanceof ArgumentError && /pow: expected exponents of 0 or more for integers/.test(e.message),
    );
  });

  it("a convolution that cannot fit into memory is an error, not the end of the process", () => {
    assert.throws(
      () => F.conv2d(ones([1, 1, 3, 3]), ones([1, 1, 3, 3]), undefined, { padding: 1_000_000 }),
      (e: Error) => e instanceof TensorFlowError && e.code === "RESOURCE_EXHAUSTED" && /does not fit/.test(e.message),
    );
  });
});
