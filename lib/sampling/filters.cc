#include "sampling/filters.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>

#include "sampling/mass_cut.h"
#include "sampling/softmax.h"

namespace reckon {
namespace {

// Writes every element and moves on only past the kept ones: no branch to mispredict. keep(i) may look at element i
// only.
template <typename Keep>
void KeepIf(Candidates& candidates, const Keep& keep) {
  size_t kept = 0;
  for (size_t i = 0; i < candidates.count; ++i) {
    const TokenId id = candidates.ids[i];
    const float weight = candidates.weights[i];
    const bool stays = keep(i);
    candidates.ids[kept] = id;
    candidates.weights[kept] = weight;
    kept += stays ? 1 : 0;
  }
  candidates.count = kept;
}

// Appends values[begin, end) that are >= at_least.
void Append(const float* values, size_t begin, size_t end, float at_least, Candidates& out) {
  size_t count = out.count;
  for (size_t i = begin; i < end; ++i) {
    out.ids[count] = static_cast<TokenId>(i);
    out.weights[count] = values[i];
    count += values[i] >= at_least ? 1 : 0;
  }
  out.count = count;
}

void Reserve(size_t n, Candidates& out) {
  if (out.ids.size() < n) {
    out.ids.resize(n);
    out.weights.resize(n);
  }
  out.count = 0;
}

// The k-th largest of values[0, n), 1 <= k <= n. Changes their order.
float KthLargest(float* values, size_t n, size_t k) {
  std::nth_element(values, values + (k - 1), values + n, std::greater<>());
  return values[k - 1];
}

// Positive floats are ordered like their bits. Weights are at most 1, so this is smallest for the largest weight.
uint32_t DescendingKey(float weight) { return std::bit_cast<uint32_t>(1.0f) - std::bit_cast<uint32_t>(weight); }

}  // namespace

void TakeAtLeast(absl::Span<const float> logits, float at_least, absl::Span<const float> block_max, Candidates& out) {
  Reserve(logits.size(), out);
  for (size_t block = 0; block < block_max.size(); ++block) {
    if (!(block_max[block] >= at_least)) continue;
    const size_t begin = block * kBlock;
    Append(logits.data(), begin, std::min(begin + kBlock, logits.size()), at_least, out);
  }
}

void TakeTopK(absl::Span<const float> logits, size_t k, absl::Span<const float> block_max, FilterScratch& scratch,
              Candidates& out) {
  if (scratch.values.size() < logits.size()) scratch.values.resize(logits.size());
  // The k-th largest block maximum has k values at or above it, so the k-th largest value is not below it.
  float bound = -std::numeric_limits<float>::infinity();
  if (k <= block_max.size()) {
    std::copy(block_max.begin(), block_max.end(), scratch.values.begin());
    bound = KthLargest(scratch.values.data(), block_max.size(), k);
  }
  TakeAtLeast(logits, bound, block_max, out);
  if (out.count <= k) return;
  std::copy_n(out.weights.begin(), out.count, scratch.values.begin());
  const float kth = KthLargest(scratch.values.data(), out.count, k);
  size_t equals = k;  // places left for values equal to the k-th
  for (size_t i = 0; i < out.count; ++i) equals -= out.weights[i] > kth ? 1 : 0;
  KeepIf(out, [&](size_t i) {
    const float value = out.weights[i];
    if (value != kth) return value > kth;
    if (equals == 0) return false;
    --equals;
    return true;
  });
}

void TakeWeights(const float* weights, size_t n, float at_least, Candidates& out) {
  Reserve(n, out);
  at_least = std::max(at_least, std::numeric_limits<float>::min());
  for (size_t begin = 0; begin < n; begin += kBlock) {
    const size_t end = std::min(begin + kBlock, n);
    if (MaxOf(weights + begin, end - begin) >= at_least) Append(weights, begin, end, at_least, out);
  }
}

void DropWeightless(Candidates& candidates) {
  KeepIf(candidates, [&](size_t i) { return candidates.weights[i] > 0.0f; });
}

void KeepTypical(float mass, double total, const float* logits, float max, float temperature, FilterScratch& scratch,
                 Candidates& candidates) {
  if (scratch.values.size() < candidates.count) scratch.values.resize(candidates.ids.size());
  // With x = (logit - max) / temperature and p = exp(x) / total, surprise is log(total) - x and entropy the mean of
  // that: log(total) falls out of the difference, and no logarithm is needed.
  float* distance = scratch.values.data();
  double mean = 0.0;
  for (size_t i = 0; i < candidates.count; ++i) {
    distance[i] = (logits[candidates.ids[i]] - max) / temperature;
    mean += static_cast<double>(candidates.weights[i]) * static_cast<double>(distance[i]);
  }
  mean /= total;
  for (size_t i = 0; i < candidates.count; ++i) {
    distance[i] = static_cast<float>(std::abs(static_cast<double>(distance[i]) - mean));
  }
  const auto key_of = [distance](size_t i) { return std::bit_cast<uint32_t>(distance[i]); };
  const MassCut cut =
      FindMassCut(candidates.count, key_of, candidates.weights.data(), static_cast<double>(mass) * total, scratch.mass);
  KeepIf(candidates, [&](size_t i) { return key_of(i) <= cut.key; });
}

void KeepTopP(float mass, double total, FilterScratch& scratch, Candidates& candidates) {
  const float* weights = candidates.weights.data();
  const auto key_of = [weights](size_t i) { return DescendingKey(weights[i]); };
  const MassCut cut = FindMassCut(candidates.count, key_of, weights, static_cast<double>(mass) * total, scratch.mass);
  KeepIf(candidates, [&](size_t i) { return cut.Keeps(key_of(i), i); });
}

float TopPBound(float mass, double total, size_t n) {
  // 0.99: more than what rounding can do to the sums.
  return static_cast<float>(0.99 * (1.0 - static_cast<double>(mass)) * total / static_cast<double>(n));
}

void KeepMinP(float ratio, Candidates& candidates) {
  const float bound = ratio * MaxOf(candidates.weights.data(), candidates.count);
  KeepIf(candidates, [&](size_t i) { return candidates.weights[i] >= bound; });
}

float MinPBound(float ratio, float max, float temperature) {
  // ratio >= 2^exponent; frexp and nextafter are exact everywhere, and a bound that is too low does no harm.
  int exponent = 0;
  std::frexp(ratio, &exponent);
  const double scaled = 0.6932 * (exponent - 1) - 0.01;
  const double bound = static_cast<double>(max) + scaled * static_cast<double>(temperature);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (bound < static_cast<double>(std::numeric_limits<float>::lowest())) return -kInfinity;
  return std::nextafter(static_cast<float>(bound), -kInfinity);
}

void ExcludeTopChoices(float threshold, double total, Candidates& candidates) {
  const double bound = static_cast<double>(threshold) * total;
  size_t choices = 0;
  size_t least = 0;
  for (size_t i = 0; i < candidates.count; ++i) {
    if (static_cast<double>(candidates.weights[i]) < bound) continue;
    if (choices == 0 || candidates.weights[i] <= candidates.weights[least]) least = i;
    ++choices;
  }
  if (choices < 2) return;
  KeepIf(candidates, [&](size_t i) { return i == least || static_cast<double>(candidates.weights[i]) < bound; });
}

}  // namespace reckon
