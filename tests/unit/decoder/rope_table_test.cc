#include "decoder/rope_table.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "gtest/gtest.h"

namespace reckon {
namespace {

// The frequency of pair i, read from the table at position 1 (small angles, so that the arc sine is exact enough).
std::vector<double> Frequencies(const RopeConfig& config, const std::vector<float>& factors = {}) {
  const RopeTable table(config, factors);
  std::vector<float> cos(static_cast<size_t>(table.half()));
  std::vector<float> sin(cos.size());
  table.Fill(1, 0, absl::MakeSpan(cos), absl::MakeSpan(sin));
  std::vector<double> frequencies;
  for (size_t i = 0; i < cos.size(); ++i) frequencies.push_back(std::atan2(sin[i], cos[i]));
  return frequencies;
}

RopeConfig Plain() {
  RopeConfig config;
  config.theta = 10000;
  config.rotary_dim = 64;
  return config;
}

TEST(RopeTableTest, PlainFrequencies) {
  const std::vector<double> frequencies = Frequencies(Plain());
  ASSERT_EQ(frequencies.size(), 32u);
  for (size_t i = 0; i < 32; ++i) {
    const double expected = std::pow(10000.0, -2.0 * static_cast<double>(i) / 64);
    EXPECT_NEAR(frequencies[i], expected, expected * 1e-6) << i;
  }
}

TEST(RopeTableTest, LinearDividesAll) {
  RopeConfig config = Plain();
  config.scaling = RopeScaling::kLinear;
  config.factor = 8;
  const std::vector<double> plain = Frequencies(Plain());
  const std::vector<double> scaled = Frequencies(config);
  for (size_t i = 0; i < 32; ++i) EXPECT_NEAR(scaled[i], plain[i] / 8, plain[i] * 1e-6);
}

TEST(RopeTableTest, FactorsFromATensor) {
  RopeConfig config = Plain();
  config.scaling = RopeScaling::kPerTensor;
  std::vector<float> factors(32, 1.0f);
  factors[31] = 5.0f;
  const std::vector<double> plain = Frequencies(Plain());
  const std::vector<double> scaled = Frequencies(config, factors);
  EXPECT_NEAR(scaled[30], plain[30], plain[30] * 1e-6);
  EXPECT_NEAR(scaled[31], plain[31] / 5, plain[31] * 1e-6);
}

TEST(RopeTableTest, Llama3KeepsFastAndDividesSlow) {
  RopeConfig config = Plain();
  config.scaling = RopeScaling::kLlama3;
  config.factor = 32;
  config.original_max_position_embeddings = 8192;
  config.low_freq_factor = 1;
  config.high_freq_factor = 4;
  const std::vector<double> plain = Frequencies(Plain());
  const std::vector<double> scaled = Frequencies(config);
  for (size_t i = 0; i < 32; ++i) {
    const double wavelength = 2 * std::numbers::pi / plain[i];
    if (wavelength < 2048) {
      EXPECT_NEAR(scaled[i], plain[i], plain[i] * 1e-5) << i;
    }
    if (wavelength > 8192) {
      EXPECT_NEAR(scaled[i], plain[i] / 32, plain[i] * 1e-5) << i;
    }
    if (wavelength > 2048 && wavelength < 8192) {
      EXPECT_LT(scaled[i], plain[i]);
      EXPECT_GT(scaled[i], plain[i] / 32);
    }
  }
}

TEST(RopeTableTest, YarnScalesTheMagnitudeToo) {
  RopeConfig config = Plain();
  config.scaling = RopeScaling::kYarn;
  config.factor = 4;
  config.original_max_position_embeddings = 32768;
  config.attention_factor = 1.25;
  const RopeTable table(config, {});
  std::vector<float> cos(32);
  std::vector<float> sin(32);
  table.Fill(777, 0, absl::MakeSpan(cos), absl::MakeSpan(sin));
  for (size_t i = 0; i < 32; ++i) EXPECT_NEAR(std::hypot(cos[i], sin[i]), 1.25, 1e-5);
  const std::vector<double> plain = Frequencies(Plain());
  const std::vector<double> scaled = Frequencies(config);
  EXPECT_NEAR(scaled[0], plain[0], 1e-6) << "the fastest is kept";
  EXPECT_NEAR(scaled[31], plain[31] / 4, plain[31] * 1e-5) << "the slowest is interpolated";
}

}  // namespace
}  // namespace reckon
