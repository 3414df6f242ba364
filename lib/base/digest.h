// A short number that tells bytes apart.
#ifndef RECKON_LIB_BASE_DIGEST_H_
#define RECKON_LIB_BASE_DIGEST_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace reckon {

// CRC-32 and Adler-32 (RFC 1950) side by side, which fail in different ways: against mix-ups and damage, not against
// someone who wants two things to look the same. The same for bytes given in any pieces, each below 4 GiB.
class Digest {
 public:
  void Add(absl::Span<const uint8_t> bytes);
  void Add(absl::string_view text);
  uint64_t value() const { return static_cast<uint64_t>(crc_) << 32 | adler_; }

 private:
  uint32_t crc_ = 0;
  uint32_t adler_ = 1;
};

}  // namespace reckon

#endif  // RECKON_LIB_BASE_DIGEST_H_
