// Qwen3 (arXiv 2505.09388): no biases, but an RMSNorm over each head's query and key before the rotation, and a head
// size that is given rather than derived.
#include <string>

#include "absl/strings/str_cat.h"
#include "arch/common.h"
#include "arch/registry.h"
#include "base/status.h"

namespace reckon {

absl::StatusOr<Architecture> MakeQwen3(const Config& config) {
  RECKON_ASSIGN_OR_RETURN(Architecture a, MakeLlamaLike(config));
  RECKON_ASSIGN_OR_RETURN(const bool attention_bias, config.BoolOr("attention_bias", false));
  if (attention_bias) AddAttentionBiases(&a, /*with_output=*/true);
  RECKON_RETURN_IF_ERROR(ReadSlidingWindow(config, &a));
  for (int64_t i = 0; i < a.num_hidden_layers; ++i) {
    const std::string attention = absl::StrCat("model.layers.", i, ".self_attn.");
    a.layers[static_cast<size_t>(i)].q_norm = attention + "q_norm.weight";
    a.layers[static_cast<size_t>(i)].k_norm = attention + "k_norm.weight";
  }
  return a;
}

}  // namespace reckon
