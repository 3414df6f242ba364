// The sampler against tests/data/sampling: distributions and draws computed with numpy.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "reckon/sampler.h"

namespace reckon {
namespace {

using Json = nlohmann::json;

float Number(const Json& value) {
  return value.is_string() ? -std::numeric_limits<float>::infinity() : value.get<float>();
}

SamplerOptions Options(const Json& json) {
  SamplerOptions o;
  for (const Json& bias : json.at("logit_bias")) o.logit_bias.emplace_back(bias[0].get<TokenId>(), Number(bias[1]));
  o.repetition_penalty = json.value("repetition_penalty", o.repetition_penalty);
  o.presence_penalty = json.value("presence_penalty", o.presence_penalty);
  o.frequency_penalty = json.value("frequency_penalty", o.frequency_penalty);
  o.penalty_window = json.value("penalty_window", o.penalty_window);
  o.dry_multiplier = json.value("dry_multiplier", o.dry_multiplier);
  o.dry_base = json.value("dry_base", o.dry_base);
  o.dry_allowed_length = json.value("dry_allowed_length", o.dry_allowed_length);
  o.dry_breakers = json.value("dry_breakers", o.dry_breakers);
  o.temperature = json.value("temperature", o.temperature);
  o.top_k = json.value("top_k", o.top_k);
  o.typical_p = json.value("typical_p", o.typical_p);
  o.top_p = json.value("top_p", o.top_p);
  o.min_p = json.value("min_p", o.min_p);
  o.xtc_probability = json.value("xtc_probability", o.xtc_probability);
  o.xtc_threshold = json.value("xtc_threshold", o.xtc_threshold);
  o.seed = json.at("seed").get<uint64_t>();
  return o;
}

// Pearson's statistic of `draws` draws against `expected`, over the tokens expected at least 5 times; the rest is one
// bin. Reports a draw of an impossible token. The bound is the mean plus six standard deviations of chi-square.
void ExpectDrawsFollow(Sampler& sampler, const std::vector<float>& logits, const std::vector<double>& expected) {
  constexpr int kDraws = 10000;
  std::vector<int> seen(logits.size());
  for (int i = 0; i < kDraws; ++i) {
    const auto token = sampler.Sample(logits);
    ASSERT_TRUE(token.ok()) << token.status();
    ++seen.at(static_cast<size_t>(*token));
  }
  double statistic = 0;
  int bins = 0;
  double rest = 0;
  double rest_seen = 0;
  const auto add = [&](double count, double expectation) {
    statistic += (count - expectation) * (count - expectation) / expectation;
    ++bins;
  };
  for (size_t i = 0; i < seen.size(); ++i) {
    const double expectation = expected[i] * kDraws;
    if (expectation == 0) {
      EXPECT_EQ(seen[i], 0) << "token " << i << " is impossible";
    } else if (expectation < 5) {
      rest += expectation;
      rest_seen += seen[i];
    } else {
      add(seen[i], expectation);
    }
  }
  if (rest >= 5) add(rest_seen, rest);
  const double freedom = bins - 1;
  EXPECT_LE(statistic, freedom + 6 * std::sqrt(2 * freedom) + 1e-9);
}

class ReferenceTest : public testing::Test {
 protected:
  // Calls check(sampler with the history accepted, logits, case) for every case.
  template <typename Check>
  void ForEachCase(const Check& check) {
    std::ifstream file(RECKON_TEST_DATA "/sampling/sampling_refs.json");
    const Json cases = Json::parse(file);
    ASSERT_GE(cases.size(), 80u);
    for (const Json& one : cases) {
      SCOPED_TRACE(one.at("options").dump());
      auto sampler = Sampler::Create(Options(one.at("options")));
      ASSERT_TRUE(sampler.ok()) << sampler.status();
      sampler->Accept(one.at("history").get<std::vector<TokenId>>());
      std::vector<float> logits;
      for (const Json& value : one.at("logits")) logits.push_back(Number(value));
      check(*sampler, logits, one);
    }
  }
};

TEST_F(ReferenceTest, Distributions) {
  ForEachCase([](Sampler& sampler, const std::vector<float>& logits, const Json& one) {
    const auto distribution = sampler.Distribution(logits);
    ASSERT_TRUE(distribution.ok()) << distribution.status();
    const auto expected = one.at("distribution").get<std::vector<double>>();
    ASSERT_EQ(distribution->size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR((*distribution)[i], expected[i], 1e-5 * expected[i] + 1e-36) << "token " << i;
    }
  });
}

TEST_F(ReferenceTest, TheSeedDrawsTheseTokens) {
  ForEachCase([](Sampler& sampler, const std::vector<float>& logits, const Json& one) {
    std::vector<TokenId> drawn;
    const auto expected = one.at("draws").get<std::vector<TokenId>>();
    while (drawn.size() < expected.size()) drawn.push_back(sampler.Sample(logits).value());
    EXPECT_EQ(drawn, expected);
  });
}

TEST_F(ReferenceTest, DrawsFollowTheDistribution) {
  ForEachCase([](Sampler& sampler, const std::vector<float>& logits, const Json& one) {
    auto expected = one.at("distribution").get<std::vector<double>>();
    if (!one.at("with_xtc").is_null()) {
      const auto with_xtc = one.at("with_xtc").get<std::vector<double>>();
      const double coin = sampler.options().xtc_probability;
      for (size_t i = 0; i < expected.size(); ++i) expected[i] = (1 - coin) * expected[i] + coin * with_xtc[i];
    }
    ExpectDrawsFollow(sampler, logits, expected);
  });
}

}  // namespace
}  // namespace reckon
