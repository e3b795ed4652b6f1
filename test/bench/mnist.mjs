// The article's MNIST step (batch 64, `.item()` each step) against PyTorch's eager step.
//   npm run bench -- mnist [--rounds 7] [--python FILE]
import { compareStep } from "./againstTorch.mjs";

compareStep("mnistStep.mjs", "mnist_step.py");
