#include "text/jinja_split.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_unicode.h"

namespace reckon::jinja {
namespace {

constexpr size_t kNone = absl::string_view::npos;

absl::string_view NextWord(absl::string_view* text) {
  *text = Strip(*text, nullptr, true, false);
  size_t end = 0;
  while (end < text->size()) {
    size_t next = end;
    if (IsSpace(NextCodePoint(*text, &next))) break;
    end = next;
  }
  const absl::string_view word = text->substr(0, end);
  text->remove_prefix(end);
  return word;
}

absl::string_view LastWord(absl::string_view* text) {
  *text = Strip(*text, nullptr, false, true);
  size_t begin = text->size();
  while (begin > 0) {
    size_t previous = begin;
    if (IsSpace(PreviousCodePoint(*text, &previous))) break;
    begin = previous;
  }
  const absl::string_view word = text->substr(begin);
  text->remove_suffix(text->size() - begin);
  return word;
}

}  // namespace

absl::Status ChargeSearch(Meter& meter, size_t text, size_t needle) {
  if (needle > text) return meter.Step();
  return meter.Work(text + (needle > 32 ? text / 32 * needle : 0));
}

std::vector<absl::string_view> SplitBlanks(absl::string_view text, int64_t limit, bool from_right) {
  std::vector<absl::string_view> parts;
  while (true) {
    text = Strip(text, nullptr, !from_right, from_right);
    if (text.empty()) break;
    if (limit >= 0 && static_cast<int64_t>(parts.size()) >= limit) {
      parts.push_back(text);
      break;
    }
    parts.push_back(from_right ? LastWord(&text) : NextWord(&text));
  }
  if (from_right) std::reverse(parts.begin(), parts.end());
  return parts;
}

std::vector<absl::string_view> SplitBy(absl::string_view text, absl::string_view separator, int64_t limit,
                                       bool from_right) {
  std::vector<absl::string_view> parts;
  while (limit < 0 || static_cast<int64_t>(parts.size()) < limit) {
    const size_t at = from_right ? text.rfind(separator) : text.find(separator);
    if (at == kNone) break;
    if (from_right) {
      parts.push_back(text.substr(at + separator.size()));
      text = text.substr(0, at);
    } else {
      parts.push_back(text.substr(0, at));
      text = text.substr(at + separator.size());
    }
  }
  parts.push_back(text);
  if (from_right) std::reverse(parts.begin(), parts.end());
  return parts;
}

std::vector<absl::string_view> SplitLines(absl::string_view text, bool keep_ends) {
  std::vector<absl::string_view> lines;
  size_t begin = 0;
  for (size_t i = 0; i < text.size();) {
    const size_t at = i;
    const char32_t c = NextCodePoint(text, &i);
    if (!IsLineBreak(c)) continue;
    if (c == '\r' && i < text.size() && text[i] == '\n') ++i;
    lines.push_back(text.substr(begin, (keep_ends ? i : at) - begin));
    begin = i;
  }
  if (begin < text.size()) lines.push_back(text.substr(begin));
  return lines;
}

absl::StatusOr<std::string> ReplaceText(Meter& meter, absl::string_view text, absl::string_view old,
                                        absl::string_view replacement, int64_t count) {
  if (count < 0) count = std::numeric_limits<int64_t>::max();
  std::string out;
  const size_t limit = meter.limits().max_live_bytes / 2;
  RECKON_RETURN_IF_ERROR(ChargeSearch(meter, text.size(), old.size()));
  size_t i = 0;
  while (count > 0) {
    if (out.size() > limit) return absl::ResourceExhaustedError("replace makes too long a text");
    const size_t at = old.empty() ? i : text.find(old, i);
    if (at == kNone) break;
    absl::StrAppend(&out, text.substr(i, at - i), replacement);
    --count;
    i = at + old.size();
    if (!old.empty()) continue;
    // An empty pattern matches in front of every character, and at the end.
    if (i == text.size()) break;
    const size_t start = i;
    NextCodePoint(text, &i);
    absl::StrAppend(&out, text.substr(start, i - start));
  }
  absl::StrAppend(&out, text.substr(i));
  RECKON_RETURN_IF_ERROR(meter.Reserve(out.size()));
  return out;
}

absl::StatusOr<std::string> PadText(Meter& meter, absl::string_view text, int64_t width, char align,
                                    absl::string_view fill) {
  const auto length = static_cast<int64_t>(CountCodePoints(text));
  const int64_t missing = std::max<int64_t>(width - length, 0);
  const auto limit = static_cast<int64_t>(meter.limits().max_live_bytes / 8);
  if (missing > limit) return absl::ResourceExhaustedError("a text is padded to too large a width");
  RECKON_RETURN_IF_ERROR(meter.Reserve(text.size() + static_cast<size_t>(missing) * fill.size()));
  // CPython's way: where the two sides cannot be equal, the parity of the width decides.
  const int64_t left = align == '<' ? 0 : align == '>' ? missing : missing / 2 + (missing & width & 1);
  std::string out;
  for (int64_t i = 0; i < left; ++i) absl::StrAppend(&out, fill);
  absl::StrAppend(&out, text);
  for (int64_t i = left; i < missing; ++i) absl::StrAppend(&out, fill);
  return out;
}

bool HasCase(absl::string_view text, bool upper) {
  bool cased = false;
  for (size_t i = 0; i < text.size();) {
    const char32_t c = NextCodePoint(text, &i);
    if (IsTitle(c) || (upper ? IsLower(c) : IsUpper(c))) return false;
    cased = cased || IsUpper(c) || IsLower(c);
  }
  return cased;
}

}  // namespace reckon::jinja
