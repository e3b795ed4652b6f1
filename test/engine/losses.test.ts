// What the samples of the losses do not show: errors, targets that are ignored or no classes, devices whose values are
// not looked at, what a step costs.
import assert from "node:assert/strict";
import {
  ArgumentError,
  AutogradError,
  DTypeError,
  DeviceError,
  F,
  ShapeError,
  type Tensor,
  autograd,
  ones,
  tensor,
  zeros,
} from "../../engine/index.js";
import { masked, settled } from "../../engine/functional/classTargets.js";
import { picked } from "../../engine/functional/nllLoss.js";

const x = () => zeros([2, 3], { requiresGrad: true });
const classes = (...values: number[]) => tensor(values, { dtype: "int64" });
const loose = (options: object) => options as never;

/** A call, its error's class, and its message. */
type Wrong = readonly [() => unknown, new (...args: never[]) => Error, string | RegExp];

const refused = (wrong: readonly Wrong[]) => {
  for (const [call, kind, message] of wrong) {
    assert.throws(call, (error: Error) => {
      assert.ok(error instanceof kind, `${error.name}: ${error.message}`);
      if (typeof message === "string") assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    });
  }
};

describe("losses of class numbers", () => {
  it("name a target that is no class, and where it is", () => {
    const image = zeros([1, 3, 2, 2]);
    const target = tensor(
      [
        [
          [0, 2],
          [1, 12],
        ],
      ],
      { dtype: "int64" },
    );
    for (const [name, loss] of [
      ["nllLoss", F.nllLoss],
      ["crossEntropy", F.crossEntropy],
    ] as const) {
      refused([
        [
          () => loss(x(), classes(0, 12)),
          ArgumentError,
          `${name}: expected targets in [0, 2] or -100, got 12 at [1]; the input [2, 3] has 3 classes`,
        ],
        [() => loss(x(), classes(-1, 0)), ArgumentError, /got -1 at \[0\]/],
        [() => loss(x(), tensor([0, 3], { dtype: "int32" })), ArgumentError, /got 3 at \[1\]/],
        [() => loss(x(), tensor([7, 0], { dtype: "uint8" })), ArgumentError, /got 7 at \[0\]/],
        [() => loss(x(), tensor([2n ** 40n, 0n])), ArgumentError, /got 1099511627776 at \[0\]/],
        [() => loss(zeros([3]), tensor(-3n)), ArgumentError, /got -3; the input \[3\]/],
        [() => loss(image, target), ArgumentError, /got 12 at \[0, 1, 1\]/],
        [() => loss(x(), classes(-100, 0), { ignoreIndex: 1 }), ArgumentError, /targets in \[0, 2\], got -100/],
      ]);
    }
  });

  it("say what does not fit", () => {
    const weight = ones([3]);
    refused([
      [
        () => F.nllLoss(x(), zeros([2])),
        DTypeError,
        /^nllLoss: expected class numbers \(int64\) as target, got float32/,
      ],
      [() => F.nllLoss(x(), classes(0)), ShapeError, "nllLoss: expected a target of [2] for input [2, 3], got [1]"],
      [() => F.nllLoss(zeros([]), classes(0)), ShapeError, /got a 0-d tensor/],
      [() => F.nllLoss(x().to("int64"), classes(0, 1)), DTypeError, /expected input of a floating dtype, got int64/],
      [() => F.nllLoss(loose([1]), classes(0)), ArgumentError, /expected a Tensor as input, got an array/],
      [() => F.nllLoss(x(), classes(0, 1), { weight: ones([2]) }), ShapeError, /expected a weight of \[3\], got \[2\]/],
      [
        () => F.nllLoss(x(), classes(0, 1), { weight: weight.to("float64") }),
        DTypeError,
        /weight of the input's dtype float32, got float64/,
      ],
      [
        () => F.nllLoss(x(), classes(0, 1), { weight: weight.to("cpu:1") }),
        DeviceError,
        /weight on the input's device cpu/,
      ],
      [() => F.nllLoss(x(), classes(0, 1).to("cpu:1")), DeviceError, /expected all tensors on one device/],
      [
        () => F.crossEntropy(x(), classes(0, 1), loose({ reduction: "average" })),
        ArgumentError,
        'crossEntropy: expected a reduction of "mean", "sum" or "none", got "average"',
      ],
      [
        () => F.crossEntropy(x(), classes(0, 1), { labelSmoothing: 2 }),
        ArgumentError,
        /labelSmoothing in \[0, 1\], got 2/,
      ],
      [
        () => F.crossEntropy(x(), zeros([2])),
        ShapeError,
        /probabilities of the input's shape \[2, 3\] as target, got float32 \[2\]; class numbers must be integers/,
      ],
      [() => F.crossEntropy(x(), x(), { ignoreIndex: 1 }), ArgumentError, /no ignoreIndex beside probabilities/],
    ]);
  });

  it("a meta tensor has no target to look at, but a shape to check", () => {
    const scores = zeros([2, 3], { device: "meta" });
    const target = zeros([2], { dtype: "int64", device: "meta" });
    assert.deepEqual(F.crossEntropy(scores, target, { reduction: "none" }).shape, [2]);
    refused([[() => F.nllLoss(scores, target.reshape([1, 2])), ShapeError, /expected a target of \[2\]/]]);
  });

  it("where values are not looked at, a target that is no class makes its loss NaN and the ignored ones still count for nothing", () => {
    const rows = tensor(
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
      { requiresGrad: true },
    );
    const target = (second: number) => classes(2, second, -100);
    const loss = (second: number, reduction: F.Reduction): Tensor => {
      const r = { ...masked(target(second), 3, -100, true), rows, weight: undefined, shape: [3] };
      return settled(picked(rows, r.index), r, reduction, "float32");
    };
    assert.deepEqual(loss(12, "none").toArray(), [-3, NaN, 0]);
    assert.deepEqual(loss(-7, "none").toArray(), [-3, NaN, 0]);
    assert.equal(loss(0, "mean").item(), F.nllLoss(rows, target(0)).item());
    loss(0, "sum").backward();
    assert.deepEqual(rows.grad?.add(0).toArray(), [
      [0, 0, -1],
      [-1, 0, 0],
      [0, 0, 0],
    ]);
  });
});

describe("losses of pairs", () => {
  it("say what does not fit", () => {
    const half = ones([2, 3]).mul(0.5);
    refused([
      [() => F.mseLoss(x(), zeros([4])), ShapeError, /^mseLoss: expected shapes that broadcast/],
      [() => F.mseLoss(x(), x(), { weight: ones([3]) }), ShapeError, /weight of the input's shape \[2, 3\], got \[3\]/],
      [() => F.l1Loss(classes(1), classes(1)), DTypeError, /^l1Loss: expected a floating dtype, got int64 and int64/],
      [() => F.mseLoss(x(), x(), loose({ reduction: "x" })), ArgumentError, /^mseLoss: expected a reduction/],
      [
        () => F.mseLoss(x(), x(), loose({ reduction: "x", weight: x() })),
        ArgumentError,
        /^mseLoss: expected a reduction/,
      ],
      [() => F.smoothL1Loss(x(), x(), { beta: -1 }), ArgumentError, "smoothL1Loss: expected beta >= 0, got -1"],
      [() => F.huberLoss(x(), x(), { delta: 0 }), ArgumentError, "huberLoss: expected delta > 0, got 0"],
      [() => F.binaryCrossEntropy(half, ones([3])), ShapeError, /target of the input's shape \[2, 3\], got \[3\]/],
      [() => F.binaryCrossEntropy(half, half.to("float64")), DTypeError, /one floating dtype, got float32 and float64/],
      [
        () => F.binaryCrossEntropy(tensor([[0.5], [2]]), ones([2, 1])),
        ArgumentError,
        "binaryCrossEntropy: expected probabilities in [0, 1] as input, got 2 at [1, 0]; use binaryCrossEntropyWithLogits for scores",
      ],
      [() => F.binaryCrossEntropy(tensor(NaN), tensor(1)), ArgumentError, /as input, got NaN; use/],
      [() => F.binaryCrossEntropy(half, half, { weight: ones([4, 2, 3]) }), ShapeError, /broadcasts to \[2, 3\]/],
      [() => F.binaryCrossEntropyWithLogits(x(), half, { posWeight: ones([2]) }), ShapeError, /shapes that broadcast/],
      [
        () => F.binaryCrossEntropyWithLogits(x(), half, { posWeight: ones([3], { requiresGrad: true }) }),
        AutogradError,
        /posWeight without gradient/,
      ],
      [
        () => F.klDiv(x(), x(), loose({ reduction: "x" })),
        ArgumentError,
        /"batchmean", "mean", "sum" or "none", got "x"/,
      ],
    ]);
  });

  it("bend as PyTorch's where a probability is certain", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const input = tensor([0, 1, 0, 1, 0.3, 1e-13], { dtype, requiresGrad: true });
      const target = tensor([0, 1, 1, 0, 0.6, 0], { dtype, requiresGrad: true });
      const loss = F.binaryCrossEntropy(input, target, { reduction: "sum" });
      const [slope] = autograd.grad(loss, input, { createGraph: true });
      // PyTorch 2.13's numbers.
      const wanted = [
        [slope, [0, 0, -1e12, 1e12, -0.3 / 0.21, 0.1]],
        ...autograd.grad(slope.sum(), [input, target]).map((bent, i) => [
          bent,
          [
            [0, 0, 1e24, 1e24, 7.482993197, 0.00826446281],
            [-1e12, -1e12, -1e12, -1e12, -1 / 0.21, -1e12],
          ][i],
        ]),
      ] as unknown as readonly (readonly [Tensor, readonly number[]])[];
      for (const [own, torch] of wanted) {
        (own.toArray() as number[]).forEach((value, i) => {
          assert.ok(
            Math.abs(value - torch[i]) <= 1e-5 * Math.abs(torch[i]),
            `${dtype} ${i}: ${value}, not ${torch[i]}`,
          );
        });
      }
    }
  });

  it("warn once of shapes that are broadcast", async () => {
    const heard: string[] = [];
    const listen = (warning: Error) => heard.push(warning.message);
    process.on("warning", listen);
    for (let i = 0; i < 2; i++) F.l1Loss(ones([7, 1]), ones([7]));
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", listen);
    assert.deepEqual(
      heard.filter((text) => text.startsWith("l1Loss")),
      [
        "l1Loss: the target's shape [7] differs from the input's [7, 1]; they are broadcast, which is hardly ever meant",
      ],
    );
  });
});

describe("matrix products", () => {
  it("say what does not fit", () => {
    refused([
      [
        () => ones([2, 3]).matmul(ones([4, 2])),
        ShapeError,
        "matmul: expected inner sizes that agree, got [2, 3] and [4, 2] (3 and 4)",
      ],
      [() => ones([3]).matmul(ones([2, 4, 5])), ShapeError, /\(3 and 4\)/],
      [() => ones([]).matmul(ones([2])), ShapeError, /expected at least one dim/],
      [() => ones([2, 2, 3]).matmul(ones([3, 3, 2])), ShapeError, /shapes that broadcast/],
      [() => ones([2]).matmul(ones([2], { dtype: "float64" })), DTypeError, /one dtype, got float32 and float64/],
      [
        () => ones([2, 2]).mm(ones([2])),
        ShapeError,
        "mm: expected other of 2 dims, got [2]; use matmul for other ranks",
      ],
      [() => ones([1, 2, 3]).bmm(ones([2, 3, 2])), ShapeError, /^bmm: expected as many matrices on both sides/],
      [() => ones([2, 3]).mv(ones([2])), ShapeError, /^mv: expected inner sizes that agree.*\(3 and 2\)/],
      [() => ones([2]).dot(ones([3])), ShapeError, /^dot: expected inner sizes/],
      [() => ones([2, 1]).outer(ones([2])), ShapeError, "outer: expected input of 1 dim, got [2, 1]"],
      [() => ones([3, 2]).addmm(ones([2, 2]), ones([2, 2])), ShapeError, /^addmm: expected/],
      [
        () =>
          ones([2], { dtype: "int64" }).addmm(ones([2, 2], { dtype: "int64" }), ones([2, 2], { dtype: "int64" }), {
            beta: 0.5,
          }),
        DTypeError,
        /^addmm: expected a whole beta for int64, got 0.5/,
      ],
      [() => ones([2, 2]).softmax(2), ArgumentError, /^softmax: expected a dim in \[-2, 1\], got 2/],
      [() => ones([2, 2]).softmax(loose({})), ArgumentError, /^softmax: expected a dim as second argument, got object/],
      [
        () => classes(1, 2).softmax(0),
        DTypeError,
        'softmax: expected a floating dtype, got int64; pass { dtype: "float32" }',
      ],
    ]);
  });
});
