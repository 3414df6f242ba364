// Memory that runs out, at every point where it can: the k-th request fails, once alone and once with all that follow.
// Every call then succeeds or answers RECKON_RESOURCE_EXHAUSTED, leaves its objects as they were, and leaks nothing.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "capi_support.h"
#include "failing_allocator.h"

namespace reckon_test {
namespace {

constexpr char kModel[] = RECKON_TEST_DATA "/gguf/qwen2-q8_0.gguf";

// Calls `call` with one failure after the other until none is reached any more. `check` looks at the objects after
// each. A larger `step` leaves failures out. Returns how many there were.
int64_t FailEverywhere(const std::function<reckon_status(reckon_error**)>& call, const std::function<void()>& check,
                       int64_t step = 1) {
  int64_t failures = 0;
  // Returns whether there were as many requests.
  const auto fail_at = [&](int64_t k, bool and_all_after) {
    reckon_error* failure = nullptr;
    FailAllocation(k, and_all_after);
    const reckon_status status = call(&failure);
    const int64_t requests = StopFailing();
    EXPECT_EQ(reckon_error_code(failure), status);
    if (requests <= k) {
      EXPECT_EQ(status, RECKON_OK) << "without a failure: " << reckon_error_message(failure);
    } else if (status != RECKON_OK) {
      EXPECT_EQ(status, RECKON_RESOURCE_EXHAUSTED) << "request " << k << ": " << reckon_error_message(failure);
      EXPECT_NE(std::string(reckon_error_message(failure)), "") << "request " << k;
    }
    reckon_error_free(failure);
    check();
    return requests > k;
  };
  for (const bool and_all_after : {false, true}) {
    fail_at(INT64_MAX, false);
    int64_t before = BlocksAlive();
    for (int64_t k = 0; fail_at(k, and_all_after); k += step) {
      ++failures;
      if (BlocksAlive() != before) {
        // What is made once for the process is no leak: it does not happen a second time.
        before = BlocksAlive();
        fail_at(k, and_all_after);
        EXPECT_EQ(BlocksAlive(), before) << "request " << k << (and_all_after ? " and all after" : "");
      }
      if (::testing::Test::HasFailure()) return failures;
    }
  }
  return failures;
}

class AllocationFailure : public ::testing::Test {
 protected:
  // One thread: what worker threads ask for is not a matter of order. There is a test with two below.
  void SetUp() override {
    EXPECT_C_OK(reckon_options_set_i64(options_.get(), RECKON_OPTION_THREADS, 1, &error));
    EXPECT_C_OK(reckon_options_set_f64(options_.get(), RECKON_OPTION_TEMPERATURE, 0.8, &error));
    EXPECT_C_OK(reckon_options_set_f64(options_.get(), RECKON_OPTION_REPETITION_PENALTY, 1.1, &error));
    EXPECT_C_OK(reckon_options_set_i64(options_.get(), RECKON_OPTION_MAX_TOKENS, 12, &error));
    EXPECT_C_OK(reckon_options_set_i64(options_.get(), RECKON_OPTION_IGNORE_EOS, 1, &error));
    EXPECT_C_OK(reckon_options_set_str(options_.get(), RECKON_OPTION_STOP_STRING, "no such text", 12, &error));
  }

  Model Open() const {
    reckon_model* model = nullptr;
    EXPECT_C_OK(reckon_model_open(kModel, RECKON_NUL_TERMINATED, options_.get(), nullptr, &model, &error));
    return Model(model);
  }
  Sampler NewSampler() const {
    reckon_sampler* sampler = nullptr;
    EXPECT_C_OK(reckon_sampler_new(nullptr, options_.get(), &sampler, &error));
    return Sampler(sampler);
  }

  const Options options_ = NewOptions();
};

TEST_F(AllocationFailure, Open) {
  reckon_model* model = nullptr;
  const int64_t failures = FailEverywhere(
      [&](reckon_error** failure) {
        return reckon_model_open(kModel, RECKON_NUL_TERMINATED, options_.get(), nullptr, &model, failure);
      },
      [&] { reckon_model_release(std::exchange(model, nullptr)); });
  std::printf("reckon_model_open: %lld failures\n", static_cast<long long>(failures));
  EXPECT_GT(failures, 1000);
}

// Folders with tokenizer.json, and several files. Not here: tokenizer.model, which sentencepiece reads, whose parser
// does not survive it (docs/embedding.md).
TEST_F(AllocationFailure, OpenOtherFormats) {
  struct Case {
    const char* path;
    int64_t step;
  };
  for (const Case& one : {Case{RECKON_TEST_DATA "/models/qwen2-sharded", 1},
                          Case{RECKON_TEST_DATA "/models/qwen3-bf16", 1}, Case{RECKON_TINY_R1, 11}}) {
    reckon_model* model = nullptr;
    const int64_t failures = FailEverywhere(
        [&](reckon_error** failure) {
          return reckon_model_open(one.path, RECKON_NUL_TERMINATED, options_.get(), nullptr, &model, failure);
        },
        [&] { reckon_model_release(std::exchange(model, nullptr)); }, one.step);
    std::printf("%s: %lld failures\n", one.path, static_cast<long long>(failures));
    EXPECT_GT(failures, 50);
  }
}

TEST_F(AllocationFailure, PlanAndText) {
  reckon_memory_plan plan;
  plan.struct_size = sizeof plan;
  int64_t failures = FailEverywhere(
      [&](reckon_error** failure) {
        return reckon_plan_memory(kModel, RECKON_NUL_TERMINATED, options_.get(), 10, &plan, failure);
      },
      [] {});
  const Model tiny = OpenModel();
  const Tokenizer tokenizer = TokenizerOf(tiny);
  reckon_token tokens[256];
  char text[4096];
  size_t size = 0;
  failures += FailEverywhere(
      [&](reckon_error** failure) {
        return reckon_tokenizer_encode(tokenizer.get(), "One, two <think> 3", RECKON_NUL_TERMINATED,
                                       RECKON_ENCODE_ADD_SPECIAL | RECKON_ENCODE_PARSE_SPECIAL, tokens, 256, &size,
                                       failure);
      },
      [] {});
  failures += FailEverywhere(
      [&](reckon_error** failure) {
        return reckon_tokenizer_apply_chat_template(tokenizer.get(), FirstGolden().messages_json.c_str(),
                                                    RECKON_NUL_TERMINATED, nullptr, text, sizeof text, &size, failure);
      },
      [] {});
  failures += FailEverywhere(
      [&](reckon_error** failure) {
        return reckon_tokenizer_decode(tokenizer.get(), FirstGolden().output.data(), 40, 0, text, sizeof text, &size,
                                       failure);
      },
      [] {});
  std::printf("plans and texts: %lld failures\n", static_cast<long long>(failures));
}

TEST_F(AllocationFailure, AppendNextGenerateScoreAndFork) {
  const Model model = Open();
  const Session session = NewSession(model);
  const Sampler sampler = NewSampler();
  std::vector<reckon_token> prompt(70);  // more than a block of the cache
  for (size_t i = 0; i < prompt.size(); ++i) prompt[i] = static_cast<reckon_token>(i + 3);
  Append(session, prompt);
  const std::vector<float> logits = LogitsOf(session);
  const auto is_as_before = [&] {
    EXPECT_EQ(TokensOf(session), prompt);
    EXPECT_EQ(LogitsOf(session), logits);
  };

  // Append: a failure leaves an empty session, a success is taken back.
  const Session appended = NewSession(model);
  int64_t failures = FailEverywhere(
      [&](reckon_error** failure) {
        const reckon_status status =
            reckon_session_append(appended.get(), prompt.data(), prompt.size(), nullptr, failure);
        if (status != RECKON_OK) {
          StopFailing();
          EXPECT_TRUE(TokensOf(appended).empty());
        }
        return status;
      },
      [&] {
        if (!TokensOf(appended).empty()) {
          EXPECT_EQ(LogitsOf(appended), logits);
        }
        EXPECT_C_OK(reckon_session_truncate(appended.get(), 0, &error));
      });

  // Next: the same token whatever failed before it.
  const auto fresh_sampler = [&] {
    EXPECT_C_OK(reckon_sampler_reset(sampler.get(), &error));
    EXPECT_C_OK(reckon_sampler_accept(sampler.get(), prompt.data(), prompt.size(), &error));
  };
  fresh_sampler();
  reckon_token token = -1;
  EXPECT_C_OK(reckon_session_next(session.get(), sampler.get(), nullptr, &token, &error));
  const reckon_token expected = token;
  const auto undo = [&] {
    EXPECT_C_OK(reckon_session_truncate(session.get(), static_cast<int64_t>(prompt.size()), &error));
    is_as_before();
    fresh_sampler();
  };
  undo();
  failures += FailEverywhere(
      [&](reckon_error** failure) {
        const reckon_status status = reckon_session_next(session.get(), sampler.get(), nullptr, &token, failure);
        if (status == RECKON_OK) {
          EXPECT_EQ(token, expected);
        } else {
          StopFailing();
          is_as_before();
        }
        return status;
      },
      undo);

  failures += FailEverywhere(
      [&](reckon_error** failure) {
        int pieces = 0;
        const auto count = [](void* user, const char*, size_t) -> reckon_action {
          ++*static_cast<int*>(user);
          return RECKON_CONTINUE;
        };
        const reckon_status status = reckon_session_generate(session.get(), sampler.get(), options_.get(), nullptr,
                                                             count, &pieces, nullptr, failure);
        if (status != RECKON_OK) {
          StopFailing();
          is_as_before();
        }
        return status;
      },
      undo);

  std::vector<float> scores(prompt.size());
  failures += FailEverywhere(
      [&](reckon_error** failure) {
        return reckon_session_score(session.get(), prompt.data(), prompt.size(), nullptr, scores.data(), failure);
      },
      is_as_before);

  reckon_session* fork = nullptr;
  failures += FailEverywhere(
      [&](reckon_error** failure) {
        reckon_status status = reckon_session_fork(session.get(), &fork, failure);
        if (status == RECKON_OK) status = reckon_session_append(fork, prompt.data(), 3, nullptr, failure);
        return status;
      },
      [&] {
        reckon_session_free(std::exchange(fork, nullptr));
        is_as_before();
      });
  std::printf("sessions: %lld failures\n", static_cast<long long>(failures));
}

TEST_F(AllocationFailure, ChatsAndTheirTurns) {
  const Model tiny = OpenModel();
  EXPECT_C_OK(reckon_model_set_threads(tiny.get(), 1, &error));
  EXPECT_C_OK(reckon_options_set_i64(options_.get(), RECKON_OPTION_MAX_TOKENS, 10, &error));
  EXPECT_C_OK(reckon_options_set_i64(options_.get(), RECKON_OPTION_THINKING_MAX_TOKENS, 4, &error));
  reckon_chat* made = nullptr;
  int64_t failures = FailEverywhere(
      [&](reckon_error** failure) { return reckon_chat_new(tiny.get(), options_.get(), &made, failure); },
      [&] { reckon_chat_free(std::exchange(made, nullptr)); });
  const Chat chat = NewChat(tiny, options_);
  Send(chat, "Hello");
  const std::string before = MessagesOf(chat);
  // A turn that fails leaves the messages as they were. Each on a fork, so that all begin alike.
  reckon_turn* turn = nullptr;
  const auto hear = [](void*, const reckon_chat_event*) -> reckon_action { return RECKON_CONTINUE; };
  const auto send = [&](reckon_error** failure) {
    return reckon_chat_send(made, "12+30=?", 7, nullptr, hear, nullptr, &turn, failure);
  };
  const auto regenerate = [&](reckon_error** failure) {
    return reckon_chat_regenerate(made, nullptr, hear, nullptr, &turn, failure);
  };
  for (const std::function<reckon_status(reckon_error**)>& take_turn :
       {std::function<reckon_status(reckon_error**)>(send), std::function<reckon_status(reckon_error**)>(regenerate)}) {
    failures += FailEverywhere(
        [&](reckon_error** failure) {
          reckon_status status = reckon_chat_fork(chat.get(), &made, failure);
          if (status != RECKON_OK) return status;
          status = take_turn(failure);
          StopFailing();
          const Chat fork(made);
          if (status != RECKON_OK) {
            EXPECT_EQ(turn, nullptr);
            EXPECT_EQ(MessagesOf(fork), before);
          }
          made = nullptr;
          return status;
        },
        [&] {
          reckon_turn_free(std::exchange(turn, nullptr));
          EXPECT_EQ(MessagesOf(chat), before);
        });
  }
  std::printf("chats and turns: %lld failures\n", static_cast<long long>(failures));
  EXPECT_GT(failures, 500);
}

// What may be done with a chat between its turns, and the chat as it was if it could not be done.
TEST_F(AllocationFailure, TheRestOfAChat) {
  const Model tiny = OpenModel();
  EXPECT_C_OK(reckon_model_set_threads(tiny.get(), 1, &error));
  EXPECT_C_OK(reckon_options_set_i64(options_.get(), RECKON_OPTION_MAX_TOKENS, 3, &error));
  const Chat chat = NewChat(tiny, options_);
  Send(chat, "Hello");
  const std::string before = MessagesOf(chat);
  const std::string path = ::testing::TempDir() + "reckon_allocation_" + std::to_string(getpid());
  EXPECT_C_OK(reckon_chat_save(chat.get(), path.data(), path.size(), &error));
  reckon_message message = {};
  message.struct_size = sizeof message;
  message.role = "user";
  message.role_size = RECKON_NUL_TERMINATED;
  message.content = "a text that is too long to be stored inside of a string";
  message.content_size = RECKON_NUL_TERMINATED;
  size_t size = 0;
  reckon_chat* fork = nullptr;
  const auto look = [](void*, const reckon_passage*) -> reckon_action { return RECKON_CONTINUE; };
  // Each on a fork, so that what succeeds is not in the way of the next.
  const std::vector<std::function<reckon_status(reckon_error**)>> calls = {
      [&](reckon_error** failure) { return reckon_chat_append(fork, &message, failure); },
      [&](reckon_error** failure) { return reckon_chat_edit(fork, 0, &message, failure); },
      [&](reckon_error** failure) { return reckon_chat_set_system(fork, message.content, 50, failure); },
      [&](reckon_error** failure) { return reckon_chat_set_options(fork, options_.get(), failure); },
      [&](reckon_error** failure) { return reckon_chat_pin(fork, 0, 1, failure); },
      [&](reckon_error** failure) { return reckon_chat_prepare(fork, nullptr, failure); },
      [&](reckon_error** failure) { return reckon_chat_prompt(fork, 1, nullptr, 0, &size, failure); },
      [&](reckon_error** failure) { return reckon_chat_save(fork, path.data(), path.size(), failure); },
      [&](reckon_error** failure) { return reckon_chat_restore(fork, path.data(), path.size(), failure); },
      [&](reckon_error** failure) {
        const reckon_status status = reckon_chat_attach(fork, "zoo", 3, "The owl eats 12 mice.", 21, failure);
        return status == RECKON_OK ? reckon_chat_find(fork, "owl", 3, look, nullptr, failure) : status;
      }};
  int64_t failures = 0;
  for (size_t i = 0; i < calls.size(); ++i) {
    failures += FailEverywhere(
        [&](reckon_error** failure) {
          reckon_status status = reckon_chat_fork(chat.get(), &fork, failure);
          if (status != RECKON_OK) return status;
          status = calls[i](failure);
          if (status != RECKON_OK) {
            StopFailing();
            reckon_chat_info info;
            info.struct_size = sizeof info;
            EXPECT_C_OK(reckon_chat_get_info(fork, &info, &error));
            EXPECT_EQ(info.messages, 2) << "call " << i;
          }
          return status;
        },
        [&] {
          reckon_chat_free(std::exchange(fork, nullptr));
          EXPECT_EQ(MessagesOf(chat), before);
        });
  }
  unlink(path.c_str());
  std::printf("the rest of a chat: %lld failures\n", static_cast<long long>(failures));
}

TEST_F(AllocationFailure, MakingTheOtherObjects) {
  const Model model = Open();
  const Tokenizer tokenizer = TokenizerOf(OpenModel());
  reckon_options* options = nullptr;
  reckon_cancel* cancel = nullptr;
  reckon_sampler* sampler = nullptr;
  reckon_session* session = nullptr;
  reckon_stream* stream = nullptr;
  const int64_t failures = FailEverywhere(
      [&](reckon_error** failure) {
        reckon_status status = reckon_options_new(&options, failure);
        if (status == RECKON_OK) {
          status =
              reckon_options_set_str(options, RECKON_OPTION_STOP_STRING,
                                     "a string that is too long to be stored inside", RECKON_NUL_TERMINATED, failure);
        }
        if (status == RECKON_OK) status = reckon_options_add_logit_bias(options, 3, 1, failure);
        if (status == RECKON_OK) status = reckon_cancel_new(&cancel, failure);
        if (status == RECKON_OK) status = reckon_sampler_new(model.get(), options, &sampler, failure);
        if (status == RECKON_OK) status = reckon_session_new(model.get(), options, &session, failure);
        if (status == RECKON_OK) status = reckon_stream_new(tokenizer.get(), 0, &stream, failure);
        return status;
      },
      [&] {
        reckon_options_free(std::exchange(options, nullptr));
        reckon_cancel_release(std::exchange(cancel, nullptr));
        reckon_sampler_free(std::exchange(sampler, nullptr));
        reckon_session_free(std::exchange(session, nullptr));
        reckon_stream_free(std::exchange(stream, nullptr));
      });
  std::printf("other objects: %lld failures\n", static_cast<long long>(failures));
}

// With worker threads the k-th request is another one each time, and starting a thread may fail too.
TEST_F(AllocationFailure, WithWorkers) {
  EXPECT_C_OK(reckon_options_set_i64(options_.get(), RECKON_OPTION_THREADS, 3, &error));
  for (int64_t k = 0; k < 60; ++k) {
    const Model model = Open();
    FailAllocation(k, k % 2 == 0);
    reckon_session* session = nullptr;
    reckon_status status = reckon_session_new(model.get(), nullptr, &session, nullptr);
    if (status == RECKON_OK) {
      const reckon_token tokens[] = {5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25};
      status = reckon_session_append(session, tokens, 21, nullptr, nullptr);
    }
    StopFailing();
    EXPECT_TRUE(status == RECKON_OK || status == RECKON_RESOURCE_EXHAUSTED) << status;
    reckon_session_free(session);
  }
}

}  // namespace
}  // namespace reckon_test
