#include "arch/architecture.h"

#include <cmath>
#include <cstdint>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace reckon {
namespace {

using ::testing::HasSubstr;

// DeepSeek-R1-Distill-Qwen-1.5B's config.json.
Config R1Config() {
  Config config("config.json");
  config.Set("model_type", "qwen2");
  config.Set("vocab_size", int64_t{151936});
  config.Set("hidden_size", int64_t{1536});
  config.Set("intermediate_size", int64_t{8960});
  config.Set("num_hidden_layers", int64_t{28});
  config.Set("num_attention_heads", int64_t{12});
  config.Set("num_key_value_heads", int64_t{2});
  config.Set("max_position_embeddings", int64_t{131072});
  config.Set("rms_norm_eps", 1e-6);
  config.Set("rope_theta", 10000.0);
  config.Set("hidden_act", "silu");
  config.Set("tie_word_embeddings", false);
  config.Set("use_sliding_window", false);
  config.Set("sliding_window", int64_t{4096});
  config.Set("max_window_layers", int64_t{21});
  return config;
}

void ExpectError(const Config& config, absl::StatusCode code, const std::string& part) {
  const absl::StatusOr<Architecture> result = RecognizeArchitecture(config);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), code) << result.status();
  EXPECT_THAT(std::string(result.status().message()), HasSubstr(part));
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("config.json"));
}

TEST(ArchitectureTest, ReadsQwen2) {
  const absl::StatusOr<Architecture> a = RecognizeArchitecture(R1Config());
  ASSERT_TRUE(a.ok()) << a.status();
  EXPECT_EQ(a->name, "qwen2");
  EXPECT_EQ(a->head_dim, 128);
  EXPECT_EQ(a->query_size(), 1536);
  EXPECT_EQ(a->key_value_size(), 256);
  EXPECT_EQ(a->rope.rotary_dim, 128);
  EXPECT_EQ(a->lm_head, "lm_head.weight");
  ASSERT_EQ(a->layers.size(), 28u);
  EXPECT_EQ(a->layers[27].q.name, "model.layers.27.self_attn.q_proj.weight");
  EXPECT_EQ(a->layers[27].k_bias.name, "model.layers.27.self_attn.k_proj.bias");
  EXPECT_EQ(a->layers[27].o_bias.name, "");
  EXPECT_EQ(a->layers[27].q_norm, "");
  EXPECT_EQ(a->WindowOf(27), INT64_MAX) << "the window is configured, but not in use";
}

TEST(ArchitectureTest, SlidingWindowInUpperLayers) {
  Config config = R1Config();
  config.Set("use_sliding_window", true);
  const absl::StatusOr<Architecture> a = RecognizeArchitecture(config);
  ASSERT_TRUE(a.ok()) << a.status();
  EXPECT_EQ(a->WindowOf(20), INT64_MAX);
  EXPECT_EQ(a->WindowOf(21), 4096);
}

TEST(ArchitectureTest, TiedHeadUsesTheEmbedding) {
  Config config = R1Config();
  config.Set("tie_word_embeddings", true);
  EXPECT_EQ(RecognizeArchitecture(config)->lm_head, "model.embed_tokens.weight");
}

TEST(ArchitectureTest, Qwen3HasNormsAndItsOwnHeadSize) {
  Config config = R1Config();
  config.Set("model_type", "qwen3");
  config.Set("head_dim", int64_t{64});
  const absl::StatusOr<Architecture> a = RecognizeArchitecture(config);
  ASSERT_TRUE(a.ok()) << a.status();
  EXPECT_EQ(a->query_size(), 768);
  EXPECT_EQ(a->layers[0].q_norm, "model.layers.0.self_attn.q_norm.weight");
  EXPECT_EQ(a->layers[0].q_bias.name, "");
}

TEST(ArchitectureTest, LlamaMayHaveBiasesInAttentionOnly) {
  Config config = R1Config();
  config.Set("model_type", "llama");
  EXPECT_EQ(RecognizeArchitecture(config)->layers[0].q_bias.name, "");
  config.Set("attention_bias", true);
  EXPECT_EQ(RecognizeArchitecture(config)->layers[0].o_bias.name, "model.layers.0.self_attn.o_proj.bias");
  config.Set("mlp_bias", true);
  ExpectError(config, absl::StatusCode::kUnimplemented, "mlp_bias");
}

TEST(ArchitectureTest, UnknownFamiliesAreNamedWithTheKnownOnes) {
  Config config = R1Config();
  config.Set("model_type", "perceptron");
  ExpectError(config, absl::StatusCode::kUnimplemented, "perceptron");
  ExpectError(config, absl::StatusCode::kUnimplemented, "qwen2");
}

TEST(ArchitectureTest, AbsurdSizesAreRefused) {
  for (const char* key : {"vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
                          "num_key_value_heads", "max_position_embeddings", "head_dim"}) {
    for (const int64_t value : {int64_t{0}, int64_t{-4}, int64_t{1} << 40, INT64_MAX}) {
      Config config = R1Config();
      config.Set(key, value);
      ExpectError(config, absl::StatusCode::kInvalidArgument, key);
    }
  }
}

TEST(ArchitectureTest, ContradictionsAreRefused) {
  Config config = R1Config();
  config.Set("num_key_value_heads", int64_t{5});
  ExpectError(config, absl::StatusCode::kInvalidArgument, "num_key_value_heads");
  config = R1Config();
  config.Set("hidden_size", int64_t{1537});
  ExpectError(config, absl::StatusCode::kInvalidArgument, "hidden_size");
  config = R1Config();
  config.Set("head_dim", int64_t{127});
  ExpectError(config, absl::StatusCode::kInvalidArgument, "head_dim");
  config = R1Config();
  config.Set("rope_theta", 0.0);
  ExpectError(config, absl::StatusCode::kInvalidArgument, "rope_theta");
  config = R1Config();
  config.Set("hidden_act", "gelu");
  ExpectError(config, absl::StatusCode::kUnimplemented, "gelu");
  config = R1Config();
  config.Set("hidden_size", "many");
  ExpectError(config, absl::StatusCode::kInvalidArgument, "hidden_size");
}

TEST(ArchitectureTest, ReadsRopeScaling) {
  Config config = R1Config();
  config.Set("rope_scaling.type", "yarn");
  config.Set("rope_scaling.factor", 4.0);
  config.Set("rope_scaling.original_max_position_embeddings", int64_t{32768});
  absl::StatusOr<Architecture> a = RecognizeArchitecture(config);
  ASSERT_TRUE(a.ok()) << a.status();
  EXPECT_EQ(a->rope.scaling, RopeScaling::kYarn);
  EXPECT_NEAR(a->rope.attention_factor, 0.1 * std::log(4.0) + 1, 1e-12);

  config.Set("rope_scaling.rope_type", "llama3");  // the newer key wins
  ExpectError(config, absl::StatusCode::kInvalidArgument, "rope_scaling.low_freq_factor");
  config.Set("rope_scaling.low_freq_factor", 1.0);
  config.Set("rope_scaling.high_freq_factor", 4.0);
  EXPECT_EQ(RecognizeArchitecture(config)->rope.scaling, RopeScaling::kLlama3);
  config.Set("rope_scaling.high_freq_factor", 1.0);
  ExpectError(config, absl::StatusCode::kInvalidArgument, "rope_scaling.high_freq_factor");
  config.Set("rope_scaling.rope_type", "wobbly");
  ExpectError(config, absl::StatusCode::kUnimplemented, "wobbly");
}

}  // namespace
}  // namespace reckon
