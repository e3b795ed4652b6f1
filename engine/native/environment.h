// What the addon keeps for one JavaScript environment (the main thread or a worker): its operation objects, and what V8
// was told about native memory. Also ties a native tensor to the JavaScript object that owns it.
#pragma once

#include <napi.h>

#include <atomic>
#include <memory>
#include <vector>

#include "tensors.h"

namespace gradtape {

class OperationCache;

class Environment {
 public:
  static void Create(napi_env env);
  static Environment& Of(napi_env env);

  Environment();
  ~Environment();

  // Makes the process wait for pending operations before it ends: TensorFlow's and oneDNN's statics go while their
  // threads would still compute.
  void DrainAtExit(Napi::Env env);

  OperationCache& operations() { return *operations_; }

  // Puts contents in the table, owned by `out`: V8's collection of `out` frees them, from inside the collection, so a
  // loop that never yields stays flat.
  NativeId Own(napi_env env, napi_value out, ContentsPtr contents);

  // From any thread: V8 may forget so many bytes. Reported with the next batch.
  void Released(int64_t bytes) noexcept { released_.fetch_add(bytes, std::memory_order_relaxed); }

 private:
  template <typename Env>
  static void Collected(Env env, void* id, void* self);
  template <typename Env>
  void Report(Env env);
  void Enqueue(napi_env env, NativeId id);
  void Unref();

  std::unique_ptr<OperationCache> operations_;
  bool drains_ = false;
  // One for the environment itself and one for each finalizer still to come. Only the environment's thread counts.
  int64_t references_ = 1;
  int64_t gained_ = 0;
  std::atomic<int64_t> released_{0};
  // Asynchronous results whose size V8 and the counters do not know yet, in a ring: the oldest is settled when its
  // place is needed, which also keeps the queue of a device from running ahead without end.
  std::vector<NativeId> pending_;
  size_t next_ = 0;
};

}  // namespace gradtape
