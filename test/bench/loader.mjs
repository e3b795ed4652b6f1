// What a batch costs: 64 MNIST digits through ToTensor and Normalize, shuffled, as a training loop gets them. Prints the
// median of the epochs, and the processor's time, which a busy machine disturbs less.
//   node --import ./build/typescript.mjs test/bench/loader.mjs
import { performance } from "node:perf_hooks";
import { data, vision } from "../../engine/index.js";

const { datasets, transforms } = vision;
const normalize = [new transforms.ToTensor(), new transforms.Normalize([0.1307], [0.3081])];
const variants = {
  "typed arrays, one look-up per pixel": new transforms.Compose(normalize),
  "tensors, one sample at a time": new transforms.Compose([(image) => image, ...normalize]),
};

const epochs = 9;
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

for (const [name, transform] of Object.entries(variants)) {
  const dataset = new datasets.MNIST(undefined, { transform });
  const loader = new data.DataLoader(dataset, { batchSize: 64, shuffle: true });
  const wall = [];
  const cpu = [];
  for (let epoch = 0; epoch <= epochs; epoch++) {
    const start = performance.now();
    const startCpu = process.cpuUsage();
    let samples = 0;
    for (const [images, labels] of loader) samples += Math.min(images.shape[0], labels.shape[0]);
    if (samples !== dataset.length) throw new Error(`expected ${dataset.length} samples, got ${samples}`);
    if (epoch === 0) continue; // loads the library and compiles
    const { user, system } = process.cpuUsage(startCpu);
    wall.push((performance.now() - start) / loader.length);
    cpu.push((user + system) / 1000 / loader.length);
  }
  console.log(
    `${median(wall).toFixed(3)} ms per batch of 64, ${median(cpu).toFixed(3)} ms of processor time (${name})`,
  );
}
