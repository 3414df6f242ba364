#include "sampling/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace reckon {
namespace {

// The published test vector of xoshiro256++ for the state {1, 2, 3, 4}, as in the crate rand_xoshiro.
TEST(RandomTest, MatchesThePublishedVector) {
  Random random(std::array<uint64_t, 4>{1, 2, 3, 4});
  for (const uint64_t expected :
       {uint64_t{41943041}, uint64_t{58720359}, uint64_t{3588806011781223}, uint64_t{3591011842654386},
        uint64_t{9228616714210784205u}, uint64_t{9973669472204895162u}, uint64_t{14011001112246962877u},
        uint64_t{12406186145184390807u}, uint64_t{15849039046786891736u}, uint64_t{10450023813501588000u}}) {
    EXPECT_EQ(random.NextBits(), expected);
  }
}

// SplitMix64's published outputs for the seed 1234567 are the state: the first output of the generator follows from it.
TEST(RandomTest, FillsTheStateBySplitMix64) {
  Random seeded(1234567);
  Random stated(
      std::array<uint64_t, 4>{6457827717110365317u, 3203168211198807973u, 9817491932198370423u, 4593380528125082431u});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(seeded.NextBits(), stated.NextBits());
}

TEST(RandomTest, DoublesAreInTheUnitIntervalAndEven) {
  Random random(0);
  std::array<int, 16> bins{};
  for (int i = 0; i < 160000; ++i) {
    const double u = random.NextDouble();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    ++bins[static_cast<size_t>(u * 16)];
  }
  for (const int count : bins) EXPECT_NEAR(count, 10000, 500);  // five standard deviations
}

}  // namespace
}  // namespace reckon
