// Makes a tokenizer of the vocabulary inside a GGUF file (keys tokenizer.ggml.*).
// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
#ifndef RECKON_LIB_TEXT_GGUF_VOCABULARY_H_
#define RECKON_LIB_TEXT_GGUF_VOCABULARY_H_

#include "absl/status/statusor.h"
#include "checkpoint/tokenizer_assets.h"
#include "text/tokenizer_parts.h"

namespace reckon {

// Model "gpt2" becomes what tokenizer.json of the same model would be: GGUF keeps only the name of the pre-tokenizer,
// and no normalizer; both are taken from the models that the name stands for. Model "llama" becomes sentencepiece BPE.
// Tokens of type "control" are special added tokens, "user defined" ones are added tokens.
// Errors: UNIMPLEMENTED for another model or pre-tokenizer, INVALID_ARGUMENT for tables that contradict each other; the
//   key is in the message.
absl::StatusOr<TokenizerParts> ReadGgufVocabulary(const GgufVocabulary& gguf);

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_GGUF_VOCABULARY_H_
