// One small operation without the tape: `a.add(b)` of four floats in noGrad, in µs.
//   npm run bench -- smallOp
import { noGrad, tensor } from "../../dist/engine/index.js";

const [a, b] = [tensor([1, 2, 3, 4]), tensor([5, 6, 7, 8])];
const rounds = noGrad(() =>
  Array.from({ length: 15 }, () => {
    const start = performance.now();
    for (let i = 0; i < 20_000; i++) a.add(b);
    return (performance.now() - start) / 20;
  }),
);
const sorted = rounds.slice(3).sort((x, y) => x - y);
console.log(
  `add of 4 floats, no tape: ${sorted[6].toFixed(2)} µs (${sorted[0].toFixed(2)} to ${sorted.at(-1).toFixed(2)})`,
);
