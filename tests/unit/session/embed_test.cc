#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "reckon/session.h"
#include "unit/session/tiny_r1.h"

namespace reckon {
namespace {

using ::reckon::testing::CopyLogits;
using ::reckon::testing::NewSession;
using ::reckon::testing::PuzzlePrompt;
using ::reckon::testing::TinyR1;

std::vector<float> Embed(Session& session, const std::vector<TokenId>& tokens, const EmbedOptions& options = {}) {
  absl::StatusOr<std::vector<float>> vector = session.Embed(tokens, options);
  EXPECT_TRUE(vector.ok()) << vector.status();
  return vector.ok() ? *std::move(vector) : std::vector<float>();
}

TEST(EmbedTest, GivesTheSameBitsForEveryCuttingAndAnyThreads) {
  const absl::StatusOr<Model> model =
      Model::Open(ModelSource::Path(RECKON_TINY_R1), {.weights = WeightFormat::kQ8, .threads = 1});
  ASSERT_TRUE(model.ok()) << model.status();
  for (const Pooling pooling : {Pooling::kMean, Pooling::kLast}) {
    Session whole = NewSession(*model);
    const std::vector<float> expected = Embed(whole, PuzzlePrompt(), {.pooling = pooling});
    for (const int threads : {1, 3}) {
      model->SetThreads(threads);
      for (const int64_t chunk : {1, 4, 1000}) {
        EXPECT_EQ(Embed(whole, PuzzlePrompt(), {.pooling = pooling, .chunk = chunk}), expected) << chunk;
      }
      Session pieces = NewSession(*model, {.prefill_chunk = 2});
      EXPECT_EQ(Embed(pieces, PuzzlePrompt(), {.pooling = pooling}), expected);
    }
  }
}

TEST(EmbedTest, TheLastTokensVectorOfAShorterTextIsThatOfTheMeansParts) {
  // mean(1..n) * n = last(1) + last(2) + ... + last(n): two ways to the same outputs.
  Session session = NewSession(TinyR1());
  std::vector<TokenId> tokens = PuzzlePrompt();
  tokens.resize(5);
  const std::vector<float> mean = Embed(session, tokens, {.normalize = false});
  std::vector<double> sum(mean.size());
  while (!tokens.empty()) {
    const std::vector<float> last = Embed(session, tokens, {.pooling = Pooling::kLast, .normalize = false});
    ASSERT_EQ(last.size(), sum.size());
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += last[i];
    tokens.pop_back();
  }
  for (size_t i = 0; i < sum.size(); ++i) EXPECT_NEAR(mean[i] * 5, sum[i], 1e-4);
}

TEST(EmbedTest, HasLengthOneIfAskedTo) {
  Session session = NewSession(TinyR1());
  const std::vector<float> vector = Embed(session, PuzzlePrompt());
  EXPECT_EQ(vector.size(), static_cast<size_t>(TinyR1().info().hidden_size));
  double squares = 0;
  for (const float value : vector) squares += static_cast<double>(value) * value;
  EXPECT_NEAR(squares, 1, 1e-5);
}

TEST(EmbedTest, LeavesTheSessionWhereItIsAndReadsBehindIt) {
  const std::vector<TokenId> prompt = PuzzlePrompt();
  const std::vector<TokenId> text = {prompt.begin() + 4, prompt.end()};
  Session session = NewSession(TinyR1());
  const std::vector<float> alone = Embed(session, text, {.pooling = Pooling::kLast});
  ASSERT_TRUE(session.Append(absl::MakeConstSpan(prompt).first(4)).ok());
  const std::vector<float> logits = CopyLogits(session);
  const std::vector<float> behind = Embed(session, text, {.pooling = Pooling::kLast});
  EXPECT_NE(behind, alone);
  EXPECT_EQ(session.length(), 4);
  EXPECT_EQ(CopyLogits(session), logits);
  Session other = NewSession(TinyR1());
  EXPECT_EQ(behind, Embed(other, prompt, {.pooling = Pooling::kLast}));
}

TEST(EmbedTest, SaysWhatIsWrong) {
  Session session = NewSession(TinyR1(), {.max_context = 4});
  EXPECT_EQ(session.Embed({}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(session.Embed({-1}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(session.Embed({1}, {.chunk = -1}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(session.Embed({1, 2, 3, 4, 5}).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(session.Embed({1, 2, 3, 4}).ok());
}

TEST(EmbedTest, EndsBetweenTwoChunks) {
  Session session = NewSession(TinyR1());
  const CancelToken cancel;
  std::vector<int64_t> seen;
  const auto progress = [&](int64_t done, int64_t total) {
    EXPECT_EQ(total, 15);
    seen.push_back(done);
    if (done == 8) cancel.Cancel();
  };
  const absl::StatusOr<std::vector<float>> vector =
      session.Embed(PuzzlePrompt(), {.chunk = 4, .progress = progress, .cancel = cancel});
  EXPECT_EQ(vector.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(seen, (std::vector<int64_t>{4, 8}));
  EXPECT_EQ(session.length(), 0);
}

}  // namespace
}  // namespace reckon
