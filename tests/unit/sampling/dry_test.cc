#include "sampling/dry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <vector>

#include "reckon/sampler.h"

namespace reckon {
namespace {

// For each earlier position, token by token: the definition, in quadratic time.
std::vector<float> Naive(const std::vector<TokenId>& text, const SamplerOptions& o, size_t vocab_size) {
  const auto is_breaker = [&](TokenId t) {
    return std::find(o.dry_breakers.begin(), o.dry_breakers.end(), t) != o.dry_breakers.end();
  };
  std::map<TokenId, int> longest;
  const int n = static_cast<int>(text.size());
  for (int follower = 1; follower < n; ++follower) {
    int length = 0;
    while (length < follower && text[n - 1 - length] == text[follower - 1 - length] &&
           !is_breaker(text[n - 1 - length])) {
      ++length;
    }
    longest[text[follower]] = std::max(longest[text[follower]], length);
  }
  std::vector<float> logits(vocab_size, 0.0f);
  for (const auto& [token, length] : longest) {
    if (length < o.dry_allowed_length || is_breaker(token) || static_cast<size_t>(token) >= vocab_size) continue;
    logits[token] = -static_cast<float>(
        std::min(1e30, o.dry_multiplier * std::pow(double{o.dry_base}, length - o.dry_allowed_length)));
  }
  return logits;
}

void ExpectLikeNaive(Dry& dry, const std::vector<TokenId>& text, const SamplerOptions& o, size_t vocab_size) {
  std::vector<float> logits(vocab_size, 0.0f);
  dry.Apply(text, absl::MakeSpan(logits));
  const std::vector<float> expected = Naive(text, o, vocab_size);
  for (size_t i = 0; i < vocab_size; ++i) {
    EXPECT_NEAR(logits[i], expected[i], 1e-6 * std::abs(expected[i])) << "token " << i << " of " << text.size();
  }
}

TEST(DryTest, LikeTheDefinitionOnRandomTexts) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    SamplerOptions o{.dry_multiplier = 0.8f, .dry_allowed_length = 1 + static_cast<int>(random() % 4)};
    const uint32_t alphabet = 1 + random() % 4;
    for (uint32_t i = random() % 3; i > 0; --i) o.dry_breakers.push_back(static_cast<TokenId>(random() % 6));
    Dry dry(o);
    std::vector<TokenId> text;
    // One object for a growing text: what a call leaves behind must not reach the next.
    for (int calls = 0; calls < 3; ++calls) {
      for (uint32_t i = random() % 40; i > 0; --i) text.push_back(static_cast<TokenId>(random() % (alphabet + 1)));
      if (text.size() > 20 && random() % 2 == 0) text.insert(text.end(), text.end() - 20, text.end() - 5);
      ExpectLikeNaive(dry, text, o, 5);
    }
  }
}

TEST(DryTest, PenalizesTheContinuationByItsLength) {
  Dry dry({.dry_multiplier = 2.0f, .dry_base = 3.0f, .dry_allowed_length = 2});
  std::vector<float> logits(10, 1.0f);
  dry.Apply({1, 2, 3, 4, 9, 1, 2, 3}, absl::MakeSpan(logits));  // "1 2 3" again: 4 would extend it to length 3 + 1
  EXPECT_FLOAT_EQ(logits[4], 1.0f - 2.0f * 3.0f);
  EXPECT_EQ(std::count(logits.begin(), logits.end(), 1.0f), 9);
}

TEST(DryTest, IdsOutsideOfTheVocabularyDoNoHarm) {
  const SamplerOptions o{.dry_multiplier = 1.0f, .dry_allowed_length = 1};
  Dry dry(o);
  std::vector<float> logits(2, 0.0f);
  dry.Apply({-5, 1, -5, 2000000000, -5}, absl::MakeSpan(logits));
  EXPECT_EQ(logits, (std::vector<float>{0.0f, -1.0f}));
  dry.Apply({}, absl::MakeSpan(logits));
  dry.Apply({1}, absl::MakeSpan(logits));
  EXPECT_EQ(logits, (std::vector<float>{0.0f, -1.0f}));
}

TEST(DryTest, ALongTextOfOneTokenIsQuickAndStaysFinite) {
  Dry dry({.dry_multiplier = 1.0f});
  const std::vector<TokenId> text(1 << 20, 1);  // 5e11 comparisons for a quadratic search
  std::vector<float> logits(3, 0.0f);
  dry.Apply(text, absl::MakeSpan(logits));
  EXPECT_FLOAT_EQ(logits[1], -1e30f);
}

}  // namespace
}  // namespace reckon
