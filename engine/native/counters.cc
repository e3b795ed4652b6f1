#include "counters.h"

#include <algorithm>
#include <atomic>

namespace gradtape {
namespace {

struct alignas(64) Counter {
  std::atomic<int64_t> bytes{0};
  std::atomic<int64_t> peak{0};
  std::atomic<int64_t> tensors{0};
};

Counter counters[kMaxDevices];

}  // namespace

void CountBytes(int device, int64_t bytes) {
  Counter& counter = counters[device];
  const int64_t now = counter.bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (bytes <= 0) return;
  int64_t peak = counter.peak.load(std::memory_order_relaxed);
  while (now > peak && !counter.peak.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
}

void CountTensors(int device, int64_t tensors) {
  counters[device].tensors.fetch_add(tensors, std::memory_order_relaxed);
}

Memory ReadMemory(int device) {
  const Counter& counter = counters[device];
  const int64_t bytes = counter.bytes.load(std::memory_order_relaxed);
  return {bytes, std::max(bytes, counter.peak.load(std::memory_order_relaxed)),
          counter.tensors.load(std::memory_order_relaxed)};
}

void ResetPeak(int device) {
  counters[device].peak.store(counters[device].bytes.load(std::memory_order_relaxed), std::memory_order_relaxed);
}

}  // namespace gradtape
