// Python's two ways of formatting strings, and numbers in text form.
#ifndef RECKON_LIB_TEXT_JINJA_FORMAT_H_
#define RECKON_LIB_TEXT_JINJA_FORMAT_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "text/jinja_interpreter.h"
#include "text/jinja_value.h"

namespace reckon::jinja {

// format % args
absl::StatusOr<Value> PercentFormat(Interpreter& interpreter, const Value& format, const Value& args);

// format.format(*args)
absl::StatusOr<Value> BraceFormat(Interpreter& interpreter, const Value& format, const CallArgs& args);

// What a format specification of either kind says.
struct FormatSpec {
  std::string fill = " ";  // one code point
  char align = 0;          // '<', '>', '^', '=' or 0 for the default of the type
  char sign = '-';         // '-', '+' or ' '
  bool alternate = false;  // '#'
  char grouping = 0;       // ',' or '_'
  int width = 0;
  std::optional<int> precision;
  char type = 0;
};

// Errors: INVALID_ARGUMENT if the type does not suit the value.
absl::StatusOr<std::string> FormatNumber(const FormatSpec& spec, const Value& value);
std::string FormatText(const FormatSpec& spec, absl::string_view text);

// markupsafe.escape
std::string EscapeHtml(absl::string_view text);

// int(text, base) and float(text) of Python; nothing if it is not a number, or not one of 64 bits.
std::optional<int64_t> ParseInt(absl::string_view text, int base);
std::optional<double> ParseFloat(absl::string_view text);

// Reads all of a decimal number; what is too large for a double is infinite, as in Python. Nothing if it is not one.
std::optional<double> ReadDecimal(absl::string_view text);

// value in decimal with so many digits behind the point, exactly rounded, in no locale.
std::string FixedFloat(double value, int precision);

}  // namespace reckon::jinja

#endif  // RECKON_LIB_TEXT_JINJA_FORMAT_H_
