#include "sampling/softmax.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace reckon {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kLowestExponent = -87.25f;

// Halving instead of a running maximum: compilers may not reorder one of those, but they vectorise this.
template <size_t kHalf>
inline void FoldMax(const float* in, float* out) {
  for (size_t i = 0; i < kHalf; ++i) {
    const float a = in[i];
    const float b = in[i + kHalf];
    out[i] = a < b ? b : a;
  }
}

inline float BlockMax(const float* values) {
  float by32[32];
  float by16[16];
  float by8[8];
  float by4[4];
  FoldMax<32>(values, by32);
  FoldMax<16>(by32, by16);
  FoldMax<8>(by16, by8);
  FoldMax<4>(by8, by4);
  return std::max(std::max(by4[0], by4[1]), std::max(by4[2], by4[3]));
}

// False if a value is NaN or +infinity.
inline bool BlockIsValid(const float* values) {
  int32_t invalid = 0;
  for (size_t i = 0; i < kBlock; ++i) invalid |= values[i] < kInfinity ? 0 : 1;
  return invalid == 0;
}

// Sums by halving too; in double, so that the order costs no accuracy.
template <size_t kHalf>
inline void FoldSum(const double* in, double* out) {
  for (size_t i = 0; i < kHalf; ++i) out[i] = in[i] + in[i + kHalf];
}

inline double BlockSum(const float* weights) {
  double by32[32];
  double by16[16];
  double by8[8];
  double by4[4];
  for (size_t i = 0; i < 32; ++i) by32[i] = static_cast<double>(weights[i]) + static_cast<double>(weights[i + 32]);
  FoldSum<16>(by32, by16);
  FoldSum<8>(by16, by8);
  FoldSum<4>(by8, by4);
  return (by4[0] + by4[2]) + (by4[1] + by4[3]);
}

// exp(x) for kLowestExponent <= x <= 0 on a block: x = k ln 2 + r with |r| < 0.35, the Taylor series up to r^7
// (remainder below 6e-9), then 2^k put into the exponent. ln 2 is split so that k * kLn2High is exact (355/512 has 9
// bits, k has 7). The lowest k gives a scale of 0 instead of a denormal result.
inline void ExpBlock(float* x) {
  constexpr float kLog2E = 1.44269504f;
  constexpr float kLn2High = 355.0f / 512.0f;
  constexpr float kLn2Low = -2.12194440e-4f;
  for (size_t i = 0; i < kBlock; ++i) {
    const float value = x[i];
    const auto k = static_cast<int32_t>(value * kLog2E - 0.5f);  // rounds: the cast truncates towards zero
    const auto whole = static_cast<float>(k);
    const float r = (value - whole * kLn2High) - whole * kLn2Low;
    float series = 1.0f / 5040.0f;
    series = series * r + 1.0f / 720.0f;
    series = series * r + 1.0f / 120.0f;
    series = series * r + 1.0f / 24.0f;
    series = series * r + 1.0f / 6.0f;
    series = series * r + 0.5f;
    series = series * r + 1.0f;
    series = series * r + 1.0f;
    const auto half_scale = std::bit_cast<float>(static_cast<uint32_t>(k + 126) << 23);  // 2^(k-1); k >= -126
    x[i] = (series + series) * half_scale;
  }
}

// The argument of exp, clamped to what ExpBlock takes. Not a part of its loop: GCC would make a branch per element of
// it.
inline float Scale(float logit, float max, float temperature) {
  const float scaled = (logit - max) / temperature;
  return scaled < kLowestExponent ? kLowestExponent : scaled;
}

absl::Status InvalidLogit(absl::Span<const float> logits) {
  for (size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] < kInfinity) continue;
    return absl::InvalidArgumentError(absl::StrCat("logits[", i, "] is ", logits[i] == kInfinity ? "+infinity" : "NaN",
                                                   " after logit bias and penalties; logits must be finite or "
                                                   "-infinity"));
  }
  return absl::InternalError("the logits changed while they were read");
}

}  // namespace

float MaxOf(const float* values, size_t n) {
  float max = -kInfinity;
  size_t i = 0;
  for (; i + kBlock <= n; i += kBlock) max = std::max(max, BlockMax(values + i));
  for (; i < n; ++i) max = std::max(max, values[i]);
  return max;
}

absl::StatusOr<Peak> ScanLogits(absl::Span<const float> logits, std::vector<float>& block_max) {
  const size_t n = logits.size();
  if (n == 0) return absl::InvalidArgumentError("there are no logits: the span is empty");
  block_max.resize(BlockCount(n));
  Peak peak{-kInfinity, 0};
  bool valid = true;
  for (size_t block = 0; block < block_max.size(); ++block) {
    const size_t begin = block * kBlock;
    const float* values = logits.data() + begin;
    float max;
    if (begin + kBlock <= n) {
      valid &= BlockIsValid(values);
      max = BlockMax(values);
    } else {
      max = MaxOf(values, n - begin);
      for (size_t i = begin; i < n; ++i) valid &= logits[i] < kInfinity;
    }
    block_max[block] = max;
    if (max > peak.logit) peak = {max, begin};
  }
  if (!valid) return InvalidLogit(logits);
  if (peak.logit == -kInfinity) {
    return absl::InvalidArgumentError("no token is possible: every logit is -infinity after logit bias and penalties");
  }
  while (logits[peak.index] != peak.logit) ++peak.index;
  return peak;
}

void ExpWeights(const float* logits, size_t n, float max, float temperature, float* weights) {
  // The local block lets this work in place, and spares the tail a scalar loop.
  float x[kBlock];
  size_t begin = 0;
  for (; begin + kBlock <= n; begin += kBlock) {
    for (size_t i = 0; i < kBlock; ++i) x[i] = Scale(logits[begin + i], max, temperature);
    ExpBlock(x);
    std::copy_n(x, kBlock, weights + begin);
  }
  if (begin == n) return;
  std::fill_n(x, kBlock, 0.0f);
  for (size_t i = 0; begin + i < n; ++i) x[i] = Scale(logits[begin + i], max, temperature);
  ExpBlock(x);
  std::copy_n(x, n - begin, weights + begin);
}

double SumWeights(const float* weights, size_t n, std::vector<double>& block_sums) {
  block_sums.resize(BlockCount(n));
  double total = 0.0;
  for (size_t block = 0; block < block_sums.size(); ++block) {
    const size_t begin = block * kBlock;
    double sum = 0.0;
    if (begin + kBlock <= n) {
      sum = BlockSum(weights + begin);
    } else {
      for (size_t i = begin; i < n; ++i) sum += static_cast<double>(weights[i]);
    }
    block_sums[block] = sum;
    total += sum;
  }
  return total;
}

size_t PickWeighted(const float* weights, size_t n, const std::vector<double>& block_sums, double total, double u) {
  const double target = u * total;
  // `block` is the first block that passes the target, or the last one that has any weight, where rounding let none
  // pass.
  size_t block = 0;
  double before = 0.0;
  double sum = 0.0;
  for (size_t b = 0; b < block_sums.size(); ++b) {
    if (block_sums[b] > 0.0) {
      block = b;
      before = sum;
    }
    sum += block_sums[b];
    if (sum > target) break;
  }
  const size_t end = std::min(n, (block + 1) * kBlock);
  size_t picked = block * kBlock;
  double reached = before;
  for (size_t i = block * kBlock; i < end; ++i) {
    if (!(weights[i] > 0.0f)) continue;
    picked = i;
    reached += static_cast<double>(weights[i]);
    if (reached > target) break;
  }
  return picked;
}

}  // namespace reckon
