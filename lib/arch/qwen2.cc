// Qwen2 and Qwen2.5 (arXiv 2407.10671), and with them DeepSeek-R1-Distill-Qwen (arXiv 2501.12948): Llama's layers with
// biases on q, k and v; optionally a sliding window in the upper layers.
#include "arch/common.h"
#include "arch/registry.h"
#include "base/status.h"

namespace reckon {

absl::StatusOr<Architecture> MakeQwen2(const Config& config) {
  RECKON_ASSIGN_OR_RETURN(Architecture a, MakeLlamaLike(config));
  AddAttentionBiases(&a, /*with_output=*/false);
  RECKON_RETURN_IF_ERROR(ReadSlidingWindow(config, &a));
  return a;
}

}  // namespace reckon
