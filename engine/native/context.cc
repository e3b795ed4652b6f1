#include "context.h"

#include <limits.h>
#include <stdlib.h>

#include <memory>
#include <mutex>

#include "counters.h"
#include "immortal.h"
#include "library.h"
#include "lstm_cell.h"
#include "proto.h"

namespace gradtape {
namespace {

std::mutex loading;

// Two spellings of one file are one library.
std::string RealPath(const std::string& path) {
  char resolved[PATH_MAX];
  return realpath(path.c_str(), resolved) == nullptr ? path : resolved;
}

std::string ConfigProto(const LoadOptions& options) {
  const std::string cpus = proto::Bytes(1, "CPU") + proto::Number(2, options.cpuDevices);
  const std::string gpu = proto::Number(4, options.gpuMemoryGrowth);
  return proto::Bytes(1, cpus) + proto::Number(2, options.intraOpThreads) + proto::Number(5, options.interOpThreads) +
         proto::Bytes(6, gpu);
}

// "cpu" and "cpu:1", "cuda:0" and "cuda:1".
std::string ShortName(const std::string& type, int position) {
  if (type == "GPU") return "cuda:" + std::to_string(position);
  return position == 0 ? "cpu" : "cpu:" + std::to_string(position);
}

}  // namespace

std::atomic<Context*> Context::current_{nullptr};

bool Context::Loaded() { return current_.load(std::memory_order_acquire) != nullptr; }

Context& Context::Get() {
  Context* context = current_.load(std::memory_order_acquire);
  if (context == nullptr)
    Refuse("libtensorflow is not loaded: import \"gradtape\" first, it finds and opens the library");
  return *context;
}

Context& Context::Load(const LoadOptions& options) {
  const std::lock_guard<std::mutex> lock(loading);
  const std::string library = RealPath(options.library);
  if (Context* context = current_.load(std::memory_order_acquire)) {
    if (context->library_ == library) return *context;
    Refuse("load: this process already uses " + context->library_ + ", so it cannot open " + library);
  }
  if (options.cpuDevices < 1 || options.cpuDevices > kMaxDevices / 2) {
    Refuse("load: expected 1 to " + std::to_string(kMaxDevices / 2) + " CPU devices, got " +
           std::to_string(options.cpuDevices));
  }
  static Immortal<Context> context(options);
  current_.store(&*context, std::memory_order_release);
  return *context;
}

Context::Context(const LoadOptions& options) : library_(RealPath(options.library)) {
  OpenLibrary(options.library);
  RegisterLstmCell();
  const Status status;
  using Options = std::unique_ptr<TFE_ContextOptions, void (*)(TFE_ContextOptions*)>;
  const Options made(tensorflow.TFE_NewContextOptions(), tensorflow.TFE_DeleteContextOptions);
  const std::string config = ConfigProto(options);
  tensorflow.TFE_ContextOptionsSetConfig(made.get(), config.data(), config.size(), status);
  status.Check();
  tensorflow.TFE_ContextOptionsSetDevicePlacementPolicy(made.get(), kPlacementSilent);
  context_ = tensorflow.TFE_NewContext(made.get(), status);
  status.Check();
  ListDevices();
  async_ = std::vector<std::atomic<bool>>(devices_.size());
  queues_ = std::vector<std::atomic<TFE_Executor*>>(devices_.size());
  inline_ = tensorflow.TFE_NewExecutor(false, true, 0);
}

void Context::ListDevices() {
  const Status status;
  using List = std::unique_ptr<TF_DeviceList, void (*)(TF_DeviceList*)>;
  const List list(tensorflow.TFE_ContextListDevices(context_, status), tensorflow.TF_DeleteDeviceList);
  status.Check();
  const int count = tensorflow.TF_DeviceListCount(list.get());
  for (const std::string wanted : {"CPU", "GPU"}) {
    int position = 0;
    for (int i = 0; i < count; i++) {
      const std::string type = tensorflow.TF_DeviceListType(list.get(), i, status);
      status.Check();
      if (type != wanted) continue;
      const std::string fullName = tensorflow.TF_DeviceListName(list.get(), i, status);
      status.Check();
      const int64_t limit = tensorflow.TF_DeviceListMemoryBytes(list.get(), i, status);
      status.Check();
      devices_.push_back({ShortName(type, position++), fullName, type, limit});
    }
  }
  if (devices_.size() > kMaxDevices) Refuse("load: more than " + std::to_string(kMaxDevices) + " devices");
}

int Context::IndexOf(const char* fullName) const {
  for (size_t i = 0; fullName != nullptr && i < devices_.size(); i++) {
    if (devices_[i].fullName == fullName) return static_cast<int>(i);
  }
  return 0;
}

void Context::SetAsync(int device, bool async) {
  const std::lock_guard<std::mutex> lock(loading);
  if (async && queues_[device].load(std::memory_order_relaxed) == nullptr) {
    queues_[device].store(tensorflow.TFE_NewExecutor(true, true, 0), std::memory_order_release);
  }
  async_[device].store(async, std::memory_order_release);
}

void Context::UseExecutor(TFE_Executor* executor) const {
  // TensorFlow keeps this per thread too, behind a lock and a map.
  thread_local TFE_Executor* current = nullptr;
  if (current == executor) return;
  tensorflow.TFE_ContextSetExecutorForThread(context_, executor);
  current = executor;
}

void Context::Synchronize(int device) {
  TFE_Executor* queue = queues_[device].load(std::memory_order_acquire);
  if (queue == nullptr) return;
  const Status status;
  tensorflow.TFE_ExecutorWaitForAllPendingNodes(queue, status);
  if (status.ok()) return;
  tensorflow.TFE_ExecutorClearError(queue);
  status.Check();
}

void Context::Drain() {
  for (const std::atomic<TFE_Executor*>& queue : Get().queues_) {
    if (TFE_Executor* executor = queue.load(std::memory_order_acquire)) {
      tensorflow.TFE_ExecutorWaitForAllPendingNodes(executor, Status());
    }
  }
}

}  // namespace gradtape
