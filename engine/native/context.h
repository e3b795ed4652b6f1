// The process's one TensorFlow context: its devices and their executors. Knows nothing of tensors or kernels.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "status.h"
#include "tensorflow_api.h"

namespace gradtape {

struct Device {
  std::string name;      // "cpu", "cpu:1", "cuda:0"
  std::string fullName;  // TensorFlow's
  std::string type;      // "CPU", "GPU"
  int64_t memoryLimit;
};

struct LoadOptions {
  std::string library;
  int cpuDevices;
  bool gpuMemoryGrowth;
  // Threads within one operation and for operations side by side; 0: TensorFlow's choice, one per core.
  int intraOpThreads;
  int interOpThreads;
};

class Context {
 public:
  // Opens the library and makes the context, once in a process; later calls with the same library find it made.
  static Context& Load(const LoadOptions& options);
  // The loaded context; throws NativeError before Load.
  static Context& Get();
  static bool Loaded();

  TFE_Context* get() const { return context_; }
  const std::vector<Device>& devices() const { return devices_; }
  const Device& device(int index) const { return devices_[index]; }
  // The position of TensorFlow's device name; 0, the host, for an unknown one.
  int IndexOf(const char* fullName) const;

  bool Async(int device) const { return async_[device].load(std::memory_order_acquire); }
  void SetAsync(int device, bool async);
  // The executor that operations on a device use now.
  TFE_Executor* Executor(int device) const {
    return Async(device) ? queues_[device].load(std::memory_order_acquire) : inline_;
  }
  TFE_Executor* InlineExecutor() const { return inline_; }
  // Makes what this thread does next (new operations, copies, reads) use an executor.
  void UseExecutor(TFE_Executor* executor) const;
  // Waits for a device's queue. Throws its first error and clears it.
  void Synchronize(int device);
  // Waits for all queues, whatever comes of them.
  static void Drain();

 private:
  explicit Context(const LoadOptions& options);
  void ListDevices();
  static std::atomic<Context*> current_;

  std::string library_;
  TFE_Context* context_ = nullptr;
  // One executor runs operations in place for every device; a device's queue is made when it first turns asynchronous.
  // Both live as long as the process: an operation object made for one keeps pointing at it.
  TFE_Executor* inline_ = nullptr;
  std::vector<Device> devices_;
  std::vector<std::atomic<bool>> async_;
  std::vector<std::atomic<TFE_Executor*>> queues_;

  template <typename T>
  friend class Immortal;
};

}  // namespace gradtape
