#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "reckon/sampler.h"

namespace reckon {
namespace {

using testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(SamplerOptionsTest, ErrorsNameTheMemberAndTheRange) {
  const std::vector<std::pair<std::string, SamplerOptions>> cases = {
      {"logit_bias[1].first is -1; it must be a token id", {.logit_bias = {{0, 1.0f}, {-1, 0.0f}}}},
      {"logit_bias[0].second is nan; it must be finite or -infinity", {.logit_bias = {{0, kNan}}}},
      {"logit_bias[0].second is inf", {.logit_bias = {{0, kInfinity}}}},
      {"repetition_penalty is 0; it must be finite and above 0", {.repetition_penalty = 0.0f}},
      {"repetition_penalty is inf", {.repetition_penalty = kInfinity}},
      {"repetition_penalty is nan", {.repetition_penalty = kNan}},
      {"presence_penalty is 101; it must be between -100 and 100", {.presence_penalty = 101.0f}},
      {"frequency_penalty is nan; it must be between -100 and 100", {.frequency_penalty = kNan}},
      {"penalty_window is -2; it must be -1", {.penalty_window = -2}},
      {"dry_multiplier is -0.5; it must be finite and not negative", {.dry_multiplier = -0.5f}},
      {"dry_base is 0.5; it must be finite and at least 1", {.dry_base = 0.5f}},
      {"dry_allowed_length is 0; it must be at least 1", {.dry_allowed_length = 0}},
      {"dry_breakers[2] is -7; it must be a token id", {.dry_breakers = {1, 2, -7}}},
      {"temperature is -1; it must be finite and not negative", {.temperature = -1.0f}},
      {"temperature is inf", {.temperature = kInfinity}},
      {"temperature is nan", {.temperature = kNan}},
      {"top_k is -1; it must be 0 (off) or", {.top_k = -1}},
      {"typical_p is 0; it must be above 0 and at most 1", {.typical_p = 0.0f}},
      {"typical_p is 1.5", {.typical_p = 1.5f}},
      {"top_p is 1.5; it must be between 0 and 1", {.top_p = 1.5f}},
      {"top_p is nan", {.top_p = kNan}},
      {"min_p is -0.1; it must be between 0 and 1", {.min_p = -0.1f}},
      {"xtc_probability is 2; it must be between 0 and 1", {.xtc_probability = 2.0f}},
      {"xtc_threshold is -1; it must be between 0 and 1", {.xtc_threshold = -1.0f}},
  };
  for (const auto& [message, options] : cases) {
    const auto sampler = Sampler::Create(options);
    EXPECT_EQ(sampler.status().code(), absl::StatusCode::kInvalidArgument) << message;
    EXPECT_THAT(std::string(sampler.status().message()), HasSubstr("SamplerOptions." + message));
  }
}

TEST(SamplerOptionsTest, TheLimitsAreAllowed) {
  for (const SamplerOptions& options : std::vector<SamplerOptions>{
           {},
           {.logit_bias = {{0, -kInfinity}}},
           {.penalty_window = 0},
           {.temperature = 0.0f},
           {.temperature = std::numeric_limits<float>::max()},
           {.top_k = std::numeric_limits<int32_t>::max()},
           {.top_p = 0.0f},
           {.min_p = 1.0f},
           {.xtc_probability = 1.0f, .xtc_threshold = 0.0f},
       }) {
    auto sampler = Sampler::Create(options);
    ASSERT_TRUE(sampler.ok()) << sampler.status();
    EXPECT_TRUE(sampler->Sample({1.0f, 2.0f, 3.0f}).ok());
    EXPECT_TRUE(sampler->Sample({1.0f}).ok() || !options.logit_bias.empty());
  }
}

TEST(SamplerOptionsTest, AreKept) {
  const auto sampler = Sampler::Create({.top_k = 7, .seed = 9});
  ASSERT_TRUE(sampler.ok());
  EXPECT_EQ(sampler->options().top_k, 7);
  EXPECT_EQ(sampler->options().seed, 9u);
}

}  // namespace
}  // namespace reckon
