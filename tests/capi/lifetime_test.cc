// Handles are given back in every order, and what is left goes on working. Meant for AddressSanitizer.
#include <algorithm>
#include <array>
#include <string>

#include "capi_support.h"

namespace reckon_test {
namespace {

TEST(Lifetime, EveryOrderOfRelease) {
  std::array<int, 4> order = {0, 1, 2, 3};
  int orders = 0;
  do {
    Model model = OpenModel();
    Tokenizer tokenizer = TokenizerOf(model);
    reckon_cancel* made = nullptr;
    EXPECT_C_OK(reckon_cancel_new(&made, &error));
    Cancel cancel(made);
    Session session = NewSession(model);
    Append(session, {1, 2, 3});
    for (const int which : order) {
      if (which == 0) model.reset();
      if (which == 1) tokenizer.reset();
      if (which == 2) cancel.reset();
      if (which == 3) session.reset();
      // The rest is whole.
      if (cancel != nullptr) reckon_cancel_trigger(cancel.get());
      if (tokenizer != nullptr) {
        reckon_token tokens[64];
        size_t size = 0;
        EXPECT_C_OK(reckon_tokenizer_encode(tokenizer.get(), "x+y=35", 6, 0, tokens, 64, &size, &error));
        EXPECT_GT(size, 0U);
      }
      if (session != nullptr) {
        Append(session, {4});
        EXPECT_EQ(LogitsOf(session).empty(), false);
      }
    }
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(orders, 24);
}

TEST(Lifetime, OptionsSamplersStreamsAndForksStandAlone) {
  Model model = OpenModel();
  Options options = NewOptions();
  EXPECT_C_OK(reckon_options_set_f64(options.get(), RECKON_OPTION_REPETITION_PENALTY, 1.1, &error));
  reckon_sampler* made = nullptr;
  EXPECT_C_OK(reckon_sampler_new(model.get(), options.get(), &made, &error));
  const Sampler sampler(made);
  options.reset();
  Tokenizer tokenizer = TokenizerOf(model);
  reckon_stream* stream_made = nullptr;
  EXPECT_C_OK(reckon_stream_new(tokenizer.get(), 0, &stream_made, &error));
  const Stream stream(stream_made);
  tokenizer.reset();
  Session session = NewSession(model);
  Append(session, FirstGolden().prompt);
  reckon_session* fork_made = nullptr;
  EXPECT_C_OK(reckon_session_fork(session.get(), &fork_made, &error));
  const Session fork(fork_made);
  session.reset();
  model.reset();
  for (int i = 0; i < 3; ++i) {
    reckon_token token = 0;
    EXPECT_C_OK(reckon_session_next(fork.get(), sampler.get(), nullptr, &token, &error));
    const char* text = nullptr;
    size_t size = 0;
    EXPECT_C_OK(reckon_stream_push(stream.get(), token, &text, &size, &error));
  }
}

// A chat, its fork and a turn of it, in every order with the model, the cancel object and the options they came from.
TEST(Lifetime, EveryOrderOfReleaseOfAChat) {
  std::array<int, 5> order = {0, 1, 2, 3, 4};
  Model kept = OpenModel();
  int orders = 0;
  do {
    // A second reference: opening a model 120 times would take long.
    Model model(reckon_model_retain(kept.get()));
    Options options = ExactOptions();
    EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_MAX_TOKENS, 2, &error));
    Chat chat = NewChat(model, options);
    Cancel cancel = NewCancel();
    EXPECT_C_OK(reckon_chat_attach(chat.get(), "zoo", 3, "The owl eats mice.", 18, &error));
    reckon_turn* made = nullptr;
    EXPECT_C_OK(reckon_chat_send(chat.get(), "owl", 3, cancel.get(), nullptr, nullptr, &made, &error));
    Turn turn(made);
    reckon_chat* forked = nullptr;
    EXPECT_C_OK(reckon_chat_fork(chat.get(), &forked, &error));
    Chat fork(forked);
    for (const int which : order) {
      if (which == 0) model.reset(), options.reset();
      if (which == 1) cancel.reset();
      if (which == 2) turn.reset();
      if (which == 3) chat.reset();
      if (which == 4) fork.reset();
      // The rest is whole.
      if (turn != nullptr) {
        EXPECT_FALSE(TextOf(turn.get(), RECKON_TURN_TEXT).empty());
        EXPECT_EQ(InfoOf(turn.get()).passages, 1);
      }
      for (const Chat* one : {&chat, &fork}) {
        if (*one == nullptr) continue;
        EXPECT_EQ(InfoOf(*one).messages, 2);
        EXPECT_NE(MessagesOf(*one).find("owl"), std::string::npos);
      }
      if (which == 3 && fork != nullptr) {
        EXPECT_C_OK(reckon_chat_regenerate(fork.get(), nullptr, nullptr, nullptr, nullptr, &error));
      }
    }
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(orders, 120);
}

// The last references go before the objects made of them work.
TEST(Lifetime, AChatKeepsItsModel) {
  Model model = OpenModel();
  const Chat chat = NewChat(model);
  model.reset();
  EXPECT_FALSE(TextOf(Send(chat, "Hello").get(), RECKON_TURN_ANSWER).empty());
}

TEST(Lifetime, RetainedHandlesAreTheSameObject) {
  const Model model = OpenModel();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(reckon_model_retain(model.get()), model.get());
  for (int i = 0; i < 3; ++i) reckon_model_release(model.get());
  const Session session = NewSession(model);
  Append(session, {1});
}

}  // namespace
}  // namespace reckon_test
