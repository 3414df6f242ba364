// One answer: channels, events, stopping and cancelling, with scripted models.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/chat/scripted.h"

namespace reckon::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(AnswerTest, EventsComeInOrder) {
  Chat chat = ScriptedChat(Recite(Tokens("<think>\n2 + 0 = 2\n</think>\n\n**42**")), {.session = {.prefill_chunk = 4}});
  Heard heard;
  std::vector<int64_t> read;
  int64_t total = 0;
  const auto turn = chat.Send("12 + 30?", [&](const ChatEvent& event) {
    if (event.kind == ChatEventKind::kPrefill) {
      read.push_back(event.done);
      total = event.total;
    }
    if (event.kind == ChatEventKind::kDone) {
      EXPECT_EQ(event.turn->answer, "**42**");
    }
    return heard(event);
  });
  ASSERT_TRUE(turn.ok()) << turn.status();
  EXPECT_THAT(heard.kinds, ElementsAre(ChatEventKind::kPrefill, ChatEventKind::kReasoning, ChatEventKind::kAnswer,
                                       ChatEventKind::kDone));
  EXPECT_EQ(read.back(), total);
  EXPECT_EQ(read.front(), 4);
  EXPECT_EQ(turn->usage.prompt_tokens, total);
  EXPECT_EQ(heard.reasoning, "2 + 0 = 2");
  EXPECT_EQ(turn->usage.generated_tokens, static_cast<int64_t>(turn->tokens.size()));
  EXPECT_GT(turn->usage.reasoning_tokens, 0);
  EXPECT_LT(turn->usage.reasoning_tokens, turn->usage.generated_tokens);
}

TEST(AnswerTest, WholeCharactersOnly) {
  // 鸡 in three byte tokens: nothing is shown before the last one.
  std::vector<TokenId> line = Tokens("<think>");
  for (const char byte : std::string("鸡</think>鸡")) {
    for (TokenId id = 0; id < 2042; ++id) {
      if (TinyR1().tokenizer().TokenBytes(id) == std::string(1, byte)) {
        line.push_back(id);
        break;
      }
    }
  }
  Chat chat = ScriptedChat(Recite(line));
  std::vector<std::string> pieces;
  const auto turn = chat.Send("?", [&](const ChatEvent& event) {
    if (!event.text.empty()) pieces.emplace_back(event.text);
    return StreamAction::kContinue;
  });
  ASSERT_TRUE(turn.ok()) << turn.status();
  EXPECT_THAT(pieces, ElementsAre("鸡", "鸡"));
  EXPECT_EQ(turn->reasoning, "鸡");
  EXPECT_EQ(turn->answer, "鸡");
}

TEST(AnswerTest, StopKeepsWhatWasMade) {
  Chat chat = ScriptedChat(Recite(Tokens("<think>\nlong thought\n</think>\n\nlong answer")));
  const auto turn = chat.Send("?", [&](const ChatEvent& event) {
    return event.kind == ChatEventKind::kReasoning ? StreamAction::kStop : StreamAction::kContinue;
  });
  ASSERT_TRUE(turn.ok()) << turn.status();
  EXPECT_EQ(turn->finish_reason, FinishReason::kCallbackStop);
  EXPECT_TRUE(turn->inside_reasoning);
  EXPECT_EQ(turn->answer, "");
  ASSERT_EQ(chat.messages().size(), 2u);
  EXPECT_THAT(*chat.messages()[1].content, ::testing::EndsWith("</think>\n\n")) << "closed, so that it can be dropped";
}

TEST(AnswerTest, CancelTakesTheChatBack) {
  for (const ChatEventKind when : {ChatEventKind::kPrefill, ChatEventKind::kReasoning, ChatEventKind::kAnswer}) {
    Chat chat = ScriptedChat(Recite(Tokens("<think>\nthought\n</think>\n\nanswer")));
    MustSend(chat, "first");
    const auto cancelled = chat.Send("second", [&](const ChatEvent& event) {
      return event.kind == when ? StreamAction::kCancel : StreamAction::kContinue;
    });
    EXPECT_EQ(cancelled.status().code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(chat.messages().size(), 2u);
    const ChatTurn turn = MustSend(chat, "second");
    EXPECT_EQ(turn.answer, "answer");
    if (when != ChatEventKind::kPrefill) {
      EXPECT_EQ(turn.usage.reused_tokens, turn.usage.prompt_tokens - 1);
    }
  }
}

TEST(AnswerTest, TheCancelTokenTakesTheChatBack) {
  ChatOptions options;
  Chat chat = ScriptedChat(Recite(Tokens("<think>\nthought\n</think>\n\nanswer")), options);
  GenerateOptions generate;
  generate.cancel = CancelToken();
  chat.set_generate(generate);
  const auto cancelled = chat.Send("first", [&](const ChatEvent& event) {
    if (event.kind == ChatEventKind::kAnswer) generate.cancel.Cancel();
    return StreamAction::kContinue;
  });
  EXPECT_EQ(cancelled.status().code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(chat.messages(), IsEmpty());
  generate.cancel.Reset();
  EXPECT_EQ(MustSend(chat, "first").answer, "answer");
}

TEST(AnswerTest, TheSamplerGoesBackTooWhenATurnIsCancelled) {
  ChatOptions options;
  options.sampler = SamplerOptions{.repetition_penalty = 1.3f, .temperature = 1.0f, .seed = 5};
  options.generate.max_tokens = 20;
  Chat chat = *Chat::Create(TinyR1(), options);
  Chat other = *Chat::Create(TinyR1(), options);
  int pieces = 0;
  EXPECT_FALSE(chat.Send("12 + 30?",
                         [&](const ChatEvent& event) {
                           return !event.text.empty() && ++pieces == 3 ? StreamAction::kCancel
                                                                       : StreamAction::kContinue;
                         })
                   .ok());
  EXPECT_EQ(MustSend(chat, "12 + 30?").tokens, MustSend(other, "12 + 30?").tokens);
}

TEST(AnswerTest, StopStringsAndTokensAndLimits) {
  const std::vector<TokenId> line = Tokens("<think>\nthought\n</think>\n\none two three");
  ChatOptions options;
  options.generate.stop_strings = {"two"};
  Chat chat = ScriptedChat(Recite(line), options);
  ChatTurn turn = MustSend(chat, "?");
  EXPECT_EQ(turn.finish_reason, FinishReason::kStopString);
  EXPECT_EQ(turn.stop_string, "two");
  EXPECT_EQ(turn.answer, "one");
  options.generate.stop_strings = {"</think>"};
  Chat marks = ScriptedChat(Recite(line), options);
  turn = MustSend(marks, "?");
  EXPECT_EQ(turn.finish_reason, FinishReason::kStopString);
  EXPECT_TRUE(turn.inside_reasoning);
  options.generate = {.max_tokens = 4};
  Chat limited = ScriptedChat(Recite(line), options);
  turn = MustSend(limited, "?");
  EXPECT_EQ(turn.finish_reason, FinishReason::kMaxTokens);
  EXPECT_EQ(turn.tokens.size(), 4u);
}

TEST(AnswerTest, NothingToAnswer) {
  Chat chat = ScriptedChat(Recite(Tokens("x")));
  EXPECT_EQ(chat.Answer(Ignore).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(chat.Regenerate(Ignore).status().code(), absl::StatusCode::kFailedPrecondition);
  MustSend(chat, "?");
  EXPECT_EQ(chat.Answer(Ignore).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(chat.Truncate(9).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(chat.Edit(2, {}).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(chat.Pin(2).code(), absl::StatusCode::kOutOfRange);
}

TEST(AnswerTest, ACallFromTheCallbackIsRefused) {
  Chat chat = ScriptedChat(Recite(Tokens("answer")));
  absl::Status inner;
  const auto turn = chat.Send("?", [&](const ChatEvent&) {
    inner = chat.Prepare();
    return StreamAction::kContinue;
  });
  EXPECT_TRUE(turn.ok());
  EXPECT_EQ(inner.code(), absl::StatusCode::kFailedPrecondition);
}

TEST(AnswerTest, AMessageLongerThanTheContextIsRefusedWithNumbers) {
  Chat chat = ScriptedChat(Recite(Tokens("answer")), {}, 64);
  std::string long_text;
  for (int i = 0; i < 100; ++i) long_text += "12 + 30 ";
  const auto turn = chat.Send(long_text, Ignore);
  EXPECT_EQ(turn.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(turn.status().message()), HasSubstr("64"));
  EXPECT_THAT(chat.messages(), IsEmpty());
  EXPECT_EQ(MustSend(chat, "?").answer, "answer");
}

}  // namespace
}  // namespace reckon::testing
