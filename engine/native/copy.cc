#include "copy.h"

#include <unistd.h>

#include <cstring>
#include <string>

#include "arguments.h"
#include "environment.h"
#include "item.h"

namespace gradtape {
namespace {

// Smaller views are copied: an external buffer costs microseconds and a turn of the event loop to free.
constexpr size_t kLeastExternal = 64 * 1024;
// Node frees external buffers only when the event loop turns. A loop that never yields would pile up whatever it looks
// at, so beyond this much outstanding memory a view is a copy, which V8 collects by itself.
constexpr int64_t kMostExternal = 256 * 1024 * 1024;
std::atomic<int64_t> external{0};

// What an external ArrayBuffer keeps alive: the host memory, and the contents, so that their bytes stay counted.
struct Viewed {
  HostTensor tensor;
  ContentsPtr contents;
};

template <typename Env>
void Unview(Env, void*, void* hint) {
  const std::unique_ptr<Viewed> viewed(static_cast<Viewed*>(hint));
  external.fetch_sub(static_cast<int64_t>(tensorflow.TF_TensorByteSize(viewed->tensor.get())));
}

void RequireNumbers(DType dtype, const char* what) {
  if (ElementSize(dtype) == 0) Refuse(std::string(what) + ": dtype " + std::to_string(dtype) + " has no plain bytes");
}

[[noreturn]] void ThrowNoMemory(size_t bytes, const char* what) {
  throw NativeError("RESOURCE_EXHAUSTED", "",
                    std::string(what) + ": no memory for " + std::to_string(bytes) + " bytes");
}

size_t CountBytesOf(DType dtype, const std::vector<int64_t>& dims, const char* what) {
  uint64_t bytes = ElementSize(dtype);
  for (const int64_t dim : dims) {
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(dim), &bytes) || bytes > static_cast<uint64_t>(INT64_MAX)) {
      throw NativeError("RESOURCE_EXHAUSTED", "", std::string(what) + ": a tensor of that shape has too many bytes");
    }
  }
  return static_cast<size_t>(bytes);
}

Napi::Value CopyOf(Napi::Env env, const HostTensor& tensor) {
  const size_t bytes = tensorflow.TF_TensorByteSize(tensor.get());
  auto buffer = NewArrayBuffer(env, bytes);
  if (bytes > 0) std::memcpy(buffer.Data(), tensorflow.TF_TensorData(tensor.get()), bytes);
  return buffer;
}

// The first argument of most functions.
Found FindArgument(const Napi::CallbackInfo& info, const char* what) {
  return Table::Get().Find(ReadId(info[0], what), what);
}

Napi::Value Own(const Napi::CallbackInfo& info, size_t owner, ContentsPtr contents) {
  const NativeId id = Environment::Of(info.Env()).Own(info.Env(), info[owner], std::move(contents));
  return Napi::Number::New(info.Env(), static_cast<double>(id));
}

}  // namespace

HostTensor NewHostTensor(DType dtype, const std::vector<int64_t>& dims, const void* data, size_t bytes,
                         const char* what) {
  RequireNumbers(dtype, what);
  // TensorFlow's own limit; beyond it the process would end.
  if (dims.size() > 254) Refuse(std::string(what) + ": expected at most 254 dimensions");
  const size_t expected = CountBytesOf(dtype, dims, what);
  // Asked for more than the machine has, TensorFlow would wait ten seconds for somebody to free it.
  static const auto machine =
      static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  if (expected > machine) ThrowNoMemory(expected, what);
  if (data != nullptr && bytes != expected) {
    Refuse(std::string(what) + ": expected " + std::to_string(expected) +
           " bytes of data for that shape and dtype, got " + std::to_string(bytes));
  }
  HostTensor tensor(tensorflow.TF_AllocateTensor(dtype, dims.data(), static_cast<int>(dims.size()), expected));
  void* memory = tensor == nullptr ? nullptr : tensorflow.TF_TensorData(tensor.get());
  if (tensor == nullptr || (memory == nullptr && expected > 0)) ThrowNoMemory(expected, what);
  if (data != nullptr && expected > 0) std::memcpy(memory, data, expected);
  return tensor;
}

Handle NewHandle(const HostTensor& tensor) {
  const Status status;
  Handle handle(tensorflow.TFE_NewTensorHandle(tensor.get(), status));
  status.Check();
  return handle;
}

HostTensor Resolve(const Contents& contents) {
  const Context& context = Context::Get();
  context.UseExecutor(context.InlineExecutor());
  const Status status;
  HostTensor tensor(tensorflow.TFE_TensorHandleResolve(contents.handle(), status));
  status.Check();
  return tensor;
}

std::vector<int64_t> DimsOf(const Contents& contents) {
  const Status status;
  const int rank = tensorflow.TFE_TensorHandleNumDims(contents.handle(), status);
  status.Check();
  std::vector<int64_t> dims;
  for (int axis = 0; axis < rank; axis++) {
    dims.push_back(tensorflow.TFE_TensorHandleDim(contents.handle(), axis, status));
    status.Check();
  }
  return dims;
}

Napi::ArrayBuffer NewArrayBuffer(Napi::Env env, size_t bytes) {
  constexpr size_t kLarge = 16 * 1024 * 1024;
  if (bytes < kLarge) return Napi::ArrayBuffer::New(env, bytes);
  // Node-API's function ends the process when there is no memory; the constructor throws.
  const auto constructor = env.Global().Get("ArrayBuffer").As<Napi::Function>();
  return constructor.New({Napi::Number::New(env, static_cast<double>(bytes))}).As<Napi::ArrayBuffer>();
}

Bytes BytesOf(const Napi::Value& value, const char* what) {
  void* data = nullptr;
  size_t size = 0;
  if (value.IsTypedArray()) {
    size_t length = 0;
    napi_get_typedarray_info(value.Env(), value, nullptr, &length, &data, nullptr, nullptr);
    const size_t width = value.As<Napi::TypedArray>().ElementSize();
    // Newer than this addon, as Float16Array was once.
    if (width == 0) Refuse(std::string(what) + ": unknown kind of typed array; pass its bytes as a Uint8Array");
    size = length * width;
  } else if (value.IsDataView()) {
    napi_get_dataview_info(value.Env(), value, &size, &data, nullptr, nullptr);
  } else if (value.IsArrayBuffer()) {
    napi_get_arraybuffer_info(value.Env(), value, &data, &size);
  } else {
    Refuse(std::string(what) + ": expected a typed array");
  }
  return {data, size};
}

Napi::Value Create(const Napi::CallbackInfo& info) {
  const Context& context = Context::Get();
  const DType dtype = ReadDType(info[0], "create: dtype");
  const std::vector<int64_t> dims = ReadDims(info[1], "create");
  const int device = ReadDevice(info[2], "create");
  Bytes bytes = {nullptr, 0};
  if (!info[4].IsUndefined()) {
    bytes = BytesOf(info[4], "create");
    if (bytes.data == nullptr) bytes.data = "";  // An empty array still says how many bytes it has.
  }
  const HostTensor tensor = NewHostTensor(dtype, dims, bytes.data, bytes.size, "create");
  Handle handle = NewHandle(tensor);
  if (device != 0) {
    context.UseExecutor(context.InlineExecutor());
    const Status status;
    handle.reset(tensorflow.TFE_TensorHandleCopyToDevice(handle.get(), context.get(),
                                                         context.device(device).fullName.c_str(), status));
    status.Check();
  }
  return Own(info, 3, std::make_shared<const Contents>(std::move(handle), device));
}

Napi::Value Info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Found found = FindArgument(info, "info");
  const Contents& contents = *found.contents;
  const std::vector<int64_t> sizes = DimsOf(contents);
  contents.Settle();
  const auto dims = Napi::Array::New(env, sizes.size());
  double bytes = static_cast<double>(contents.dtype() == kString ? sizeof(TF_TString) : ElementSize(contents.dtype()));
  for (uint32_t axis = 0; axis < sizes.size(); axis++) {
    dims.Set(axis, Napi::Number::New(env, static_cast<double>(sizes[axis])));
    bytes *= static_cast<double>(sizes[axis]);
  }
  const auto result = Napi::Object::New(env);
  result.Set("dtype", contents.dtype());
  result.Set("dims", dims);
  result.Set("device", contents.device());
  result.Set("bytes", bytes);
  result.Set("version", found.version);
  return result;
}

Napi::Value Read(const Napi::CallbackInfo& info) {
  const ContentsPtr contents = FindArgument(info, "read").contents;
  RequireNumbers(contents->dtype(), "read");
  const HostTensor tensor = Resolve(*contents);
  contents->Settle();
  return CopyOf(info.Env(), tensor);
}

Napi::Value View(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  ContentsPtr contents = FindArgument(info, "view").contents;
  RequireNumbers(contents->dtype(), "view");
  HostTensor tensor = Resolve(*contents);
  contents->Settle();
  const size_t bytes = tensorflow.TF_TensorByteSize(tensor.get());
  if (bytes < kLeastExternal || external.load() + static_cast<int64_t>(bytes) > kMostExternal)
    return CopyOf(env, tensor);
  void* data = tensorflow.TF_TensorData(tensor.get());
  auto viewed = std::make_unique<Viewed>(Viewed{std::move(tensor), std::move(contents)});
  napi_value buffer;
  external.fetch_add(static_cast<int64_t>(bytes));
  if (napi_create_external_arraybuffer(env, data, bytes, Unview, viewed.get(), &buffer) != napi_ok) {
    external.fetch_sub(static_cast<int64_t>(bytes));
    return CopyOf(env, viewed->tensor);  // A runtime that allows no external buffers.
  }
  viewed.release();  // `unview` has it now.
  return {env, buffer};
}

Napi::Value Item(const Napi::CallbackInfo& info) {
  const ContentsPtr contents = FindArgument(info, "item").contents;
  const int64_t index = ReadInteger(info[1], "item: index");
  const HostTensor tensor = Resolve(*contents);
  const int64_t count = tensorflow.TF_TensorElementCount(tensor.get());
  if (index < 0 || index >= count) {
    Refuse("item: expected an index between 0 and " + std::to_string(count - 1) + ", got " + std::to_string(index));
  }
  return ReadElement(info.Env(), contents->dtype(), tensorflow.TF_TensorData(tensor.get()), static_cast<size_t>(index));
}

Napi::Value CopyTo(const Napi::CallbackInfo& info) {
  const Context& context = Context::Get();
  const ContentsPtr contents = FindArgument(info, "copyTo").contents;
  const int device = ReadDevice(info[1], "copyTo");
  context.UseExecutor(context.Executor(device));
  const Status status;
  Handle copied(tensorflow.TFE_TensorHandleCopyToDevice(contents->handle(), context.get(),
                                                        context.device(device).fullName.c_str(), status));
  status.Check();
  if (!context.Async(device)) return Own(info, 2, std::make_shared<const Contents>(std::move(copied), device));
  const Contents::Pending pending = {contents->ExpectedBytes()};
  return Own(info, 2, std::make_shared<const Contents>(std::move(copied), device, pending));
}

Napi::Value Assign(const Napi::CallbackInfo& info) {
  Table::Get().Assign(ReadId(info[0], "assign"), ReadId(info[1], "assign"));
  return info.Env().Undefined();
}

Napi::Value Snapshot(const Napi::CallbackInfo& info) { return Own(info, 1, FindArgument(info, "snapshot").contents); }

Napi::Value Free(const Napi::CallbackInfo& info) {
  const NativeId id = ReadId(info[0], "free");
  if (!Table::Get().Drop(id)) Table::Get().Find(id, "free");
  return info.Env().Undefined();
}

}  // namespace gradtape
