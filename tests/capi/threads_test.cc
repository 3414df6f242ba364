// Two models and eight sessions at work on eight threads at once. Meant for ThreadSanitizer.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "capi_support.h"

namespace reckon_test {
namespace {

TEST(Threads, TwoModelsEightSessions) {
  const Model models[2] = {OpenModel(), OpenModel()};
  std::vector<std::string> texts(8);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < texts.size(); ++i) {
    threads.emplace_back([&, i] {
      const Session session = NewSession(models[i % 2]);
      const Sampler sampler = GreedySampler();
      Append(session, FirstGolden().prompt);
      const Options options = NewOptions();
      EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_MAX_TOKENS, 40, &error));
      Collected collected;
      EXPECT_C_OK(reckon_session_generate(session.get(), sampler.get(), options.get(), nullptr, Collect, &collected,
                                          nullptr, &error));
      texts[i] = collected.text;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(texts[0].empty());
  for (const std::string& text : texts) EXPECT_EQ(text, texts[0]);
}

// Forks of one chat share its cache and its documents, and answer at the same time.
TEST(Threads, ForksOfAChat) {
  const Model model = OpenModel();
  const Options options = ExactOptions();
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_MAX_TOKENS, 12, &error));
  const Chat chat = NewChat(model, options);
  EXPECT_C_OK(reckon_chat_attach(chat.get(), "zoo", 3, "The owl eats mice.", 18, &error));
  EXPECT_C_OK(reckon_chat_set_system(chat.get(), "Be brief.", 9, &error));
  EXPECT_C_OK(reckon_chat_prepare(chat.get(), nullptr, &error));
  std::vector<std::string> texts(4);
  std::vector<Chat> forks;
  forks.reserve(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    reckon_chat* fork = nullptr;
    EXPECT_C_OK(reckon_chat_fork(chat.get(), &fork, &error));
    forks.emplace_back(fork);
  }
  std::vector<std::thread> threads;
  for (size_t i = 0; i < texts.size(); ++i) {
    threads.emplace_back([&, i] {
      const Turn turn = Send(forks[i], "What does the owl eat?");
      EXPECT_EQ(InfoOf(turn.get()).passages, 1);
      texts[i] = TextOf(turn.get(), RECKON_TURN_TEXT);
      forks[i].reset();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(texts[0].empty());
  for (const std::string& text : texts) EXPECT_EQ(text, texts[0]);
}

// Const objects shared by all threads, errors made on one and read on another, references taken and given back
// everywhere.
TEST(Threads, SharedConstObjects) {
  const Model model = OpenModel();
  const Tokenizer tokenizer = TokenizerOf(model);
  std::vector<std::thread> threads;
  threads.reserve(4);
  std::atomic<reckon_error*> passed{nullptr};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        reckon_model* const mine = reckon_model_retain(model.get());
        reckon_token tokens[256];
        size_t size = 0;
        EXPECT_C_OK(
            reckon_tokenizer_encode(tokenizer.get(), FirstGolden().text.data(), 200, 0, tokens, 256, &size, &error));
        reckon_memory_plan plan;
        plan.struct_size = sizeof plan;
        EXPECT_C_OK(reckon_model_plan_memory(mine, 100, &plan, &error));
        EXPECT_C_OK(reckon_model_set_threads(mine, 1 + round % 3, &error));
        reckon_error* failure = nullptr;
        EXPECT_EQ(reckon_model_get_text(mine, -1, nullptr, 0, &size, &failure), RECKON_INVALID_ARGUMENT);
        reckon_error* const other = passed.exchange(failure);
        if (other != nullptr) {
          EXPECT_NE(std::string(reckon_error_message(other)), "");
        }
        reckon_error_free(other);
        reckon_model_release(mine);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  reckon_error_free(passed.load());
}

// Forks share blocks of the cache and write at the same time.
TEST(Threads, ForksWriteAtTheSameTime) {
  const Model model = OpenModel();
  const Session session = NewSession(model);
  Append(session, FirstGolden().prompt);
  std::vector<std::thread> threads;
  std::vector<Session> forks;
  for (int i = 0; i < 4; ++i) {
    reckon_session* fork = nullptr;
    EXPECT_C_OK(reckon_session_fork(session.get(), &fork, &error));
    forks.emplace_back(fork);
  }
  std::vector<std::vector<float>> logits(forks.size());
  for (size_t i = 0; i < forks.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 5; ++round) Append(forks[i], {FirstGolden().output[static_cast<size_t>(round)]});
      logits[i] = LogitsOf(forks[i]);
      forks[i].reset();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<float>& one : logits) EXPECT_EQ(one, logits[0]);
  EXPECT_EQ(TokensOf(session), FirstGolden().prompt);
}

}  // namespace
}  // namespace reckon_test
