// Chats in files.
#include <sys/stat.h>

#include <random>
#include <string>
#include <vector>

#include "base/byte_source.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/temp_folder.h"
#include "unit/chat/scripted.h"

namespace reckon::testing {
namespace {

using ::testing::HasSubstr;

Chat GreedyChat(const ChatOptions& options = {}, WeightFormat weights = WeightFormat::kQ8) {
  ChatOptions greedy = options;
  greedy.sampler = SamplerOptions{.temperature = 0};
  greedy.generate.max_tokens = 100;
  absl::StatusOr<Chat> chat = Chat::Create(TinyR1(weights), greedy);
  EXPECT_TRUE(chat.ok()) << chat.status();
  return *std::move(chat);
}

bool SameMessages(const Chat& a, const Chat& b) {
  const auto same = [](const Message& x, const Message& y) {
    return x.role == y.role && x.content == y.content && x.reasoning_content == y.reasoning_content &&
           x.tool_calls_json == y.tool_calls_json && x.extra_json == y.extra_json;
  };
  return std::equal(a.messages().begin(), a.messages().end(), b.messages().begin(), b.messages().end(), same);
}

TEST(SaveTest, ARestoredChatGoesOnAsIfNothingHadHappened) {
  const TempFolder folder;
  const std::string file = folder / "chat.reckon";
  Chat chat = GreedyChat({.system = "Be brief."});
  MustSend(chat, "What is 12 + 30?");
  ASSERT_TRUE(chat.Pin(1).ok());
  ASSERT_TRUE(chat.Prepare().ok());
  ASSERT_TRUE(chat.Save(file).ok());
  struct stat info = {};
  ASSERT_EQ(stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_NE(stat((file + ".tmp").c_str(), &info), 0) << "nothing is left beside it";

  Chat other = GreedyChat();
  MustSend(other, "Is 17 a prime number?");
  const absl::Status restored = other.Restore(file);
  ASSERT_TRUE(restored.ok()) << restored;
  EXPECT_TRUE(SameMessages(chat, other));
  EXPECT_EQ(other.context_tokens(), chat.context_tokens());
  const ChatTurn expected = MustSend(chat, "And what is 45 - 21?");
  const ChatTurn turn = MustSend(other, "And what is 45 - 21?");
  EXPECT_EQ(turn.tokens, expected.tokens);
  EXPECT_EQ(turn.usage.reused_tokens, expected.usage.reused_tokens);
  EXPECT_GT(turn.usage.reused_tokens, 10);
  // Saved again over the old one, and into a smaller window.
  ASSERT_TRUE(other.Save(file).ok());
  Chat small = GreedyChat({.session = {.max_context = 20}});
  ASSERT_TRUE(small.Restore(file).ok());
  EXPECT_LE(small.context_tokens(), 20);
  EXPECT_TRUE(SameMessages(small, other));
}

TEST(SaveTest, OddMessagesSurvive) {
  const TempFolder folder;
  Chat chat = GreedyChat();
  ASSERT_TRUE(chat.Append({.role = "user", .content = std::string("\0\xff 鸡", 6)}).ok());
  ASSERT_TRUE(chat.Append({.role = "assistant",
                           .content = std::nullopt,
                           .reasoning_content = "r",
                           .tool_calls_json = "[{}]",
                           .extra_json = "{\"name\": 1}"})
                  .ok());
  ASSERT_TRUE(chat.Append({.role = "tool", .content = ""}).ok());
  ASSERT_TRUE(chat.Save(folder / "chat").ok());
  Chat other = GreedyChat();
  ASSERT_TRUE(other.Restore(folder / "chat").ok());
  EXPECT_TRUE(SameMessages(chat, other));
  EXPECT_EQ(other.context_tokens(), 0);
}

TEST(SaveTest, ForeignAndNewerFilesAreRefusedWithAReason) {
  const TempFolder folder;
  const std::string file = folder / "chat";
  Chat chat = GreedyChat();
  MustSend(chat, "12 + 30?");
  ASSERT_TRUE(chat.Save(file).ok());
  Chat other = GreedyChat({}, WeightFormat::kF32);
  absl::Status status = other.Restore(file);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("another model"));
  std::string bytes = ReadFile(file);
  bytes[8] = 2;
  folder.Write("newer", bytes);
  status = chat.Restore(folder / "newer");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("newer Reckon"));
  folder.Write("text", "this is not a saved chat, but it is long enough to have a header");
  EXPECT_EQ(chat.Restore(folder / "text").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(chat.Restore(folder / "missing").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(chat.Save(folder / "no/such/folder").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(chat.messages().size(), 2u);
}

TEST(SaveTest, MutatedFilesAreRefusedOrEqual) {
  const TempFolder folder;
  const std::string file = folder / "chat";
  Chat chat = GreedyChat();
  MustSend(chat, "12 + 30?");
  ASSERT_TRUE(chat.Save(file).ok());
  const std::string good = ReadFile(file);
  std::mt19937 random(7);
  Chat victim = GreedyChat();
  int refused = 0;
  for (int i = 0; i < 500; ++i) {
    std::string bytes = good;
    // Half of the time where the numbers are.
    const size_t range = i % 2 == 0 ? std::min<size_t>(bytes.size(), 400) : bytes.size();
    switch (i % 5) {
      case 0:
      case 1:
        for (unsigned n = 0; n <= random() % 4; ++n) bytes[random() % range] ^= static_cast<char>(1u << random() % 8);
        break;
      case 2:
        bytes.resize(random() % range);
        break;
      case 3:
        bytes.insert(random() % range, 1 + random() % 9, static_cast<char>(random()));
        break;
      default:
        bytes.replace(random() % range, 8, 8, static_cast<char>(0xff));
    }
    std::vector<uint8_t> copy(bytes.begin(), bytes.end());
    Chat::Impl impl(TinyR1(), {}, MakeSessionStream(NewSession(TinyR1())), Greedy());
    const absl::Status status = impl.Restore(*MakeMemorySource("mutated", copy));
    refused += status.ok() ? 0 : 1;
    if (status.ok()) {
      EXPECT_EQ(bytes, good) << i;
    } else {
      EXPECT_EQ(impl.history().messages().size(), 0u);
      EXPECT_THAT(std::string(status.message()), HasSubstr("mutated"));
    }
  }
  EXPECT_GT(refused, 490);
}

}  // namespace
}  // namespace reckon::testing
