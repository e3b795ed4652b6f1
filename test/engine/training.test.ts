// Whole training steps: the losses of a convolutional net under SGD equal PyTorch's; a seed fixes everything.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { F, type Tensor, arange, manualSeed, nn, noGrad, optim, randn, tensor } from "../../engine/index.js";
import type { SGDOptions } from "../../engine/optim/index.js";

const golden = JSON.parse(readFileSync(new URL("../golden/training/losses.json", import.meta.url), "utf8")) as Record<
  string,
  number[]
>;

const settings: Readonly<Record<string, SGDOptions>> = {
  plain: { lr: 0.1 },
  momentum: { lr: 0.05, momentum: 0.5 },
  nesterov: { lr: 0.05, momentum: 0.9, nesterov: true },
  decay: { lr: 0.1, momentum: 0.9, weightDecay: 0.01, dampening: 0.1 },
};

/** The formula of test/golden/training/write.py. */
function fill(shape: readonly number[], phase: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(Float64Array.from({ length: size }, (_, i) => (((i * 37 + phase * 11) % 101) - 50) / 250)).reshape(
    shape,
  );
}

class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 4, 3, { dtype: "float64" });
  conv2 = new nn.Conv2d(4, 6, 3, { padding: 1, dtype: "float64" });
  fc1 = new nn.Linear(54, 16, { dtype: "float64" });
  fc2 = new nn.Linear(16, 5, { dtype: "float64" });

  forward(x: Tensor): Tensor {
    x = F.relu(F.maxPool2d(this.conv1.forward(x), 2));
    x = F.relu(F.maxPool2d(this.conv2.forward(x), 2));
    x = x.view(-1, 54);
    return F.logSoftmax(this.fc2.forward(F.relu(this.fc1.forward(x))), 1);
  }
}

describe("training", () => {
  for (const [name, options] of Object.entries(settings)) {
    it(`ten steps of SGD (${name}) as PyTorch`, () => {
      const net = new Net();
      noGrad(() => [...net.parameters()].forEach((p, phase) => p.copy_(fill(p.shape, phase))));
      const optimiser = new optim.SGD(net.parameters(), options);
      const x = fill([8, 1, 14, 14], 50).mul(5);
      const target = tensor([0n, 1n, 2n, 3n, 4n, 0n, 1n, 2n]);
      const losses = golden[name].map(() => {
        optimiser.zeroGrad();
        const loss = F.nllLoss(net.forward(x), target);
        loss.backward();
        optimiser.step();
        return loss.item();
      });
      losses.forEach((loss, i) =>
        assert.ok(Math.abs(loss - golden[name][i]) < 1e-9, `step ${i}: expected ${golden[name][i]}, got ${loss}`),
      );
    });
  }

  it("is bit-equal for one seed and differs for another", () => {
    const losses = (seed: number): number[] => {
      manualSeed(seed);
      const net = new nn.Sequential(
        new nn.Conv2d(1, 3, 3),
        new nn.Dropout2d(),
        new nn.Flatten(),
        new nn.Linear(3 * 36, 4),
      );
      const optimiser = new optim.SGD(net.parameters(), { lr: 0.1, momentum: 0.5 });
      const x = randn([16, 1, 8, 8]);
      const target = arange(16).mul(0);
      return Array.from({ length: 5 }, () => {
        optimiser.zeroGrad();
        const loss = F.crossEntropy(net.forward(x), target);
        loss.backward();
        optimiser.step();
        return loss.item();
      });
    };
    assert.deepEqual(losses(1), losses(1));
    assert.notDeepEqual(losses(1), losses(2));
  });
});
