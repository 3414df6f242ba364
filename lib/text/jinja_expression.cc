// The interpreter's expressions.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_filters.h"
#include "text/jinja_interpreter.h"
#include "text/jinja_objects.h"
#include "text/jinja_tests.h"

namespace reckon::jinja {
namespace {

absl::string_view OperatorText(Operator op) {
  switch (op) {
    case Operator::kLt:
      return "<";
    case Operator::kLe:
      return "<=";
    case Operator::kGt:
      return ">";
    default:
      return ">=";
  }
}

}  // namespace

absl::StatusOr<Value> Interpreter::Evaluate(const Expr& node) {
  const DepthGuard guard(this);
  RECKON_RETURN_IF_ERROR(guard.Check());
  RECKON_RETURN_IF_ERROR(meter_.Step());
  return EvaluateInner(node);
}

absl::StatusOr<Value> Interpreter::EvaluateInner(const Expr& node) {
  switch (node.kind) {
    case ExprKind::kConst:
      return node.value;
    case ExprKind::kName:
      return EvaluateName(node);
    case ExprKind::kList:
    case ExprKind::kTuple: {
      RECKON_ASSIGN_OR_RETURN(std::vector<Value> items, EvaluateAll(node.children));
      return heap_.List(std::move(items), node.kind == ExprKind::kList ? ListKind::kList : ListKind::kTuple);
    }
    case ExprKind::kDict:
      return EvaluateDict(node);
    case ExprKind::kNot: {
      RECKON_ASSIGN_OR_RETURN(const Value value, Evaluate(*node.children[0]));
      return Value::Bool(!Truthy(value));
    }
    case ExprKind::kNegate: {
      RECKON_ASSIGN_OR_RETURN(const Value value, Evaluate(*node.children[0]));
      return Negate(value);
    }
    case ExprKind::kPlus: {
      RECKON_ASSIGN_OR_RETURN(const Value value, Evaluate(*node.children[0]));
      return Binary(Operator::kAdd, Value::Int(0), value);
    }
    case ExprKind::kAnd:
    case ExprKind::kOr:
      return EvaluateLogic(node);
    case ExprKind::kBinary:
      return EvaluateBinary(node);
    case ExprKind::kCompare:
      return EvaluateCompare(node);
    case ExprKind::kConcat:
      return EvaluateConcat(node);
    case ExprKind::kCondition:
      return EvaluateCondition(node);
    case ExprKind::kGetAttr: {
      RECKON_ASSIGN_OR_RETURN(const Value object, Evaluate(*node.children[0]));
      return GetAttr(object, node.name);
    }
    case ExprKind::kGetItem:
      return EvaluateSubscript(node);
    case ExprKind::kCall:
      return EvaluateCall(node, nullptr);
    case ExprKind::kFilter:
      return EvaluateFilter(node, nullptr);
    case ExprKind::kTest:
      return EvaluateTest(node);
    case ExprKind::kSlice:
    case ExprKind::kNamespace:
      break;
  }
  return absl::InvalidArgumentError("a slice cannot stand here");
}

absl::StatusOr<Value> Interpreter::EvaluateName(const Expr& node) {
  for (const Scope* scope = scope_; scope != nullptr; scope = scope->parent) {
    const auto it = scope->variables.find(node.symbol);
    if (it != scope->variables.end()) return it->second;
  }
  std::optional<Value> global = FindGlobal(heap_, node.name);
  if (global.has_value()) return *std::move(global);
  return heap_.Undefined(absl::StrCat("'", node.name, "' is undefined"));
}

absl::StatusOr<std::vector<Value>> Interpreter::EvaluateAll(const std::vector<ExprPtr>& nodes) {
  std::vector<Value> values;
  values.reserve(nodes.size());
  for (const ExprPtr& node : nodes) {
    RECKON_ASSIGN_OR_RETURN(Value value, Evaluate(*node));
    values.push_back(std::move(value));
  }
  return values;
}

absl::StatusOr<Value> Interpreter::EvaluateDict(const Expr& node) {
  DictBuilder dict;
  for (size_t i = 0; i < node.children.size(); i += 2) {
    RECKON_ASSIGN_OR_RETURN(Value key, Evaluate(*node.children[i]));
    RECKON_ASSIGN_OR_RETURN(Value value, Evaluate(*node.children[i + 1]));
    RECKON_RETURN_IF_ERROR(dict.Set(std::move(key), std::move(value)));
  }
  return dict.Build(heap_);
}

absl::StatusOr<Value> Interpreter::EvaluateLogic(const Expr& node) {
  Value value;
  for (const ExprPtr& child : node.children) {
    RECKON_ASSIGN_OR_RETURN(value, Evaluate(*child));
    if (Truthy(value) == (node.kind == ExprKind::kOr)) break;
  }
  return value;
}

absl::StatusOr<Value> Interpreter::EvaluateBinary(const Expr& node) {
  RECKON_ASSIGN_OR_RETURN(Value left, Evaluate(*node.children[0]));
  for (size_t i = 0; i < node.operators.size(); ++i) {
    RECKON_ASSIGN_OR_RETURN(const Value right, Evaluate(*node.children[i + 1]));
    line_ = node.line;
    RECKON_ASSIGN_OR_RETURN(left, Binary(node.operators[i], left, right));
  }
  return left;
}

absl::StatusOr<bool> Interpreter::CompareOnce(Operator op, const Value& left, const Value& right) {
  if (op == Operator::kEq || op == Operator::kNe) {
    RECKON_ASSIGN_OR_RETURN(const bool same, Equals(meter_, left, right));
    return same == (op == Operator::kEq);
  }
  if (op == Operator::kIn || op == Operator::kNotIn) {
    RECKON_ASSIGN_OR_RETURN(const bool found, Contains(right, left));
    return found == (op == Operator::kIn);
  }
  RECKON_ASSIGN_OR_RETURN(const int order, Compare(meter_, left, right, OperatorText(op)));
  if (order == 2) return false;  // NaN
  if (op == Operator::kLt) return order < 0;
  if (op == Operator::kLe) return order <= 0;
  return op == Operator::kGt ? order > 0 : order >= 0;
}

absl::StatusOr<Value> Interpreter::EvaluateCompare(const Expr& node) {
  RECKON_ASSIGN_OR_RETURN(Value left, Evaluate(*node.children[0]));
  for (size_t i = 0; i < node.operators.size(); ++i) {
    RECKON_ASSIGN_OR_RETURN(Value right, Evaluate(*node.children[i + 1]));
    line_ = node.line;
    RECKON_ASSIGN_OR_RETURN(const bool holds, CompareOnce(node.operators[i], left, right));
    if (!holds) return Value::Bool(false);
    left = std::move(right);
  }
  return Value::Bool(true);
}

absl::StatusOr<Value> Interpreter::EvaluateConcat(const Expr& node) {
  std::string text;
  for (const ExprPtr& child : node.children) {
    RECKON_ASSIGN_OR_RETURN(const Value value, Evaluate(*child));
    RECKON_ASSIGN_OR_RETURN(const std::string part, Text(value));
    RECKON_RETURN_IF_ERROR(meter_.Reserve(text.size() + part.size()));
    text += part;
  }
  return heap_.String(std::move(text));
}

absl::StatusOr<Value> Interpreter::EvaluateCondition(const Expr& node) {
  RECKON_ASSIGN_OR_RETURN(const Value test, Evaluate(*node.children[0]));
  if (Truthy(test)) return Evaluate(*node.children[1]);
  if (node.children[2] != nullptr) return Evaluate(*node.children[2]);
  return heap_.Undefined("the inline if-expression evaluated to false and no else section was defined.");
}

absl::StatusOr<Value> Interpreter::EvaluateSubscript(const Expr& node) {
  RECKON_ASSIGN_OR_RETURN(const Value object, Evaluate(*node.children[0]));
  const Expr& subscript = *node.children[1];
  if (subscript.kind == ExprKind::kSlice) return Slice(object, subscript);
  RECKON_ASSIGN_OR_RETURN(const Value key, Evaluate(subscript));
  line_ = node.line;
  return GetItem(object, key);
}

absl::StatusOr<CallArgs> Interpreter::EvaluateArguments(const ArgumentList& arguments) {
  CallArgs args;
  RECKON_ASSIGN_OR_RETURN(args.positional, EvaluateAll(arguments.positional));
  for (const auto& [name, expr] : arguments.named) {
    RECKON_ASSIGN_OR_RETURN(Value value, Evaluate(*expr));
    args.named.emplace_back(name, std::move(value));
  }
  if (arguments.star != nullptr) {
    RECKON_ASSIGN_OR_RETURN(const Value value, Evaluate(*arguments.star));
    RECKON_ASSIGN_OR_RETURN(const auto list, Iterate(value));
    args.positional.insert(args.positional.end(), list->items.begin(), list->items.end());
  }
  if (arguments.double_star != nullptr) {
    RECKON_ASSIGN_OR_RETURN(const Value value, Evaluate(*arguments.double_star));
    if (!value.is_dict()) return absl::InvalidArgumentError("argument after ** must be a mapping");
    const DictRep& dict = value.rep<DictRep>();
    if (dict.entries.size() > 255) return absl::InvalidArgumentError("more than 255 keyword arguments");
    for (const auto& [key, member] : dict.entries) {
      if (!key.is_string()) return absl::InvalidArgumentError("keywords must be strings");
      for (const auto& [name, given] : args.named) {
        if (name == key.as_string()) {
          return absl::InvalidArgumentError(absl::StrCat("got multiple values for keyword argument '", name, "'"));
        }
      }
      args.named.emplace_back(std::string(key.as_string()), member);
    }
  }
  return args;
}

absl::StatusOr<Value> Interpreter::Call(const Value& callee, const CallArgs& args) {
  const DepthGuard guard(this);
  RECKON_RETURN_IF_ERROR(guard.Check());
  RECKON_RETURN_IF_ERROR(meter_.Step());
  if (callee.is_undefined()) return absl::InvalidArgumentError(callee.rep<UndefinedRep>().message);
  if (callee.kind() != Kind::kObject) {
    return absl::InvalidArgumentError(absl::StrCat("'", TypeName(callee), "' object is not callable"));
  }
  // A call may change the variable that `callee` refers to: the copy is what keeps the object.
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization)
  const std::shared_ptr<Rep> keep = callee.shared_rep();
  return static_cast<ObjectRep*>(keep.get())->Call(*this, args);
}

absl::StatusOr<Value> Interpreter::EvaluateCall(const Expr& node, const Value* caller) {
  RECKON_ASSIGN_OR_RETURN(const Value callee, Evaluate(*node.children[0]));
  RECKON_ASSIGN_OR_RETURN(CallArgs args, EvaluateArguments(*node.arguments));
  if (caller != nullptr) args.named.emplace_back("caller", *caller);
  line_ = node.line;
  return Call(callee, args);
}

absl::StatusOr<Value> Interpreter::EvaluateFilter(const Expr& node, const Value* text) {
  const DepthGuard guard(this);
  RECKON_RETURN_IF_ERROR(guard.Check());
  Value input;
  if (node.children[0] == nullptr) {
    input = *text;
  } else if (text != nullptr) {
    RECKON_ASSIGN_OR_RETURN(input, EvaluateFilter(*node.children[0], text));
  } else {
    RECKON_ASSIGN_OR_RETURN(input, Evaluate(*node.children[0]));
  }
  const FilterFunction function = FindFilter(node.name);
  if (function == nullptr) return absl::InvalidArgumentError(absl::StrCat("no filter named '", node.name, "'"));
  RECKON_ASSIGN_OR_RETURN(const CallArgs args, EvaluateArguments(*node.arguments));
  line_ = node.line;
  return function(*this, input, args);
}

absl::StatusOr<Value> Interpreter::EvaluateTest(const Expr& node) {
  RECKON_ASSIGN_OR_RETURN(const Value input, Evaluate(*node.children[0]));
  const TestFunction function = FindTest(node.name);
  if (function == nullptr) return absl::InvalidArgumentError(absl::StrCat("no test named '", node.name, "'"));
  RECKON_ASSIGN_OR_RETURN(const CallArgs args, EvaluateArguments(*node.arguments));
  line_ = node.line;
  RECKON_ASSIGN_OR_RETURN(const bool result, function(*this, input, args));
  return Value::Bool(result);
}

}  // namespace reckon::jinja
