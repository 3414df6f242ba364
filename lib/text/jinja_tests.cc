#include "text/jinja_tests.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_filters.h"
#include "text/jinja_interpreter.h"
#include "text/jinja_objects.h"
#include "text/jinja_split.h"

namespace reckon::jinja {
namespace {

using StatusOrBool = absl::StatusOr<bool>;

template <bool (*kTest)(const Value&)>
StatusOrBool Simple(Interpreter&, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("the test", args, {}, 0, nullptr));
  return kTest(input);
}

bool IsDefined(const Value& v) { return !v.is_undefined(); }
bool IsUndefined(const Value& v) { return v.is_undefined(); }
bool IsNone(const Value& v) { return v.is_none(); }
bool IsBoolean(const Value& v) { return v.kind() == Kind::kBool; }
bool IsTrue(const Value& v) { return v.kind() == Kind::kBool && v.as_bool(); }
bool IsFalse(const Value& v) { return v.kind() == Kind::kBool && !v.as_bool(); }
bool IsInteger(const Value& v) { return v.kind() == Kind::kInt || v.kind() == Kind::kBigInt; }
bool IsFloat(const Value& v) { return v.kind() == Kind::kFloat; }
bool IsNumber(const Value& v) { return v.is_number(); }
bool IsString(const Value& v) { return v.is_string(); }
bool IsMapping(const Value& v) { return v.is_dict(); }
bool IsEscaped(const Value& v) { return v.is_string() && v.rep<StringRep>().markup; }
bool IsCallable(const Value& v) {
  return v.is_undefined() || (v.kind() == Kind::kObject && v.rep<ObjectRep>().callable());
}

// Whatever has a length and can be indexed: a dict too, and an undefined value, as jinja2 has it.
bool IsSequence(const Value& v) {
  if (v.is_list()) return v.rep<ListRep>().is_sequence();
  return v.is_string() || v.is_dict() || v.is_undefined();
}

bool IsIterable(const Value& v) {
  return v.is_string() || v.is_list() || v.is_dict() || v.is_undefined() || v.kind() == Kind::kIterator;
}

template <int64_t kRemainder>
StatusOrBool Parity(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("the test", args, {}, 0, nullptr));
  RECKON_ASSIGN_OR_RETURN(const Value rest, interpreter.Binary(Operator::kMod, input, Value::Int(2)));
  return Equals(interpreter.meter(), rest, Value::Int(kRemainder));
}

StatusOrBool DivisibleBy(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* number = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("divisibleby", args, {"num"}, 1, &number));
  RECKON_ASSIGN_OR_RETURN(const Value rest, interpreter.Binary(Operator::kMod, input, *number));
  return Equals(interpreter.meter(), rest, Value::Int(0));
}

template <bool kUpper>
StatusOrBool Case(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("the test", args, {}, 0, nullptr));
  RECKON_ASSIGN_OR_RETURN(const std::string text, interpreter.Text(input));
  return HasCase(text, kUpper);
}

StatusOrBool IsFilter(Interpreter&, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("filter", args, {}, 0, nullptr));
  return input.is_string() && FindFilter(input.as_string()) != nullptr;
}

StatusOrBool IsTest(Interpreter&, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("test", args, {}, 0, nullptr));
  return input.is_string() && FindTest(input.as_string()) != nullptr;
}

// Python's `is`. Small numbers and short strings are the same object there when they are equal.
StatusOrBool SameAs(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* other = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("sameas", args, {"other"}, 1, &other));
  if (input.kind() != other->kind()) return false;
  if (input.is_list() || input.is_dict() || input.kind() == Kind::kObject || input.kind() == Kind::kIterator) {
    return input.identity() == other->identity();
  }
  return Equals(interpreter.meter(), input, *other);
}

StatusOrBool In(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* sequence = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("in", args, {"seq"}, 1, &sequence));
  return interpreter.Contains(*sequence, input);
}

template <Operator kOperator>
StatusOrBool CompareWith(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* other = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("the test", args, {"other"}, 1, &other));
  if (kOperator == Operator::kEq || kOperator == Operator::kNe) {
    RECKON_ASSIGN_OR_RETURN(const bool same, Equals(interpreter.meter(), input, *other));
    return same == (kOperator == Operator::kEq);
  }
  RECKON_ASSIGN_OR_RETURN(const int order, Compare(interpreter.meter(), input, *other));
  if (order == 2) return false;  // NaN
  return kOperator == Operator::kLt   ? order < 0
         : kOperator == Operator::kLe ? order <= 0
         : kOperator == Operator::kGt ? order > 0
                                      : order >= 0;
}

struct TestEntry {
  absl::string_view name;
  TestFunction function;
};
constexpr TestEntry kTests[] = {
    {"odd", Parity<1>},
    {"even", Parity<0>},
    {"divisibleby", DivisibleBy},
    {"defined", Simple<IsDefined>},
    {"undefined", Simple<IsUndefined>},
    {"filter", IsFilter},
    {"test", IsTest},
    {"none", Simple<IsNone>},
    {"boolean", Simple<IsBoolean>},
    {"false", Simple<IsFalse>},
    {"true", Simple<IsTrue>},
    {"integer", Simple<IsInteger>},
    {"float", Simple<IsFloat>},
    {"lower", Case<false>},
    {"upper", Case<true>},
    {"string", Simple<IsString>},
    {"mapping", Simple<IsMapping>},
    {"number", Simple<IsNumber>},
    {"sequence", Simple<IsSequence>},
    {"iterable", Simple<IsIterable>},
    {"callable", Simple<IsCallable>},
    {"sameas", SameAs},
    {"escaped", Simple<IsEscaped>},
    {"in", In},
    {"==", CompareWith<Operator::kEq>},
    {"eq", CompareWith<Operator::kEq>},
    {"equalto", CompareWith<Operator::kEq>},
    {"!=", CompareWith<Operator::kNe>},
    {"ne", CompareWith<Operator::kNe>},
    {">", CompareWith<Operator::kGt>},
    {"gt", CompareWith<Operator::kGt>},
    {"greaterthan", CompareWith<Operator::kGt>},
    {"ge", CompareWith<Operator::kGe>},
    {">=", CompareWith<Operator::kGe>},
    {"<", CompareWith<Operator::kLt>},
    {"lt", CompareWith<Operator::kLt>},
    {"lessthan", CompareWith<Operator::kLt>},
    {"<=", CompareWith<Operator::kLe>},
    {"le", CompareWith<Operator::kLe>},
};

}  // namespace

TestFunction FindTest(absl::string_view name) {
  for (const TestEntry& entry : kTests) {
    if (entry.name == name) return entry.function;
  }
  return nullptr;
}

}  // namespace reckon::jinja
