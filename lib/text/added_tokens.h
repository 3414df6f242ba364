// Tokens that are recognised in the text before anything else happens to it: <think>, <|im_end|>...
// Semantics: AddedVocabulary of Hugging Face `tokenizers`.
#ifndef RECKON_LIB_TEXT_ADDED_TOKENS_H_
#define RECKON_LIB_TEXT_ADDED_TOKENS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/hash_table.h"
#include "reckon/types.h"
#include "text/normalizer.h"

namespace reckon {

struct AddedToken {
  TokenId id = 0;
  std::string content;
  bool single_word = false;  // only where no word character stands beside it
  bool lstrip = false;       // takes the white space on its left with it
  bool rstrip = false;       // and on its right
  bool normalized = false;   // is looked for in the normalized text
  bool special = false;      // only with EncodeOptions::parse_special; left out by DecodeOptions::skip_special
};

// Finds the added tokens in a text, leftmost first, the longest of those that begin at the same place.
class AddedTokens {
 public:
  // The longest content that is accepted, in bytes: matching costs text length x this at worst.
  static constexpr size_t kMaxLength = 1024;

  // Errors: INVALID_ARGUMENT if a token is longer than kMaxLength.
  absl::Status Add(AddedToken token, const Normalizer& normalizer);

  bool IsAdded(TokenId id) const { return added_ids_.contains(id); }
  bool IsSpecial(TokenId id) const { return special_ids_.contains(id); }
  const std::vector<AddedToken>& tokens() const { return tokens_; }

  // Cuts `text` (valid UTF-8) into added tokens and what stands between them, normalizing the latter.
  //   on_token(id): an added token.
  //   on_text(normalized text, first): text without added tokens, never empty; `first` if it begins the whole text.
  void Split(absl::string_view text, const Normalizer& normalizer, bool parse_special,
             absl::FunctionRef<void(TokenId)> on_token, absl::FunctionRef<void(absl::string_view, bool)> on_text) const;

 private:
  // A byte trie over the contents of one kind (raw or normalized).
  class Trie {
   public:
    void Insert(absl::string_view content, uint32_t token);
    bool empty() const { return nodes_.empty(); }
    // The longest content that stands at `pos`: true, with its token and end.
    bool Match(absl::string_view text, size_t pos, uint32_t* token, size_t* end) const;
    bool CanBegin(char byte) const { return first_[static_cast<uint8_t>(byte)]; }

   private:
    static constexpr uint32_t kNone = 0xffffffff;
    std::vector<uint32_t> nodes_;        // per node: the token that ends here
    HashMap<uint64_t, uint32_t> edges_;  // node * 256 + byte -> node
    std::array<bool, 256> first_{};
  };

  void SplitBy(const Trie& trie, absl::string_view text, bool parse_special, absl::FunctionRef<void(TokenId)> on_token,
               absl::FunctionRef<void(absl::string_view, size_t)> on_text) const;

  std::vector<AddedToken> tokens_;
  HashSet<TokenId> added_ids_;
  HashSet<TokenId> special_ids_;
  Trie raw_;
  Trie normalized_;
};

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_ADDED_TOKENS_H_
