// Running kernels. Every execution of the engine and of tfjs goes through here: operation, attributes, inputs, device.
#pragma once

#include <napi.h>

#include <array>
#include <memory>
#include <vector>

#include "context.h"
#include "kernels.h"
#include "tensors.h"

namespace gradtape {

struct DeleteOperation {
  void operator()(TFE_Op* op) const { tensorflow.TFE_DeleteOp(op); }
};
using Operation = std::unique_ptr<TFE_Op, DeleteOperation>;

// One TFE_Op for a kernel on a device, in one thread.
struct PreparedOperation {
  Operation op;
  TFE_Executor* executor = nullptr;
  // Count and dtypes of the inputs that the attributes were inferred from.
  uint64_t inputs = 0;
  // The attributes stand and no inputs are left: inputs can be added and executed again as it is.
  bool ready = false;
};

// The operation objects of one environment.
class OperationCache {
 public:
  struct Entry {
    const Kernel* kernel = nullptr;
    std::vector<PreparedOperation> devices;
  };
  Entry& Find(int64_t kernel);

 private:
  std::vector<Entry> entries_;
};

// Executes `op` as it stands, recorded. Returns the number of results.
int Launch(TFE_Op* op, const std::atomic<uint32_t>& name, int device, TFE_TensorHandle** results, int expected,
           const Status& status);

// Plain Node-API functions of the table: `execute` is called for every operation of a training step.
napi_value Execute(napi_env env, napi_callback_info info) noexcept;
Napi::Value ExecuteMany(const Napi::CallbackInfo& info);

}  // namespace gradtape
