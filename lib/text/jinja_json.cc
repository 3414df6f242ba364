#include "text/jinja_json.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_format.h"
#include "text/jinja_unicode.h"

namespace reckon::jinja {
namespace {

namespace ondemand = simdjson::ondemand;

// The tokens of numbers are read here and not by simdjson: Python keeps integers of any size.
class JsonReader {
 public:
  JsonReader(const Heap& heap, absl::string_view what) : heap_(heap), what_(what) {}

  absl::StatusOr<Value> Read(absl::string_view json) {
    // Not a simdjson::padded_string, which is a null pointer with a size when memory runs out.
    std::string padded(json.data(), json.size());
    padded.append(simdjson::SIMDJSON_PADDING, '\0');
    text_.resize(padded.size());
    ondemand::document document;
    RECKON_RETURN_IF_ERROR(Check(parser_.iterate(padded.data(), json.size(), padded.size()).get(document)));
    bool scalar = false;
    RECKON_RETURN_IF_ERROR(Check(document.is_scalar().get(scalar)));
    if (scalar) return Fail("expected an array or an object");
    ondemand::value root;
    RECKON_RETURN_IF_ERROR(Check(document.get_value().get(root)));
    RECKON_ASSIGN_OR_RETURN(Value value, ReadValue(root, 0));
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
      return Fail("there is more text behind the value");
    return value;
  }

 private:
  absl::Status Fail(absl::string_view message) const {
    return absl::InvalidArgumentError(absl::StrCat(what_, " is not valid JSON: ", message));
  }
  absl::Status Check(simdjson::error_code code) const {
    if (code == simdjson::SUCCESS) return absl::OkStatus();
    if (code == simdjson::MEMALLOC) return absl::ResourceExhaustedError(absl::StrCat("no memory to read ", what_));
    return Fail(simdjson::error_message(code));
  }

  absl::StatusOr<Value> ReadValue(ondemand::value element, int depth) {
    if (depth > kMaxValueDepth - 10) {
      return absl::ResourceExhaustedError(absl::StrCat(what_, " nests deeper than ", kMaxValueDepth - 10, " levels"));
    }
    if (heap_.meter() != nullptr) RECKON_RETURN_IF_ERROR(heap_.meter()->Step());
    ondemand::json_type type{};
    RECKON_RETURN_IF_ERROR(Check(element.type().get(type)));
    switch (type) {
      case ondemand::json_type::array:
        return ReadArray(element, depth);
      case ondemand::json_type::object:
        return ReadObject(element, depth);
      case ondemand::json_type::string: {
        ondemand::raw_json_string text;
        RECKON_RETURN_IF_ERROR(Check(element.get_raw_json_string().get(text)));
        return ReadString(text);
      }
      case ondemand::json_type::number:
        return ReadNumber(element);
      case ondemand::json_type::boolean: {
        bool flag = false;
        RECKON_RETURN_IF_ERROR(Check(element.get_bool().get(flag)));
        return Value::Bool(flag);
      }
      case ondemand::json_type::null:
        break;
    }
    if (absl::StripAsciiWhitespace(Token(element)) != "null") return Fail("an unknown word");
    return Value::None();
  }

  static absl::string_view Token(ondemand::value element) {
    const std::string_view token = element.raw_json_token();
    return {token.data(), token.size()};
  }

  absl::StatusOr<Value> ReadArray(ondemand::value element, int depth) {
    ondemand::array array;
    RECKON_RETURN_IF_ERROR(Check(element.get_array().get(array)));
    std::vector<Value> items;
    for (auto result : array) {
      ondemand::value child;
      RECKON_RETURN_IF_ERROR(Check(result.get(child)));
      RECKON_ASSIGN_OR_RETURN(Value value, ReadValue(child, depth + 1));
      items.push_back(std::move(value));
    }
    return heap_.List(std::move(items));
  }

  absl::StatusOr<Value> ReadObject(ondemand::value element, int depth) {
    ondemand::object object;
    RECKON_RETURN_IF_ERROR(Check(element.get_object().get(object)));
    DictBuilder dict;
    for (auto result : object) {
      ondemand::field field;
      RECKON_RETURN_IF_ERROR(Check(std::move(result).get(field)));
      RECKON_ASSIGN_OR_RETURN(Value name, ReadString(field.key()));
      RECKON_ASSIGN_OR_RETURN(Value value, ReadValue(field.value(), depth + 1));
      RECKON_RETURN_IF_ERROR(dict.Set(std::move(name), std::move(value)));
    }
    return dict.Build(heap_);
  }

  // Into a buffer of its own: the parser's may be a null pointer if memory ran out, without an error.
  absl::StatusOr<Value> ReadString(ondemand::raw_json_string raw) {
    auto* out = reinterpret_cast<uint8_t*>(text_.data());
    std::string_view text;
    RECKON_RETURN_IF_ERROR(Check(parser_.unescape(raw, out).get(text)));
    return heap_.String(std::string(text));
  }

  absl::StatusOr<Value> ReadNumber(ondemand::value element);

  const Heap& heap_;
  const absl::string_view what_;
  ondemand::parser parser_;
  std::string text_;  // of the string at hand; room for the whole JSON and simdjson's padding
};

// -?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?
bool IsJsonNumber(absl::string_view text, bool* integer) {
  size_t i = 0;
  const auto at = [&](size_t k) { return k < text.size() ? text[k] : '\0'; };
  const auto digits = [&] {
    const size_t begin = i;
    while (absl::ascii_isdigit(static_cast<unsigned char>(at(i)))) ++i;
    return i > begin;
  };
  if (at(i) == '-') ++i;
  if (at(i) == '0') {
    ++i;
  } else if (!digits()) {
    return false;
  }
  *integer = true;
  if (at(i) == '.') {
    *integer = false;
    ++i;
    if (!digits()) return false;
  }
  if (at(i) == 'e' || at(i) == 'E') {
    *integer = false;
    ++i;
    if (at(i) == '+' || at(i) == '-') ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}

absl::StatusOr<Value> JsonReader::ReadNumber(ondemand::value element) {
  const absl::string_view token = absl::StripAsciiWhitespace(Token(element));
  bool integer = false;
  if (!IsJsonNumber(token, &integer)) return Fail(absl::StrCat("'", token.substr(0, 40), "' is not a number"));
  const char* begin = token.data();
  const char* end = begin + token.size();
  // Reading the number moves the parser on; its own verdict on the size does not matter.
  double unused = 0;
  [[maybe_unused]] const simdjson::error_code skipped = element.get_double().get(unused);
  if (!integer) return Value::Float(ReadDecimal(token).value_or(0));
  int64_t value = 0;
  if (std::from_chars(begin, end, value).ec == std::errc()) return Value::Int(value);
  return heap_.BigInt(std::string(token));
}

class JsonWriter {
 public:
  JsonWriter(Meter& meter, const JsonStyle& style) : meter_(meter), style_(style) {}

  absl::Status Write(const Value& value, int depth);
  std::string Take() { return std::move(out_); }

 private:
  void WriteString(absl::string_view text);
  void WriteFloat(double value);
  void NewLine(int depth);
  absl::Status WriteList(const std::vector<Value>& items, int depth);
  absl::Status WriteDict(const DictRep& dict, int depth);
  absl::Status WriteKey(const Value& key);

  Meter& meter_;
  const JsonStyle& style_;
  std::string out_;
};

void JsonWriter::WriteString(absl::string_view text) {
  out_ += '"';
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x80) {
      const size_t start = i;
      const char32_t c = NextCodePoint(text, &i);
      if (!style_.ensure_ascii) {
        absl::StrAppend(&out_, text.substr(start, i - start));
      } else if (c < 0x10000) {
        absl::StrAppend(&out_, "\\u", absl::Hex(static_cast<uint32_t>(c), absl::kZeroPad4));
      } else {
        const auto rest = static_cast<uint32_t>(c) - 0x10000;
        absl::StrAppend(&out_, "\\u", absl::Hex(0xd800 + (rest >> 10), absl::kZeroPad4), "\\u",
                        absl::Hex(0xdc00 + (rest & 0x3ff), absl::kZeroPad4));
      }
      continue;
    }
    ++i;
    static constexpr absl::string_view kPlain = "\"\\\n\r\t\f\b";
    static constexpr absl::string_view kEscape = "\"\\nrtfb";
    if (const size_t special = kPlain.find(static_cast<char>(byte)); special != absl::string_view::npos) {
      out_ += '\\';
      out_ += kEscape[special];
    } else if (byte < 0x20) {
      absl::StrAppend(&out_, "\\u", absl::Hex(byte, absl::kZeroPad4));
    } else {
      out_ += static_cast<char>(byte);
    }
  }
  out_ += '"';
}

void JsonWriter::WriteFloat(double value) {
  if (std::isnan(value)) {
    out_ += "NaN";
  } else if (std::isinf(value)) {
    out_ += value < 0 ? "-Infinity" : "Infinity";
  } else {
    out_ += FloatRepr(value);
  }
}

void JsonWriter::NewLine(int depth) {
  if (!style_.indent.has_value()) return;
  out_ += '\n';
  for (int i = 0; i < depth; ++i) out_ += *style_.indent;
}

absl::Status JsonWriter::WriteList(const std::vector<Value>& items, int depth) {
  if (items.empty()) {
    out_ += "[]";
    return absl::OkStatus();
  }
  out_ += '[';
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out_ += style_.item_separator;
    NewLine(depth + 1);
    RECKON_RETURN_IF_ERROR(Write(items[i], depth + 1));
  }
  NewLine(depth);
  out_ += ']';
  return absl::OkStatus();
}

absl::Status JsonWriter::WriteKey(const Value& key) {
  switch (key.kind()) {
    case Kind::kString:
      WriteString(key.as_string());
      return absl::OkStatus();
    case Kind::kFloat:
      out_ += '"';
      WriteFloat(key.as_double());
      out_ += '"';
      return absl::OkStatus();
    case Kind::kBool:
      out_ += key.as_bool() ? "\"true\"" : "\"false\"";
      return absl::OkStatus();
    case Kind::kNone:
      out_ += "\"null\"";
      return absl::OkStatus();
    case Kind::kInt:
      absl::StrAppend(&out_, "\"", key.as_int(), "\"");
      return absl::OkStatus();
    case Kind::kBigInt:
      absl::StrAppend(&out_, "\"", key.as_string(), "\"");
      return absl::OkStatus();
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("keys must be str, int, float, bool or None, not ", TypeName(key)));
  }
}

absl::Status JsonWriter::WriteDict(const DictRep& dict, int depth) {
  if (dict.entries.empty()) {
    out_ += "{}";
    return absl::OkStatus();
  }
  std::vector<const std::pair<Value, Value>*> entries;
  for (const auto& entry : dict.entries) entries.push_back(&entry);
  if (style_.sort_keys) {
    absl::Status status;
    std::stable_sort(entries.begin(), entries.end(), [&](const auto* a, const auto* b) {
      const absl::StatusOr<int> order = Compare(meter_, a->first, b->first);
      if (!order.ok()) status = order.status();
      return order.ok() && *order == -1;
    });
    RECKON_RETURN_IF_ERROR(status);
  }
  out_ += '{';
  bool first = true;
  for (const auto* entry : entries) {
    if (!first) out_ += style_.item_separator;
    first = false;
    NewLine(depth + 1);
    RECKON_RETURN_IF_ERROR(WriteKey(entry->first));
    out_ += style_.key_separator;
    RECKON_RETURN_IF_ERROR(Write(entry->second, depth + 1));
  }
  NewLine(depth);
  out_ += '}';
  return absl::OkStatus();
}

absl::Status JsonWriter::Write(const Value& value, int depth) {
  RECKON_RETURN_IF_ERROR(meter_.Step());
  // Values share parts, so that text can be far longer than the memory that its value takes.
  if (out_.size() > meter_.limits().max_live_bytes / 4) {
    return absl::ResourceExhaustedError("a value is too long to be written as JSON");
  }
  switch (value.kind()) {
    case Kind::kNone:
      out_ += "null";
      return absl::OkStatus();
    case Kind::kBool:
      out_ += value.as_bool() ? "true" : "false";
      return absl::OkStatus();
    case Kind::kInt:
      absl::StrAppend(&out_, value.as_int());
      return absl::OkStatus();
    case Kind::kBigInt:
      absl::StrAppend(&out_, value.as_string());
      return absl::OkStatus();
    case Kind::kFloat:
      WriteFloat(value.as_double());
      return absl::OkStatus();
    case Kind::kString:
      RECKON_RETURN_IF_ERROR(meter_.Work(value.as_string().size()));
      WriteString(value.as_string());
      return absl::OkStatus();
    case Kind::kDict:
      return WriteDict(value.rep<DictRep>(), depth);
    case Kind::kList:
      if (value.rep<ListRep>().is_sequence() && value.rep<ListRep>().list_kind != ListKind::kRange) {
        return WriteList(value.rep<ListRep>().items, depth);
      }
      break;
    default:
      break;
  }
  return absl::InvalidArgumentError(absl::StrCat("Object of type ", TypeName(value), " is not JSON serializable"));
}

}  // namespace

absl::StatusOr<Value> ParseJson(const Heap& heap, absl::string_view json, absl::string_view what) {
  return JsonReader(heap, what).Read(json);
}

absl::StatusOr<std::string> WriteJson(Meter& meter, const Value& value, const JsonStyle& style) {
  JsonWriter writer(meter, style);
  RECKON_RETURN_IF_ERROR(writer.Write(value, 0));
  std::string text = writer.Take();
  RECKON_RETURN_IF_ERROR(meter.Work(text.size()));
  return text;
}

}  // namespace reckon::jinja
