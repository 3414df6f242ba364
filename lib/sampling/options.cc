#include "sampling/options.h"

#include <cmath>
#include <cstddef>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status.h"

namespace reckon {
namespace {

constexpr float kLargest = std::numeric_limits<float>::max();

template <typename Value>
absl::Status OutOfRange(absl::string_view member, Value value, absl::string_view range) {
  return absl::InvalidArgumentError(absl::StrCat("SamplerOptions.", member, " is ", value, "; it must be ", range));
}

// NaN is in no range.
absl::Status Between(absl::string_view member, float value, float lowest, float highest, absl::string_view range) {
  if (value >= lowest && value <= highest) return absl::OkStatus();
  return OutOfRange(member, value, range);
}

absl::Status AtLeast(absl::string_view member, int32_t value, int32_t lowest, absl::string_view range) {
  if (value >= lowest) return absl::OkStatus();
  return OutOfRange(member, value, range);
}

absl::Status ValidateLogitBias(const SamplerOptions& options) {
  for (size_t i = 0; i < options.logit_bias.size(); ++i) {
    const auto& [token, bias] = options.logit_bias[i];
    RECKON_RETURN_IF_ERROR(AtLeast(absl::StrCat("logit_bias[", i, "].first"), token, 0, "a token id, 0 or more"));
    if (!(bias < std::numeric_limits<float>::infinity())) {
      return OutOfRange(absl::StrCat("logit_bias[", i, "].second"), bias, "finite or -infinity");
    }
  }
  return absl::OkStatus();
}

absl::Status ValidatePenalties(const SamplerOptions& options) {
  if (!(options.repetition_penalty > 0.0f && std::isfinite(options.repetition_penalty))) {
    return OutOfRange("repetition_penalty", options.repetition_penalty, "finite and above 0 (1 is off)");
  }
  RECKON_RETURN_IF_ERROR(
      Between("presence_penalty", options.presence_penalty, -100.0f, 100.0f, "between -100 and 100 (0 is off)"));
  RECKON_RETURN_IF_ERROR(
      Between("frequency_penalty", options.frequency_penalty, -100.0f, 100.0f, "between -100 and 100 (0 is off)"));
  return AtLeast("penalty_window", options.penalty_window, -1, "-1 (all), 0 (none) or a number of tokens");
}

absl::Status ValidateDry(const SamplerOptions& options) {
  RECKON_RETURN_IF_ERROR(
      Between("dry_multiplier", options.dry_multiplier, 0.0f, kLargest, "finite and not negative (0 is off)"));
  RECKON_RETURN_IF_ERROR(Between("dry_base", options.dry_base, 1.0f, kLargest, "finite and at least 1"));
  RECKON_RETURN_IF_ERROR(AtLeast("dry_allowed_length", options.dry_allowed_length, 1, "at least 1"));
  for (size_t i = 0; i < options.dry_breakers.size(); ++i) {
    RECKON_RETURN_IF_ERROR(
        AtLeast(absl::StrCat("dry_breakers[", i, "]"), options.dry_breakers[i], 0, "a token id, 0 or more"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateSamplerOptions(const SamplerOptions& options) {
  RECKON_RETURN_IF_ERROR(ValidateLogitBias(options));
  RECKON_RETURN_IF_ERROR(ValidatePenalties(options));
  RECKON_RETURN_IF_ERROR(ValidateDry(options));
  RECKON_RETURN_IF_ERROR(
      Between("temperature", options.temperature, 0.0f, kLargest, "finite and not negative (0 is greedy)"));
  RECKON_RETURN_IF_ERROR(AtLeast("top_k", options.top_k, 0, "0 (off) or a number of tokens"));
  if (!(options.typical_p > 0.0f && options.typical_p <= 1.0f)) {
    return OutOfRange("typical_p", options.typical_p, "above 0 and at most 1 (1 is off)");
  }
  RECKON_RETURN_IF_ERROR(Between("top_p", options.top_p, 0.0f, 1.0f, "between 0 and 1 (1 is off)"));
  RECKON_RETURN_IF_ERROR(Between("min_p", options.min_p, 0.0f, 1.0f, "between 0 and 1 (0 is off)"));
  RECKON_RETURN_IF_ERROR(Between("xtc_probability", options.xtc_probability, 0.0f, 1.0f, "between 0 and 1 (0 is off)"));
  return Between("xtc_threshold", options.xtc_threshold, 0.0f, 1.0f, "between 0 and 1 (above 0.5 is off)");
}

}  // namespace reckon
