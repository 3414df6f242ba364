#include "session/generation_config.h"

#include <cstdint>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace reckon {
namespace {

TEST(GenerationConfigTest, NothingSaidIsGreedy) {
  EXPECT_EQ(ReadGenerationConfig(Config("config.json"))->temperature, 0);
}

TEST(GenerationConfigTest, ReadsWhatIsSaid) {
  Config config("config.json");
  config.Set("generation.do_sample", true);
  config.Set("generation.temperature", 0.6);
  config.Set("generation.top_p", 0.95);
  config.Set("generation.top_k", int64_t{20});
  config.Set("generation.repetition_penalty", 1.1);
  const absl::StatusOr<SamplerOptions> options = ReadGenerationConfig(config);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_FLOAT_EQ(options->temperature, 0.6f);
  EXPECT_FLOAT_EQ(options->top_p, 0.95f);
  EXPECT_EQ(options->top_k, 20);
  EXPECT_FLOAT_EQ(options->repetition_penalty, 1.1f);
  EXPECT_EQ(options->min_p, 0);
  config.Set("generation.do_sample", false);
  EXPECT_EQ(ReadGenerationConfig(config)->temperature, 0);
}

TEST(GenerationConfigTest, SamplingValuesWithoutTheSwitchMeanSampling) {
  Config config("config.json");
  config.Set("generation.top_p", 0.8);
  EXPECT_EQ(ReadGenerationConfig(config)->temperature, 1.0f);
}

TEST(GenerationConfigTest, BadValuesAreErrors) {
  Config config("config.json");
  config.Set("generation.temperature", "hot");
  EXPECT_EQ(ReadGenerationConfig(config).status().code(), absl::StatusCode::kInvalidArgument);
  config.Set("generation.temperature", -1.0);
  const absl::Status status = ReadGenerationConfig(config).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("temperature"));
}

}  // namespace
}  // namespace reckon
