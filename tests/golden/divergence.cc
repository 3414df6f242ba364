#include "golden/divergence.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace reckon::testing {
namespace {

double LogSumExp(absl::Span<const float> row) {
  const double top = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (const float x : row) sum += std::exp(x - top);
  return top + std::log(sum);
}

double KullbackLeibler(absl::Span<const float> p, absl::Span<const float> q) {
  const double p_total = LogSumExp(p);
  const double q_total = LogSumExp(q);
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    const double log_p = p[i] - p_total;
    sum += std::exp(log_p) * (log_p - (q[i] - q_total));
  }
  return sum;
}

}  // namespace

void Divergence::Add(absl::Span<const float> reference, absl::Span<const float> logits, int64_t vocab_size) {
  const auto width = static_cast<size_t>(vocab_size);
  for (size_t at = 0; at + width <= reference.size(); at += width) {
    const auto p = reference.subspan(at, width);
    const auto q = logits.subspan(at, width);
    ++positions_;
    if (!std::all_of(q.begin(), q.end(), [](float x) { return std::isfinite(x); })) {
      max_difference_ = kl_sum_ = kl_max_ = std::numeric_limits<double>::infinity();
      continue;
    }
    for (size_t i = 0; i < width; ++i) {
      max_difference_ = std::max(max_difference_, std::abs(static_cast<double>(p[i]) - q[i]));
      max_reference_ = std::max(max_reference_, std::abs(static_cast<double>(p[i])));
    }
    const double kl = KullbackLeibler(p, q);
    kl_sum_ += kl;
    kl_max_ = std::max(kl_max_, kl);
    const auto best_p = std::max_element(p.begin(), p.end()) - p.begin();
    const auto best_q = std::max_element(q.begin(), q.end()) - q.begin();
    if (best_p == best_q) ++same_argmax_;
  }
}

}  // namespace reckon::testing
