// The promise that later batching and speculation rest on: on one instruction set, logits are the same bits for any
// number of threads, any cut of the prompt into pieces, and any history of the cache.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "golden/golden_model.h"
#include "reckon/model.h"
#include "reckon/sampler.h"
#include "reckon/session.h"

namespace reckon::testing {
namespace {

using Logits = std::vector<float>;

// How a comparison is shown: the number of values that differ in any bit, and the first of them.
::testing::AssertionResult SameBits(absl::Span<const float> a, absl::Span<const float> b) {
  if (a.size() != b.size()) return ::testing::AssertionFailure() << a.size() << " values against " << b.size();
  size_t differing = 0;
  size_t first = a.size();
  for (size_t i = 0; i < a.size(); ++i) {
    uint32_t bits_a;
    uint32_t bits_b;
    std::memcpy(&bits_a, &a[i], sizeof(bits_a));
    std::memcpy(&bits_b, &b[i], sizeof(bits_b));
    if (bits_a != bits_b && differing++ == 0) first = i;
  }
  if (differing == 0) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << differing << " of " << a.size() << " values differ, first at " << first
                                       << ": " << a[first] << " against " << b[first];
}

class DeterminismTest : public ::testing::TestWithParam<std::tuple<std::string, WeightFormat>> {
 protected:
  void SetUp() override {
    absl::StatusOr<GoldenModel> golden = ReadGoldenModel(std::get<0>(GetParam()));
    ASSERT_TRUE(golden.ok()) << golden.status();
    golden_ = *std::move(golden);
    // The longest sequence: past one block of the key/value cache (64 positions).
    for (const ReferenceSequence& sequence : golden_.sequences) {
      if (sequence.ids.size() > tokens_.size()) tokens_ = sequence.ids;
    }
    ASSERT_GT(tokens_.size(), 66u);
  }

  Model Open(const std::string& isa) const {
    absl::StatusOr<Model> model =
        Model::Open(ModelSource::Path(golden_.path), {.weights = std::get<1>(GetParam()), .threads = 1, .isa = isa});
    EXPECT_TRUE(model.ok()) << model.status();
    return model.ok() ? *std::move(model) : Model();
  }

  static Session Start(const Model& model, int64_t prefill_chunk = 512) {
    absl::StatusOr<Session> session = Session::Create(model, {.prefill_chunk = prefill_chunk});
    EXPECT_TRUE(session.ok()) << session.status();
    return *std::move(session);
  }

  static Logits Last(Session& session) {
    const absl::StatusOr<absl::Span<const float>> logits = session.Logits();
    EXPECT_TRUE(logits.ok()) << logits.status();
    return logits.ok() ? Logits(logits->begin(), logits->end()) : Logits();
  }

  static Logits Append(Session& session, absl::Span<const TokenId> tokens) {
    const absl::Status appended = session.Append(tokens);
    EXPECT_TRUE(appended.ok()) << appended;
    return Last(session);
  }

  // Logits behind every token, computed one token at a time.
  Logits OneByOne(const Model& model) const {
    Session session = Start(model);
    Logits all;
    for (const TokenId token : tokens_) {
      const Logits row = Append(session, {&token, 1});
      all.insert(all.end(), row.begin(), row.end());
    }
    return all;
  }

  // The rows of a whole sequence from here on are what the same tokens give one by one.
  size_t FirstComparable() const { return std::get<0>(GetParam()) == "models/phi3-longrope" ? 64 : 0; }

  absl::Span<const TokenId> Tokens(size_t begin, size_t end) const {
    return absl::MakeConstSpan(tokens_).subspan(begin, end - begin);
  }

  GoldenModel golden_;
  std::vector<TokenId> tokens_;
};

TEST_P(DeterminismTest, ChunksAndThreads) {
  for (const std::string& isa : SupportedIsas()) {
    SCOPED_TRACE(isa);
    const Model model = Open(isa);
    if (HasFailure()) return;
    const Logits expected = OneByOne(model);
    const auto width = static_cast<size_t>(model.info().vocab_size);
    const Logits last(expected.end() - static_cast<int64_t>(width), expected.end());
    for (const int threads : {1, 2, 3}) {
      SCOPED_TRACE(threads);
      model.SetThreads(threads);
      EXPECT_TRUE(SameBits(OneByOne(model), expected));
      for (const int64_t chunk : {1, 3, 16, 512}) {
        SCOPED_TRACE(chunk);
        Session session = Start(model, chunk);
        const absl::StatusOr<Logits> all = session.AllLogits(tokens_);
        ASSERT_TRUE(all.ok()) << all.status();
        // Behind the first tokens of a sequence that goes past LongRoPE's border stands another rotation than behind
        // these tokens alone.
        const auto skipped = static_cast<int64_t>(FirstComparable() * width);
        EXPECT_TRUE(
            SameBits(Logits(all->begin() + skipped, all->end()), Logits(expected.begin() + skipped, expected.end())));
        EXPECT_TRUE(SameBits(Append(session, tokens_), last));
      }
    }
  }
}

TEST_P(DeterminismTest, UnevenPieces) {
  const Model model = Open("");
  if (HasFailure()) return;
  Session whole = Start(model);
  const Logits expected = Append(whole, tokens_);
  Session pieces = Start(model, 16);
  size_t at = 0;
  for (size_t piece = 1; at < tokens_.size(); piece = piece * 2 + 1) {
    const size_t end = std::min(tokens_.size(), at + piece);
    Append(pieces, Tokens(at, end));
    at = end;
  }
  EXPECT_TRUE(SameBits(Last(pieces), expected));
  EXPECT_EQ(pieces.tokens(), absl::MakeConstSpan(tokens_));
}

TEST_P(DeterminismTest, NextComputesWhatAppendComputes) {
  const Model model = Open("");
  if (HasFailure()) return;
  absl::StatusOr<Sampler> sampler = Sampler::Create({.temperature = 0});
  ASSERT_TRUE(sampler.ok()) << sampler.status();
  Session session = Start(model);
  Append(session, tokens_);
  for (int i = 0; i < 8; ++i) {
    const absl::StatusOr<TokenId> id = session.Next(*sampler);
    ASSERT_TRUE(id.ok()) << id.status();
  }
  Session again = Start(model);
  EXPECT_TRUE(SameBits(Append(again, session.tokens()), Last(session)));
}

TEST_P(DeterminismTest, TruncateThenAppend) {
  const Model model = Open("");
  if (HasFailure()) return;
  Session session = Start(model);
  const Logits expected = Append(session, tokens_);
  const std::vector<TokenId> other(tokens_.rbegin(), tokens_.rend());
  for (const size_t length : {size_t{0}, size_t{1}, size_t{63}, size_t{64}, size_t{65}, tokens_.size() - 1}) {
    SCOPED_TRACE(length);
    ASSERT_TRUE(session.Truncate(static_cast<int64_t>(length)).ok());
    EXPECT_EQ(session.length(), static_cast<int64_t>(length));
    // Another continuation writes over the same places of the cache, and is taken back.
    Append(session, other);
    ASSERT_TRUE(session.Truncate(static_cast<int64_t>(length)).ok());
    EXPECT_TRUE(SameBits(Append(session, Tokens(length, tokens_.size())), expected));
  }
  ASSERT_TRUE(session.Truncate(session.length()).ok());
  EXPECT_TRUE(SameBits(Last(session), expected));
  EXPECT_EQ(session.Truncate(session.length() + 1).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(session.Truncate(-1).code(), absl::StatusCode::kOutOfRange);
}

TEST_P(DeterminismTest, LogitsAfterTruncateAreThoseOfThatPlace) {
  const Model model = Open("");
  if (HasFailure()) return;
  for (const size_t length : {size_t{1}, size_t{64}, size_t{65}}) {
    SCOPED_TRACE(length);
    Session session = Start(model);
    Append(session, tokens_);
    ASSERT_TRUE(session.Truncate(static_cast<int64_t>(length)).ok());
    Session fresh = Start(model);
    EXPECT_TRUE(SameBits(Last(session), Append(fresh, Tokens(0, length))));
  }
}

TEST_P(DeterminismTest, ForksDoNotDisturbEachOther) {
  const Model model = Open("");
  if (HasFailure()) return;
  std::vector<TokenId> other = tokens_;
  for (const size_t length : {size_t{1}, size_t{40}, size_t{64}, size_t{66}}) {
    SCOPED_TRACE(length);
    std::reverse(other.begin() + static_cast<int64_t>(length), other.end());
    Session fresh = Start(model);
    const Logits expected = Append(fresh, tokens_);
    Session fresh_other = Start(model);
    const Logits expected_other = Append(fresh_other, other);

    Session session = Start(model);
    Append(session, Tokens(0, length));
    absl::StatusOr<Session> fork = session.Fork();
    ASSERT_TRUE(fork.ok()) << fork.status();
    EXPECT_EQ(fork->tokens(), session.tokens());
    EXPECT_TRUE(SameBits(Last(*fork), Last(session)));
    // In turns, so that each writes into blocks that the other has.
    for (size_t i = length; i < tokens_.size(); ++i) {
      Append(session, {&tokens_[i], 1});
      Append(*fork, {&other[i], 1});
    }
    EXPECT_TRUE(SameBits(Last(session), expected));
    EXPECT_TRUE(SameBits(Last(*fork), expected_other));
    {
      const Session dropped = std::move(session);  // and destroyed: the fork must hold its own
    }
    ASSERT_TRUE(fork->Truncate(static_cast<int64_t>(length)).ok());
    EXPECT_TRUE(SameBits(Append(*fork, Tokens(length, tokens_.size())), expected));
    other = tokens_;
  }
}

TEST_P(DeterminismTest, FailedCallsLeaveTheSessionAsItWas) {
  const Model model = Open("");
  if (HasFailure()) return;
  Session session = Start(model, 16);
  const Logits expected = Append(session, Tokens(0, 60));
  std::vector<TokenId> bad(tokens_.begin(), tokens_.end());
  bad.back() = static_cast<TokenId>(model.info().vocab_size);
  EXPECT_EQ(session.Append(bad).code(), absl::StatusCode::kInvalidArgument);
  bad.back() = -1;
  EXPECT_EQ(session.Append(bad).code(), absl::StatusCode::kInvalidArgument);
  const std::vector<TokenId> too_many(static_cast<size_t>(session.max_context()), tokens_.front());
  EXPECT_EQ(session.Append(too_many).code(), absl::StatusCode::kResourceExhausted);
  // Cancelled after the first chunk has been written.
  AppendOptions options;
  options.progress = [&options](int64_t, int64_t) { options.cancel.Cancel(); };
  EXPECT_EQ(session.Append(tokens_, options).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(session.tokens(), Tokens(0, 60));
  EXPECT_TRUE(SameBits(Last(session), expected));
  Session fresh = Start(model);
  EXPECT_TRUE(SameBits(Append(session, Tokens(60, tokens_.size())), Append(fresh, tokens_)));
}

INSTANTIATE_TEST_SUITE_P(Golden, DeterminismTest,
                         ::testing::Combine(::testing::Values("models/qwen2-f32", "models/qwen2-bf16-tied-padvocab",
                                                              "models/qwen2-yarn", "models/qwen3-bf16",
                                                              "models/llama-f32-gqa", "models/llama-rope3-tied",
                                                              "models/phi3-longrope"),
                                            ::testing::Values(WeightFormat::kF32, WeightFormat::kBf16,
                                                              WeightFormat::kQ8, WeightFormat::kQ4)),
                         [](const auto& test) {
                           return TestCaseName(std::get<0>(test.param)) + "_" +
                                  std::string(WeightFormatName(std::get<1>(test.param)));
                         });

}  // namespace
}  // namespace reckon::testing
