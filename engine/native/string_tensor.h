// Tensors of strings, which hold their characters outside the tensor's own memory. Only tfjs's image decoders and
// writers use them.
#pragma once

#include <napi.h>

#include <vector>

#include "tensors.h"

namespace gradtape {

// From an array of Uint8Array, one for each element.
HostTensor NewStringTensor(const std::vector<int64_t>& dims, const Napi::Value& value);

// As an array of Uint8Array.
Napi::Value ReadStrings(Napi::Env env, const HostTensor& tensor);

}  // namespace gradtape
