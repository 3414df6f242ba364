#include "reckon/session.h"

#include <atomic>
#include <cmath>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/session/tiny_r1.h"

namespace reckon {
namespace {

using ::reckon::testing::CopyLogits;
using ::reckon::testing::Greedy;
using ::reckon::testing::NewSession;
using ::reckon::testing::PuzzlePrompt;
using ::reckon::testing::TakeTokens;
using ::reckon::testing::TinyR1;
using ::testing::HasSubstr;

absl::StatusCode CodeOf(const absl::Status& status) { return status.code(); }

TEST(SessionTest, AnEmptySessionHasNoLogits) {
  Session session = NewSession(TinyR1());
  EXPECT_EQ(session.length(), 0);
  EXPECT_EQ(CodeOf(session.Logits().status()), absl::StatusCode::kFailedPrecondition);
  Sampler sampler = Greedy();
  EXPECT_EQ(CodeOf(session.Next(sampler).status()), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(session.Append({}).ok());
  EXPECT_TRUE(session.Truncate(0).ok());
}

TEST(SessionTest, AppendInOnePieceOrManyGivesTheSameBits) {
  const std::vector<TokenId> prompt = PuzzlePrompt();
  Session whole = NewSession(TinyR1());
  ASSERT_TRUE(whole.Append(prompt).ok());
  Session pieces = NewSession(TinyR1(), {.prefill_chunk = 4});
  ASSERT_TRUE(pieces.Append(absl::MakeConstSpan(prompt).first(7)).ok());
  for (size_t i = 7; i < prompt.size(); ++i) ASSERT_TRUE(pieces.Append({&prompt[i], 1}).ok());
  EXPECT_EQ(CopyLogits(whole), CopyLogits(pieces));
  EXPECT_EQ(whole.tokens(), pieces.tokens());
}

TEST(SessionTest, AQuantizedCacheGivesTheSameBitsToo) {
  std::vector<TokenId> prompt = PuzzlePrompt();
  while (prompt.size() < 150) prompt.push_back(prompt[prompt.size() % 15]);  // into the third block
  std::vector<float> expected;
  for (const int threads : {1, 2, 3}) {
    const ModelOptions options = {.weights = WeightFormat::kQ8, .kv_cache = KvCacheFormat::kQ8, .threads = threads};
    const absl::StatusOr<Model> model = Model::Open(ModelSource::Path(RECKON_TINY_R1), options);
    ASSERT_TRUE(model.ok()) << model.status();
    Session whole = NewSession(*model);
    ASSERT_TRUE(whole.Append(prompt).ok());
    if (expected.empty()) expected = CopyLogits(whole);
    EXPECT_EQ(CopyLogits(whole), expected) << threads << " threads";
    Session pieces = NewSession(*model, {.prefill_chunk = 4});
    ASSERT_TRUE(pieces.Append(absl::MakeConstSpan(prompt).first(101)).ok());
    for (size_t i = 101; i < prompt.size(); ++i) ASSERT_TRUE(pieces.Append({&prompt[i], 1}).ok());
    EXPECT_EQ(CopyLogits(pieces), expected) << threads << " threads, in pieces";
    absl::StatusOr<Session> fork = whole.Fork();
    ASSERT_TRUE(fork.ok()) << fork.status();
    EXPECT_EQ(TakeTokens(*fork, 20), TakeTokens(whole, 20));
    ASSERT_TRUE(whole.Truncate(150).ok());
    EXPECT_EQ(CopyLogits(whole), expected) << threads << " threads, after going back";
  }
}

TEST(SessionTest, TruncateGoesBackToTheSamePlace) {
  Session session = NewSession(TinyR1());
  ASSERT_TRUE(session.Append(PuzzlePrompt()).ok());
  const std::vector<float> at_prompt = CopyLogits(session);
  const std::vector<TokenId> first = TakeTokens(session, 20);
  EXPECT_EQ(session.length(), 35);
  ASSERT_TRUE(session.Truncate(15).ok());
  EXPECT_EQ(CopyLogits(session), at_prompt);
  EXPECT_EQ(TakeTokens(session, 20), first);
  EXPECT_EQ(CodeOf(session.Truncate(36)), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(CodeOf(session.Truncate(-1)), absl::StatusCode::kOutOfRange);
}

TEST(SessionTest, ForksGoTheirOwnWays) {
  Session session = NewSession(TinyR1());
  ASSERT_TRUE(session.Append(PuzzlePrompt()).ok());
  const std::vector<TokenId> beginning = TakeTokens(session, 5);
  absl::StatusOr<Session> fork = session.Fork();
  ASSERT_TRUE(fork.ok()) << fork.status();
  EXPECT_EQ(fork->tokens(), session.tokens());
  const TokenId other = 100;
  ASSERT_TRUE(fork->Append({&other, 1}).ok());
  TakeTokens(*fork, 10);
  Session straight = NewSession(TinyR1());
  ASSERT_TRUE(straight.Append(PuzzlePrompt()).ok());
  TakeTokens(straight, 5);
  EXPECT_EQ(TakeTokens(session, 80), TakeTokens(straight, 80)) << "the fork's writes must not be seen";
}

TEST(SessionTest, AForkOutlivesItsSourceAndItsModelHandle) {
  absl::StatusOr<Session> fork = absl::InternalError("not made");
  std::vector<TokenId> expected;
  {
    absl::StatusOr<Model> model = Model::Open(ModelSource::Path(RECKON_TINY_R1), {.weights = WeightFormat::kQ8});
    ASSERT_TRUE(model.ok());
    Session session = NewSession(*model);
    ASSERT_TRUE(session.Append(PuzzlePrompt()).ok());
    fork = session.Fork();
    expected = TakeTokens(session, 10);
  }
  ASSERT_TRUE(fork.ok());
  EXPECT_EQ(TakeTokens(*fork, 10), expected);
}

TEST(SessionTest, ScoreEqualsLogSoftmaxOfLogits) {
  const std::vector<TokenId> prompt = PuzzlePrompt();
  Session session = NewSession(TinyR1());
  const absl::StatusOr<std::vector<float>> from_start = session.Score(prompt);
  ASSERT_TRUE(from_start.ok()) << from_start.status();
  EXPECT_TRUE(std::isnan((*from_start)[0]));
  EXPECT_EQ(session.length(), 0);
  ASSERT_TRUE(session.Append(absl::MakeConstSpan(prompt).first(4)).ok());
  const absl::StatusOr<std::vector<float>> rest = session.Score(absl::MakeConstSpan(prompt).subspan(4));
  ASSERT_TRUE(rest.ok());
  for (size_t i = 4; i < prompt.size(); ++i) EXPECT_EQ((*rest)[i - 4], (*from_start)[i]) << i;
  for (size_t i = 4; i < prompt.size(); ++i) {
    const std::vector<float> logits = CopyLogits(session);
    double sum = 0;
    for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
    EXPECT_NEAR((*rest)[i - 4], static_cast<double>(logits[static_cast<size_t>(prompt[i])]) - std::log(sum), 1e-4);
    ASSERT_TRUE(session.Append({&prompt[i], 1}).ok());
  }
}

TEST(SessionTest, AllLogitsEqualStepByStep) {
  const std::vector<TokenId> prompt = PuzzlePrompt();
  Session session = NewSession(TinyR1());
  const absl::StatusOr<std::vector<float>> all = session.AllLogits(prompt);
  ASSERT_TRUE(all.ok());
  for (size_t i = 0; i < prompt.size(); ++i) {
    ASSERT_TRUE(session.Append({&prompt[i], 1}).ok());
    const std::vector<float> logits = CopyLogits(session);
    EXPECT_TRUE(std::equal(logits.begin(), logits.end(), all->begin() + static_cast<ptrdiff_t>(i * logits.size())))
        << i;
  }
}

TEST(SessionTest, BadTokensAreRefusedAndChangeNothing) {
  Session session = NewSession(TinyR1());
  ASSERT_TRUE(session.Append(PuzzlePrompt()).ok());
  const std::vector<float> before = CopyLogits(session);
  for (const TokenId bad : {-1, 2048, INT32_MAX}) {
    const std::vector<TokenId> tokens = {5, bad};
    const absl::Status status = session.Append(tokens);
    EXPECT_EQ(CodeOf(status), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("index 1"));
    EXPECT_EQ(CodeOf(session.Score(tokens).status()), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(session.length(), 15);
  EXPECT_EQ(CopyLogits(session), before);
}

TEST(SessionTest, TheContextHasAnEnd) {
  Session session = NewSession(TinyR1(), {.max_context = 17});
  ASSERT_TRUE(session.Append(PuzzlePrompt()).ok());
  TakeTokens(session, 2);
  Sampler sampler = Greedy();
  EXPECT_EQ(CodeOf(session.Next(sampler).status()), absl::StatusCode::kResourceExhausted);
  const TokenId token = 1;
  EXPECT_EQ(CodeOf(session.Append({&token, 1})), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(session.Truncate(16).ok());
  EXPECT_TRUE(session.Append({&token, 1}).ok());
}

TEST(SessionTest, ProgressCountsTheNewTokens) {
  Session session = NewSession(TinyR1(), {.prefill_chunk = 6});
  ASSERT_TRUE(session.Append(PuzzlePrompt()).ok());
  std::vector<std::pair<int64_t, int64_t>> seen;
  AppendOptions options;
  options.progress = [&](int64_t done, int64_t total) { seen.emplace_back(done, total); };
  ASSERT_TRUE(session.Append(PuzzlePrompt(), options).ok());
  EXPECT_EQ(seen, (std::vector<std::pair<int64_t, int64_t>>{{6, 15}, {12, 15}, {15, 15}}));
}

TEST(SessionTest, CancelRollsBack) {
  Session session = NewSession(TinyR1(), {.prefill_chunk = 16});
  ASSERT_TRUE(session.Append(PuzzlePrompt()).ok());
  const std::vector<float> before = CopyLogits(session);
  AppendOptions options;
  options.progress = [&](int64_t done, int64_t) {
    if (done >= 32) options.cancel.Cancel();
  };
  const std::vector<TokenId> text(200, 50);
  EXPECT_EQ(CodeOf(session.Append(text, options)), absl::StatusCode::kCancelled);
  EXPECT_EQ(session.length(), 15);
  EXPECT_EQ(CopyLogits(session), before);
  options.cancel.Reset();
  options.progress = nullptr;
  EXPECT_TRUE(session.Append(text, options).ok());
}

TEST(SessionTest, ASecondThreadIsTurnedAway) {
  Session session = NewSession(TinyR1(), {.prefill_chunk = 1});
  std::atomic<int> refused{0};
  AppendOptions options;
  options.progress = [&](int64_t done, int64_t) {
    if (done != 3) return;
    std::thread([&] {
      Sampler sampler = Greedy();
      const TokenId token = 1;
      if (session.Next(sampler).status().code() == absl::StatusCode::kFailedPrecondition) ++refused;
      if (session.Append({&token, 1}).code() == absl::StatusCode::kFailedPrecondition) ++refused;
      if (session.Truncate(0).code() == absl::StatusCode::kFailedPrecondition) ++refused;
      if (session.Fork().status().code() == absl::StatusCode::kFailedPrecondition) ++refused;
    }).join();
  };
  EXPECT_TRUE(session.Append(PuzzlePrompt(), options).ok());
  EXPECT_EQ(refused.load(), 4);
}

TEST(SessionTest, SessionsOfOneModelRunAtTheSameTime) {
  Session alone = NewSession(TinyR1());
  ASSERT_TRUE(alone.Append(PuzzlePrompt()).ok());
  const absl::StatusOr<Session> shared = alone.Fork();
  ASSERT_TRUE(shared.ok());
  const std::vector<TokenId> expected = TakeTokens(alone, 40);
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int i = 0; i < 4; ++i) {
    absl::StatusOr<Session> fork = shared->Fork();
    ASSERT_TRUE(fork.ok());
    threads.emplace_back([&, session = *std::move(fork)]() mutable {
      if (TakeTokens(session, 40) == expected) ++right;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right.load(), 4);
}

TEST(SessionTest, MemoryGrowsWithTheContext) {
  Session session = NewSession(TinyR1());
  const int64_t empty = session.memory_bytes();
  ASSERT_TRUE(session.Append(std::vector<TokenId>(65, 7)).ok());
  const int64_t block = session.memory_bytes() - empty;
  EXPECT_EQ(block, TinyR1().Plan(65).kv_bytes);
  ASSERT_TRUE(session.Truncate(64).ok());
  EXPECT_EQ(session.memory_bytes() - empty, block / 2);
}

TEST(SessionTest, OptionsAreChecked) {
  EXPECT_EQ(CodeOf(Session::Create(TinyR1(), {.max_context = 5000}).status()), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Session::Create(TinyR1(), {.max_context = -1}).status()), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Session::Create(TinyR1(), {.prefill_chunk = 0}).status()), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(NewSession(TinyR1()).max_context(), 4096);
}

TEST(SessionTest, PushedTokensAreThoseThatWereAppended) {
  Session pushed = NewSession(TinyR1());
  Session appended = NewSession(TinyR1());
  const std::vector<TokenId> prompt = PuzzlePrompt();
  for (const TokenId token : prompt) ASSERT_TRUE(pushed.Push(token).ok());
  ASSERT_TRUE(appended.Append(prompt).ok());
  EXPECT_EQ(CopyLogits(pushed), CopyLogits(appended));
  EXPECT_EQ(TakeTokens(pushed, 5), TakeTokens(appended, 5));
  EXPECT_EQ(pushed.Push(2048).code(), absl::StatusCode::kInvalidArgument);
  Session small = NewSession(TinyR1(), {.max_context = 1});
  ASSERT_TRUE(small.Push(1).ok());
  EXPECT_EQ(small.Push(1).code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace reckon
