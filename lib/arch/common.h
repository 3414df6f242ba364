// What the families that descend from Llama share: the keys of their config and the names of their tensors.
#ifndef RECKON_LIB_ARCH_COMMON_H_
#define RECKON_LIB_ARCH_COMMON_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "arch/architecture.h"
#include "checkpoint/config.h"

namespace reckon {

// Fills sizes, rope and tensor names ("model.layers.N.self_attn.q_proj.weight"...) and checks their ranges; no biases,
// no q/k norms, no sliding window: those are the family's to add. Errors: INVALID_ARGUMENT naming the key.
absl::StatusOr<Architecture> MakeLlamaLike(const Config& config);

// Adds "self_attn.{q,k,v}_proj.bias" (and o_proj's) to every layer.
void AddAttentionBiases(Architecture* architecture, bool with_output);

// Qwen's "use_sliding_window", "sliding_window" and "max_window_layers". Errors: INVALID_ARGUMENT naming the key.
absl::Status ReadSlidingWindow(const Config& config, Architecture* architecture);

// Reads rope_theta and rope_scaling. Errors: UNIMPLEMENTED for a scaling that is not known.
absl::StatusOr<RopeConfig> ReadRope(const Config& config, int64_t rotary_dim, int64_t max_position_embeddings);

}  // namespace reckon

#endif  // RECKON_LIB_ARCH_COMMON_H_
