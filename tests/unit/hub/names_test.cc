#include "hub/names.h"

#include <gmock/gmock.h>

#include <set>
#include <string>

#include "hub/model_name.h"

namespace reckon_hub {
namespace {

using ::testing::HasSubstr;

TEST(NamesTest, RepositoriesHaveTwoPlainParts) {
  for (const char* good : {"Qwen/Qwen3-0.6B", "a/b", "TinyLlama/TinyLlama-1.1B-Chat-v1.0", "x_y/z.1"}) {
    EXPECT_TRUE(IsRepoId(good)) << good;
  }
  for (const char* bad : {"", "a", "a/", "/b", "a/b/c", "a/..", "../b", "a/b..c", "a--b/c", "-a/b", "a/b-", ".a/b",
                          "a/b.", "a b/c", "a/b?c", "a/b%2e", "a\\b/c", "a/b\n"}) {
    EXPECT_FALSE(IsRepoId(bad)) << bad;
  }
  EXPECT_FALSE(IsRepoId(std::string(97, 'a') + "/b"));
}

TEST(NamesTest, PathsStayBelowTheirFolder) {
  for (const char* good :
       {"config.json", "a/b/c.safetensors", ".gitattributes", "\xE6\xA8\xA1\xE5\x9E\x8B.json", "a..b"}) {
    EXPECT_TRUE(IsSafePath(good)) << good;
  }
  for (const char* bad :
       {"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", "a\\b", "C:a", "a\nb", "a\x7F", "\x1B[2J"}) {
    EXPECT_FALSE(IsSafePath(bad)) << bad;
  }
  EXPECT_FALSE(IsSafePath(absl::string_view("a\0b", 3)));
  EXPECT_FALSE(IsSafePath(std::string(201, 'a')));
  EXPECT_FALSE(IsSafePath("1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"));
}

TEST(NamesTest, Revisions) {
  for (const char* good : {"main", "v1.0", "refs/pr/1", "0123456789abcdef0123456789abcdef01234567"}) {
    EXPECT_TRUE(IsRevision(good)) << good;
  }
  for (const char* bad : {"", "-x", ".x", "a/.lock", "..", "a..b", "a b", "a?b", "/main"})
    EXPECT_FALSE(IsRevision(bad)) << bad;
}

TEST(NamesTest, PercentEncoding) {
  EXPECT_EQ(PercentEncode("a b/c?d%\xC3\xA4~", true), "a%20b/c%3Fd%25%C3%A4~");
  EXPECT_EQ(PercentEncode("refs/pr/1", false), "refs%2Fpr%2F1");
}

TEST(NamesTest, Globs) {
  EXPECT_TRUE(MatchesGlob("*.json", "a/config.JSON"));
  EXPECT_TRUE(MatchesGlob("model-?.gguf", "model-1.gguf"));
  EXPECT_TRUE(MatchesGlob("*q4*k*m*", "x-Q4_K_M.gguf"));
  EXPECT_TRUE(MatchesGlob("", ""));
  EXPECT_TRUE(MatchesGlob("**", ""));
  EXPECT_FALSE(MatchesGlob("*.json", "config.json5"));
  EXPECT_FALSE(MatchesGlob("?", ""));
  // A matcher that goes back to every star would not come to an end here.
  EXPECT_FALSE(MatchesGlob(std::string(2000, '*') + "a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
}

TEST(ModelNameTest, ShortNamesStandForRepositories) {
  std::set<std::string> seen;
  for (const ShortName& known : ShortNames()) {
    EXPECT_TRUE(seen.insert(known.name).second) << known.name;
    EXPECT_TRUE(IsRepoId(known.hugging_face)) << known.name;
    EXPECT_TRUE(known.modelscope[0] == '\0' || IsRepoId(known.modelscope)) << known.name;
    const absl::StatusOr<ModelName> name = ParseModelName(known.name);
    ASSERT_TRUE(name.ok());
    EXPECT_EQ(name->hugging_face, known.hugging_face);
  }
  EXPECT_EQ(ParseModelName("DeepSeek-R1:1.5B")->hugging_face, "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B");
  EXPECT_EQ(ParseModelName("deepseek-r1")->hugging_face, "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B");
}

TEST(ModelNameTest, OtherForms) {
  absl::StatusOr<ModelName> name = ParseModelName("Qwen/Qwen3-0.6B-GGUF:Q8_0");
  ASSERT_TRUE(name.ok());
  EXPECT_EQ(name->On(Hub::kModelScope), "Qwen/Qwen3-0.6B-GGUF");
  EXPECT_EQ(name->quant, "Q8_0");
  EXPECT_FALSE(name->hub.has_value());
  name = ParseModelName("https://huggingface.co/Qwen/Qwen3-0.6B/");
  ASSERT_TRUE(name.ok());
  EXPECT_EQ(name->hugging_face, "Qwen/Qwen3-0.6B");
  EXPECT_EQ(name->hub, Hub::kHuggingFace);
  EXPECT_EQ(ParseModelName("modelscope.cn/models/Qwen/Qwen3-0.6B")->hub, Hub::kModelScope);
}

TEST(ModelNameTest, ErrorsSayWhatThereIs) {
  const absl::StatusOr<ModelName> unknown = ParseModelName("qwen3:70b");
  ASSERT_FALSE(unknown.ok());
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("qwen3:0.6b"));
  EXPECT_THAT(std::string(unknown.status().message()), Not(HasSubstr("smollm2")));
  for (const char* bad :
       {"", "x", "https://elsewhere.example/a/b", "a/b:", "a/b:c d", "http://Qwen/Qwen3", "a/../b", "a\x1B/b"}) {
    EXPECT_FALSE(ParseModelName(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace reckon_hub
