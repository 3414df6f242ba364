// A checkpoint's hyper-parameters under one set of names, whatever the format: those of Hugging Face's config.json,
// nested objects with dots ("rope_scaling.factor"). generation_config.json is under "generation."
// ("generation.temperature"). GGUF metadata is translated to the same names, so that arch/ reads one language.
#ifndef RECKON_LIB_CHECKPOINT_CONFIG_H_
#define RECKON_LIB_CHECKPOINT_CONFIG_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace reckon {

// A JSON null is stored as monostate and counts as absent. Lists hold numbers or strings; other lists are left out.
using ConfigValue =
    std::variant<std::monostate, bool, int64_t, double, std::string, std::vector<double>, std::vector<std::string>>;

class Config {
 public:
  Config() = default;
  // `origin` names the file in error messages ("config.json", "model.gguf").
  explicit Config(std::string origin) : origin_(std::move(origin)) {}

  void Set(std::string key, ConfigValue value) { values_[std::move(key)] = std::move(value); }
  bool Has(absl::string_view key) const;  // present and not null
  const std::map<std::string, ConfigValue, std::less<>>& values() const { return values_; }
  const std::string& origin() const { return origin_; }

  // The value, or an error INVALID_ARGUMENT that names origin and key if it is absent or of another kind. Whole doubles
  // count as integers and integers as doubles.
  absl::StatusOr<int64_t> Int(absl::string_view key) const;
  absl::StatusOr<double> Double(absl::string_view key) const;
  absl::StatusOr<bool> Bool(absl::string_view key) const;
  absl::StatusOr<std::string> String(absl::string_view key) const;
  absl::StatusOr<std::vector<double>> Doubles(absl::string_view key) const;
  absl::StatusOr<std::vector<int64_t>> Ints(absl::string_view key) const;  // a single integer counts as a list of one
  absl::StatusOr<std::vector<std::string>> Strings(absl::string_view key) const;

  // The same with a default for an absent key; a value of the wrong kind is still an error.
  absl::StatusOr<int64_t> IntOr(absl::string_view key, int64_t fallback) const;
  absl::StatusOr<double> DoubleOr(absl::string_view key, double fallback) const;
  absl::StatusOr<bool> BoolOr(absl::string_view key, bool fallback) const;
  absl::StatusOr<std::string> StringOr(absl::string_view key, absl::string_view fallback) const;

  // An INVALID_ARGUMENT that begins with origin and key, for checks of ranges.
  absl::Status Error(absl::string_view key, absl::string_view what) const;

 private:
  const ConfigValue* Find(absl::string_view key) const;
  absl::Status WrongKind(absl::string_view key, absl::string_view wanted) const;

  std::string origin_;
  std::map<std::string, ConfigValue, std::less<>> values_;
};

}  // namespace reckon

#endif  // RECKON_LIB_CHECKPOINT_CONFIG_H_
