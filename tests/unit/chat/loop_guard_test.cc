#include "chat/loop_guard.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace reckon {
namespace {

// After how many tokens the guard speaks; -1: never.
int64_t CaughtAt(const std::vector<TokenId>& tokens) {
  LoopGuard guard;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (guard.Push(tokens[i])) return static_cast<int64_t>(i) + 1;
  }
  return -1;
}

std::vector<TokenId> Random(int count, int vocabulary, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<TokenId> tokens(static_cast<size_t>(count));
  for (TokenId& token : tokens) token = static_cast<TokenId>(random() % static_cast<unsigned>(vocabulary));
  return tokens;
}

// The rules of the header by comparing everything with everything.
int64_t CaughtAtSlowly(const std::vector<TokenId>& tokens) {
  const auto same = [&](int64_t a, int64_t b, int64_t count) {
    return std::equal(tokens.begin() + a, tokens.begin() + a + count, tokens.begin() + b);
  };
  for (int64_t end = 1; end <= static_cast<int64_t>(tokens.size()); ++end) {
    for (int64_t span = 1; 3 * span <= end; ++span) {
      int64_t repeats = 2 * span;
      if (span < LoopGuard::kShortSpan) repeats = std::max(repeats, LoopGuard::kShortLoop - span);
      if (repeats + span > end || !same(end - repeats, end - repeats - span, repeats)) continue;
      bool of_shorter = false;  // the span is itself a shorter one several times
      for (int64_t shorter = 1; shorter < span; ++shorter) {
        of_shorter |= span % shorter == 0 && same(end - span, end - span - shorter, span);
      }
      if (!of_shorter) return end;
    }
    int64_t seen = 0;
    for (int64_t other = LoopGuard::kPassage; other < end; ++other) {
      seen += same(end - LoopGuard::kPassage, other - LoopGuard::kPassage, LoopGuard::kPassage) ? 1 : 0;
    }
    if (seen >= 2) return end;
  }
  return -1;
}

TEST(LoopGuardTest, ASpanIsCaughtAtItsThirdRepeat) {
  for (int span : {8, 20, 57, 300}) {
    std::vector<TokenId> tokens = Random(100, 1000, 1);
    const std::vector<TokenId> again = Random(span, 1000, 2);
    for (int i = 0; i < 6; ++i) tokens.insert(tokens.end(), again.begin(), again.end());
    const int64_t caught = CaughtAt(tokens);
    EXPECT_GT(caught, 100 + 2 * span) << span;
    EXPECT_LE(caught, 100 + 3 * span) << span;
  }
}

TEST(LoopGuardTest, ShortSpansNeedMore) {
  EXPECT_EQ(CaughtAt(std::vector<TokenId>(1000, 7)), LoopGuard::kShortLoop);
  EXPECT_EQ(CaughtAt(std::vector<TokenId>(60, 7)), -1);
}

TEST(LoopGuardTest, APassageIsCaughtTheThirdTimeWhateverStandsBetween) {
  std::vector<TokenId> tokens = Random(50, 1000, 3);
  const std::vector<TokenId> passage = Random(80, 1000, 4);
  for (unsigned i = 0; i < 3; ++i) {
    tokens.insert(tokens.end(), passage.begin(), passage.end());
    const std::vector<TokenId> between = Random(40, 1000, 10 + i);
    tokens.insert(tokens.end(), between.begin(), between.end());
  }
  EXPECT_EQ(CaughtAt(tokens), 50 + 2 * 120 + LoopGuard::kPassage);
}

TEST(LoopGuardTest, TextThatVariesIsNotALoop) {
  for (unsigned seed = 0; seed < 5; ++seed) EXPECT_EQ(CaughtAt(Random(5000, 50, seed)), -1);
  // A list: the same words around different numbers.
  std::vector<TokenId> list;
  for (TokenId i = 0; i < 300; ++i) list.insert(list.end(), {1, 2, 3, 100 + i, 4, 5, 6, 7, 8, 9, 10});
  EXPECT_EQ(CaughtAt(list), -1);
}

// Few kinds of tokens, so that everything repeats in all ways.
TEST(LoopGuardTest, AgreesWithComparingEverything) {
  int caught = 0;
  for (unsigned seed = 0; seed < 150; ++seed) {
    std::mt19937 random(seed);
    std::vector<TokenId> tokens = Random(60, 2 + static_cast<int>(seed % 3), seed);
    while (tokens.size() < 400) {  // copies of pieces of itself
      const size_t count = 1 + random() % 90;
      const size_t begin = random() % tokens.size();
      for (size_t i = begin; i < std::min(begin + count, tokens.size()) && tokens.size() < 400; ++i) {
        tokens.push_back(tokens[i]);
      }
      if (random() % 4 == 0) tokens.push_back(static_cast<TokenId>(random() % 5));
    }
    const int64_t expected = CaughtAtSlowly(tokens);
    EXPECT_EQ(CaughtAt(tokens), expected) << seed;
    caught += expected > 0 ? 1 : 0;
  }
  EXPECT_GT(caught, 20);
}

}  // namespace
}  // namespace reckon
