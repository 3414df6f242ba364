// Thinking budgets and the loop guard, with scripted models.
#include <algorithm>
#include <string>
#include <vector>

#include "chat/bridge.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/chat/scripted.h"

namespace reckon::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Thinks one different token after another and never stops; once somebody closes the reasoning, it answers "42".
Script NeverCloses(float close_logit = 0) {
  return [close_logit](absl::Span<const TokenId> tokens) -> std::vector<std::pair<TokenId, float>> {
    const absl::Span<const TokenId> said = Said(tokens);
    if (said.empty()) return {{kThink, 10.0f}};
    for (size_t i = said.size(); i > 0; --i) {
      if (said[i - 1] != kEndThink) continue;
      const std::string text = *TinyR1().tokenizer().Decode(said.subspan(i));
      if (text.find("42") != std::string::npos) return {{kEndOfSentence, 10.0f}};
      // It would like to think again, if it may.
      return {{text.find('4') != std::string::npos ? Tokens("2")[0] : Tokens("4")[0], 9.0f}, {kThink, 10.0f}};
    }
    return {{static_cast<TokenId>(300 + said.size() * 7 % 1500), 10.0f}, {kEndThink, close_logit}};
  };
}

TEST(ThinkingTest, AModelThatNeverClosesStillAnswersWithinItsBudget) {
  Chat chat = ScriptedChat(NeverCloses(), {.thinking = {.max_tokens = 100}});
  Heard heard;
  const ChatTurn turn = MustSend(chat, "What is 12 + 30?", &heard);
  EXPECT_EQ(turn.answer, "42");
  EXPECT_THAT(turn.interventions, ElementsAre(Intervention::kBudgetClose));
  EXPECT_EQ(turn.finish_reason, FinishReason::kStopToken);
  EXPECT_FALSE(turn.inside_reasoning);
  EXPECT_THAT(turn.reasoning, HasSubstr("Time is up"));
  const int64_t closing = static_cast<int64_t>(Tokens("\n\n" + std::string(BridgeFor("x")) + "\n</think>\n\n").size());
  // <think>, 100 tokens, the bridge up to </think>.
  EXPECT_LE(turn.usage.reasoning_tokens, 1 + 100 + closing);
  EXPECT_GE(turn.usage.reasoning_tokens, 100);
}

TEST(ThinkingTest, TheBridgeSpeaksTheConversationsLanguage) {
  for (const auto& [question, words] :
       std::vector<std::pair<std::string, std::string>>{{"12加30等于几？", "时间有限"},
                                                        {"What is 12 + 30?", "Time is up"},
                                                        {"Сколько будет 12 + 30?", "Времени"},
                                                        {"12と30を足すと？", "時間が"},
                                                        {"12 더하기 30은?", "시간이"}}) {
    Chat chat = ScriptedChat(NeverCloses(), {.thinking = {.max_tokens = 10}});
    EXPECT_THAT(MustSend(chat, question).reasoning, HasSubstr(words));
  }
  Chat chat = ScriptedChat(NeverCloses(), {.thinking = {.max_tokens = 10, .bridge = "Enough."}});
  EXPECT_THAT(MustSend(chat, "12?").reasoning, HasSubstr("Enough."));
}

TEST(ThinkingTest, TheSoftBudgetNudgesUntilTheModelClosesByItself) {
  // </think> is 5 behind the best token, and the nudge grows to 8 between 40 and 80: it wins soon after the middle.
  Chat chat = ScriptedChat(NeverCloses(5), {.thinking = {.max_tokens = 80, .soft_max_tokens = 40}});
  Heard heard;
  const ChatTurn turn = MustSend(chat, "12?", &heard);
  EXPECT_EQ(turn.answer, "42");
  EXPECT_THAT(turn.interventions, ElementsAre(Intervention::kNudge));
  EXPECT_GT(turn.usage.reasoning_tokens, 40);
  EXPECT_LT(turn.usage.reasoning_tokens, 80);
}

TEST(ThinkingTest, TokensAreReservedForTheAnswer) {
  ChatOptions options;
  options.generate.max_tokens = 200;
  options.thinking.answer_reserve = 60;
  Chat chat = ScriptedChat(NeverCloses(), options);
  const ChatTurn turn = MustSend(chat, "12?");
  EXPECT_EQ(turn.answer, "42");
  EXPECT_THAT(turn.interventions, ElementsAre(Intervention::kReserveClose));
  EXPECT_LE(turn.usage.reasoning_tokens, 140);
  EXPECT_GE(turn.usage.reasoning_tokens, 130);
  // The window does the same.
  Chat small = ScriptedChat(NeverCloses(), {}, 300);
  const ChatTurn other = MustSend(small, "12?");
  EXPECT_EQ(other.answer, "42");
  EXPECT_THAT(other.interventions, ElementsAre(Intervention::kReserveClose));
}

TEST(ThinkingTest, ALoopIsCaughtWithinThreeRepeats) {
  const std::vector<TokenId> start = Tokens("<think>\nFirst I add the tens and then the ones.\n");
  const std::vector<TokenId> span = Tokens("Wait, 12 and 30 make 43. No, let me check that again, it is not right.\n");
  ASSERT_GE(span.size(), 8u);
  std::vector<TokenId> line = start;
  for (int i = 0; i < 30; ++i) line.insert(line.end(), span.begin(), span.end());
  Chat chat = ScriptedChat(Recite(line, Tokens("42")), {});
  const ChatTurn turn = MustSend(chat, "12 + 30?");
  EXPECT_THAT(turn.interventions, ElementsAre(Intervention::kLoopClose));
  EXPECT_EQ(turn.answer, "42");
  size_t repeats = 0;
  for (size_t at = turn.reasoning.find("Wait, 12"); at != std::string::npos;
       at = turn.reasoning.find("Wait, 12", at + 1)) {
    ++repeats;
  }
  EXPECT_EQ(repeats, 3u);
  Chat patient = ScriptedChat(Recite(line, Tokens("42")), {.thinking = {.loop_guard = false}});
  EXPECT_THAT(MustSend(patient, "12 + 30?").interventions, ElementsAre(Intervention::kUnclosedEnd));
}

TEST(ThinkingTest, AModelThatClosesByItselfIsUntouched) {
  const std::string text = "<think>\n12 + 30: 2 + 0 = 2, 1 + 3 = 4.\n</think>\n\n12 + 30 = **42**";
  std::vector<TokenId> line = Tokens(text);
  ChatOptions options;
  options.thinking.max_tokens = static_cast<int64_t>(line.size());
  options.generate.max_tokens = 400;
  Chat chat = ScriptedChat(Recite(line), options);
  const ChatTurn turn = MustSend(chat, "12 + 30?");
  EXPECT_THAT(turn.interventions, IsEmpty());
  EXPECT_EQ(turn.text, text);
  EXPECT_EQ(turn.answer, "12 + 30 = **42**");
  line.push_back(kEndOfSentence);
  EXPECT_EQ(turn.tokens, line);
}

TEST(ThinkingTest, AModelThatEndsInsideItsReasoningIsAskedForAnAnswer) {
  Chat chat = ScriptedChat(Recite(Tokens("<think>\nI do not know"), Tokens("42")));
  const ChatTurn turn = MustSend(chat, "12 + 30?");
  EXPECT_THAT(turn.interventions, ElementsAre(Intervention::kUnclosedEnd));
  EXPECT_EQ(turn.answer, "42");
  EXPECT_EQ(turn.tokens.back(), kEndOfSentence);
  EXPECT_EQ(std::count(turn.tokens.begin(), turn.tokens.end(), kEndOfSentence), 1);
}

TEST(ThinkingTest, ThinkingOffWritesAnEmptyThought) {
  Chat chat = ScriptedChat(NeverCloses(), {.thinking = {.enabled = false}});
  Heard heard;
  const ChatTurn turn = MustSend(chat, "12 + 30?", &heard);
  EXPECT_EQ(turn.answer, "42");
  EXPECT_EQ(turn.reasoning, "");
  EXPECT_THAT(turn.interventions, ElementsAre(Intervention::kThinkingOff));
  EXPECT_EQ(turn.usage.reasoning_tokens, 0);
  EXPECT_EQ(*chat.messages().back().content, "<think>\n\n</think>\n\n42");
}

TEST(ThinkingTest, WithoutRoomForABridgeTheAnswerIsCutAsEver) {
  ChatOptions options;
  options.generate.max_tokens = 6;
  options.thinking.max_tokens = 3;
  Chat chat = ScriptedChat(NeverCloses(), options);
  const ChatTurn turn = MustSend(chat, "12?");
  EXPECT_EQ(turn.finish_reason, FinishReason::kMaxTokens);
  EXPECT_EQ(turn.tokens.size(), 6u);
  EXPECT_TRUE(turn.inside_reasoning);
  EXPECT_THAT(turn.interventions, IsEmpty());
}

}  // namespace
}  // namespace reckon::testing
