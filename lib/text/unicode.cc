#include "text/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "simdjson.h"

namespace reckon {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

// Assigned in Unicode 15, 15.1 and 16, with the general category L* or N*.
constexpr Range kNewLetters[] = {
    {0x1C89, 0x1C8A},   {0xA7CB, 0xA7CD},   {0xA7DA, 0xA7DC},   {0x105C0, 0x105F3}, {0x10D4A, 0x10D65},
    {0x10D6F, 0x10D85}, {0x10EC2, 0x10EC4}, {0x11380, 0x11389}, {0x1138B, 0x1138B}, {0x1138E, 0x1138E},
    {0x11390, 0x113B5}, {0x113B7, 0x113B7}, {0x113D1, 0x113D1}, {0x113D3, 0x113D3}, {0x11BC0, 0x11BE0},
    {0x13460, 0x143FA}, {0x16100, 0x1611D}, {0x16D40, 0x16D6C}, {0x18CFF, 0x18CFF}, {0x1E5D0, 0x1E5ED},
    {0x1E5F0, 0x1E5F0}, {0x2EBF0, 0x2EE5D},
};
constexpr Range kNewNumbers[] = {
    {0x10D40, 0x10D49}, {0x116D0, 0x116E3}, {0x11BF0, 0x11BF9}, {0x16130, 0x16139},
    {0x16D70, 0x16D79}, {0x1CCF0, 0x1CCF9}, {0x1E5F1, 0x1E5FA},
};

constexpr Range kNumbersOfUnicode17[] = {{0x11DE0, 0x11DE9}, {0x16FF4, 0x16FF6}};

template <size_t n>
bool Contains(const Range (&ranges)[n], uint32_t code_point) {
  const Range* it = std::lower_bound(std::begin(ranges), std::end(ranges), code_point,
                                     [](const Range& range, uint32_t value) { return range.last < value; });
  return it != std::end(ranges) && it->first <= code_point;
}

bool IsSpace(uint32_t c) {
  if (c <= 0x20) return c == 0x20 || (c >= 0x09 && c <= 0x0d);
  return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
         c == 0x202f || c == 0x205f || c == 0x3000;
}

CharClass LookUpClass(uint32_t c) {
  if (IsSpace(c)) return CharClass::kSpace;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return CharClass::kLetter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return CharClass::kNumber;
    case UTF8PROC_CATEGORY_CN:
      if (Contains(kNewLetters, c)) return CharClass::kLetter;
      if (Contains(kNewNumbers, c)) return CharClass::kNumber;
      return CharClass::kOther;
    default:
      return CharClass::kOther;
  }
}

constexpr std::array<CharClass, 128> MakeAsciiClasses() {
  std::array<CharClass, 128> classes{};
  for (uint32_t c = 0; c < 128; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool space = c == ' ' || (c >= 0x09 && c <= 0x0d);
    classes[c] = letter                   ? CharClass::kLetter
                 : (c >= '0' && c <= '9') ? CharClass::kNumber
                 : space                  ? CharClass::kSpace
                                          : CharClass::kOther;
  }
  return classes;
}
constexpr std::array<CharClass, 128> kAsciiClasses = MakeAsciiClasses();

struct LeadByte {
  uint8_t length;        // of the whole sequence; 0: no sequence begins like this
  uint8_t second_first;  // the range of the second byte: excludes overlong forms, surrogates and values > U+10FFFF
  uint8_t second_last;
};

LeadByte ClassifyLead(uint8_t byte) {
  if (byte < 0xc2) return {0, 0, 0};
  if (byte < 0xe0) return {2, 0x80, 0xbf};
  if (byte == 0xe0) return {3, 0xa0, 0xbf};
  if (byte == 0xed) return {3, 0x80, 0x9f};
  if (byte < 0xf0) return {3, 0x80, 0xbf};
  if (byte == 0xf0) return {4, 0x90, 0xbf};
  if (byte < 0xf4) return {4, 0x80, 0xbf};
  if (byte == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

}  // namespace

CodePoint DecodeUtf8(absl::string_view text, size_t pos) {
  const uint8_t byte = static_cast<uint8_t>(text[pos]);
  if (byte < 0x80) return {byte, 1, true, false};
  const LeadByte lead = ClassifyLead(byte);
  if (lead.length == 0) return {};
  uint32_t value = byte & (0x7fu >> lead.length);
  for (uint8_t i = 1; i < lead.length; ++i) {
    if (pos + i >= text.size()) return {kReplacementCodePoint, i, false, true};
    const uint8_t next = static_cast<uint8_t>(text[pos + i]);
    const uint8_t first = i == 1 ? lead.second_first : 0x80;
    const uint8_t last = i == 1 ? lead.second_last : 0xbf;
    if (next < first || next > last) return {kReplacementCodePoint, i, false, false};
    value = (value << 6) | (next & 0x3fu);
  }
  return {value, lead.length, true, false};
}

void AppendUtf8(uint32_t c, std::string* out) {
  if (c < 0x80) {
    out->push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out->push_back(static_cast<char>(0xc0 | (c >> 6)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    out->push_back(static_cast<char>(0xe0 | (c >> 12)));
    out->push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else {
    out->push_back(static_cast<char>(0xf0 | (c >> 18)));
    out->push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3f)));
    out->push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3f)));
  }
}

bool IsValidUtf8(absl::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

std::string ReplaceInvalidUtf8(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t pos = 0; pos < text.size();) {
    const CodePoint c = DecodeUtf8(text, pos);
    if (c.valid) {
      out.append(text.data() + pos, c.length);
    } else {
      out.append(kReplacementUtf8.data(), kReplacementUtf8.size());
    }
    pos += c.length;
  }
  return out;
}

CharClass ClassOf(uint32_t code_point) {
  if (code_point < 128) return kAsciiClasses[code_point];
  return LookUpClass(code_point);
}

bool IsNumeric(uint32_t code_point) {
  return ClassOf(code_point) == CharClass::kNumber || Contains(kNumbersOfUnicode17, code_point);
}

bool IsWordCharacter(uint32_t c) {
  if (ClassOf(c) == CharClass::kLetter || c == 0x200c || c == 0x200d) return true;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_PC:
      return true;
    default:
      return c >= 0x24b6 && c <= 0x24e9;  // circled letters are Alphabetic
  }
}

size_t LeadingSpaceEnd(absl::string_view text) {
  size_t pos = 0;
  while (pos < text.size()) {
    const CodePoint c = DecodeUtf8(text, pos);
    if (ClassOf(c.value) != CharClass::kSpace) break;
    pos += c.length;
  }
  return pos;
}

size_t TrailingSpaceBegin(absl::string_view text) {
  size_t end = text.size();
  while (end > 0) {
    size_t begin = end - 1;
    while (begin > 0 && end - begin < 4 && (static_cast<uint8_t>(text[begin]) & 0xc0) == 0x80) --begin;
    const CodePoint c = DecodeUtf8(text, begin);
    if (begin + c.length != end || ClassOf(c.value) != CharClass::kSpace) break;
    end = begin;
  }
  return end;
}

}  // namespace reckon
