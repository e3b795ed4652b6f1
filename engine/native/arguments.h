// Arguments that several functions of the table take: ids, devices, dims.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "attributes.h"
#include "context.h"
#include "tensors.h"

namespace gradtape {

// What is no id at all (negative, a fraction, beyond 2^53) becomes 0, which no tensor has.
inline NativeId ToId(double number) {
  if (!(number >= 0 && number < 9007199254740992.0)) return 0;
  const auto id = static_cast<NativeId>(number);
  return static_cast<double>(id) == number ? id : 0;
}

inline NativeId ReadId(const Napi::Value& value, const std::string& what) {
  if (!value.IsNumber()) Refuse(what + ": expected the id of a tensor");
  return ToId(value.As<Napi::Number>().DoubleValue());
}

inline int CheckDevice(const Context& context, int64_t device, const char* what) {
  const auto count = static_cast<int64_t>(context.devices().size());
  if (device >= 0 && device < count) return static_cast<int>(device);
  Refuse(std::string(what) + ": expected a device between 0 and " + std::to_string(count - 1) + ", got " +
         std::to_string(device));
}

inline int ReadDevice(const Napi::Value& value, const char* what) {
  return CheckDevice(Context::Get(), ReadInteger(value, std::string(what) + ": device"), what);
}

inline std::vector<int64_t> ReadDims(const Napi::Value& value, const std::string& what) {
  return ReadList(value, what + ": dims", [](const Napi::Value& item, const std::string& name) {
    const int64_t dim = ReadInteger(item, name);
    if (dim < 0) Refuse(name + ": expected sizes of 0 or more, got " + std::to_string(dim));
    return dim;
  });
}

}  // namespace gradtape
