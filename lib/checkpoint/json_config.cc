#include "checkpoint/json_config.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "checkpoint/json.h"

namespace reckon {
namespace {

constexpr size_t kMaxDepth = 32;
constexpr size_t kMaxValues = 50000;  // label maps of classifiers are the longest seen
constexpr size_t kMaxKeyBytes = 256;

using simdjson::dom::element;
using simdjson::dom::element_type;

bool IsNumber(const element& value) { return value.is<double>() && !value.is<bool>(); }

// A list of numbers or of strings; anything else is nothing that an architecture asks for.
bool ToList(const simdjson::dom::array& array, ConfigValue* out) {
  std::vector<double> numbers;
  std::vector<std::string> strings;
  for (const element item : array) {
    double number = 0;
    std::string_view text;
    if (IsNumber(item) && item.get_double().get(number) == simdjson::SUCCESS) {
      numbers.push_back(number);
    } else if (item.get_string().get(text) == simdjson::SUCCESS) {
      strings.emplace_back(text);
    } else {
      return false;
    }
  }
  if (!numbers.empty() && !strings.empty()) return false;
  if (strings.empty()) {
    *out = std::move(numbers);
  } else {
    *out = std::move(strings);
  }
  return true;
}

bool ToScalar(const element& value, ConfigValue* out) {
  std::string_view text;
  switch (value.type()) {
    case element_type::BOOL:
      *out = bool{value.get_bool().value_unsafe()};
      return true;
    case element_type::INT64:
      *out = int64_t{value.get_int64().value_unsafe()};
      return true;
    case element_type::UINT64:  // only those that do not fit int64
      *out = static_cast<double>(value.get_uint64().value_unsafe());
      return true;
    case element_type::DOUBLE:
      *out = double{value.get_double().value_unsafe()};
      return true;
    case element_type::STRING:
      text = value.get_string().value_unsafe();
      *out = std::string(text);
      return true;
    case element_type::NULL_VALUE:
      *out = std::monostate();
      return true;
    default:
      return false;
  }
}

class Flattener {
 public:
  Flattener(absl::string_view origin, Config* config) : origin_(origin), config_(config) {}

  // Recursion is bounded by the parser's depth limit.
  absl::Status Add(const std::string& prefix, const simdjson::dom::object& object) {
    for (const simdjson::dom::key_value_pair field : object) {
      if (prefix.size() + field.key.size() > kMaxKeyBytes) {
        return absl::InvalidArgumentError(
            absl::StrCat(origin_, ": a key inside \"", prefix, "\" is longer than ", kMaxKeyBytes, " bytes"));
      }
      if (++values_ > kMaxValues) {
        return absl::InvalidArgumentError(absl::StrCat(origin_, ": more than ", kMaxValues, " values"));
      }
      std::string key = absl::StrCat(prefix, absl::string_view(field.key.data(), field.key.size()));
      simdjson::dom::object nested;
      simdjson::dom::array array;
      ConfigValue value;
      if (field.value.get_object().get(nested) == simdjson::SUCCESS) {
        RECKON_RETURN_IF_ERROR(Add(absl::StrCat(key, "."), nested));
      } else if (field.value.get_array().get(array) == simdjson::SUCCESS ? ToList(array, &value)
                                                                         : ToScalar(field.value, &value)) {
        config_->Set(std::move(key), std::move(value));
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::string_view origin_;
  Config* config_;
  size_t values_ = 0;
};

}  // namespace

absl::Status AddJsonConfig(absl::string_view text, absl::string_view origin, absl::string_view prefix, Config* config) {
  RECKON_ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(text, origin, kMaxDepth));
  RECKON_ASSIGN_OR_RETURN(const simdjson::dom::object root, document.RootObject());
  return Flattener(origin, config).Add(std::string(prefix), root);
}

void AddClassicNames(Config* config) {
  std::vector<std::pair<std::string, ConfigValue>> added;
  const auto copy = [&](const std::string& key, const ConfigValue& value) {
    if (!config->Has(key)) added.emplace_back(key, value);
  };
  // "default" is what the absence of rope_scaling says.
  const absl::StatusOr<std::string> type = config->StringOr("rope_parameters.rope_type", "default");
  const bool scaled = type.ok() && *type != "default";
  for (const auto& [key, value] : config->values()) {
    absl::string_view rest = key;
    if (key == "dtype") {
      copy("torch_dtype", value);
    } else if (absl::ConsumePrefix(&rest, "rope_parameters.")) {
      if (rest == "rope_theta" || rest == "partial_rotary_factor") {
        copy(std::string(rest), value);
      } else if (scaled) {
        copy(absl::StrCat("rope_scaling.", rest), value);
      }
    }
  }
  for (auto& [key, value] : added) config->Set(std::move(key), std::move(value));

  const char* const names[] = {"rope_scaling.type", "rope_scaling.rope_type"};
  for (int i = 0; i < 2; ++i) {
    const auto it = config->values().find(names[i]);
    if (it != config->values().end() && !config->Has(names[1 - i])) config->Set(names[1 - i], ConfigValue(it->second));
  }
}

}  // namespace reckon
