#include "server/generation_request.h"

#include <gtest/gtest.h>

#include <string>

namespace reckon_server {
namespace {

TEST(GenerationRequestTest, ReadsAConversation) {
  GenerationRequest request;
  const std::optional<ApiError> error = ParseRequest(
      R"({"messages": [{"role": "developer", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
          {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function",
            "function": {"name": "f", "arguments": "{\"x\": [1]}"}}]},
          {"role": "tool", "tool_call_id": "1", "content": "r"}],
          "temperature": 0.5, "top_p": null, "logit_bias": {"3": -100}, "stop": "x", "seed": -1,
          "max_tokens": 5, "max_completion_tokens": 6, "stream": true, "stream_options": {"include_usage": true}})",
      /*chat=*/true, {.top_p = 0.25f}, request);
  ASSERT_FALSE(error.has_value()) << error->message;
  ASSERT_EQ(request.messages.size(), 3u);
  EXPECT_EQ(request.messages[0].role, "system");
  EXPECT_EQ(request.messages[0].content, "ab");
  EXPECT_FALSE(request.messages[1].content.has_value());
  EXPECT_EQ(request.messages[1].tool_calls_json,
            R"([{"function":{"arguments":{"x":[1]},"name":"f"},"type":"function"}])");
  EXPECT_EQ(request.messages[2].extra_json, R"({"tool_call_id":"1"})");
  EXPECT_EQ(request.sampler.temperature, 0.5f);
  EXPECT_EQ(request.sampler.top_p, 0.25f);
  EXPECT_EQ(request.sampler.seed, UINT64_MAX);
  ASSERT_EQ(request.sampler.logit_bias.size(), 1u);
  EXPECT_EQ(request.stop, std::vector<std::string>{"x"});
  EXPECT_EQ(request.max_tokens, 6);
  EXPECT_TRUE(request.stream);
  EXPECT_TRUE(request.include_usage);
}

TEST(GenerationRequestTest, BracketsInStringsAreNoDepth) {
  GenerationRequest request;
  const std::string text(1000, '[');
  EXPECT_FALSE(ParseRequest(R"({"prompt": "\")" + text + "\"}", false, {}, request).has_value());
  EXPECT_EQ(request.prompt, "\"" + text);
}

TEST(GenerationRequestTest, RefusesShapesThatOnlyCostMemory) {
  GenerationRequest request;
  const std::string deep(33, '[');
  const std::string wide = "[" + std::string(60000, ',') + "]";
  for (const std::string& text : {deep, wide, R"({"prompt": "x", "metadata": )" + wide + "}"}) {
    const std::optional<ApiError> error = ParseRequest(text, false, {}, request);
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->param, "body");
  }
}

}  // namespace
}  // namespace reckon_server
