// How far two sets of logits are apart.
#ifndef RECKON_TESTS_GOLDEN_DIVERGENCE_H_
#define RECKON_TESTS_GOLDEN_DIVERGENCE_H_

#include <cstdint>

#include "absl/types/span.h"

namespace reckon::testing {

// Sums over positions; add as many sequences as there are.
class Divergence {
 public:
  // Shapes: both [positions][vocab_size], row-major and of the same size. A value that is not finite makes every figure
  // infinite.
  void Add(absl::Span<const float> reference, absl::Span<const float> logits, int64_t vocab_size);

  int64_t positions() const { return positions_; }
  double max_difference() const { return max_difference_; }
  // The largest difference relative to the reference's largest logit.
  double relative() const { return max_difference_ / max_reference_; }
  // KL(reference || logits) in nats per token.
  double kl_mean() const { return kl_sum_ / static_cast<double>(positions_); }
  double kl_max() const { return kl_max_; }
  // Positions where the likeliest token is the same.
  int64_t same_argmax() const { return same_argmax_; }

 private:
  int64_t positions_ = 0;
  int64_t same_argmax_ = 0;
  double max_difference_ = 0;
  double max_reference_ = 0;
  double kl_sum_ = 0;
  double kl_max_ = 0;
};

}  // namespace reckon::testing

#endif  // RECKON_TESTS_GOLDEN_DIVERGENCE_H_
