// Passes over whole rows of logits or weights, in blocks of 64.
//
// Results are the same on every machine with IEEE 754 arithmetic in the default rounding mode: exp is our own, no
// function of libm is called, contraction is off (cmake/ReckonTargets.cmake), and every sum has a fixed order that does
// not depend on the width of the vectors the compiler used. Weights are never denormal, so flushing to zero changes
// nothing.
//
// The loops are written in the shapes that GCC and Clang vectorise for baseline x86-64 and for ARM without fast-math.
#ifndef RECKON_LIB_SAMPLING_SOFTMAX_H_
#define RECKON_LIB_SAMPLING_SOFTMAX_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace reckon {

inline constexpr size_t kBlock = 64;
constexpr size_t BlockCount(size_t n) { return (n + kBlock - 1) / kBlock; }

// The largest of values[0, n), n > 0; NaN is passed over.
float MaxOf(const float* values, size_t n);

struct Peak {
  float logit;
  size_t index;  // the lowest among equals
};

// One pass: checks the logits and finds the largest. block_max gets the largest of each block:
// [BlockCount(logits.size())]. Errors: INVALID_ARGUMENT if there are no logits, all are -infinity, or one is NaN or
// +infinity.
absl::StatusOr<Peak> ScanLogits(absl::Span<const float> logits, std::vector<float>& block_max);

// weights[i] = exp((logits[i] - max) / temperature), in [0, 1], for max >= logits[i]. Relative error below 2e-7 against
// the same formula in exact arithmetic on the float quotient; 0 where the quotient is below -87 (a probability under
// 1e-37). May work in place.
void ExpWeights(const float* logits, size_t n, float max, float temperature, float* weights);

// Returns the sum of the weights; block_sums gets the sum of each block: [BlockCount(n)]. Both in double.
double SumWeights(const float* weights, size_t n, std::vector<double>& block_sums);

// The index that a uniform `u` in [0, 1) picks from the weights: walks block_sums, then one block. The weight at the
// index is above 0, for at least one such weight.
size_t PickWeighted(const float* weights, size_t n, const std::vector<double>& block_sums, double total, double u);

}  // namespace reckon

#endif  // RECKON_LIB_SAMPLING_SOFTMAX_H_
