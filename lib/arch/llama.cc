// Llama 2 and 3 (arXiv 2307.09288, 2407.21783), TinyLlama, SmolLM2, DeepSeek-R1-Distill-Llama: the plain form.
#include "absl/strings/str_cat.h"
#include "arch/common.h"
#include "arch/registry.h"
#include "base/status.h"

namespace reckon {

absl::StatusOr<Architecture> MakeLlama(const Config& config) {
  RECKON_ASSIGN_OR_RETURN(Architecture a, MakeLlamaLike(config));
  RECKON_ASSIGN_OR_RETURN(const bool attention_bias, config.BoolOr("attention_bias", false));
  if (attention_bias) AddAttentionBiases(&a, /*with_output=*/true);
  RECKON_ASSIGN_OR_RETURN(const bool mlp_bias, config.BoolOr("mlp_bias", false));
  if (mlp_bias) {
    return absl::UnimplementedError(
        absl::StrCat(config.origin(), ": mlp_bias is true; biases in the feed-forward layers are not implemented"));
  }
  return a;
}

}  // namespace reckon
