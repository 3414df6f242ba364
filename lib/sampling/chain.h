// The steps of the sampler up to the draw, in the order that reckon/sampler.h states, and the memory they work in.
#ifndef RECKON_LIB_SAMPLING_CHAIN_H_
#define RECKON_LIB_SAMPLING_CHAIN_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "reckon/sampler.h"
#include "reckon/types.h"
#include "sampling/dry.h"
#include "sampling/filters.h"
#include "sampling/history.h"
#include "sampling/softmax.h"

namespace reckon {

// Run() first; the other members then speak about its result. Not thread-safe.
// Memory: only what the options need, at most about 28 bytes per token of the vocabulary; kept between runs.
class Chain {
 public:
  // `options` must outlive the chain.
  explicit Chain(const SamplerOptions& options);

  // Everything except XTC. `logits` must stay valid until the next run.
  // Errors: as Sampler::Sample().
  absl::Status Run(absl::Span<const float> logits, const History& history);

  // True if Run() left one token without looking at probabilities; peak() is it.
  [[nodiscard]] bool greedy() const { return greedy_; }
  [[nodiscard]] TokenId peak() const { return static_cast<TokenId>(peak_.index); }

  // The step after Run(), if its coin says so. Not when greedy.
  void ExcludeTopChoices();
  // The token that a uniform `u` in [0, 1) draws. Not when greedy.
  [[nodiscard]] TokenId Pick(double u) const;
  // The probabilities of all tokens: [logits.size()].
  [[nodiscard]] std::vector<float> Probabilities() const;

 private:
  absl::StatusOr<absl::Span<const float>> Adjust(absl::Span<const float> logits, const History& history);
  void Weigh(absl::Span<const float> logits);
  void Filter();
  void Gather(float at_least);
  void Sum();

  const SamplerOptions& options_;
  const bool greedy_;
  const bool adjusts_;
  Dry dry_;

  absl::Span<const float> logits_;  // after bias and penalties
  std::vector<float> adjusted_;     // what logits_ points to, where those change anything
  std::vector<float> block_max_;
  Peak peak_{0.0f, 0};

  // Either all tokens are candidates, the weight of token i is dense_[i] and candidates_ is not used, or candidates_
  // has those left. The first saves writing down all ids.
  bool is_dense_ = false;
  std::vector<float> dense_;
  Candidates candidates_;
  FilterScratch scratch_;
  std::vector<double> block_sums_;
  double total_ = 0.0;
};

}  // namespace reckon

#endif  // RECKON_LIB_SAMPLING_CHAIN_H_
