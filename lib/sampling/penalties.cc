#include "sampling/penalties.h"

#include <cstddef>

#include "absl/strings/str_cat.h"

namespace reckon {

bool HasPenalties(const SamplerOptions& options) {
  return options.repetition_penalty != 1.0f || options.presence_penalty != 0.0f || options.frequency_penalty != 0.0f;
}

absl::Status ApplyLogitBias(const SamplerOptions& options, absl::Span<float> logits) {
  for (const auto& [token, bias] : options.logit_bias) {
    if (static_cast<size_t>(token) >= logits.size()) {
      return absl::InvalidArgumentError(absl::StrCat("SamplerOptions.logit_bias names token ", token,
                                                     ", but there are only ", logits.size(), " logits"));
    }
    logits[static_cast<size_t>(token)] += bias;
  }
  return absl::OkStatus();
}

void ApplyPenalties(const SamplerOptions& options, const HashMap<TokenId, int32_t>& counts, absl::Span<float> logits) {
  for (const auto& [token, count] : counts) {
    const auto index = static_cast<size_t>(token);  // a negative id becomes a huge one
    if (index >= logits.size()) continue;
    float& logit = logits[index];
    if (logit < 0.0f) {
      logit *= options.repetition_penalty;
    } else {
      logit /= options.repetition_penalty;
    }
    logit -= options.presence_penalty + options.frequency_penalty * static_cast<float>(count);
  }
}

}  // namespace reckon
