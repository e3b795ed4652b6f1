// MNIST, as PyTorch's own example does it, in the same order: settings, data, model, training, testing.
//   npx gradtape train examples/mnist.ts --epochs 1
import {
  type OptionSpec,
  type Run,
  type Tensor,
  F,
  cuda,
  data,
  device,
  manualSeed,
  nn,
  noGrad,
  optim,
  vision,
} from "gradtape";

// ---- Settings ------------------------------------------------------------------------------------------------------

export const options = {
  batchSize: { type: "int", default: 64, min: 1, help: "input batch size for training" },
  epochs: { type: "int", default: 10, min: 1, help: "number of epochs to train" },
  lr: { type: "float", default: 0.01, min: 0, help: "learning rate" },
  momentum: { type: "float", default: 0.5, min: 0, help: "SGD momentum" },
  noCuda: { type: "bool", default: false, help: "train on the CPU even where there is a GPU" },
  seed: { type: "int", default: 1, help: "random seed" },
  saveInterval: { type: "int", default: 10, min: 1, help: "how many batches to wait before checkpointing" },
  resume: { type: "checkpoint", default: false, help: "go on from the newest checkpoint, or from the one given" },
  full: {
    type: "bool",
    default: false,
    help: "all 70,000 digits (downloaded once) instead of the 10,000 that come along",
  },
} satisfies OptionSpec;

type Settings = Run<typeof options>["options"];

/** Code for several devices: choose one here, and move the model and the data to it. */
function chooseDevice({ noCuda, seed }: Settings) {
  manualSeed(seed); // one seed for initial weights, dropout and shuffling, on every device
  return device(cuda.isAvailable() && !noCuda ? "cuda" : "cpu");
}

// ---- Data ----------------------------------------------------------------------------------------------------------

// Datasets lie in the user's folder, apart from the code, so that projects can share them.
const dataPath = vision.datasets.defaultRoot("mnist");

function digits(train: boolean, { full }: Settings) {
  return vision.datasets.MNIST.load(dataPath, {
    train,
    source: full ? "full" : "embedded",
    download: true,
    transform: new vision.transforms.Compose([
      new vision.transforms.ToTensor(),
      new vision.transforms.Normalize([0.1307], [0.3081]),
    ]),
  });
}

// ---- Model ---------------------------------------------------------------------------------------------------------

class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 10, 5);
  conv2 = new nn.Conv2d(10, 20, 5);
  conv2Drop = new nn.Dropout2d();
  fc1 = new nn.Linear(320, 50);
  fc2 = new nn.Linear(50, 10);

  forward(x: Tensor): Tensor {
    x = F.relu(F.maxPool2d(this.conv1.forward(x), 2));
    x = F.relu(F.maxPool2d(this.conv2Drop.forward(this.conv2.forward(x)), 2));
    x = x.view(-1, 320);
    x = F.relu(this.fc1.forward(x));
    x = this.fc2.forward(x);
    return F.logSoftmax(x, 1);
  }
}

// ---- Training ------------------------------------------------------------------------------------------------------

export async function train(run: Run<typeof options>) {
  const { batchSize, epochs, lr, momentum, saveInterval } = run.options;
  const on = chooseDevice(run.options);
  const loader = new data.DataLoader(await digits(true, run.options), { batchSize, shuffle: true, pinMemory: true });

  const model = new Net().to(on); // before the optimiser is made: it must hold the parameters that are trained
  const optimiser = new optim.SGD(model.parameters(), { lr, momentum });
  const trainLosses: number[] = [];

  // One file with all three, saved every few batches; with --resume it is read here.
  const start = run.checkpoint({ model, optimiser, trainLosses }, { every: saveInterval });

  for (let epoch = start.epoch; epoch <= epochs; epoch++) {
    model.train();
    for (const [images, labels] of run.track(loader, { epoch, epochs })) {
      const x = images.to(on, { nonBlocking: true });
      const target = labels.to(on, { nonBlocking: true });
      optimiser.zeroGrad();
      const output = model.forward(x);
      const loss = F.nllLoss(output, target);
      loss.backward();
      trainLosses.push(loss.item());
      optimiser.step();
      run.log({ loss });
    }
  }
  await evaluate(run, model);
}

// ---- Testing -------------------------------------------------------------------------------------------------------

/** `gradtape test examples/mnist.ts`: the newest checkpoint on the test digits. */
export async function test(run: Run<typeof options>) {
  const model = new Net().to(chooseDevice(run.options));
  run.restore({ model });
  await evaluate(run, model);
}

async function evaluate(run: Run<typeof options>, model: Net) {
  const on = model.fc2.weight.device;
  const testData = await digits(false, run.options);
  const loader = new data.DataLoader(testData, { batchSize: run.options.batchSize, pinMemory: true });
  model.eval();
  let testLoss = 0;
  let correct = 0;
  noGrad(() => {
    for (const [images, labels] of run.track(loader, { phase: "test" })) {
      const x = images.to(on, { nonBlocking: true });
      const target = labels.to(on, { nonBlocking: true });
      const output = model.forward(x);
      testLoss += F.nllLoss(output, target, { reduction: "sum" }).item();
      const predicted = output.argmax(1, { keepdim: true });
      correct += predicted.eq(target.viewAs(predicted)).sum().item();
    }
  });
  testLoss /= testData.length;
  const accuracy = correct / testData.length;
  run.log({ testLoss, accuracy });
  console.log(`test loss: ${testLoss.toFixed(4)}  accuracy: ${(100 * accuracy).toFixed(1)} %`);
}
