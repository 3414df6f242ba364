// ChatGLM3-6B's config.json as published, cut to what the architecture reads.
#include <string>

#include "arch/architecture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace reckon {
namespace {

using ::testing::HasSubstr;

Config ChatGlm3() {
  Config config("config.json");
  config.Set("model_type", "chatglm");
  config.Set("add_bias_linear", false);
  config.Set("add_qkv_bias", true);
  config.Set("apply_residual_connection_post_layernorm", false);
  config.Set("ffn_hidden_size", int64_t{13696});
  config.Set("hidden_size", int64_t{4096});
  config.Set("kv_channels", int64_t{128});
  config.Set("layernorm_epsilon", 1e-5);
  config.Set("multi_query_attention", true);
  config.Set("multi_query_group_num", int64_t{2});
  config.Set("num_attention_heads", int64_t{32});
  config.Set("num_layers", int64_t{28});
  config.Set("padded_vocab_size", int64_t{65024});
  config.Set("post_layer_norm", true);
  config.Set("rmsnorm", true);
  config.Set("seq_length", int64_t{8192});
  config.Set("tie_word_embeddings", false);
  return config;
}

TEST(ChatGlm3, ReadsItsOwnKeysAndNames) {
  const absl::StatusOr<Architecture> a = RecognizeArchitecture(ChatGlm3());
  ASSERT_TRUE(a.ok()) << a.status();
  EXPECT_EQ(a->num_hidden_layers, 28);
  EXPECT_EQ(a->num_key_value_heads, 2);
  EXPECT_EQ(a->vocab_size, 65024);
  EXPECT_EQ(a->max_position_embeddings, 8192);
  EXPECT_EQ(a->rope.rotary_dim, 64);
  EXPECT_TRUE(a->rope.interleaved);
  EXPECT_EQ(a->rope.theta, 10000);
  EXPECT_EQ(a->rms_norm_eps, 1e-5f);
  EXPECT_EQ(a->embedding, "transformer.embedding.word_embeddings.weight");
  EXPECT_EQ(a->final_norm, "transformer.encoder.final_layernorm.weight");
  EXPECT_EQ(a->lm_head, "transformer.output_layer.weight");
  const LayerTensors& layer = a->layers[27];
  EXPECT_EQ(layer.k.name, "transformer.encoder.layers.27.self_attention.query_key_value.weight");
  EXPECT_EQ(layer.k.row_begin, 4096);
  EXPECT_EQ(layer.k.rows, 256);
  EXPECT_EQ(layer.k.tensor_rows, 4608);
  EXPECT_EQ(layer.v_bias.name, "transformer.encoder.layers.27.self_attention.query_key_value.bias");
  EXPECT_EQ(layer.v_bias.row_begin, 4352);
  EXPECT_EQ(layer.o.name, "transformer.encoder.layers.27.self_attention.dense.weight");
  EXPECT_EQ(layer.o_bias.name, "");
  EXPECT_EQ(layer.up.name, "transformer.encoder.layers.27.mlp.dense_h_to_4h.weight");
  EXPECT_EQ(layer.up.row_begin, 13696);
  EXPECT_EQ(layer.down.name, "transformer.encoder.layers.27.mlp.dense_4h_to_h.weight");
}

// The versions for 32,768 tokens stretch the base of the rotation.
TEST(ChatGlm3, LongContextStretchesTheBase) {
  Config config = ChatGlm3();
  config.Set("rope_ratio", int64_t{50});
  EXPECT_EQ(RecognizeArchitecture(config)->rope.theta, 500000);
}

TEST(ChatGlm3, WithoutGroupsEveryHeadHasItsKeys) {
  Config config = ChatGlm3();
  config.Set("multi_query_attention", false);
  EXPECT_EQ(RecognizeArchitecture(config)->num_key_value_heads, 32);
}

// GGUF files have the common keys and names.
TEST(ChatGlm3, Gguf) {
  Config config("model.gguf");
  config.Set("model_type", "chatglm");
  for (const auto& [key, value] : {std::pair<const char*, int64_t>{"vocab_size", 65024},
                                   {"hidden_size", 4096},
                                   {"intermediate_size", 13696},
                                   {"num_hidden_layers", 28},
                                   {"num_attention_heads", 32},
                                   {"num_key_value_heads", 2},
                                   {"max_position_embeddings", 8192}}) {
    config.Set(key, value);
  }
  config.Set("partial_rotary_factor", 0.5);
  const absl::StatusOr<Architecture> a = RecognizeArchitecture(config);
  ASSERT_TRUE(a.ok()) << a.status();
  EXPECT_EQ(a->lm_head, "lm_head.weight");
  EXPECT_EQ(a->rope.rotary_dim, 64);
  EXPECT_EQ(a->layers[0].q.name, "model.layers.0.self_attn.qkv_proj.weight");
  EXPECT_EQ(a->layers[0].q_bias.name, "model.layers.0.self_attn.qkv_proj.bias");
  EXPECT_EQ(a->layers[0].gate.name, "model.layers.0.mlp.gate_up_proj.weight");
}

TEST(ChatGlm3, RefusesWhatNoPublishedModelHas) {
  Config config = ChatGlm3();
  config.Set("rmsnorm", false);
  absl::Status status = RecognizeArchitecture(config).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(status.message()), HasSubstr("rmsnorm"));
  config = ChatGlm3();
  config.Set("position_encoding_2d", true);
  EXPECT_EQ(RecognizeArchitecture(config).status().code(), absl::StatusCode::kUnimplemented);
  config = ChatGlm3();
  config.Set("padded_vocab_size", "many");
  status = RecognizeArchitecture(config).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("padded_vocab_size"));
}

}  // namespace
}  // namespace reckon
