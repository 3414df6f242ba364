// tokenizer.model files, through the sentencepiece library.
#ifndef RECKON_LIB_TEXT_SENTENCEPIECE_MODEL_H_
#define RECKON_LIB_TEXT_SENTENCEPIECE_MODEL_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "text/tokenizer_config.h"
#include "text/tokenizer_parts.h"

namespace reckon {

// The pieces of type "control" become special added tokens, and so do the tokens that `config` lists and the role
// markers of ChatGLM3 (which its tokenizer class knows, no file does). BOS goes in front of every text unless `config`
// says no. Errors: INVALID_ARGUMENT if the file is damaged, UNIMPLEMENTED if it is neither BPE nor unigram.
absl::StatusOr<TokenizerParts> ReadSentencePieceModel(absl::string_view bytes, const TokenizerConfig& config);

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_SENTENCEPIECE_MODEL_H_
