// A tokenizer taken apart. The readers (tokenizer_json, gguf_vocabulary, sentencepiece_model) fill it in.
#ifndef RECKON_LIB_TEXT_TOKENIZER_PARTS_H_
#define RECKON_LIB_TEXT_TOKENIZER_PARTS_H_

#include <memory>
#include <optional>
#include <vector>

#include "reckon/types.h"
#include "text/added_tokens.h"
#include "text/normalizer.h"
#include "text/pretokenizer.h"
#include "text/subword_model.h"
#include "text/token_decoder.h"
#include "text/vocabulary.h"

namespace reckon {

struct TokenizerParts {
  std::unique_ptr<Vocabulary> vocabulary = std::make_unique<Vocabulary>();  // the model points to it
  AddedTokens added_tokens;
  Normalizer normalizer;
  PreTokenizer pretokenizer;
  std::unique_ptr<SubwordModel> model;
  TokenDecoder decoder;
  // What EncodeOptions::add_special puts around a text.
  std::vector<TokenId> prefix;
  std::vector<TokenId> suffix;
  std::optional<TokenId> bos_id;
  std::optional<TokenId> eos_id;
  std::optional<TokenId> pad_id;
};

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_TOKENIZER_PARTS_H_
