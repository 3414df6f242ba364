// Phi-3-mini, Phi-3.5-mini (arXiv 2404.14219) and Phi-4-mini (arXiv 2503.01743): Llama's layers with q, k and v in one
// tensor, gate and up in another, a sliding window in all layers, LongRoPE in the versions with a long context;
// Phi-4-mini rotates part of each head and shares its head with the embedding.
#include <string>

#include "absl/strings/str_cat.h"
#include "arch/common.h"
#include "arch/registry.h"
#include "base/status.h"

namespace reckon {

absl::StatusOr<Architecture> MakePhi3(const Config& config) {
  RECKON_ASSIGN_OR_RETURN(Architecture a, MakeLlamaLike(config));
  RECKON_ASSIGN_OR_RETURN(a.sliding_window, config.IntOr("sliding_window", 0));
  if (a.sliding_window < 0) return config.Error("sliding_window", absl::StrCat("is ", a.sliding_window));
  const int64_t q = a.query_size();
  const int64_t kv = a.key_value_size();
  const int64_t qkv = q + 2 * kv;
  for (int64_t i = 0; i < a.num_hidden_layers; ++i) {
    LayerTensors& layer = a.layers[static_cast<size_t>(i)];
    const std::string prefix = absl::StrCat("model.layers.", i, ".");
    const std::string fused_qkv = prefix + "self_attn.qkv_proj.weight";
    layer.q = {fused_qkv, 0, q, qkv};
    layer.k = {fused_qkv, q, kv, qkv};
    layer.v = {fused_qkv, q + kv, kv, qkv};
    const std::string fused_gate_up = prefix + "mlp.gate_up_proj.weight";
    layer.gate = {fused_gate_up, 0, a.intermediate_size, 2 * a.intermediate_size};
    layer.up = {fused_gate_up, a.intermediate_size, a.intermediate_size, 2 * a.intermediate_size};
  }
  return a;
}

}  // namespace reckon
