// Fine-tuning: a network that knows the digits 0 to 4 learns 5 to 9 from few examples. First only a new head is trained on
// frozen features, then everything at a small learning rate.
//   npx gradtape train examples/finetune.ts
import { type OptionSpec, type Run, type Tensor, F, data, manualSeed, nn, noGrad, optim, vision } from "gradtape";

export const options = {
  batchSize: { type: "int", default: 64, min: 1, help: "input batch size for training" },
  few: { type: "int", default: 500, min: 10, help: "examples of the new digits" },
  seed: { type: "int", default: 1, help: "random seed" },
} satisfies OptionSpec;

// ---- Data ----------------------------------------------------------------------------------------------------------

type Digits = data.Dataset<[Tensor, number]>;

const load = (train: boolean) =>
  vision.datasets.MNIST.load(vision.datasets.defaultRoot("mnist"), {
    train,
    transform: new vision.transforms.Compose([
      new vision.transforms.ToTensor(),
      new vision.transforms.Normalize([0.1307], [0.3081]),
    ]),
  });

/** The digits from `first` to `first + 4`, at most so many of them. */
function five(digits: Awaited<ReturnType<typeof load>>, first: number, most = Infinity): Digits {
  const { targets } = digits;
  const wanted = targets
    .ge(first)
    .logicalAnd(targets.lt(first + 5))
    .nonzero()
    .flatten()
    .toArray() as number[];
  return new data.Subset(digits, wanted.slice(0, most));
}

// ---- Model ---------------------------------------------------------------------------------------------------------

class Net extends nn.Module {
  features = new nn.Sequential(
    new nn.Conv2d(1, 16, 5),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(16, 32, 5),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
  );
  head = new nn.Linear(512, 5);

  forward(x: Tensor): Tensor {
    return this.head.forward(this.features.forward(x));
  }
}

// ---- Training ------------------------------------------------------------------------------------------------------

export async function train(run: Run<typeof options>) {
  const { batchSize, few, seed } = run.options;
  manualSeed(seed);
  const [trainData, testData] = [await load(true), await load(false)];
  const batches = (digits: Digits) => new data.DataLoader(digits, { batchSize, shuffle: true });
  const model = new Net();

  const learn = (phase: string, loader: ReturnType<typeof batches>, first: number, optimiser: optim.Adam) => {
    model.train();
    for (const [x, labels] of run.track(loader, { phase })) {
      optimiser.zeroGrad();
      const loss = F.crossEntropy(model.forward(x), labels.sub(first));
      loss.backward();
      optimiser.step();
      run.log({ loss });
    }
  };
  const accuracy = (digits: Digits, first: number) => {
    model.eval();
    let correct = 0;
    noGrad(() => {
      for (const [x, labels] of batches(digits)) {
        correct += model.forward(x).argmax(1).eq(labels.sub(first)).sum().item();
      }
    });
    return correct / digits.length;
  };

  // What it knows: 0 to 4.
  learn("pretrain", batches(five(trainData, 0)), 0, new optim.Adam(model.parameters(), { lr: 0.002 }));
  const old = accuracy(five(testData, 0), 0);

  // A new head on frozen features. What requires no grad is not computed in backward, and the optimiser never sees it.
  model.features.requiresGrad_(false);
  model.head = new nn.Linear(512, 5);
  const newDigits = batches(five(trainData, 5, few));
  const frozen = new optim.Adam(model.head.parameters(), { lr: 0.005 });
  for (let epoch = 0; epoch < 5; epoch++) learn("head", newDigits, 5, frozen);
  const headOnly = accuracy(five(testData, 5), 5);

  // Everything, the features with a tenth of the head's learning rate.
  model.features.requiresGrad_(true);
  const all = new optim.Adam(
    [{ params: model.head.parameters() }, { params: model.features.parameters(), lr: 0.0002 }],
    { lr: 0.002 },
  );
  for (let epoch = 0; epoch < 5; epoch++) learn("train", newDigits, 5, all);
  const tuned = accuracy(five(testData, 5), 5);

  run.log({ old, headOnly, tuned });
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  console.log(
    `0 to 4: ${percent(old)}; 5 to 9 from ${few} examples: ${percent(headOnly)} with a new head, ${percent(tuned)} fine-tuned`,
  );
}
