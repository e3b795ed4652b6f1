// Memory per device, in our own accounting: TensorFlow shares buffers between virtual CPUs and tells nothing per
// device, so every native buffer reports itself here once, whoever refers to it.
#pragma once

#include <cstdint>

namespace gradtape {

// Devices that can be told apart; more are refused when the library is loaded.
constexpr int kMaxDevices = 64;

struct Memory {
  int64_t bytes;
  int64_t peakBytes;
  int64_t tensors;
};

// Lock-free; from any thread. `bytes` may be negative.
void CountBytes(int device, int64_t bytes);
void CountTensors(int device, int64_t tensors);
Memory ReadMemory(int device);
void ResetPeak(int device);

}  // namespace gradtape
