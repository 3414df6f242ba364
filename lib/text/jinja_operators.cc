// Python's arithmetic on values.
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_format.h"
#include "text/jinja_interpreter.h"

namespace reckon::jinja {
namespace {

absl::string_view Symbol(Operator op) {
  switch (op) {
    case Operator::kAdd:
      return "+";
    case Operator::kSub:
      return "-";
    case Operator::kMul:
      return "*";
    case Operator::kDiv:
      return "/";
    case Operator::kFloorDiv:
      return "//";
    case Operator::kMod:
      return "%";
    default:
      return "** or pow()";
  }
}

absl::Status Unsupported(Operator op, const Value& left, const Value& right) {
  for (const Value* side : {&left, &right}) {
    if (side->is_undefined()) return absl::InvalidArgumentError(side->rep<UndefinedRep>().message);
  }
  if (left.kind() == Kind::kBigInt || right.kind() == Kind::kBigInt) {
    return absl::InvalidArgumentError("integers of more than 64 bits can only be compared and printed");
  }
  if (op == Operator::kAdd && left.is_string()) {
    return absl::InvalidArgumentError(absl::StrCat("can only concatenate str (not \"", TypeName(right), "\") to str"));
  }
  return absl::InvalidArgumentError(absl::StrCat("unsupported operand type(s) for ", Symbol(op), ": '", TypeName(left),
                                                 "' and '", TypeName(right), "'"));
}

absl::Status Overflow() { return absl::InvalidArgumentError("integer overflow: results are limited to 64 bits"); }
absl::Status DivisionByZero() { return absl::InvalidArgumentError("division by zero"); }

absl::StatusOr<Value> IntPower(int64_t base, int64_t exponent) {
  if (exponent < 0) {
    if (base == 0) return absl::InvalidArgumentError("0.0 cannot be raised to a negative power");
    return Value::Float(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
  }
  int64_t result = 1;
  while (exponent > 0) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) return Overflow();
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) return Overflow();
  }
  return Value::Int(result);
}

absl::StatusOr<Value> IntBinary(Operator op, int64_t a, int64_t b) {
  int64_t result = 0;
  switch (op) {
    case Operator::kAdd:
      if (__builtin_add_overflow(a, b, &result)) return Overflow();
      return Value::Int(result);
    case Operator::kSub:
      if (__builtin_sub_overflow(a, b, &result)) return Overflow();
      return Value::Int(result);
    case Operator::kMul:
      if (__builtin_mul_overflow(a, b, &result)) return Overflow();
      return Value::Int(result);
    case Operator::kDiv:
      if (b == 0) return DivisionByZero();
      return Value::Float(static_cast<double>(a) / static_cast<double>(b));
    case Operator::kPow:
      return IntPower(a, b);
    default:
      break;
  }
  if (b == 0) return DivisionByZero();
  if (b == -1) {  // the one division that can overflow
    if (op == Operator::kMod) return Value::Int(0);
    return IntBinary(Operator::kSub, 0, a);
  }
  const bool adjust = a % b != 0 && (a < 0) != (b < 0);
  if (op == Operator::kFloorDiv) return Value::Int(a / b - (adjust ? 1 : 0));
  return Value::Int(a % b + (adjust ? b : 0));
}

absl::StatusOr<Value> FloatPower(double a, double b) {
  if (a == 0 && b < 0) return absl::InvalidArgumentError("0.0 cannot be raised to a negative power");
  if (a < 0 && std::isfinite(a) && std::isfinite(b) && b != std::floor(b)) {
    return absl::InvalidArgumentError("a negative number to a fractional power is complex");
  }
  const double result = std::pow(a, b);
  if (std::isinf(result) && std::isfinite(a) && std::isfinite(b)) {
    return absl::InvalidArgumentError("result of ** is too large");
  }
  return Value::Float(result);
}

absl::StatusOr<Value> FloatBinary(Operator op, double a, double b) {
  if (op == Operator::kAdd) return Value::Float(a + b);
  if (op == Operator::kSub) return Value::Float(a - b);
  if (op == Operator::kMul) return Value::Float(a * b);
  if (op == Operator::kPow) return FloatPower(a, b);
  if (b == 0) return DivisionByZero();
  if (op == Operator::kDiv) return Value::Float(a / b);
  // As CPython's float_divmod: the remainder takes the sign of the divisor.
  double mod = std::fmod(a, b);
  double div = (a - mod) / b;
  if (mod != 0) {
    if ((b < 0) != (mod < 0)) {
      mod += b;
      div -= 1;
    }
  } else {
    mod = std::copysign(0.0, b);
  }
  if (op == Operator::kMod) return Value::Float(mod);
  if (div == 0) return Value::Float(std::copysign(0.0, a / b));
  const double floored = std::floor(div);
  return Value::Float(div - floored > 0.5 ? floored + 1 : floored);
}

std::string Escaped(const Value& text) {
  return text.rep<StringRep>().markup ? std::string(text.as_string()) : EscapeHtml(text.as_string());
}

absl::StatusOr<Value> AddStrings(Interpreter& interpreter, const Value& a, const Value& b) {
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(a.as_string().size() + b.as_string().size()));
  if (a.rep<StringRep>().markup || b.rep<StringRep>().markup) {
    return interpreter.heap().String(absl::StrCat(Escaped(a), Escaped(b)), true);
  }
  return interpreter.heap().String(absl::StrCat(a.as_string(), b.as_string()));
}

absl::StatusOr<Value> AddLists(Interpreter& interpreter, const ListRep& a, const ListRep& b) {
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve((a.items.size() + b.items.size()) * sizeof(Value)));
  std::vector<Value> items = a.items;
  items.insert(items.end(), b.items.begin(), b.items.end());
  return interpreter.heap().List(std::move(items), a.is_tuple() ? ListKind::kTuple : ListKind::kList);
}

// The limit of memory stands in for the size of anything that is repeated too often.
absl::Status ReserveRepeated(Interpreter& interpreter, size_t size, int64_t count) {
  size_t total = 0;
  if (__builtin_mul_overflow(size, static_cast<size_t>(count), &total)) total = std::numeric_limits<size_t>::max();
  return interpreter.meter().Reserve(total);
}

absl::StatusOr<Value> Repeat(Interpreter& interpreter, const Value& value, int64_t count) {
  if (count < 0) count = 0;
  if (value.is_string()) {
    RECKON_RETURN_IF_ERROR(ReserveRepeated(interpreter, value.as_string().size(), count));
    std::string text;
    if (!value.as_string().empty()) {
      for (int64_t i = 0; i < count; ++i) absl::StrAppend(&text, value.as_string());
    }
    return interpreter.heap().String(std::move(text), value.rep<StringRep>().markup);
  }
  const ListRep& list = value.rep<ListRep>();
  RECKON_RETURN_IF_ERROR(ReserveRepeated(interpreter, list.items.size() * sizeof(Value), count));
  std::vector<Value> items;
  if (!list.items.empty()) {
    for (int64_t i = 0; i < count; ++i) items.insert(items.end(), list.items.begin(), list.items.end());
  }
  return interpreter.heap().List(std::move(items), list.is_tuple() ? ListKind::kTuple : ListKind::kList);
}

bool IsRepeatable(const Value& value) {
  if (value.is_string()) return true;
  if (!value.is_list()) return false;
  const ListRep& list = value.rep<ListRep>();
  return list.is_sequence() && list.list_kind != ListKind::kRange;
}

}  // namespace

absl::StatusOr<Value> Interpreter::Binary(Operator op, const Value& left, const Value& right) {
  const bool left_plain = left.is_integral() || left.kind() == Kind::kFloat;
  const bool right_plain = right.is_integral() || right.kind() == Kind::kFloat;
  if (left.is_integral() && right.is_integral()) return IntBinary(op, left.as_int(), right.as_int());
  if (left_plain && right_plain) return FloatBinary(op, left.as_double(), right.as_double());
  if (op == Operator::kAdd) {
    if (left.is_string() && right.is_string()) return AddStrings(*this, left, right);
    if (left.is_list() && right.is_list() && IsRepeatable(left) && IsRepeatable(right) &&
        left.rep<ListRep>().is_tuple() == right.rep<ListRep>().is_tuple()) {
      return AddLists(*this, left.rep<ListRep>(), right.rep<ListRep>());
    }
  }
  if (op == Operator::kMul && IsRepeatable(left) && right.is_integral()) return Repeat(*this, left, right.as_int());
  if (op == Operator::kMul && IsRepeatable(right) && left.is_integral()) return Repeat(*this, right, left.as_int());
  if (op == Operator::kMod && left.is_string()) return PercentFormat(*this, left, right);
  return Unsupported(op, left, right);
}

absl::StatusOr<Value> Interpreter::Negate(const Value& value) {
  if (value.is_integral()) return IntBinary(Operator::kSub, 0, value.as_int());
  if (value.kind() == Kind::kFloat) return Value::Float(-value.as_double());
  if (value.kind() == Kind::kBigInt) {
    const absl::string_view digits = value.as_string();
    return heap_.BigInt(digits[0] == '-' ? std::string(digits.substr(1)) : absl::StrCat("-", digits));
  }
  if (value.is_undefined()) return absl::InvalidArgumentError(value.rep<UndefinedRep>().message);
  return absl::InvalidArgumentError(absl::StrCat("bad operand type for unary -: '", TypeName(value), "'"));
}

}  // namespace reckon::jinja
