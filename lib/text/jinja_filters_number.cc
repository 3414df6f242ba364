// Filters that give numbers, and filesizeformat.
#include <cmath>
#include <utility>

#include "absl/strings/charconv.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_filters.h"
#include "text/jinja_format.h"
#include "text/jinja_interpreter.h"

namespace reckon::jinja {
namespace {

using StatusOrValue = absl::StatusOr<Value>;

absl::Status UndefinedError(const Value& value) {
  return absl::InvalidArgumentError(value.rep<UndefinedRep>().message);
}

StatusOrValue FloatToInt(double value) {
  if (std::isnan(value) || std::isinf(value)) {
    return absl::InvalidArgumentError("cannot convert float infinity or NaN to integer");
  }
  if (std::abs(value) >= 9.2e18) return absl::InvalidArgumentError("integer overflow: results are limited to 64 bits");
  return Value::Int(static_cast<int64_t>(value));
}

// Whether a text that is not a 64-bit integer is one of more bits.
bool IsLongInteger(absl::string_view text) {
  const size_t begin = !text.empty() && text[0] == '-' ? 1 : 0;
  return text.size() > begin + 18 && text[begin] != '0' &&
         text.find_first_not_of("0123456789", begin) == absl::string_view::npos;
}

StatusOrValue Int(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* bound[2];
  RECKON_RETURN_IF_ERROR(BindArguments("int", args, {"default", "base"}, 0, bound));
  int64_t base = 10;
  if (bound[1] != nullptr) {
    RECKON_ASSIGN_OR_RETURN(base, IntegerArgument("int", *bound[1]));
  }
  const Value fallback = bound[0] == nullptr ? Value::Int(0) : *bound[0];
  if (input.is_undefined()) return UndefinedError(input);
  if (input.is_integral()) return Value::Int(input.as_int());
  if (input.kind() == Kind::kBigInt) return input;
  if (input.kind() == Kind::kFloat) {
    if (std::isnan(input.as_double())) return fallback;
    return FloatToInt(input.as_double());
  }
  if (!input.is_string()) return fallback;
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(input.as_string().size()));
  const std::optional<int64_t> number =
      ParseInt(input.as_string(), base < 0 || base > 36 ? 99 : static_cast<int>(base));
  if (number.has_value()) return Value::Int(*number);
  if (base == 10 && IsLongInteger(input.as_string())) return interpreter.heap().BigInt(std::string(input.as_string()));
  const std::optional<double> real = ParseFloat(input.as_string());
  if (!real.has_value() || std::isnan(*real) || std::isinf(*real)) return fallback;
  return FloatToInt(*real);
}

StatusOrValue Float(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* fallback = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("float", args, {"default"}, 0, &fallback));
  if (input.is_undefined()) return UndefinedError(input);
  if (input.is_integral() || input.kind() == Kind::kFloat) return Value::Float(input.as_double());
  if (input.is_string() || input.kind() == Kind::kBigInt) {
    RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(input.as_string().size()));
    const std::optional<double> real = ParseFloat(input.as_string());
    if (real.has_value()) return Value::Float(*real);
  }
  return fallback == nullptr ? Value::Float(0) : *fallback;
}

StatusOrValue Abs(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("abs", args, {}, 0, nullptr));
  if (input.is_undefined()) return UndefinedError(input);
  if (input.is_integral()) {
    if (input.as_int() >= 0) return Value::Int(input.as_int());
    return interpreter.Binary(Operator::kSub, Value::Int(0), input);
  }
  if (input.kind() == Kind::kFloat) return Value::Float(std::abs(input.as_double()));
  return absl::InvalidArgumentError(absl::StrCat("bad operand type for abs(): '", TypeName(input), "'"));
}

// Rounds an integer to 10**digits, ties to even.
StatusOrValue RoundInt(Interpreter& interpreter, int64_t value, int64_t digits) {
  if (digits > 18) return Value::Int(0);
  RECKON_ASSIGN_OR_RETURN(const Value power, interpreter.Binary(Operator::kPow, Value::Int(10), Value::Int(digits)));
  const int64_t unit = power.as_int();
  const int64_t rest = ((value % unit) + unit) % unit;
  const bool up = rest > unit - rest || (rest == unit - rest && ((value - rest) / unit) % 2 != 0);
  RECKON_ASSIGN_OR_RETURN(const Value down, interpreter.Binary(Operator::kSub, Value::Int(value), Value::Int(rest)));
  return interpreter.Binary(Operator::kAdd, down, Value::Int(up ? unit : 0));
}

// round(value, precision): correct to the last bit, because the decimal text is exact.
StatusOrValue RoundCommon(Interpreter& interpreter, const Value& input, int64_t precision) {
  if (input.is_integral()) {
    return precision >= 0 ? Value::Int(input.as_int())
                          : RoundInt(interpreter, input.as_int(), -std::max<int64_t>(precision, -100));
  }
  const double value = input.as_double();
  if (!std::isfinite(value) || precision > 330) return input;
  if (precision < -310) return Value::Float(std::copysign(0.0, value));
  if (precision < 0) {
    const double unit = std::pow(10.0, static_cast<double>(-precision));
    return Value::Float(std::nearbyint(value / unit) * unit);
  }
  const std::string text = FixedFloat(value, static_cast<int>(precision));
  double rounded = 0;
  absl::from_chars(text.data(), text.data() + text.size(), rounded);
  return Value::Float(rounded);
}

StatusOrValue Round(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* bound[2];
  RECKON_RETURN_IF_ERROR(BindArguments("round", args, {"precision", "method"}, 0, bound));
  int64_t precision = 0;
  if (bound[0] != nullptr) {
    RECKON_ASSIGN_OR_RETURN(precision, IntegerArgument("round", *bound[0]));
  }
  const absl::string_view method = bound[1] == nullptr ? "common" : bound[1]->is_string() ? bound[1]->as_string() : "";
  if (method != "common" && method != "ceil" && method != "floor") {
    return absl::InvalidArgumentError("method must be common, ceil or floor");
  }
  if (input.is_undefined()) return UndefinedError(input);
  if (!input.is_integral() && input.kind() != Kind::kFloat) {
    return absl::InvalidArgumentError(absl::StrCat("type ", TypeName(input), " doesn't define __round__ method"));
  }
  if (method == "common") return RoundCommon(interpreter, input, precision);
  RECKON_ASSIGN_OR_RETURN(const Value unit, interpreter.Binary(Operator::kPow, Value::Int(10), Value::Int(precision)));
  RECKON_ASSIGN_OR_RETURN(const Value scaled, interpreter.Binary(Operator::kMul, input, unit));
  const double whole = method == "ceil" ? std::ceil(scaled.as_double()) : std::floor(scaled.as_double());
  RECKON_ASSIGN_OR_RETURN(const Value integer, FloatToInt(whole));
  return interpreter.Binary(Operator::kDiv, integer, unit);
}

StatusOrValue FileSizeFormat(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  static constexpr absl::string_view kLetters = "kMGTPEZY";
  const Value* binary = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("filesizeformat", args, {"binary"}, 0, &binary));
  RECKON_ASSIGN_OR_RETURN(const Value number, Float(interpreter, input, {}));
  const double bytes = number.as_double();
  const bool use_binary = binary != nullptr && Truthy(*binary);
  const double base = use_binary ? 1024 : 1000;
  if (bytes == 1) return interpreter.heap().String("1 Byte");
  if (bytes < base) {
    RECKON_ASSIGN_OR_RETURN(const Value whole, FloatToInt(bytes));
    return interpreter.heap().String(absl::StrCat(whole.as_int(), " Bytes"));
  }
  double unit = base;
  for (size_t i = 0; i < kLetters.size(); ++i) {
    unit *= base;
    if (bytes >= unit && i + 1 < kLetters.size()) continue;
    const std::string letter = use_binary && i == 0 ? "K" : std::string(1, kLetters[i]);
    return interpreter.heap().String(
        absl::StrCat(FixedFloat(base * bytes / unit, 1), " ", letter, use_binary ? "iB" : "B"));
  }
  return input;
}

constexpr FilterEntry kFilters[] = {
    {"abs", Abs}, {"filesizeformat", FileSizeFormat}, {"float", Float}, {"int", Int}, {"round", Round},
};

}  // namespace

absl::Span<const FilterEntry> NumberFilters() { return kFilters; }

}  // namespace reckon::jinja
