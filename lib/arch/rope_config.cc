// Reads rope_theta and rope_scaling as transformers' modeling_rope_utils.py does.
#include <cmath>
#include <string>

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
                                                 "' is not implemented (linear, yarn and llama3 are)"));
  }
  return rope;
}

}  // namespace reckon
