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

// Steps are applied in the order of the members: logit bias, penalties, DRY, temperature, top-k, typical, top-p, min-p,
// XTC, then one draw. The defaults do nothing: an untouched SamplerOptions samples from the model's own distribution.
struct SamplerOptions {
  // Added to the logits of these tokens; -infinity forbids a token.
  std::vector<std::pair<TokenId, float>> logit_bias = {};

  // Divides positive and multiplies negative logits of tokens seen before; 1 is off. Keskar et al. 2019, arXiv 1909.05858.
  float repetition_penalty = 1.0f;
  // Subtracted once from every token seen before; 0 is off. (OpenAI API)
  float presence_penalty = 0.0f;
  // Subtracted once for each time that a token was seen; 0 is off. (OpenAI API)
  float frequency_penalty = 0.0f;
  // How many of the latest tokens count as "seen" for the penalties and DRY; -1: all, 0: none.
  int32_t penalty_window = -1;

  // DRY ("don't repeat yourself"): a token that would extend a repetition of length n >= dry_allowed_length costs
  // dry_multiplier * dry_base^(n - dry_allowed_length). 0 is off. A repetition does not reach across dry_breakers.
  float dry_multiplier = 0.0f;
  float dry_base = 1.75f;
  int32_t dry_allowed_length = 2;
  std::vector<TokenId> dry_breakers = {};

  // Divides the logits. 0 (and any value below 1e-6) is greedy: the most likely token, the lowest id among equals.
  float temperature = 1.0f;
  // Keep the k most likely tokens; 0 is off.
  int32_t top_k = 0;
  // Locally typical sampling: keep tokens whose surprise is near the entropy, up to this mass; 1 is off. arXiv 2202.00666.
  float typical_p = 1.0f;
  // Nucleus: keep the smallest set of likely tokens with at least this mass; 1 is off. arXiv 1904.09751.
  float top_p = 1.0f;
  // Keep tokens at least this likely relative to the best one; 0 is off. arXiv 2407.01082.
  float min_p = 0.0f;
  // XTC ("exclude top choices"): with this probability, drop every token at or above xtc_threshold except the least
  // likely of them. 0 is off.
  float xtc_probability = 0.0f;
  float xtc_threshold = 0.1f;

  // The same seed, options, logits and history give the same tokens on every machine.
  uint64_t seed = 0;
};

// Holds the options, the history that penalties look at, and the random state.
// Threads: one thread at a time. Copying copies the state: both copies go on with the same numbers.
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
  // Errors: INVALID_ARGUMENT if logits is empty, no token is possible (all -infinity) or a logit is NaN or +infinity.
  // Cost: O(vocab_size); sorts only what the filters keep. Allocates only when the vocabulary grows.
  [[nodiscard]] absl::StatusOr<TokenId> Sample(absl::Span<const float> logits);

  // The distribution that Sample() would draw from (before the draw, XTC's coin not thrown), for tests and for callers
  // that show alternatives. Shapes: returns [logits.size()], sums to 1.
  [[nodiscard]] absl::StatusOr<std::vector<float>> Distribution(absl::Span<const float> logits) const;

  // Tells the sampler about tokens of the text so far: the prompt, and each token that was taken.
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
