// What PyTorch's users write by position and programs here take by name is refused, never ignored: a program that is
// compiled without types would train with other settings than it says.
import assert from "node:assert/strict";
import {
  ArgumentError,
  F,
  type Tensor,
  arange,
  autograd,
  data,
  device,
  distributions,
  empty,
  eye,
  full,
  linspace,
  load,
  multinomial,
  nn,
  ones,
  optim,
  rand,
  randint,
  randn,
  tensor,
  vision,
  zeros,
} from "../../engine/index.js";

type Callee = (...args: readonly unknown[]) => unknown;
type Constructor = new (...args: readonly unknown[]) => unknown;

/** As programs without types call them. */
const untyped = (call: unknown): Callee => call as Callee;
const made = (constructor: unknown, ...args: readonly unknown[]): unknown => new (constructor as Constructor)(...args);
const method = (x: Tensor | nn.Module, name: string, ...args: readonly unknown[]): unknown =>
  (x as unknown as Record<string, Callee>)[name](...args);

const x = rand([2, 3]);
const image = rand([1, 1, 6, 6]);
const filter = rand([2, 1, 3, 3]);
const vector = rand([3]);
const classes = tensor([0, 2], { dtype: "int64" });
const leaf = (): Tensor => zeros([2], { requiresGrad: true });
const dataset = new data.TensorDataset(x);
const optimizer = new optim.SGD([leaf()], { lr: 0.1 });
const schedules = optim.lrScheduler;

/** The name that the error gives, and a call as it would be written in PyTorch. */
const calls: readonly (readonly [op: string, call: () => unknown])[] = [
  ...[optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop].map(
    (optimiser) => [optimiser.name, () => made(optimiser, [leaf()], 0.1)] as const,
  ),
  ...(
    [
      [schedules.StepLR, 30],
      [schedules.MultiStepLR, [30, 80]],
      [schedules.ExponentialLR, 0.9],
      [schedules.ConstantLR, 0.5],
      [schedules.LinearLR, 0.5],
      [schedules.LambdaLR, () => 1],
      [schedules.CosineAnnealingLR, 50],
      [schedules.OneCycleLR, 0.1],
      [schedules.ReduceLROnPlateau, "max"],
    ] as const
  ).map(([schedule, second]) => [schedule.name, () => made(schedule, optimizer, second)] as const),
  ["zeroGrad", () => untyped(optimizer.zeroGrad.bind(optimizer))(false)],

  ...[nn.MaxPool1d, nn.MaxPool2d, nn.AvgPool1d, nn.AvgPool2d].map(
    (pool) => [pool.name, () => made(pool, 3, 1)] as const,
  ),
  ...[nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d, nn.ConvTranspose2d].map(
    (convolution) => [convolution.name, () => made(convolution, 1, 2, 3, 2)] as const,
  ),
  ...[nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.LayerNorm].map(
    (norm) => [norm.name, () => made(norm, 3, 1e-3)] as const,
  ),
  ...[nn.RNN, nn.LSTM, nn.GRU].map((layer) => [layer.name, () => made(layer, 2, 3, 2)] as const),
  ...[nn.RNNCell, nn.LSTMCell, nn.GRUCell, nn.Linear].map(
    (layer) => [layer.name, () => made(layer, 2, 3, false)] as const,
  ),
  ...[nn.CrossEntropyLoss, nn.NLLLoss, nn.BCELoss, nn.BCEWithLogitsLoss].map(
    (loss) => [loss.name, () => made(loss, vector)] as const,
  ),
  ...[nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss, nn.KLDivLoss].map(
    (loss) => [loss.name, () => made(loss, "sum")] as const,
  ),
  ["GroupNorm", () => made(nn.GroupNorm, 1, 3, 1e-3)],
  ["Bilinear", () => made(nn.Bilinear, 2, 3, 4, false)],
  ["Embedding", () => made(nn.Embedding, 10, 3, 0)],
  ["Embedding.fromPretrained", () => untyped(nn.Embedding.fromPretrained)(x, false)],
  ["GELU", () => made(nn.GELU, "tanh")],
  ["Softplus", () => made(nn.Softplus, 2)],
  ["PReLU", () => made(nn.PReLU, 1, 0.1)],
  ["Parameter", () => made(nn.Parameter, x, false)],
  ["loadStateDict", () => method(new nn.Linear(2, 3), "loadStateDict", {}, false)],
  ["registerBuffer", () => method(new nn.Linear(2, 3), "registerBuffer", "mask", x, false)],
  ["namedParameters", () => [...(method(new nn.Linear(2, 3), "namedParameters", "net") as Iterable<unknown>)]],
  ["parameters", () => [...(method(new nn.Linear(2, 3), "parameters", false) as Iterable<unknown>)]],
  ["clipGradNorm_", () => untyped(nn.utils.clipGradNorm_)([leaf()], 1, Infinity)],
  ["kaimingUniform_", () => untyped(nn.init.kaimingUniform_)(rand([2, 3]), 0)],
  ["xavierNormal_", () => untyped(nn.init.xavierNormal_)(rand([2, 3]), 1, null)],

  ["maxPool2d", () => untyped(F.maxPool2d)(image, 3, 1)],
  ["avgPool2d", () => untyped(F.avgPool2d)(image, 3, 1)],
  ["conv2d", () => untyped(F.conv2d)(image, filter, undefined, 2)],
  ["conv1d", () => untyped(F.conv1d)(rand([1, 1, 6]), rand([2, 1, 3]), undefined, 2)],
  ["convTranspose2d", () => untyped(F.convTranspose2d)(image, rand([1, 2, 3, 3]), undefined, 2)],
  ["batchNorm", () => untyped(F.batchNorm)(x, vector, vector, undefined, undefined, true)],
  ["layerNorm", () => untyped(F.layerNorm)(x, [3], undefined, undefined, 1e-3)],
  ["groupNorm", () => untyped(F.groupNorm)(x, 1, undefined, undefined, 1e-3)],
  ["embedding", () => untyped(F.embedding)(classes, x, 0)],
  ["crossEntropy", () => untyped(F.crossEntropy)(x, classes, "sum")],
  ["nllLoss", () => untyped(F.nllLoss)(x, classes, vector)],
  ["mseLoss", () => untyped(F.mseLoss)(x, x, "sum")],
  ["binaryCrossEntropy", () => untyped(F.binaryCrossEntropy)(x, x, vector)],
  ["klDiv", () => untyped(F.klDiv)(x, x, true)],
  ["dropout", () => untyped(F.dropout)(x, 0.9, false)],
  ["dropout2d", () => untyped(F.dropout2d)(image, 0.9, false)],
  ["gelu", () => untyped(F.gelu)(x, "tanh")],
  ["gelu", () => untyped(F.gelu)(x.to("meta"), "tanh")],
  ["softplus", () => untyped(F.softplus)(x, 2)],
  ["gumbelSoftmax", () => untyped(F.gumbelSoftmax)(x, 1, true)],
  ["normalize", () => untyped(F.normalize)(x, 1, 0)],
  ["softmin", () => untyped(F.softmin)(x, 1, "float64")],
  ["multinomial", () => untyped(multinomial)(vector, 2, true)],

  ...["sum", "mean", "prod", "amax", "amin", "any", "all", "logsumexp", "var", "std", "varMean"].map(
    (name) => [name, () => method(x, name, 1, true)] as const,
  ),
  ...["argmax", "argmin", "max", "min", "sort", "argsort"].map(
    (name) => [name, () => method(x, name, 1, true)] as const,
  ),
  ...["softmax", "logSoftmax", "cumsum", "cumprod"].map((name) => [name, () => method(x, name, 1, "float64")] as const),
  ...["add", "sub"].map((name) => [name, () => method(x, name, x, 2)] as const),
  ["div", () => method(x, "div", x, "floor")],
  ["norm", () => method(x, "norm", 2, 1, true)],
  ["topk", () => method(x, "topk", 1, 1, false)],
  ["round", () => method(x, "round", 2)],
  ["nanToNum", () => method(x, "nanToNum", 0)],
  ["nonzero", () => method(x, "nonzero", true)],
  ["isclose", () => method(x, "isclose", x, 1e-3)],
  ["addcmul", () => method(x, "addcmul", x, x, 2)],
  ["addmm", () => method(rand([2, 2]), "addmm", rand([2, 2]), rand([2, 2]), 2)],
  ["to", () => method(x, "to", "float64", true)],
  ["indexAdd", () => method(x, "indexAdd", 0, classes, x, 2)],
  ["grad", () => untyped(autograd.grad)(x, [x], [x])],

  ["zeros", () => untyped(zeros)([2], "float64")],
  ["zeros", () => untyped(zeros)([2], device("cpu"))],
  ["ones", () => untyped(ones)([2], "float64")],
  ["empty", () => untyped(empty)([2], "float64")],
  ["full", () => untyped(full)([2], 1, "float64")],
  ["eye", () => untyped(eye)(2, 2, "float64")],
  ["arange", () => untyped(arange)(0, 4, 1, "float64")],
  ["arange", () => untyped(arange)(4, "float64")],
  ["linspace", () => untyped(linspace)(0, 1, 3, "float64")],
  ["tensor", () => untyped(tensor)([1], "float64")],
  ["rand", () => untyped(rand)([2], "float64")],
  ["randn", () => untyped(randn)([2], "float64")],
  ["randint", () => untyped(randint)(0, 4, [2], "int32")],
  ["zerosLike", () => method(x, "zerosLike", "float64")],
  ["fullLike", () => method(x, "fullLike", 1, "float64")],
  ["randLike", () => method(x, "randLike", "float64")],
  ["newZeros", () => method(x, "newZeros", [2], "float64")],
  ["load", () => untyped(load)("model.pt", "cpu")],

  ["DataLoader", () => made(data.DataLoader, dataset, 64)],
  ["RandomSampler", () => made(data.RandomSampler, dataset, true)],
  ["WeightedRandomSampler", () => made(data.WeightedRandomSampler, [1, 2], 2, false)],
  ["BatchSampler", () => made(data.BatchSampler, new data.SequentialSampler(dataset), 64)],
  ["randomSplit", () => untyped(data.randomSplit)(dataset, [1, 1], [])],
  ["Resize", () => made(vision.transforms.Resize, 8, "nearest")],
  ["RandomCrop", () => made(vision.transforms.RandomCrop, 8, 4)],
  ["Pad", () => made(vision.transforms.Pad, 2, 1)],
  ["MNIST", () => made(vision.datasets.MNIST, undefined, true)],
  ["Synthetic", () => made(vision.datasets.Synthetic, 10, [3, 8, 8])],
  ["Normal", () => made(distributions.Normal, 0, 1, false)],
  ["Uniform", () => made(distributions.Uniform, 0, 1, false)],
  ["Bernoulli", () => made(distributions.Bernoulli, undefined, vector)],
  ["Categorical", () => made(distributions.Categorical, undefined, vector)],
];

describe("options by position", () => {
  for (const [op, call] of calls) {
    it(`${op} refuses them: ${call.toString().replace(/^\(\) => /, "")}`, () => {
      assert.throws(call, (error: unknown) => {
        assert.ok(error instanceof ArgumentError, String(error));
        assert.ok(error.message.startsWith(`${op}: expected options in one object as in { `), error.message);
        assert.match(error.message, /, got \S+/);
        return true;
      });
    });
  }

  it("says what it got, and how options are written", () => {
    const messages: readonly (readonly [unknown, string])[] = [
      [0.1, "0.1"],
      ["sum", '"sum"'],
      [null, "null"],
      [[0.1], "an array"],
      [vector, "a Tensor"],
      [new Map(), "a Map"],
      [() => 1, "a function"],
    ];
    for (const [options, text] of messages) {
      assert.throws(() => made(optim.SGD, [leaf()], options), {
        message: `SGD: expected options in one object as in { lr: 0.1 }, got ${text}`,
      });
    }
  });

  it("takes plain objects only, with or without a prototype", () => {
    const bare = Object.assign(Object.create(null) as object, { keepdim: true });
    assert.deepEqual((method(x, "sum", 1, bare) as Tensor).shape, [2, 1]);
    assert.deepEqual((method(x, "sum", 1, { keepdim: true }) as Tensor).shape, [2, 1]);
    assert.deepEqual((method(x, "sum", 1, undefined) as Tensor).shape, [2]);
  });
});

describe("sizes that are not in an array", () => {
  const listed: readonly (readonly [remedy: string, call: () => unknown])[] = [
    ["zeros([2, 3])", () => untyped(zeros)(2, 3)],
    ["ones([2, 3])", () => untyped(ones)(2, 3)],
    ["empty([2, 3])", () => untyped(empty)(2, 3)],
    ["full([2, 3], value)", () => untyped(full)(2, 3)],
    ["rand([2, 3])", () => untyped(rand)(2, 3)],
    ["randn([2, 3])", () => untyped(randn)(2, 3)],
    ["randint(low, high, [2, 3])", () => untyped(randint)(0, 9, 2, 3)],
    ["newZeros([2, 3])", () => method(x, "newZeros", 2, 3)],
    ["newOnes([2, 3])", () => method(x, "newOnes", 2, 3)],
    ["newEmpty([2, 3])", () => method(x, "newEmpty", 2, 3)],
    ["newFull([2, 3], value)", () => method(x, "newFull", 2, 3)],
  ];
  for (const [remedy, call] of listed) {
    it(remedy, () => {
      const op = remedy.slice(0, remedy.indexOf("("));
      assert.throws(call, {
        name: "ArgumentError",
        message: `${op}: expected a shape like [2, 3], each size below 2^31, got 2; write the sizes in one array as in ${remedy}`,
      });
    });
  }
});

describe("settings and names that people read", () => {
  it("pools and losses have their settings as fields", () => {
    const pool = new nn.MaxPool2d(2);
    assert.deepEqual([pool.stride, pool.padding, pool.dilation, pool.ceilMode], [2, 0, 1, false]);
    const average = new nn.AvgPool2d([3, 2], { stride: 1, padding: 1, countIncludePad: false, divisorOverride: 5 });
    assert.deepEqual([average.stride, average.padding, average.countIncludePad], [1, 1, false]);
    assert.equal(
      String(average),
      "AvgPool2d(kernelSize=[3, 2], stride=1, padding=1, countIncludePad=false, divisorOverride=5)",
    );
    assert.deepEqual(
      average.forward(image).toArray(),
      F.avgPool2d(image, [3, 2], { stride: 1, padding: 1, countIncludePad: false, divisorOverride: 5 }).toArray(),
    );
    assert.equal(new nn.MSELoss({ reduction: "sum" }).reduction, "sum");
    assert.equal(new nn.HuberLoss({ delta: 2 }).delta, 2);
    assert.equal(new nn.SmoothL1Loss().beta, 1);
    assert.equal(new nn.KLDivLoss({ logTarget: true }).logTarget, true);
    const entropy = new nn.CrossEntropyLoss({ ignoreIndex: 2, labelSmoothing: 0.1, weight: vector });
    assert.deepEqual([entropy.ignoreIndex, entropy.labelSmoothing, entropy.reduction], [2, 0.1, "mean"]);
    const options = { ignoreIndex: 2, labelSmoothing: 0.1, weight: vector };
    assert.equal(entropy.forward(x, classes).item(), F.crossEntropy(x, classes, options).item());
  });

  it("a pool layer refuses returnIndices, for it gives one tensor", () => {
    assert.throws(() => made(nn.MaxPool2d, 2, { returnIndices: true }), /MaxPool2d: expected no returnIndices/);
  });

  it("classes are called as they are exported", () => {
    assert.equal(data.DataLoader.name, "DataLoader");
    assert.equal(autograd.Function.name, "Function");
  });

  it("getTotalNorm is the norm of all tensors as one vector, and names itself in errors", () => {
    assert.equal(nn.utils.getTotalNorm([tensor([3]), tensor([[4]])]).item(), 5);
    assert.equal(nn.utils.getTotalNorm([tensor([3]), tensor([-4])], 1).item(), 7);
    assert.throws(() => nn.utils.getTotalNorm([vector], -1), /^ArgumentError: getTotalNorm: expected normType > 0/);
    assert.throws(() => untyped(nn.utils.getTotalNorm)([1]), /^ArgumentError: getTotalNorm: expected a Tensor/);
  });
});
