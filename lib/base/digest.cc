#include "base/digest.h"

#include <zlib.h>

namespace reckon {

void Digest::Add(absl::Span<const uint8_t> bytes) {
  crc_ = static_cast<uint32_t>(crc32(crc_, bytes.data(), static_cast<uInt>(bytes.size())));
  adler_ = static_cast<uint32_t>(adler32(adler_, bytes.data(), static_cast<uInt>(bytes.size())));
}

void Digest::Add(absl::string_view text) { Add({reinterpret_cast<const uint8_t*>(text.data()), text.size()}); }

}  // namespace reckon
