#include "chat/search_terms.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "text/unicode.h"

namespace reckon {
namespace {

// Han, kana and the like: scripts without spaces between words.
bool IsUnspaced(uint32_t value) {
  return (value >= 0x3041 && value <= 0x30ff) || (value >= 0x3400 && value <= 0x4dbf) ||
         (value >= 0x4e00 && value <= 0x9fff) || (value >= 0xf900 && value <= 0xfaff) ||
         (value >= 0x20000 && value <= 0x323af);
}

}  // namespace

std::vector<std::string> SearchTerms(absl::string_view text) {
  std::vector<std::string> terms;
  std::string word;
  std::string before;  // the unspaced character in front of this one
  bool paired = false;
  const auto end_word = [&] {
    if (!word.empty()) terms.push_back(absl::AsciiStrToLower(word));
    word.clear();
  };
  const auto end_run = [&] {
    if (!before.empty() && !paired) terms.push_back(before);
    before.clear();
    paired = false;
  };
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = DecodeUtf8(text, i);
    const absl::string_view character = text.substr(i, point.length);
    i += point.length;
    if (IsUnspaced(point.value)) {
      end_word();
      if (!before.empty()) {
        terms.push_back(before.append(character.data(), character.size()));
        paired = true;
      }
      before = std::string(character);
      continue;
    }
    end_run();
    const CharClass kind = ClassOf(point.value);
    if (kind == CharClass::kLetter || kind == CharClass::kNumber) {
      word.append(character.data(), character.size());
    } else {
      end_word();
    }
  }
  end_word();
  end_run();
  return terms;
}

}  // namespace reckon
