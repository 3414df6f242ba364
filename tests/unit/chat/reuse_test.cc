// What is read again from turn to turn, and that nothing changes by not reading it.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/chat/scripted.h"

namespace reckon::testing {
namespace {

const char* const kQuestions[] = {"What is 12 + 30?", "鸡兔同笼，头共8个，脚共26只，问鸡兔各几只？",
                                  "Is 17 a prime number?", "What is 45 - 21?"};

Chat RealChat(bool reuse, const std::string& system = "", const ThinkingOptions& thinking = {}) {
  ChatOptions options;
  options.sampler = SamplerOptions{.temperature = 0};
  options.reuse_cache = reuse;
  options.system = system;
  options.thinking = thinking;
  options.generate.max_tokens = 160;
  absl::StatusOr<Chat> chat = Chat::Create(TinyR1(), options);
  EXPECT_TRUE(chat.ok()) << chat.status();
  return *std::move(chat);
}

TEST(ReuseTest, AnswersAreTheSameWithReuseAndWithout) {
  Chat with = RealChat(true);
  Chat without = RealChat(false);
  Chat prepared = RealChat(true);
  for (const char* question : kQuestions) {
    const ChatTurn a = MustSend(with, question);
    const ChatTurn b = MustSend(without, question);
    const ChatTurn c = MustSend(prepared, question);
    EXPECT_EQ(a.tokens, b.tokens) << question;
    EXPECT_EQ(a.tokens, c.tokens) << question;
    EXPECT_EQ(b.usage.reused_tokens, 0);
    EXPECT_FALSE(a.reasoning.empty());
    EXPECT_TRUE(prepared.Prepare().ok());
  }
}

TEST(ReuseTest, APreparedTurnReadsItsNewTokensAlone) {
  Chat chat = RealChat(true);
  MustSend(chat, kQuestions[0]);
  for (const char* question : kQuestions) {
    ASSERT_TRUE(chat.Prepare().ok());
    const int64_t held = chat.context_tokens();
    ASSERT_TRUE(chat.Prepare().ok()) << "twice is the same";
    EXPECT_EQ(chat.context_tokens(), held);
    const ChatTurn turn = MustSend(chat, question);
    const int64_t fresh = static_cast<int64_t>(Tokens(question).size());
    const int64_t read = turn.usage.prompt_tokens - turn.usage.reused_tokens;
    // <｜User｜> may be known already; <｜Assistant｜> is not.
    EXPECT_GE(read, fresh);
    EXPECT_LE(read, fresh + 2) << "of " << turn.usage.prompt_tokens;
  }
}

TEST(ReuseTest, WithoutPrepareTheAnswerIsReadAgainButNotWhatStandsBeforeIt) {
  Chat chat = RealChat(true);
  const ChatTurn first = MustSend(chat, kQuestions[0]);
  const ChatTurn second = MustSend(chat, kQuestions[1]);
  EXPECT_EQ(second.usage.reused_tokens, first.usage.prompt_tokens);
  const int64_t answer = static_cast<int64_t>(Tokens(first.answer).size());
  EXPECT_LE(second.usage.prompt_tokens - second.usage.reused_tokens,
            answer + static_cast<int64_t>(Tokens(kQuestions[1]).size()) + 5);
}

TEST(ReuseTest, RegeneratedEditedAndBranchedTurnsAreThoseOfAFreshChat) {
  Chat chat = RealChat(true);
  const ChatTurn first = MustSend(chat, kQuestions[0]);
  const ChatTurn second = MustSend(chat, kQuestions[1]);
  // Again, after the answer and after Prepare().
  absl::StatusOr<ChatTurn> again = chat.Regenerate(Ignore);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->tokens, second.tokens);
  EXPECT_EQ(again->usage.reused_tokens, again->usage.prompt_tokens - 1);
  ASSERT_TRUE(chat.Prepare().ok());
  again = chat.Regenerate(Ignore);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->tokens, second.tokens);
  // A branch goes its own way, and leaves the other one alone.
  absl::StatusOr<Chat> branch = chat.Fork();
  ASSERT_TRUE(branch.ok()) << branch.status();
  const ChatTurn there = MustSend(*branch, kQuestions[2]);
  const ChatTurn here = MustSend(chat, kQuestions[2]);
  EXPECT_EQ(there.tokens, here.tokens);
  const ChatTurn other = MustSend(*branch, kQuestions[3]);
  // Edited: as if it had been asked like that from the beginning.
  ASSERT_TRUE(chat.Truncate(2).ok());
  ASSERT_TRUE(chat.Edit(0, {.role = "user", .content = kQuestions[3]}).ok());
  const ChatTurn edited = MustSend(chat, kQuestions[2]);
  Chat fresh = RealChat(false);
  ASSERT_TRUE(fresh.Append({.role = "user", .content = kQuestions[3]}).ok());
  ASSERT_TRUE(fresh.Append(chat.messages()[1]).ok());
  EXPECT_EQ(MustSend(fresh, kQuestions[2]).tokens, edited.tokens);
  Chat straight = RealChat(false);
  for (const char* question : {kQuestions[0], kQuestions[1], kQuestions[2]}) MustSend(straight, question);
  EXPECT_EQ(MustSend(straight, kQuestions[3]).tokens, other.tokens);
}

TEST(ReuseTest, InterventionsAreTheSameWithReuseAndWithout) {
  const ThinkingOptions thinking = {.max_tokens = 24, .soft_max_tokens = 12};
  Chat with = RealChat(true, "", thinking);
  Chat without = RealChat(false, "", thinking);
  for (const char* question : kQuestions) {
    const ChatTurn a = MustSend(with, question);
    const ChatTurn b = MustSend(without, question);
    EXPECT_EQ(a.tokens, b.tokens) << question;
    EXPECT_EQ(a.interventions, b.interventions);
    EXPECT_FALSE(a.interventions.empty());
    ASSERT_TRUE(with.Prepare().ok());
  }
}

TEST(ReuseTest, ForksShareTheSystemPrompt) {
  std::string system;
  for (int i = 0; i < 60; ++i) system += "Answer politely and check every sum twice. ";
  Chat base = RealChat(true, system);
  ASSERT_TRUE(base.Prepare().ok());
  const int64_t known = base.context_tokens();
  ASSERT_GT(known, 300);
  std::vector<Chat> chats;
  for (const char* question : kQuestions) {
    absl::StatusOr<Chat> fork = base.Fork();
    ASSERT_TRUE(fork.ok()) << fork.status();
    const ChatTurn turn = MustSend(*fork, question);
    EXPECT_GE(turn.usage.reused_tokens, known - 1);
    Chat alone = RealChat(false, system);
    EXPECT_EQ(MustSend(alone, question).tokens, turn.tokens);
    chats.push_back(*std::move(fork));
  }
  EXPECT_EQ(base.context_tokens(), known);
}

TEST(ReuseTest, PrepareCanBeCancelled) {
  Chat chat = RealChat(true);
  const ChatTurn first = MustSend(chat, kQuestions[0]);
  const CancelToken cancel;
  cancel.Cancel();
  EXPECT_EQ(chat.Prepare(cancel).code(), absl::StatusCode::kCancelled);
  Chat other = RealChat(false);
  MustSend(other, kQuestions[0]);
  EXPECT_EQ(MustSend(chat, kQuestions[1]).tokens, MustSend(other, kQuestions[1]).tokens);
}

}  // namespace
}  // namespace reckon::testing
