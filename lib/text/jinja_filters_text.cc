// Filters that give text.
#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_filters.h"
#include "text/jinja_format.h"
#include "text/jinja_interpreter.h"
#include "text/jinja_json.h"
#include "text/jinja_path.h"
#include "text/jinja_split.h"
#include "text/jinja_unicode.h"

namespace reckon::jinja {
namespace {

using StatusOrValue = absl::StatusOr<Value>;

template <std::string (*kMap)(absl::string_view)>
StatusOrValue MapFilter(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("the filter", args, {}, 0, nullptr));
  RECKON_ASSIGN_OR_RETURN(const std::string text, interpreter.Text(input));
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(text.size() * 2));
  return interpreter.heap().String(kMap(text), input.is_string() && input.rep<StringRep>().markup);
}

// jinja2's own idea of a title: a word begins behind blanks, '-' and opening brackets.
std::string TitleWords(absl::string_view text) {
  static constexpr absl::string_view kBreaks = "-({[<";
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    const char32_t first = NextCodePoint(text, &i);
    const auto is_break = [](char32_t c) {
      return IsSpace(c) || (c < 0x80 && kBreaks.find(static_cast<char>(c)) != absl::string_view::npos);
    };
    const bool breaks = is_break(first);
    while (i < text.size()) {
      size_t next = i;
      if (is_break(NextCodePoint(text, &next)) != breaks) break;
      i = next;
    }
    const absl::string_view word = text.substr(begin, i - begin);
    const size_t head = OffsetOf(word, 1);
    absl::StrAppend(&out, Upper(word.substr(0, head)), Lower(word.substr(head)));
  }
  return out;
}

StatusOrValue StringFilter(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("string", args, {}, 0, nullptr));
  return interpreter.TextValue(input);
}

StatusOrValue Trim(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* chars = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("trim", args, {"chars"}, 0, &chars));
  RECKON_ASSIGN_OR_RETURN(const std::string text, interpreter.Text(input));
  std::string set;
  const bool given = chars != nullptr && !chars->is_none();
  if (given) {
    if (!chars->is_string()) return absl::InvalidArgumentError("strip arg must be None or str");
    set = std::string(chars->as_string());
    RECKON_RETURN_IF_ERROR(interpreter.meter().Step(static_cast<int64_t>(text.size() / 64 * (set.size() / 64))));
  }
  return interpreter.heap().String(std::string(Strip(text, given ? &set : nullptr, true, true)));
}

StatusOrValue Replace(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* bound[3];
  RECKON_RETURN_IF_ERROR(BindArguments("replace", args, {"old", "new", "count"}, 2, bound));
  int64_t count = -1;
  if (bound[2] != nullptr && !bound[2]->is_none()) {
    RECKON_ASSIGN_OR_RETURN(count, IntegerArgument("replace", *bound[2]));
  }
  RECKON_ASSIGN_OR_RETURN(const std::string text, interpreter.Text(input));
  RECKON_ASSIGN_OR_RETURN(const std::string old, interpreter.Text(*bound[0]));
  RECKON_ASSIGN_OR_RETURN(const std::string replacement, interpreter.Text(*bound[1]));
  RECKON_ASSIGN_OR_RETURN(std::string out, ReplaceText(interpreter.meter(), text, old, replacement, count));
  return interpreter.heap().String(std::move(out));
}

StatusOrValue Join(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* bound[2];
  RECKON_RETURN_IF_ERROR(BindArguments("join", args, {"d", "attribute"}, 0, bound));
  std::string separator;
  if (bound[0] != nullptr) {
    RECKON_ASSIGN_OR_RETURN(separator, interpreter.Text(*bound[0]));
  }
  RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(input));
  std::string out;
  for (size_t i = 0; i < list->items.size(); ++i) {
    Value item = list->items[i];
    if (bound[1] != nullptr && !bound[1]->is_none()) {
      RECKON_ASSIGN_OR_RETURN(item, PathOf(interpreter, item, *bound[1], nullptr));
    }
    RECKON_ASSIGN_OR_RETURN(const std::string text, interpreter.Text(item));
    RECKON_RETURN_IF_ERROR(interpreter.meter().Step());
    if (out.size() > interpreter.meter().limits().max_live_bytes / 2) {
      return absl::ResourceExhaustedError("join makes too long a text");
    }
    absl::StrAppend(&out, i == 0 ? "" : separator, text);
    RECKON_RETURN_IF_ERROR(interpreter.meter().Work(separator.size()));
  }
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(out.size()));
  return interpreter.heap().String(std::move(out));
}

// transformers' tojson: json.dumps without the escapes for HTML that jinja2's own filter makes.
StatusOrValue ToJson(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* bound[4];
  RECKON_RETURN_IF_ERROR(
      BindArguments("tojson", args, {"ensure_ascii", "indent", "separators", "sort_keys"}, 0, bound));
  JsonStyle style;
  style.ensure_ascii = bound[0] != nullptr && Truthy(*bound[0]);
  if (bound[1] != nullptr && !bound[1]->is_none()) {
    int64_t width = 0;
    if (!bound[1]->is_string()) {
      RECKON_ASSIGN_OR_RETURN(width, IntegerArgument("tojson", *bound[1]));
    }
    if (width > 1000 || (bound[1]->is_string() && bound[1]->as_string().size() > 1000)) {
      return absl::ResourceExhaustedError("tojson: the indent is larger than 1000");
    }
    style.indent = bound[1]->is_string() ? std::string(bound[1]->as_string())
                                         : std::string(static_cast<size_t>(std::max<int64_t>(width, 0)), ' ');
    style.item_separator = ",";
  }
  if (bound[2] != nullptr && !bound[2]->is_none()) {
    RECKON_ASSIGN_OR_RETURN(const auto pair, interpreter.Iterate(*bound[2]));
    if (pair->items.size() != 2 || !pair->items[0].is_string() || !pair->items[1].is_string()) {
      return absl::InvalidArgumentError("tojson: separators must be two strings");
    }
    style.item_separator = std::string(pair->items[0].as_string());
    style.key_separator = std::string(pair->items[1].as_string());
  }
  style.sort_keys = bound[3] != nullptr && Truthy(*bound[3]);
  RECKON_ASSIGN_OR_RETURN(std::string text, WriteJson(interpreter.meter(), input, style));
  return interpreter.heap().String(std::move(text));
}

StatusOrValue Indent(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* bound[3];
  RECKON_RETURN_IF_ERROR(BindArguments("indent", args, {"width", "first", "blank"}, 0, bound));
  if (!input.is_string()) {
    if (input.is_undefined()) return absl::InvalidArgumentError(input.rep<UndefinedRep>().message);
    return absl::InvalidArgumentError(absl::StrCat("indent needs a str, not ", TypeName(input)));
  }
  std::string indention(4, ' ');
  if (bound[0] != nullptr && bound[0]->is_string()) {
    indention = std::string(bound[0]->as_string());
  } else if (bound[0] != nullptr) {
    RECKON_ASSIGN_OR_RETURN(const int64_t width, IntegerArgument("indent", *bound[0]));
    if (width > 100'000) return absl::ResourceExhaustedError("indent: the width is larger than 100000");
    indention.assign(static_cast<size_t>(std::max<int64_t>(width, 0)), ' ');
  }
  const bool first = bound[1] != nullptr && Truthy(*bound[1]);
  const bool blank = bound[2] != nullptr && Truthy(*bound[2]);
  const std::string source = absl::StrCat(input.as_string(), "\n");
  const auto lines = SplitLines(source, false);
  RECKON_RETURN_IF_ERROR(interpreter.meter().Step(static_cast<int64_t>(lines.size())));
  std::string out = first ? indention : "";
  for (size_t i = 0; i < lines.size(); ++i) {
    RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(out.size() < (1u << 20) ? 0 : indention.size()));
    if (out.size() > interpreter.meter().limits().max_live_bytes / 2) {
      return absl::ResourceExhaustedError("indent makes too long a text");
    }
    if (i > 0) absl::StrAppend(&out, "\n", blank || !lines[i].empty() ? indention : "");
    absl::StrAppend(&out, lines[i]);
  }
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(out.size()));
  return interpreter.heap().String(std::move(out), input.rep<StringRep>().markup);
}

StatusOrValue Escape(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("escape", args, {}, 0, nullptr));
  if (input.is_string() && input.rep<StringRep>().markup) return input;
  RECKON_ASSIGN_OR_RETURN(const std::string text, interpreter.Text(input));
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(text.size() * 5));
  return interpreter.heap().String(EscapeHtml(text), true);
}

StatusOrValue ForceEscape(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("forceescape", args, {}, 0, nullptr));
  RECKON_ASSIGN_OR_RETURN(const std::string text, interpreter.Text(input));
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(text.size() * 5));
  return interpreter.heap().String(EscapeHtml(text), true);
}

StatusOrValue Safe(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("safe", args, {}, 0, nullptr));
  RECKON_ASSIGN_OR_RETURN(std::string text, interpreter.Text(input));
  return interpreter.heap().String(std::move(text), true);
}

StatusOrValue Format(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  if (!args.positional.empty() && !args.named.empty()) {
    return absl::InvalidArgumentError("can't handle positional and keyword arguments at the same time");
  }
  RECKON_ASSIGN_OR_RETURN(const Value format, interpreter.TextValue(input));
  if (args.named.empty()) return PercentFormat(interpreter, format, interpreter.heap().Tuple(args.positional));
  DictBuilder dict;
  for (const auto& [name, value] : args.named) RECKON_RETURN_IF_ERROR(dict.Set(interpreter.heap().String(name), value));
  return PercentFormat(interpreter, format, dict.Build(interpreter.heap()));
}

StatusOrValue Center(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* width = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("center", args, {"width"}, 0, &width));
  int64_t size = 80;
  if (width != nullptr) {
    RECKON_ASSIGN_OR_RETURN(size, IntegerArgument("center", *width));
  }
  RECKON_ASSIGN_OR_RETURN(const std::string text, interpreter.Text(input));
  RECKON_ASSIGN_OR_RETURN(std::string out, PadText(interpreter.meter(), text, size, '^', " "));
  return interpreter.heap().String(std::move(out));
}

StatusOrValue WordCount(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("wordcount", args, {}, 0, nullptr));
  RECKON_ASSIGN_OR_RETURN(const std::string text, interpreter.Text(input));
  int64_t count = 0;
  bool in_word = false;
  for (size_t i = 0; i < text.size();) {
    const bool word = IsWordChar(NextCodePoint(text, &i));
    count += word && !in_word ? 1 : 0;
    in_word = word;
  }
  return Value::Int(count);
}

StatusOrValue Truncate(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  const Value* bound[4];
  RECKON_RETURN_IF_ERROR(BindArguments("truncate", args, {"length", "killwords", "end", "leeway"}, 0, bound));
  if (!input.is_string()) {
    return absl::InvalidArgumentError(absl::StrCat("truncate needs a str, not ", TypeName(input)));
  }
  int64_t length = 255;
  int64_t leeway = 5;
  std::string end = "...";
  if (bound[0] != nullptr) {
    RECKON_ASSIGN_OR_RETURN(length, IntegerArgument("truncate", *bound[0]));
  }
  if (bound[2] != nullptr) {
    RECKON_ASSIGN_OR_RETURN(end, interpreter.Text(*bound[2]));
  }
  if (bound[3] != nullptr && !bound[3]->is_none()) {
    RECKON_ASSIGN_OR_RETURN(leeway, IntegerArgument("truncate", *bound[3]));
  }
  const int64_t room = length < (1 << 30) ? length - static_cast<int64_t>(CountCodePoints(end)) : length;
  if (room < 0 || leeway < 0) return absl::InvalidArgumentError("truncate: the length or leeway is too small");
  const absl::string_view text = input.as_string();
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(text.size()));
  const auto size = static_cast<int64_t>(CountCodePoints(text));
  if (size <= length || size - length <= leeway) return input;
  absl::string_view cut = text.substr(0, OffsetOf(text, static_cast<size_t>(room)));
  if (bound[1] == nullptr || !Truthy(*bound[1])) cut = cut.substr(0, std::min(cut.rfind(' '), cut.size()));
  return interpreter.heap().String(absl::StrCat(cut, end));
}

std::string QuoteUrl(absl::string_view text, bool for_query) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '_' || c == '.' || c == '-' || c == '~' || (c == '/' && !for_query)) {
      out += c;
    } else if (c == ' ' && for_query) {
      out += '+';
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

StatusOrValue UrlEncode(Interpreter& interpreter, const Value& input, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(BindArguments("urlencode", args, {}, 0, nullptr));
  std::string out;
  if (input.is_list() || input.is_dict()) {
    Value pairs = input;
    if (input.is_dict()) {
      RECKON_ASSIGN_OR_RETURN(const Value method, interpreter.GetAttr(input, "items"));
      RECKON_ASSIGN_OR_RETURN(pairs, interpreter.Call(method, {}));
    }
    for (const Value& item : pairs.rep<ListRep>().items) {
      RECKON_ASSIGN_OR_RETURN(const auto pair, interpreter.Iterate(item));
      if (pair->items.size() != 2) return absl::InvalidArgumentError("urlencode needs pairs");
      RECKON_ASSIGN_OR_RETURN(const std::string key, interpreter.Text(pair->items[0]));
      RECKON_ASSIGN_OR_RETURN(const std::string value, interpreter.Text(pair->items[1]));
      RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(out.size() / 8 + 3 * (key.size() + value.size())));
      absl::StrAppend(&out, out.empty() ? "" : "&", QuoteUrl(key, true), "=", QuoteUrl(value, true));
    }
  } else {
    RECKON_ASSIGN_OR_RETURN(const std::string text, interpreter.Text(input));
    RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(3 * text.size()));
    out = QuoteUrl(text, false);
  }
  return interpreter.heap().String(std::move(out));
}

constexpr FilterEntry kFilters[] = {
    {"capitalize", MapFilter<Capitalize>},
    {"center", Center},
    {"e", Escape},
    {"escape", Escape},
    {"forceescape", ForceEscape},
    {"format", Format},
    {"indent", Indent},
    {"join", Join},
    {"lower", MapFilter<Lower>},
    {"replace", Replace},
    {"safe", Safe},
    {"string", StringFilter},
    {"title", MapFilter<TitleWords>},
    {"tojson", ToJson},
    {"trim", Trim},
    {"truncate", Truncate},
    {"upper", MapFilter<Upper>},
    {"urlencode", UrlEncode},
    {"wordcount", WordCount},
};

}  // namespace

absl::Span<const FilterEntry> TextFilters() { return kFilters; }

}  // namespace reckon::jinja
