// Byte-pair encoding with a list of merges: Qwen2, Llama-3, GPT-2 (over bytes), and Llama-2 and Phi-3 as tokenizer.json
// has them (over characters, with byte fallback). Semantics: models::BPE of Hugging Face `tokenizers`.
#ifndef RECKON_LIB_TEXT_BPE_MODEL_H_
#define RECKON_LIB_TEXT_BPE_MODEL_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/flat_map.h"
#include "text/subword_model.h"
#include "text/vocabulary.h"

namespace reckon {

class BpeModel : public SubwordModel {
 public:
  struct Options {
    // The symbols that merging begins with: bytes, spelled in GPT-2's alphabet, or characters.
    bool bytes = true;
    // Characters that are not in the vocabulary become the tokens <0x00>...<0xFF> of their bytes.
    bool byte_fallback = false;
    // The token for what is in neither way; none: it is left out.
    std::optional<TokenId> unk_id;
    // Neighbouring unknown characters become one token.
    bool fuse_unk = false;
    // A word that is in the vocabulary is its token, whatever the merges say (Llama-3).
    bool ignore_merges = false;
  };

  // `vocabulary` must outlive the model and hold all tokens already.
  BpeModel(const Vocabulary* vocabulary, const Options& options);

  void ReserveMerges(size_t count) { merges_.Reserve(count); }
  size_t merges() const { return next_rank_; }
  struct MergeText {
    absl::string_view left;
    absl::string_view right;
  };
  // Adds the next merges in order of rank; kMergesTogether at a time is the fastest, since they wait for memory
  // together. Errors: INVALID_ARGUMENT if a part or the result is not in the vocabulary; merges() says how many were
  // added before.
  static constexpr size_t kMergesTogether = 16;
  absl::Status AddMerges(absl::Span<const MergeText> merges);

  absl::Status Encode(absl::string_view word, BpeWorkspace* workspace, std::vector<TokenId>* out) const override;

  // Called by the merge loop.
  bool Find(const BpeSymbol& left, const BpeSymbol& right, uint32_t* rank, uint32_t* merged) const {
    const Merge* const merge = merges_.Find((uint64_t{left.id} << 32) | right.id);
    if (merge == nullptr) return false;
    *rank = merge->rank;
    *merged = merge->id;
    return true;
  }

 private:
  struct Merge {
    uint32_t rank;
    uint32_t id;
  };

  absl::Status FindMerge(const MergeText& merge, uint64_t* pair, TokenId* merged) const;
  void SplitBytes(absl::string_view word, std::vector<BpeSymbol>* symbols) const;
  void SplitCharacters(absl::string_view word, std::vector<BpeSymbol>* symbols) const;
  bool AppendBytes(absl::string_view character, uint32_t begin, std::vector<BpeSymbol>* symbols) const;

  const Vocabulary* vocabulary_;
  Options options_;
  std::array<std::optional<TokenId>, 256> byte_ids_;      // of one-byte tokens in GPT-2's alphabet
  std::array<std::optional<TokenId>, 256> fallback_ids_;  // of <0x00>...<0xFF>
  uint32_t next_rank_ = 0;
  TokenId next_merged_ = 0;
  FlatMap<uint64_t, Merge> merges_;  // by left id << 32 | right id
};

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_BPE_MODEL_H_
