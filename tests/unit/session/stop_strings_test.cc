#include "session/stop_strings.h"

#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace reckon {
namespace {

struct Outcome {
  std::string text;
  std::string stop;
};

// The whole text at once: cut before the stop string that ends first, the longest of those that end together.
Outcome Plain(const std::string& text, const std::vector<std::string>& stops) {
  for (size_t end = 1; end <= text.size(); ++end) {
    std::string best;
    for (const std::string& stop : stops) {
      if (!stop.empty() && stop.size() <= end && text.compare(end - stop.size(), stop.size(), stop) == 0 &&
          stop.size() > best.size()) {
        best = stop;
      }
    }
    if (!best.empty()) return {text.substr(0, end - best.size()), best};
  }
  return {text, ""};
}

Outcome InPieces(const std::string& text, const std::vector<std::string>& stops, size_t piece) {
  StopStringFilter filter(stops);
  Outcome outcome;
  for (size_t i = 0; i < text.size() && !filter.matched(); i += piece)
    outcome.text += filter.Push(text.substr(i, piece));
  if (filter.matched()) {
    outcome.stop = filter.stop_string();
  } else {
    outcome.text += filter.Flush();
  }
  return outcome;
}

TEST(StopStringFilterTest, FindsStringsAcrossPieces) {
  const std::vector<std::string> stops = {"\n\nUser:", "</s>", ""};
  for (const size_t piece : {1u, 2u, 3u, 5u, 100u}) {
    const Outcome outcome = InPieces("Hello <world>\n\n\nUser: more", stops, piece);
    EXPECT_EQ(outcome.text, "Hello <world>\n");
    EXPECT_EQ(outcome.stop, "\n\nUser:");
  }
}

TEST(StopStringFilterTest, HoldsBackOnlyWhatMayBecomeAStop) {
  StopStringFilter filter({"abcd"});
  EXPECT_EQ(filter.Push("xyab"), "xy");
  EXPECT_EQ(filter.Push("cab"), "abc");
  EXPECT_EQ(filter.Push("e"), "abe");
  EXPECT_EQ(filter.Push("abc"), "");
  EXPECT_EQ(filter.Flush(), "abc");
  EXPECT_FALSE(filter.matched());
}

TEST(StopStringFilterTest, NothingComesAfterAMatch) {
  StopStringFilter filter({"stop"});
  EXPECT_EQ(filter.Push("go stop go"), "go ");
  EXPECT_TRUE(filter.matched());
  EXPECT_EQ(filter.Push("more"), "");
  EXPECT_EQ(filter.Flush(), "");
}

TEST(StopStringFilterTest, RandomTextsAgreeWithThePlainSearch) {
  std::mt19937 random(5);
  for (int round = 0; round < 3000; ++round) {
    const auto word = [&](size_t longest) {
      std::string text(1 + random() % longest, 'a');
      for (char& c : text) c = static_cast<char>('a' + random() % 2);
      return text;
    };
    const std::string text = word(30);
    const std::vector<std::string> stops = {word(5), word(6), word(4)};
    const Outcome plain = Plain(text, stops);
    const Outcome pieces = InPieces(text, stops, 1 + random() % 7);
    ASSERT_EQ(pieces.text, plain.text) << text;
    ASSERT_EQ(pieces.stop, plain.stop) << text;
  }
}

}  // namespace
}  // namespace reckon
