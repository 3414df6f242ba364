#include "hub/environment.h"

#include <gmock/gmock.h>

#include <map>
#include <string>

#include "unit/hub/scratch.h"

namespace reckon_hub {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<Environment> With(std::map<std::string, std::string> variables) {
  variables.emplace("HOME", "/h/me");
  return ReadEnvironment([&variables](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

TEST(EnvironmentTest, Defaults) {
  const absl::StatusOr<Environment> env = With({});
  ASSERT_TRUE(env.ok());
  EXPECT_EQ(env->hugging_face.endpoint, "https://huggingface.co");
  EXPECT_EQ(env->hugging_face.cache, "/h/me/.cache/huggingface/hub");
  EXPECT_EQ(env->hugging_face.auth_header, "");
  EXPECT_EQ(env->modelscope.endpoint, "https://modelscope.cn");
  EXPECT_EQ(env->modelscope.cache, "/h/me/.cache/modelscope");
  EXPECT_FALSE(env->offline);
}

TEST(EnvironmentTest, PlacesInOrderOfPrecedence) {
  EXPECT_EQ(With({{"XDG_CACHE_HOME", "/x"}})->hugging_face.cache, "/x/huggingface/hub");
  EXPECT_EQ(With({{"XDG_CACHE_HOME", "/x"}, {"HF_HOME", "~/hf"}})->hugging_face.cache, "/h/me/hf/hub");
  EXPECT_EQ(With({{"HF_HOME", "/hf"}, {"HUGGINGFACE_HUB_CACHE", "/old"}})->hugging_face.cache, "/old");
  EXPECT_EQ(With({{"HUGGINGFACE_HUB_CACHE", "/old"}, {"HF_HUB_CACHE", "/new"}})->hugging_face.cache, "/new");
  EXPECT_EQ(With({{"MODELSCOPE_CACHE", "/ms"}})->modelscope.cache, "/ms");
  EXPECT_EQ(With({{"HF_ENDPOINT", "https://mirror.example/"}})->hugging_face.endpoint, "https://mirror.example");
  EXPECT_EQ(With({{"MODELSCOPE_DOMAIN", "modelscope.ai"}})->modelscope.endpoint, "https://modelscope.ai");
  EXPECT_TRUE(With({{"HF_HUB_OFFLINE", "true"}})->offline);
  EXPECT_FALSE(With({{"HF_HUB_OFFLINE", "0"}})->offline);
}

TEST(EnvironmentTest, Endpoints) {
  for (const char* bad :
       {"file:///etc", "huggingface.co", "https://", "https://user@host", "https://host/?x", "http://a b"}) {
    EXPECT_FALSE(With({{"HF_ENDPOINT", bad}}).ok()) << bad;
  }
}

TEST(EnvironmentTest, TokensComeFromVariablesOrTheFile) {
  const Scratch scratch;
  const std::string home = (scratch / "hf").string();
  scratch.Write("hf/token", "hf_file\nmore\n");
  EXPECT_EQ(With({{"HF_HOME", home}})->hugging_face.auth_header, "Authorization: Bearer hf_file");
  EXPECT_EQ(With({{"HF_HOME", home}, {"HF_TOKEN", " hf_env "}})->hugging_face.auth_header,
            "Authorization: Bearer hf_env");
  EXPECT_EQ(With({{"HF_HOME", home}, {"HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"}})->hugging_face.auth_header, "");
  const std::string other = scratch.Write("elsewhere", "hf_else").string();
  EXPECT_EQ(With({{"HF_HOME", home}, {"HF_TOKEN_PATH", other}})->hugging_face.token, "hf_else");
  EXPECT_EQ(With({{"MODELSCOPE_API_TOKEN", "ms"}})->modelscope.auth_header, "Cookie: m_session_id=ms");
}

TEST(EnvironmentTest, TokensCannotCarryHeadersAndAreNotShown) {
  for (const char* bad : {"secret\r\nX: y", "secret x", "secret\x01"}) {
    for (const char* variable : {"HF_TOKEN", "MODELSCOPE_API_TOKEN"}) {
      const absl::StatusOr<Environment> env = With({{variable, bad}});
      ASSERT_FALSE(env.ok()) << bad;
      EXPECT_THAT(env.status().ToString(), Not(HasSubstr("secret")));
    }
  }
  EXPECT_FALSE(With({{"MODELSCOPE_API_TOKEN", "a;b"}}).ok());
}

TEST(EnvironmentTest, TokensDoNotGoInTheClear) {
  const auto header = [](const char* endpoint) {
    return With({{"HF_TOKEN", "t"}, {"HF_ENDPOINT", endpoint}})->hugging_face.auth_header;
  };
  EXPECT_EQ(header("http://mirror.example"), "");
  EXPECT_EQ(header("http://localhost.example"), "");
  EXPECT_NE(header("http://localhost:8080"), "");
  EXPECT_NE(header("http://127.0.0.1"), "");
  EXPECT_NE(header("https://mirror.example"), "");
}

}  // namespace
}  // namespace reckon_hub
