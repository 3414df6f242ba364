// Phi-3's configs as published, cut to what the architecture reads.
#include <cmath>
#include <string>
#include <vector>

#include "arch/architecture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace reckon {
namespace {

Config Phi3Mini4k() {
  Config config("config.json");
  config.Set("model_type", "phi3");
  config.Set("vocab_size", int64_t{32064});
  config.Set("hidden_size", int64_t{3072});
  config.Set("intermediate_size", int64_t{8192});
  config.Set("num_hidden_layers", int64_t{32});
  config.Set("num_attention_heads", int64_t{32});
  config.Set("num_key_value_heads", int64_t{32});
  config.Set("max_position_embeddings", int64_t{4096});
  config.Set("original_max_position_embeddings", int64_t{4096});
  config.Set("sliding_window", int64_t{2047});
  config.Set("rms_norm_eps", 1e-5);
  config.Set("rope_theta", 10000.0);
  return config;
}

TEST(Phi3, FusedTensorsAndAWindowInAllLayers) {
  const absl::StatusOr<Architecture> a = RecognizeArchitecture(Phi3Mini4k());
  ASSERT_TRUE(a.ok()) << a.status();
  EXPECT_EQ(a->WindowOf(0), 2047);
  EXPECT_EQ(a->WindowOf(31), 2047);
  EXPECT_EQ(a->rope.scaling, RopeScaling::kNone);
  const LayerTensors& layer = a->layers[31];
  EXPECT_EQ(layer.q.name, "model.layers.31.self_attn.qkv_proj.weight");
  EXPECT_EQ(layer.v.name, layer.q.name);
  EXPECT_EQ(layer.v.row_begin, 6144);
  EXPECT_EQ(layer.v.rows, 3072);
  EXPECT_EQ(layer.v.tensor_rows, 9216);
  EXPECT_EQ(layer.up.name, "model.layers.31.mlp.gate_up_proj.weight");
  EXPECT_EQ(layer.up.row_begin, 8192);
  EXPECT_EQ(layer.up.tensor_rows, 16384);
  EXPECT_EQ(a->lm_head, "lm_head.weight");
}

TEST(Phi3, LongContextHasTwoSetsOfFactors) {
  Config config = Phi3Mini4k();
  config.Set("max_position_embeddings", int64_t{131072});
  config.Set("sliding_window", int64_t{262144});
  config.Set("rope_scaling.type", "longrope");
  config.Set("rope_scaling.short_factor", std::vector<double>(48, 1.05));
  config.Set("rope_scaling.long_factor", std::vector<double>(48, 20.5));
  const absl::StatusOr<Architecture> a = RecognizeArchitecture(config);
  ASSERT_TRUE(a.ok()) << a.status();
  EXPECT_EQ(a->rope.scaling, RopeScaling::kLongRope);
  EXPECT_EQ(a->rope.original_max_position_embeddings, 4096);
  EXPECT_NEAR(a->rope.attention_factor, std::sqrt(1 + std::log(32.0) / std::log(4096.0)), 1e-12);
  EXPECT_EQ(a->rope.long_factors.size(), 48u);

  config.Set("rope_scaling.long_factor", std::vector<double>(47, 20.5));
  absl::Status status = RecognizeArchitecture(config).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("rope_scaling.long_factor"));
  config.Set("rope_scaling.long_factor", std::vector<double>(48, 0.0));
  EXPECT_EQ(RecognizeArchitecture(config).status().code(), absl::StatusCode::kInvalidArgument);
}

// Phi-4-mini: three quarters of a head are rotated, eight key/value heads, head and embedding are one.
TEST(Phi3, Phi4Mini) {
  Config config = Phi3Mini4k();
  config.Set("vocab_size", int64_t{200064});
  config.Set("num_attention_heads", int64_t{24});
  config.Set("num_key_value_heads", int64_t{8});
  config.Set("partial_rotary_factor", 0.75);
  config.Set("tie_word_embeddings", true);
  config.Set("max_position_embeddings", int64_t{131072});
  config.Set("rope_scaling.type", "longrope");
  config.Set("rope_scaling.short_factor", std::vector<double>(48, 1.0));
  config.Set("rope_scaling.long_factor", std::vector<double>(48, 1.2));
  const absl::StatusOr<Architecture> a = RecognizeArchitecture(config);
  ASSERT_TRUE(a.ok()) << a.status();
  EXPECT_EQ(a->head_dim, 128);
  EXPECT_EQ(a->rope.rotary_dim, 96);
  EXPECT_EQ(a->lm_head, "model.embed_tokens.weight");
  EXPECT_EQ(a->layers[0].k.row_begin, 3072);
  EXPECT_EQ(a->layers[0].k.rows, 1024);
}

TEST(Phi3, RefusesANegativeWindow) {
  Config config = Phi3Mini4k();
  config.Set("sliding_window", int64_t{-1});
  EXPECT_EQ(RecognizeArchitecture(config).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace reckon
