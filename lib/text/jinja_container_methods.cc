// Methods of list, tuple, dict and numbers. What changes a list or dict is not here: the sandbox hides it.
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/status.h"
#include "text/jinja_methods.h"

namespace reckon::jinja {
namespace {

using StatusOrValue = absl::StatusOr<Value>;

StatusOrValue ListCount(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  const Value* item = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("count", args, {"value"}, 1, &item));
  int64_t count = 0;
  for (const Value& member : self.rep<ListRep>().items) {
    RECKON_ASSIGN_OR_RETURN(const bool same, Equals(interpreter.meter(), member, *item));
    count += same ? 1 : 0;
  }
  return Value::Int(count);
}

StatusOrValue ListIndex(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  const Value* bound[3];
  RECKON_RETURN_IF_ERROR(BindArguments("index", args, {"value", "start", "stop"}, 1, bound));
  const std::vector<Value>& items = self.rep<ListRep>().items;
  const auto size = static_cast<int64_t>(items.size());
  int64_t bounds[2] = {0, size};
  for (size_t i = 0; i < 2; ++i) {
    if (bound[i + 1] == nullptr) continue;
    RECKON_ASSIGN_OR_RETURN(bounds[i], IntegerArgument("index", *bound[i + 1]));
    if (bounds[i] < 0) bounds[i] = std::max<int64_t>(bounds[i] + size, 0);
  }
  for (int64_t i = bounds[0]; i < std::min(bounds[1], size); ++i) {
    RECKON_ASSIGN_OR_RETURN(const bool same, Equals(interpreter.meter(), items[static_cast<size_t>(i)], *bound[0]));
    if (same) return Value::Int(i);
  }
  return absl::InvalidArgumentError("the value is not in the list");
}

StatusOrValue CopySelf(Interpreter&, const Value& self, const CallArgs&) { return self; }

constexpr MethodEntry kListMethods[] = {{"count", ListCount}, {"index", ListIndex}, {"copy", CopySelf}};

template <ListKind kKind>
StatusOrValue DictView(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("the method", args, {}, 0, nullptr));
  const DictRep& dict = self.rep<DictRep>();
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(dict.entries.size() * (sizeof(Value) + sizeof(ListRep))));
  std::vector<Value> items;
  items.reserve(dict.entries.size());
  for (const auto& [key, value] : dict.entries) {
    items.push_back(kKind == ListKind::kDictKeys     ? key
                    : kKind == ListKind::kDictValues ? value
                                                     : interpreter.heap().Tuple({key, value}));
  }
  return interpreter.heap().List(std::move(items), kKind);
}

StatusOrValue DictGet(Interpreter&, const Value& self, const CallArgs& args) {
  const Value* bound[2];
  if (!args.named.empty()) return absl::InvalidArgumentError("dict.get() takes no keyword arguments");
  RECKON_RETURN_IF_ERROR(BindArguments("get", args, {"key", "default"}, 1, bound));
  RECKON_ASSIGN_OR_RETURN(const Value* found, DictFind(self.rep<DictRep>(), *bound[0]));
  if (found != nullptr) return *found;
  return bound[1] == nullptr ? Value::None() : *bound[1];
}

constexpr MethodEntry kDictMethods[] = {{"get", DictGet},
                                        {"items", DictView<ListKind::kDictItems>},
                                        {"keys", DictView<ListKind::kDictKeys>},
                                        {"values", DictView<ListKind::kDictValues>},
                                        {"copy", CopySelf}};

StatusOrValue IsInteger(Interpreter&, const Value& self, const CallArgs&) {
  const double d = self.as_double();
  return Value::Bool(std::isfinite(d) && d == std::floor(d));
}

StatusOrValue BitLength(Interpreter&, const Value& self, const CallArgs&) {
  const int64_t value = self.as_int();
  auto bits = static_cast<uint64_t>(value < 0 ? -(value + 1) : value) + (value < 0 ? 1 : 0);
  int64_t length = 0;
  for (; bits > 0; bits >>= 1) ++length;
  return Value::Int(length);
}

constexpr MethodEntry kFloatMethods[] = {{"is_integer", IsInteger}};
constexpr MethodEntry kIntMethods[] = {{"bit_length", BitLength}};

}  // namespace

absl::Span<const MethodEntry> ListMethods() { return kListMethods; }
absl::Span<const MethodEntry> DictMethods() { return kDictMethods; }
absl::Span<const MethodEntry> IntMethods() { return kIntMethods; }
absl::Span<const MethodEntry> FloatMethods() { return kFloatMethods; }

}  // namespace reckon::jinja
