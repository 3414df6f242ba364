// Cutting documents and taking their words: no passage is empty, and none has more than a little over what it may have.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "chat/passages.h"
#include "chat/search_terms.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto count = [](absl::string_view piece) { return static_cast<int64_t>(piece.size()); };
  for (const reckon::Passage& passage : reckon::SplitIntoPassages(text, 40, count)) {
    if (passage.text.empty() || passage.first_line > passage.last_line || passage.tokens > 64) __builtin_trap();
  }
  for (const std::string& term : reckon::SearchTerms(text)) {
    if (term.empty() || term.find('"') != std::string::npos) __builtin_trap();
  }
  return 0;
}
