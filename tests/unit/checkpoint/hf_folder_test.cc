// Which files of a folder are taken, and what comes of them.
#include "checkpoint/hf_folder.h"

#include <filesystem>
#include <string>

#include "absl/strings/ascii.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/safetensors_writer.h"
#include "support/temp_folder.h"
#include "unit/checkpoint/open.h"

namespace reckon {
namespace {

using ::testing::AllOf;
using testing::Files;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::SafetensorsWriter;
using testing::TempFolder;
using ::testing::UnorderedElementsAre;

std::string OneTensor(const std::string& name, char fill) {
  return SafetensorsWriter().Tensor(name, "U8", "[4]", std::string(4, fill)).Bytes();
}

Files Minimal() { return {{"config.json", R"({"model_type": "qwen2"})"}, {"model.safetensors", OneTensor("a", 'a')}}; }

TEST(HfFolder, ReadsBothConfigurations) {
  Files files = Minimal();
  files["generation_config.json"] = R"({"temperature": 0.6, "eos_token_id": [3, 4]})";
  const auto checkpoint = testing::Open(files);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->config().String("model_type").value(), "qwen2");
  EXPECT_EQ(checkpoint->config().Double("generation.temperature").value(), 0.6);
  files["generation_config.json"] = "{";
  EXPECT_THAT(std::string(testing::Open(files).status().message()), HasSubstr("generation_config.json"));
}

TEST(HfFolder, KeepsTokenizerFilesAsTheyAre) {
  Files files = Minimal();
  files["tokenizer.json"] = "not looked at";
  files["tokenizer_config.json"] = R"({"model_max_length": 1000000000000000019884624838656})";
  files["special_tokens_map.json"] = "{}";
  files["tokenizer.model"] = std::string("\0\1\2", 3);
  auto checkpoint = testing::Open(files);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  const TokenizerAssets assets = checkpoint->TakeTokenizerAssets();
  EXPECT_EQ(assets.tokenizer_json, files["tokenizer.json"]);
  EXPECT_EQ(assets.tokenizer_config_json, files["tokenizer_config.json"]);
  EXPECT_EQ(assets.special_tokens_map_json, "{}");
  EXPECT_EQ(assets.sentencepiece_model, files["tokenizer.model"]);
  EXPECT_FALSE(assets.gguf.has_value());
  EXPECT_TRUE(assets.chat_templates.empty());
}

TEST(HfFolder, ChatTemplatesHaveAnOrderOfPrecedence) {
  Files files = Minimal();
  const auto templates = [&] {
    const auto checkpoint = testing::Open(files);
    EXPECT_TRUE(checkpoint.ok()) << checkpoint.status();
    return checkpoint.ok() ? checkpoint->tokenizer_assets().chat_templates : std::map<std::string, std::string>();
  };
  files["tokenizer_config.json"] = R"({"chat_template": "from config \u00e9\n"})";
  EXPECT_THAT(templates(), UnorderedElementsAre(Pair("default", "from config \xc3\xa9\n")));
  files["tokenizer_config.json"] =
      R"({"chat_template": [{"name": "default", "template": "D"}, {"name": "tool_use", "template": "T"}]})";
  EXPECT_THAT(templates(), UnorderedElementsAre(Pair("default", "D"), Pair("tool_use", "T")));
  files["tokenizer_config.json"] = R"({"chat_template": {"default": "D", "rag": "R"}})";
  EXPECT_THAT(templates(), UnorderedElementsAre(Pair("default", "D"), Pair("rag", "R")));
  files["chat_template.json"] = R"({"chat_template": "from json"})";
  EXPECT_THAT(templates(), UnorderedElementsAre(Pair("default", "from json"), Pair("rag", "R")));
  files["chat_template.jinja"] = "from jinja";
  files["additional_chat_templates/rag.jinja"] = "rag from jinja";
  files["additional_chat_templates/readme.txt"] = "no template";
  EXPECT_THAT(templates(), UnorderedElementsAre(Pair("default", "from jinja"), Pair("rag", "rag from jinja")));
}

TEST(HfFolder, RefusesTemplatesOfOtherKinds) {
  for (const char* value : {"3", "[\"a\"]", "[{\"name\": \"x\"}]", "{\"default\": 1}", "true"}) {
    Files files = Minimal();
    files["tokenizer_config.json"] = std::string(R"({"chat_template": )") + value + "}";
    const absl::Status status = testing::Open(files).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << value;
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("tokenizer_config.json"), HasSubstr("chat_template")));
  }
}

TEST(HfFolder, ReadsShards) {
  Files files = {{"config.json", "{}"},
                 {"model-00001-of-00002.safetensors", OneTensor("a", 'a')},
                 {"model-00002-of-00002.safetensors", OneTensor("b", 'b')}};
  const auto expect_both = [&] {
    const auto checkpoint = testing::Open(files);
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
    EXPECT_EQ(testing::BytesOf(*checkpoint, "a"), "aaaa");
    EXPECT_EQ(testing::BytesOf(*checkpoint, "b"), "bbbb");
    EXPECT_EQ(checkpoint->file_bytes(), 2 * OneTensor("a", 'a').size());
  };
  expect_both();  // complete sets need no index
  files["model.safetensors.index.json"] = R"({"metadata": {"total_size": 8},
      "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}})";
  expect_both();
}

TEST(HfFolder, TheIndexDecidesWhichOfEqualTensorsCounts) {
  const Files files = {
      {"config.json", "{}"},
      {"one.safetensors", OneTensor("a", '1')},
      {"two.safetensors", SafetensorsWriter().Tensor("a", "U8", "[4]", "2222").Tensor("b", "U8", "[1]", "b").Bytes()},
      {"model.safetensors.index.json", R"({"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}})"}};
  const auto checkpoint = testing::Open(files);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(testing::BytesOf(*checkpoint, "a"), "1111");
}

TEST(HfFolder, IndexErrorsNameFileAndTensor) {
  const auto error_of = [](const std::string& index) {
    const Files files = {{"config.json", "{}"},
                         {"one.safetensors", OneTensor("a", '1')},
                         {"sub/one.safetensors", OneTensor("a", '1')},
                         {"model.safetensors.index.json", index}};
    return testing::Open(files).status();
  };
  EXPECT_TRUE(error_of(R"({"weight_map": {"a": "one.safetensors"}})").ok());
  for (const char* file : {"../one.safetensors", "/etc/passwd", "..", ".", "", "sub/one.safetensors", "C:one",
                           "a\\\\one.safetensors", "one.safetensors\\u0000"}) {
    const absl::Status status = error_of(std::string(R"({"weight_map": {"a": ")") + file + "\"}}");
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << file << status;
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("index.json"), HasSubstr("\"a\""))) << file;
  }
  EXPECT_EQ(error_of(R"({"weight_map": {"a": "none.safetensors"}})").code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(error_of(R"({"weight_map": {"zzz": "one.safetensors"}})").message()), HasSubstr("zzz"));
  for (const char* index :
       {"{}", "[]", R"({"weight_map": []})", R"({"weight_map": {}})", R"({"weight_map": {"a": 1}})"}) {
    EXPECT_EQ(error_of(index).code(), absl::StatusCode::kInvalidArgument) << index;
  }
}

TEST(HfFolder, OpensByFolderFileAndShard) {
  const TempFolder folder;
  folder.Write("config.json", R"({"model_type": "llama"})");
  folder.Write("odd name.safetensors", OneTensor("a", 'a'));
  for (const std::string& path :
       {folder.path().string(), folder.path().string() + "/", folder / "odd name.safetensors"}) {
    const auto checkpoint = Checkpoint::Open(ModelSource::Path(path));
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
    EXPECT_EQ(checkpoint->config().String("model_type").value(), "llama");
    EXPECT_EQ(testing::BytesOf(*checkpoint, "a"), "aaaa");
  }
  const TempFolder sharded;
  sharded.Write("config.json", "{}");
  sharded.Write("model-00001-of-00002.safetensors", OneTensor("a", 'a'));
  sharded.Write("model-00002-of-00002.safetensors", OneTensor("b", 'b'));
  const auto checkpoint = Checkpoint::Open(ModelSource::Path(sharded / "model-00002-of-00002.safetensors"));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_NE(checkpoint->Find("a"), nullptr);
}

TEST(HfFolder, FollowsTheLinksOfHubCaches) {
  const TempFolder cache;
  cache.Write("blobs/0123", "{}");
  cache.Write("blobs/4567", OneTensor("a", 'a'));
  std::filesystem::create_directories(cache / "snapshots/main");
  std::filesystem::create_symlink("../../blobs/0123", cache / "snapshots/main/config.json");
  std::filesystem::create_symlink("../../blobs/4567", cache / "snapshots/main/model.safetensors");
  for (const char* path : {"snapshots/main", "snapshots/main/model.safetensors"}) {
    const auto checkpoint = Checkpoint::Open(ModelSource::Path(cache / path));
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
    EXPECT_EQ(testing::BytesOf(*checkpoint, "a"), "aaaa");
  }
  std::filesystem::remove(cache / "blobs/4567");
  const absl::Status status = Checkpoint::Open(ModelSource::Path(cache / "snapshots/main")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("model.safetensors"));
}

TEST(HfFolder, SaysWhatIsMissing) {
  EXPECT_THAT(std::string(testing::Open({{"model.safetensors", OneTensor("a", 'a')}}).status().message()),
              HasSubstr("config.json"));
  const absl::Status none = testing::Open({{"config.json", "{}"}}).status();
  EXPECT_EQ(none.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(none.message()), HasSubstr("model.safetensors"));
  const TempFolder empty;
  EXPECT_EQ(Checkpoint::Open(ModelSource::Path(empty.path().string())).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Checkpoint::Open(ModelSource::Path(empty / "none")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Checkpoint::Open(ModelSource::Path("")).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(HfFolder, ExplainsFormatsThatAreNotRead) {
  const absl::Status pickle = testing::Open({{"config.json", "{}"}, {"pytorch_model.bin", "x"}}).status();
  EXPECT_EQ(pickle.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(pickle.message()), AllOf(HasSubstr("pickle"), HasSubstr("safetensors")));
  for (const char* method : {"bitsandbytes", "hqq", "fp8"}) {
    Files files = Minimal();
    files["config.json"] = std::string(R"({"quantization_config": {"bits": 4, "quant_method": ")") + method + "\"}}";
    const absl::Status status = testing::Open(files).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
    EXPECT_THAT(absl::AsciiStrToLower(status.message()), AllOf(HasSubstr(method), HasSubstr("config.json")));
  }
  const absl::Status adapter =
      testing::Open({{"adapter_config.json", "{}"}, {"adapter_model.safetensors", OneTensor("a", 'a')}}).status();
  EXPECT_EQ(adapter.code(), absl::StatusCode::kUnimplemented);
  Files several = {
      {"config.json", "{}"}, {"x.safetensors", OneTensor("a", 'a')}, {"y.safetensors", OneTensor("b", 'b')}};
  EXPECT_THAT(std::string(testing::Open(several).status().message()), HasSubstr("x.safetensors"));
}

}  // namespace
}  // namespace reckon
