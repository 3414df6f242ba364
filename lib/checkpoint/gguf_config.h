// What GGUF metadata means: hyper-parameters and vocabulary under the names of the Hugging Face world.
#ifndef RECKON_LIB_CHECKPOINT_GGUF_CONFIG_H_
#define RECKON_LIB_CHECKPOINT_GGUF_CONFIG_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "checkpoint/config.h"
#include "checkpoint/gguf.h"
#include "checkpoint/tokenizer_assets.h"

namespace reckon {

// general.architecture, or INVALID_ARGUMENT.
absl::StatusOr<std::string> GgufArchitecture(const GgufMetadata& metadata, const std::string& origin);

// Translates hyper-parameters. Beyond the plain renames:
//  - model_type is general.architecture; vocab_size is the number of tokens if the key is absent;
//  - rope_scaling.* is set for scaling types other than "none" (both "type" and "rope_type"). Llama 3's scaling has no
//    keys in GGUF: its factors are the tensor "rope_freqs.weight";
//  - partial_rotary_factor is set if only a part of each head is rotated;
//  - eos_token_id is a list if there is an end-of-turn or end-of-message token too;
//  - general.sampling.* becomes "generation.*"; other general.* scalars are kept under "gguf.general.*".
// tie_word_embeddings depends on the tensors and is the caller's.
// Errors: INVALID_ARGUMENT naming file and key.
absl::StatusOr<Config> GgufToConfig(const GgufMetadata& metadata, const std::string& origin);

// Moves the vocabulary and the templates out of `metadata`. Errors: INVALID_ARGUMENT naming file and key.
absl::Status TakeGgufTokenizer(GgufMetadata* metadata, const std::string& origin, TokenizerAssets* assets);

}  // namespace reckon

#endif  // RECKON_LIB_CHECKPOINT_GGUF_CONFIG_H_
