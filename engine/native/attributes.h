// Attributes of an operation: read from JavaScript once, put on a TFE_Op as often as needed.
#pragma once

#include <napi.h>

#include <string>
#include <variant>
#include <vector>

#include "status.h"
#include "tensorflow_api.h"

namespace gradtape {

struct TypeValue {
  DType dtype;
};
struct TypeList {
  std::vector<DType> dtypes;
};
struct ShapeValue {
  std::vector<int64_t> dims;
};

using AttributeValue =
    std::variant<TypeValue, int64_t, float, bool, std::string, ShapeValue, TypeList, std::vector<int64_t>,
                 std::vector<float>, std::vector<unsigned char>, std::vector<std::string>>;

struct Attribute {
  std::string name;
  AttributeValue value;
};

// std::visit with one lambda per kind.
template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

// `KernelAttr` of binding.ts. Throws NativeError naming the attribute.
Attribute ReadAttribute(const Napi::Value& value, const std::string& op);

void SetAttribute(TFE_Op* op, const Attribute& attribute);

// Parts that tfjs_binding.cc reads in its own form of an attribute. `what` begins the message.
DType ReadDType(const Napi::Value& value, const std::string& what);
int64_t ReadInteger(const Napi::Value& value, const std::string& what);
double ReadNumber(const Napi::Value& value, const std::string& what);
bool ReadBoolean(const Napi::Value& value, const std::string& what);
std::string ReadString(const Napi::Value& value, const std::string& what);

template <typename Item>
auto ReadList(const Napi::Value& value, const std::string& what, Item read) {
  std::vector<decltype(read(value, what))> list;
  if (!value.IsArray()) Refuse(what + ": expected an array");
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); i++) list.push_back(read(array.Get(i), what));
  return list;
}

}  // namespace gradtape
