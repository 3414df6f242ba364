// a.b, a['b'], a[1:2], iteration and `in`.
#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_interpreter.h"
#include "text/jinja_objects.h"
#include "text/jinja_split.h"
#include "text/jinja_unicode.h"

namespace reckon::jinja {
namespace {

// Methods that change a list or dict: the immutable sandbox hides them.
bool IsMutator(const Value& object, absl::string_view name) {
  static constexpr absl::string_view kListMutators[] = {"append", "clear", "pop",    "reverse",
                                                        "insert", "sort",  "extend", "remove"};
  static constexpr absl::string_view kDictMutators[] = {"clear", "pop", "popitem", "setdefault", "update"};
  if (object.is_dict())
    return std::find(std::begin(kDictMutators), std::end(kDictMutators), name) != std::end(kDictMutators);
  return object.is_list() && object.rep<ListRep>().list_kind == ListKind::kList &&
         std::find(std::begin(kListMutators), std::end(kListMutators), name) != std::end(kListMutators);
}

std::string ObjectName(const Value& object) {
  return object.is_none() ? "None" : absl::StrCat("'", TypeName(object), " object'");
}

// A slice's bounds, as Python's slice.indices(length) gives them.
struct SliceBounds {
  int64_t start;
  int64_t stop;
  int64_t step;
};

int64_t ClampBound(int64_t bound, int64_t length, bool forward) {
  if (bound < 0) return std::max<int64_t>(bound + length, forward ? 0 : -1);
  return std::min<int64_t>(bound, forward ? length : length - 1);
}

SliceBounds ResolveSlice(const std::optional<int64_t> parts[3], int64_t length) {
  SliceBounds bounds{};
  bounds.step = parts[2].value_or(1);
  const bool forward = bounds.step > 0;
  bounds.start = parts[0].has_value() ? ClampBound(*parts[0], length, forward) : forward ? 0 : length - 1;
  bounds.stop = parts[1].has_value() ? ClampBound(*parts[1], length, forward) : forward ? length : -1;
  return bounds;
}

// Calls take(i) for every index of the slice.
template <typename Take>
void ForEachIndex(const SliceBounds& bounds, Take take) {
  int64_t i = bounds.start;
  while (bounds.step > 0 ? i < bounds.stop : i > bounds.stop) {
    take(static_cast<size_t>(i));
    if (__builtin_add_overflow(i, bounds.step, &i)) return;
  }
}

std::string SliceText(const StringRep& text, const SliceBounds& bounds) {
  std::string out;
  if (text.ascii) {
    if (bounds.step == 1) {
      const auto count = static_cast<size_t>(std::max<int64_t>(bounds.stop - bounds.start, 0));
      return text.text.substr(static_cast<size_t>(bounds.start), count);
    }
    ForEachIndex(bounds, [&](size_t i) { out += text.text[i]; });
    return out;
  }
  std::vector<uint32_t> offsets;
  for (size_t i = 0; i < text.text.size(); NextCodePoint(text.text, &i)) offsets.push_back(static_cast<uint32_t>(i));
  offsets.push_back(static_cast<uint32_t>(text.text.size()));
  ForEachIndex(bounds, [&](size_t i) { out.append(text.text, offsets[i], offsets[i + 1] - offsets[i]); });
  return out;
}

}  // namespace

// getattr(object, name) of Python, with what the sandbox forbids turned into an undefined value.
std::optional<Value> Interpreter::PythonAttribute(const Value& object, absl::string_view name) {
  const bool dunder = name == "__class__" || name == "__init__" || name == "__doc__" || name == "__dict__" ||
                      name == "__len__" || name == "__getitem__" || name == "__iter__" || name == "__call__";
  if (dunder || IsMutator(object, name)) {
    return heap_.Undefined(
        absl::StrCat("access to attribute '", name, "' of '", TypeName(object), "' object is unsafe."));
  }
  if (object.is_list() && object.rep<ListRep>().list_kind == ListKind::kGroup) {
    if (name == "grouper") return object.rep<ListRep>().items[0];
    if (name == "list") return object.rep<ListRep>().items[1];
  }
  if (object.is_list() && object.rep<ListRep>().list_kind == ListKind::kRange) {
    const int64_t* range = object.rep<ListRep>().range;
    if (name == "start") return Value::Int(range[0]);
    if (name == "stop") return Value::Int(range[1]);
    if (name == "step") return Value::Int(range[2]);
  }
  if (object.is_integral()) {
    if (name == "real" || name == "numerator") return Value::Int(object.as_int());
    if (name == "imag") return Value::Int(0);
    if (name == "denominator") return Value::Int(1);
  }
  if (object.kind() == Kind::kFloat) {
    if (name == "real") return object;
    if (name == "imag") return Value::Float(0);
  }
  const MethodFunction method = FindMethod(object, name);
  if (method == nullptr) return std::nullopt;
  return heap_.Object(std::make_shared<MethodRep>(object, method), 0);
}

std::optional<Value> Interpreter::Index(const Value& object, int64_t index) {
  const std::optional<int64_t> length = Length(object);
  if (!length.has_value()) return std::nullopt;
  if (index < 0) index += *length;
  if (index < 0 || index >= *length) return std::nullopt;
  const auto at = static_cast<size_t>(index);
  if (object.is_list()) return object.rep<ListRep>().items[at];
  const StringRep& text = object.rep<StringRep>();
  if (text.ascii) return heap_.String(text.text.substr(at, 1));
  const size_t begin = OffsetOf(text.text, at);
  size_t end = begin;
  NextCodePoint(text.text, &end);
  return heap_.String(text.text.substr(begin, end - begin));
}

// object[key] of Python, or nothing where it raises TypeError or LookupError.
absl::StatusOr<std::optional<Value>> Interpreter::Subscript(const Value& object, const Value& key) {
  if (object.is_undefined()) return absl::InvalidArgumentError(object.rep<UndefinedRep>().message);
  if (object.is_dict()) {
    const absl::StatusOr<const Value*> found = DictFind(object.rep<DictRep>(), key);
    if (!found.ok() || *found == nullptr) return std::nullopt;
    return **found;
  }
  const bool sequence = object.is_string() || (object.is_list() && object.rep<ListRep>().is_sequence());
  if (!sequence || !key.is_integral()) return std::nullopt;
  if (object.is_string() && !object.rep<StringRep>().ascii) {
    RECKON_RETURN_IF_ERROR(meter_.Work(object.as_string().size()));
  }
  return Index(object, key.as_int());
}

absl::StatusOr<Value> Interpreter::GetAttr(const Value& object, absl::string_view name) {
  if (object.is_undefined()) return absl::InvalidArgumentError(object.rep<UndefinedRep>().message);
  if (object.kind() == Kind::kObject) {
    if (!absl::StartsWith(name, "_")) {
      auto* rep = object.mutable_rep<ObjectRep>();
      RECKON_ASSIGN_OR_RETURN(std::optional<Value> value, rep->Attribute(*this, name));
      if (value.has_value()) return *std::move(value);
    }
  } else if (std::optional<Value> value = PythonAttribute(object, name); value.has_value()) {
    return *std::move(value);
  } else if (object.is_dict()) {
    const Value* found = DictFind(object.rep<DictRep>(), name);
    if (found != nullptr) return *found;
  }
  return heap_.Undefined(absl::StrCat(ObjectName(object), " has no attribute '", name, "'"));
}

absl::StatusOr<Value> Interpreter::GetItem(const Value& object, const Value& key) {
  RECKON_ASSIGN_OR_RETURN(std::optional<Value> value, Subscript(object, key));
  if (value.has_value()) return *std::move(value);
  if (key.is_string()) {
    if (object.kind() == Kind::kObject) return GetAttr(object, key.as_string());
    value = PythonAttribute(object, key.as_string());
    if (value.has_value()) return *std::move(value);
    return heap_.Undefined(absl::StrCat(ObjectName(object), " has no attribute '", key.as_string(), "'"));
  }
  RECKON_ASSIGN_OR_RETURN(const std::string shown, ToRepr(meter_, key));
  return heap_.Undefined(absl::StrCat(ObjectName(object), " has no element ", shown));
}

absl::StatusOr<Value> Interpreter::Slice(const Value& object, const Expr& slice) {
  if (object.is_undefined()) return absl::InvalidArgumentError(object.rep<UndefinedRep>().message);
  std::optional<int64_t> parts[3];
  for (size_t i = 0; i < 3; ++i) {
    if (slice.children[i] == nullptr) continue;
    RECKON_ASSIGN_OR_RETURN(const Value part, Evaluate(*slice.children[i]));
    if (part.is_none()) continue;
    if (!part.is_integral()) return absl::InvalidArgumentError("slice indices must be integers or None");
    parts[i] = part.as_int();
  }
  if (parts[2] == 0) return absl::InvalidArgumentError("slice step cannot be zero");
  const bool sequence = object.is_string() || (object.is_list() && object.rep<ListRep>().is_sequence());
  if (!sequence) return absl::InvalidArgumentError(absl::StrCat("'", TypeName(object), "' object cannot be sliced"));
  const SliceBounds bounds = ResolveSlice(parts, *Length(object));
  if (object.is_string()) {
    const StringRep& text = object.rep<StringRep>();
    RECKON_RETURN_IF_ERROR(meter_.Work(text.ascii ? 0 : text.text.size() * 4));
    std::string out = SliceText(text, bounds);
    RECKON_RETURN_IF_ERROR(meter_.Reserve(out.size()));
    return heap_.String(std::move(out), text.markup);
  }
  const ListRep& list = object.rep<ListRep>();
  std::vector<Value> items;
  ForEachIndex(bounds, [&](size_t i) { items.push_back(list.items[i]); });
  RECKON_RETURN_IF_ERROR(meter_.Reserve(items.size() * sizeof(Value)));
  if (list.list_kind == ListKind::kRange) {
    const int64_t first = list.range[0];
    const int64_t step = list.range[2];
    return heap_.Range(first + bounds.start * step, first + bounds.stop * step, step * bounds.step);
  }
  return heap_.List(std::move(items), list.is_tuple() ? ListKind::kTuple : ListKind::kList);
}

absl::StatusOr<std::shared_ptr<const ListRep>> Interpreter::Iterate(const Value& value) {
  std::vector<Value> items;
  switch (value.kind()) {
    case Kind::kList: {
      const std::shared_ptr<Rep>& rep = value.shared_rep();
      RECKON_RETURN_IF_ERROR(meter_.Step(static_cast<int64_t>(value.rep<ListRep>().items.size() / 8)));
      return std::shared_ptr<const ListRep>(rep, static_cast<const ListRep*>(rep.get()));
    }
    case Kind::kUndefined:
      break;
    case Kind::kString: {
      const std::string& text = value.rep<StringRep>().text;
      RECKON_RETURN_IF_ERROR(meter_.Reserve(text.size() * (sizeof(Value) + sizeof(StringRep))));
      for (size_t i = 0; i < text.size();) {
        const size_t start = i;
        NextCodePoint(text, &i);
        items.push_back(heap_.String(text.substr(start, i - start)));
      }
      break;
    }
    case Kind::kDict:
      RECKON_RETURN_IF_ERROR(meter_.Reserve(value.rep<DictRep>().entries.size() * sizeof(Value)));
      for (const auto& [key, member] : value.rep<DictRep>().entries) items.push_back(key);
      break;
    case Kind::kIterator: {
      auto* iterator = value.mutable_rep<IteratorRep>();
      RECKON_RETURN_IF_ERROR(meter_.Reserve((iterator->items.size() - iterator->next) * sizeof(Value)));
      items.assign(iterator->items.begin() + static_cast<ptrdiff_t>(iterator->next), iterator->items.end());
      iterator->next = iterator->items.size();
      break;
    }
    default:
      return absl::InvalidArgumentError(absl::StrCat("'", TypeName(value), "' object is not iterable"));
  }
  const Value list = heap_.List(std::move(items));
  return std::shared_ptr<const ListRep>(list.shared_rep(), &list.rep<ListRep>());
}

absl::StatusOr<bool> Interpreter::Contains(const Value& container, const Value& item) {
  if (container.is_string()) {
    if (!item.is_string()) {
      return absl::InvalidArgumentError(
          absl::StrCat("'in <string>' requires string as left operand, not ", TypeName(item)));
    }
    RECKON_RETURN_IF_ERROR(ChargeSearch(meter_, container.as_string().size(), item.as_string().size()));
    return absl::StrContains(container.as_string(), item.as_string());
  }
  if (container.is_dict()) {
    RECKON_ASSIGN_OR_RETURN(const Value* found, DictFind(container.rep<DictRep>(), item));
    return found != nullptr;
  }
  RECKON_ASSIGN_OR_RETURN(const auto list, Iterate(container));
  for (const Value& member : list->items) {
    RECKON_ASSIGN_OR_RETURN(const bool same, Equals(meter_, member, item));
    if (same) return true;
  }
  return false;
}

absl::StatusOr<Value> Interpreter::TextValue(const Value& value) {
  if (value.is_string()) return value;
  RECKON_ASSIGN_OR_RETURN(std::string text, Text(value));
  return heap_.String(std::move(text));
}

}  // namespace reckon::jinja
