// Just enough of the protocol buffer encoding to write a ConfigProto and to read an OpDef.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gradtape::proto {

inline std::string Varint(uint64_t value) {
  std::string out;
  for (; value > 127; value >>= 7) out += static_cast<char>(value | 128);
  return out + static_cast<char>(value);
}

inline std::string Number(int field, uint64_t value) { return Varint(field << 3) + Varint(value); }

inline std::string Bytes(int field, const std::string& value) {
  return Varint(field << 3 | 2) + Varint(value.size()) + value;
}

// Walks the fields of one message. A malformed message simply ends early.
class Reader {
 public:
  explicit Reader(std::string_view message) : rest_(message) {}

  // Moves to the next field; false at the end.
  bool Next() {
    uint64_t key = 0;
    if (rest_.empty() || !Take(&key)) return false;
    field_ = static_cast<int>(key >> 3);
    bytes_ = {};
    uint64_t length = 0;
    switch (key & 7) {
      case 0:
        return Take(&length);
      case 1:
        return Skip(8);
      case 2:
        if (!Take(&length) || length > rest_.size()) return false;
        bytes_ = rest_.substr(0, length);
        return Skip(length);
      case 5:
        return Skip(4);
      default:
        return false;
    }
  }
  int field() const { return field_; }
  // The contents of a string or message field; empty for a number.
  std::string_view bytes() const { return bytes_; }

 private:
  bool Take(uint64_t* value) {
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      *value |= static_cast<uint64_t>(byte & 127) << shift;
      if (byte < 128) return true;
    }
    return false;
  }
  bool Skip(uint64_t count) {
    if (count > rest_.size()) return false;
    rest_.remove_prefix(count);
    return true;
  }

  std::string_view rest_;
  std::string_view bytes_;
  int field_ = 0;
};

}  // namespace gradtape::proto
