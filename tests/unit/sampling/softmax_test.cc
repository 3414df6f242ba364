#include "sampling/softmax.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace reckon {
namespace {

TEST(ExpWeightsTest, IsAccurateToTwoUnitsInTheLastPlace) {
  std::vector<float> logits;
  logits.reserve(65537);
  for (int i = 0; i < 65536; ++i) logits.push_back(static_cast<float>(i - 65536) * 0.00137f);
  logits.push_back(0.0f);
  std::vector<float> weights(logits.size());
  ExpWeights(logits.data(), logits.size(), 0.0f, 1.0f, weights.data());
  EXPECT_EQ(weights.back(), 1.0f);
  for (size_t i = 0; i < logits.size(); ++i) {
    const double expected = std::exp(double{logits[i]});
    if (logits[i] > -86.9f) {
      ASSERT_NEAR(weights[i], expected, 2e-7 * expected) << logits[i];
    } else if (logits[i] < -87.1f) {
      ASSERT_EQ(weights[i], 0.0f) << logits[i];
    }
    ASSERT_TRUE(weights[i] == 0.0f || std::isnormal(weights[i])) << logits[i];
  }
}

TEST(ExpWeightsTest, WorksInPlaceAndLeavesTheRestAlone) {
  std::vector<float> values(200, -1.0f);
  ExpWeights(values.data() + 1, 150, 1.0f, 2.0f, values.data() + 1);
  EXPECT_EQ(values[0], -1.0f);
  EXPECT_EQ(values[151], -1.0f);
  for (size_t i = 1; i <= 150; ++i) EXPECT_NEAR(values[i], std::exp(-1.0), 1e-7);
}

double ByHalving(const float* weights) {
  std::vector<double> level(weights, weights + kBlock);
  while (level.size() > 1) {
    const size_t half = level.size() / 2;
    for (size_t i = 0; i < half; ++i) level[i] += level[i + half];
    level.resize(half);
  }
  return level[0];
}

// The sum has one order, whatever the compiler makes of it: by halving in a block of 64, then block after block. The
// magnitudes are so far apart that other orders round differently.
TEST(SumWeightsTest, HasTheDocumentedOrder) {
  std::mt19937 random(2);
  for (int round = 0; round < 200; ++round) {
    std::vector<float> weights(130);
    for (float& weight : weights) {
      weight = std::ldexp(static_cast<float>(random() >> 8), -24 - static_cast<int>(random() % 40));
    }
    const double first = ByHalving(weights.data());
    const double second = ByHalving(weights.data() + kBlock);
    const double tail = double{weights[128]} + double{weights[129]};
    std::vector<double> block_sums;
    EXPECT_EQ(SumWeights(weights.data(), weights.size(), block_sums), (first + second) + tail);
    EXPECT_EQ(block_sums, (std::vector<double>{first, second, tail}));
  }
}

TEST(PickWeightedTest, NeverPicksWithoutWeight) {
  std::vector<float> weights(300, 0.0f);
  weights[70] = 0.25f;
  weights[75] = 0.5f;
  weights[201] = 0.25f;
  std::vector<double> block_sums;
  const double total = SumWeights(weights.data(), weights.size(), block_sums);
  EXPECT_EQ(PickWeighted(weights.data(), weights.size(), block_sums, total, 0.0), 70u);
  EXPECT_EQ(PickWeighted(weights.data(), weights.size(), block_sums, total, 0.2499), 70u);
  EXPECT_EQ(PickWeighted(weights.data(), weights.size(), block_sums, total, 0.25), 75u);
  EXPECT_EQ(PickWeighted(weights.data(), weights.size(), block_sums, total, 0.75), 201u);
  EXPECT_EQ(PickWeighted(weights.data(), weights.size(), block_sums, total, std::nextafter(1.0, 0.0)), 201u);
  // Sums that rounding left too low: the last token with weight.
  EXPECT_EQ(PickWeighted(weights.data(), weights.size(), block_sums, 2.0, 0.9), 201u);
}

}  // namespace
}  // namespace reckon
