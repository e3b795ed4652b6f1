// MNIST, as PyTorch's own example does it, in the same order: settings, data, model, training, testing.
//   npx gradtape train examples/mnist.ts --epochs 1
import {
  type Device,
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
  rand,
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
  style: {
    type: "choice",
    choices: ["mixed", "functional", "layers"] as const,
    default: "mixed",
    help: "how the network is written: layers and F, own parameters and F only, or layers only",
  },
  workers: { type: "int", default: 0, min: 0, help: "threads that prepare batches beside the training" },
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

// The same network in the three styles that people write. Usually: what has parameters is a layer, the rest is F.
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

// Own parameters and functions only: nothing is hidden in a layer, the initial values neither.
class FunctionalNet extends nn.Module {
  conv1 = weights([10, 1, 5, 5]);
  conv1Bias = weights([10], 25);
  conv2 = weights([20, 10, 5, 5]);
  conv2Bias = weights([20], 250);
  fc1 = weights([50, 320]);
  fc1Bias = weights([50], 320);
  fc2 = weights([10, 50]);
  fc2Bias = weights([10], 50);

  forward(x: Tensor): Tensor {
    x = F.relu(F.maxPool2d(F.conv2d(x, this.conv1, this.conv1Bias), 2));
    x = F.dropout2d(F.conv2d(x, this.conv2, this.conv2Bias), { training: this.training });
    x = F.relu(F.maxPool2d(x, 2)).view(-1, 320);
    x = F.relu(F.linear(x, this.fc1, this.fc1Bias));
    return F.logSoftmax(F.linear(x, this.fc2, this.fc2Bias), 1);
  }
}

/** Uniform in ±1/√fanIn, as PyTorch's layers begin. */
function weights(shape: readonly number[], fanIn = shape.slice(1).reduce((a, b) => a * b)) {
  const bound = 1 / Math.sqrt(fanIn);
  return new nn.Parameter(
    rand(shape)
      .mul(2 * bound)
      .sub(bound),
  );
}

// Layers only: the network is data, and needs no forward of its own.
const layers = () =>
  new nn.Sequential(
    new nn.Conv2d(1, 10, 5),
    new nn.MaxPool2d(2),
    new nn.ReLU(),
    new nn.Conv2d(10, 20, 5),
    new nn.Dropout2d(),
    new nn.MaxPool2d(2),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Linear(320, 50),
    new nn.ReLU(),
    new nn.Linear(50, 10),
    new nn.LogSoftmax(1),
  );

function makeNet({ style }: Settings) {
  switch (style) {
    case "mixed":
      return new Net();
    case "functional":
      return new FunctionalNet();
    case "layers":
      return layers();
  }
}

// ---- Training ------------------------------------------------------------------------------------------------------

export async function train(run: Run<typeof options>) {
  const { batchSize, epochs, lr, momentum, saveInterval, workers } = run.options;
  const on = chooseDevice(run.options);
  const loader = new data.DataLoader(await digits(true, run.options), {
    batchSize,
    shuffle: true,
    numWorkers: workers,
    pinMemory: true,
  });

  const model = makeNet(run.options).to(on); // before the optimiser is made: it must hold the parameters that are trained
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
  await evaluate(run, model, on);
}

// ---- Testing -------------------------------------------------------------------------------------------------------

/** `gradtape test examples/mnist.ts`: the newest checkpoint on the test digits. */
export async function test(run: Run<typeof options>) {
  const on = chooseDevice(run.options);
  const model = makeNet(run.options).to(on);
  run.restore({ model });
  await evaluate(run, model, on);
}

async function evaluate(run: Run<typeof options>, model: ReturnType<typeof makeNet>, on: Device) {
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
