// One round of lstm.mjs: prints the median ms per training step.
import { manualSeed, nn, optim, randn } from "../../dist/engine/index.js";

manualSeed(1);
const model = new nn.LSTM(256, 256);
const optimiser = new optim.SGD(model.parameters(), { lr: 0.01 });
const x = randn([64, 32, 256]);

function step() {
  optimiser.zeroGrad();
  const [output] = model.forward(x);
  const loss = output.square().mean();
  loss.backward();
  optimiser.step();
  return loss.item();
}

for (let i = 0; i < 5; i++) step();
const times = Array.from({ length: 25 }, () => {
  const start = performance.now();
  step();
  return performance.now() - start;
});
console.log(times.sort((a, b) => a - b)[12]);
