// The vocabulary of GGUF's "llama" tokenizer: sentencepiece BPE without the model file. There is no list of merges; two
// neighbours merge if the vocabulary has their concatenation, the highest score first.
// Reference: the sentencepiece library, src/bpe_model.cc (Kudo and Richardson 2018, arXiv:1808.06226).
#ifndef RECKON_LIB_TEXT_LLAMA_VOCABULARY_H_
#define RECKON_LIB_TEXT_LLAMA_VOCABULARY_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/flat_map.h"
#include "base/hash_table.h"
#include "checkpoint/tokenizer_assets.h"
#include "text/subword_model.h"
#include "text/vocabulary.h"

namespace reckon {

// Kinds of token in GGUF (and, with the same numbers, in sentencepiece's ModelProto).
enum class PieceType : int32_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6 };

class LlamaVocabulary : public SubwordModel {
 public:
  // `tokens` must outlive the model.
  // Errors: INVALID_ARGUMENT if there are scores for some tokens only, or a score is not a number.
  static absl::StatusOr<std::unique_ptr<LlamaVocabulary>> Make(const GgufVocabulary& gguf, const Vocabulary* tokens);

  // `word` has its spaces written as U+2581 already.
  absl::Status Encode(absl::string_view word, BpeWorkspace* workspace, std::vector<TokenId>* out) const override;

 private:
  friend class LlamaMergeRule;
  struct Piece {
    TokenId id;
    uint32_t rank;  // by score, the highest first; equal scores have equal ranks
    bool unused;    // may be a step on the way, but is taken apart at the end
  };
  // How an unused piece was made: the length of its left part.
  using Splits = HashMap<absl::string_view, size_t>;

  LlamaVocabulary() = default;
  void AppendPiece(absl::string_view piece, const Splits& splits, bool* after_unknown, std::vector<TokenId>* out) const;
  void AppendUnknown(absl::string_view piece, bool* after_unknown, std::vector<TokenId>* out) const;

  FlatMap<absl::string_view, Piece> pieces_;
  size_t longest_ = 0;  // in bytes
  bool byte_fallback_ = false;
  std::array<TokenId, 256> byte_ids_{};
  std::optional<TokenId> unk_id_;
};

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_LLAMA_VOCABULARY_H_
