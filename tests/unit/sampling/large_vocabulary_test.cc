// A real vocabulary's size, where the block-wise and the selecting code paths matter, against sorting everything.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "reckon/sampler.h"

namespace reckon {
namespace {

constexpr size_t kVocabSize = 151936;

std::vector<float> RandomLogits(size_t n, float spread, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> logits(n);
  for (float& logit : logits) {
    double sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<double>(random()) / 4294967296.0 - 0.5;
    logit = static_cast<float>(sum) * spread;
  }
  return logits;
}

// Sorts all tokens, most likely first, and cuts; temperature, top-k, top-p and min-p only.
std::vector<double> BySorting(const std::vector<float>& logits, const SamplerOptions& o) {
  std::vector<size_t> order(logits.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return logits[a] > logits[b]; });
  if (o.top_k > 0) order.resize(std::min<size_t>(order.size(), o.top_k));
  std::vector<double> p;
  p.reserve(order.size());
  for (const size_t i : order) p.push_back(std::exp((double{logits[i]} - logits[order[0]]) / o.temperature));
  const auto normalize = [&] {
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& v : p) v /= sum;
  };
  normalize();
  double reached = 0;
  size_t kept = 0;
  while (kept < p.size() && (kept == 0 || reached < double{o.top_p})) reached += p[kept++];
  if (o.top_p < 1) p.resize(kept);
  while (p.back() < double{o.min_p} * p[0]) p.pop_back();
  normalize();
  std::vector<double> result(logits.size(), 0.0);
  for (size_t i = 0; i < p.size(); ++i) result[order[i]] = p[i];
  return result;
}

// `slack`: how many tokens at the edge of the kept set may differ, where thousands of tokens lie so close to a
// threshold that the double precision of this test and the single precision of the weights may disagree about them.
void ExpectLikeSorting(const std::vector<float>& logits, const SamplerOptions& options, int slack) {
  const auto sampler = Sampler::Create(options);
  ASSERT_TRUE(sampler.ok()) << sampler.status();
  const auto actual = sampler->Distribution(logits);
  ASSERT_TRUE(actual.ok()) << actual.status();
  const std::vector<double> expected = BySorting(logits, options);
  int edge = 0;
  int wrong = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    if (((*actual)[i] > 0) != (expected[i] > 1e-37)) {
      ++edge;
    } else if (std::abs((*actual)[i] - expected[i]) > 2e-5 * expected[i] + 1e-36) {
      ++wrong;
    }
  }
  EXPECT_LE(edge, slack);
  EXPECT_EQ(wrong, 0);
  EXPECT_NEAR(std::accumulate(actual->begin(), actual->end(), 0.0), 1.0, 1e-5);
}

TEST(LargeVocabularyTest, LikeSortingEverything) {
  for (const float spread : {0.001f, 2.0f, 15.0f}) {
    const auto logits = RandomLogits(kVocabSize, spread, 5);
    SCOPED_TRACE(spread);
    for (const int top_k : {1, 40, 2374, 2375, 100000}) ExpectLikeSorting(logits, {.top_k = top_k}, 0);
    ExpectLikeSorting(logits, {}, 0);
    for (const float top_p : {0.1f, 0.5f, 0.95f, 0.9999f}) {
      ExpectLikeSorting(logits, {.temperature = 0.6f, .top_p = top_p}, 2);
    }
    ExpectLikeSorting(logits, {.min_p = 0.05f}, 2);
    ExpectLikeSorting(logits, {.temperature = 0.6f, .top_p = 0.95f, .min_p = 0.01f}, 2);
    ExpectLikeSorting(logits, {.temperature = 0.6f, .top_k = 500, .top_p = 0.8f}, 2);
  }
}

TEST(LargeVocabularyTest, SizesAroundTheBlockSize) {
  for (const size_t n : {1, 2, 63, 64, 65, 127, 128, 129, 4097}) {
    const auto logits = RandomLogits(n, 4.0f, static_cast<uint32_t>(n));
    SCOPED_TRACE(n);
    for (const int top_k : {0, 1, 3, 64, 65}) ExpectLikeSorting(logits, {.top_k = top_k, .top_p = 0.9f}, 0);
    ExpectLikeSorting(logits, {.min_p = 0.3f}, 0);
  }
}

TEST(LargeVocabularyTest, AmongEqualsTheLowestIdsStay) {
  std::vector<float> logits(kVocabSize, -3.0f);
  for (const size_t i : {7, 5000, 5001, 151935}) logits[i] = 1.0f;
  ExpectLikeSorting(logits, {.top_k = 3}, 0);
  ExpectLikeSorting(logits, {.top_k = 6}, 0);
  const std::vector<float> flat(kVocabSize, 2.0f);
  ExpectLikeSorting(flat, {.top_k = 100}, 0);
  ExpectLikeSorting(flat, {.top_p = 0.1f}, 0);
  auto greedy = Sampler::Create({.temperature = 0.0f});
  EXPECT_EQ(greedy->Sample(logits).value(), 7);
  EXPECT_EQ(greedy->Sample(flat).value(), 0);
}

TEST(LargeVocabularyTest, GreedyFindsTheLargestAnywhere) {
  auto logits = RandomLogits(kVocabSize, 4.0f, 3);
  auto greedy = Sampler::Create({.temperature = 0.0f});
  for (size_t i = 0; i < kVocabSize; i += i % 64 == 63 ? 9973 : 1) {
    const float before = logits[i];
    logits[i] = 50.0f;
    ASSERT_EQ(greedy->Sample(logits).value(), static_cast<TokenId>(i));
    logits[i] = before;
  }
}

TEST(LargeVocabularyTest, InvalidLogitsAreFoundAnywhere) {
  auto logits = RandomLogits(kVocabSize - 5, 4.0f, 3);
  auto greedy = Sampler::Create({.temperature = 0.0f});
  for (size_t i = 0; i < logits.size(); i += i < 130 || i + 130 > logits.size() ? 1 : 9973) {
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::quiet_NaN(),
                            std::numeric_limits<float>::infinity()}) {
      const float before = logits[i];
      logits[i] = bad;
      const auto token = greedy->Sample(logits);
      ASSERT_EQ(token.status().code(), absl::StatusCode::kInvalidArgument) << i;
      ASSERT_NE(token.status().message().find("logits[" + std::to_string(i) + "]"), std::string::npos);
      logits[i] = before;
    }
  }
}

}  // namespace
}  // namespace reckon
