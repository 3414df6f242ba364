// Numbers and strings as bytes, little-endian, and back without trust.
#ifndef RECKON_LIB_CHAT_PACKING_H_
#define RECKON_LIB_CHAT_PACKING_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace reckon {

class Packer {
 public:
  void U32(uint32_t value) { Number(value, 4); }
  void U64(uint64_t value) { Number(value, 8); }
  void Raw(absl::string_view bytes) { bytes_.append(bytes.data(), bytes.size()); }
  // The length in front.
  void Text(absl::string_view text) {
    U64(text.size());
    Raw(text);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void Number(uint64_t value, int count) {
    for (int i = 0; i < count; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i) & 0xff));
  }

  std::string bytes_;
};

// After the first thing that is not there, everything is 0 or empty, and ok() is false.
class Unpacker {
 public:
  explicit Unpacker(absl::Span<const uint8_t> bytes) : bytes_(bytes) {}

  uint32_t U32() { return static_cast<uint32_t>(Number(4)); }
  uint64_t U64() { return Number(8); }
  std::string Text() {
    const uint64_t size = U64();
    const absl::Span<const uint8_t> text = Take(size);
    return {text.begin(), text.end()};
  }
  bool ok() const { return ok_; }
  size_t left() const { return bytes_.size(); }

 private:
  absl::Span<const uint8_t> Take(uint64_t size) {
    ok_ = ok_ && size <= bytes_.size();
    if (!ok_) return {};
    const absl::Span<const uint8_t> taken = bytes_.first(static_cast<size_t>(size));
    bytes_.remove_prefix(static_cast<size_t>(size));
    return taken;
  }
  uint64_t Number(uint64_t count) {
    uint64_t value = 0;
    int shift = 0;
    for (const uint8_t byte : Take(count)) {
      value |= static_cast<uint64_t>(byte) << shift;
      shift += 8;
    }
    return value;
  }

  absl::Span<const uint8_t> bytes_;
  bool ok_ = true;
};

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_PACKING_H_
