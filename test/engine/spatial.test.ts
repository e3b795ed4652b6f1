// Convolution and pooling beyond the samples: inputs that are large enough for the private kernels, against the plain
// ones or against the same in float64; weights that change; results that change in place; layers.
import assert from "node:assert/strict";
import { type Convolution, filterAndBiasGradient, filterGradient, windowOf } from "../../engine/backend/convolution.js";
import { native } from "../../engine/backend/native.js";
import {
  ArgumentError,
  F,
  ShapeError,
  type Tensor,
  device,
  manualSeed,
  nn,
  noGrad,
  randn,
  tensor,
  zeros,
} from "../../engine/index.js";
import { nhwcOf } from "../../engine/functional/spatial.js";
import { Storage } from "../../engine/storage.js";
import { Tensor as TensorClass } from "../../engine/tensor.js";

const flat = (x: Tensor | undefined): number[] =>
  Array.from(x?.reshape(-1).toTypedArray() as ArrayLike<number>, Number);

function close(actual: readonly number[], expected: readonly number[], tolerance = 1e-4): void {
  assert.equal(actual.length, expected.length);
  const worst = actual.reduce((most, value, i) => {
    const off = Math.abs(value - expected[i]) / (1 + Math.abs(expected[i]));
    return Number.isNaN(off) && Number.isNaN(value) !== Number.isNaN(expected[i]) ? Infinity : Math.max(most, off || 0);
  }, 0);
  assert.ok(worst <= tolerance, `off by ${worst}`);
}

/** A call's value and all gradients, in the dtype of its inputs. */
function played(inputs: readonly Tensor[], call: (...leaves: Tensor[]) => Tensor): number[][] {
  const leaves = inputs.map((x) => x.detach().clone().requiresGrad_());
  const out = call(...leaves);
  const weights = out.detach().square().add(0.5);
  out.mul(weights.detach()).sum().backward();
  return [flat(out), ...leaves.map((x) => flat(x.grad))];
}

/** float32 against float64, whose kernels are TensorFlow's plain ones. */
function sameAsFloat64(shapes: readonly (readonly number[])[], call: (...leaves: Tensor[]) => Tensor): void {
  manualSeed(3);
  const inputs = shapes.map((shape) => randn(shape));
  const single = played(inputs, call);
  const double = played(
    inputs.map((x) => x.to("float64")),
    call,
  );
  single.forEach((values, i) => close(values, double[i], 2e-3));
}

describe("convolution", () => {
  for (const [name, options] of [
    ["plainly", {}],
    ["padded as SAME", { padding: 1 }],
    ["padded otherwise", { padding: [2, 0] }],
    ["strided", { stride: 2, padding: 1 }],
    ["strided unequally and dilated", { stride: [1, 2], dilation: [2, 1] }],
    ["in groups", { groups: 2, padding: 1 }],
    ["in groups and dilated", { groups: 4, dilation: 2, padding: 2 }],
  ] as const) {
    it(`of a batch in float32 as in float64, ${name}`, () => {
      const groups = "groups" in options ? options.groups : 1;
      sameAsFloat64([[8, 4, 13, 12], [8, 4 / groups, 3, 3], [8]], (x, w, b) => F.conv2d(x, w, b, options));
      sameAsFloat64([[4, 8, 6, 7], [8, 4 / groups, 3, 3], [4]], (x, w, b) => F.convTranspose2d(x, w, b, options));
    });
  }

  it("of a strided 1x1 kernel in float32 as in float64, with rows and columns left over", () => {
    for (const options of [
      { stride: 2 },
      { stride: [3, 1] },
      { stride: [1, 2], padding: 1 },
      { stride: 4, groups: 2 },
    ] as const) {
      const groups = ("groups" in options && options.groups) || 1;
      sameAsFloat64([[2, 2, 10, 16], [4, 2 / groups, 1, 1], [4]], (x, w, b) => F.conv2d(x, w, b, options));
    }
  });

  it("follows a weight that changes in place, also through a view", () => {
    const weight = zeros([1, 1, 1, 1]);
    const x = zeros([1, 1, 2, 2]).add(1);
    const sum = () => F.conv2d(x, weight).sum().item();
    assert.equal(sum(), 0);
    weight.fill_(2);
    assert.equal(sum(), 8);
    weight.view(1).fill_(3);
    assert.equal(sum(), 12);
  });

  it("gives weight and bias their gradients by one kernel as by two", function () {
    if (!native().hasOp("_MklNativeConv2DBackpropFilterWithBias")) this.skip();
    for (const padding of [
      [0, 0, 0, 0],
      [1, 1, 1, 1],
      [2, 1, 0, 0],
    ] as const) {
      const window = windowOf({ stride: [1, 1], dilation: [1, 1], padding, groups: 1 });
      const [x, weight] = [randn([4, 3, 9, 8]), [5, 3, 3, 3]];
      const out = [4, 5, 9 + padding[0] + padding[1] - 2, 8 + padding[2] + padding[3] - 2];
      const g = randn(out);
      const c: Convolution = { x: x.shape, weight, out, window, dtype: "float32", on: device("cpu") };
      const bias = new Storage("strided");
      const both = filterAndBiasGradient(c, nhwcOf(x), nhwcOf(g), bias);
      const values = (s: Storage, shape: readonly number[]) => flat(new TensorClass(s, shape, "float32", c.on));
      const hwio = [3, 3, 3, 5];
      close(values(both, hwio), values(filterGradient(c, nhwcOf(x), nhwcOf(g)), hwio));
      close(values(bias, [5]), flat(g.sum([0, 2, 3])));
    }
  });

  it("says what does not fit, by the name that the user called", () => {
    const [image, weight] = [zeros([1, 3, 5, 5]), zeros([4, 2, 3, 3])];
    assert.throws(
      () => F.conv2d(image, weight),
      /conv2d: expected input with 2 channels for weight \[4, 2, 3, 3\], got 3/,
    );
    assert.throws(
      () => F.conv2d(image, weight, undefined, { groups: 3 }),
      /expected input with 6 channels .* and 3 groups/,
    );
    assert.throws(
      () => F.conv1d(zeros([1, 3, 5]), zeros([4, 2, 3])),
      /conv1d: .* weight \[4, 2, 3\], got 3 \(\[1, 3, 5\]\)/,
    );
    assert.throws(() => F.conv1d(zeros([5]), zeros([4, 2, 3])), ShapeError);
    assert.throws(() => F.conv2d(image, zeros([4, 3, 3, 3]), undefined, { stride: 2, padding: "same" }), ArgumentError);
    assert.throws(() => F.conv2d(image, zeros([4, 3, 3, 3]), zeros([3])), /expected bias of \[4\], got \[3\]/);
    assert.throws(
      () => F.convTranspose2d(image, zeros([3, 2, 2, 2]), undefined, { outputPadding: 1 }),
      /less than the stride or the dilation/,
    );
    assert.throws(() => F.convTranspose2d(image, zeros([3, 2, 1, 1]), undefined, { padding: 4 }), ShapeError);
  });
});

describe("max pooling", () => {
  const large = [16, 8, 24, 24]; // enough for the kernel that notes the winners

  it("of a large batch in float32 as in float64, with gradients of gradients", () => {
    for (const options of [{}, { stride: 1 }, { padding: 1, stride: 2, ceilMode: true }]) {
      sameAsFloat64([large], (x) => F.maxPool2d(x, 3, options));
    }
    manualSeed(5);
    const seconds = (["float32", "float64"] as const).map((dtype) => {
      const x = randn(large).to(dtype).requiresGrad_();
      manualSeed(5);
      F.maxPool2d(x, 2).pow(3).sum().backward(undefined, { createGraph: true });
      const first = x.grad as Tensor;
      x.grad = undefined;
      first.square().sum().backward();
      return flat(x.grad);
    });
    close(seconds[0], seconds[1], 1e-3);
  });

  it("gives ties to the first, large as small", () => {
    const x = zeros(large).requiresGrad_();
    F.maxPool2d(x, 2).sum().backward();
    const plane = flat(x.grad).slice(0, 48);
    plane.forEach((value, i) => assert.equal(value, i < 24 && i % 2 === 0 ? 1 : 0, `place ${i}`));
  });

  it("lets NaN win and keeps -Infinity in a large batch", () => {
    const x = randn(large);
    noGrad(() => {
      x.select(0, 3).select(0, 2).select(0, 4).select(0, 5).fill_(NaN);
      x.select(0, 1).select(0, 0).fill_(-Infinity);
    });
    const out = F.maxPool2d(x, 2);
    const nan = flat(out).filter(Number.isNaN);
    assert.equal(nan.length, 1);
    assert.ok(Number.isNaN(out.select(0, 3).select(0, 2).select(0, 2).select(0, 2).item()));
    assert.ok(flat(out.select(0, 1).select(0, 0)).every((v) => v === -Infinity));
  });

  it("does not mind what is done in place to its result", () => {
    for (const shape of [[1, 1, 4, 4], large]) {
      const x = randn(shape).requiresGrad_();
      const out = F.maxPool2d(x, 2);
      out.mul_(0);
      out.add_(F.maxPool2d(x, 2)).sum().backward();
      assert.equal(x.grad?.sum().item(), out.numel());
    }
  });
});

describe("layers of convolution and pooling", () => {
  it("have PyTorch's shapes of parameters and results", () => {
    const images = zeros([2, 4, 8, 8]);
    const conv = new nn.Conv2d(4, 6, 3, { groups: 2, padding: "same" });
    assert.deepEqual(conv.weight.shape, [6, 2, 3, 3]);
    assert.deepEqual(conv.forward(images).shape, [2, 6, 8, 8]);
    const up = new nn.ConvTranspose2d(4, 6, 3, { groups: 2, stride: 2, padding: 1, outputPadding: 1 });
    assert.deepEqual(up.weight.shape, [4, 3, 3, 3]);
    assert.deepEqual(up.forward(images).shape, [2, 6, 16, 16]);
    assert.deepEqual(new nn.Conv1d(4, 2, 3, { stride: 2 }).forward(zeros([2, 4, 9])).shape, [2, 2, 4]);
    assert.deepEqual(new nn.ConvTranspose1d(4, 2, 3).forward(zeros([2, 4, 9])).shape, [2, 2, 11]);
    assert.deepEqual(new nn.MaxPool2d(3, { stride: 2, padding: 1 }).forward(images).shape, [2, 4, 4, 4]);
    assert.deepEqual(new nn.AvgPool2d([2, 4]).forward(images).shape, [2, 4, 4, 2]);
    assert.deepEqual(new nn.AdaptiveAvgPool2d([null, 1]).forward(images).shape, [2, 4, 8, 1]);
    assert.deepEqual(new nn.AdaptiveMaxPool2d(3).forward(images).shape, [2, 4, 3, 3]);
    assert.deepEqual(new nn.MaxPool1d(2).forward(zeros([4, 9])).shape, [4, 4]);
    assert.deepEqual(new nn.AvgPool1d(2).forward(zeros([4, 9])).shape, [4, 4]);
  });

  it("begin within PyTorch's bound and print their arguments", () => {
    const conv = new nn.Conv2d(4, 6, [3, 2], { groups: 2, stride: 2, bias: false });
    const bound = 1 / Math.sqrt(2 * 3 * 2);
    assert.ok(flat(conv.weight).every((v) => Math.abs(v) <= bound));
    assert.equal(String(conv), "Conv2d(4, 6, kernelSize=[3, 2], stride=2, groups=2, bias=false)");
    assert.equal(
      String(new nn.ConvTranspose2d(4, 6, 3, { stride: 2, outputPadding: 1 })),
      "ConvTranspose2d(4, 6, kernelSize=[3, 3], stride=2, outputPadding=1)",
    );
    assert.equal(String(new nn.MaxPool2d(2, { stride: [1, 2] })), "MaxPool2d(kernelSize=2, stride=[1, 2])");
    assert.equal(
      String(new nn.BatchNorm2d(3)),
      "BatchNorm2d(3, eps=0.00001, momentum=0.1, affine=true, trackRunningStats=true)",
    );
    assert.throws(
      () => new nn.Conv2d(4, 6, 3, { groups: 4 }),
      /expected outChannels to be divisible by 4 groups, got 6/,
    );
  });

  it("compute on meta without values", () => {
    const net = new nn.Sequential(
      new nn.Conv2d(1, 4, 3, { padding: 1, device: "meta" }),
      new nn.BatchNorm2d(4, { device: "meta" }),
      new nn.MaxPool2d(2),
      new nn.ConvTranspose2d(4, 2, 2, { stride: 2, device: "meta" }),
      new nn.AvgPool2d(3, { stride: 2, padding: 1, countIncludePad: false }),
    );
    const out = net.forward(zeros([5, 1, 8, 8], { device: "meta" }));
    assert.deepEqual([out.shape, out.device.name], [[5, 2, 4, 4], "meta"]);
    assert.deepEqual(
      F.maxPool2d(zeros([1, 8, 8], { device: "meta" }), 2, { returnIndices: true }).map((t) => t.shape),
      [
        [1, 4, 4],
        [1, 4, 4],
      ],
    );
  });

  it("learn: a small network with batch normalisation fits its batch", () => {
    manualSeed(1);
    const net = new nn.Sequential(
      new nn.Conv2d(1, 4, 3, { padding: 1 }),
      new nn.BatchNorm2d(4),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Flatten(),
      new nn.Linear(64, 2),
    );
    const x = randn([16, 1, 8, 8]);
    const target = tensor(Array.from({ length: 16 }, (_, i) => BigInt(i % 2)));
    const parameters = [...net.parameters()];
    const losses: number[] = [];
    for (let step = 0; step < 40; step++) {
      net.zeroGrad();
      const loss = F.crossEntropy(net.forward(x), target);
      losses.push(loss.item());
      loss.backward();
      noGrad(() => parameters.forEach((p) => p.sub_((p.grad as Tensor).mul(0.2))));
    }
    assert.ok(losses[39] < 0.1 * losses[0], `${losses[0]} to ${losses[39]}`);
  });
});
