#include "item.h"

#include <cmath>
#include <cstring>
#include <string>

#include "status.h"

namespace gradtape {
namespace {

template <typename T>
T Load(const void* data, size_t index) {
  T value;
  std::memcpy(&value, static_cast<const unsigned char*>(data) + index * sizeof(T), sizeof(T));
  return value;
}

float FromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// IEEE binary16: 1 sign, 5 exponent, 10 fraction bits.
float FromHalf(uint16_t half) {
  const uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31, fraction = half & 0x3ffu;
  if (exponent == 31) return FromBits(sign | 0x7f800000u | fraction << 13);
  if (exponent == 0) return (sign ? -1.0f : 1.0f) * std::ldexp(static_cast<float>(fraction), -24);
  return FromBits(sign | (exponent + 112) << 23 | fraction << 13);
}

constexpr int64_t kExact = int64_t{1} << 53;

Napi::Value Integer(Napi::Env env, int64_t value) {
  if (value >= -kExact && value <= kExact) return Napi::Number::New(env, static_cast<double>(value));
  return Napi::BigInt::New(env, value);
}

Napi::Value Integer(Napi::Env env, uint64_t value) {
  if (value <= static_cast<uint64_t>(kExact)) return Napi::Number::New(env, static_cast<double>(value));
  return Napi::BigInt::New(env, value);
}

}  // namespace

Napi::Value ReadElement(Napi::Env env, DType dtype, const void* data, size_t index) {
  const auto number = [&](double value) { return Napi::Number::New(env, value); };
  switch (dtype) {
    case kFloat32:
      return number(Load<float>(data, index));
    case kFloat64:
      return number(Load<double>(data, index));
    case kFloat16:
      return number(FromHalf(Load<uint16_t>(data, index)));
    case kBfloat16:
      return number(FromBits(static_cast<uint32_t>(Load<uint16_t>(data, index)) << 16));
    case kInt8:
      return number(Load<int8_t>(data, index));
    case kUint8:
      return number(Load<uint8_t>(data, index));
    case kBool:
      return number(Load<uint8_t>(data, index) != 0 ? 1 : 0);
    case kInt16:
      return number(Load<int16_t>(data, index));
    case kUint16:
      return number(Load<uint16_t>(data, index));
    case kInt32:
      return number(Load<int32_t>(data, index));
    case kUint32:
      return number(Load<uint32_t>(data, index));
    case kInt64:
      return Integer(env, Load<int64_t>(data, index));
    case kUint64:
      return Integer(env, Load<uint64_t>(data, index));
    default:
      Refuse("item: elements of dtype " + std::to_string(dtype) + " are no numbers");
  }
}

}  // namespace gradtape
