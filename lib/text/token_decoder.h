// Tokens back to text: the bytes of each token, and how bytes that are not UTF-8 are shown.
#ifndef RECKON_LIB_TEXT_TOKEN_DECODER_H_
#define RECKON_LIB_TEXT_TOKEN_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/hash_table.h"
#include "reckon/types.h"
#include "text/vocabulary.h"

namespace reckon {

struct DecoderOptions {
  // Spellings are in GPT-2's byte alphabet. If not: in the letters of the text itself.
  bool byte_alphabet = true;
  // Replacements in spellings, in order ("▁" -> " "). Not in the byte alphabet.
  std::vector<std::pair<std::string, std::string>> replacements;
  // <0x00>...<0xFF> are bytes.
  bool byte_fallback = false;
  // So many spaces are taken away where the text begins.
  size_t strip_spaces = 0;
  // ... but at each token that begins the text anew, since nothing was left of the ones before (sentencepiece with
  // remove_extra_whitespaces).
  bool strip_each_token = false;
  // ... and behind each verbatim token, where a piece of text was encoded by itself (ChatGLM3).
  bool strip_after_verbatim = false;

  // What becomes U+FFFD.
  enum class Invalid {
    kSubparts,  // each maximal ill-formed part (Rust, Python; `tokenizers` for byte-level BPE)
    kBytes,     // each byte of such a part (sentencepiece)
    kByteRuns,  // each byte of a run of byte tokens that is not UTF-8 as a whole (`tokenizers` for byte fallback)
  };
  Invalid invalid = Invalid::kSubparts;
};

class TokenDecoder {
 public:
  TokenDecoder() = default;
  // Spells all tokens of `vocabulary` out at once; it is not needed afterwards. Ids in `verbatim` stand for their
  // spelling.
  TokenDecoder(const Vocabulary& vocabulary, DecoderOptions options, const std::vector<TokenId>& verbatim);

  // The token's text becomes `bytes` whatever its spelling (sentencepiece shows <unk> as " ⁇ ").
  void Override(TokenId id, absl::string_view bytes);

  const DecoderOptions& options() const { return options_; }
  // "" for ids outside.
  absl::string_view Bytes(TokenId id) const;
  bool IsByte(TokenId id) const {
    return id >= 0 && static_cast<size_t>(id) < is_byte_.size() && is_byte_[static_cast<size_t>(id)];
  }

  // Whether strip_spaces may take something from this token. sentencepiece only means the spaces of its pieces, not the
  // byte <0x20> or the spaces in what stands for <unk>.
  bool IsStrippable(TokenId id) const {
    return options_.invalid != DecoderOptions::Invalid::kBytes || (!IsByte(id) && !overridden_.contains(id));
  }
  bool IsVerbatim(TokenId id) const { return verbatim_.contains(id); }

  // All of `ids` but those that `skip` says.
  std::string Decode(absl::Span<const TokenId> ids, absl::FunctionRef<bool(TokenId)> skip) const;

 private:
  std::string DecodeByteRuns(absl::Span<const TokenId> ids, absl::FunctionRef<bool(TokenId)> skip) const;

  DecoderOptions options_;
  std::string bytes_;
  std::vector<std::pair<uint32_t, uint32_t>> spans_;  // per id: offset and length in bytes_
  std::vector<bool> is_byte_;
  HashSet<TokenId> verbatim_;
  HashSet<TokenId> overridden_;
};

// Decodes token by token. Holds at most three bytes: the beginning of a character.
// With Invalid::kByteRuns ill-formed bytes are shown as with kSubparts: the run's end is not known yet.
class TextAssembler {
 public:
  // `decoder` must outlive it.
  explicit TextAssembler(const TokenDecoder* decoder) : decoder_(decoder) { Reset(); }

  // Appends the text that `id` completes.
  void Push(TokenId id, std::string* out);
  // Passes over `id`, a special token that is not to be shown.
  void Skip(TokenId id);
  // Appends what is left, and begins anew.
  void Flush(std::string* out);

 private:
  void Reset();
  void AppendInvalid(size_t length, std::string* out) const;

  const TokenDecoder* decoder_;
  std::string pending_;
  size_t strip_ = 0;
};

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_TOKEN_DECODER_H_
