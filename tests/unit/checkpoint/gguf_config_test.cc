// Metadata under Hugging Face's names, and the vocabulary.
#include "checkpoint/gguf_config.h"

#include <cmath>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/gguf_writer.h"
#include "unit/checkpoint/open.h"

namespace reckon {
namespace {

using ::testing::ElementsAre;
using testing::Files;
using testing::GgufWriter;
using ::testing::HasSubstr;
using testing::MinimalGguf;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

absl::StatusOr<Checkpoint> Open(const GgufWriter& writer) {
  static std::string kept;  // the source does not own its bytes
  kept = writer.Bytes();
  ModelFile file;
  file.name = "model.gguf";
  file.bytes = absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(kept.data()), kept.size());
  return Checkpoint::Open(ModelSource::Files({file}));
}

Config ConfigOf(const GgufWriter& writer) {
  const auto checkpoint = Open(writer);
  EXPECT_TRUE(checkpoint.ok()) << checkpoint.status();
  return checkpoint.ok() ? checkpoint->config() : Config();
}

GgufWriter WithTokens(const std::string& architecture) {
  GgufWriter writer = MinimalGguf(architecture);
  writer.String("tokenizer.ggml.model", "gpt2").Strings("tokenizer.ggml.tokens", {"a", "b", "<e>", "<t>", "<m>"});
  return writer;
}

TEST(GgufConfig, TranslatesHyperParameters) {
  GgufWriter writer = WithTokens("qwen3");
  writer.U32("qwen3.feed_forward_length", 96)
      .U32("qwen3.context_length", 4096)
      .U32("qwen3.attention.head_count_kv", 1)
      .U32("qwen3.attention.key_length", 16)
      .F32("qwen3.attention.layer_norm_rms_epsilon", 1e-6f)
      .F32("qwen3.rope.freq_base", 1e6f)
      .F32("general.sampling.temp", 0.5f)
      .String("general.name", "Tiny");
  const Config config = ConfigOf(writer);
  EXPECT_EQ(config.origin(), "model.gguf");
  EXPECT_EQ(config.String("model_type").value(), "qwen3");
  EXPECT_EQ(config.Int("num_hidden_layers").value(), 1);
  EXPECT_EQ(config.Int("hidden_size").value(), 8);
  EXPECT_EQ(config.Int("intermediate_size").value(), 96);
  EXPECT_EQ(config.Int("max_position_embeddings").value(), 4096);
  EXPECT_EQ(config.Int("num_attention_heads").value(), 2);
  EXPECT_EQ(config.Int("num_key_value_heads").value(), 1);
  EXPECT_EQ(config.Int("head_dim").value(), 16);
  EXPECT_EQ(config.Double("rms_norm_eps").value(), static_cast<double>(1e-6f));
  EXPECT_EQ(config.Double("rope_theta").value(), 1e6);
  EXPECT_EQ(config.Int("vocab_size").value(), 5);
  EXPECT_EQ(config.Double("generation.temperature").value(), 0.5);
  EXPECT_EQ(config.String("gguf.general.name").value(), "Tiny");
  EXPECT_FALSE(config.Has("rope_scaling.rope_type"));
}

TEST(GgufConfig, AListOfEqualNumbersIsOneNumber) {
  GgufWriter writer = MinimalGguf("qwen2");
  writer.Numbers<int32_t>("qwen2.attention.head_count_kv", GgufWriter::kI32, {2, 2, 2})
      .Numbers<uint32_t>("qwen2.feed_forward_length", GgufWriter::kU32, {2, 3});
  const Config config = ConfigOf(writer);
  EXPECT_EQ(config.Int("num_key_value_heads").value(), 2);
  EXPECT_FALSE(config.Int("intermediate_size").ok());
}

TEST(GgufConfig, TranslatesRopeScaling) {
  GgufWriter yarn = MinimalGguf("qwen2");
  yarn.String("qwen2.rope.scaling.type", "yarn")
      .F32("qwen2.rope.scaling.factor", 4)
      .U32("qwen2.rope.scaling.original_context_length", 32768)
      .F32("qwen2.rope.scaling.attn_factor", 2);
  Config config = ConfigOf(yarn);
  EXPECT_EQ(config.String("rope_scaling.rope_type").value(), "yarn");
  EXPECT_EQ(config.String("rope_scaling.type").value(), "yarn");
  EXPECT_EQ(config.Double("rope_scaling.factor").value(), 4);
  EXPECT_EQ(config.Int("rope_scaling.original_max_position_embeddings").value(), 32768);
  EXPECT_DOUBLE_EQ(config.Double("rope_scaling.attention_factor").value(), 2 * (0.1 * std::log(4.0) + 1));

  GgufWriter none = MinimalGguf("qwen2");
  none.String("qwen2.rope.scaling.type", "none").F32("qwen2.rope.scaling.factor", 1);
  EXPECT_FALSE(ConfigOf(none).Has("rope_scaling.rope_type"));

  GgufWriter old = MinimalGguf("llama");
  old.F32("llama.rope.scale_linear", 2);
  EXPECT_EQ(ConfigOf(old).String("rope_scaling.rope_type").value(), "linear");
}

TEST(GgufConfig, TellsPartialRotation) {
  GgufWriter whole = MinimalGguf("qwen2");
  whole.U32("qwen2.rope.dimension_count", 4);
  EXPECT_FALSE(ConfigOf(whole).Has("partial_rotary_factor"));
  GgufWriter half = MinimalGguf("chatglm");
  half.U32("chatglm.rope.dimension_count", 2);
  EXPECT_EQ(ConfigOf(half).Double("partial_rotary_factor").value(), 0.5);
}

TEST(GgufConfig, CollectsEndTokens) {
  GgufWriter one = WithTokens("qwen2");
  one.U32("tokenizer.ggml.bos_token_id", 1).U32("tokenizer.ggml.eos_token_id", 2);
  EXPECT_EQ(ConfigOf(one).Int("eos_token_id").value(), 2);
  EXPECT_EQ(ConfigOf(one).Int("bos_token_id").value(), 1);
  GgufWriter three = WithTokens("qwen2");
  three.U32("tokenizer.ggml.eos_token_id", 2)
      .U32("tokenizer.ggml.eot_token_id", 3)
      .U32("tokenizer.ggml.eom_token_id", 4);
  EXPECT_THAT(ConfigOf(three).Ints("eos_token_id").value(), ElementsAre(2, 3, 4));
  GgufWriter same = WithTokens("qwen2");
  same.U32("tokenizer.ggml.eos_token_id", 2).U32("tokenizer.ggml.eot_token_id", 2);
  EXPECT_THAT(ConfigOf(same).Ints("eos_token_id").value(), ElementsAre(2));
  GgufWriter none = WithTokens("qwen2");
  none.U32("tokenizer.ggml.bos_token_id", 0xffffffff).I32("tokenizer.ggml.eos_token_id", -1);
  EXPECT_FALSE(ConfigOf(none).Has("bos_token_id"));
  EXPECT_FALSE(ConfigOf(none).Has("eos_token_id"));
}

TEST(GgufConfig, NeedsAnArchitecture) {
  GgufWriter none;
  none.U32("qwen2.block_count", 1);
  EXPECT_THAT(std::string(Open(none).status().message()), HasSubstr("general.architecture"));
  GgufWriter wrong;
  wrong.U32("general.architecture", 1);
  EXPECT_FALSE(Open(wrong).ok());
}

TEST(GgufTokenizer, TakesTheVocabulary) {
  GgufWriter writer = MinimalGguf("llama");
  writer.String("tokenizer.ggml.model", "llama")
      .String("tokenizer.ggml.pre", "default")
      .Strings("tokenizer.ggml.tokens", {"<unk>", "<s>", "</s>"})
      .Numbers<float>("tokenizer.ggml.scores", GgufWriter::kF32, {0, -1, -2.5})
      .Numbers<int32_t>("tokenizer.ggml.token_type", GgufWriter::kI32, {2, 3, 3})
      .Strings("tokenizer.ggml.merges", {"a b"})
      .U32("tokenizer.ggml.bos_token_id", 1)
      .U32("tokenizer.ggml.eos_token_id", 2)
      .U32("tokenizer.ggml.unknown_token_id", 0)
      .U32("tokenizer.ggml.padding_token_id", 0xffffffff)
      .Bool("tokenizer.ggml.add_bos_token", true)
      .Bool("tokenizer.ggml.add_space_prefix", false)
      .Strings("tokenizer.chat_templates", {"rag"})
      .String("tokenizer.chat_template", "main")
      .String("tokenizer.chat_template.rag", "other");
  const auto checkpoint = Open(writer);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  const TokenizerAssets& assets = checkpoint->tokenizer_assets();
  EXPECT_THAT(assets.chat_templates, UnorderedElementsAre(Pair("default", "main"), Pair("rag", "other")));
  ASSERT_TRUE(assets.gguf.has_value());
  const GgufVocabulary& vocabulary = *assets.gguf;
  EXPECT_EQ(vocabulary.model, "llama");
  EXPECT_EQ(vocabulary.pre, "default");
  EXPECT_THAT(vocabulary.tokens, ElementsAre("<unk>", "<s>", "</s>"));
  EXPECT_THAT(vocabulary.scores, ElementsAre(0, -1, -2.5f));
  EXPECT_THAT(vocabulary.token_types, ElementsAre(2, 3, 3));
  EXPECT_THAT(vocabulary.merges, ElementsAre("a b"));
  EXPECT_EQ(vocabulary.bos_id, 1);
  EXPECT_EQ(vocabulary.eos_id, 2);
  EXPECT_EQ(vocabulary.unk_id, 0);
  EXPECT_FALSE(vocabulary.pad_id.has_value());
  EXPECT_EQ(vocabulary.add_bos, true);
  EXPECT_FALSE(vocabulary.add_eos.has_value());
  EXPECT_EQ(vocabulary.add_space_prefix, false);
}

TEST(GgufTokenizer, NoVocabularyIsNone) {
  GgufWriter writer = MinimalGguf("llama");
  writer.String("tokenizer.ggml.model", "no_vocab");
  const auto checkpoint = Open(writer);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_FALSE(checkpoint->tokenizer_assets().gguf.has_value());
}

TEST(GgufTokenizer, ErrorsNameTheKey) {
  const auto error_of = [](const std::string& key, const auto& add) {
    GgufWriter writer = WithTokens("qwen2");
    add(writer, key);
    const absl::Status status = Open(writer).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << key;
    EXPECT_THAT(std::string(status.message()), HasSubstr(key));
  };
  const auto number = [](GgufWriter& writer, const std::string& key) { writer.U32(key, 5); };
  const auto text = [](GgufWriter& writer, const std::string& key) { writer.String(key, "x"); };
  const auto short_list = [](GgufWriter& writer, const std::string& key) {
    writer.Numbers<int32_t>(key, GgufWriter::kI32, {1, 2});
  };
  error_of("tokenizer.ggml.bos_token_id", number);  // there are five tokens
  error_of("tokenizer.ggml.eos_token_id", text);
  error_of("tokenizer.ggml.pre", number);
  error_of("tokenizer.ggml.merges", short_list);
  error_of("tokenizer.ggml.scores", short_list);
  error_of("tokenizer.ggml.token_type", short_list);
  error_of("tokenizer.ggml.token_type", text);
  error_of("tokenizer.ggml.add_bos_token", number);
  error_of("tokenizer.chat_template", number);
}

}  // namespace
}  // namespace reckon
