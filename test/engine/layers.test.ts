// Layers that are not convolutions, norms or recurrent: how they print, what their state is called, how they begin, what
// they refuse. What they compute is their functions' and is tested there.
import assert from "node:assert/strict";
import {
  ArgumentError,
  DTypeError,
  F,
  ShapeError,
  type Tensor,
  manualSeed,
  nn,
  ones,
  rand,
  tensor,
} from "../../engine/index.js";

class Net extends nn.Module {
  embed = new nn.Embedding(10, 3, { paddingIdx: -10 });
  features = new nn.Sequential(
    new nn.Linear(3, 4, { bias: false }),
    new nn.LeakyReLU(0.2),
    new nn.GELU({ approximate: "tanh" }),
    new nn.Dropout(0.25),
    new nn.Unflatten(1, [2, 2]),
    new nn.Flatten(),
    new nn.PReLU(4),
    new nn.Softplus({ beta: 2 }),
    new nn.Hardtanh(-2, 2),
    new nn.ELU(),
    new nn.CELU(0.5),
    new nn.Identity(),
    new nn.Softmin(1),
    new nn.LogSoftmax(1),
  );
  both = new nn.Bilinear(2, 3, 4);
  loss = new nn.CrossEntropyLoss({ weight: ones([3]), labelSmoothing: 0.1 });

  forward(x: Tensor): Tensor {
    return this.features.forward(this.embed.forward(x));
  }
}

const text = `Net(
  (embed): Embedding(10, 3, paddingIdx=0)
  (features): Sequential(
    (0): Linear(inFeatures=3, outFeatures=4, bias=false)
    (1): LeakyReLU(negativeSlope=0.2)
    (2): GELU(approximate='tanh')
    (3): Dropout(p=0.25)
    (4): Unflatten(dim=1, unflattenedSize=[2, 2])
    (5): Flatten(startDim=1, endDim=-1)
    (6): PReLU(numParameters=4)
    (7): Softplus(beta=2, threshold=20)
    (8): Hardtanh(minVal=-2, maxVal=2)
    (9): ELU(alpha=1)
    (10): CELU(alpha=0.5)
    (11): Identity()
    (12): Softmin(dim=1)
    (13): LogSoftmax(dim=1)
  )
  (both): Bilinear(in1Features=2, in2Features=3, outFeatures=4, bias=true)
  (loss): CrossEntropyLoss()
)`;

describe("layers", () => {
  it("print as PyTorch's, in camelCase", () => {
    assert.equal(String(new Net()), text);
  });

  it("keep their state under PyTorch's names", () => {
    assert.deepEqual(Object.keys(new Net().stateDict()), [
      "embed.weight",
      "features.0.weight",
      "features.6.weight",
      "both.weight",
      "both.bias",
      "loss.weight",
    ]);
    const loss = new nn.BCEWithLogitsLoss({ weight: ones([1]), posWeight: ones([3]) });
    assert.deepEqual(Object.keys(loss.stateDict()), ["weight", "posWeight"]);
    assert.deepEqual(Object.keys(new nn.NLLLoss().stateDict()), []);
  });

  it("work together, and on meta", () => {
    const net = new Net();
    const out = net.forward(tensor([0n, 9n]));
    assert.deepEqual(out.shape, [2, 4]);
    assert.deepEqual(net.to("meta").forward(tensor([0n, 9n]).to("meta")).shape, [2, 4]);
  });

  it("without settings give their functions' values", () => {
    const x = tensor([
      [-4, -1, 0],
      [0.5, 2, 7],
    ]);
    const pairs: readonly (readonly [nn.UnaryModule, Tensor])[] = [
      [new nn.ReLU(), x.relu()],
      [new nn.ReLU6(), F.relu6(x)],
      [new nn.LeakyReLU(), F.leakyRelu(x)],
      [new nn.ELU(), F.elu(x)],
      [new nn.CELU(), F.celu(x)],
      [new nn.SELU(), F.selu(x)],
      [new nn.GELU(), F.gelu(x)],
      [new nn.SiLU(), F.silu(x)],
      [new nn.Mish(), F.mish(x)],
      [new nn.Tanh(), x.tanh()],
      [new nn.Sigmoid(), x.sigmoid()],
      [new nn.LogSigmoid(), F.logSigmoid(x)],
      [new nn.Softplus(), F.softplus(x)],
      [new nn.Softsign(), F.softsign(x)],
      [new nn.Hardtanh(), F.hardtanh(x)],
      [new nn.Hardswish(), F.hardswish(x)],
      [new nn.Hardsigmoid(), F.hardsigmoid(x)],
      [new nn.PReLU(), F.leakyRelu(x, 0.25)],
      [new nn.Softmax(1), x.softmax(1)],
      [new nn.LogSoftmax(-1), x.logSoftmax(1)],
      [new nn.Softmin(0), F.softmin(x, 0)],
      [new nn.Identity(1, { any: "thing" }), x],
    ];
    for (const [layer, wanted] of pairs) {
      assert.deepEqual(layer.forward(x).toArray(), wanted.toArray(), layer.constructor.name);
    }
  });

  it("of losses give their functions' values with their settings", () => {
    const [a, b] = [tensor([[0.2, 0.7]]), tensor([[0.4, 0.1]])];
    const classes = tensor([1n]);
    const weight = tensor([1, 3]);
    const pairs: readonly (readonly [Tensor, Tensor])[] = [
      [
        new nn.NLLLoss({ weight, reduction: "sum" }).forward(a, classes),
        F.nllLoss(a, classes, { weight, reduction: "sum" }),
      ],
      [
        new nn.CrossEntropyLoss({ labelSmoothing: 0.3 }).forward(a, classes),
        F.crossEntropy(a, classes, { labelSmoothing: 0.3 }),
      ],
      [new nn.MSELoss().forward(a, b), F.mseLoss(a, b)],
      [new nn.L1Loss({ reduction: "none" }).forward(a, b), F.l1Loss(a, b, { reduction: "none" })],
      [new nn.SmoothL1Loss({ beta: 0.1 }).forward(a, b), F.smoothL1Loss(a, b, { beta: 0.1 })],
      [new nn.HuberLoss({ delta: 0.1 }).forward(a, b), F.huberLoss(a, b, { delta: 0.1 })],
      [new nn.BCELoss({ weight }).forward(a, b), F.binaryCrossEntropy(a, b, { weight })],
      [
        new nn.BCEWithLogitsLoss({ posWeight: weight }).forward(a, b),
        F.binaryCrossEntropyWithLogits(a, b, { posWeight: weight }),
      ],
      [new nn.KLDivLoss({ reduction: "batchmean" }).forward(a, b), F.klDiv(a, b, { reduction: "batchmean" })],
    ];
    for (const [own, wanted] of pairs) assert.deepEqual(own.toArray(), wanted.toArray());
  });

  it("refuse sizes and settings that are none", () => {
    const wrong: readonly (readonly [() => unknown, string])[] = [
      [() => new nn.Embedding(0, 3), "Embedding: expected numEmbeddings as an integer >= 1, got 0"],
      [() => new nn.Embedding(4, 3, { paddingIdx: 4 }), "Embedding: expected paddingIdx within 4 rows, got 4"],
      [() => new nn.Bilinear(1, 0.5, 1), "Bilinear: expected in2Features as an integer >= 1, got 0.5"],
      [() => new nn.Dropout2d(1.5), "Dropout2d: expected p in [0, 1], got 1.5"],
      [() => new nn.Hardtanh(1, 1), "Hardtanh: expected minVal < maxVal, got 1 and 1"],
      [() => new nn.Softmax(undefined as never), "Softmax: expected a dim, got undefined"],
      [() => new nn.PReLU(0), "PReLU: expected numParameters as an integer >= 1, got 0"],
    ];
    for (const [make, message] of wrong) {
      assert.throws(make, (error: Error) => error instanceof ArgumentError && error.message === message);
    }
    assert.throws(() => new nn.PReLU(2).forward(ones([2, 3])), ShapeError);
    assert.throws(() => new nn.Bilinear(2, 3, 1).forward(ones([2, 2]), ones([1, 3])), ShapeError);
  });
});

describe("Embedding", () => {
  it("begins with a padding row of zeros, which never learns", () => {
    manualSeed(1);
    const layer = new nn.Embedding(4, 2, { paddingIdx: 1 });
    assert.deepEqual(layer.weight.select(0, 1).toArray(), [0, 0]);
    assert.ok(layer.weight.abs().sum().item() > 0);
    layer
      .forward(tensor([[1n, 3n, 3n]]))
      .sum()
      .backward();
    assert.deepEqual(layer.weight.grad?.toArray(), [
      [0, 0],
      [0, 0],
      [0, 0],
      [2, 2],
    ]);
  });

  it("takes given rows, which are shared and do not learn unless asked to", () => {
    const rows = rand([3, 2]);
    const frozen = nn.Embedding.fromPretrained(rows);
    assert.deepEqual([frozen.numEmbeddings, frozen.embeddingDim, frozen.weight.requiresGrad], [3, 2, false]);
    rows.fill_(7);
    assert.deepEqual(frozen.forward(tensor([2n])).toArray(), [[7, 7]]);
    assert.equal(nn.Embedding.fromPretrained(rows, { freeze: false }).weight.requiresGrad, true);
    assert.throws(() => nn.Embedding.fromPretrained(ones([3])), ShapeError);
  });

  it("names a number beyond the table, and where it is", () => {
    const layer = new nn.Embedding(4, 2);
    assert.throws(
      () => layer.forward(tensor([[0n, 4n]])),
      (error: Error) =>
        error instanceof ArgumentError &&
        error.message === "embedding: expected numbers in [0, 3] for weight [4, 2], got 4 at [0, 1]",
    );
    assert.throws(() => layer.forward(tensor([-1n])), /got -1 at \[0\]/);
    assert.throws(() => layer.forward(tensor([1.5])), DTypeError);
    assert.throws(() => F.embedding(tensor([1n]), ones([3])), ShapeError);
  });
});

describe("dropout", () => {
  const ratio = (x: Tensor) => x.eq(0).to("float32").mean().item();

  it("zeroes about p of the elements, scales the rest, and passes the same mask back", () => {
    manualSeed(3);
    for (const dtype of ["float32", "float64", "bfloat16"] as const) {
      const x = ones([100, 100], { dtype, requiresGrad: true });
      const y = F.dropout(x, 0.2);
      assert.ok(Math.abs(ratio(y) - 0.2) < 0.02, `${dtype}: ${ratio(y)}`);
      assert.deepEqual([...new Set((y.toArray() as number[][]).flat())].sort(), [0, 1.25]);
      y.sum().backward();
      assert.deepEqual(x.grad?.toArray(), y.toArray());
    }
  });

  it("follows the seed and the mode", () => {
    const layer = new nn.Dropout();
    const x = ones([50]);
    manualSeed(5);
    const first = layer.forward(x).toArray();
    manualSeed(5);
    assert.deepEqual(layer.forward(x).toArray(), first);
    assert.equal(layer.eval().forward(x), x);
    assert.equal(F.dropout(x, 0.5, { training: false }), x);
    assert.equal(F.dropout(x, { training: false }), x);
    assert.equal(F.alphaDropout(x), x);
  });

  it("drops whole channels", () => {
    manualSeed(7);
    const cases: readonly (readonly [typeof F.dropout, readonly number[], number])[] = [
      [F.dropout1d, [20, 10, 3], 2],
      [F.dropout1d, [200, 3], 1],
      [F.dropout2d, [20, 10, 2, 2], 2],
      [F.dropout3d, [20, 10, 1, 2, 2], 2],
      [F.dropout3d, [200, 1, 2, 2], 1],
    ];
    for (const [drop, shape, lead] of cases) {
      const channels = drop(ones(shape), 0.5)
        .reshape([200, -1])
        .sum(1)
        .div(shape.slice(lead).reduce((a, b) => a * b, 1));
      assert.deepEqual([...new Set(channels.toArray() as number[])].sort(), [0, 2]);
      assert.ok(Math.abs(ratio(channels) - 0.5) < 0.15);
    }
  });

  it("of SELU's kind keeps mean and variance", () => {
    manualSeed(9);
    const x = rand([100_000]).sub(0.5).mul(Math.sqrt(12)); // mean 0, variance 1
    const y = F.alphaDropout(x, 0.3, { training: true });
    assert.ok(Math.abs(y.mean().item()) < 0.02, String(y.mean().item()));
    assert.ok(Math.abs(y.square().mean().item() - 1) < 0.02, String(y.square().mean().item()));
  });

  it("says what does not fit", () => {
    assert.throws(() => F.dropout(ones([2]), 2), /^ArgumentError: dropout: expected p in \[0, 1\], got 2/);
    assert.throws(() => F.dropout(tensor([1n])), DTypeError);
    assert.throws(() => F.dropout2d(ones([2, 3, 4])), /use dropout1d for \[N, C, L\], or unsqueeze\(0\)/);
    assert.throws(() => F.dropout1d(ones([2])), /expected \[N, C, L\] or \[C, L\], got \[2\]/);
  });
});

describe("gumbelSoftmax", () => {
  it("chooses with the probabilities of its logits, one-hot when hard, with the soft gradient", () => {
    manualSeed(11);
    const logits = tensor([0.1, 0.6, 0.3]).log().expand(20_000, 3).clone().detach().requiresGrad_();
    const hard = F.gumbelSoftmax(logits, { hard: true });
    const shares = hard.mean(0).toArray() as number[];
    [0.1, 0.6, 0.3].forEach((p, i) => assert.ok(Math.abs(shares[i] - p) < 0.02, String(shares)));
    assert.deepEqual(hard.sum(1).sub(1).abs().amax().item() < 1e-6, true);
    hard.select(1, 0).sum().backward();
    assert.ok((logits.grad?.abs().sum().item() ?? 0) > 0);
    const soft = F.gumbelSoftmax(logits, { tau: 0.5, dim: 0 });
    assert.ok(soft.sum(0).sub(1).abs().amax().item() < 1e-3);
    assert.throws(() => F.gumbelSoftmax(logits, { tau: 0 }), ArgumentError);
  });
});
