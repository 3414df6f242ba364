// Python's view of text, over UTF-8: code points, str.isspace(), str.upper() and their kin.
//
// Every function takes valid UTF-8 (SanitizeUtf8 makes it so).
#ifndef RECKON_LIB_TEXT_JINJA_UNICODE_H_
#define RECKON_LIB_TEXT_JINJA_UNICODE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace reckon::jinja {

bool IsAscii(absl::string_view text);
bool IsValidUtf8(absl::string_view text);
// Replaces every byte sequence that is not UTF-8 by U+FFFD, one for each maximal part as Unicode recommends.
std::string SanitizeUtf8(absl::string_view text);
size_t CountCodePoints(absl::string_view text);
// The byte offset of code point `index`; text.size() if there are fewer.
size_t OffsetOf(absl::string_view text, size_t index);
// Reads the code point at `*offset` and moves past it.
char32_t NextCodePoint(absl::string_view text, size_t* offset);
// Reads the code point that ends at `*offset` and moves in front of it.
char32_t PreviousCodePoint(absl::string_view text, size_t* offset);
void AppendUtf8(std::string* out, char32_t code_point);

bool IsSpace(char32_t c);    // str.isspace(), \s
bool IsAlpha(char32_t c);    // str.isalpha()
bool IsDecimal(char32_t c);  // str.isdecimal()
bool IsDigit(char32_t c);    // str.isdigit()
bool IsNumeric(char32_t c);  // str.isnumeric()
bool IsUpper(char32_t c);
bool IsLower(char32_t c);
bool IsTitle(char32_t c);
bool IsPrintable(char32_t c);  // what repr() leaves as it is
bool IsWordChar(char32_t c);   // \w
bool IsNameStart(char32_t c);  // may begin an identifier
bool IsLineBreak(char32_t c);  // where str.splitlines() splits

std::string Upper(absl::string_view text);
std::string Lower(absl::string_view text);
std::string Capitalize(absl::string_view text);
std::string Title(absl::string_view text);
std::string SwapCase(absl::string_view text);
std::string CaseFold(absl::string_view text);

// Strips code points that are in `chars`; whitespace if `chars` is null.
absl::string_view Strip(absl::string_view text, const std::string* chars, bool left, bool right);

}  // namespace reckon::jinja

#endif  // RECKON_LIB_TEXT_JINJA_UNICODE_H_
