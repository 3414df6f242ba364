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
            R"([{"type":"function","function":{"name":"f","arguments":{"x":[1]}}}])");
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
  ASSERT_EQ(request.prompts.size(), 1u);
  EXPECT_EQ(request.prompts[0].text, "\"" + text);
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

TEST(GenerationRequestTest, ObjectsHaveFewMembers) {
  GenerationRequest request;
  std::string many;
  for (int i = 0; i < 4100; ++i) many += "\"" + std::to_string(i) + "\": 1,";
  const std::optional<ApiError> error = ParseRequest("{" + many + "\"prompt\": \"x\"}", false, {}, request);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->param, "body");
  // An array may be longer, in an object too.
  std::string tokens = "1";
  for (int i = 0; i < 9000; ++i) tokens += ",1";
  ASSERT_FALSE(ParseRequest("{\"prompt\": [" + tokens + "]}", false, {}, request).has_value());
  EXPECT_EQ(request.prompts.at(0).tokens.size(), 9001u);
}

TEST(GenerationRequestTest, ReadsPromptsOfAllKinds) {
  GenerationRequest request;
  ASSERT_FALSE(ParseRequest(R"({"prompt": ["a", "b"], "n": 2})", false, {}, request).has_value());
  ASSERT_EQ(request.prompts.size(), 2u);
  EXPECT_EQ(request.prompts[1].text, "b");
  ASSERT_FALSE(ParseRequest(R"({"prompt": [[1, 2], [3]]})", false, {}, request).has_value());
  EXPECT_EQ(request.prompts.at(1).tokens, std::vector<reckon::TokenId>{3});
}

TEST(GenerationRequestTest, ReadsHowLongToThink) {
  const auto budget = [](const std::string& members) {
    GenerationRequest request;
    const std::optional<ApiError> error =
        ParseRequest(R"({"messages": [{"role": "user", "content": "x"}])" + members + "}", true, {}, request);
    EXPECT_FALSE(error.has_value()) << error->message;
    return request.max_reasoning_tokens;
  };
  EXPECT_EQ(budget(""), std::nullopt);
  EXPECT_EQ(budget(R"(, "reasoning_effort": "none")"), 0);
  EXPECT_EQ(budget(R"(, "reasoning_effort": "low")"), 512);
  EXPECT_EQ(budget(R"(, "reasoning_effort": "low", "max_reasoning_tokens": 7)"), 7);
  EXPECT_EQ(budget(R"(, "max_reasoning_tokens": -1)"), -1);
}

class ToolChoiceTest : public ::testing::Test {
 protected:
  // The member that is wrong; empty: none.
  std::string Parse(const std::string& members) {
    const std::optional<ApiError> error =
        ParseRequest(R"({"messages": [{"role": "user", "content": "x"}], )" + members + "}", true, {}, request_);
    return error.has_value() ? error->param : "";
  }
  GenerationRequest request_;
};

TEST_F(ToolChoiceTest, Choices) {
  const std::string tools = R"("tools": [{"type": "function", "function": {"name": "f", "description": "d"}}])";
  EXPECT_EQ(Parse(tools), "");
  EXPECT_EQ(request_.tools_json, R"([{"type":"function","function":{"name":"f","description":"d"}}])");
  EXPECT_FALSE(request_.must_call);
  EXPECT_FALSE(request_.one_call);
  EXPECT_EQ(Parse(tools + R"(, "tool_choice": "none")"), "");
  EXPECT_EQ(request_.tools_json, "");
  EXPECT_EQ(Parse(tools + R"(, "tool_choice": "required", "parallel_tool_calls": false)"), "");
  EXPECT_TRUE(request_.must_call);
  EXPECT_TRUE(request_.one_call);
  EXPECT_EQ(request_.must_call_name, "");
  EXPECT_EQ(Parse(tools + R"(, "tool_choice": {"type": "function", "function": {"name": "f"}})"), "");
  EXPECT_TRUE(request_.must_call);
  EXPECT_EQ(request_.must_call_name, "f");
}

TEST_F(ToolChoiceTest, RefusesOthers) {
  const std::string tools = R"("tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": )";
  for (const char* choice : {"\"maybe\"", "5", "{}", "[]", R"({"type": "function", "function": {"name": "g"}})",
                             R"({"type": "function", "function": {"name": 5}})"}) {
    EXPECT_EQ(Parse(tools + choice), "tool_choice") << choice;
  }
  EXPECT_EQ(Parse(R"("tool_choice": "required")"), "tool_choice");
  EXPECT_EQ(Parse(R"("tools": [{"type": "function", "function": {}}])"), "tools");
  EXPECT_EQ(Parse(R"("tools": {})"), "tools");
}

}  // namespace
}  // namespace reckon_server
