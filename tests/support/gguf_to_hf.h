// SmolLM2's GGUF file as the Hugging Face folder that it was made from, but for what quantizing lost: weights as F32,
// rows of q and k back in the published order.
#ifndef RECKON_TESTS_SUPPORT_GGUF_TO_HF_H_
#define RECKON_TESTS_SUPPORT_GGUF_TO_HF_H_

#include <string>

#include "absl/status/status.h"

namespace reckon::testing {

// Writes config.json, tokenizer.json, tokenizer_config.json and model.safetensors (4 bytes a parameter) of a llama
// model with SmolLM's tokenizer into a folder that exists.
absl::Status WriteFolderOfGguf(const std::string& gguf_path, const std::string& folder);

}  // namespace reckon::testing

#endif  // RECKON_TESTS_SUPPORT_GGUF_TO_HF_H_
