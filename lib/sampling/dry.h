// DRY ("don't repeat yourself") by p-e-w: https://github.com/oobabooga/text-generation-webui/pull/5677
#ifndef RECKON_LIB_SAMPLING_DRY_H_
#define RECKON_LIB_SAMPLING_DRY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "reckon/sampler.h"
#include "reckon/types.h"

namespace reckon {

// Holds the breakers and the scratch memory, so that Apply() allocates only when the vocabulary or the text grows.
// Not thread-safe.
class Dry {
 public:
  explicit Dry(const SamplerOptions& options);

  // `text` is the text so far, oldest first; logits [vocab_size] is changed in place.
  //
  // Wherever the last n tokens of the text (n >= 1, as many as possible, up to and not including the last breaker)
  // stand earlier in the text, the token that followed them there would extend a repetition of length n. For each such
  // token, breakers apart, the longest n counts: if n >= allowed_length, its logit loses multiplier * base^(n -
  // allowed_length). The penalty is capped at 1e30, so that a long repetition cannot turn a logit into minus infinity.
  // Costs: O(text + log(breakers) per match), whatever the text: the matches come from one Z-function.
  void Apply(absl::Span<const TokenId> text, absl::Span<float> logits);

 private:
  [[nodiscard]] bool IsBreaker(TokenId token) const;
  void FindMatches(absl::Span<const TokenId> text, size_t reach, size_t vocab_size);
  [[nodiscard]] float Penalty(size_t length) const;

  double multiplier_;
  double base_;
  size_t allowed_length_;
  std::vector<TokenId> breakers_;  // ascending

  std::vector<uint32_t> match_;     // [text]: Z-function of the reversed text
  std::vector<uint32_t> longest_;   // [vocab_size]: the longest repetition that the token would extend; 0 between calls
  std::vector<TokenId> extending_;  // the tokens whose longest_ is not 0
};

}  // namespace reckon

#endif  // RECKON_LIB_SAMPLING_DRY_H_
