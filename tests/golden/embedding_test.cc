// Embeddings of tiny checkpoints against transformers' last_hidden_state (tests/data/embeddings).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "golden/golden_model.h"
#include "nlohmann/json.hpp"
#include "reckon/model.h"
#include "reckon/session.h"
#include "support/json_lines.h"

namespace reckon::testing {
namespace {

// As for logits (logits_test.cc): the largest difference, relative to the vector's root mean square.
constexpr double kF32Relative = 1e-4;

double RelativeDifference(const std::vector<float>& vector, const std::vector<double>& expected) {
  double largest = 0;
  double squares = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(vector[i]) - expected[i]));
    squares += expected[i] * expected[i];
  }
  return largest / std::sqrt(squares / static_cast<double>(expected.size()));
}

class EmbeddingTest : public ::testing::TestWithParam<std::string> {};

TEST_P(EmbeddingTest, EqualsTransformers) {
  const std::vector<nlohmann::json> rows = ReadJsonLines(RECKON_TEST_DATA "/embeddings/embeddings.json");
  ASSERT_EQ(rows.size(), 1u);
  const nlohmann::json texts = rows[0].at(GetParam());
  ASSERT_EQ(texts.size(), 3u);
  for (const std::string& isa : SupportedIsas()) {
    SCOPED_TRACE(isa);
    const absl::StatusOr<Model> model =
        Model::Open(ModelSource::Path(RECKON_TEST_DATA "/models/" + GetParam()),
                    {.weights = WeightFormat::kF32, .kv_cache = KvCacheFormat::kF32, .threads = 2, .isa = isa});
    ASSERT_TRUE(model.ok()) << model.status();
    absl::StatusOr<Session> session = Session::Create(*model);
    ASSERT_TRUE(session.ok()) << session.status();
    for (const nlohmann::json& text : texts) {
      const auto ids = text["ids"].get<std::vector<TokenId>>();
      for (const Pooling pooling : {Pooling::kMean, Pooling::kLast}) {
        const std::string name = pooling == Pooling::kMean ? "mean" : "last";
        SCOPED_TRACE(name + " of " + std::to_string(ids.size()));
        auto expected = text[name].get<std::vector<double>>();
        absl::StatusOr<std::vector<float>> vector = session->Embed(ids, {.pooling = pooling, .normalize = false});
        ASSERT_TRUE(vector.ok()) << vector.status();
        ASSERT_EQ(vector->size(), expected.size());
        EXPECT_LT(RelativeDifference(*vector, expected), kF32Relative);
        const double length = text[name + "_length"].get<double>();
        for (double& value : expected) value /= length;
        vector = session->Embed(ids, {.pooling = pooling});
        ASSERT_TRUE(vector.ok()) << vector.status();
        EXPECT_LT(RelativeDifference(*vector, expected), kF32Relative);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, EmbeddingTest,
                         ::testing::Values("qwen2-f32", "qwen2-bf16-tied-padvocab", "qwen3-bf16", "llama-f32-gqa",
                                           "phi3-bf16"),
                         [](const auto& test) { return TestCaseName(test.param); });

}  // namespace
}  // namespace reckon::testing
