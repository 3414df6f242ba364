#include "reckon/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "sampling/history.h"

namespace reckon {
namespace {

using testing::HasSubstr;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

Sampler Make(SamplerOptions options) { return Sampler::Create(std::move(options)).value(); }

std::vector<TokenId> Draw(Sampler& sampler, const std::vector<float>& logits, int count) {
  std::vector<TokenId> tokens;
  tokens.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) tokens.push_back(sampler.Sample(logits).value());
  return tokens;
}

void ExpectInvalid(const SamplerOptions& options, const std::vector<float>& logits, const std::string& message) {
  Sampler sampler = Make(options);
  for (const auto& status : {sampler.Sample(logits).status(), sampler.Distribution(logits).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  }
}

TEST(SamplerTest, RefusesLogitsThatLeaveNoChoice) {
  for (const float temperature : {0.0f, 1.0f}) {
    const SamplerOptions options{.temperature = temperature};
    ExpectInvalid(options, {}, "there are no logits");
    ExpectInvalid(options, {-kInfinity, -kInfinity}, "no token is possible");
    ExpectInvalid(options, {0.0f, std::nanf("")}, "logits[1] is NaN");
    ExpectInvalid(options, {0.0f, 1.0f, kInfinity}, "logits[2] is +infinity");
  }
  ExpectInvalid({.logit_bias = {{0, -kInfinity}}}, {1.0f}, "no token is possible");
  ExpectInvalid({.logit_bias = {{5, 1.0f}}}, {1.0f, 2.0f}, "names token 5, but there are only 2 logits");
  ExpectInvalid({.logit_bias = {{0, 3e38f}}}, {3e38f}, "logits[0] is +infinity after logit bias");
}

TEST(SamplerTest, AnErrorDoesNotUseUpRandomNumbers) {
  const std::vector<float> logits(100, 0.0f);
  Sampler undisturbed = Make({.xtc_probability = 0.5f, .seed = 3});
  Sampler disturbed = undisturbed;
  EXPECT_FALSE(disturbed.Sample({}).ok());
  EXPECT_EQ(Draw(disturbed, logits, 50), Draw(undisturbed, logits, 50));
}

TEST(SamplerTest, LogitsOfAnySizeWork) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  const std::vector<float> logits = {-kLargest, kLargest, -kInfinity, 0.0f, kLargest};
  for (const SamplerOptions& options : std::vector<SamplerOptions>{{.temperature = 1e-5f},
                                                                   {.temperature = kLargest},
                                                                   {.top_k = 2},
                                                                   {.top_k = 5, .typical_p = 0.5f},
                                                                   {.typical_p = 0.5f},
                                                                   {.top_p = 0.9f},
                                                                   {.min_p = 0.1f},
                                                                   {.temperature = 1e38f, .min_p = 0.1f},
                                                                   {.min_p = 1e-45f}}) {
    const auto distribution = Make(options).Distribution(logits);
    ASSERT_TRUE(distribution.ok()) << distribution.status();
    float sum = 0;
    for (const float p : *distribution) sum += p;
    EXPECT_FLOAT_EQ(sum, 1.0f);
    EXPECT_EQ((*distribution)[2], 0.0f);
  }
}

TEST(SamplerTest, GreedyTakesTheLowestIdAmongEquals) {
  for (const float temperature : {0.0f, 9e-7f}) {
    Sampler sampler = Make({.temperature = temperature, .top_p = 0.1f, .xtc_probability = 1.0f, .xtc_threshold = 0.0f});
    EXPECT_EQ(sampler.Sample({1.0f, 5.0f, 5.0f}).value(), 1);
    EXPECT_EQ(sampler.Sample({-1.0f, -0.0f, 0.0f}).value(), 1);
    EXPECT_EQ(sampler.Sample({-1.0f, 0.0f, -0.0f}).value(), 1);
    EXPECT_EQ(sampler.Distribution({1.0f, 5.0f, 5.0f}).value(), (std::vector<float>{0.0f, 1.0f, 0.0f}));
  }
}

TEST(SamplerTest, ImpossibleTokensDoNotDisturbTypical) {
  std::vector<float> logits(64, -kInfinity);
  for (size_t i = 0; i < 10; ++i) logits[i * 5] = static_cast<float>(i) * 0.5f;
  const auto with = Make({.top_k = 30, .typical_p = 0.5f}).Distribution(logits).value();
  EXPECT_EQ(with, Make({.top_k = 10, .typical_p = 0.5f}).Distribution(logits).value());
  EXPECT_LT(std::count_if(with.begin(), with.end(), [](float p) { return p > 0; }), 10);
}

TEST(SamplerTest, XtcKeepsTheHighestIdAmongEqualChoices) {
  Sampler sampler = Make({.top_k = 3, .xtc_probability = 1.0f, .xtc_threshold = 0.2f});
  EXPECT_EQ(Draw(sampler, {2.0f, 1.0f, 1.0f, 0.0f}, 20), std::vector<TokenId>(20, 2));
  // Only one choice at or above the threshold: nothing to exclude.
  EXPECT_EQ(Draw(sampler, {20.0f, 1.0f, 1.0f, 0.0f}, 20), std::vector<TokenId>(20, 0));
}

TEST(SamplerTest, LogitsAreLeftAlone) {
  const std::vector<float> logits = {3.0f, 1.0f, 2.0f, 0.5f};
  Sampler sampler = Make({.logit_bias = {{0, -2.0f}}, .repetition_penalty = 2.0f, .dry_multiplier = 1.0f, .top_k = 2});
  sampler.Accept({1, 2, 1, 2});
  EXPECT_TRUE(sampler.Sample(logits).ok());
  EXPECT_EQ(logits, (std::vector<float>{3.0f, 1.0f, 2.0f, 0.5f}));
}

TEST(SamplerTest, TheSameSeedDrawsTheSameTokens) {
  const std::vector<float> logits(1000, 0.0f);
  Sampler a = Make({.seed = 1});
  Sampler b = Make({.seed = 1});
  Sampler c = Make({.seed = 2});
  const auto tokens = Draw(a, logits, 100);
  EXPECT_EQ(Draw(b, logits, 100), tokens);
  EXPECT_NE(Draw(c, logits, 100), tokens);
}

TEST(SamplerTest, DistributionAndHistoryDoNotMoveTheRandomNumbers) {
  const std::vector<float> logits(1000, 0.0f);
  Sampler a = Make({.xtc_probability = 0.5f});
  Sampler b = a;
  for (int i = 0; i < 20; ++i) {
    const TokenId token = a.Sample(logits).value();
    EXPECT_EQ(b.Sample(logits).value(), token);
    EXPECT_TRUE(a.Distribution(logits).ok());
    a.Accept(token);
  }
}

TEST(SamplerTest, ResetStartsAgain) {
  const std::vector<float> logits(300, 0.0f);
  Sampler sampler = Make({.presence_penalty = 5.0f, .seed = 8});
  const auto fresh = sampler.Distribution(logits).value();
  const auto first = Draw(sampler, logits, 30);
  sampler.Accept(first);
  EXPECT_NE(sampler.Distribution(logits).value(), fresh);
  sampler.Reset();
  EXPECT_EQ(sampler.Distribution(logits).value(), fresh);
  EXPECT_EQ(Draw(sampler, logits, 30), first);
}

TEST(SamplerTest, CopiesGoOnAlikeAndApart) {
  const std::vector<float> logits(300, 0.0f);
  Sampler original = Make({.frequency_penalty = 1.0f, .seed = 8});
  original.Accept(Draw(original, logits, 10));
  Sampler copy = original;
  Sampler assigned = Make({});
  assigned = original;
  EXPECT_EQ(copy.Distribution(logits).value(), original.Distribution(logits).value());
  const auto tokens = Draw(original, logits, 30);
  original.Accept(tokens);
  EXPECT_NE(copy.Distribution(logits).value(), original.Distribution(logits).value());
  EXPECT_EQ(Draw(copy, logits, 30), tokens);
  EXPECT_EQ(Draw(assigned, logits, 30), tokens);
  copy = *&copy;
  EXPECT_EQ(copy.options().seed, 8u);
}

TEST(SamplerTest, AMovedFromSamplerSaysSo) {
  Sampler a = Make({.seed = 4});
  Sampler b = std::move(a);
  EXPECT_TRUE(b.Sample({1.0f}).ok());
  // NOLINTBEGIN(bugprone-use-after-move,clang-analyzer-cplusplus.Move): the point of the test
  EXPECT_EQ(a.Sample({1.0f}).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(a.Distribution({1.0f}).status().code(), absl::StatusCode::kFailedPrecondition);
  a.Accept(1);
  a.Rewind(1);
  a.Reset();
  EXPECT_EQ(a.options().seed, 0u);
  const Sampler c = a;
  // NOLINTEND(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
  a = b;
  EXPECT_TRUE(a.Sample({1.0f}).ok());
}

// Tokens with a penalty, by what it does to flat logits.
std::vector<TokenId> Penalized(const Sampler& sampler, size_t vocab_size) {
  const std::vector<float> logits(vocab_size, 0.0f);
  const auto distribution = sampler.Distribution(logits).value();
  std::vector<TokenId> tokens;
  for (size_t i = 0; i < vocab_size; ++i) {
    if (distribution[i] < 0.5f / static_cast<float>(vocab_size)) tokens.push_back(static_cast<TokenId>(i));
  }
  return tokens;
}

TEST(SamplerTest, TheWindowMovesWithTheText) {
  Sampler sampler = Make({.presence_penalty = 10.0f, .penalty_window = 3});
  sampler.Accept({0, 1, 2});
  EXPECT_EQ(Penalized(sampler, 10), (std::vector<TokenId>{0, 1, 2}));
  sampler.Accept(3);
  EXPECT_EQ(Penalized(sampler, 10), (std::vector<TokenId>{1, 2, 3}));
  sampler.Accept({3, 3});
  EXPECT_EQ(Penalized(sampler, 10), (std::vector<TokenId>{3}));
  sampler.Rewind(2);
  EXPECT_EQ(Penalized(sampler, 10), (std::vector<TokenId>{1, 2, 3}));
  sampler.Rewind(1);
  EXPECT_EQ(Penalized(sampler, 10), (std::vector<TokenId>{0, 1, 2}));
  sampler.Rewind(2);
  EXPECT_EQ(Penalized(sampler, 10), (std::vector<TokenId>{0}));
  sampler.Rewind(100);
  EXPECT_TRUE(Penalized(sampler, 10).empty());
}

TEST(SamplerTest, TokensOutsideOfTheVocabularyArePassedOver) {
  Sampler sampler = Make({.repetition_penalty = 1.5f, .presence_penalty = 10.0f});
  sampler.Accept({-1, 3, 2000000000, std::numeric_limits<TokenId>::min()});
  EXPECT_EQ(Penalized(sampler, 10), (std::vector<TokenId>{3}));
}

TEST(HistoryTest, CountsLikeCountingAgain) {
  std::mt19937 random(1);
  for (const int window : {-1, 0, 1, 4, 30}) {
    History history(window);
    std::vector<TokenId> text;
    for (int step = 0; step < 500; ++step) {
      if (random() % 3 != 0) {
        text.push_back(static_cast<TokenId>(random() % 6));
        history.Accept(text.back());
      } else {
        const size_t count = random() % 4;
        history.Rewind(count);
        text.resize(text.size() - std::min(count, text.size()));
      }
      const size_t seen = window < 0 ? text.size() : std::min<size_t>(text.size(), window);
      const std::vector<TokenId> expected(text.end() - static_cast<std::ptrdiff_t>(seen), text.end());
      ASSERT_EQ(std::vector<TokenId>(history.window().begin(), history.window().end()), expected);
      size_t counted = 0;
      for (const auto& [token, count] : history.counts()) {
        ASSERT_EQ(count, std::count(expected.begin(), expected.end(), token));
        counted += static_cast<size_t>(count);
      }
      ASSERT_EQ(counted, expected.size());
    }
  }
}

}  // namespace
}  // namespace reckon
