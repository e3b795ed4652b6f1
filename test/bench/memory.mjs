// 10,000 steps of a small net in a plain synchronous loop (no await, no dispose, no --expose-gc): RSS after the first 500.
//   npm run bench -- memory
import { F, nn, optim, randn, tensor } from "../../dist/engine/index.js";

const net = new nn.Sequential(new nn.Linear(20, 32), new nn.ReLU(), new nn.Linear(32, 4));
const optimiser = new optim.SGD(net.parameters(), { lr: 0.01, momentum: 0.5 });
const x = randn([16, 20]);
const target = tensor(Array.from({ length: 16 }, (_, i) => BigInt(i % 4)));
const rss = [];
const start = performance.now();
for (let i = 0; i < 10_000; i++) {
  optimiser.zeroGrad();
  const loss = F.crossEntropy(net.forward(x), target);
  loss.backward();
  optimiser.step();
  loss.item();
  if (i >= 500 && i % 100 === 0) rss.push(process.memoryUsage.rss());
}
const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
const growth = Math.max(...rss) / rss[0] - 1;
console.log(
  `RSS ${mib(rss[0])} after 500 steps, at most ${mib(Math.max(...rss))} later: ${(100 * growth).toFixed(1)} % growth`,
);
console.log(`${((performance.now() - start) / 10_000).toFixed(3)} ms per step`);
