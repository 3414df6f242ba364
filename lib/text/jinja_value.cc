#include "text/jinja_value.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_unicode.h"

namespace reckon::jinja {
namespace {

constexpr size_t kLinearDict = 8;  // up to so many entries a dict is searched without an index

int DepthOf(const std::vector<Value>& items) {
  int depth = 0;
  for (const Value& item : items) depth = std::max(depth, item.depth());
  return depth + 1;
}

bool SameStringKey(const Value& key, absl::string_view text) { return key.is_string() && key.as_string() == text; }

}  // namespace

absl::Status Meter::Step(int64_t n) {
  steps_ += n;
  if (steps_ > limits_.max_steps) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the template takes more than ", limits_.max_steps, " steps; it may not end"));
  }
  if (live_ > limits_.max_live_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the template holds more than ", limits_.max_live_bytes, " bytes of values"));
  }
  if (too_deep_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the template nests values deeper than ", kMaxValueDepth, " levels"));
  }
  return absl::OkStatus();
}

absl::Status Meter::Reserve(size_t bytes) {
  if (bytes > limits_.max_live_bytes || live_ > limits_.max_live_bytes - bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the template holds more than ", limits_.max_live_bytes, " bytes of values"));
  }
  return Work(bytes);
}

absl::string_view Value::as_string() const { return rep<StringRep>().text; }

std::string ObjectRep::Repr() const { return absl::StrCat("<", type_name(), " object>"); }

absl::StatusOr<std::optional<Value>> ObjectRep::Attribute(Interpreter&, absl::string_view) { return std::nullopt; }

absl::StatusOr<Value> ObjectRep::Call(Interpreter&, const CallArgs&) {
  return absl::InvalidArgumentError(absl::StrCat("'", type_name(), "' object is not callable"));
}

void Heap::Adopt(Rep* rep, size_t bytes) const {
  if (meter_ == nullptr) return;
  rep->meter = meter_;
  rep->bytes = bytes;
  meter_->Charge(bytes);
  meter_->ReportDepth(rep->depth);
}

Value Heap::String(std::string text, bool markup) const {
  auto rep = std::make_shared<StringRep>();
  rep->ascii = IsAscii(text);
  rep->markup = markup;
  rep->text = std::move(text);
  Adopt(rep.get(), sizeof(StringRep) + rep->text.capacity());
  return Value(Kind::kString, std::move(rep));
}

Value Heap::BigInt(std::string digits) const {
  auto rep = std::make_shared<StringRep>();
  rep->text = std::move(digits);
  Adopt(rep.get(), sizeof(StringRep) + rep->text.capacity());
  return Value(Kind::kBigInt, std::move(rep));
}

Value Heap::Undefined(std::string message) const {
  auto rep = std::make_shared<UndefinedRep>();
  rep->message = std::move(message);
  Adopt(rep.get(), sizeof(UndefinedRep) + rep->message.capacity());
  return Value(Kind::kUndefined, std::move(rep));
}

Value Heap::List(std::vector<Value> items, ListKind kind) const {
  auto rep = std::make_shared<ListRep>();
  rep->list_kind = kind;
  rep->items = std::move(items);
  rep->depth = DepthOf(rep->items);
  Adopt(rep.get(), sizeof(ListRep) + rep->items.capacity() * sizeof(Value));
  return Value(Kind::kList, std::move(rep));
}

Value Heap::Range(int64_t start, int64_t stop, int64_t step) const {
  std::vector<Value> items;
  for (int64_t i = start; step > 0 ? i < stop : i > stop;) {
    items.push_back(Value::Int(i));
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  Value value = List(std::move(items), ListKind::kRange);
  int64_t* range = value.mutable_rep<ListRep>()->range;
  range[0] = start;
  range[1] = stop;
  range[2] = step;
  return value;
}

Value Heap::Iterator(std::vector<Value> items) const {
  auto rep = std::make_shared<IteratorRep>();
  rep->items = std::move(items);
  rep->depth = DepthOf(rep->items);
  Adopt(rep.get(), sizeof(IteratorRep) + rep->items.capacity() * sizeof(Value));
  return Value(Kind::kIterator, std::move(rep));
}

DictBuilder::DictBuilder() : rep_(std::make_shared<DictRep>()) {}

absl::Status DictBuilder::Set(Value key, Value value) {
  rep_->depth = std::max({rep_->depth, key.depth() + 1, value.depth() + 1});
  RECKON_ASSIGN_OR_RETURN(const Value* found, DictFind(*rep_, key));
  if (found != nullptr) {
    *const_cast<Value*>(found) = std::move(value);
    return absl::OkStatus();
  }
  rep_->entries.emplace_back(std::move(key), std::move(value));
  const size_t first = rep_->entries.size() == kLinearDict + 1 ? 0 : rep_->entries.size() - 1;
  for (size_t i = first; rep_->entries.size() > kLinearDict && i < rep_->entries.size(); ++i) {
    RECKON_ASSIGN_OR_RETURN(std::string encoded, EncodeKey(rep_->entries[i].first));
    rep_->index.emplace(std::move(encoded), i);
  }
  return absl::OkStatus();
}

Value DictBuilder::Build(const Heap& heap) {
  if (rep_->depth == 0) rep_->depth = 1;
  size_t bytes = sizeof(DictRep) + rep_->entries.capacity() * 2 * sizeof(Value);
  for (const auto& [key, position] : rep_->index) bytes += 96 + key.size();
  heap.Adopt(rep_.get(), bytes);
  return Value(Kind::kDict, std::move(rep_));
}

absl::StatusOr<const Value*> DictFind(const DictRep& dict, const Value& key) {
  if (key.is_string()) return DictFind(dict, key.as_string());
  RECKON_ASSIGN_OR_RETURN(std::string encoded, EncodeKey(key));
  if (!dict.index.empty()) {
    auto it = dict.index.find(encoded);
    return it == dict.index.end() ? nullptr : &dict.entries[it->second].second;
  }
  for (const auto& [name, value] : dict.entries) {
    if (name.is_string()) continue;
    RECKON_ASSIGN_OR_RETURN(std::string other, EncodeKey(name));
    if (other == encoded) return &value;
  }
  return nullptr;
}

const Value* DictFind(const DictRep& dict, absl::string_view key) {
  if (!dict.index.empty()) {
    auto it = dict.index.find(absl::StrCat("s", key));
    return it == dict.index.end() ? nullptr : &dict.entries[it->second].second;
  }
  for (const auto& [name, value] : dict.entries) {
    if (SameStringKey(name, key)) return &value;
  }
  return nullptr;
}

absl::StatusOr<std::string> EncodeKey(const Value& key) {
  switch (key.kind()) {
    case Kind::kUndefined:
      return std::string("u");
    case Kind::kNone:
      return std::string("0");
    case Kind::kBool:
    case Kind::kInt:
      return absl::StrCat("n", key.as_int());
    case Kind::kBigInt:
      return absl::StrCat("n", key.as_string());
    case Kind::kFloat: {
      const double d = key.as_double();
      if (d == std::floor(d) && std::abs(d) < 9.2e18) return absl::StrCat("n", static_cast<int64_t>(d));
      return absl::StrCat("f", FloatRepr(d));
    }
    case Kind::kString:
      return absl::StrCat("s", key.as_string());
    case Kind::kList: {
      const ListRep& list = key.rep<ListRep>();
      if (!list.is_tuple()) break;
      std::string out = "(";
      for (const Value& item : list.items) {
        RECKON_ASSIGN_OR_RETURN(std::string part, EncodeKey(item));
        absl::StrAppend(&out, part.size(), ":", part);
        // Shared parts are written out again and again: without a bound a small value could have an enormous key.
        if (out.size() > (1u << 16)) return absl::ResourceExhaustedError("a dict key is longer than 65536 bytes");
      }
      return out;
    }
    case Kind::kIterator:
    case Kind::kObject:
      return absl::StrCat("o", reinterpret_cast<uintptr_t>(key.identity()));
    case Kind::kDict:
      break;
  }
  return absl::InvalidArgumentError(absl::StrCat("unhashable type: '", TypeName(key), "'"));
}

std::string TypeName(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
      return "Undefined";
    case Kind::kNone:
      return "NoneType";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
    case Kind::kBigInt:
      return "int";
    case Kind::kFloat:
      return "float";
    case Kind::kString:
      return "str";
    case Kind::kDict:
      return "dict";
    case Kind::kIterator:
      return "generator";
    case Kind::kObject:
      return std::string(value.rep<ObjectRep>().type_name());
    case Kind::kList:
      break;
  }
  switch (value.rep<ListRep>().list_kind) {
    case ListKind::kTuple:
    case ListKind::kGroup:
      return "tuple";
    case ListKind::kRange:
      return "range";
    case ListKind::kDictKeys:
      return "dict_keys";
    case ListKind::kDictValues:
      return "dict_values";
    case ListKind::kDictItems:
      return "dict_items";
    case ListKind::kList:
      break;
  }
  return "list";
}

bool Truthy(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
    case Kind::kNone:
      return false;
    case Kind::kBool:
    case Kind::kInt:
      return value.as_int() != 0;
    case Kind::kFloat:
      return value.as_double() != 0;
    case Kind::kString:
      return !value.as_string().empty();
    case Kind::kList:
      return !value.rep<ListRep>().items.empty();
    case Kind::kDict:
      return !value.rep<DictRep>().entries.empty();
    case Kind::kBigInt:
    case Kind::kIterator:
    case Kind::kObject:
      break;
  }
  return true;
}

int64_t CodePointCount(const StringRep& text) {
  return static_cast<int64_t>(text.ascii ? text.text.size() : CountCodePoints(text.text));
}

std::optional<int64_t> Length(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
      return 0;
    case Kind::kString:
      return CodePointCount(value.rep<StringRep>());
    case Kind::kList:
      return static_cast<int64_t>(value.rep<ListRep>().items.size());
    case Kind::kDict:
      return static_cast<int64_t>(value.rep<DictRep>().entries.size());
    default:
      return std::nullopt;
  }
}

}  // namespace reckon::jinja
