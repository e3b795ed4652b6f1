#include "attributes.h"

#include <cmath>

#include "library.h"
#include "status.h"

namespace gradtape {
namespace {

std::string Shown(const Napi::Value& value) {
  if (value.IsObject() || value.IsSymbol()) return "something else";
  return value.ToString().Utf8Value();
}

}  // namespace

double ReadNumber(const Napi::Value& value, const std::string& what) {
  if (!value.IsNumber()) Refuse(what + ": expected a number, got " + Shown(value));
  return value.As<Napi::Number>().DoubleValue();
}

int64_t ReadInteger(const Napi::Value& value, const std::string& what) {
  const double number = ReadNumber(value, what);
  if (std::trunc(number) != number || std::abs(number) > 9007199254740992.0) {
    Refuse(what + ": expected an integer, got " + Shown(value));
  }
  return static_cast<int64_t>(number);
}

DType ReadDType(const Napi::Value& value, const std::string& what) {
  const int64_t number = ReadInteger(value, what);
  if (number < 1 || number > kLastDType) Refuse(what + ": expected a dtype number, got " + std::to_string(number));
  return static_cast<DType>(number);
}

bool ReadBoolean(const Napi::Value& value, const std::string& what) {
  if (!value.IsBoolean()) Refuse(what + ": expected true or false, got " + Shown(value));
  return value.As<Napi::Boolean>().Value();
}

std::string ReadString(const Napi::Value& value, const std::string& what) {
  if (!value.IsString()) Refuse(what + ": expected a string, got " + Shown(value));
  return value.As<Napi::String>().Utf8Value();
}

Attribute ReadAttribute(const Napi::Value& given, const std::string& op) {
  if (!given.IsObject()) Refuse(op + ": expected an attribute, got " + Shown(given), op);
  const auto object = given.As<Napi::Object>();
  const std::string name = ReadString(object.Get("name"), op + ": attribute's name");
  const std::string what = op + ": attribute " + name;
  const std::string type = ReadString(object.Get("type"), what);
  const Napi::Value value = object.Get("value");
  const auto asFloat = [](const Napi::Value& item, const std::string& text) {
    return static_cast<float>(ReadNumber(item, text));
  };
  if (type == "type") return {name, TypeValue{ReadDType(value, what)}};
  if (type == "int") return {name, ReadInteger(value, what)};
  if (type == "float") return {name, asFloat(value, what)};
  if (type == "bool") return {name, ReadBoolean(value, what)};
  if (type == "string") return {name, ReadString(value, what)};
  if (type == "shape") return {name, ShapeValue{ReadList(value, what, ReadInteger)}};
  if (type == "ints") return {name, ReadList(value, what, ReadInteger)};
  if (type == "floats") return {name, ReadList(value, what, asFloat)};
  if (type == "types") return {name, TypeList{ReadList(value, what, ReadDType)}};
  if (type == "strings") return {name, ReadList(value, what, ReadString)};
  Refuse(what + ": unknown attribute type " + type, op);
}

void SetAttribute(TFE_Op* op, const Attribute& attribute) {
  const char* name = attribute.name.c_str();
  const auto count = [](const auto& list) { return static_cast<int>(list.size()); };
  std::visit(
      Overloaded{
          [&](TypeValue value) { tensorflow.TFE_OpSetAttrType(op, name, value.dtype); },
          [&](int64_t value) { tensorflow.TFE_OpSetAttrInt(op, name, value); },
          [&](float value) { tensorflow.TFE_OpSetAttrFloat(op, name, value); },
          [&](bool value) { tensorflow.TFE_OpSetAttrBool(op, name, value); },
          [&](const std::string& value) { tensorflow.TFE_OpSetAttrString(op, name, value.data(), value.size()); },
          [&](const ShapeValue& value) {
            const Status status;
            tensorflow.TFE_OpSetAttrShape(op, name, value.dims.data(), count(value.dims), status);
            status.Check();
          },
          [&](const TypeList& value) {
            tensorflow.TFE_OpSetAttrTypeList(op, name, value.dtypes.data(), count(value.dtypes));
          },
          [&](const std::vector<int64_t>& value) {
            tensorflow.TFE_OpSetAttrIntList(op, name, value.data(), count(value));
          },
          [&](const std::vector<float>& value) {
            tensorflow.TFE_OpSetAttrFloatList(op, name, value.data(), count(value));
          },
          [&](const std::vector<unsigned char>& value) {
            tensorflow.TFE_OpSetAttrBoolList(op, name, value.data(), count(value));
          },
          [&](const std::vector<std::string>& value) {
            std::vector<const void*> data;
            std::vector<size_t> sizes;
            for (const std::string& item : value) {
              data.push_back(item.data());
              sizes.push_back(item.size());
            }
            tensorflow.TFE_OpSetAttrStringList(op, name, data.data(), sizes.data(), count(value));
          },
      },
      attribute.value);
}

}  // namespace gradtape
