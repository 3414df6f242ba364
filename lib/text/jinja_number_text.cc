// Numbers to text and back, as Python does it.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/charconv.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_format.h"
#include "text/jinja_unicode.h"

namespace reckon::jinja {
namespace {

std::string Chars(double value, std::chars_format format, int precision) {
  std::string buffer(static_cast<size_t>(precision) + 400, '\0');
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format, precision);
  buffer.resize(static_cast<size_t>(result.ptr - buffer.data()));
  return buffer;
}

void GroupDigits(std::string* digits, char separator, size_t size) {
  size_t end = digits->find_first_not_of("0123456789abcdefABCDEF");
  if (end == std::string::npos) end = digits->size();
  for (size_t i = end; i > size;) {
    i -= size;
    digits->insert(i, 1, separator);
  }
}

std::string Pad(const FormatSpec& spec, absl::string_view sign, absl::string_view body, char default_align) {
  const size_t length = sign.size() + CountCodePoints(body);
  const size_t missing = static_cast<size_t>(spec.width) > length ? static_cast<size_t>(spec.width) - length : 0;
  const char align = spec.align == 0 ? default_align : spec.align;
  const size_t left = align == '<' || align == '=' ? 0 : align == '^' ? missing / 2 : missing;
  const auto fill = [&spec](size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) out += spec.fill;
    return out;
  };
  if (align == '=') return absl::StrCat(sign, fill(missing), body);
  return absl::StrCat(fill(left), sign, body, fill(missing - left));
}

std::string FloatBody(const FormatSpec& spec, double magnitude) {
  const bool upper = spec.type == 'E' || spec.type == 'F' || spec.type == 'G';
  const auto type = absl::ascii_tolower(static_cast<unsigned char>(spec.type));
  std::string body;
  if (std::isnan(magnitude) || std::isinf(magnitude)) {
    body = std::isnan(magnitude) ? "nan" : "inf";
  } else if (type == 'e') {
    body = Chars(magnitude, std::chars_format::scientific, spec.precision.value_or(6));
  } else if (type == 'f') {
    body = FixedFloat(magnitude, spec.precision.value_or(6));
  } else if (type == '%') {
    body = FixedFloat(magnitude * 100, spec.precision.value_or(6));
  } else if (type == 'g' || type == 'n' || spec.precision.has_value()) {
    body = Chars(magnitude, std::chars_format::general, std::max(spec.precision.value_or(6), 1));
    if (type == 0 && body.find_first_of(".e") == std::string::npos) body += ".0";
  } else {
    body = FloatRepr(magnitude);
  }
  if (spec.grouping != 0) GroupDigits(&body, spec.grouping, 3);
  if (type == '%') body += '%';
  if (upper) absl::AsciiStrToUpper(&body);
  return body;
}

absl::StatusOr<std::string> IntBody(const FormatSpec& spec, uint64_t magnitude) {
  const char type = spec.type == 0 || spec.type == 'i' || spec.type == 'u' || spec.type == 'n' ? 'd' : spec.type;
  const int base = type == 'd' ? 10 : type == 'x' || type == 'X' ? 16 : type == 'o' ? 8 : type == 'b' ? 2 : 0;
  if (base == 0) return absl::InvalidArgumentError(absl::StrCat("unknown format code '", std::string(1, type), "'"));
  char buffer[70];
  std::string body(buffer, std::to_chars(buffer, buffer + sizeof(buffer), magnitude, base).ptr);
  if (spec.grouping != 0) GroupDigits(&body, spec.grouping, base == 10 ? 3 : 4);
  if (type == 'X') absl::AsciiStrToUpper(&body);
  if (spec.alternate && base != 10) body.insert(0, absl::StrCat("0", std::string(1, type)));
  return body;
}

bool RemoveUnderscores(std::string* digits) {
  for (size_t i = 0; i < digits->size(); ++i) {
    if ((*digits)[i] != '_') continue;
    const bool between = i > 0 && i + 1 < digits->size() &&
                         absl::ascii_isalnum(static_cast<unsigned char>((*digits)[i - 1])) &&
                         absl::ascii_isalnum(static_cast<unsigned char>((*digits)[i + 1]));
    if (!between) return false;
  }
  digits->erase(std::remove(digits->begin(), digits->end(), '_'), digits->end());
  return true;
}

}  // namespace

std::string FixedFloat(double value, int precision) { return Chars(value, std::chars_format::fixed, precision); }

absl::StatusOr<std::string> FormatNumber(const FormatSpec& spec, const Value& value) {
  const bool float_type = absl::string_view("eEfFgG%").find(spec.type) != absl::string_view::npos && spec.type != 0;
  const bool negative = value.kind() == Kind::kFloat ? std::signbit(value.as_double()) : value.as_int() < 0;
  const absl::string_view sign = negative ? "-" : spec.sign == '+' ? "+" : spec.sign == ' ' ? " " : "";
  if (value.kind() == Kind::kFloat || float_type) {
    if (spec.type != 0 && spec.type != 'n' && !float_type) {
      return absl::InvalidArgumentError(
          absl::StrCat("unknown format code '", std::string(1, spec.type), "' for object of type 'float'"));
    }
    return Pad(spec, sign, FloatBody(spec, std::abs(value.as_double())), '>');
  }
  const auto bits = static_cast<uint64_t>(value.as_int());
  RECKON_ASSIGN_OR_RETURN(const std::string body, IntBody(spec, negative ? 0 - bits : bits));
  return Pad(spec, sign, body, '>');
}

std::string FormatText(const FormatSpec& spec, absl::string_view text) {
  if (spec.precision.has_value()) text = text.substr(0, OffsetOf(text, static_cast<size_t>(*spec.precision)));
  return Pad(spec, "", text, '<');
}

std::optional<int64_t> ParseInt(absl::string_view text, int base) {
  std::string digits(Strip(text, nullptr, true, true));
  const bool negative = !digits.empty() && digits[0] == '-';
  if (negative || (!digits.empty() && digits[0] == '+')) digits.erase(0, 1);
  const char letter =
      digits.size() > 2 && digits[0] == '0' ? absl::ascii_tolower(static_cast<unsigned char>(digits[1])) : ' ';
  const int prefix = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
  if (prefix != 0 && (base == 0 || base == prefix)) {
    digits.erase(0, 2);
    if (digits[0] == '_') digits.erase(0, 1);
    base = prefix;
  }
  if (base == 0) {
    if (digits.size() > 1 && digits[0] == '0' && digits.find_first_not_of("0_") != std::string::npos)
      return std::nullopt;
    base = 10;
  }
  if (base < 2 || base > 36 || !RemoveUnderscores(&digits) || digits.empty() || digits[0] == '-') return std::nullopt;
  if (negative) digits.insert(0, 1, '-');
  int64_t value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (result.ec != std::errc() || result.ptr != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<double> ReadDecimal(absl::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto result = absl::from_chars(text.data(), end, value);
  if (result.ptr != end || result.ec == std::errc::invalid_argument) return std::nullopt;
  // Out of range gives the largest number, or the smallest.
  if (result.ec == std::errc::result_out_of_range && std::abs(value) > 1) value = std::copysign(HUGE_VAL, value);
  return value;
}

std::optional<double> ParseFloat(absl::string_view text) {
  std::string digits(Strip(text, nullptr, true, true));
  if (!digits.empty() && digits[0] == '+') digits.erase(0, 1);
  if (digits.empty() || digits[0] == '+' || !RemoveUnderscores(&digits)) return std::nullopt;
  if (digits.find('(') != std::string::npos) return std::nullopt;  // "nan(1)" is C's, not Python's
  return ReadDecimal(digits);
}

std::string EscapeHtml(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '"':
        out += "&#34;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace reckon::jinja
