#include "reckon/generate.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/session/tiny_r1.h"

namespace reckon {
namespace {

using ::reckon::testing::Greedy;
using ::reckon::testing::NewSession;
using ::reckon::testing::PuzzlePrompt;
using ::reckon::testing::TakeTokens;
using ::reckon::testing::TinyR1;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Generates from the puzzle's prompt; the streamed pieces, joined, must be the result's text.
absl::StatusOr<GenerateResult> Answer(const GenerateOptions& options) {
  Session session = NewSession(TinyR1());
  EXPECT_TRUE(session.Append(PuzzlePrompt()).ok());
  Sampler sampler = Greedy();
  std::string streamed;
  absl::StatusOr<GenerateResult> result = Generate(session, sampler, options, [&](absl::string_view piece) {
    EXPECT_FALSE(piece.empty());
    streamed += std::string(piece);
    return StreamAction::kContinue;
  });
  if (result.ok()) {
    EXPECT_EQ(streamed, result->text);
    EXPECT_EQ(session.length(), 15 + static_cast<int64_t>(result->tokens.size()));
  }
  return result;
}

TEST(GenerateTest, AnswersThePuzzle) {
  const absl::StatusOr<GenerateResult> result = Answer({});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->finish_reason, FinishReason::kStopToken);
  EXPECT_EQ(result->tokens.back(), 2042) << "the stop token belongs to the sequence";
  EXPECT_THAT(result->text, StartsWith("<think>\n"));
  EXPECT_THAT(result->text, HasSubstr("</think>"));
  EXPECT_THAT(result->text, HasSubstr("23"));
  EXPECT_THAT(result->text, HasSubstr("12"));
  EXPECT_THAT(result->text, ::testing::Not(HasSubstr("end▁of▁sentence")));
}

TEST(GenerateTest, MaxTokens) {
  const absl::StatusOr<GenerateResult> none = Answer({.max_tokens = 0});
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->finish_reason, FinishReason::kMaxTokens);
  EXPECT_TRUE(none->tokens.empty());
  EXPECT_EQ(Answer({.max_tokens = 7})->tokens.size(), 7u);
}

TEST(GenerateTest, StopStringsAcrossTokens) {
  // "检验" comes in the middle of the reasoning; "：x+y" spans several tokens.
  for (const char* stop : {"检验", "：x+y=35"}) {
    const absl::StatusOr<GenerateResult> result = Answer({.stop_strings = {"never", stop}});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->finish_reason, FinishReason::kStopString);
    EXPECT_EQ(result->stop_string, stop);
    EXPECT_THAT(result->text, ::testing::Not(HasSubstr(stop)));
    EXPECT_THAT(Answer({})->text, StartsWith(result->text + stop));
  }
}

TEST(GenerateTest, StopTokensAndIgnoringEos) {
  const absl::StatusOr<GenerateResult> result = Answer({.stop_tokens = {2047}});  // </think>
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->finish_reason, FinishReason::kStopToken);
  EXPECT_EQ(result->tokens.back(), 2047);
  EXPECT_THAT(result->text, ::testing::Not(HasSubstr("</think>")));
  const size_t usual = Answer({})->tokens.size();
  const absl::StatusOr<GenerateResult> longer =
      Answer({.max_tokens = static_cast<int64_t>(usual) + 5, .ignore_eos = true});
  EXPECT_EQ(longer->tokens.size(), usual + 5);
  EXPECT_EQ(longer->finish_reason, FinishReason::kMaxTokens);
}

TEST(GenerateTest, ContextFull) {
  Session session = NewSession(TinyR1(), {.max_context = 20});
  ASSERT_TRUE(session.Append(PuzzlePrompt()).ok());
  Sampler sampler = Greedy();
  const absl::StatusOr<GenerateResult> result =
      Generate(session, sampler, {}, [](absl::string_view) { return StreamAction::kContinue; });
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->finish_reason, FinishReason::kContextFull);
  EXPECT_EQ(result->tokens.size(), 5u);
}

TEST(GenerateTest, TheCallbackStopsOrCancels) {
  Session session = NewSession(TinyR1());
  ASSERT_TRUE(session.Append(PuzzlePrompt()).ok());
  Sampler sampler = Greedy();
  int pieces = 0;
  const absl::StatusOr<GenerateResult> stopped = Generate(session, sampler, {}, [&](absl::string_view) {
    return ++pieces == 3 ? StreamAction::kStop : StreamAction::kContinue;
  });
  ASSERT_TRUE(stopped.ok());
  EXPECT_EQ(stopped->finish_reason, FinishReason::kCallbackStop);
  const int64_t kept = session.length();
  EXPECT_GT(kept, 15);
  const absl::StatusOr<GenerateResult> cancelled = Generate(session, sampler, {}, [&](absl::string_view) {
    return ++pieces == 9 ? StreamAction::kCancel : StreamAction::kContinue;
  });
  EXPECT_EQ(cancelled.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(session.length(), kept);
}

TEST(GenerateTest, TheTokenCancels) {
  Session session = NewSession(TinyR1());
  ASSERT_TRUE(session.Append(PuzzlePrompt()).ok());
  Sampler sampler = Greedy();
  GenerateOptions options;
  const absl::StatusOr<GenerateResult> result = Generate(session, sampler, options, [&](absl::string_view) {
    options.cancel.Cancel();
    return StreamAction::kContinue;
  });
  EXPECT_EQ(result.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(session.length(), 15);
  EXPECT_EQ(TakeTokens(session, 3).size(), 3u) << "usable afterwards";
}

}  // namespace
}  // namespace reckon
