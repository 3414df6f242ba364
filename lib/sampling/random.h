// The random numbers of the sampler: xoshiro256++ 1.0, its state filled from the seed by SplitMix64, both as published
// by David Blackman and Sebastiano Vigna (https://prng.di.unimi.it). Written down here instead of <random>, because the
// distributions of the standard library differ between implementations, and a seed must mean the same text everywhere.
#ifndef RECKON_LIB_SAMPLING_RANDOM_H_
#define RECKON_LIB_SAMPLING_RANDOM_H_

#include <array>
#include <cstdint>

namespace reckon {

class Random {
 public:
  explicit Random(uint64_t seed);
  // Starts from a state instead of a seed; at least one word must not be zero.
  explicit Random(const std::array<uint64_t, 4>& state) : state_(state) {}

  uint64_t NextBits();
  // Uniform in [0, 1): a multiple of 2^-53.
  double NextDouble() { return static_cast<double>(NextBits() >> 11) * 0x1p-53; }

 private:
  std::array<uint64_t, 4> state_;
};

}  // namespace reckon

#endif  // RECKON_LIB_SAMPLING_RANDOM_H_
