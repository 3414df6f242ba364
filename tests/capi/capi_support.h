// What the tests of the C ABI share. They see nothing of the library but reckon_c.h.
#ifndef RECKON_TESTS_CAPI_CAPI_SUPPORT_H_
#define RECKON_TESTS_CAPI_CAPI_SUPPORT_H_

#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "reckon_c.h"
#include "reckon_c_chat.h"

namespace reckon_test {

// Fails the test with the error's message, and frees it.
#define EXPECT_C_OK(expression)                                        \
  do {                                                                 \
    reckon_error* error = nullptr;                                     \
    EXPECT_EQ((expression), RECKON_OK) << reckon_error_message(error); \
    reckon_error_free(error);                                          \
  } while (false)

template <typename T, void (*kFree)(T*)>
struct FreeWith {
  void operator()(T* object) const { kFree(object); }
};
template <typename T, void (*kFree)(T*)>
using Handle = std::unique_ptr<T, FreeWith<T, kFree>>;

using Error = Handle<reckon_error, reckon_error_free>;
using Options = Handle<reckon_options, reckon_options_free>;
using Cancel = Handle<reckon_cancel, reckon_cancel_release>;
using Model = Handle<reckon_model, reckon_model_release>;
using Tokenizer = Handle<reckon_tokenizer, reckon_tokenizer_release>;
using Stream = Handle<reckon_stream, reckon_stream_free>;
using Sampler = Handle<reckon_sampler, reckon_sampler_free>;
using Session = Handle<reckon_session, reckon_session_free>;
using Chat = Handle<reckon_chat, reckon_chat_free>;
using Turn = Handle<reckon_turn, reckon_turn_free>;

inline Options NewOptions() {
  reckon_options* options = nullptr;
  EXPECT_C_OK(reckon_options_new(&options, &error));
  return Options(options);
}

// Exact weights and no chance, so that answers are those of the reference.
inline Options ExactOptions() {
  Options options = NewOptions();
  EXPECT_C_OK(reckon_options_set_str(options.get(), RECKON_OPTION_WEIGHTS, "f32", RECKON_NUL_TERMINATED, &error));
  EXPECT_C_OK(reckon_options_set_f64(options.get(), RECKON_OPTION_TEMPERATURE, 0, &error));
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_THREADS, 2, &error));
  return options;
}

inline Model OpenModel(const char* path = RECKON_TINY_R1) {
  reckon_model* model = nullptr;
  EXPECT_C_OK(reckon_model_open(path, RECKON_NUL_TERMINATED, ExactOptions().get(), nullptr, &model, &error));
  return Model(model);
}

inline Tokenizer TokenizerOf(const Model& model) {
  reckon_tokenizer* tokenizer = nullptr;
  EXPECT_C_OK(reckon_model_tokenizer(model.get(), &tokenizer, &error));
  return Tokenizer(tokenizer);
}

inline Sampler GreedySampler() {
  reckon_sampler* sampler = nullptr;
  EXPECT_C_OK(reckon_sampler_new(nullptr, ExactOptions().get(), &sampler, &error));
  return Sampler(sampler);
}

inline Session NewSession(const Model& model, const Options& options = nullptr) {
  reckon_session* session = nullptr;
  EXPECT_C_OK(reckon_session_new(model.get(), options.get(), &session, &error));
  return Session(session);
}

inline Cancel NewCancel() {
  reckon_cancel* cancel = nullptr;
  EXPECT_C_OK(reckon_cancel_new(&cancel, &error));
  return Cancel(cancel);
}

inline Chat NewChat(const Model& model, const Options& options = ExactOptions()) {
  reckon_chat* chat = nullptr;
  EXPECT_C_OK(reckon_chat_new(model.get(), options.get(), &chat, &error));
  return Chat(chat);
}

// Sends without listening.
inline Turn Send(const Chat& chat, const std::string& text) {
  reckon_turn* turn = nullptr;
  EXPECT_C_OK(reckon_chat_send(chat.get(), text.data(), text.size(), nullptr, nullptr, nullptr, &turn, &error));
  return Turn(turn);
}

inline std::string TextOf(const reckon_turn* turn, reckon_turn_text_key key) {
  size_t size = 0;
  EXPECT_C_OK(reckon_turn_get_text(turn, key, nullptr, 0, &size, &error));
  std::string text(size + 1, '\0');
  EXPECT_C_OK(reckon_turn_get_text(turn, key, text.data(), text.size(), &size, &error));
  text.resize(size);
  return text;
}

inline reckon_turn_info InfoOf(const reckon_turn* turn) {
  reckon_turn_info info;
  info.struct_size = sizeof info;
  EXPECT_C_OK(reckon_turn_get_info(turn, &info, &error));
  return info;
}

inline reckon_chat_info InfoOf(const Chat& chat) {
  reckon_chat_info info;
  info.struct_size = sizeof info;
  EXPECT_C_OK(reckon_chat_get_info(chat.get(), &info, &error));
  return info;
}

// The messages as "role: content" lines.
inline std::string MessagesOf(const Chat& chat) {
  std::string all;
  for (size_t i = 0; i < static_cast<size_t>(InfoOf(chat).messages); ++i) {
    reckon_message message;
    message.struct_size = sizeof message;
    EXPECT_C_OK(reckon_chat_get_message(chat.get(), i, &message, &error));
    all += std::string(message.role, message.role_size) + ": " +
           (message.content == nullptr ? "-" : std::string(message.content, message.content_size)) + "\n";
  }
  return all;
}

// The first line of tiny-r1's golden file: made by Hugging Face transformers, in f32, greedy.
struct Golden {
  std::string messages_json;
  std::string question;
  std::vector<reckon_token> prompt;
  std::vector<reckon_token> output;
  std::string text;
};

inline const Golden& FirstGolden() {
  static const Golden* const golden = [] {
    std::ifstream file(RECKON_TINY_R1 "/golden.jsonl");
    std::string line;
    std::getline(file, line);
    const nlohmann::json json = nlohmann::json::parse(line);
    return new Golden{json["messages"].dump(), json["messages"][0]["content"], json["prompt_ids"], json["output_ids"],
                      json["output_text"]};
  }();
  return *golden;
}

inline void Append(const Session& session, const std::vector<reckon_token>& tokens) {
  EXPECT_C_OK(reckon_session_append(session.get(), tokens.data(), tokens.size(), nullptr, &error));
}

inline std::vector<reckon_token> TokensOf(const Session& session) {
  size_t size = 0;
  EXPECT_C_OK(reckon_session_tokens(session.get(), nullptr, 0, &size, &error));
  std::vector<reckon_token> tokens(size);
  EXPECT_C_OK(reckon_session_tokens(session.get(), tokens.data(), tokens.size(), &size, &error));
  return tokens;
}

inline std::vector<float> LogitsOf(const Session& session) {
  const float* logits = nullptr;
  size_t count = 0;
  EXPECT_C_OK(reckon_session_logits(session.get(), nullptr, &logits, &count, &error));
  return logits == nullptr ? std::vector<float>() : std::vector<float>(logits, logits + count);
}

// Callback that collects text; `stop_after` pieces it answers `answer`.
struct Collected {
  std::string text;
  int pieces = 0;
  int stop_after = -1;
  reckon_action answer = RECKON_STOP;
};

inline reckon_action Collect(void* user, const char* text, size_t text_size) {
  Collected* const collected = static_cast<Collected*>(user);
  collected->text.append(text, text_size);
  return ++collected->pieces == collected->stop_after ? collected->answer : RECKON_CONTINUE;
}

// One whole use of the library: open, encode, prefill, generate `max_tokens` tokens, decode, give everything back.
inline std::string AskOnce(int64_t max_tokens) {
  const Model model = OpenModel();
  const Session session = NewSession(model);
  const Sampler sampler = GreedySampler();
  Append(session, FirstGolden().prompt);
  const Options options = NewOptions();
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_MAX_TOKENS, max_tokens, &error));
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_SKIP_SPECIAL, 0, &error));
  Collected collected;
  EXPECT_C_OK(reckon_session_generate(session.get(), sampler.get(), options.get(), nullptr, Collect, &collected,
                                      nullptr, &error));
  return collected.text;
}

}  // namespace reckon_test

#endif  // RECKON_TESTS_CAPI_CAPI_SUPPORT_H_
