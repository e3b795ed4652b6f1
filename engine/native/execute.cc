// The hot path. What it may not do for each call: look a name up, take a lock twice for the same side, allocate beyond
// the result itself, or go through the C++ wrappers of Node-API.
#include "execute.h"

#include <algorithm>
#include <string>

#include "arguments.h"
#include "environment.h"
#include "recorder.h"

namespace gradtape {
namespace {

// Inputs up to this many live on the stack.
constexpr size_t kFewInputs = 12;

template <typename T>
class Scratch {
 public:
  explicit Scratch(size_t count) : many_(count > kFewInputs ? count : 0) {}
  T* data() { return many_.empty() ? few_.data() : many_.data(); }
  T& operator[](size_t i) { return data()[i]; }

 private:
  std::array<T, kFewInputs> few_{};
  std::vector<T> many_;
};

uint64_t Describe(const ContentsPtr* inputs, size_t count) {
  uint64_t description = count + 1;
  for (size_t i = 0; i < count; i++) {
    description = description * 1099511628211u + static_cast<uint64_t>(inputs[i]->dtype()) + 1;
  }
  return description;
}

// Puts name, device and attributes on the operation. TFE_Execute drops the inputs and keeps the rest, so this is done
// once; again only after an error, for inputs of other dtypes (TensorFlow infers attributes from them) or when the
// device changed between synchronous and asynchronous, since an operation is bound to its executor when it is reset.
void Prepare(PreparedOperation& prepared, const Kernel& kernel, const Context& context, int device,
             TFE_Executor* executor, const ContentsPtr* inputs, size_t count, uint64_t description,
             const Status& status) {
  kernel.CheckInputs(count);
  context.UseExecutor(executor);
  const char* name = kernel.op.c_str();
  const char* place = context.device(device).fullName.c_str();
  if (prepared.op == nullptr) {
    prepared.op.reset(tensorflow.TFE_NewOp(context.get(), name, status));
    status.Check(name);
    tensorflow.TFE_OpSetDevice(prepared.op.get(), place, status);
  } else {
    tensorflow.TFE_OpReset(prepared.op.get(), name, place, status);
  }
  status.Check(name);
  for (const Attribute& attribute : kernel.attributes) SetAttribute(prepared.op.get(), attribute);
  prepared.executor = executor;
  prepared.inputs = description;
}

void AddInputs(TFE_Op* op, const Kernel& kernel, const ContentsPtr* inputs, size_t count, const Status& status) {
  const size_t inList = count - static_cast<size_t>(kernel.inputs);
  size_t next = 0;
  for (int argument = 0; argument <= kernel.inputs; argument++) {
    if (argument == kernel.listInput) {
      Scratch<TFE_TensorHandle*> handles(inList);
      for (size_t i = 0; i < inList; i++) handles[i] = inputs[next++]->handle();
      tensorflow.TFE_OpAddInputList(op, handles.data(), static_cast<int>(inList), status);
      status.Check(kernel.op.c_str());
    }
    if (argument < kernel.inputs) {
      tensorflow.TFE_OpAddInput(op, inputs[next++]->handle(), status);
      status.Check(kernel.op.c_str());
    }
  }
}

// Most results are about as large as the largest input.
int64_t LargestOf(const ContentsPtr* inputs, size_t count) {
  int64_t largest = 0;
  for (size_t i = 0; i < count; i++) largest = std::max(largest, inputs[i]->ExpectedBytes());
  return largest;
}

// Runs a kernel on inputs named by id; `results` has room for kernel.outputs.
void Run(Environment& environment, OperationCache::Entry& entry, int64_t device, const NativeId* ids, size_t count,
         ContentsPtr* results) {
  Context& context = Context::Get();
  const Kernel& kernel = *entry.kernel;
  const int place = CheckDevice(context, device, kernel.op.c_str());
  Scratch<ContentsPtr> inputs(count);
  Table::Get().FindAll(ids, count, inputs.data(), kernel.op.c_str());

  if (entry.devices.empty()) entry.devices.resize(context.devices().size());
  PreparedOperation& prepared = entry.devices[place];
  thread_local const Status status;
  TFE_Executor* executor = context.Executor(place);
  const uint64_t description = Describe(inputs.data(), count);
  const bool fresh = !prepared.ready || prepared.executor != executor || prepared.inputs != description;
  prepared.ready = false;
  if (fresh) {
    Prepare(prepared, kernel, context, place, executor, inputs.data(), count, description, status);
  }
  AddInputs(prepared.op.get(), kernel, inputs.data(), count, status);

  Scratch<TFE_TensorHandle*> handles(kernel.outputs);
  const int made = Launch(prepared.op.get(), *kernel.recorded, place, handles.data(), kernel.outputs, status);
  status.Check(kernel.op.c_str());
  prepared.ready = !fresh || tensorflow.TFE_OpGetFlatInputCount(prepared.op.get(), status) == 0;
  const ContentsPtr base = kernel.alias && count > 0 ? inputs[0] : nullptr;
  if (context.Async(place)) {
    const Contents::Pending pending = {LargestOf(inputs.data(), count)};
    for (int i = 0; i < made; i++) {
      results[i] = std::make_shared<const Contents>(Handle(handles[i]), place, pending, base);
    }
  } else {
    for (int i = 0; i < made; i++) results[i] = std::make_shared<const Contents>(Handle(handles[i]), place, base);
  }
  if (made != kernel.outputs) {
    Refuse(kernel.op + ": expected " + std::to_string(kernel.outputs) + " results, got " + std::to_string(made),
           kernel.op);
  }
}

void Require(napi_status status, const char* message) {
  if (status != napi_ok) Refuse(message);
}

napi_value ExecuteOne(napi_env env, napi_callback_info info) {
  constexpr size_t kLeading = 3;  // kernel, device, out
  std::array<napi_value, kLeading + kFewInputs> few;
  std::vector<napi_value> many;
  napi_value* arguments = few.data();
  size_t count = few.size();
  void* data;
  Require(napi_get_cb_info(env, info, &count, arguments, nullptr, &data), "execute: no arguments");
  if (count > few.size()) {
    many.resize(count);
    arguments = many.data();
    Require(napi_get_cb_info(env, info, &count, arguments, nullptr, &data), "execute: no arguments");
  }
  if (count < kLeading) Refuse("execute: expected a kernel, a device and an owner, then inputs");
  Environment& environment = *static_cast<Environment*>(data);

  int64_t kernel, device;
  Require(napi_get_value_int64(env, arguments[0], &kernel), "execute: expected a kernel id");
  Require(napi_get_value_int64(env, arguments[1], &device), "execute: expected a device index");
  OperationCache::Entry& entry = environment.operations().Find(kernel);
  if (entry.kernel->outputs != 1) {
    Refuse(entry.kernel->op + ": execute is for kernels with one output; use executeMany", entry.kernel->op);
  }
  count -= kLeading;
  Scratch<NativeId> ids(count);
  for (size_t i = 0; i < count; i++) {
    double id;
    Require(napi_get_value_double(env, arguments[kLeading + i], &id), "execute: expected the id of a tensor");
    ids[i] = ToId(id);
  }
  ContentsPtr result;
  Run(environment, entry, device, ids.data(), count, &result);
  napi_value id;
  Require(napi_create_double(env, static_cast<double>(environment.Own(env, arguments[2], std::move(result))), &id),
          "execute: the environment is closing");
  return id;
}

}  // namespace

OperationCache::Entry& OperationCache::Find(int64_t kernel) {
  if (kernel > 0 && static_cast<size_t>(kernel) < entries_.size()) {
    Entry& entry = entries_[kernel];
    if (entry.kernel != nullptr) return entry;
  }
  const Kernel* found = kernel > 0 && kernel <= INT32_MAX ? FindKernel(static_cast<int>(kernel)) : nullptr;
  if (found == nullptr) Refuse("execute: expected a kernel id of defineKernel, got " + std::to_string(kernel));
  if (entries_.size() <= static_cast<size_t>(kernel)) entries_.resize(kernel + 1);
  entries_[kernel].kernel = found;
  return entries_[kernel];
}

int Launch(TFE_Op* op, const std::atomic<uint32_t>& name, int device, TFE_TensorHandle** results, int expected,
           const Status& status) {
  int made = expected;
  const OperationRecord record(name.load(std::memory_order_relaxed), device);
  tensorflow.TFE_Execute(op, results, &made, status);
  return status.ok() ? made : 0;
}

napi_value Execute(napi_env env, napi_callback_info info) noexcept {
  try {
    return ExecuteOne(env, info);
  } catch (...) {
    ThrowToJavaScript(env);
    return nullptr;
  }
}

Napi::Value ExecuteMany(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Environment& environment = Environment::Of(env);
  OperationCache::Entry& entry = environment.operations().Find(ReadInteger(info[0], "executeMany: kernel"));
  const int64_t device = ReadInteger(info[1], "executeMany: device");
  const auto owners = ReadList(info[2], "executeMany: outs", [](const Napi::Value& owner, const std::string&) {
    if (!owner.IsUndefined() && !owner.IsObject() && !owner.IsFunction()) {
      Refuse("executeMany: expected objects that own the results, or undefined");
    }
    return owner;
  });
  if (owners.size() != static_cast<size_t>(entry.kernel->outputs)) {
    Refuse(entry.kernel->op + ": expected " + std::to_string(entry.kernel->outputs) + " owners, got " +
               std::to_string(owners.size()),
           entry.kernel->op);
  }
  const std::vector<NativeId> ids = ReadList(info[3], "executeMany: inputs", ReadId);
  std::vector<ContentsPtr> results(owners.size());
  Run(environment, entry, device, ids.data(), ids.size(), results.data());
  const auto made = Napi::Array::New(env, owners.size());
  for (uint32_t i = 0; i < owners.size(); i++) {
    const NativeId id = owners[i].IsUndefined() ? 0 : environment.Own(env, owners[i], std::move(results[i]));
    made.Set(i, Napi::Number::New(env, static_cast<double>(id)));
  }
  return made;
}

}  // namespace gradtape
