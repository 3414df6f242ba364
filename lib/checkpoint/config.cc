#include "checkpoint/config.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace reckon {
namespace {

const char* KindOf(const ConfigValue& value) {
  static constexpr const char* kKinds[] = {"null",     "a boolean",         "an integer",       "a number",
                                           "a string", "a list of numbers", "a list of strings"};
  return kKinds[value.index()];
}

// Whole doubles up to 2^53 are exact; beyond that the number in the file and the integer might differ.
bool ToInt(double value, int64_t* out) {
  if (!(std::fabs(value) <= 0x1p53) || std::floor(value) != value) return false;
  *out = static_cast<int64_t>(value);
  return true;
}

bool ToInt(const ConfigValue& value, int64_t* out) {
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    *out = *integer;
    return true;
  }
  const auto* number = std::get_if<double>(&value);
  return number != nullptr && ToInt(*number, out);
}

}  // namespace

const ConfigValue* Config::Find(absl::string_view key) const {
  const auto it = values_.find(key);
  return it == values_.end() || std::holds_alternative<std::monostate>(it->second) ? nullptr : &it->second;
}

bool Config::Has(absl::string_view key) const { return Find(key) != nullptr; }

absl::Status Config::Error(absl::string_view key, absl::string_view what) const {
  return absl::InvalidArgumentError(absl::StrCat(origin_, ": \"", key, "\" ", what));
}

absl::Status Config::WrongKind(absl::string_view key, absl::string_view wanted) const {
  const ConfigValue* value = Find(key);
  if (value == nullptr) return Error(key, absl::StrCat("is missing (it should be ", wanted, ")"));
  return Error(key, absl::StrCat("should be ", wanted, " and is ", KindOf(*value)));
}

absl::StatusOr<int64_t> Config::Int(absl::string_view key) const {
  const ConfigValue* value = Find(key);
  int64_t result = 0;
  if (value == nullptr || !ToInt(*value, &result)) return WrongKind(key, "an integer");
  return result;
}

absl::StatusOr<double> Config::Double(absl::string_view key) const {
  const ConfigValue* value = Find(key);
  if (value != nullptr) {
    if (const auto* number = std::get_if<double>(value)) return *number;
    if (const auto* integer = std::get_if<int64_t>(value)) return static_cast<double>(*integer);
  }
  return WrongKind(key, "a number");
}

absl::StatusOr<bool> Config::Bool(absl::string_view key) const {
  const ConfigValue* value = Find(key);
  if (value != nullptr) {
    if (const auto* boolean = std::get_if<bool>(value)) return *boolean;
  }
  return WrongKind(key, "a boolean");
}

absl::StatusOr<std::string> Config::String(absl::string_view key) const {
  const ConfigValue* value = Find(key);
  if (value != nullptr) {
    if (const auto* text = std::get_if<std::string>(value)) return *text;
  }
  return WrongKind(key, "a string");
}

absl::StatusOr<std::vector<double>> Config::Doubles(absl::string_view key) const {
  const ConfigValue* value = Find(key);
  if (value != nullptr) {
    if (const auto* list = std::get_if<std::vector<double>>(value)) return *list;
  }
  return WrongKind(key, "a list of numbers");
}

absl::StatusOr<std::vector<int64_t>> Config::Ints(absl::string_view key) const {
  const ConfigValue* value = Find(key);
  if (value == nullptr) return WrongKind(key, "a list of integers");
  std::vector<int64_t> result(1);
  if (ToInt(*value, result.data())) return result;
  const auto* list = std::get_if<std::vector<double>>(value);
  if (list == nullptr) return WrongKind(key, "a list of integers");
  result.resize(list->size());
  for (size_t i = 0; i < list->size(); ++i) {
    if (!ToInt((*list)[i], &result[i])) return Error(key, "should be a list of integers and holds a fraction");
  }
  return result;
}

absl::StatusOr<std::vector<std::string>> Config::Strings(absl::string_view key) const {
  const ConfigValue* value = Find(key);
  if (value != nullptr) {
    if (const auto* list = std::get_if<std::vector<std::string>>(value)) return *list;
    // An empty list has no kind of its own.
    const auto* numbers = std::get_if<std::vector<double>>(value);
    if (numbers != nullptr && numbers->empty()) return std::vector<std::string>();
  }
  return WrongKind(key, "a list of strings");
}

absl::StatusOr<int64_t> Config::IntOr(absl::string_view key, int64_t fallback) const {
  if (!Has(key)) return fallback;
  return Int(key);
}

absl::StatusOr<double> Config::DoubleOr(absl::string_view key, double fallback) const {
  if (!Has(key)) return fallback;
  return Double(key);
}

absl::StatusOr<bool> Config::BoolOr(absl::string_view key, bool fallback) const {
  if (!Has(key)) return fallback;
  return Bool(key);
}

absl::StatusOr<std::string> Config::StringOr(absl::string_view key, absl::string_view fallback) const {
  if (!Has(key)) return std::string(fallback);
  return String(key);
}

}  // namespace reckon
