// Sessions, samplers, tokenizers and streams through the C ABI, against tiny-r1's golden file and the C++ API.
#include <atomic>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "capi_support.h"
#include "reckon/reckon.h"

namespace reckon_test {
namespace {

const Model& TinyR1() {
  static const Model& model = *new Model(OpenModel());
  return model;
}

std::string StringOf(reckon_status (*get)(const reckon_model*, reckon_model_text_key, char*, size_t, size_t*,
                                          reckon_error**),
                     reckon_model_text_key key) {
  char buffer[65536];
  size_t size = 0;
  EXPECT_C_OK(get(TinyR1().get(), key, buffer, sizeof buffer, &size, &error));
  return std::string(buffer, size);
}

TEST(ModelOf, TinyR1) {
  EXPECT_EQ(StringOf(reckon_model_get_text, RECKON_MODEL_ARCHITECTURE), "qwen2");
  EXPECT_EQ(StringOf(reckon_model_get_text, RECKON_MODEL_FORMAT), "safetensors");
  EXPECT_EQ(StringOf(reckon_model_get_text, RECKON_MODEL_WEIGHTS), "f32");
  EXPECT_EQ(StringOf(reckon_model_get_text, RECKON_MODEL_NAME), RECKON_TINY_R1);
  EXPECT_NE(StringOf(reckon_model_get_text, RECKON_MODEL_CHAT_TEMPLATE).find("messages"), std::string::npos);
  size_t size = 0;
  EXPECT_EQ(reckon_model_get_text(TinyR1().get(), 99, nullptr, 0, &size, nullptr), RECKON_INVALID_ARGUMENT);
  reckon_token eos[4] = {};
  EXPECT_C_OK(reckon_model_eos_tokens(TinyR1().get(), eos, 4, &size, &error));
  EXPECT_EQ(size, 1U);
  EXPECT_EQ(eos[0], 2042);
  EXPECT_C_OK(reckon_model_set_threads(TinyR1().get(), 1, &error));
  EXPECT_C_OK(reckon_model_set_threads(TinyR1().get(), 2, &error));
}

TEST(OpenModel, FailuresNameTheFile) {
  reckon_error* failure = nullptr;
  reckon_model* model = reinterpret_cast<reckon_model*>(1);
  EXPECT_EQ(reckon_model_open("/no/such/model", RECKON_NUL_TERMINATED, nullptr, nullptr, &model, &failure),
            RECKON_NOT_FOUND);
  EXPECT_EQ(model, nullptr);
  EXPECT_NE(std::string(reckon_error_message(failure)).find("/no/such/model"), std::string::npos);
  reckon_error_free(failure);
  EXPECT_EQ(reckon_model_open("", 0, nullptr, nullptr, &model, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_EQ(reckon_model_open("a\0b", 3, nullptr, nullptr, &model, nullptr), RECKON_INVALID_ARGUMENT);
}

TEST(Tokenizers, EncodeRenderAndDecode) {
  const Tokenizer tokenizer = TokenizerOf(TinyR1());
  const Golden& golden = FirstGolden();
  char prompt[4096];
  size_t size = 0;
  EXPECT_C_OK(reckon_tokenizer_apply_chat_template(tokenizer.get(), golden.messages_json.data(),
                                                   golden.messages_json.size(), nullptr, prompt, sizeof prompt, &size,
                                                   &error));
  reckon_token tokens[256];
  size_t count = 0;
  EXPECT_C_OK(
      reckon_tokenizer_encode(tokenizer.get(), prompt, size, RECKON_ENCODE_PARSE_SPECIAL, tokens, 256, &count, &error));
  EXPECT_EQ(std::vector<reckon_token>(tokens, tokens + count), golden.prompt);
  std::string text(8192, '\0');
  EXPECT_C_OK(reckon_tokenizer_decode(tokenizer.get(), golden.output.data(), golden.output.size(), 0, text.data(),
                                      text.size(), &size, &error));
  text.resize(size);
  EXPECT_EQ(text, golden.text);

  const Stream stream = [&] {
    reckon_stream* made = nullptr;
    EXPECT_C_OK(reckon_stream_new(tokenizer.get(), 0, &made, &error));
    return Stream(made);
  }();
  std::string streamed;
  const char* piece = nullptr;
  for (const reckon_token token : golden.output) {
    EXPECT_C_OK(reckon_stream_push(stream.get(), token, &piece, &size, &error));
    streamed.append(piece, size);
  }
  EXPECT_C_OK(reckon_stream_flush(stream.get(), &piece, &size, &error));
  streamed.append(piece, size);
  EXPECT_EQ(streamed, golden.text);
  EXPECT_EQ(reckon_stream_push(stream.get(), 1 << 29, &piece, &size, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_EQ(piece, nullptr);
}

TEST(Tokenizers, SingleTokens) {
  const Tokenizer tokenizer = TokenizerOf(TinyR1());
  reckon_tokenizer_info info;
  info.struct_size = sizeof info;
  EXPECT_C_OK(reckon_tokenizer_get_info(tokenizer.get(), &info, &error));
  EXPECT_EQ(info.bos, 2045);
  EXPECT_EQ(info.eos, 2042);
  reckon_token think = -1;
  EXPECT_C_OK(reckon_tokenizer_token_id(tokenizer.get(), "<think>", RECKON_NUL_TERMINATED, &think, &error));
  EXPECT_EQ(think, 2046);
  char bytes[32];
  size_t size = 0;
  EXPECT_C_OK(reckon_tokenizer_token_bytes(tokenizer.get(), think, bytes, sizeof bytes, &size, &error));
  EXPECT_STREQ(bytes, "<think>");
  for (const int64_t outside : {int64_t{-1}, info.vocab_size, int64_t{INT32_MAX}}) {
    EXPECT_EQ(reckon_tokenizer_token_bytes(tokenizer.get(), static_cast<reckon_token>(outside), bytes, sizeof bytes,
                                           &size, nullptr),
              RECKON_INVALID_ARGUMENT);
  }
  EXPECT_EQ(reckon_tokenizer_token_id(tokenizer.get(), "no such token", RECKON_NUL_TERMINATED, &think, nullptr),
            RECKON_NOT_FOUND);
  EXPECT_EQ(reckon_tokenizer_encode(tokenizer.get(), "a", 1, 4, nullptr, 0, &size, nullptr), RECKON_INVALID_ARGUMENT);
}

TEST(Tokenizers, RefuseWhatIsNoConversation) {
  const Tokenizer tokenizer = TokenizerOf(TinyR1());
  size_t size = 0;
  for (const char* json : {"", "{}", "[1]", "[{}]", "[{\"role\": 1}]", "[{\"role\": \"user\"", "[[]]"}) {
    EXPECT_EQ(reckon_tokenizer_apply_chat_template(tokenizer.get(), json, RECKON_NUL_TERMINATED, nullptr, nullptr, 0,
                                                   &size, nullptr),
              RECKON_INVALID_ARGUMENT)
        << json;
  }
  const std::string deep(100000, '[');
  EXPECT_NE(reckon_tokenizer_apply_chat_template(tokenizer.get(), deep.data(), deep.size(), nullptr, nullptr, 0, &size,
                                                 nullptr),
            RECKON_OK);
}

TEST(Generate, GivesTheReferencesAnswer) {
  const Golden& golden = FirstGolden();
  const Session session = NewSession(TinyR1());
  const Sampler sampler = GreedySampler();
  Append(session, golden.prompt);
  const Options options = NewOptions();
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_SKIP_SPECIAL, 0, &error));
  Collected collected;
  reckon_generate_result result;
  result.struct_size = sizeof result;
  EXPECT_C_OK(reckon_session_generate(session.get(), sampler.get(), options.get(), nullptr, Collect, &collected,
                                      &result, &error));
  // The stop token is not part of the text.
  EXPECT_EQ(golden.text.rfind(collected.text, 0), 0U);
  EXPECT_GT(collected.pieces, 100);
  EXPECT_EQ(result.finish_reason, RECKON_FINISH_STOP_TOKEN);
  EXPECT_EQ(result.tokens, static_cast<int64_t>(golden.output.size()));
  std::vector<reckon_token> expected = golden.prompt;
  expected.insert(expected.end(), golden.output.begin(), golden.output.end());
  EXPECT_EQ(TokensOf(session), expected);
}

TEST(Next, GivesTheSameTokensOneByOne) {
  const Golden& golden = FirstGolden();
  const Session session = NewSession(TinyR1());
  const Sampler sampler = GreedySampler();
  reckon_token token = -1;
  EXPECT_EQ(reckon_session_next(session.get(), sampler.get(), nullptr, &token, nullptr), RECKON_FAILED_PRECONDITION);
  EXPECT_EQ(token, -1);
  Append(session, golden.prompt);
  for (size_t i = 0; i < 40; ++i) {
    EXPECT_C_OK(reckon_session_next(session.get(), sampler.get(), nullptr, &token, &error));
    ASSERT_EQ(token, golden.output[i]);
  }
}

TEST(Callbacks, StopKeepsAndCancelRollsBack) {
  const Session session = NewSession(TinyR1());
  const Sampler sampler = GreedySampler();
  Append(session, FirstGolden().prompt);
  const std::vector<float> logits = LogitsOf(session);
  Collected cancelled;
  cancelled.stop_after = 9;
  cancelled.answer = RECKON_CANCEL;
  reckon_error* failure = nullptr;
  EXPECT_EQ(
      reckon_session_generate(session.get(), sampler.get(), nullptr, nullptr, Collect, &cancelled, nullptr, &failure),
      RECKON_CANCELLED);
  EXPECT_EQ(reckon_error_code(failure), RECKON_CANCELLED);
  reckon_error_free(failure);
  EXPECT_EQ(cancelled.pieces, 9);
  EXPECT_EQ(TokensOf(session), FirstGolden().prompt);
  EXPECT_EQ(LogitsOf(session), logits);

  Collected stopped;
  stopped.stop_after = 9;
  reckon_generate_result result;
  result.struct_size = sizeof result;
  EXPECT_C_OK(
      reckon_session_generate(session.get(), sampler.get(), nullptr, nullptr, Collect, &stopped, &result, &error));
  EXPECT_EQ(result.finish_reason, RECKON_FINISH_CALLBACK_STOP);
  EXPECT_EQ(stopped.text, cancelled.text);
  EXPECT_EQ(TokensOf(session).size(), FirstGolden().prompt.size() + static_cast<size_t>(result.tokens));
}

TEST(Stops, StringsTokensAndLimits) {
  const Session session = NewSession(TinyR1());
  const Sampler sampler = GreedySampler();
  Append(session, FirstGolden().prompt);
  const int64_t before = static_cast<int64_t>(FirstGolden().prompt.size());
  const auto finish = [&](const Options& options) {
    reckon_generate_result result;
    result.struct_size = sizeof result;
    EXPECT_C_OK(reckon_session_generate(session.get(), sampler.get(), options.get(), nullptr, nullptr, nullptr, &result,
                                        &error));
    EXPECT_C_OK(reckon_session_truncate(session.get(), before, &error));
    return result;
  };
  const Options limited = NewOptions();
  EXPECT_C_OK(reckon_options_set_i64(limited.get(), RECKON_OPTION_MAX_TOKENS, 5, &error));
  EXPECT_EQ(finish(limited).finish_reason, RECKON_FINISH_MAX_TOKENS);
  const Options text = NewOptions();
  EXPECT_C_OK(
      reckon_options_set_str(text.get(), RECKON_OPTION_STOP_STRING, "not there", RECKON_NUL_TERMINATED, &error));
  EXPECT_C_OK(reckon_options_set_str(text.get(), RECKON_OPTION_STOP_STRING, "x+y=35", RECKON_NUL_TERMINATED, &error));
  EXPECT_EQ(finish(text).finish_reason, RECKON_FINISH_STOP_STRING);
  const Options token = NewOptions();
  EXPECT_C_OK(reckon_options_set_i64(token.get(), RECKON_OPTION_STOP_TOKEN, FirstGolden().output[7], &error));
  const reckon_generate_result stopped = finish(token);
  EXPECT_EQ(stopped.finish_reason, RECKON_FINISH_STOP_TOKEN);
  EXPECT_LE(stopped.tokens, 8);
}

TEST(Cancels, FromAnotherThreadAndBeforehand) {
  const Session session = NewSession(TinyR1());
  reckon_cancel* made = nullptr;
  EXPECT_C_OK(reckon_cancel_new(&made, &error));
  const Cancel cancel(made);
  reckon_watch watch = {};
  watch.struct_size = sizeof watch;
  watch.cancel = cancel.get();
  reckon_cancel_trigger(cancel.get());
  EXPECT_EQ(reckon_cancel_is_triggered(cancel.get()), 1);
  const Golden& golden = FirstGolden();
  EXPECT_EQ(reckon_session_append(session.get(), golden.prompt.data(), golden.prompt.size(), &watch, nullptr),
            RECKON_CANCELLED);
  EXPECT_TRUE(TokensOf(session).empty());
  reckon_model* model = nullptr;
  EXPECT_EQ(reckon_model_open(RECKON_TINY_R1, RECKON_NUL_TERMINATED, nullptr, &watch, &model, nullptr),
            RECKON_CANCELLED);
  reckon_cancel_reset(cancel.get());
  EXPECT_EQ(reckon_cancel_is_triggered(cancel.get()), 0);
  EXPECT_C_OK(reckon_session_append(session.get(), golden.prompt.data(), golden.prompt.size(), &watch, &error));

  // Endless generation, ended from outside.
  const Sampler sampler = GreedySampler();
  const Options options = NewOptions();
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_IGNORE_EOS, 1, &error));
  reckon_cancel* const held = reckon_cancel_retain(cancel.get());
  std::thread other([held] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    reckon_cancel_trigger(held);
    reckon_cancel_release(held);
  });
  EXPECT_EQ(reckon_session_generate(session.get(), sampler.get(), options.get(), cancel.get(), nullptr, nullptr,
                                    nullptr, nullptr),
            RECKON_CANCELLED);
  other.join();
  EXPECT_EQ(TokensOf(session), golden.prompt);
  const std::vector<float> after = LogitsOf(session);
  const Session fresh = NewSession(TinyR1());
  Append(fresh, golden.prompt);
  EXPECT_EQ(after, LogitsOf(fresh));
}

TEST(Watches, ReportProgress) {
  struct Seen {
    int calls = 0;
    int64_t done = 0;
    int64_t total = 0;
  };
  const auto note = [](void* user, int64_t done, int64_t total) {
    Seen* const seen = static_cast<Seen*>(user);
    ++seen->calls;
    seen->done = done;
    seen->total = total;
  };
  Seen loading;
  reckon_watch watch = {};
  watch.struct_size = sizeof watch;
  watch.progress = note;
  watch.user = &loading;
  reckon_model* model = nullptr;
  EXPECT_C_OK(reckon_model_open(RECKON_TINY_R1, RECKON_NUL_TERMINATED, nullptr, &watch, &model, &error));
  const Model opened(model);
  EXPECT_GT(loading.calls, 10);
  EXPECT_EQ(loading.done, loading.total);
  Seen reading;
  watch.user = &reading;
  const Session session = NewSession(opened);
  const Golden& golden = FirstGolden();
  EXPECT_C_OK(reckon_session_append(session.get(), golden.prompt.data(), golden.prompt.size(), &watch, &error));
  EXPECT_EQ(reading.done, static_cast<int64_t>(golden.prompt.size()));
  EXPECT_EQ(reading.total, reading.done);
}

// A call into a busy session, from another thread and from its own callback.
TEST(Busy, AnswersFailedPrecondition) {
  struct Inside {
    const Session* session;
    const Sampler* sampler;
    int calls = 0;
  };
  const Session session = NewSession(TinyR1());
  const Sampler sampler = GreedySampler();
  Append(session, FirstGolden().prompt);
  Inside inside{&session, &sampler};
  const auto call_in = [](void* user, const char*, size_t) -> reckon_action {
    Inside* const in = static_cast<Inside*>(user);
    const auto try_all = [in] {
      reckon_session* const busy = in->session->get();
      reckon_session_info info;
      info.struct_size = sizeof info;
      const reckon_token token = 1;
      reckon_token out = 0;
      size_t size = 0;
      const float* logits = nullptr;
      float score = 0;
      reckon_session* fork = nullptr;
      reckon_sampler* clone = nullptr;
      reckon_sampler* const busy_sampler = in->sampler->get();
      EXPECT_EQ(reckon_session_append(busy, &token, 1, nullptr, nullptr), RECKON_FAILED_PRECONDITION);
      EXPECT_EQ(reckon_session_next(busy, busy_sampler, nullptr, &out, nullptr), RECKON_FAILED_PRECONDITION);
      EXPECT_EQ(reckon_session_generate(busy, busy_sampler, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr),
                RECKON_FAILED_PRECONDITION);
      EXPECT_EQ(reckon_session_logits(busy, nullptr, &logits, &size, nullptr), RECKON_FAILED_PRECONDITION);
      EXPECT_EQ(reckon_session_score(busy, &token, 1, nullptr, &score, nullptr), RECKON_FAILED_PRECONDITION);
      EXPECT_EQ(reckon_session_truncate(busy, 0, nullptr), RECKON_FAILED_PRECONDITION);
      EXPECT_EQ(reckon_session_fork(busy, &fork, nullptr), RECKON_FAILED_PRECONDITION);
      EXPECT_EQ(reckon_session_tokens(busy, nullptr, 0, &size, nullptr), RECKON_FAILED_PRECONDITION);
      EXPECT_EQ(reckon_session_get_info(busy, &info, nullptr), RECKON_FAILED_PRECONDITION);
      EXPECT_EQ(reckon_sampler_accept(busy_sampler, &token, 1, nullptr), RECKON_FAILED_PRECONDITION);
      EXPECT_EQ(reckon_sampler_rewind(busy_sampler, 1, nullptr), RECKON_FAILED_PRECONDITION);
      EXPECT_EQ(reckon_sampler_reset(busy_sampler, nullptr), RECKON_FAILED_PRECONDITION);
      EXPECT_EQ(reckon_sampler_clone(busy_sampler, &clone, nullptr), RECKON_FAILED_PRECONDITION);
      EXPECT_EQ(reckon_sampler_sample(busy_sampler, &score, 1, &out, nullptr), RECKON_FAILED_PRECONDITION);
    };
    try_all();
    std::thread(try_all).join();
    return ++in->calls == 3 ? RECKON_STOP : RECKON_CONTINUE;
  };
  EXPECT_C_OK(
      reckon_session_generate(session.get(), sampler.get(), nullptr, nullptr, call_in, &inside, nullptr, &error));
  EXPECT_EQ(inside.calls, 3);
}

// Giving a session back in its own callback takes effect when the call is over.
TEST(Busy, FreedInItsOwnCallback) {
  Session session = NewSession(TinyR1());
  Sampler sampler = GreedySampler();
  Append(session, FirstGolden().prompt);
  std::pair<reckon_session*, reckon_sampler*> both{session.release(), sampler.release()};
  const auto free_both = [](void* user, const char*, size_t) -> reckon_action {
    auto* const objects = static_cast<std::pair<reckon_session*, reckon_sampler*>*>(user);
    reckon_session_free(std::exchange(objects->first, nullptr));
    reckon_sampler_free(std::exchange(objects->second, nullptr));
    return RECKON_STOP;
  };
  EXPECT_C_OK(reckon_session_generate(both.first, both.second, nullptr, nullptr, free_both, &both, nullptr, &error));
  EXPECT_EQ(both.first, nullptr);
}

TEST(Sessions, ScoreTruncateForkAndInfo) {
  const Golden& golden = FirstGolden();
  const Session session = NewSession(TinyR1());
  Append(session, golden.prompt);
  std::vector<float> scores(5);
  EXPECT_C_OK(reckon_session_score(session.get(), golden.output.data(), 5, nullptr, scores.data(), &error));
  // Greedy tokens are the most likely ones: the logits say the same of the first.
  const std::vector<float> logits = LogitsOf(session);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
  EXPECT_NEAR(scores[0], logits[static_cast<size_t>(golden.output[0])] - std::log(sum), 1e-5);

  reckon_session* forked = nullptr;
  EXPECT_C_OK(reckon_session_fork(session.get(), &forked, &error));
  const Session fork(forked);
  EXPECT_EQ(TokensOf(fork), golden.prompt);
  EXPECT_EQ(LogitsOf(fork), logits);
  Append(fork, {golden.output[0]});
  EXPECT_EQ(TokensOf(session), golden.prompt);
  EXPECT_EQ(reckon_session_truncate(fork.get(), 1000, nullptr), RECKON_OUT_OF_RANGE);
  EXPECT_EQ(reckon_session_truncate(fork.get(), -1, nullptr), RECKON_OUT_OF_RANGE);
  EXPECT_C_OK(reckon_session_truncate(fork.get(), 3, &error));
  reckon_session_info info;
  info.struct_size = sizeof info;
  EXPECT_C_OK(reckon_session_get_info(fork.get(), &info, &error));
  EXPECT_EQ(info.length, 3);
  EXPECT_EQ(info.max_context, 4096);
  EXPECT_GT(info.memory_bytes, 0);
}

TEST(Samplers, BiasCloneResetAndDefaults) {
  const Options options = NewOptions();
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_SEED, 7, &error));
  EXPECT_C_OK(reckon_options_add_logit_bias(options.get(), 2, -INFINITY, &error));
  reckon_sampler* made = nullptr;
  EXPECT_C_OK(reckon_sampler_new(TinyR1().get(), options.get(), &made, &error));
  const Sampler sampler(made);
  const std::vector<float> logits = {1, 1, 9, 1, 0.5};
  const auto draw = [&](const Sampler& from, int count) {
    std::vector<reckon_token> tokens(static_cast<size_t>(count));
    for (reckon_token& token : tokens) {
      EXPECT_C_OK(reckon_sampler_sample(from.get(), logits.data(), logits.size(), &token, &error));
      EXPECT_NE(token, 2);
    }
    return tokens;
  };
  const std::vector<reckon_token> first = draw(sampler, 20);
  EXPECT_C_OK(reckon_sampler_clone(sampler.get(), &made, &error));
  const Sampler clone(made);
  EXPECT_EQ(draw(clone, 20), draw(sampler, 20));
  EXPECT_C_OK(reckon_sampler_reset(sampler.get(), &error));
  EXPECT_EQ(draw(sampler, 20), first);
  // What the model's authors recommend, with the rest of the options, is the C++ API's sampler.
  reckon::Sampler same = *reckon::Sampler::Create(
      {.logit_bias = {{2, -std::numeric_limits<float>::infinity()}}, .temperature = 0.6F, .top_p = 0.95F, .seed = 7});
  for (const reckon_token token : first) EXPECT_EQ(token, *same.Sample(logits));
  const reckon_token seen[] = {1, 2, 3};
  EXPECT_C_OK(reckon_sampler_accept(sampler.get(), seen, 3, &error));
  EXPECT_C_OK(reckon_sampler_rewind(sampler.get(), 2, &error));
  reckon_token token = 0;
  EXPECT_EQ(reckon_sampler_sample(sampler.get(), nullptr, 0, &token, nullptr), RECKON_INVALID_ARGUMENT);
}

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Reader {
  std::string text;
  int calls = 0;
  int fail_at = -1;
};

reckon_status ReadAt(void* user, uint64_t offset, void* buffer, size_t size) {
  Reader* const reader = static_cast<Reader*>(user);
  if (reader->calls++ == reader->fail_at) return RECKON_PERMISSION_DENIED;
  std::memcpy(buffer, reader->text.data() + offset, size);
  return RECKON_OK;
}

// tiny-r1 from memory and from callbacks, in one array.
TEST(OpenFiles, BuffersAndCallbacks) {
  const char* const names[] = {"config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json",
                               "model.safetensors"};
  std::vector<std::string> texts;
  for (const char* name : names) texts.push_back(ReadWhole(std::string(RECKON_TINY_R1 "/") + name));
  Reader reader{texts[4]};
  std::vector<reckon_file> files(5);
  for (size_t i = 0; i < 5; ++i) {
    files[i] = {sizeof(reckon_file), 0, names[i], texts[i].size(), texts[i].data(), nullptr, nullptr};
  }
  files[4].data = nullptr;
  files[4].read_at = ReadAt;
  files[4].user = &reader;
  const Options options = ExactOptions();
  reckon_model* opened = nullptr;
  EXPECT_C_OK(reckon_model_open_files(files.data(), 5, options.get(), nullptr, &opened, &error));
  const Model model(opened);
  const Session session = NewSession(model);
  Append(session, FirstGolden().prompt);
  const Session other = NewSession(TinyR1());
  Append(other, FirstGolden().prompt);
  EXPECT_EQ(LogitsOf(session), LogitsOf(other));
  EXPECT_GT(reader.calls, 10);

  reckon_memory_plan plan;
  plan.struct_size = sizeof plan;
  EXPECT_C_OK(reckon_plan_memory_files(files.data(), 5, options.get(), 64, &plan, &error));
  reckon_memory_plan same;
  same.struct_size = sizeof same;
  EXPECT_C_OK(reckon_plan_memory(RECKON_TINY_R1, RECKON_NUL_TERMINATED, options.get(), 64, &same, &error));
  EXPECT_EQ(plan.total_bytes, same.total_bytes);

  // The callback's code comes out, wherever it fails.
  const int calls = reader.calls;
  for (int i = 0; i < calls; i += 1 + calls / 10) {
    reader.calls = 0;
    reader.fail_at = i;
    reckon_error* failure = nullptr;
    const reckon_status status = reckon_model_open_files(files.data(), 5, options.get(), nullptr, &opened, &failure);
    if (status != RECKON_OK) {
      EXPECT_EQ(status, RECKON_PERMISSION_DENIED) << reckon_error_message(failure);
      EXPECT_NE(std::string(reckon_error_message(failure)).find("model.safetensors"), std::string::npos);
    }
    reckon_error_free(failure);
    reckon_model_release(opened);
  }
}

TEST(OpenFiles, RefusesContradictions) {
  const std::string text = "{}";
  const reckon_file good = {sizeof(reckon_file), 0, "config.json", 2, text.data(), nullptr, nullptr};
  const auto open = [](reckon_file file) {
    reckon_model* model = nullptr;
    const reckon_status status = reckon_model_open_files(&file, 1, nullptr, nullptr, &model, nullptr);
    EXPECT_EQ(model, nullptr);
    return status;
  };
  EXPECT_NE(open(good), RECKON_OK);
  reckon_file wrong = good;
  wrong.struct_size = 0;
  EXPECT_EQ(open(wrong), RECKON_INVALID_ARGUMENT);
  wrong = good;
  wrong.name = nullptr;
  EXPECT_EQ(open(wrong), RECKON_INVALID_ARGUMENT);
  wrong = good;
  wrong.read_at = ReadAt;
  EXPECT_EQ(open(wrong), RECKON_INVALID_ARGUMENT);
  wrong = good;
  wrong.data = nullptr;
  EXPECT_EQ(open(wrong), RECKON_INVALID_ARGUMENT);
  reckon_model* model = nullptr;
  EXPECT_EQ(reckon_model_open_files(&good, 0, nullptr, nullptr, &model, nullptr), RECKON_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace reckon_test
