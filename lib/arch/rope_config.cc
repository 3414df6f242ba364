// Reads rope_theta and rope_scaling as transformers' modeling_rope_utils.py does.
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arch/common.h"
#include "base/status.h"

namespace reckon {
namespace {

absl::StatusOr<double> Positive(const Config& config, absl::string_view key, absl::StatusOr<double> value) {
  RECKON_ASSIGN_OR_RETURN(const double number, std::move(value));
  if (!(number > 0) || !std::isfinite(number)) {
    return config.Error(key, absl::StrCat("is ", number, "; it must be positive"));
  }
  return number;
}

// YaRN's attention temperature, 0.1 ln(factor) + 1 (arXiv 2309.00071, eq. 22).
double YarnScale(double factor, double mscale) { return factor <= 1 ? 1.0 : 0.1 * mscale * std::log(factor) + 1.0; }

absl::Status ReadYarn(const Config& config, RopeConfig* rope) {
  RECKON_ASSIGN_OR_RETURN(rope->beta_fast,
                          Positive(config, "rope_scaling.beta_fast", config.DoubleOr("rope_scaling.beta_fast", 32)));
  RECKON_ASSIGN_OR_RETURN(rope->beta_slow,
                          Positive(config, "rope_scaling.beta_slow", config.DoubleOr("rope_scaling.beta_slow", 1)));
  RECKON_ASSIGN_OR_RETURN(rope->truncate, config.BoolOr("rope_scaling.truncate", true));
  RECKON_ASSIGN_OR_RETURN(const double mscale, config.DoubleOr("rope_scaling.mscale", 0));
  RECKON_ASSIGN_OR_RETURN(const double mscale_all_dim, config.DoubleOr("rope_scaling.mscale_all_dim", 0));
  const double inferred = mscale != 0 && mscale_all_dim != 0
                              ? YarnScale(rope->factor, mscale) / YarnScale(rope->factor, mscale_all_dim)
                              : YarnScale(rope->factor, 1);
  RECKON_ASSIGN_OR_RETURN(rope->attention_factor, Positive(config, "rope_scaling.attention_factor",
                                                           config.DoubleOr("rope_scaling.attention_factor", inferred)));
  return absl::OkStatus();
}

absl::Status ReadLlama3(const Config& config, RopeConfig* rope) {
  RECKON_ASSIGN_OR_RETURN(rope->low_freq_factor, Positive(config, "rope_scaling.low_freq_factor",
                                                          config.Double("rope_scaling.low_freq_factor")));
  RECKON_ASSIGN_OR_RETURN(rope->high_freq_factor, Positive(config, "rope_scaling.high_freq_factor",
                                                           config.Double("rope_scaling.high_freq_factor")));
  if (rope->high_freq_factor <= rope->low_freq_factor) {
    return config.Error("rope_scaling.high_freq_factor", "must be larger than low_freq_factor");
  }
  return absl::OkStatus();
}

absl::Status ReadFactors(const Config& config, absl::string_view key, int64_t count, std::vector<double>* factors) {
  RECKON_ASSIGN_OR_RETURN(*factors, config.Doubles(key));
  if (static_cast<int64_t>(factors->size()) != count) {
    return config.Error(key, absl::StrCat("holds ", factors->size(), " factors; there are ", count, " frequencies"));
  }
  for (const double factor : *factors) {
    if (!(factor > 0) || !std::isfinite(factor)) {
      return config.Error(key, absl::StrCat("holds ", factor, "; factors are positive"));
    }
  }
  return absl::OkStatus();
}

// The original context is beside rope_scaling in Phi-3's configs, inside it in others.
absl::Status ReadLongRope(const Config& config, int64_t max_position_embeddings, RopeConfig* rope) {
  constexpr char kInside[] = "rope_scaling.original_max_position_embeddings";
  constexpr char kBeside[] = "original_max_position_embeddings";
  const char* const key = config.Has(kInside) ? kInside : kBeside;
  RECKON_ASSIGN_OR_RETURN(rope->original_max_position_embeddings, config.IntOr(key, max_position_embeddings));
  if (rope->original_max_position_embeddings < 1) return config.Error(key, "must be at least 1");
  rope->scaling = RopeScaling::kLongRope;
  RECKON_ASSIGN_OR_RETURN(rope->short_factors_tensor, config.StringOr("rope_scaling.short_factors_tensor", ""));
  RECKON_ASSIGN_OR_RETURN(rope->long_factors_tensor, config.StringOr("rope_scaling.long_factors_tensor", ""));
  if (rope->short_factors_tensor.empty() || rope->long_factors_tensor.empty()) {
    const int64_t count = rope->rotary_dim / 2;
    RECKON_RETURN_IF_ERROR(ReadFactors(config, "rope_scaling.short_factor", count, &rope->short_factors));
    RECKON_RETURN_IF_ERROR(ReadFactors(config, "rope_scaling.long_factor", count, &rope->long_factors));
  }
  const double original = static_cast<double>(rope->original_max_position_embeddings);
  const double extension = static_cast<double>(max_position_embeddings) / original;
  RECKON_ASSIGN_OR_RETURN(rope->factor,
                          Positive(config, "rope_scaling.factor", config.DoubleOr("rope_scaling.factor", extension)));
  // Section 4.2 of Phi-3's report (arXiv 2404.14219) gives no formula; this is the published code's.
  const double inferred = rope->factor <= 1 ? 1.0 : std::sqrt(1.0 + std::log(rope->factor) / std::log(original));
  RECKON_ASSIGN_OR_RETURN(rope->attention_factor, Positive(config, "rope_scaling.attention_factor",
                                                           config.DoubleOr("rope_scaling.attention_factor", inferred)));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RopeConfig> ReadRope(const Config& config, int64_t rotary_dim, int64_t max_position_embeddings) {
  RopeConfig rope;
  rope.rotary_dim = rotary_dim;
  RECKON_ASSIGN_OR_RETURN(rope.theta, Positive(config, "rope_theta", config.DoubleOr("rope_theta", 10000)));
  // Older configs say "type", newer ones "rope_type".
  RECKON_ASSIGN_OR_RETURN(const std::string old_type, config.StringOr("rope_scaling.type", "default"));
  RECKON_ASSIGN_OR_RETURN(const std::string type, config.StringOr("rope_scaling.rope_type", old_type));
  if (type == "default" || type == "none") {
    RECKON_ASSIGN_OR_RETURN(rope.factors_tensor, config.StringOr("rope_scaling.factors_tensor", ""));
    if (!rope.factors_tensor.empty()) rope.scaling = RopeScaling::kPerTensor;
    return rope;
  }
  if (type == "longrope" || type == "su") {
    RECKON_RETURN_IF_ERROR(ReadLongRope(config, max_position_embeddings, &rope));
    return rope;
  }
  RECKON_ASSIGN_OR_RETURN(rope.factor, Positive(config, "rope_scaling.factor", config.Double("rope_scaling.factor")));
  RECKON_ASSIGN_OR_RETURN(rope.original_max_position_embeddings,
                          config.IntOr("rope_scaling.original_max_position_embeddings", max_position_embeddings));
  if (rope.original_max_position_embeddings < 1) {
    return config.Error("rope_scaling.original_max_position_embeddings", "must be at least 1");
  }
  if (type == "linear") {
    rope.scaling = RopeScaling::kLinear;
  } else if (type == "yarn") {
    rope.scaling = RopeScaling::kYarn;
    RECKON_RETURN_IF_ERROR(ReadYarn(config, &rope));
  } else if (type == "llama3") {
    rope.scaling = RopeScaling::kLlama3;
    RECKON_RETURN_IF_ERROR(ReadLlama3(config, &rope));
  } else {
    return absl::UnimplementedError(absl::StrCat(config.origin(), ": rope_scaling of type '", type,
                                                 "' is not implemented (linear, yarn, llama3 and longrope are)"));
  }
  return rope;
}

}  // namespace reckon
