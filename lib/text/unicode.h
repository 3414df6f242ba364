// UTF-8 and the few Unicode properties that tokenizers look at.
//
// Properties follow the reference tokenizers, not the newest standard: `tokenizers` takes \p{L} and \p{N} from
// Oniguruma with Unicode 16, and utf8proc 2.8 knows Unicode 14. What was assigned in between is listed in unicode.cc;
// code points assigned still later count as "other" with utf8proc 2.8, as they do in the reference.
#ifndef RECKON_LIB_TEXT_UNICODE_H_
#define RECKON_LIB_TEXT_UNICODE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace reckon {

constexpr uint32_t kReplacementCodePoint = 0xfffd;
constexpr absl::string_view kReplacementUtf8 = "\xef\xbf\xbd";

// One step of decoding. For bytes that are not UTF-8, `value` is U+FFFD, `valid` is false and `length` covers the
// longest prefix of a well-formed sequence, at least one byte (Unicode 3.9, "maximal subpart"; Rust and Python do the
// same).
struct CodePoint {
  uint32_t value = kReplacementCodePoint;
  uint8_t length = 1;
  bool valid = false;
  // Not valid only because the text ends here: more bytes could make it whole.
  bool truncated = false;
};

// Decodes at `pos`, which must be below text.size().
CodePoint DecodeUtf8(absl::string_view text, size_t pos);

// `code_point` must be a Unicode scalar value.
void AppendUtf8(uint32_t code_point, std::string* out);

bool IsValidUtf8(absl::string_view text);

// The text with every ill-formed part replaced by U+FFFD.
std::string ReplaceInvalidUtf8(absl::string_view text);

enum class CharClass : uint8_t {
  kLetter,  // \p{L}
  kNumber,  // \p{N}
  kSpace,   // \s, the property White_Space
  kOther,
};

CharClass ClassOf(uint32_t code_point);

// Rust's char::is_numeric: \p{N}, of Unicode 17 already.
bool IsNumeric(uint32_t code_point);

// \w of the Rust regex crate: letters, numbers of kind Nd, marks, connector punctuation and joiners.
bool IsWordCharacter(uint32_t code_point);

// The byte offset behind the white space that `text` begins with, and before the white space that it ends with.
size_t LeadingSpaceEnd(absl::string_view text);
size_t TrailingSpaceBegin(absl::string_view text);

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_UNICODE_H_
