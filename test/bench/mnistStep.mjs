// One round of mnist.mjs: prints the median ms per step of the article's net.
import { F, manualSeed, optim, randn, tensor } from "../../dist/engine/index.js";
import { Net } from "./articleNet.mjs";

manualSeed(1);
const model = new Net();
const optimiser = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.5 });
const x = randn([64, 1, 28, 28]);
const target = tensor(Array.from({ length: 64 }, (_, i) => BigInt(i % 10)));

function step() {
  optimiser.zeroGrad();
  const loss = F.nllLoss(model.forward(x), target);
  loss.backward();
  optimiser.step();
  return loss.item();
}

for (let i = 0; i < 50; i++) step();
const rounds = Array.from({ length: 10 }, () => {
  const start = performance.now();
  for (let i = 0; i < 30; i++) step();
  return (performance.now() - start) / 30;
});
console.log(rounds.sort((a, b) => a - b)[5]);
