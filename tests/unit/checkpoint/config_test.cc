#include "checkpoint/config.h"

#include <string>
#include <vector>

#include "checkpoint/json_config.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace reckon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Config FromJson(const std::string& text) {
  Config config("config.json");
  const absl::Status status = AddJsonConfig(text, "config.json", "", &config);
  EXPECT_TRUE(status.ok()) << status;
  AddClassicNames(&config);
  return config;
}

absl::Status JsonError(const std::string& text) {
  Config config("config.json");
  return AddJsonConfig(text, "config.json", "", &config);
}

TEST(Config, FlattensNestedObjects) {
  const Config config = FromJson(R"({"hidden_size": 64, "rms_norm_eps": 1e-6, "tie_word_embeddings": true,
      "model_type": "qwen2", "sliding_window": null, "rope_scaling": {"rope_type": "yarn", "factor": 4.0},
      "eos_token_id": [1, 2], "architectures": ["A", "B"]})");
  EXPECT_EQ(config.Int("hidden_size").value(), 64);
  EXPECT_EQ(config.Double("rms_norm_eps").value(), 1e-6);
  EXPECT_TRUE(config.Bool("tie_word_embeddings").value());
  EXPECT_EQ(config.String("model_type").value(), "qwen2");
  EXPECT_FALSE(config.Has("sliding_window"));
  EXPECT_EQ(config.Double("rope_scaling.factor").value(), 4.0);
  EXPECT_THAT(config.Ints("eos_token_id").value(), ElementsAre(1, 2));
  EXPECT_THAT(config.Strings("architectures").value(), ElementsAre("A", "B"));
}

TEST(Config, ConvertsBetweenIntegersAndWholeDoubles) {
  const Config config = FromJson(R"({"whole": 32.0, "half": 0.5, "integer": 7, "large": 1e300})");
  EXPECT_EQ(config.Int("whole").value(), 32);
  EXPECT_EQ(config.Double("integer").value(), 7.0);
  EXPECT_THAT(config.Ints("integer").value(), ElementsAre(7));
  EXPECT_FALSE(config.Int("half").ok());
  EXPECT_FALSE(config.Int("large").ok());
}

TEST(Config, ErrorsNameOriginAndKey) {
  const Config config = FromJson(R"({"hidden_size": "large", "nothing": null, "pair": [1, 0.5]})");
  for (const char* key : {"hidden_size", "nothing", "absent", "pair"}) {
    const absl::Status status = config.Int(key).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("config.json"));
    EXPECT_THAT(std::string(status.message()), HasSubstr(key));
  }
  EXPECT_FALSE(config.Ints("pair").ok());
  EXPECT_FALSE(config.Bool("hidden_size").ok());
  EXPECT_FALSE(config.Strings("hidden_size").ok());
}

TEST(Config, FallsBackOnlyForAbsentKeys) {
  const Config config = FromJson(R"({"present": 3, "wrong": "x", "null": null})");
  EXPECT_EQ(config.IntOr("present", 9).value(), 3);
  EXPECT_EQ(config.IntOr("absent", 9).value(), 9);
  EXPECT_EQ(config.IntOr("null", 9).value(), 9);
  EXPECT_FALSE(config.IntOr("wrong", 9).ok());
  EXPECT_EQ(config.StringOr("absent", "silu").value(), "silu");
  EXPECT_TRUE(config.BoolOr("absent", true).value());
  EXPECT_EQ(config.DoubleOr("absent", 0.5).value(), 0.5);
}

TEST(JsonConfig, TheLastOfEqualKeysCounts) {
  EXPECT_EQ(FromJson(R"({"hidden_size": 1, "hidden_size": 2})").Int("hidden_size").value(), 2);
}

TEST(JsonConfig, SetsClassicNamesFromNewOnes) {
  const Config config = FromJson(R"({"dtype": "bfloat16", "rope_parameters": {"rope_theta": 5e5, "rope_type": "llama3",
      "factor": 8.0, "low_freq_factor": 1.0, "partial_rotary_factor": 0.5}})");
  EXPECT_EQ(config.String("torch_dtype").value(), "bfloat16");
  EXPECT_EQ(config.Double("rope_theta").value(), 5e5);
  EXPECT_EQ(config.Double("partial_rotary_factor").value(), 0.5);
  EXPECT_EQ(config.String("rope_scaling.rope_type").value(), "llama3");
  EXPECT_EQ(config.String("rope_scaling.type").value(), "llama3");
  EXPECT_EQ(config.Double("rope_scaling.factor").value(), 8.0);
}

TEST(JsonConfig, DefaultRopeIsNoScaling) {
  const Config config = FromJson(R"({"rope_parameters": {"rope_theta": 1e4, "rope_type": "default"}})");
  EXPECT_EQ(config.Double("rope_theta").value(), 1e4);
  EXPECT_FALSE(config.Has("rope_scaling.rope_type"));
}

TEST(JsonConfig, ClassicNamesWin) {
  const Config config = FromJson(
      R"({"rope_theta": 1.0, "torch_dtype": "float32", "dtype": "x", "rope_parameters": {"rope_theta": 2.0}})");
  EXPECT_EQ(config.Double("rope_theta").value(), 1.0);
  EXPECT_EQ(config.String("torch_dtype").value(), "float32");
}

TEST(JsonConfig, GivesTheRopeTypeBothNames) {
  const Config config = FromJson(R"({"rope_scaling": {"type": "yarn", "factor": 2}})");
  EXPECT_EQ(config.String("rope_scaling.rope_type").value(), "yarn");
}

TEST(JsonConfig, ReadsIntegersOfAnySize) {
  const Config config = FromJson(R"({"a": 1000000000000000019884624838656, "b": -99999999999999999999999999,
      "c": 18446744073709551615, "text": "100000000000000000000000 \" 1", "d": [123456789012345678901234567890]})");
  EXPECT_EQ(config.Double("a").value(), 1e30);
  EXPECT_EQ(config.Double("b").value(), -1e26);
  EXPECT_EQ(config.Double("c").value(), 18446744073709551615.0);
  EXPECT_EQ(config.String("text").value(), "100000000000000000000000 \" 1");
  EXPECT_EQ(config.Doubles("d").value().at(0), 123456789012345678901234567890.0);
  EXPECT_FALSE(config.Int("a").ok());
}

TEST(JsonConfig, LeavesExponentsAndFractionsAlone) {
  const Config config = FromJson(R"({"a": 1000000000000000019884624838656, "b": 0.10000000000000000000000001,
      "c": 1.5e0000000000000000000002, "d": 1e-0000000000000000000002})");
  EXPECT_EQ(config.Double("b").value(), 0.1);
  EXPECT_EQ(config.Double("c").value(), 150.0);
  EXPECT_EQ(config.Double("d").value(), 0.01);
}

TEST(JsonConfig, SkipsAByteOrderMark) { EXPECT_EQ(FromJson("\xef\xbb\xbf{\"a\": 1}").Int("a").value(), 1); }

TEST(JsonConfig, LeavesOddListsOut) {
  const Config config = FromJson(R"({"mixed": [1, "a"], "nested": [[1], [2]], "empty": [], "objects": [{"a": 1}]})");
  EXPECT_FALSE(config.Has("mixed"));
  EXPECT_FALSE(config.Has("nested"));
  EXPECT_FALSE(config.Has("objects"));
  EXPECT_TRUE(config.Doubles("empty").value().empty());
  EXPECT_TRUE(config.Strings("empty").value().empty());
}

TEST(JsonConfig, RefusesWhatIsNoConfiguration) {
  for (const std::string& text :
       {std::string(), std::string("[1]"), std::string("3"), std::string("{\"a\": "), std::string("{\"a\": 1} x"),
        std::string("{\"\xff\": 1}"), std::string("{\"a\": 1e999}"), std::string("{\"a\": 01}"), std::string(1000, '['),
        std::string("\0\0\0\0", 4)}) {
    const absl::Status status = JsonError(text);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("config.json"));
  }
}

TEST(JsonConfig, BoundsDepthKeysAndCount) {
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "{\"a\":";
  deep += '1' + std::string(100, '}');
  EXPECT_THAT(std::string(JsonError(deep).message()), HasSubstr("nested deeper"));
  EXPECT_THAT(std::string(JsonError("{\"" + std::string(300, 'k') + "\": 1}").message()), HasSubstr("longer than"));
  std::string many = "{\"a0\": 0";
  for (int i = 1; i < 60000; ++i) many += ",\"a" + std::to_string(i) + "\":0";
  EXPECT_THAT(std::string(JsonError(many + "}").message()), HasSubstr("values"));
}

}  // namespace
}  // namespace reckon
