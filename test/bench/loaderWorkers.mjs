// How long a training step waits for its batch: MNIST digits through a transform that computes for 2 ms a sample, the
// article's net, batches of 64, without worker threads and with 2. Rounds alternate, so that a busy machine disturbs all
// alike; medians and spreads are printed, and what is possible at all on so many cores.
//   npm run bench -- loaderWorkers [--rounds 3] [--steps 12] [--ms 2] [--workers 2]
import { availableParallelism } from "node:os";
import { isMainThread } from "node:worker_threads";
import { parseArgs } from "node:util";
import { data, F, manualSeed, optim, vision } from "../../dist/engine/index.js";
import { Net } from "./articleNet.mjs";

const batchSize = 64;

/** ToTensor and Normalize, and computing for so long beside them. Workers import it from here. */
export class Busy {
  static module = import.meta.url;
  steps = new vision.transforms.Compose([
    new vision.transforms.ToTensor(),
    new vision.transforms.Normalize([0.1307], [0.3081]),
  ]);

  constructor(ms) {
    this.ms = ms;
  }

  forward(image) {
    return busy(this.steps.forward(image), this.ms);
  }

  raw(image) {
    return busy(this.steps.raw(image), this.ms);
  }
}

function busy(result, ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return result;
}

if (isMainThread) main();

function main() {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      steps: { type: "string", default: "12" },
      ms: { type: "string", default: "2" },
      workers: { type: "string", default: "2" },
    },
  });
  const [rounds, steps, ms, workers] = [values.rounds, values.steps, values.ms, values.workers].map(Number);
  const train = trainer();
  train.warmUp();
  const cores = availableParallelism();

  // What two workers can keep up with, with some room: the same bench where waiting is not a matter of arithmetic.
  const alone = train.stepMs();
  const little = (0.5 * workers * alone) / batchSize;
  const settings = [
    { name: `${ms} ms a sample, no workers`, ms, workers: 0 },
    { name: `${ms} ms a sample, ${workers} workers`, ms, workers },
    { name: `${little.toFixed(3)} ms a sample, no workers`, ms: little, workers: 0 },
    { name: `${little.toFixed(3)} ms a sample, ${workers} workers`, ms: little, workers },
  ].map((setting) => ({ ...setting, waited: [], batch: [], step: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const setting of settings) {
      const { waited, batch, step } = train.measure(setting, steps * (setting.ms === little ? 5 : 1));
      setting.waited.push(waited);
      setting.batch.push(batch);
      setting.step.push(step);
    }
  }
  console.log(`${rounds} interleaved rounds on ${cores} cores, batches of ${batchSize}; median (spread):`);
  for (const { name, waited, batch, step } of settings) {
    console.log(
      `  ${name.padEnd(31)} step waits ${text(waited, "%")} of the time; ${text(batch, " ms")} a batch, of which the step ${text(step, " ms")}`,
    );
  }
  const [local, threaded] = settings;
  const step = median(local.step); // with no workers beside it
  const perBatch = batchSize * ms;
  const least = Math.max(perBatch / Math.min(workers, cores), (perBatch + step) / cores);
  console.log(
    `a thread computes ${Math.round(1000 / ms)} samples/s at most, so a batch costs ${perBatch.toFixed(0)} ms of a core and ${workers} workers give one in ` +
      `${(perBatch / workers).toFixed(0)} ms at best; ${cores} cores that also do the step (${step.toFixed(1)} ms) need ${least.toFixed(0)} ms.`,
  );
  console.log(
    `So the step must wait ${Math.max(0, 100 * (1 - step / least)).toFixed(0)} % of the time whatever the loader does; ` +
      `below 5 % it would take ${Math.ceil(perBatch / (step / 0.95))} workers on as many cores. ` +
      `The loader is ${(median(threaded.batch) / least).toFixed(2)}x as long as that limit.`,
  );
}

function trainer() {
  manualSeed(1);
  const model = new Net();
  const optimiser = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.5 });
  const step = ([x, target]) => {
    optimiser.zeroGrad();
    const loss = F.nllLoss(model.forward(x), target);
    loss.backward();
    optimiser.step();
    return loss.item();
  };
  const loaderOf = ({ ms, workers }) => {
    const mnist = new vision.datasets.MNIST(undefined, { transform: new Busy(ms) });
    return new data.DataLoader(mnist, { batchSize, shuffle: true, numWorkers: workers });
  };
  const [sample] = loaderOf({ ms: 0, workers: 0 });
  return {
    warmUp: () => {
      for (let i = 0; i < 50; i++) step(sample);
    },
    stepMs: () => {
      const start = performance.now();
      for (let i = 0; i < 50; i++) step(sample);
      return (performance.now() - start) / 50;
    },
    /** Shares and milliseconds once the workers are under way. */
    measure: (setting, steps) => {
      const first = 2 * 2 * setting.workers; // what was loaded ahead while nothing was measured
      let [waited, worked, batches] = [0, 0, 0];
      let asked = performance.now();
      for (const batch of loaderOf(setting)) {
        const got = performance.now();
        step(batch);
        const done = performance.now();
        if (batches++ >= first) {
          waited += got - asked;
          worked += done - got;
        }
        if (batches === first + steps) break;
        asked = done;
      }
      return { waited: (100 * waited) / (waited + worked), batch: (waited + worked) / steps, step: worked / steps };
    },
  };
}

function median(list) {
  return [...list].sort((a, b) => a - b)[list.length >> 1];
}

function text(list, unit) {
  const digits = (value) => value.toFixed(1);
  return `${digits(median(list))}${unit} (${digits(Math.min(...list))} to ${digits(Math.max(...list))})`;
}
