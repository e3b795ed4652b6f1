// Bytes between JavaScript, the host and devices: making tensors, reading them, looking at them, moving them.
#pragma once

#include <napi.h>

#include "tensors.h"

namespace gradtape {

// A tensor in host memory made from bytes (copied); null `data` leaves the memory unset. Throws NativeError when the
// sizes do not fit or memory is short.
HostTensor NewHostTensor(DType dtype, const std::vector<int64_t>& dims, const void* data, size_t bytes,
                         const char* what);
Handle NewHandle(const HostTensor& tensor);

// The contents in host memory, shared where they already are there. Waits; throws a pending asynchronous error.
HostTensor Resolve(const Contents& contents);

std::vector<int64_t> DimsOf(const Contents& contents);

// An ArrayBuffer of so many bytes. Throws a RangeError where V8 has no memory for it.
Napi::ArrayBuffer NewArrayBuffer(Napi::Env env, size_t bytes);

// The bytes of a typed array, a DataView or an ArrayBuffer.
struct Bytes {
  const void* data;
  size_t size;
};
Bytes BytesOf(const Napi::Value& value, const char* what);

Napi::Value Create(const Napi::CallbackInfo& info);
Napi::Value Info(const Napi::CallbackInfo& info);
Napi::Value Read(const Napi::CallbackInfo& info);
Napi::Value View(const Napi::CallbackInfo& info);
Napi::Value Item(const Napi::CallbackInfo& info);
Napi::Value CopyTo(const Napi::CallbackInfo& info);
Napi::Value Assign(const Napi::CallbackInfo& info);
Napi::Value Snapshot(const Napi::CallbackInfo& info);
Napi::Value Free(const Napi::CallbackInfo& info);

}  // namespace gradtape
