// Methods of str, and the way to the methods of everything else.
#include "text/jinja_methods.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_format.h"
#include "text/jinja_objects.h"
#include "text/jinja_split.h"
#include "text/jinja_unicode.h"

namespace reckon::jinja {
namespace {

using StatusOrValue = absl::StatusOr<Value>;

const std::string& TextOf(const Value& self) { return self.rep<StringRep>().text; }

absl::Status NeedString(absl::string_view method, const Value& value) {
  if (value.is_string()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(method, " needs a str, not ", TypeName(value)));
}

Value SameType(Interpreter& interpreter, const Value& self, std::string text) {
  return interpreter.heap().String(std::move(text), self.rep<StringRep>().markup);
}

// Methods without arguments that map a text to a text.
template <std::string (*kMap)(absl::string_view)>
StatusOrValue MapText(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("the method", args, {}, 0, nullptr));
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(TextOf(self).size() * 2));
  return SameType(interpreter, self, kMap(TextOf(self)));
}

// str.isalpha() and its kin: not empty, and every character passes.
template <bool (*kTest)(char32_t)>
StatusOrValue TestAll(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("the method", args, {}, 0, nullptr));
  const std::string& text = TextOf(self);
  RECKON_RETURN_IF_ERROR(interpreter.meter().Work(text.size()));
  bool all = !text.empty();
  for (size_t i = 0; all && i < text.size();) all = kTest(NextCodePoint(text, &i));
  return Value::Bool(all);
}

bool IsAlphaNumeric(char32_t c) { return IsAlpha(c) || IsNumeric(c); }

template <bool kUpper>
StatusOrValue TestCase(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("the method", args, {}, 0, nullptr));
  RECKON_RETURN_IF_ERROR(interpreter.meter().Work(TextOf(self).size()));
  return Value::Bool(HasCase(TextOf(self), kUpper));
}

StatusOrValue IsTitleCase(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("istitle", args, {}, 0, nullptr));
  const std::string& text = TextOf(self);
  RECKON_RETURN_IF_ERROR(interpreter.meter().Work(text.size()));
  bool cased = false;
  bool previous_cased = false;
  for (size_t i = 0; i < text.size();) {
    const char32_t c = NextCodePoint(text, &i);
    const bool upper = IsUpper(c) || IsTitle(c);
    if (upper ? previous_cased : IsLower(c) && !previous_cased) return Value::Bool(false);
    previous_cased = upper || IsLower(c);
    cased = cased || previous_cased;
  }
  return Value::Bool(cased);
}

StatusOrValue IsAsciiText(Interpreter&, const Value& self, const CallArgs&) {
  return Value::Bool(self.rep<StringRep>().ascii);
}

StatusOrValue IsIdentifier(Interpreter& interpreter, const Value& self, const CallArgs&) {
  const std::string& text = TextOf(self);
  RECKON_RETURN_IF_ERROR(interpreter.meter().Work(text.size()));
  size_t i = 0;
  bool valid = !text.empty() && IsNameStart(NextCodePoint(text, &i));
  while (valid && i < text.size()) valid = IsWordChar(NextCodePoint(text, &i));
  return Value::Bool(valid);
}

template <bool kLeft, bool kRight>
StatusOrValue StripText(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  const Value* chars = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("strip", args, {"chars"}, 0, &chars));
  const std::string* set = nullptr;
  if (chars != nullptr && !chars->is_none()) {
    RECKON_RETURN_IF_ERROR(NeedString("strip", *chars));
    set = &TextOf(*chars);
  }
  const size_t set_size = set == nullptr ? 1 : set->size() + 1;
  if (set_size > 64)
    RECKON_RETURN_IF_ERROR(interpreter.meter().Step(static_cast<int64_t>(TextOf(self).size() / 64 * set_size)));
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(TextOf(self).size()));
  return SameType(interpreter, self, std::string(Strip(TextOf(self), set, kLeft, kRight)));
}

template <bool kFromRight>
StatusOrValue SplitMethod(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  const Value* bound[2];
  RECKON_RETURN_IF_ERROR(BindArguments("split", args, {"sep", "maxsplit"}, 0, bound));
  int64_t limit = -1;
  if (bound[1] != nullptr) {
    RECKON_ASSIGN_OR_RETURN(limit, IntegerArgument("split", *bound[1]));
  }
  const bool blank = bound[0] == nullptr || bound[0]->is_none();
  if (!blank) RECKON_RETURN_IF_ERROR(NeedString("split", *bound[0]));
  if (!blank && TextOf(*bound[0]).empty()) return absl::InvalidArgumentError("empty separator");
  const std::string& text = TextOf(self);
  RECKON_RETURN_IF_ERROR(ChargeSearch(interpreter.meter(), text.size(), blank ? 1 : TextOf(*bound[0]).size()));
  const auto parts = blank ? SplitBlanks(text, limit, kFromRight) : SplitBy(text, TextOf(*bound[0]), limit, kFromRight);
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(text.size() + parts.size() * (sizeof(Value) + sizeof(StringRep))));
  std::vector<Value> items;
  items.reserve(parts.size());
  for (absl::string_view part : parts) items.push_back(SameType(interpreter, self, std::string(part)));
  return interpreter.heap().List(std::move(items));
}

StatusOrValue SplitLinesMethod(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  const Value* keep = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("splitlines", args, {"keepends"}, 0, &keep));
  const std::string& text = TextOf(self);
  const auto lines = SplitLines(text, keep != nullptr && Truthy(*keep));
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(text.size() + lines.size() * (sizeof(Value) + sizeof(StringRep))));
  std::vector<Value> items;
  items.reserve(lines.size());
  for (absl::string_view line : lines) items.push_back(SameType(interpreter, self, std::string(line)));
  return interpreter.heap().List(std::move(items));
}

template <bool kFromRight>
StatusOrValue Partition(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  const Value* separator = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("partition", args, {"sep"}, 1, &separator));
  RECKON_RETURN_IF_ERROR(NeedString("partition", *separator));
  const std::string& text = TextOf(self);
  const std::string& sep = TextOf(*separator);
  if (sep.empty()) return absl::InvalidArgumentError("empty separator");
  RECKON_RETURN_IF_ERROR(ChargeSearch(interpreter.meter(), text.size(), sep.size()));
  const size_t at = kFromRight ? text.rfind(sep) : text.find(sep);
  const Heap& heap = interpreter.heap();
  if (at == std::string::npos) {
    return kFromRight ? heap.Tuple({heap.String(""), heap.String(""), self})
                      : heap.Tuple({self, heap.String(""), heap.String("")});
  }
  return heap.Tuple({heap.String(text.substr(0, at)), *separator, heap.String(text.substr(at + sep.size()))});
}

// The part of a text between two optional positions, as str.find and str.startswith take them.
struct Part {
  absl::string_view text;
  size_t offset = 0;  // in bytes
  bool valid = true;  // false if it begins behind the end
};

absl::StatusOr<Part> PartOf(Interpreter& interpreter, const Value& self, const Value* start, const Value* stop) {
  const StringRep& rep = self.rep<StringRep>();
  RECKON_RETURN_IF_ERROR(interpreter.meter().Work(rep.text.size()));
  if (start == nullptr && stop == nullptr) return Part{rep.text};
  const int64_t length = CodePointCount(rep);
  int64_t bounds[2] = {0, length};
  const Value* given[2] = {start, stop};
  for (size_t i = 0; i < 2; ++i) {
    if (given[i] == nullptr || given[i]->is_none()) continue;
    RECKON_ASSIGN_OR_RETURN(bounds[i], IntegerArgument("slice indices", *given[i]));
    if (bounds[i] < 0) bounds[i] = std::max<int64_t>(bounds[i] + length, 0);
  }
  bounds[1] = std::min(bounds[1], length);
  if (bounds[0] > bounds[1]) return Part{"", 0, false};
  const auto offset = [&rep](int64_t index) {
    return rep.ascii ? static_cast<size_t>(index) : OffsetOf(rep.text, static_cast<size_t>(index));
  };
  const size_t begin = offset(bounds[0]);
  return Part{absl::string_view(rep.text).substr(begin, offset(bounds[1]) - begin), begin};
}

template <bool kAtEnd>
StatusOrValue Affix(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  const Value* bound[3];
  RECKON_RETURN_IF_ERROR(BindArguments(kAtEnd ? "endswith" : "startswith", args, {"prefix", "start", "end"}, 1, bound));
  RECKON_ASSIGN_OR_RETURN(const Part part, PartOf(interpreter, self, bound[1], bound[2]));
  std::vector<Value> candidates = {*bound[0]};
  if (bound[0]->is_list() && bound[0]->rep<ListRep>().is_tuple()) candidates = bound[0]->rep<ListRep>().items;
  for (const Value& candidate : candidates) {
    RECKON_RETURN_IF_ERROR(interpreter.meter().Step());
    RECKON_RETURN_IF_ERROR(NeedString(kAtEnd ? "endswith" : "startswith", candidate));
    const std::string& affix = TextOf(candidate);
    if (part.valid && (kAtEnd ? absl::EndsWith(part.text, affix) : absl::StartsWith(part.text, affix))) {
      return Value::Bool(true);
    }
  }
  return Value::Bool(false);
}

template <bool kFromRight, bool kMustFind>
StatusOrValue Find(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  const Value* bound[3];
  RECKON_RETURN_IF_ERROR(BindArguments("find", args, {"sub", "start", "end"}, 1, bound));
  RECKON_RETURN_IF_ERROR(NeedString("find", *bound[0]));
  RECKON_ASSIGN_OR_RETURN(const Part part, PartOf(interpreter, self, bound[1], bound[2]));
  const std::string& needle = TextOf(*bound[0]);
  RECKON_RETURN_IF_ERROR(ChargeSearch(interpreter.meter(), part.text.size(), needle.size()));
  const size_t at = !part.valid  ? absl::string_view::npos
                    : kFromRight ? part.text.rfind(needle)
                                 : part.text.find(needle);
  if (at == absl::string_view::npos) {
    if (kMustFind) return absl::InvalidArgumentError("substring not found");
    return Value::Int(-1);
  }
  return Value::Int(static_cast<int64_t>(CountCodePoints(absl::string_view(TextOf(self)).substr(0, part.offset + at))));
}

StatusOrValue CountText(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  const Value* bound[3];
  RECKON_RETURN_IF_ERROR(BindArguments("count", args, {"sub", "start", "end"}, 1, bound));
  RECKON_RETURN_IF_ERROR(NeedString("count", *bound[0]));
  RECKON_ASSIGN_OR_RETURN(const Part part, PartOf(interpreter, self, bound[1], bound[2]));
  if (!part.valid) return Value::Int(0);
  const std::string& needle = TextOf(*bound[0]);
  RECKON_RETURN_IF_ERROR(ChargeSearch(interpreter.meter(), part.text.size(), needle.size()));
  if (needle.empty()) return Value::Int(static_cast<int64_t>(CountCodePoints(part.text)) + 1);
  int64_t count = 0;
  for (size_t at = 0; (at = part.text.find(needle, at)) != absl::string_view::npos; at += needle.size()) ++count;
  return Value::Int(count);
}

StatusOrValue Replace(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  const Value* bound[3];
  RECKON_RETURN_IF_ERROR(BindArguments("replace", args, {"old", "new", "count"}, 2, bound));
  RECKON_RETURN_IF_ERROR(NeedString("replace", *bound[0]));
  RECKON_RETURN_IF_ERROR(NeedString("replace", *bound[1]));
  int64_t count = -1;
  if (bound[2] != nullptr) {
    RECKON_ASSIGN_OR_RETURN(count, IntegerArgument("replace", *bound[2]));
  }
  RECKON_ASSIGN_OR_RETURN(std::string text,
                          ReplaceText(interpreter.meter(), TextOf(self), TextOf(*bound[0]), TextOf(*bound[1]), count));
  return SameType(interpreter, self, std::move(text));
}

StatusOrValue Join(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  const Value* sequence = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("join", args, {"iterable"}, 1, &sequence));
  RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(*sequence));
  std::string text;
  for (size_t i = 0; i < list->items.size(); ++i) {
    const Value& item = list->items[i];
    if (!item.is_string()) {
      return absl::InvalidArgumentError(
          absl::StrCat("sequence item ", i, ": expected str instance, ", TypeName(item), " found"));
    }
    RECKON_RETURN_IF_ERROR(interpreter.meter().Step());
    RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(TextOf(self).size() + TextOf(item).size()));
    if (text.size() > interpreter.meter().limits().max_live_bytes / 2)
      return absl::ResourceExhaustedError("join makes too long a text");
    absl::StrAppend(&text, i == 0 ? "" : TextOf(self), TextOf(item));
  }
  return interpreter.heap().String(std::move(text));
}

template <bool kSuffix>
StatusOrValue RemoveAffix(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  const Value* affix = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("removeprefix", args, {"affix"}, 1, &affix));
  RECKON_RETURN_IF_ERROR(NeedString("removeprefix", *affix));
  absl::string_view text = TextOf(self);
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(text.size()));
  const std::string& part = TextOf(*affix);
  if (kSuffix && absl::EndsWith(text, part)) text.remove_suffix(part.size());
  if (!kSuffix && absl::StartsWith(text, part)) text.remove_prefix(part.size());
  return SameType(interpreter, self, std::string(text));
}

// str.center puts the odd blank on the left if the width is odd, which format specifications do not.
template <char kAlign>
StatusOrValue Justify(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  const Value* bound[2];
  RECKON_RETURN_IF_ERROR(BindArguments("center", args, {"width", "fillchar"}, 1, bound));
  RECKON_ASSIGN_OR_RETURN(const int64_t width, IntegerArgument("center", *bound[0]));
  std::string fill = " ";
  if (bound[1] != nullptr) {
    if (!bound[1]->is_string() || CodePointCount(bound[1]->rep<StringRep>()) != 1) {
      return absl::InvalidArgumentError("the fill character must be exactly one character long");
    }
    fill = TextOf(*bound[1]);
  }
  RECKON_ASSIGN_OR_RETURN(std::string text, PadText(interpreter.meter(), TextOf(self), width, kAlign, fill));
  return SameType(interpreter, self, std::move(text));
}

StatusOrValue ZeroFill(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  const Value* width = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("zfill", args, {"width"}, 1, &width));
  RECKON_ASSIGN_OR_RETURN(const int64_t size, IntegerArgument("zfill", *width));
  RECKON_ASSIGN_OR_RETURN(std::string text, PadText(interpreter.meter(), TextOf(self), size, '>', "0"));
  const size_t zeros = text.size() - TextOf(self).size();
  if (zeros > 0 && zeros < text.size() && (text[zeros] == '-' || text[zeros] == '+')) std::swap(text[0], text[zeros]);
  return SameType(interpreter, self, std::move(text));
}

StatusOrValue ExpandTabs(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  const Value* size = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("expandtabs", args, {"tabsize"}, 0, &size));
  int64_t tab = 8;
  if (size != nullptr) {
    RECKON_ASSIGN_OR_RETURN(tab, IntegerArgument("expandtabs", *size));
  }
  if (tab > 1000) return absl::ResourceExhaustedError("expandtabs: the tab size is larger than 1000");
  const std::string& text = TextOf(self);
  const auto tabs = static_cast<size_t>(std::count(text.begin(), text.end(), '\t'));
  RECKON_RETURN_IF_ERROR(
      interpreter.meter().Reserve(text.size() + tabs * static_cast<size_t>(std::max<int64_t>(tab, 0))));
  std::string out;
  int64_t column = 0;
  for (const char c : text) {
    if (c == '\t') {
      const int64_t blanks = tab > 0 ? tab - column % tab : 0;
      out.append(static_cast<size_t>(blanks), ' ');
      column += blanks;
    } else {
      out += c;
      column = c == '\n' || c == '\r' ? 0 : column + ((c & 0xc0) == 0x80 ? 0 : 1);
    }
  }
  return SameType(interpreter, self, std::move(out));
}

StatusOrValue Format(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  return BraceFormat(interpreter, self, args);
}

StatusOrValue FormatMap(Interpreter& interpreter, const Value& self, const CallArgs& args) {
  const Value* mapping = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("format_map", args, {"mapping"}, 1, &mapping));
  if (!mapping->is_dict()) return absl::InvalidArgumentError("format_map needs a dict");
  CallArgs members;
  for (const auto& [key, value] : mapping->rep<DictRep>().entries) {
    if (key.is_string()) members.named.emplace_back(std::string(key.as_string()), value);
  }
  return BraceFormat(interpreter, self, members);
}

constexpr MethodEntry kStringMethods[] = {
    {"capitalize", MapText<Capitalize>},
    {"casefold", MapText<CaseFold>},
    {"center", Justify<'^'>},
    {"count", CountText},
    {"endswith", Affix<true>},
    {"expandtabs", ExpandTabs},
    {"find", Find<false, false>},
    {"format", Format},
    {"format_map", FormatMap},
    {"index", Find<false, true>},
    {"isalnum", TestAll<IsAlphaNumeric>},
    {"isalpha", TestAll<IsAlpha>},
    {"isascii", IsAsciiText},
    {"isdecimal", TestAll<IsDecimal>},
    {"isdigit", TestAll<IsDigit>},
    {"isidentifier", IsIdentifier},
    {"islower", TestCase<false>},
    {"isnumeric", TestAll<IsNumeric>},
    {"isspace", TestAll<IsSpace>},
    {"istitle", IsTitleCase},
    {"isupper", TestCase<true>},
    {"join", Join},
    {"ljust", Justify<'<'>},
    {"lower", MapText<Lower>},
    {"lstrip", StripText<true, false>},
    {"partition", Partition<false>},
    {"removeprefix", RemoveAffix<false>},
    {"removesuffix", RemoveAffix<true>},
    {"replace", Replace},
    {"rfind", Find<true, false>},
    {"rindex", Find<true, true>},
    {"rjust", Justify<'>'>},
    {"rpartition", Partition<true>},
    {"rsplit", SplitMethod<true>},
    {"rstrip", StripText<false, true>},
    {"split", SplitMethod<false>},
    {"splitlines", SplitLinesMethod},
    {"startswith", Affix<false>},
    {"strip", StripText<true, true>},
    {"swapcase", MapText<SwapCase>},
    {"title", MapText<Title>},
    {"upper", MapText<Upper>},
    {"zfill", ZeroFill},
};

MethodFunction Search(absl::Span<const MethodEntry> entries, absl::string_view name) {
  for (const MethodEntry& entry : entries) {
    if (entry.name == name) return entry.function;
  }
  return nullptr;
}

}  // namespace

MethodFunction FindMethod(const Value& self, absl::string_view name) {
  switch (self.kind()) {
    case Kind::kString:
      return Search(kStringMethods, name);
    case Kind::kDict:
      return Search(DictMethods(), name);
    case Kind::kFloat:
      return Search(FloatMethods(), name);
    case Kind::kBool:
    case Kind::kInt:
      return Search(IntMethods(), name);
    case Kind::kList: {
      const ListRep& list = self.rep<ListRep>();
      if (!list.is_sequence()) return nullptr;
      if (name == "copy" && list.list_kind != ListKind::kList) return nullptr;
      return Search(ListMethods(), name);
    }
    default:
      return nullptr;
  }
}

}  // namespace reckon::jinja
