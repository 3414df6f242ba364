// GGUF's names for tensors and their counterparts in Hugging Face checkpoints.
#ifndef RECKON_LIB_CHECKPOINT_GGUF_NAMES_H_
#define RECKON_LIB_CHECKPOINT_GGUF_NAMES_H_

#include <string>

#include "absl/strings/string_view.h"

namespace reckon {

// "blk.3.attn_q.weight" -> "model.layers.3.self_attn.q_proj.weight". `architecture` is general.architecture: phi3 and
// chatglm keep gate and up in one tensor under ffn_up's name. A name that is not known is returned as it is.
std::string HfTensorName(absl::string_view architecture, absl::string_view gguf_name);

}  // namespace reckon

#endif  // RECKON_LIB_CHECKPOINT_GGUF_NAMES_H_
