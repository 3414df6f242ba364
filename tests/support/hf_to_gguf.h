// A Hugging Face folder as a GGUF file in memory, as ggml's converters write it: the same numbers under other names.
// Shares nothing with lib/checkpoint, so that what is read from one can be compared with what is read from the other.
// References: ggml's docs/gguf.md; conversion/ in github.com/ggml-org/llama.cpp for the names and keys of each family.
#ifndef RECKON_TESTS_SUPPORT_HF_TO_GGUF_H_
#define RECKON_TESTS_SUPPORT_HF_TO_GGUF_H_

#include <string>

namespace reckon::testing {

// The folder's single model.safetensors (F32, F16, BF16; matrices keep their type, vectors become F32 as converters
// have it) of a qwen2, phi3 or chatglm model. A byte-level tokenizer.json comes along under the pre-tokenizer's name
// `pre` (tokenizer.ggml.pre); without one the file has no vocabulary. Throws on anything else.
std::string GgufOfFolder(const std::string& folder, const std::string& pre = "");

}  // namespace reckon::testing

#endif  // RECKON_TESTS_SUPPORT_HF_TO_GGUF_H_
