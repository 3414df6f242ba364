// What is left out when the window is full.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/chat/scripted.h"

namespace reckon::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The prompt that the scripted model has seen.
struct Spy {
  std::string prompt;

  Script script() {
    return [this](absl::Span<const TokenId> tokens) -> std::vector<std::pair<TokenId, float>> {
      const absl::Span<const TokenId> said = Said(tokens);
      if (said.empty()) prompt = *TinyR1().tokenizer().Decode(tokens);
      return {{said.empty() ? Tokens("ok")[0] : kEndOfSentence, 10.0f}};
    };
  }
};

std::string Question(int number) {
  std::string text = "Q" + std::to_string(number) + ":";
  for (int i = 0; i < 12; ++i) text += " 12 + 30";
  return text;
}

TEST(ContextPolicyTest, TheOldestTurnsGoAndTheReceiptSaysSo) {
  Spy spy;
  ChatOptions options;
  options.system = "Be brief.";
  options.generate.max_tokens = 20;
  Chat chat = ScriptedChat(spy.script(), options, 400);
  bool told = false;
  int64_t reused_turns = 0;
  for (int i = 0; i < 20; ++i) {
    const ContextReceipt* shown = nullptr;
    ContextReceipt receipt;
    const auto turn = chat.Send(Question(i), [&](const ChatEvent& event) {
      if (event.kind == ChatEventKind::kContext) {
        shown = event.context;
        receipt = *event.context;
      }
      return StreamAction::kContinue;
    });
    ASSERT_TRUE(turn.ok()) << turn.status();
    const ContextReceipt& context = turn->context;
    EXPECT_LE(context.kept_tokens, 380);
    EXPECT_EQ(context.kept_tokens, turn->usage.prompt_tokens);
    EXPECT_EQ(context.kept_messages + context.dropped_messages, 2 + 2 * i);
    EXPECT_EQ(context.dropped_messages > 0, shown != nullptr) << "never silently";
    EXPECT_EQ(context.dropped_messages > 0, context.dropped_tokens > 0);
    EXPECT_THAT(spy.prompt, HasSubstr("Be brief."));
    EXPECT_THAT(spy.prompt, HasSubstr("Q" + std::to_string(i) + ":"));
    if (shown != nullptr) {
      told = true;
      EXPECT_EQ(receipt.dropped_tokens, context.dropped_tokens);
      EXPECT_THAT(spy.prompt, Not(HasSubstr("Q0:")));
      reused_turns += turn->usage.reused_tokens > context.kept_tokens / 2 ? 1 : 0;
    }
  }
  EXPECT_TRUE(told);
  EXPECT_GT(reused_turns, 5) << "so much goes at once that the beginning stays the same for a while";
}

TEST(ContextPolicyTest, PinnedTurnsStay) {
  Spy spy;
  ChatOptions options;
  options.generate.max_tokens = 20;
  Chat chat = ScriptedChat(spy.script(), options, 400);
  MustSend(chat, Question(0));
  MustSend(chat, Question(1));
  ASSERT_TRUE(chat.Pin(2).ok());
  for (int i = 2; i < 12; ++i) MustSend(chat, Question(i));
  EXPECT_THAT(spy.prompt, Not(HasSubstr("Q0:")));
  EXPECT_THAT(spy.prompt, HasSubstr("Q1:"));
  EXPECT_THAT(spy.prompt, Not(HasSubstr("Q2:")));
  ASSERT_TRUE(chat.Pin(2, false).ok());
  MustSend(chat, Question(12));
  EXPECT_THAT(spy.prompt, Not(HasSubstr("Q1:")));
}

TEST(ContextPolicyTest, WhatFitsAgainIsSeenAgain) {
  Spy spy;
  ChatOptions options;
  options.generate.max_tokens = 20;
  Chat chat = ScriptedChat(spy.script(), options, 400);
  for (int i = 0; i < 8; ++i) MustSend(chat, Question(i));
  EXPECT_THAT(spy.prompt, Not(HasSubstr("Q0:")));
  ASSERT_TRUE(chat.Truncate(2).ok());
  const ChatTurn turn = MustSend(chat, Question(9));
  EXPECT_THAT(spy.prompt, HasSubstr("Q0:"));
  EXPECT_EQ(turn.context.dropped_messages, 0);
}

TEST(ContextPolicyTest, PinnedTurnsThatDoNotFitAreAnError) {
  Spy spy;
  Chat chat = ScriptedChat(spy.script(), {}, 200);
  MustSend(chat, Question(0));
  ASSERT_TRUE(chat.Pin(0).ok());
  MustSend(chat, "Q1");
  const auto turn = chat.Send(Question(2) + Question(3), Ignore);
  EXPECT_EQ(turn.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(chat.messages().size(), 4u);
}

// A model that sums up "Q3 Q4..." by naming the questions that it reads, and answers "ok" to everything else.
Script SumsUp(Spy& spy) {
  return [&spy](absl::Span<const TokenId> tokens) -> std::vector<std::pair<TokenId, float>> {
    const absl::Span<const TokenId> said = Said(tokens);
    const std::string prompt = *TinyR1().tokenizer().Decode(tokens.first(tokens.size() - said.size()));
    std::string words = "ok";
    if (prompt.find("Sum up the following") != std::string::npos) {
      words = "about";
      for (int i = 0; i < 30; ++i) {
        const std::string name = "Q" + std::to_string(i);
        if (prompt.find(name + ":") != std::string::npos || prompt.find(name + ".") != std::string::npos) {
          words += " " + name + ".";
        }
      }
      words = "<think>\n\n</think>\n\n" + words;
    } else if (said.empty()) {
      spy.prompt = prompt;
    }
    const std::vector<TokenId> line = Tokens(words);
    return {{said.size() < line.size() ? line[said.size()] : kEndOfSentence, 10.0f}};
  };
}

TEST(ContextPolicyTest, TheModelSumsUpWhatLeaves) {
  Spy spy;
  ChatOptions options;
  options.system = "Be brief.";
  options.generate.max_tokens = 20;
  options.context = {.summarize = true, .summary_tokens = 60};
  Chat chat = ScriptedChat(SumsUp(spy), options, 500);
  for (int i = 0; i < 14; ++i) {
    const ChatTurn turn = MustSend(chat, Question(i));
    const ContextReceipt& context = turn.context;
    EXPECT_EQ(turn.answer, "ok");
    EXPECT_EQ(context.dropped_messages, 0) << i;
    EXPECT_EQ(context.kept_messages + context.summarized_messages, 2 + 2 * i);
    EXPECT_LE(context.kept_tokens, 480);
    EXPECT_EQ(context.summarized_messages > 0, context.summary_tokens > 0);
    EXPECT_EQ(context.summarized_messages > 0, context.summarized_tokens > 0);
    ASSERT_TRUE(chat.Prepare().ok());
  }
  EXPECT_THAT(spy.prompt, HasSubstr("Be brief."));
  EXPECT_THAT(spy.prompt, HasSubstr("about Q0. Q1. Q2."));
  EXPECT_THAT(spy.prompt, Not(HasSubstr("Q1:")));
  EXPECT_THAT(chat.summary(), HasSubstr("Q0. Q1."));
  // What is edited in the part that was summed up is summed up again.
  ASSERT_TRUE(chat.Edit(1, {.role = "user", .content = "Q29:" + Question(0)}).ok());
  EXPECT_EQ(chat.summary(), "");
  MustSend(chat, Question(20));
  EXPECT_THAT(spy.prompt, HasSubstr("Q29."));
}

TEST(ContextPolicyTest, ATurnTooLongToSumUpIsDroppedAndCounted) {
  Spy spy;
  ChatOptions options;
  options.generate.max_tokens = 20;
  options.context = {.summarize = true, .summary_tokens = 60};
  Chat chat = ScriptedChat(SumsUp(spy), options, 500);
  std::string long_question = "Q0:";
  for (int i = 0; i < 64; ++i) long_question += " 12 + 30";
  MustSend(chat, long_question);
  ChatTurn turn;
  for (int i = 1; i < 8; ++i) turn = MustSend(chat, Question(i));
  EXPECT_EQ(turn.context.dropped_messages, 1) << "the question; its answer is short enough";
  EXPECT_GT(turn.context.dropped_tokens, 300);
  EXPECT_GT(turn.context.summarized_messages, 0);
}

}  // namespace
}  // namespace reckon::testing
