// Normalisation beyond the samples: running statistics, affine layers and gradients of gradients in float32, where other
// kernels run than in float64. The numbers are PyTorch's.
import assert from "node:assert/strict";
import {
  ArgumentError,
  F,
  ShapeError,
  type Tensor,
  arange,
  nn,
  noGrad,
  ones,
  tensor,
  zeros,
} from "../../engine/index.js";

const flat = (x: Tensor | undefined): number[] =>
  Array.from(x?.reshape(-1).toTypedArray() as ArrayLike<number>, Number);

function close(x: Tensor | undefined, expected: readonly number[], tolerance = 2e-5): void {
  const actual = flat(x);
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    assert.ok(
      Math.abs(value - expected[i]) <= tolerance * (1 + Math.abs(expected[i])),
      `[${i}]: expected ${expected[i]}, got ${value}`,
    );
  });
}

function gradOf(x: Tensor): Tensor {
  assert.ok(x.grad);
  return x.grad;
}

const counting = (n: number) => arange(0, n, 1, { dtype: "float32" });
const batches = [counting(24).reshape(4, 3, 2).sin(), counting(24).reshape(4, 3, 2).cos().mul(2).add(1)];

describe("batch normalisation", () => {
  const wanted = [
    {
      momentum: 0.1,
      mean: [0.2720096, 0.08509269, -0.05960234],
      variance: [0.8499474, 0.9195147, 0.9085098],
      evaluated: [-0.2950432, 0.6176831, 0.8595148, 0.0584276],
    },
    {
      momentum: undefined,
      mean: [1.363183, 0.4619784, -0.3315374],
      variance: [0.2157173, 0.5523336, 0.4990838],
      evaluated: [-2.934955, -1.123254, 0.6018838, -0.4317266],
    },
  ] as const;

  for (const dtype of ["float32", "float64"] as const) {
    for (const { momentum, mean, variance, evaluated } of wanted) {
      it(`keeps running statistics with momentum ${momentum} in ${dtype}`, () => {
        const layer = new nn.BatchNorm1d(3, { momentum, dtype });
        const buffer = layer.runningMean;
        for (const batch of batches) layer.forward(batch.to(dtype));
        assert.equal(layer.runningMean, buffer, "the same tensor, changed in place");
        close(layer.runningMean, mean);
        close(layer.runningVar, variance);
        assert.equal(layer.numBatchesTracked?.item(), 2);
        assert.equal(layer.runningMean?.requiresGrad, false);
        layer.eval();
        close(layer.forward(batches[0].to(dtype)).reshape(-1).narrow(0, 0, 4), evaluated);
        close(layer.runningMean, mean);
        layer.resetRunningStats();
        assert.deepEqual(flat(layer.runningVar), [1, 1, 1]);
      });
    }
  }

  it("with ever other momenta says the same as with one", () => {
    // More factors than there are kernels: the rest is blended outside.
    const running = [zeros([3]), ones([3])] as const;
    const own = [zeros([3], { dtype: "float64" }), ones([3], { dtype: "float64" })] as const;
    for (let i = 1; i < 40; i++) {
      const momentum = 1 / (i + 1.5);
      F.batchNorm(batches[i % 2], ...running, undefined, undefined, { training: true, momentum });
      F.batchNorm(batches[i % 2].to("float64"), ...own, undefined, undefined, { training: true, momentum });
    }
    close(running[0], flat(own[0]));
    close(running[1], flat(own[1]));
  });

  for (const [training, first, ofX, ofWeight] of [
    [
      true,
      [-17.06113, -0.3370626, 10.78093, 0.5508014, 16.8579, -0.2143346, -10.57769, 0.0005959383],
      [222.1642, 2.44217, -1508.647, -3.818968, -261.0667, 2.071009, 1547.55, -0.6942112],
      [3231.134, 3.356417],
    ],
    [
      false,
      [0.1012485, -0.0545553, 6.631393, -0.000459641, 7.432756, -0.178071, 1.457534, -0.02768789],
      [-0.2075532, 0.3458909, 230.6137, 0.002743493, -243.051, 0.958982, -19.48154, 0.1728376],
      [404.0327, 0.8445652],
    ],
  ] as const) {
    it(`has gradients of gradients in float32, training: ${training}`, () => {
      const x = counting(8).reshape(4, 2).sin().detach().requiresGrad_();
      const weight = tensor([1.5, -0.5], { requiresGrad: true });
      const bias = tensor([0, 0], { dtype: "float32", requiresGrad: true });
      const call = () => {
        const y = F.batchNorm(x, tensor([0.1, 0.2]), tensor([1, 2], { dtype: "float32" }), weight, bias, { training });
        return y.mul(y).mul(y).sum();
      };
      call().backward();
      close(x.grad, first, 1e-4); // the fused gradient
      x.grad = weight.grad = undefined;
      call().backward(undefined, { createGraph: true });
      const [gx, gw] = [x, weight].map(gradOf);
      close(gx, first, 1e-4); // the recorded one
      x.grad = weight.grad = undefined;
      gx.square().sum().add(gw.sum()).backward();
      close(x.grad, ofX, 5e-4);
      close(weight.grad, ofWeight, 5e-4);
    });
  }

  it("evaluation is not disturbed by training before its backward", () => {
    const layer = new nn.BatchNorm2d(2).eval();
    const x = counting(16).reshape(2, 2, 2, 2).requiresGrad_();
    const y = layer.forward(x);
    layer.train();
    noGrad(() => layer.forward(x.detach()));
    y.sum().backward();
    close(x.grad, Array<number>(16).fill(1 / Math.sqrt(1 + 1e-5)));
  });

  it("a layer's state has PyTorch's entries, and an unaffine one without statistics has none", () => {
    assert.deepEqual(Object.keys(new nn.BatchNorm2d(3).stateDict()), [
      "weight",
      "bias",
      "runningMean",
      "runningVar",
      "numBatchesTracked",
    ]);
    const plain = new nn.BatchNorm1d(3, { affine: false, trackRunningStats: false });
    assert.deepEqual(Object.keys(plain.stateDict()), []);
    const x = batches[0].requiresGrad_(false);
    const training = flat(plain.forward(x));
    assert.deepEqual(flat(plain.eval().forward(x)), training, "the batch's own statistics in evaluation too");
  });

  it("says what does not fit", () => {
    assert.throws(
      () => new nn.BatchNorm2d(3).forward(zeros([2, 3])),
      /BatchNorm2d: expected input of 4 dimensions, got 2/,
    );
    assert.throws(
      () => new nn.BatchNorm1d(3).forward(zeros([1, 3])),
      (error) => error instanceof ShapeError && /more than one value per channel/.test(error.message),
    );
    assert.throws(() => F.batchNorm(zeros([2, 3])), ArgumentError);
    assert.throws(() => F.batchNorm(zeros([2, 3]), zeros([2]), ones([3])), /expected runningMean of \[3\]/);
  });
});

describe("layer and group normalisation", () => {
  const values = [-0.5690414, -0.5345206, -0.3363018, 0.1077684, -1.961158, -0.3728106];
  const slopes = [-1.48901, 2.233536, -0.7445254, -0.7241144, 0.5431035, 0.1810114];
  for (const [name, make] of [
    ["LayerNorm", () => new nn.LayerNorm(3)],
    ["GroupNorm", () => new nn.GroupNorm(1, 3)],
  ] as const) {
    it(`${name} with weight and bias`, () => {
      const layer = make();
      noGrad(() => {
        layer.weight?.copy_(tensor([1, 2, -1]));
        layer.bias?.copy_(tensor([0.5, 0, 1]));
      });
      const x = tensor(
        [
          [1, 2, 4],
          [0, -1, 3],
        ],
        { dtype: "float32", requiresGrad: true },
      );
      const y = layer.forward(x);
      close(y, values);
      y.backward(
        tensor(
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
          { dtype: "float32" },
        ),
      );
      close(x.grad, slopes);
      close(layer.weight?.grad, [-2.637968, -5.437415, 12.24577]);
      close(layer.bias?.grad, [5, 7, 9]);
    });
  }

  it("a result that is changed in place leaves its gradient alone", () => {
    const x = tensor([[1, 2, 4]], { dtype: "float32", requiresGrad: true });
    const out = F.layerNorm(x, 3);
    const before = flat(out);
    out.mul_(2);
    out.sum().backward();
    close(
      out,
      before.map((v) => 2 * v),
    );
    close(x.grad, [0, 0, 0]);
  });

  it("says what does not fit", () => {
    assert.throws(() => F.layerNorm(zeros([2, 3]), 4), /expected input that ends in \[4\], got \[2, 3\]/);
    assert.throws(() => F.groupNorm(zeros([2, 3]), 2), /expected numGroups to divide 3 channels, got 2/);
    assert.throws(() => new nn.GroupNorm(2, 3), ArgumentError);
  });
});
