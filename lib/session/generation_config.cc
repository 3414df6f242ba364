#include "session/generation_config.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace reckon {
namespace {

absl::StatusOr<float> Float(const Config& config, absl::string_view name, float fallback) {
  RECKON_ASSIGN_OR_RETURN(const double value, config.DoubleOr(absl::StrCat("generation.", name), fallback));
  return static_cast<float>(value);
}

}  // namespace

absl::StatusOr<SamplerOptions> ReadGenerationConfig(const Config& config) {
  SamplerOptions options;
  const bool has_sampling = config.Has("generation.temperature") || config.Has("generation.top_p") ||
                            config.Has("generation.top_k") || config.Has("generation.min_p");
  RECKON_ASSIGN_OR_RETURN(const bool do_sample, config.BoolOr("generation.do_sample", has_sampling));
  RECKON_ASSIGN_OR_RETURN(options.repetition_penalty, Float(config, "repetition_penalty", options.repetition_penalty));
  if (!do_sample) {
    options.temperature = 0;
    return options;
  }
  RECKON_ASSIGN_OR_RETURN(options.temperature, Float(config, "temperature", options.temperature));
  RECKON_ASSIGN_OR_RETURN(options.top_p, Float(config, "top_p", options.top_p));
  RECKON_ASSIGN_OR_RETURN(options.min_p, Float(config, "min_p", options.min_p));
  RECKON_ASSIGN_OR_RETURN(options.typical_p, Float(config, "typical_p", options.typical_p));
  RECKON_ASSIGN_OR_RETURN(const int64_t top_k, config.IntOr("generation.top_k", options.top_k));
  options.top_k = static_cast<int32_t>(std::clamp<int64_t>(top_k, 0, std::numeric_limits<int32_t>::max()));
  const absl::Status valid = Sampler::Create(options).status();
  if (!valid.ok()) return Annotate(valid, absl::StrCat(config.origin(), " (generation_config)"));
  return options;
}

}  // namespace reckon
