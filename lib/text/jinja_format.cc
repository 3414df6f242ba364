#include "text/jinja_format.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_unicode.h"

namespace reckon::jinja {
namespace {

constexpr int kMaxPrecision = 1000;

bool IsDigitChar(absl::string_view text, size_t i) {
  return i < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[i]));
}

// Reads a decimal number at `*i`; RESOURCE_EXHAUSTED if it is larger than any width that makes sense.
absl::StatusOr<int> ReadNumber(absl::string_view text, size_t* i) {
  int value = 0;
  for (; IsDigitChar(text, *i); ++*i) {
    value = value * 10 + (text[*i] - '0');
    if (value > 10'000'000) return absl::ResourceExhaustedError("a width in a format is too large");
  }
  return value;
}

absl::Status CheckSpec(Interpreter& interpreter, const FormatSpec& spec) {
  if (spec.precision.value_or(0) > kMaxPrecision && spec.type != 's' && spec.type != 0) {
    return absl::ResourceExhaustedError(absl::StrCat("a precision in a format is larger than ", kMaxPrecision));
  }
  return interpreter.meter().Reserve(static_cast<size_t>(spec.width) * spec.fill.size());
}

// One run of "%...".
class PercentFormatter {
 public:
  PercentFormatter(Interpreter& interpreter, absl::string_view format, const Value& args)
      : interpreter_(interpreter), format_(format), args_(args) {
    is_tuple_ = args.is_list() && args.rep<ListRep>().is_tuple();
  }

  absl::StatusOr<std::string> Run() {
    std::string out;
    while (i_ < format_.size()) {
      if (format_[i_] != '%') {
        out += format_[i_++];
        continue;
      }
      ++i_;
      RECKON_ASSIGN_OR_RETURN(const std::string part, Directive());
      RECKON_RETURN_IF_ERROR(interpreter_.meter().Reserve(out.size() / 8 + part.size()));
      out += part;
    }
    const bool mapping = args_.is_dict() || (args_.is_list() && !is_tuple_);
    if (!mapping && used_ < (is_tuple_ ? args_.rep<ListRep>().items.size() : 1)) {
      return absl::InvalidArgumentError("not all arguments converted during string formatting");
    }
    return out;
  }

 private:
  absl::StatusOr<Value> NextArgument() {
    const bool done = is_tuple_ ? used_ >= args_.rep<ListRep>().items.size() : used_ > 0;
    if (done) return absl::InvalidArgumentError("not enough arguments for format string");
    return is_tuple_ ? args_.rep<ListRep>().items[used_++] : (++used_, args_);
  }

  absl::StatusOr<int> NumberOrStar() {
    if (i_ >= format_.size() || format_[i_] != '*') return ReadNumber(format_, &i_);
    ++i_;
    RECKON_ASSIGN_OR_RETURN(const Value value, NextArgument());
    if (!value.is_integral()) return absl::InvalidArgumentError("* wants int");
    if (value.as_int() > 10'000'000 || value.as_int() < -10'000'000) {
      return absl::ResourceExhaustedError("a width in a format is too large");
    }
    return static_cast<int>(value.as_int());
  }

  absl::StatusOr<std::string> Directive();
  absl::StatusOr<std::string> Convert(const FormatSpec& spec, const Value& value);

  Interpreter& interpreter_;
  const absl::string_view format_;
  const Value& args_;
  bool is_tuple_ = false;
  size_t i_ = 0;
  size_t used_ = 0;
};

absl::StatusOr<std::string> PercentFormatter::Directive() {
  std::optional<Value> value;
  if (i_ < format_.size() && format_[i_] == '(') {
    const size_t close = format_.find(')', i_);
    if (close == absl::string_view::npos) return absl::InvalidArgumentError("incomplete format key");
    if (!args_.is_dict()) return absl::InvalidArgumentError("format requires a mapping");
    const absl::string_view key = format_.substr(i_ + 1, close - i_ - 1);
    const Value* found = DictFind(args_.rep<DictRep>(), key);
    if (found == nullptr) return absl::InvalidArgumentError(absl::StrCat("KeyError: ", StringRepr(key)));
    value = *found;
    i_ = close + 1;
  }
  FormatSpec spec;
  bool zero = false;
  for (; i_ < format_.size(); ++i_) {
    const char c = format_[i_];
    if (c == '-') {
      spec.align = '<';
    } else if (c == '+') {
      spec.sign = '+';
    } else if (c == ' ') {
      if (spec.sign == '-') spec.sign = ' ';
    } else if (c == '#') {
      spec.alternate = true;
    } else if (c == '0') {
      zero = true;
    } else {
      break;
    }
  }
  RECKON_ASSIGN_OR_RETURN(spec.width, NumberOrStar());
  if (spec.width < 0) {
    spec.width = -spec.width;
    spec.align = '<';
  }
  if (i_ < format_.size() && format_[i_] == '.') {
    ++i_;
    RECKON_ASSIGN_OR_RETURN(const int precision, NumberOrStar());
    spec.precision = std::max(precision, 0);
  }
  while (i_ < format_.size() && (format_[i_] == 'l' || format_[i_] == 'h' || format_[i_] == 'L')) ++i_;
  if (i_ >= format_.size()) return absl::InvalidArgumentError("incomplete format");
  spec.type = format_[i_++];
  if (spec.type == '%') return std::string("%");
  if (zero && spec.align == 0 && spec.type != 's' && spec.type != 'r') {
    spec.align = '=';
    spec.fill = "0";
  }
  if (spec.align == 0) spec.align = '>';
  if (!value.has_value()) {
    RECKON_ASSIGN_OR_RETURN(value, NextArgument());
  }
  RECKON_RETURN_IF_ERROR(CheckSpec(interpreter_, spec));
  return Convert(spec, *value);
}

absl::StatusOr<std::string> PercentFormatter::Convert(const FormatSpec& spec, const Value& value) {
  if (spec.type == 's' || spec.type == 'r' || spec.type == 'a') {
    RECKON_ASSIGN_OR_RETURN(const std::string text,
                            spec.type == 's' ? interpreter_.Text(value) : ToRepr(interpreter_.meter(), value));
    return FormatText(spec, text);
  }
  if (spec.type == 'c' && value.is_string() && CodePointCount(value.rep<StringRep>()) == 1) {
    return FormatText(spec, value.as_string());
  }
  if (absl::string_view("diuoxXeEfFgG").find(spec.type) == absl::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat("unsupported format character '", std::string(1, spec.type), "'"));
  }
  if (value.is_undefined()) return absl::InvalidArgumentError(value.rep<UndefinedRep>().message);
  Value number = value;
  const bool wants_int = absl::string_view("diu").find(spec.type) != absl::string_view::npos;
  if (wants_int && value.kind() == Kind::kFloat && std::abs(value.as_double()) < 9.2e18) {
    number = Value::Int(static_cast<int64_t>(value.as_double()));
  }
  if (!number.is_integral() && number.kind() != Kind::kFloat) {
    return absl::InvalidArgumentError(
        absl::StrCat("%", std::string(1, spec.type), " format: a real number is required, not ", TypeName(value)));
  }
  return FormatNumber(spec, number);
}

// One run of str.format. Specifications may hold fields themselves, one level deep.
class BraceFormatter {
 public:
  BraceFormatter(Interpreter& interpreter, const CallArgs& args) : interpreter_(interpreter), args_(args) {}

  absl::StatusOr<std::string> Run(absl::string_view format, int depth) {
    if (depth > 2) return absl::InvalidArgumentError("max string recursion exceeded");
    std::string out;
    for (size_t i = 0; i < format.size();) {
      const char c = format[i];
      if ((c == '{' || c == '}') && i + 1 < format.size() && format[i + 1] == c) {
        out += c;
        i += 2;
      } else if (c == '}') {
        return absl::InvalidArgumentError("single '}' encountered in format string");
      } else if (c == '{') {
        RECKON_ASSIGN_OR_RETURN(const std::string part, Replacement(format, &i, depth));
        RECKON_RETURN_IF_ERROR(interpreter_.meter().Reserve(out.size() / 8 + part.size()));
        out += part;
      } else {
        out += c;
        ++i;
      }
    }
    return out;
  }

 private:
  absl::StatusOr<std::string> Replacement(absl::string_view format, size_t* i, int depth);
  absl::StatusOr<Value> Field(absl::string_view name);
  absl::StatusOr<Value> FirstField(absl::string_view name);
  absl::StatusOr<std::string> Apply(const Value& value, absl::string_view spec);

  Interpreter& interpreter_;
  const CallArgs& args_;
  size_t next_ = 0;  // of the fields without a name
};

absl::StatusOr<std::string> BraceFormatter::Replacement(absl::string_view format, size_t* i, int depth) {
  size_t end = *i;
  int open = 0;
  do {
    if (end >= format.size()) return absl::InvalidArgumentError("expected '}' before end of string");
    if (format[end] == '{') ++open;
    if (format[end] == '}') --open;
    ++end;
  } while (open > 0);
  absl::string_view inner = format.substr(*i + 1, end - *i - 2);
  *i = end;
  const size_t colon = inner.find_first_of(":!");
  absl::string_view name = inner.substr(0, colon);
  absl::string_view rest = colon == absl::string_view::npos ? "" : inner.substr(colon);
  char conversion = 0;
  if (!rest.empty() && rest[0] == '!') {
    if (rest.size() < 2 || (rest.size() > 2 && rest[2] != ':'))
      return absl::InvalidArgumentError("expected ':' after conversion specifier");
    conversion = rest[1];
    rest.remove_prefix(2);
  }
  if (!rest.empty()) rest.remove_prefix(1);
  RECKON_ASSIGN_OR_RETURN(Value value, Field(name));
  RECKON_ASSIGN_OR_RETURN(const std::string spec, Run(rest, depth + 1));
  if (conversion == 's') {
    RECKON_ASSIGN_OR_RETURN(value, interpreter_.TextValue(value));
  } else if (conversion == 'r') {
    RECKON_ASSIGN_OR_RETURN(std::string text, ToRepr(interpreter_.meter(), value));
    value = interpreter_.heap().String(std::move(text));
  } else if (conversion != 0) {
    return absl::InvalidArgumentError("unknown conversion specifier");
  }
  return Apply(value, spec);
}

absl::StatusOr<Value> BraceFormatter::FirstField(absl::string_view name) {
  size_t index = 0;
  if (name.empty()) {
    index = next_++;
  } else if (const std::optional<int64_t> number = ParseInt(name, 10); number.has_value() && IsDigitChar(name, 0)) {
    index = static_cast<size_t>(*number);
  } else {
    for (const auto& [key, value] : args_.named) {
      if (key == name) return value;
    }
    return absl::InvalidArgumentError(absl::StrCat("KeyError: ", StringRepr(name)));
  }
  if (index >= args_.positional.size()) {
    return absl::InvalidArgumentError("replacement index out of range for positional args tuple");
  }
  return args_.positional[index];
}

absl::StatusOr<Value> BraceFormatter::Field(absl::string_view name) {
  size_t end = std::min(name.find_first_of(".["), name.size());
  RECKON_ASSIGN_OR_RETURN(Value value, FirstField(name.substr(0, end)));
  while (end < name.size()) {
    const bool attribute = name[end] == '.';
    const size_t begin = end + 1;
    end = std::min(name.find_first_of(attribute ? ".[" : "]", begin), name.size());
    const absl::string_view key = name.substr(begin, end - begin);
    if (!attribute && end < name.size()) ++end;
    if (attribute) {
      RECKON_ASSIGN_OR_RETURN(value, interpreter_.GetAttr(value, key));
    } else if (const std::optional<int64_t> number = ParseInt(key, 10); number.has_value() && IsDigitChar(key, 0)) {
      RECKON_ASSIGN_OR_RETURN(value, interpreter_.GetItem(value, Value::Int(*number)));
    } else {
      RECKON_ASSIGN_OR_RETURN(value, interpreter_.GetItem(value, interpreter_.heap().String(key)));
    }
  }
  return value;
}

absl::StatusOr<std::string> BraceFormatter::Apply(const Value& value, absl::string_view text) {
  if (text.empty()) return interpreter_.Text(value);
  FormatSpec spec;
  size_t i = 0;
  const auto is_align = [](char c) { return c == '<' || c == '>' || c == '^' || c == '='; };
  size_t second = 0;
  NextCodePoint(text, &second);
  if (second < text.size() && is_align(text[second])) {
    spec.fill = std::string(text.substr(0, second));
    spec.align = text[second];
    i = second + 1;
  } else if (is_align(text[0])) {
    spec.align = text[i++];
  }
  if (i < text.size() && (text[i] == '+' || text[i] == '-' || text[i] == ' ')) spec.sign = text[i++];
  if (i < text.size() && text[i] == '#') spec.alternate = text[i++] == '#';
  if (i < text.size() && text[i] == '0') {
    if (spec.align == 0) {
      spec.fill = "0";
      spec.align = value.is_string() ? '<' : '=';
    }
    ++i;
  }
  RECKON_ASSIGN_OR_RETURN(spec.width, ReadNumber(text, &i));
  if (i < text.size() && (text[i] == ',' || text[i] == '_')) spec.grouping = text[i++];
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!IsDigitChar(text, i)) return absl::InvalidArgumentError("format specifier missing precision");
    RECKON_ASSIGN_OR_RETURN(spec.precision, ReadNumber(text, &i));
  }
  if (i < text.size()) spec.type = text[i++];
  if (i < text.size()) return absl::InvalidArgumentError("invalid format specifier");
  RECKON_RETURN_IF_ERROR(CheckSpec(interpreter_, spec));
  if (value.is_string()) {
    if ((spec.type != 0 && spec.type != 's') || spec.align == '=' || spec.sign != '-') {
      return absl::InvalidArgumentError("invalid format specifier for a string");
    }
    return FormatText(spec, value.as_string());
  }
  if (value.is_integral() || value.kind() == Kind::kFloat) {
    if (value.is_integral() && spec.precision.has_value() && spec.type == 0) {
      return absl::InvalidArgumentError("precision not allowed in integer format specifier");
    }
    return FormatNumber(spec, value);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unsupported format string passed to ", TypeName(value), ".__format__"));
}

}  // namespace

absl::StatusOr<Value> PercentFormat(Interpreter& interpreter, const Value& format, const Value& args) {
  RECKON_RETURN_IF_ERROR(interpreter.meter().Work(format.as_string().size()));
  RECKON_ASSIGN_OR_RETURN(std::string text, PercentFormatter(interpreter, format.as_string(), args).Run());
  return interpreter.heap().String(std::move(text));
}

absl::StatusOr<Value> BraceFormat(Interpreter& interpreter, const Value& format, const CallArgs& args) {
  RECKON_RETURN_IF_ERROR(interpreter.meter().Work(format.as_string().size()));
  RECKON_ASSIGN_OR_RETURN(std::string text, BraceFormatter(interpreter, args).Run(format.as_string(), 0));
  return interpreter.heap().String(std::move(text), format.rep<StringRep>().markup);
}

}  // namespace reckon::jinja
