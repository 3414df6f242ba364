#include "sampling/chain.h"

#include "base/status.h"
#include "sampling/penalties.h"

namespace reckon {
namespace {

constexpr float kGreedyBelow = 1e-6f;  // temperature; see reckon/sampler.h

bool ChangesLogits(const SamplerOptions& options) {
  return !options.logit_bias.empty() || HasPenalties(options) || options.dry_multiplier > 0.0f;
}

}  // namespace

Chain::Chain(const SamplerOptions& options)
    : options_(options), greedy_(options.temperature < kGreedyBelow), adjusts_(ChangesLogits(options)), dry_(options) {}

absl::StatusOr<absl::Span<const float>> Chain::Adjust(absl::Span<const float> logits, const History& history) {
  if (!adjusts_) return logits;
  adjusted_.assign(logits.begin(), logits.end());
  const absl::Span<float> adjusted = absl::MakeSpan(adjusted_);
  RECKON_RETURN_IF_ERROR(ApplyLogitBias(options_, adjusted));
  if (HasPenalties(options_)) ApplyPenalties(options_, history.counts(), adjusted);
  if (options_.dry_multiplier > 0.0f) dry_.Apply(history.window(), adjusted);
  return adjusted;
}

absl::Status Chain::Run(absl::Span<const float> logits, const History& history) {
  RECKON_ASSIGN_OR_RETURN(logits_, Adjust(logits, history));
  RECKON_ASSIGN_OR_RETURN(peak_, ScanLogits(logits_, block_max_));
  if (greedy_) return absl::OkStatus();
  block_sums_.reserve(block_max_.size());  // the filters may keep few tokens now and all of them next time
  Weigh(logits_);
  Filter();
  return absl::OkStatus();
}

// Logits to weights. Where the first filter can be applied to logits, only what it keeps is looked at.
void Chain::Weigh(absl::Span<const float> logits) {
  const auto top_k = static_cast<size_t>(options_.top_k);
  const bool only_min_p = options_.min_p > 0.0f && options_.typical_p >= 1.0f && options_.top_p >= 1.0f;
  is_dense_ = false;
  if (top_k > 0 && top_k < logits.size()) {
    TakeTopK(logits, top_k, block_max_, scratch_, candidates_);
  } else if (only_min_p) {
    TakeAtLeast(logits, MinPBound(options_.min_p, peak_.logit, options_.temperature), block_max_, candidates_);
  } else {
    is_dense_ = true;
    dense_.resize(logits.size());
    ExpWeights(logits.data(), logits.size(), peak_.logit, options_.temperature, dense_.data());
    Sum();
    return;
  }
  float* weights = candidates_.weights.data();
  ExpWeights(weights, candidates_.count, peak_.logit, options_.temperature, weights);
  DropWeightless(candidates_);
  Sum();
}

void Chain::Filter() {
  if (options_.typical_p < 1.0f) {
    Gather(0.0f);
    KeepTypical(options_.typical_p, total_, logits_.data(), peak_.logit, options_.temperature, scratch_, candidates_);
    Sum();
  }
  if (options_.top_p < 1.0f) {
    Gather(TopPBound(options_.top_p, total_, logits_.size()));
    KeepTopP(options_.top_p, total_, scratch_, candidates_);
    Sum();
  }
  if (options_.min_p > 0.0f) {
    Gather(0.0f);
    KeepMinP(options_.min_p, candidates_);
    Sum();
  }
}

void Chain::Gather(float at_least) {
  if (!is_dense_) return;
  is_dense_ = false;
  TakeWeights(dense_.data(), dense_.size(), at_least, candidates_);
}

void Chain::Sum() {
  total_ = is_dense_ ? SumWeights(dense_.data(), dense_.size(), block_sums_)
                     : SumWeights(candidates_.weights.data(), candidates_.count, block_sums_);
}

void Chain::ExcludeTopChoices() {
  Gather(0.0f);
  reckon::ExcludeTopChoices(options_.xtc_threshold, total_, candidates_);
  Sum();
}

TokenId Chain::Pick(double u) const {
  if (is_dense_) return static_cast<TokenId>(PickWeighted(dense_.data(), dense_.size(), block_sums_, total_, u));
  return candidates_.ids[PickWeighted(candidates_.weights.data(), candidates_.count, block_sums_, total_, u)];
}

std::vector<float> Chain::Probabilities() const {
  std::vector<float> probabilities(logits_.size(), 0.0f);
  if (greedy_) {
    probabilities[peak_.index] = 1.0f;
  } else if (is_dense_) {
    for (size_t i = 0; i < dense_.size(); ++i) probabilities[i] = static_cast<float>(dense_[i] / total_);
  } else {
    for (size_t i = 0; i < candidates_.count; ++i) {
      probabilities[static_cast<size_t>(candidates_.ids[i])] = static_cast<float>(candidates_.weights[i] / total_);
    }
  }
  return probabilities;
}

}  // namespace reckon
