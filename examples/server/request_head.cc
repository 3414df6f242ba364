#include "server/request_head.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace reckon_server {
namespace {

constexpr absl::string_view kNameMarks = "!#$%&'*+-.^_`|~";

bool IsName(absl::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && kNameMarks.find(c) == absl::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool IsPrintable(absl::string_view text, bool blanks) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0x7f || (byte < 0x20 && !(blanks && c == '\t')) || (byte == ' ' && !blanks)) return false;
  }
  return true;
}

ApiError Bad(absl::string_view what) { return {.status = 400, .message = absl::StrCat("not an HTTP request: ", what)}; }

// Takes a line without its end; false if there is none.
bool TakeLine(absl::string_view& text, absl::string_view& line) {
  const size_t end = text.find("\r\n");
  if (end == absl::string_view::npos) return false;
  line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return true;
}

std::optional<ApiError> ParseRequestLine(absl::string_view line, RequestHead& head) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == absl::string_view::npos || first == last) return Bad("the first line");
  const absl::string_view target = line.substr(first + 1, last - first - 1);
  const absl::string_view version = line.substr(last + 1);
  head.method = std::string(line.substr(0, first));
  if (!IsName(head.method)) return Bad("the method");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return Bad("the version is neither HTTP/1.0 nor HTTP/1.1");
  if (!absl::StartsWith(target, "/") || !IsPrintable(target, /*blanks=*/false)) return Bad("the target is no path");
  head.path = std::string(target.substr(0, target.find('?')));
  head.keep_alive = version == "HTTP/1.1";
  return std::nullopt;
}

std::optional<ApiError> CheckBody(size_t max_body, RequestHead& head) {
  if (!head.Get("transfer-encoding").empty()) {
    return ApiError{.status = 411, .message = "send the body in one piece, with Content-Length"};
  }
  const absl::string_view length = head.Get("content-length");
  if (!length.empty()) {
    uint64_t value = 0;
    if (length.find_first_not_of("0123456789") != absl::string_view::npos || !absl::SimpleAtoi(length, &value)) {
      return Bad("Content-Length is no number");
    }
    if (value > max_body) {
      return ApiError{.status = 413,
                      .message = absl::StrCat("the body has ", value, " bytes; the limit is ", max_body)};
    }
    head.content_length = static_cast<size_t>(value);
  }
  if (head.content_length == 0) return std::nullopt;
  const absl::string_view type = head.Get("content-type");
  if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(type.substr(0, type.find(';'))), "application/json")) {
    return ApiError{.status = 415, .message = "the body must have Content-Type: application/json"};
  }
  const absl::string_view encoding = head.Get("content-encoding");
  if (!encoding.empty() && !absl::EqualsIgnoreCase(encoding, "identity")) {
    return ApiError{.status = 415, .message = "compressed bodies are not accepted"};
  }
  return std::nullopt;
}

}  // namespace

absl::string_view RequestHead::Get(absl::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

std::optional<ApiError> ParseHead(absl::string_view text, size_t max_body, RequestHead& head) {
  head = {};
  absl::string_view line;
  if (!TakeLine(text, line)) return Bad("no first line");
  if (std::optional<ApiError> error = ParseRequestLine(line, head)) return error;
  while (TakeLine(text, line) && !line.empty()) {
    const size_t colon = line.find(':');
    if (colon == absl::string_view::npos || !IsName(line.substr(0, colon))) return Bad("the name of a header");
    const absl::string_view value = absl::StripAsciiWhitespace(line.substr(colon + 1));
    if (!IsPrintable(value, /*blanks=*/true)) return Bad("the value of a header");
    const std::string name = absl::AsciiStrToLower(line.substr(0, colon));
    const bool single = name == "host" || name == "content-length" || name == "authorization" || name == "origin" ||
                        name == "transfer-encoding" || name == "content-type";
    for (const auto& [key, ignored] : head.headers) {
      if (single && key == name) return Bad(absl::StrCat("two headers ", name));
    }
    head.headers.emplace_back(name, std::string(value));
  }
  const absl::string_view connection = head.Get("connection");
  if (absl::EqualsIgnoreCase(connection, "close")) head.keep_alive = false;
  if (absl::EqualsIgnoreCase(connection, "keep-alive")) head.keep_alive = true;
  head.expects_continue = absl::EqualsIgnoreCase(head.Get("expect"), "100-continue");
  return CheckBody(max_body, head);
}

}  // namespace reckon_server
