// One element of host memory as a JavaScript value.
#pragma once

#include <napi.h>

#include "tensorflow_api.h"

namespace gradtape {

// A number; a bigint for an integer that a number cannot hold. Throws NativeError for strings and complex numbers.
Napi::Value ReadElement(Napi::Env env, DType dtype, const void* data, size_t index);

}  // namespace gradtape
