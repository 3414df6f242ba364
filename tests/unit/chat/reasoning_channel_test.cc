#include "chat/reasoning_channel.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace reckon {
namespace {

struct Parts {
  std::string reasoning;
  std::string answer;
  bool operator==(const Parts& other) const { return reasoning == other.reasoning && answer == other.answer; }
};

// The parts of a text that arrives `size` bytes at a time.
Parts Split(const std::string& text, bool inside, size_t size) {
  Parts parts;
  const auto sink = [&](Channel channel, absl::string_view piece) {
    EXPECT_FALSE(piece.empty());
    (channel == Channel::kReasoning ? parts.reasoning : parts.answer) += std::string(piece);
  };
  ReasoningChannel channel(inside);
  for (size_t i = 0; i < text.size(); i += size) channel.Push(text.substr(i, size), sink);
  channel.Finish(sink);
  return parts;
}

TEST(ReasoningChannelTest, EveryCutGivesTheSameParts) {
  struct Case {
    std::string text;
    bool inside;
    Parts parts;
  };
  const Case cases[] = {
      {"<think>\nabc\n</think>\n\ndef", false, {"abc", "def"}},
      {"\n <think>abc</think>def", false, {"abc", "def"}},
      {"abc\n</think>\n\ndef\n", true, {"abc", "def"}},
      {"no marks", false, {"", "no marks"}},
      {"never closed", true, {"never closed", ""}},
      {"<think>never closed", false, {"never closed", ""}},
      {"<think>\n\n</think>\n\nempty", false, {"", "empty"}},
      {"\n</think>\n\nempty", true, {"", "empty"}},
      {"an answer with <think>in it</think>", false, {"", "an answer with <think>in it</think>"}},
      {"<think>a < b, </thin, </think >\n</think>x", false, {"a < b, </thin, </think >", "x"}},
      {"<think>a</thi", false, {"a</thi", ""}},
      {"<thi", false, {"", "<thi"}},
      {"<think>a</think>b</think>c", false, {"a", "b</think>c"}},
      {"", true, {"", ""}},
      {"</think>", true, {"", ""}},
  };
  for (const Case& item : cases) {
    for (size_t size = 1; size <= item.text.size() + 1; ++size) {
      const Parts parts = Split(item.text, item.inside, size);
      EXPECT_EQ(parts.reasoning, item.parts.reasoning) << item.text << " by " << size;
      EXPECT_EQ(parts.answer, item.parts.answer) << item.text << " by " << size;
    }
  }
}

TEST(ReasoningChannelTest, NothingIsHeldBackThatIsCertain) {
  ReasoningChannel channel(/*inside=*/true);
  std::string heard;
  const auto sink = [&](Channel, absl::string_view piece) { heard += std::string(piece); };
  channel.Push("abc", sink);
  EXPECT_EQ(heard, "abc");
  channel.Push("<", sink);
  EXPECT_EQ(heard, "abc");
  channel.Push("b", sink);
  EXPECT_EQ(heard, "abc<b");
  EXPECT_TRUE(channel.inside());
  channel.Push("</think>", sink);
  EXPECT_FALSE(channel.inside());
}

TEST(ReasoningChannelTest, PromptsThatOpenReasoning) {
  EXPECT_TRUE(PromptOpensReasoning("<assistant><think>\n"));
  EXPECT_TRUE(PromptOpensReasoning("<think>"));
  EXPECT_FALSE(PromptOpensReasoning("<assistant>"));
  EXPECT_FALSE(PromptOpensReasoning("<think>\n\n</think>\n\n"));
}

}  // namespace
}  // namespace reckon
