#include "string_tensor.h"

#include <cstring>
#include <new>
#include <string>

#include "arguments.h"
#include "copy.h"

namespace gradtape {
namespace {

// A string tensor owns its characters element by element; TensorFlow calls this when the last user of the memory goes.
void FreeStrings(void* data, size_t bytes, void*) {
  auto* strings = static_cast<TF_TString*>(data);
  for (size_t i = 0; i < bytes / sizeof(TF_TString); i++) tensorflow.TF_StringDealloc(&strings[i]);
  ::operator delete(data, std::align_val_t{64});
}

}  // namespace

HostTensor NewStringTensor(const std::vector<int64_t>& dims, const Napi::Value& value) {
  const auto items = ReadList(value, "createTensor", [](const Napi::Value& item, const std::string&) {
    if (!item.IsTypedArray() || item.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
      Refuse("createTensor: expected an array of Uint8Array for a string tensor");
    }
    return BytesOf(item, "createTensor");
  });
  int64_t count = 1;
  for (const int64_t dim : dims) {
    if (__builtin_mul_overflow(count, dim, &count)) Refuse("createTensor: the shape has too many elements");
  }
  if (static_cast<size_t>(count) != items.size()) {
    Refuse("createTensor: expected " + std::to_string(count) + " strings for that shape, got " +
           std::to_string(items.size()));
  }
  const size_t bytes = items.size() * sizeof(TF_TString);
  auto* strings = static_cast<TF_TString*>(::operator new(bytes, std::align_val_t{64}));
  for (size_t i = 0; i < items.size(); i++) {
    tensorflow.TF_StringInit(&strings[i]);
    tensorflow.TF_StringCopy(&strings[i], static_cast<const char*>(items[i].data), items[i].size);
  }
  return HostTensor(tensorflow.TF_NewTensor(kString, dims.data(), static_cast<int>(dims.size()), strings, bytes,
                                            FreeStrings, nullptr));
}

Napi::Value ReadStrings(Napi::Env env, const HostTensor& tensor) {
  const auto* strings = static_cast<const TF_TString*>(tensorflow.TF_TensorData(tensor.get()));
  const auto count = static_cast<uint32_t>(tensorflow.TF_TensorElementCount(tensor.get()));
  const auto result = Napi::Array::New(env, count);
  for (uint32_t i = 0; i < count; i++) {
    const size_t size = tensorflow.TF_StringGetSize(&strings[i]);
    auto bytes = Napi::Uint8Array::New(env, size);
    if (size > 0) std::memcpy(bytes.Data(), tensorflow.TF_StringGetDataPointer(&strings[i]), size);
    result.Set(i, bytes);
  }
  return result;
}

}  // namespace gradtape
