// The arithmetic of one step of an LSTM on arrays of float: every array is read or written once. Knows neither
// TensorFlow nor JavaScript.
#pragma once

#include <cstdint>

namespace gradtape {

// Arrays of rows · hidden floats, four times that for the gates, whose order in a row is PyTorch's: i, f, g, o. No two
// may overlap.
struct LstmStep {
  int64_t rows;
  int64_t hidden;
  // What goes into the gates is the sum of these; `bias` is one row.
  const float* projected;
  const float* bias;
  const float* recurrent;
  const float* cBefore;
  // The gates after their activations.
  float* gates;
  float* c;
  float* tanhC;
  float* h;
};

struct LstmStepGradient {
  int64_t rows;
  int64_t hidden;
  const float* gates;
  const float* tanhC;
  const float* cBefore;
  // The gradient of h is the sum of two: what comes from the step's output and what comes from the step after it.
  const float* dOutput;
  const float* dh;
  const float* dc;
  // Of the gates before their activations.
  float* dGates;
  float* dcBefore;
};

// Within 3 units in the last place of the exact activations. Sigmoids below the smallest normal number are zero.
void RunLstmStep(const LstmStep& step);
void RunLstmStepGradient(const LstmStepGradient& step);

}  // namespace gradtape
