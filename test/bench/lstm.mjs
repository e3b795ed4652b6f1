// A training step of an LSTM (64 steps, batch 32, 256 inputs, hidden 256; forward, backward, SGD) against PyTorch's.
//   npm run bench -- lstm [--rounds 7] [--python FILE]
import { compareStep } from "./againstTorch.mjs";

compareStep("lstmStep.mjs", "lstm_step.py");
