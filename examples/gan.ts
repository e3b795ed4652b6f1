// A generative adversarial network on a ring of eight spots: small enough to watch, and with the two cuts that every GAN
// needs, `detach` for the discriminator's turn and frozen parameters for the generator's.
//   npx gradtape train examples/gan.ts
import {
  type OptionSpec,
  type Run,
  type Tensor,
  F,
  manualSeed,
  nn,
  noGrad,
  optim,
  randint,
  randn,
  stack,
} from "gradtape";

export const options = {
  steps: { type: "int", default: 3000, min: 1, help: "steps of training" },
  batchSize: { type: "int", default: 256, min: 1, help: "real and false points per step" },
  noise: { type: "int", default: 8, min: 1, help: "size of the generator's input" },
  lr: { type: "float", default: 0.001, min: 0, help: "learning rate of both" },
  seed: { type: "int", default: 1, help: "random seed" },
  resume: { type: "checkpoint", default: false, help: "go on from the newest checkpoint, or from the one given" },
} satisfies OptionSpec;

// ---- Data ----------------------------------------------------------------------------------------------------------

const spots = 8;
const spread = 0.1;

/** Points around eight spots on a circle, [n, 2]. */
function realPoints(n: number): Tensor {
  const angle = randint(0, spots, [n]).mul((2 * Math.PI) / spots);
  return stack([angle.cos(), angle.sin()], 1)
    .mul(2)
    .add(randn([n, 2]).mul(spread));
}

// ---- Models --------------------------------------------------------------------------------------------------------

const generatorNet = (noise: number) =>
  new nn.Sequential(
    new nn.Linear(noise, 128),
    new nn.ReLU(),
    new nn.Linear(128, 128),
    new nn.ReLU(),
    new nn.Linear(128, 2),
  );

const discriminatorNet = () =>
  new nn.Sequential(
    new nn.Linear(2, 128),
    new nn.LeakyReLU(0.2),
    new nn.Linear(128, 128),
    new nn.LeakyReLU(0.2),
    new nn.Linear(128, 1),
  );

// ---- Training ------------------------------------------------------------------------------------------------------

export function train(run: Run<typeof options>) {
  const { steps, batchSize, noise, lr, seed } = run.options;
  manualSeed(seed);
  const generator = generatorNet(noise);
  const discriminator = discriminatorNet();
  const optimiserG = new optim.Adam(generator.parameters(), { lr, betas: [0.5, 0.999] });
  const optimiserD = new optim.Adam(discriminator.parameters(), { lr, betas: [0.5, 0.999] });
  const start = run.checkpoint({ generator, discriminator, optimiserG, optimiserD }, { every: 500 });

  for (let step = start.step; step < steps; step++) {
    run.step(() => {
      // The discriminator's turn. `detach`: its loss must not reach the generator.
      discriminator.requiresGrad_(true);
      optimiserD.zeroGrad();
      const real = discriminator.forward(realPoints(batchSize));
      const points = generator.forward(randn([batchSize, noise]));
      const fake = discriminator.forward(points.detach());
      const lossD = F.binaryCrossEntropyWithLogits(real, real.onesLike()).add(
        F.binaryCrossEntropyWithLogits(fake, fake.zerosLike()),
      );
      lossD.backward();
      optimiserD.step();

      // The generator's turn. Frozen, the discriminator passes the gradient on and computes none for itself.
      discriminator.requiresGrad_(false);
      optimiserG.zeroGrad();
      const judged = discriminator.forward(points);
      const lossG = F.binaryCrossEntropyWithLogits(judged, judged.onesLike());
      lossG.backward();
      optimiserG.step();

      run.log({ lossD, lossG });
    });
  }
  const { hit, covered } = quality(generator.forward(randn([2000, noise])));
  run.log({ hit, covered });
  console.log(`${(100 * hit).toFixed(0)} % of the points lie on a spot; ${covered} of ${spots} spots are covered`);
}

/** The share of points near a spot, and the number of spots that have at least 2 % of the points. */
function quality(points: Tensor) {
  return noGrad(() => {
    const angles = Array.from({ length: spots }, (_, i) => (i * 2 * Math.PI) / spots);
    const counts = angles.map((angle) => {
      const x = points.get(":", 0).sub(2 * Math.cos(angle));
      const y = points.get(":", 1).sub(2 * Math.sin(angle));
      return x
        .square()
        .add(y.square())
        .sqrt()
        .lt(4 * spread)
        .to("float32")
        .mean()
        .item();
    });
    return { hit: counts.reduce((a, b) => a + b, 0), covered: counts.filter((share) => share > 0.02).length };
  });
}
