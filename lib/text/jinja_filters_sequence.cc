// Filters over lists, dicts and everything else that can be walked.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "text/jinja_filters.h"
#include "text/jinja_interpreter.h"
#include "text/jinja_path.h"
#include "text/jinja_unicode.h"

namespace reckon::jinja {
namespace {

using StatusOrValue = absl::StatusOr<Value>;

StatusOrValue LengthFilter(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("length", args, {}, 0, nullptr));
  if (input.is_string()) RECKON_RETURN_IF_ERROR(interpreter.meter().Work(input.as_string().size()));
  const std::optional<int64_t> length = Length(input);
  if (length.has_value()) return Value::Int(*length);
  return absl::InvalidArgumentError(absl::StrCat("object of type '", TypeName(input), "' has no len()"));
}

StatusOrValue ListFilter(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("list", args, {}, 0, nullptr));
  RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(input));
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(list->items.size() * sizeof(Value)));
  return interpreter.heap().List(list->items);
}

StatusOrValue Default(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* bound[2];
  RECKON_RETURN_IF_ERROR(BindArguments("default", args, {"default_value", "boolean"}, 0, bound));
  const bool boolean = bound[1] != nullptr && Truthy(*bound[1]);
  if (!input.is_undefined() && (!boolean || Truthy(input))) return input;
  return bound[0] == nullptr ? interpreter.heap().String("") : *bound[0];
}

StatusOrValue First(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("first", args, {}, 0, nullptr));
  if (input.kind() == Kind::kIterator) {  // the others stay in it
    auto* iterator = input.mutable_rep<IteratorRep>();
    if (iterator->next < iterator->items.size()) return iterator->items[iterator->next++];
  }
  RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(input));
  if (!list->items.empty()) return list->items.front();
  return interpreter.heap().Undefined("No first item, sequence was empty.");
}

absl::Status NeedReversible(const Value& input) {
  const bool reversible = input.is_list() || input.is_dict() || input.is_string() || input.is_undefined();
  if (reversible) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("'", TypeName(input), "' object is not reversible"));
}

StatusOrValue Last(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("last", args, {}, 0, nullptr));
  RECKON_RETURN_IF_ERROR(NeedReversible(input));
  RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(input));
  if (!list->items.empty()) return list->items.back();
  return interpreter.heap().Undefined("No last item, sequence was empty.");
}

StatusOrValue Reverse(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("reverse", args, {}, 0, nullptr));
  if (input.is_string()) {
    const absl::string_view text = input.as_string();
    RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(text.size()));
    std::string out;
    for (size_t i = text.size(); i > 0;) {
      const size_t end = i;
      PreviousCodePoint(text, &i);
      absl::StrAppend(&out, text.substr(i, end - i));
    }
    return interpreter.heap().String(std::move(out));
  }
  RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(input));
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(list->items.size() * sizeof(Value)));
  std::vector<Value> items(list->items.rbegin(), list->items.rend());
  if (input.kind() == Kind::kIterator) return interpreter.heap().List(std::move(items));
  return interpreter.heap().Iterator(std::move(items));
}

StatusOrValue Items(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("items", args, {}, 0, nullptr));
  std::vector<Value> pairs;
  if (input.is_dict()) {
    for (const auto& [key, value] : input.rep<DictRep>().entries) {
      RECKON_RETURN_IF_ERROR(interpreter.meter().Step());
      pairs.push_back(interpreter.heap().Tuple({key, value}));
    }
  } else if (!input.is_undefined()) {
    return absl::InvalidArgumentError("Can only get item pairs from a mapping.");
  }
  return interpreter.heap().Iterator(std::move(pairs));
}

StatusOrValue DictSort(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* bound[3];
  RECKON_RETURN_IF_ERROR(BindArguments("dictsort", args, {"case_sensitive", "by", "reverse"}, 0, bound));
  const bool case_sensitive = bound[0] != nullptr && Truthy(*bound[0]);
  const absl::string_view by = bound[1] == nullptr ? "key" : bound[1]->is_string() ? bound[1]->as_string() : "";
  if (by != "key" && by != "value") {
    return absl::InvalidArgumentError("You can only sort by either \"key\" or \"value\"");
  }
  if (!input.is_dict()) return absl::InvalidArgumentError(absl::StrCat("dictsort needs a dict, not ", TypeName(input)));
  std::vector<Keyed> items;
  for (const auto& [key, value] : input.rep<DictRep>().entries) {
    RECKON_RETURN_IF_ERROR(interpreter.meter().Step());
    Value order = by == "key" ? key : value;
    if (!case_sensitive) {
      RECKON_ASSIGN_OR_RETURN(order, IgnoreCase(interpreter, order));
    }
    items.push_back({std::move(order), interpreter.heap().Tuple({key, value})});
  }
  RECKON_RETURN_IF_ERROR(SortKeyed(interpreter, &items, bound[2] != nullptr && Truthy(*bound[2])));
  std::vector<Value> pairs;
  pairs.reserve(items.size());
  for (Keyed& entry : items) pairs.push_back(std::move(entry.item));
  return interpreter.heap().List(std::move(pairs));
}

// What `sort` orders by: a list of what the paths of `attribute` ("age,name") lead to.
StatusOrValue SortKey(Interpreter& interpreter, const Value& item, const Value* attribute, bool case_sensitive) {
  std::vector<Value> paths;
  if (attribute != nullptr && attribute->is_string()) {
    for (const absl::string_view path : absl::StrSplit(attribute->as_string(), ',')) {
      paths.push_back(interpreter.heap().String(path));
    }
  } else {
    paths.push_back(attribute == nullptr ? Value::None() : *attribute);
  }
  std::vector<Value> keys;
  for (const Value& path : paths) {
    RECKON_ASSIGN_OR_RETURN(Value key, PathOf(interpreter, item, path, nullptr));
    if (!case_sensitive) {
      RECKON_ASSIGN_OR_RETURN(key, IgnoreCase(interpreter, key));
    }
    keys.push_back(std::move(key));
  }
  return interpreter.heap().List(std::move(keys));
}

StatusOrValue Sort(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* bound[3];
  RECKON_RETURN_IF_ERROR(BindArguments("sort", args, {"reverse", "case_sensitive", "attribute"}, 0, bound));
  RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(input));
  std::vector<Keyed> items;
  for (const Value& item : list->items) {
    const bool case_sensitive = bound[1] != nullptr && Truthy(*bound[1]);
    RECKON_ASSIGN_OR_RETURN(Value key, SortKey(interpreter, item, bound[2], case_sensitive));
    items.push_back({std::move(key), item});
  }
  RECKON_RETURN_IF_ERROR(SortKeyed(interpreter, &items, bound[0] != nullptr && Truthy(*bound[0])));
  std::vector<Value> sorted;
  sorted.reserve(items.size());
  for (Keyed& entry : items) sorted.push_back(std::move(entry.item));
  return interpreter.heap().List(std::move(sorted));
}

StatusOrValue Unique(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* bound[2];
  RECKON_RETURN_IF_ERROR(BindArguments("unique", args, {"case_sensitive", "attribute"}, 0, bound));
  RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(input));
  std::set<std::string> seen;
  std::vector<Value> items;
  for (const Value& item : list->items) {
    RECKON_ASSIGN_OR_RETURN(Value key,
                            PathOf(interpreter, item, bound[1] == nullptr ? Value::None() : *bound[1], nullptr));
    if (bound[0] == nullptr || !Truthy(*bound[0])) {
      RECKON_ASSIGN_OR_RETURN(key, IgnoreCase(interpreter, key));
    }
    RECKON_ASSIGN_OR_RETURN(std::string encoded, EncodeKey(key));
    RECKON_RETURN_IF_ERROR(interpreter.meter().Work(encoded.size()));
    if (seen.insert(std::move(encoded)).second) items.push_back(item);
  }
  return interpreter.heap().Iterator(std::move(items));
}

template <bool kMax>
StatusOrValue Extreme(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* bound[2];
  RECKON_RETURN_IF_ERROR(BindArguments(kMax ? "max" : "min", args, {"case_sensitive", "attribute"}, 0, bound));
  RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(input));
  if (list->items.empty()) return interpreter.heap().Undefined("No aggregated item, sequence was empty.");
  std::optional<Value> best_key;
  Value best;
  for (const Value& item : list->items) {
    RECKON_ASSIGN_OR_RETURN(Value key,
                            PathOf(interpreter, item, bound[1] == nullptr ? Value::None() : *bound[1], nullptr));
    if (bound[0] == nullptr || !Truthy(*bound[0])) {
      RECKON_ASSIGN_OR_RETURN(key, IgnoreCase(interpreter, key));
    }
    if (best_key.has_value()) {
      RECKON_ASSIGN_OR_RETURN(const int order, Compare(interpreter.meter(), key, *best_key, kMax ? ">" : "<"));
      if (order != (kMax ? 1 : -1)) continue;
    }
    best_key = std::move(key);
    best = item;
  }
  return best;
}

StatusOrValue Sum(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* bound[2];
  RECKON_RETURN_IF_ERROR(BindArguments("sum", args, {"attribute", "start"}, 0, bound));
  Value total = bound[1] == nullptr ? Value::Int(0) : *bound[1];
  if (total.is_string()) return absl::InvalidArgumentError("sum() can't sum strings [use ''.join(seq) instead]");
  RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(input));
  for (const Value& item : list->items) {
    RECKON_RETURN_IF_ERROR(interpreter.meter().Step());
    RECKON_ASSIGN_OR_RETURN(const Value part,
                            PathOf(interpreter, item, bound[0] == nullptr ? Value::None() : *bound[0], nullptr));
    RECKON_ASSIGN_OR_RETURN(total, interpreter.Binary(Operator::kAdd, total, part));
  }
  return total;
}

StatusOrValue Batch(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* bound[2];
  RECKON_RETURN_IF_ERROR(BindArguments("batch", args, {"linecount", "fill_with"}, 1, bound));
  RECKON_ASSIGN_OR_RETURN(const int64_t size, IntegerArgument("batch", *bound[0]));
  RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(input));
  std::vector<Value> batches;
  std::vector<Value> batch;
  for (const Value& item : list->items) {
    RECKON_RETURN_IF_ERROR(interpreter.meter().Step());
    if (static_cast<int64_t>(batch.size()) == size) {
      batches.push_back(interpreter.heap().List(std::move(batch)));
      batch.clear();
    }
    batch.push_back(item);
  }
  if (!batch.empty()) {
    if (bound[1] != nullptr && !bound[1]->is_none() && static_cast<int64_t>(batch.size()) < size) {
      if (size > 100'000) return absl::ResourceExhaustedError("batch: more than 100000 items to fill up");
      RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(static_cast<size_t>(size) * sizeof(Value)));
      batch.resize(static_cast<size_t>(size), *bound[1]);
    }
    batches.push_back(interpreter.heap().List(std::move(batch)));
  }
  return interpreter.heap().Iterator(std::move(batches));
}

StatusOrValue SliceFilter(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* bound[2];
  RECKON_RETURN_IF_ERROR(BindArguments("slice", args, {"slices", "fill_with"}, 1, bound));
  RECKON_ASSIGN_OR_RETURN(const int64_t slices, IntegerArgument("slice", *bound[0]));
  RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(input));
  if (slices == 0) return absl::InvalidArgumentError("division by zero");
  if (slices > 100'000) return absl::ResourceExhaustedError("slice: more than 100000 slices");
  const auto length = static_cast<int64_t>(list->items.size());
  std::vector<Value> out;
  int64_t position = 0;
  for (int64_t i = 0; i < slices; ++i) {
    RECKON_RETURN_IF_ERROR(interpreter.meter().Step());
    const bool extra = i < length % slices;
    const int64_t end = position + length / slices + (extra ? 1 : 0);
    std::vector<Value> part(list->items.begin() + position, list->items.begin() + end);
    if (bound[1] != nullptr && !bound[1]->is_none() && !extra) part.push_back(*bound[1]);
    out.push_back(interpreter.heap().List(std::move(part)));
    position = end;
  }
  return interpreter.heap().Iterator(std::move(out));
}

StatusOrValue GroupBy(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* bound[3];
  RECKON_RETURN_IF_ERROR(BindArguments("groupby", args, {"attribute", "default", "case_sensitive"}, 1, bound));
  const bool case_sensitive = bound[2] != nullptr && Truthy(*bound[2]);
  RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(input));
  std::vector<Keyed> items;
  for (const Value& item : list->items) {
    RECKON_ASSIGN_OR_RETURN(Value key, PathOf(interpreter, item, *bound[0], bound[1]));
    if (!case_sensitive) {
      RECKON_ASSIGN_OR_RETURN(key, IgnoreCase(interpreter, key));
    }
    items.push_back({std::move(key), item});
  }
  RECKON_RETURN_IF_ERROR(SortKeyed(interpreter, &items, false));
  std::vector<Value> groups;
  for (size_t i = 0; i < items.size();) {
    std::vector<Value> members;
    size_t end = i;
    bool same = true;
    while (same) {
      members.push_back(items[end++].item);
      if (end == items.size()) break;
      RECKON_ASSIGN_OR_RETURN(same, Equals(interpreter.meter(), items[i].key, items[end].key));
    }
    Value grouper = items[i].key;
    if (!case_sensitive) {  // the first value as it is written
      RECKON_ASSIGN_OR_RETURN(grouper, PathOf(interpreter, members[0], *bound[0], bound[1]));
    }
    groups.push_back(interpreter.heap().List({grouper, interpreter.heap().List(std::move(members))}, ListKind::kGroup));
    i = end;
  }
  return interpreter.heap().List(std::move(groups));
}

constexpr FilterEntry kFilters[] = {
    {"batch", Batch},
    {"count", LengthFilter},
    {"d", Default},
    {"default", Default},
    {"dictsort", DictSort},
    {"first", First},
    {"groupby", GroupBy},
    {"items", Items},
    {"last", Last},
    {"length", LengthFilter},
    {"list", ListFilter},
    {"max", Extreme<true>},
    {"min", Extreme<false>},
    {"reverse", Reverse},
    {"slice", SliceFilter},
    {"sort", Sort},
    {"sum", Sum},
    {"unique", Unique},
};

}  // namespace

absl::Span<const FilterEntry> SequenceFilters() { return kFilters; }

}  // namespace reckon::jinja
