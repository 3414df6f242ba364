// The text part of a saved chat: what can be read can be written and read again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "chat/saved_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = reckon::UnpackText({data, size});
  if (!text.has_value()) return 0;
  if (text->chat.pinned.size() != text->chat.messages.size()) __builtin_trap();
  const std::string packed = reckon::PackText(*text);
  const auto again = reckon::UnpackText({reinterpret_cast<const uint8_t*>(packed.data()), packed.size()});
  if (!again.has_value() || reckon::PackText(*again) != packed) __builtin_trap();
  return 0;
}
