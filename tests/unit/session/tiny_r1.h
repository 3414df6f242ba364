// tiny-r1, opened once for each format that a test program asks for.
#ifndef RECKON_TESTS_UNIT_SESSION_TINY_R1_H_
#define RECKON_TESTS_UNIT_SESSION_TINY_R1_H_

#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "reckon/reckon.h"

namespace reckon::testing {

inline const Model& TinyR1(WeightFormat weights = WeightFormat::kQ8) {
  // Destroyed at exit, not leaked: a model owns threads, and ThreadSanitizer counts those that nobody joined.
  static std::map<WeightFormat, Model> models;
  if (models.find(weights) == models.end()) {
    absl::StatusOr<Model> model = Model::Open(ModelSource::Path(RECKON_TINY_R1), {.weights = weights, .threads = 2});
    EXPECT_TRUE(model.ok()) << model.status();
    models[weights] = *std::move(model);
  }
  return models[weights];
}

// The prompt for the puzzle that tiny-r1 solves: 鸡兔同笼 with 35 heads and 94 legs.
inline std::vector<TokenId> PuzzlePrompt() {
  return {2045, 2043, 579, 1763, 18, 20, 284, 1795, 24, 19, 283, 1525, 716, 485, 2044};
}

inline Session NewSession(const Model& model, const SessionOptions& options = {}) {
  absl::StatusOr<Session> session = Session::Create(model, options);
  EXPECT_TRUE(session.ok()) << session.status();
  return *std::move(session);
}

inline Sampler Greedy() { return *Sampler::Create({.temperature = 0}); }

inline std::vector<TokenId> TakeTokens(Session& session, int count) {
  Sampler sampler = Greedy();
  std::vector<TokenId> tokens;
  for (int i = 0; i < count; ++i) {
    const absl::StatusOr<TokenId> token = session.Next(sampler);
    EXPECT_TRUE(token.ok()) << token.status();
    tokens.push_back(token.value_or(-1));
  }
  return tokens;
}

inline std::vector<float> CopyLogits(Session& session) {
  const absl::StatusOr<absl::Span<const float>> logits = session.Logits();
  EXPECT_TRUE(logits.ok()) << logits.status();
  return {logits->begin(), logits->end()};
}

}  // namespace reckon::testing

#endif  // RECKON_TESTS_UNIT_SESSION_TINY_R1_H_
