// Finds where an ordered set of weights reaches a given mass, without sorting it.
#ifndef RECKON_LIB_SAMPLING_MASS_CUT_H_
#define RECKON_LIB_SAMPLING_MASS_CUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace reckon {

struct MassCut {
  uint32_t key;
  size_t last;

  // True for the elements up to and including the one that reached the mass.
  [[nodiscard]] bool Keeps(uint32_t element_key, size_t index) const {
    // The key and the index as one number: a comparison without branches, where every other one would be mispredicted.
    return (uint64_t{element_key} << 32 | index) <= (uint64_t{key} << 32 | last);
  }
};

// Orders the elements by (key_of(i), i), lowest first, and returns the element at which the running sum of the weights
// reaches `target` (all of them, if rounding keeps it from getting there). weights [n], n > 0, not negative.
// Radix selection: a histogram of mass over the highest bits of the keys, then over the next bits inside the bin that
// crosses the target, then over the rest: O(n), and always the same sums in the same order.
template <typename KeyOf>
MassCut FindMassCut(size_t n, const KeyOf& key_of, const float* weights, double target,
                    std::vector<double>& histogram) {
  struct Level {
    unsigned shift;
    unsigned bits;
  };
  constexpr Level kLevels[] = {{19, 13}, {9, 10}, {0, 9}};
  histogram.resize(size_t{1} << 13);
  double reached = 0.0;  // mass of everything before the current bin
  uint64_t prefix = 0;   // the bits of the cut's key found so far
  for (const auto [shift, bits] : kLevels) {
    const size_t bins = size_t{1} << bits;
    std::fill_n(histogram.begin(), bins, 0.0);
    for (size_t i = 0; i < n; ++i) {
      const uint64_t key = key_of(i);
      if (key >> (shift + bits) != prefix) continue;
      histogram[(key >> shift) & (bins - 1)] += static_cast<double>(weights[i]);
    }
    size_t crossing = 0;
    double before = reached;
    for (size_t bin = 0; bin < bins; ++bin) {
      if (!(histogram[bin] > 0.0)) continue;
      crossing = bin;
      before = reached;
      reached += histogram[bin];
      if (reached >= target) break;
    }
    reached = before;
    prefix = prefix << bits | crossing;
  }
  MassCut cut{static_cast<uint32_t>(prefix), 0};
  for (size_t i = 0; i < n; ++i) {
    if (key_of(i) != cut.key) continue;
    cut.last = i;
    reached += static_cast<double>(weights[i]);
    if (reached >= target) break;
  }
  return cut;
}

}  // namespace reckon

#endif  // RECKON_LIB_SAMPLING_MASS_CUT_H_
