// What a batch costs: 64 MNIST digits through ToTensor and Normalize, as a training loop gets them.
//   node --import ./build/typescript.mjs test/bench/loader.mjs
import { performance } from "node:perf_hooks";
import { data, vision } from "../../engine/index.js";

const { datasets, transforms } = vision;
const normalize = [new transforms.ToTensor(), new transforms.Normalize([0.1307], [0.3081])];
const variants = {
  "typed arrays, one look-up per pixel": new transforms.Compose(normalize),
  "tensors, one sample at a time": new transforms.Compose([(image) => image, ...normalize]),
};

const epochs = 5;
for (const [name, transform] of Object.entries(variants)) {
  const dataset = new datasets.MNIST(undefined, { transform });
  const loader = new data.DataLoader(dataset, { batchSize: 64, shuffle: true });
  const perEpoch = [];
  for (let epoch = 0; epoch <= epochs; epoch++) {
    const start = performance.now();
    for (const [images, labels] of loader) void (images.shape[0] + labels.shape[0]);
    if (epoch > 0) perEpoch.push((performance.now() - start) / loader.length); // the first one compiles
  }
  perEpoch.sort((a, b) => a - b);
  console.log(`${perEpoch[epochs >> 1].toFixed(3)} ms per batch of 64 (${name})`);
}
