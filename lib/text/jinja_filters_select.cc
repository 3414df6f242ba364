// Filters that apply other filters and tests to each item. jinja2 makes generators of them; here the items are made at
// once, and what is given is a value that, like a generator, can be walked only once.
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_filters.h"
#include "text/jinja_interpreter.h"
#include "text/jinja_path.h"
#include "text/jinja_tests.h"

namespace reckon::jinja {
namespace {

using StatusOrValue = absl::StatusOr<Value>;

StatusOrValue MapByAttribute(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* attribute = nullptr;
  const Value* fallback = nullptr;
  for (const auto& [name, value] : args.named) {
    if (name == "attribute") {
      attribute = &value;
    } else if (name == "default") {
      fallback = &value;
    } else {
      return absl::InvalidArgumentError(absl::StrCat("Unexpected keyword argument '", name, "'"));
    }
  }
  if (attribute == nullptr) return absl::InvalidArgumentError("map requires a filter argument");
  RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(input));
  std::vector<Value> items;
  for (const Value& item : list->items) {
    RECKON_ASSIGN_OR_RETURN(Value value, PathOf(interpreter, item, *attribute, fallback));
    items.push_back(std::move(value));
  }
  return interpreter.heap().Iterator(std::move(items));
}

StatusOrValue Map(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  if (!Truthy(input)) return interpreter.heap().Iterator({});
  if (args.positional.empty()) return MapByAttribute(interpreter, input, args);
  const Value& name = args.positional[0];
  const FilterFunction filter = name.is_string() ? FindFilter(name.as_string()) : nullptr;
  RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(input));
  CallArgs rest;
  rest.positional.assign(args.positional.begin() + 1, args.positional.end());
  rest.named = args.named;
  std::vector<Value> items;
  const DepthGuard guard(&interpreter);
  RECKON_RETURN_IF_ERROR(guard.Check());
  for (const Value& item : list->items) {
    if (filter == nullptr) return absl::InvalidArgumentError("map: there is no filter of this name");
    RECKON_RETURN_IF_ERROR(interpreter.meter().Step());
    RECKON_ASSIGN_OR_RETURN(Value value, filter(interpreter, item, rest));
    items.push_back(std::move(value));
  }
  return interpreter.heap().Iterator(std::move(items));
}

template <bool kByAttribute, bool kReject>
StatusOrValue Select(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  if (!Truthy(input)) return interpreter.heap().Iterator({});
  const size_t offset = kByAttribute ? 1 : 0;
  if (kByAttribute && args.positional.empty()) {
    return absl::InvalidArgumentError("Missing parameter for attribute name");
  }
  const Value* name = args.positional.size() > offset ? &args.positional[offset] : nullptr;
  const TestFunction test = name != nullptr && name->is_string() ? FindTest(name->as_string()) : nullptr;
  CallArgs rest;
  if (name != nullptr) {
    rest.positional.assign(args.positional.begin() + static_cast<ptrdiff_t>(offset) + 1, args.positional.end());
    rest.named = args.named;
  }
  RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(input));
  std::vector<Value> items;
  for (const Value& item : list->items) {
    RECKON_RETURN_IF_ERROR(interpreter.meter().Step());
    Value subject = item;
    if (kByAttribute) {
      RECKON_ASSIGN_OR_RETURN(subject, PathOf(interpreter, item, args.positional[0], nullptr));
    }
    bool passes = false;
    if (name == nullptr) {
      passes = Truthy(subject);
    } else if (test == nullptr) {
      return absl::InvalidArgumentError("select: there is no test of this name");
    } else {
      RECKON_ASSIGN_OR_RETURN(passes, test(interpreter, subject, rest));
    }
    if (passes != kReject) items.push_back(item);
  }
  return interpreter.heap().Iterator(std::move(items));
}

// Like a.b, but never an item of that name.
StatusOrValue Attr(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* name = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("attr", args, {"name"}, 1, &name));
  RECKON_ASSIGN_OR_RETURN(const std::string text, interpreter.Text(*name));
  if (input.is_dict()) {
    const DictRep& dict = input.rep<DictRep>();
    RECKON_ASSIGN_OR_RETURN(const Value value, interpreter.GetAttr(input, text));
    const bool is_item = DictFind(dict, text) != nullptr && value.kind() != Kind::kObject;
    if (is_item) return interpreter.heap().Undefined(absl::StrCat("'dict object' has no attribute '", text, "'"));
    return value;
  }
  if (input.is_undefined()) return interpreter.heap().Undefined(input.rep<UndefinedRep>().message);
  return interpreter.GetAttr(input, text);
}

constexpr FilterEntry kFilters[] = {
    {"attr", Attr},
    {"map", Map},
    {"reject", Select<false, true>},
    {"rejectattr", Select<true, true>},
    {"select", Select<false, false>},
    {"selectattr", Select<true, false>},
};

}  // namespace

absl::Span<const FilterEntry> SelectFilters() { return kFilters; }

}  // namespace reckon::jinja
