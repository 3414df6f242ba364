// From logits to a token.
//
//   auto sampler = reckon::Sampler::Create({.temperature = 0.6f, .top_p = 0.95f, .seed = 1});
//   absl::StatusOr<reckon::TokenId> id = sampler->Sample(logits);
#ifndef RECKON_SAMPLER_H_
#define RECKON_SAMPLER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "reckon/types.h"

namespace reckon {

// Steps are applied in this order: logit bias; repetition, presence and frequency penalty; DRY; temperature; top-k;
// typical; top-p; min-p; XTC; then one draw. Each filter sees the distribution that the steps before it left, made to
// sum to 1 again, and always leaves at least one token. Where a filter has to choose among equally likely tokens, the
// lower ids stay. The defaults do nothing: an untouched SamplerOptions samples from the model's own distribution.
struct SamplerOptions {
  // Added to the logits of these tokens; -infinity forbids a token. Values for the same token add up.
  std::vector<std::pair<TokenId, float>> logit_bias = {};

  // Divides positive and multiplies negative logits of tokens seen before; above 0, 1 is off. Keskar et al. 2019,
  // arXiv 1909.05858, as in Hugging Face's generate().
  float repetition_penalty = 1.0f;
  // Subtracted once from every token seen before; -100 to 100, 0 is off. (OpenAI API)
  float presence_penalty = 0.0f;
  // Subtracted once for each time that a token was seen; -100 to 100, 0 is off. (OpenAI API)
  float frequency_penalty = 0.0f;
  // How many of the latest tokens count as "seen" for the penalties and DRY; -1: all, 0: none.
  int32_t penalty_window = -1;

  // DRY ("don't repeat yourself", https://github.com/oobabooga/text-generation-webui/pull/5677): a token that would
  // extend a repetition of length n >= dry_allowed_length (at least 1) costs dry_multiplier * dry_base^(n -
  // dry_allowed_length), at most 1e30. 0 is off; dry_base is at least 1. A repetition does not reach across
  // dry_breakers, and breakers themselves cost nothing.
  float dry_multiplier = 0.0f;
  float dry_base = 1.75f;
  int32_t dry_allowed_length = 2;
  std::vector<TokenId> dry_breakers = {};

  // Divides the logits. 0 (and any value below 1e-6) is greedy: the most likely token, the lowest id among equals. The
  // filters below and the seed then have no effect.
  float temperature = 1.0f;
  // Keep the k most likely tokens; 0 is off.
  int32_t top_k = 0;
  // Locally typical sampling: keep the tokens whose surprise is nearest to the entropy until they have this mass, with
  // the one that reaches it and its equals; above 0, 1 is off. arXiv 2202.00666, as in Hugging Face's
  // TypicalLogitsWarper.
  float typical_p = 1.0f;
  // Nucleus: keep the most likely tokens until they have this mass, with the one that reaches it; 0 to 1, 1 is off.
  // arXiv 1904.09751.
  float top_p = 1.0f;
  // Keep tokens at least this likely relative to the best one left; 0 to 1, 0 is off. arXiv 2407.01082.
  float min_p = 0.0f;
  // XTC ("exclude top choices", https://github.com/oobabooga/text-generation-webui/pull/6335): with this probability,
  // drop every token whose probability is at or above xtc_threshold, except the least likely of them. 0 is off. Nothing
  // is dropped unless two tokens reach the threshold, so above 0.5 it has no effect. No token (newline, end of text) is
  // treated specially.
  float xtc_probability = 0.0f;
  float xtc_threshold = 0.1f;

  // The same seed, options, logits (bit for bit) and history give the same tokens on every machine: only IEEE 754
  // arithmetic in a fixed order is used, no function whose last bit depends on the C library. The numbers are
  // xoshiro256++'s, one for XTC's coin if xtc_probability is above 0, then one for the draw, which walks the tokens in
  // the order of their ids. Probabilities are computed in float: a token nearer to a threshold than about 1e-6 of its
  // value may fall on the other side than in exact arithmetic; tokens more than e^87 times less likely than the best
  // are impossible.
  uint64_t seed = 0;
};

// Holds the options, the history that penalties look at, and the random state.
// Threads: one thread at a time; const members may run together. Copying copies the state: both copies go on with the
// same numbers. A sampler that was moved from answers FAILED_PRECONDITION until it is assigned to.
class Sampler {
 public:
  // Checks the options. Errors: INVALID_ARGUMENT naming the member and its allowed range.
  [[nodiscard]] static absl::StatusOr<Sampler> Create(SamplerOptions options);

  Sampler(const Sampler& other);
  Sampler& operator=(const Sampler& other);
  Sampler(Sampler&&) noexcept;
  Sampler& operator=(Sampler&&) noexcept;
  ~Sampler();

  // Picks the next token; does not add it to the history.
  // Shapes: logits [vocab_size], float32, left unchanged.
  // Errors: INVALID_ARGUMENT if logits is empty, no token is possible (all -infinity), a logit is NaN or +infinity (of
  // itself or through bias and penalties), or logit_bias names a token that has no logit. An error uses no random
  // number. Cost: O(vocab_size + history with DRY), nothing is sorted. Greedy and top-k read the logits once. Allocates
  // only when the vocabulary or, with DRY, the history grows.
  [[nodiscard]] absl::StatusOr<TokenId> Sample(absl::Span<const float> logits);

  // The distribution that Sample() would draw from (before the draw, XTC's coin not thrown), for tests and for callers
  // that show alternatives. Shapes: returns [logits.size()], sums to 1.
  [[nodiscard]] absl::StatusOr<std::vector<float>> Distribution(absl::Span<const float> logits) const;

  // Tells the sampler about tokens of the text so far: the prompt, and each token that was taken. Ids that have no
  // logit are allowed (placeholders for images, say): they are part of the text, but nothing is changed for them. Free
  // of cost and memory if no option looks at the history.
  void Accept(TokenId token);
  void Accept(absl::Span<const TokenId> tokens);
  // Forgets the newest `count` tokens of the history (after Session::Truncate).
  void Rewind(size_t count);
  // Forgets the history and starts the random numbers again from the seed.
  void Reset();

  [[nodiscard]] const SamplerOptions& options() const;

 private:
  class Impl;
  explicit Sampler(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace reckon

#endif  // RECKON_SAMPLER_H_
