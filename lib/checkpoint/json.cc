#include "checkpoint/json.h"

#include <algorithm>
#include <new>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status.h"

namespace reckon {
namespace {

// Gives integers of more than 18 digits an exponent, which makes doubles of them. Strings are passed over.
std::string WidenLongIntegers(absl::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16 + 16);
  bool in_string = false;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (in_string || !absl::ascii_isdigit(c)) {
      if (c == '"') in_string = !in_string;
      const size_t take = in_string && c == '\\' && i + 1 < text.size() ? 2 : 1;
      absl::StrAppend(&out, text.substr(i, take));
      i += take;
      continue;
    }
    size_t end = i;
    while (end < text.size() && absl::ascii_isdigit(text[end])) ++end;
    absl::StrAppend(&out, text.substr(i, end - i));
    const char next = end < text.size() ? text[end] : ' ';
    const char before = i > 0 ? text[i - 1] : ' ';
    const bool whole = next != '.' && next != 'e' && next != 'E' && before != '.' && before != '+' && before != 'e' &&
                       before != 'E' && !(before == '-' && i > 1 && absl::ascii_tolower(text[i - 2]) == 'e');
    if (whole && end - i > 18) absl::StrAppend(&out, "e0");
    i = end;
  }
  return out;
}

absl::Status ParseError(simdjson::error_code error, absl::string_view origin, size_t max_depth) {
  switch (error) {
    case simdjson::MEMALLOC:
      return absl::ResourceExhaustedError(absl::StrCat(origin, ": out of memory while reading JSON"));
    case simdjson::CAPACITY:
      return absl::InvalidArgumentError(absl::StrCat(origin, ": JSON text is too large"));
    case simdjson::DEPTH_ERROR:
      return absl::InvalidArgumentError(absl::StrCat(origin, ": JSON is nested deeper than ", max_depth, " levels"));
    case simdjson::EMPTY:
      return absl::InvalidArgumentError(absl::StrCat(origin, ": the file is empty; it should hold JSON"));
    default:
      return absl::InvalidArgumentError(absl::StrCat(origin, ": not valid JSON (", simdjson::error_message(error),
                                                     "); the file is damaged or its download was cut short"));
  }
}

}  // namespace

absl::StatusOr<JsonDocument> JsonDocument::Parse(absl::string_view text, absl::string_view origin, size_t max_depth) {
  text = absl::StripPrefix(text, "\xef\xbb\xbf");
  if (text.empty()) return ParseError(simdjson::EMPTY, origin, max_depth);
  JsonDocument document;
  document.origin_ = std::string(origin);
  document.parser_.reset(new (std::nothrow) simdjson::dom::parser);
  if (document.parser_ == nullptr) return ParseError(simdjson::MEMALLOC, origin, max_depth);
  simdjson::dom::parser& parser = *document.parser_;
  // The depth limit can only be set by allocating first.
  simdjson::error_code error = parser.allocate(std::max<size_t>(text.size(), 64), max_depth);
  if (error == simdjson::SUCCESS) error = parser.parse(text.data(), text.size()).get(document.root_);
  if (error == simdjson::NUMBER_ERROR) {
    error = parser.parse(WidenLongIntegers(text)).get(document.root_);
  }
  if (error != simdjson::SUCCESS) return ParseError(error, origin, max_depth);
  return document;
}

absl::StatusOr<simdjson::dom::object> JsonDocument::RootObject() const {
  simdjson::dom::object object;
  if (root_.get_object().get(object) != simdjson::SUCCESS) {
    return absl::InvalidArgumentError(absl::StrCat(origin_, ": should hold a JSON object"));
  }
  return object;
}

}  // namespace reckon
