#include "hub/selection.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace reckon_hub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<RemoteFile> Files(const std::vector<std::string>& paths) {
  std::vector<RemoteFile> files;
  files.reserve(paths.size());
  for (const std::string& path : paths) files.push_back({path, 1, {}});
  return files;
}

std::vector<std::string> Chosen(const std::vector<std::string>& paths, const Wanted& wanted) {
  const absl::StatusOr<std::vector<RemoteFile>> files = SelectFiles(Files(paths), wanted);
  if (!files.ok()) return {std::string(files.status().message())};
  std::vector<std::string> chosen;
  for (const RemoteFile& file : *files) chosen.push_back(file.path);
  return chosen;
}

TEST(SelectionTest, WhatAModelNeeds) {
  EXPECT_THAT(
      Chosen({".gitattributes", "LICENSE", "README.md", "config.json", "consolidated.safetensors", "figures/a.png",
              "merges.txt", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
              "model.safetensors.index.json", "onnx/model.safetensors", "pytorch_model.bin", "model.pth",
              "tokenizer.json", "tokenizer.model", "chat_template.jinja", "modeling.py", "x.gguf"},
             {}),
      ElementsAre("LICENSE", "README.md", "config.json", "merges.txt", "model-00001-of-00002.safetensors",
                  "model-00002-of-00002.safetensors", "model.safetensors.index.json", "tokenizer.json",
                  "tokenizer.model", "chat_template.jinja"));
}

TEST(SelectionTest, Ggufs) {
  const std::vector<std::string> ggufs = {"README.md", "a-Q4_K.gguf", "a-Q4_K_M.gguf",
                                          "Q8_0/a-Q8_0-00001-of-00002.gguf", "Q8_0/a-Q8_0-00002-of-00002.gguf"};
  EXPECT_THAT(Chosen(ggufs, {.globs = {}, .quant = "q4_k"}), ElementsAre("a-Q4_K.gguf"));
  EXPECT_THAT(Chosen(ggufs, {.globs = {}, .quant = "Q8_0"}),
              ElementsAre("Q8_0/a-Q8_0-00001-of-00002.gguf", "Q8_0/a-Q8_0-00002-of-00002.gguf"));
  EXPECT_THAT(Chosen(ggufs, {.globs = {}, .quant = "q5"}), ElementsAre(HasSubstr("a-Q4_K_M")));
  EXPECT_THAT(Chosen(ggufs, {}), ElementsAre(HasSubstr("--quant")));
  EXPECT_THAT(Chosen({"README.md", "only.gguf"}, {}), ElementsAre("only.gguf"));
  EXPECT_THAT(Chosen({"config.json", "model.safetensors"}, {.globs = {}, .quant = "q4_0"}),
              ElementsAre(HasSubstr("no GGUF")));
}

TEST(SelectionTest, Globs) {
  EXPECT_THAT(Chosen({"a.bin", "b/c.json", "d.json"}, {.globs = {"*.json"}, .quant = ""}),
              ElementsAre("b/c.json", "d.json"));
  EXPECT_THAT(Chosen({"a.bin"}, {.globs = {"*.json"}, .quant = ""}), ElementsAre(HasSubstr("*.json")));
  EXPECT_THAT(Chosen({"pytorch_model.bin", "config.json"}, {}), ElementsAre(HasSubstr("neither")));
}

TEST(SelectionTest, NamesOfGgufs) {
  EXPECT_EQ(GgufStem("a/b-Q4_K_M.gguf"), "a/b-Q4_K_M");
  EXPECT_EQ(GgufStem("b-00001-of-00003.gguf"), "b");
  EXPECT_EQ(GgufStem("-00001-of-00003.gguf"), "-00001-of-00003");
  EXPECT_EQ(GgufStem("b-0000x-of-00003.gguf"), "b-0000x-of-00003");
  EXPECT_TRUE(IsOfQuant("x/model.Q4_K_M.gguf", "q4_k_m"));
  EXPECT_FALSE(IsOfQuant("x/model-Q4_K_M.gguf", "k_m4"));
  EXPECT_FALSE(IsOfQuant("x/model-IQ4_K_M.gguf", "q4_k_m"));
}

}  // namespace
}  // namespace reckon_hub
