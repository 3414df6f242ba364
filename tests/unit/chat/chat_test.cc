// A chat with the real tiny-r1, and the life of the object.
#include "reckon/chat.h"

#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "unit/chat/scripted.h"

namespace reckon::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ChatTest, SolvesThePuzzle) {
  absl::StatusOr<Chat> chat = Chat::Create(TinyR1(), {.sampler = SamplerOptions{.temperature = 0}});
  ASSERT_TRUE(chat.ok()) << chat.status();
  const ChatTurn turn = MustSend(*chat, "鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？");
  EXPECT_THAT(turn.reasoning, HasSubstr("x+y=35"));
  EXPECT_THAT(turn.answer, HasSubstr("23"));
  EXPECT_THAT(turn.answer, HasSubstr("12"));
  EXPECT_THAT(turn.answer, ::testing::Not(HasSubstr("think>")));
  EXPECT_EQ(turn.finish_reason, FinishReason::kStopToken);
  EXPECT_EQ(turn.usage.prompt_tokens, static_cast<int64_t>(PuzzlePrompt().size()));
  EXPECT_THAT(turn.interventions, IsEmpty());
  ASSERT_EQ(chat->messages().size(), 2u);
  EXPECT_EQ(*chat->messages()[1].content, turn.text);
  const absl::StatusOr<std::string> prompt = chat->Prompt();
  ASSERT_TRUE(prompt.ok());
  EXPECT_THAT(*prompt, ::testing::Not(HasSubstr("x+y=35，设"))) << "the template drops the reasoning";
  EXPECT_THAT(*prompt, HasSubstr(turn.answer));
}

// The published answers of tiny-r1 are never touched by the guards, budget or not.
TEST(ChatTest, NormalAnswersAreUntouched) {
  std::ifstream file(std::string(RECKON_TINY_R1) + "/golden.jsonl");
  std::string line;
  int answers = 0;
  while (std::getline(file, line)) {
    const nlohmann::json row = nlohmann::json::parse(line);
    ChatOptions options;
    options.sampler = SamplerOptions{.temperature = 0};
    options.thinking.max_tokens = 1000;
    absl::StatusOr<Chat> chat = Chat::Create(TinyR1(WeightFormat::kF32), options);
    ASSERT_TRUE(chat.ok()) << chat.status();
    const auto& messages = row["messages"];
    for (size_t i = 0; i + 1 < messages.size(); ++i) {
      ASSERT_TRUE(
          chat->Append({.role = messages[i]["role"], .content = messages[i]["content"].get<std::string>()}).ok());
    }
    const ChatTurn turn = MustSend(*chat, messages.back()["content"]);
    EXPECT_THAT(turn.interventions, IsEmpty()) << line;
    EXPECT_EQ(turn.tokens, row["output_ids"].get<std::vector<TokenId>>());
    ++answers;
  }
  EXPECT_EQ(answers, 24);
}

TEST(ChatTest, SystemMessages) {
  Chat chat = ScriptedChat(Recite(Tokens("ok")), {.system = "Be brief."});
  EXPECT_EQ(chat.messages()[0].role, "system");
  MustSend(chat, "?");
  ASSERT_TRUE(chat.SetSystem("Be long.").ok());
  EXPECT_EQ(*chat.messages()[0].content, "Be long.");
  EXPECT_EQ(chat.messages().size(), 3u);
  ASSERT_TRUE(chat.SetSystem("").ok());
  EXPECT_EQ(chat.messages().size(), 2u);
  ASSERT_TRUE(chat.SetSystem("").ok());
  ASSERT_TRUE(chat.SetSystem("Again.").ok());
  EXPECT_EQ(chat.messages()[0].role, "system");
  EXPECT_EQ(chat.messages().size(), 3u);
}

int64_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  int64_t pages = 0;
  file >> pages >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

TEST(ChatTest, MemoryStaysWithinThePlanAndClosingGivesItBack) {
  std::string system;
  for (int i = 0; i < 120; ++i) system += "Answer politely and check every sum twice. ";
  std::string document;
  for (int i = 0; i < 3000; ++i) document += "Line " + std::to_string(i) + " of the document says something.\n\n";
  const MemoryPlan plan = TinyR1().Plan(2048);
  std::vector<int64_t> resident;
  for (int round = 0; round < 5; ++round) {
    {
      absl::StatusOr<Chat> chat = Chat::Create(TinyR1(), {.system = system, .session = {.max_context = 2048}});
      ASSERT_TRUE(chat.ok()) << chat.status();
      ASSERT_TRUE(chat->Prepare().ok());
      EXPECT_GT(chat->context_tokens(), 800);
      EXPECT_LE(chat->memory_bytes(), plan.kv_bytes + plan.scratch_bytes);
      ASSERT_TRUE(chat->Attach("document", document).ok());
      EXPECT_LE(chat->memory_bytes(), plan.kv_bytes + plan.scratch_bytes + 8 * static_cast<int64_t>(document.size()));
      std::vector<Chat> forks;
      for (int i = 0; i < 3; ++i) {
        absl::StatusOr<Chat> fork = chat->Fork();
        ASSERT_TRUE(fork.ok()) << fork.status();
        forks.push_back(*std::move(fork));
      }
    }
    resident.push_back(ResidentBytes());
  }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // A sanitizer keeps freed memory for a while, and finds what was never freed by itself.
  const int64_t one_chat = plan.kv_bytes / 2 + plan.scratch_bytes;
  EXPECT_LT(resident.back() - resident.front(), one_chat) << "four chats with three forks each were closed in between";
#endif
}

TEST(ChatTest, TwoChatsOfOneModelRunAtTheSameTime) {
  std::vector<std::string> answers(2);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < 2; ++i) {
    threads.emplace_back([&answers, i] {
      absl::StatusOr<Chat> chat = Chat::Create(TinyR1(), {.sampler = SamplerOptions{.temperature = 0}});
      const absl::StatusOr<ChatTurn> turn = chat->Send("What is 12 + 30?", Ignore);
      if (turn.ok()) answers[i] = turn->text;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(answers[0].empty());
  EXPECT_EQ(answers[0], answers[1]);
}

}  // namespace
}  // namespace reckon::testing
