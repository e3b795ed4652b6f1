// Two operations of our own among TensorFlow's, for the CPU: one step of an LSTM, and its gradient. They are executed,
// recorded and stopped like all others. Knows nothing of gradients beyond the formula, nor of JavaScript.
#pragma once

namespace gradtape {

// Registers, all float32, [steps, rows, hidden] and so on; `step` is an int32 number and the gates' order i, f, g, o:
//
//   GradtapeLstmCell(projected [steps, rows, 4 hidden], bias [4 hidden], step, recurrent [rows, 4 hidden],
//                    c_before [rows, hidden])
//       -> gates [rows, 4 hidden] after their activations, c, tanh_c, h [rows, hidden]
//   GradtapeLstmCellGrad(gates, tanh_c, c_before, d_output [steps, rows, hidden], step, dh, dc)
//       -> d_gates [rows, 4 hidden] before their activations, dc_before
//
// where h's gradient is row `step` of d_output plus dh. Does nothing where the library lacks the C interface for
// kernels: then there is no such operation (`HasKernel`). Once in a process, after OpenLibrary and before the first
// context; not thread-safe.
void RegisterLstmCell();

}  // namespace gradtape
