// What cuts a word into tokens. One file per kind: bpe_model, llama_vocabulary, sentencepiece_model.
#ifndef RECKON_LIB_TEXT_SUBWORD_MODEL_H_
#define RECKON_LIB_TEXT_SUBWORD_MODEL_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "reckon/types.h"
#include "text/bpe_merge.h"

namespace reckon {

// Immutable after it is made. Threads: Encode() may be called concurrently, each with its own workspace.
class SubwordModel {
 public:
  virtual ~SubwordModel() = default;

  // Appends the tokens of `word`: valid UTF-8, not empty, below 2^31 bytes, normalized and pre-tokenized.
  virtual absl::Status Encode(absl::string_view word, BpeWorkspace* workspace, std::vector<TokenId>* out) const = 0;
};

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_SUBWORD_MODEL_H_
