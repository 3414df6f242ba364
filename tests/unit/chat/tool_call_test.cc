#include <string>
#include <vector>

#include "chat/tool_call_channel.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace reckon {
namespace {

using ::testing::ElementsAre;

struct Heard {
  std::string text;
  std::vector<std::string> calls;
  std::string json;
};

Heard Split(const std::string& text, size_t size) {
  Heard heard;
  ToolCallChannel channel;
  const auto on_text = [&](absl::string_view words) { heard.text += std::string(words); };
  const auto on_call = [&](absl::string_view json) { heard.calls.emplace_back(json); };
  for (size_t i = 0; i < text.size(); i += size) channel.Push(text.substr(i, size), on_text, on_call);
  channel.Finish(on_text);
  heard.json = channel.CallsJson();
  return heard;
}

TEST(ToolCallChannelTest, CallsAreTakenOutOfTheTextHoweverItIsCut) {
  const std::string weather = R"({"name": "weather", "arguments": {"city": "</tool_call"}})";
  const std::string time = R"({"name": "time", "arguments": {}})";
  const std::string text =
      "I look it up.\n<tool_call>\n" + weather + "\n</tool_call>\n<tool_call>" + time + "</tool_call>";
  for (size_t size = 1; size <= text.size(); ++size) {
    const Heard heard = Split(text, size);
    EXPECT_EQ(heard.text, "I look it up.\n\n") << size;
    EXPECT_THAT(heard.calls, ElementsAre(weather, time)) << size;
    const auto json = nlohmann::json::parse(heard.json);
    ASSERT_EQ(json.size(), 2u);
    EXPECT_EQ(json[1]["type"], "function");
    EXPECT_EQ(json[1]["function"]["name"], "time");
  }
}

TEST(ToolCallChannelTest, WhatIsNoCallStaysText) {
  for (const std::string text :
       {"<tool_call>not json</tool_call> x", "<tool_call>{\"name\": 1, \"arguments\": {}}</tool_call>",
        "<tool_call>{\"name\": \"f\"}</tool_call>", "<tool_call>{\"name\": \"f\", ", "a <tool_cal", "no call"}) {
    for (size_t size = 1; size <= text.size(); ++size) {
      const Heard heard = Split(text, size);
      EXPECT_EQ(heard.text, text) << size;
      EXPECT_TRUE(heard.calls.empty());
      EXPECT_EQ(heard.json, "");
    }
  }
}

}  // namespace
}  // namespace reckon
