// str(), repr(), == and < of values.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_unicode.h"
#include "text/jinja_value.h"

namespace reckon::jinja {
namespace {

absl::Status AppendRepr(Meter& meter, const Value& value, std::string* out);

absl::Status AppendItems(Meter& meter, const std::vector<Value>& items, std::string* out) {
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) *out += ", ";
    RECKON_RETURN_IF_ERROR(AppendRepr(meter, items[i], out));
  }
  return absl::OkStatus();
}

absl::Status AppendDictRepr(Meter& meter, const DictRep& dict, std::string* out) {
  *out += '{';
  bool first = true;
  for (const auto& [key, value] : dict.entries) {
    if (!first) *out += ", ";
    first = false;
    RECKON_RETURN_IF_ERROR(AppendRepr(meter, key, out));
    *out += ": ";
    RECKON_RETURN_IF_ERROR(AppendRepr(meter, value, out));
  }
  *out += '}';
  return absl::OkStatus();
}

void AppendRangeRepr(const ListRep& list, std::string* out) {
  absl::StrAppend(out, "range(", list.range[0], ", ", list.range[1]);
  if (list.range[2] != 1) absl::StrAppend(out, ", ", list.range[2]);
  *out += ')';
}

absl::Status AppendListRepr(Meter& meter, const ListRep& list, std::string* out) {
  switch (list.list_kind) {
    case ListKind::kRange:
      AppendRangeRepr(list, out);
      return absl::OkStatus();
    case ListKind::kTuple:
    case ListKind::kGroup:
      *out += '(';
      RECKON_RETURN_IF_ERROR(AppendItems(meter, list.items, out));
      *out += list.items.size() == 1 ? ",)" : ")";
      return absl::OkStatus();
    case ListKind::kList:
      break;
    case ListKind::kDictKeys:
    case ListKind::kDictValues:
    case ListKind::kDictItems:
      *out += list.list_kind == ListKind::kDictKeys     ? "dict_keys("
              : list.list_kind == ListKind::kDictValues ? "dict_values("
                                                        : "dict_items(";
      break;
  }
  *out += '[';
  RECKON_RETURN_IF_ERROR(AppendItems(meter, list.items, out));
  *out += list.list_kind == ListKind::kList ? "]" : "])";
  return absl::OkStatus();
}

absl::Status AppendRepr(Meter& meter, const Value& value, std::string* out) {
  RECKON_RETURN_IF_ERROR(meter.Step());
  // Values share parts, so that text can be far longer than the memory that its value takes.
  if (out->size() > meter.limits().max_live_bytes / 4) {
    return absl::ResourceExhaustedError("a value is too long to be written out");
  }
  switch (value.kind()) {
    case Kind::kUndefined:
      *out += "Undefined";
      break;
    case Kind::kNone:
      *out += "None";
      break;
    case Kind::kBool:
      *out += value.as_bool() ? "True" : "False";
      break;
    case Kind::kInt:
      absl::StrAppend(out, value.as_int());
      break;
    case Kind::kFloat:
      *out += FloatRepr(value.as_double());
      break;
    case Kind::kBigInt:
      absl::StrAppend(out, value.as_string());
      break;
    case Kind::kString:
      RECKON_RETURN_IF_ERROR(meter.Work(value.as_string().size()));
      if (value.rep<StringRep>().markup) {
        absl::StrAppend(out, "Markup(", StringRepr(value.as_string()), ")");
      } else {
        *out += StringRepr(value.as_string());
      }
      break;
    case Kind::kList:
      return AppendListRepr(meter, value.rep<ListRep>(), out);
    case Kind::kDict:
      return AppendDictRepr(meter, value.rep<DictRep>(), out);
    case Kind::kIterator:
      *out += "<generator object>";
      break;
    case Kind::kObject:
      *out += value.rep<ObjectRep>().Repr();
      break;
  }
  return absl::OkStatus();
}

// The sign of a - b for an integer and a double, exactly.
int CompareIntFloat(int64_t a, double b) {
  if (std::isnan(b)) return 2;
  if (b >= 9223372036854775808.0) return -1;
  if (b < -9223372036854775808.0) return 1;
  const auto whole = static_cast<int64_t>(b);  // truncated towards zero
  if (a != whole) return a < whole ? -1 : 1;
  const double rest = b - static_cast<double>(whole);
  return rest > 0 ? -1 : rest < 0 ? 1 : 0;
}

int CompareBigInt(absl::string_view a, absl::string_view b) {
  const bool a_negative = a[0] == '-';
  const bool b_negative = b[0] == '-';
  if (a_negative != b_negative) return a_negative ? -1 : 1;
  int order = a.size() != b.size() ? (a.size() < b.size() ? -1 : 1) : a.compare(b);
  return a_negative ? -order : order;
}

// The sign of a - b; 2 if they have no order (NaN).
int CompareNumbers(const Value& a, const Value& b) {
  if (a.kind() == Kind::kBigInt || b.kind() == Kind::kBigInt) {
    if (a.kind() == b.kind()) return CompareBigInt(a.as_string(), b.as_string());
    // A big integer is outside of int64, and hence of everything a template compares it with.
    const Value& big = a.kind() == Kind::kBigInt ? a : b;
    const int sign = big.as_string()[0] == '-' ? -1 : 1;
    return a.kind() == Kind::kBigInt ? sign : -sign;
  }
  if (a.is_integral() && b.is_integral()) return a.as_int() < b.as_int() ? -1 : a.as_int() > b.as_int() ? 1 : 0;
  if (a.is_integral()) return CompareIntFloat(a.as_int(), b.as_double());
  if (b.is_integral()) {
    const int order = CompareIntFloat(b.as_int(), a.as_double());
    return order == 2 ? 2 : -order;
  }
  const double x = a.as_double();
  const double y = b.as_double();
  return x < y ? -1 : x > y ? 1 : x == y ? 0 : 2;
}

absl::StatusOr<bool> ListsEqual(Meter& meter, const ListRep& a, const ListRep& b) {
  const bool comparable = a.list_kind == b.list_kind || (a.is_tuple() && b.is_tuple());
  if (!comparable || a.items.size() != b.items.size()) return false;
  if (a.list_kind == ListKind::kDictValues) return &a == &b;
  for (size_t i = 0; i < a.items.size(); ++i) {
    RECKON_ASSIGN_OR_RETURN(const bool same, Equals(meter, a.items[i], b.items[i]));
    if (!same) return false;
  }
  return true;
}

absl::StatusOr<bool> DictsEqual(Meter& meter, const DictRep& a, const DictRep& b) {
  if (a.entries.size() != b.entries.size()) return false;
  for (const auto& [key, value] : a.entries) {
    RECKON_ASSIGN_OR_RETURN(const Value* other, DictFind(b, key));
    if (other == nullptr) return false;
    RECKON_ASSIGN_OR_RETURN(const bool same, Equals(meter, value, *other));
    if (!same) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<bool> Equals(Meter& meter, const Value& a, const Value& b) {
  RECKON_RETURN_IF_ERROR(meter.Step());
  if (a.is_number() && b.is_number()) return CompareNumbers(a, b) == 0;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::kUndefined:
    case Kind::kNone:
      return true;
    case Kind::kString:
      if (a.as_string().size() != b.as_string().size()) return false;
      RECKON_RETURN_IF_ERROR(meter.Work(a.as_string().size()));
      return a.as_string() == b.as_string();
    case Kind::kList:
      return ListsEqual(meter, a.rep<ListRep>(), b.rep<ListRep>());
    case Kind::kDict:
      return DictsEqual(meter, a.rep<DictRep>(), b.rep<DictRep>());
    default:
      return a.identity() == b.identity();
  }
}

absl::StatusOr<int> Compare(Meter& meter, const Value& a, const Value& b, absl::string_view op) {
  RECKON_RETURN_IF_ERROR(meter.Step());
  if (a.is_number() && b.is_number()) return CompareNumbers(a, b);
  if (a.is_string() && b.is_string()) {
    RECKON_RETURN_IF_ERROR(meter.Work(std::min(a.as_string().size(), b.as_string().size())));
    // The order of UTF-8 bytes is the order of code points.
    const int order = a.as_string().compare(b.as_string());
    return order < 0 ? -1 : order > 0 ? 1 : 0;
  }
  for (const Value* side : {&a, &b}) {
    if (side->is_undefined()) return absl::InvalidArgumentError(side->rep<UndefinedRep>().message);
  }
  const bool lists = a.is_list() && b.is_list();
  if (lists && ((a.rep<ListRep>().is_tuple() && b.rep<ListRep>().is_tuple()) ||
                (a.rep<ListRep>().list_kind == ListKind::kList && b.rep<ListRep>().list_kind == ListKind::kList))) {
    const std::vector<Value>& x = a.rep<ListRep>().items;
    const std::vector<Value>& y = b.rep<ListRep>().items;
    for (size_t i = 0; i < x.size() && i < y.size(); ++i) {
      RECKON_ASSIGN_OR_RETURN(const bool same, Equals(meter, x[i], y[i]));
      if (!same) return Compare(meter, x[i], y[i], op);
    }
    return x.size() < y.size() ? -1 : x.size() > y.size() ? 1 : 0;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", op, "' not supported between instances of '", TypeName(a), "' and '", TypeName(b), "'"));
}

absl::StatusOr<std::string> ToText(Meter& meter, const Value& value) {
  if (value.is_string()) {
    RECKON_RETURN_IF_ERROR(meter.Work(value.as_string().size()));
    return std::string(value.as_string());
  }
  if (value.is_undefined()) return std::string();
  return ToRepr(meter, value);
}

absl::StatusOr<std::string> ToRepr(Meter& meter, const Value& value) {
  std::string out;
  RECKON_RETURN_IF_ERROR(AppendRepr(meter, value, &out));
  RECKON_RETURN_IF_ERROR(meter.Work(out.size()));
  return out;
}

std::string FloatRepr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific).ptr;
  std::string text(buffer, end);  // [-]d[.ddd]e±xx
  const size_t e = text.find('e');
  int exponent = 0;
  const char* exponent_begin = text.data() + e + (text[e + 1] == '+' ? 2 : 1);
  std::from_chars(exponent_begin, text.data() + text.size(), exponent);
  const std::string sign = text[0] == '-' ? "-" : "";
  std::string digits;
  for (size_t i = sign.size(); i < e; ++i) {
    if (text[i] != '.') digits += text[i];
  }
  if (exponent < -4 || exponent >= 16) {
    std::string out = absl::StrCat(sign, digits.substr(0, 1), digits.size() > 1 ? "." : "", digits.substr(1), "e",
                                   exponent < 0 ? "-" : "+");
    if (std::abs(exponent) < 10) out += '0';
    return absl::StrCat(out, std::abs(exponent));
  }
  if (exponent < 0) return absl::StrCat(sign, "0.", std::string(static_cast<size_t>(-exponent - 1), '0'), digits);
  const auto whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) return absl::StrCat(sign, digits, std::string(whole - digits.size(), '0'), ".0");
  return absl::StrCat(sign, digits.substr(0, whole), ".", digits.substr(whole));
}

std::string StringRepr(absl::string_view text) {
  const char quote =
      text.find('\'') != absl::string_view::npos && text.find('"') == absl::string_view::npos ? '"' : '\'';
  std::string out(1, quote);
  for (size_t i = 0; i < text.size();) {
    const char32_t c = NextCodePoint(text, &i);
    if (c == static_cast<char32_t>(quote) || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (IsPrintable(c)) {
      AppendUtf8(&out, c);
    } else if (c < 0x100) {
      absl::StrAppend(&out, "\\x", absl::Hex(static_cast<uint32_t>(c), absl::kZeroPad2));
    } else if (c < 0x10000) {
      absl::StrAppend(&out, "\\u", absl::Hex(static_cast<uint32_t>(c), absl::kZeroPad4));
    } else {
      absl::StrAppend(&out, "\\U", absl::Hex(static_cast<uint32_t>(c), absl::kZeroPad8));
    }
  }
  out += quote;
  return out;
}

}  // namespace reckon::jinja
