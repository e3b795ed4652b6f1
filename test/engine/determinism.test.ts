// The same program with the same seed gives the same bits; deterministic(true) makes TensorFlow refuse what could not.
import assert from "node:assert/strict";
import {
  ArgumentError,
  F,
  deterministic,
  isDeterministic,
  manualSeed,
  nn,
  optim,
  randint,
  randn,
} from "../../engine/index.js";

/** Weights of a small net after some steps, as bytes. */
function trained(seed: number): Buffer {
  manualSeed(seed);
  const net = new nn.Sequential(
    new nn.Conv2d(1, 4, 3),
    new nn.BatchNorm2d(4),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Dropout(0.3),
    new nn.Flatten(),
    new nn.Linear(36, 5),
  );
  const optimiser = new optim.Adam(net.parameters(), { lr: 0.01 });
  for (let i = 0; i < 5; i++) {
    optimiser.zeroGrad();
    F.crossEntropy(net.forward(randn([8, 1, 8, 8])), randint(0, 5, [8])).backward();
    optimiser.step();
  }
  return Buffer.concat([...net.parameters()].map((p) => p.toBytes()));
}

describe("determinism", () => {
  afterEach(() => deterministic(false));

  it("is switched for the process", () => {
    assert.equal(isDeterministic(), false);
    deterministic(true);
    assert.equal(isDeterministic(), true);
    assert.throws(() => deterministic("yes" as never), ArgumentError);
  });

  for (const on of [false, true]) {
    it(`gives equal bits for equal seeds, switched ${on ? "on" : "off"}`, () => {
      deterministic(on);
      const first = trained(3);
      assert.ok(first.equals(trained(3)));
      assert.ok(!first.equals(trained(4)));
    });
  }
});
