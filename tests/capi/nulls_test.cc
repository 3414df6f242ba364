// Every function with each of its pointers NULL in turn, and all of them: RECKON_INVALID_ARGUMENT where the header does
// not say "or NULL", success where it does, never a crash. The list of functions is checked against the ABI's.
#include <unistd.h>

#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "capi_support.h"

namespace reckon_test {
namespace {

// A parameter: a value that works, and what NULL for it gives.
template <typename T>
struct Parameter {
  T value;
  bool may_be_null;
};

template <typename T>
Parameter<T> Needed(T value) {
  return {value, false};
}
template <typename T>
Parameter<T> OrNull(T value) {
  return {value, true};
}
// Not a pointer.
template <typename T>
Parameter<T> Plain(T value) {
  return {value, true};
}

std::set<std::string>& Tried() {
  static auto& tried = *new std::set<std::string>;
  return tried;
}

template <typename Tuple, size_t... I>
auto Values(const Tuple& parameters, std::index_sequence<I...>) {
  return std::make_tuple(std::get<I>(parameters).value...);
}

template <size_t I, typename Arguments, typename Tuple>
void SetNull(Arguments& arguments, const Tuple&) {
  using Type = std::tuple_element_t<I, Arguments>;
  if constexpr (std::is_pointer_v<Type>) std::get<I>(arguments) = nullptr;
}

template <size_t I, typename F, typename Tuple, size_t... All>
void TryOne(const char* name, F* function, const Tuple& parameters, std::index_sequence<All...> all) {
  auto arguments = Values(parameters, all);
  using Type = std::tuple_element_t<I, decltype(arguments)>;
  if constexpr (std::is_pointer_v<Type>) {
    std::get<I>(arguments) = nullptr;
    reckon_error* failure = nullptr;
    const auto call = [&](auto... values) { return function(values..., &failure); };
    const reckon_status status = std::apply(call, arguments);
    if (std::get<I>(parameters).may_be_null) {
      EXPECT_EQ(status, RECKON_OK) << name << " parameter " << I << ": " << reckon_error_message(failure);
    } else {
      EXPECT_EQ(status, RECKON_INVALID_ARGUMENT) << name << " parameter " << I;
      EXPECT_NE(std::string(reckon_error_message(failure)).find("NULL"), std::string::npos)
          << name << ": " << reckon_error_message(failure);
    }
    reckon_error_free(failure);
    // Without an error object the answer is the same.
    const auto quiet = [&](auto... values) { return function(values..., nullptr); };
    EXPECT_EQ(std::apply(quiet, arguments), status) << name;
  }
}

// Tries a function whose last parameter is the error, which `parameters` leave out.
template <typename F, typename... P>
void Try(const char* name, F* function, const P&... each) {
  Tried().insert(name);
  const std::tuple<P...> parameters(each...);
  constexpr auto kAll = std::index_sequence_for<P...>();
  [&]<size_t... I>(std::index_sequence<I...> all) {
    (TryOne<I>(name, function, parameters, all), ...);
    auto arguments = Values(parameters, all);
    (SetNull<I>(arguments, parameters), ...);
    const auto call = [&](auto... values) { return function(values..., nullptr); };
    const reckon_status status = std::apply(call, arguments);
    const bool all_optional = (each.may_be_null && ...);
    EXPECT_EQ(status == RECKON_INVALID_ARGUMENT, !all_optional) << name << " with NULL everywhere: " << status;
  }
  (kAll);
}
#define TRY(function, ...) Try(#function, function, __VA_ARGS__)
#define TRIED(function) Tried().insert(#function)

reckon_status ReadNothing(void*, uint64_t, void*, size_t) { return RECKON_OK; }

reckon_action HearNothing(void*, const reckon_chat_event*) { return RECKON_CONTINUE; }
reckon_action LookAtNothing(void*, const reckon_passage*) { return RECKON_CONTINUE; }

class Nulls : public ::testing::Test {
 protected:
  void EveryTurnOfAChat(const Chat& owner);
  void EveryOtherFunctionOfAChat(const Chat& owner);

  // Objects to call with; what the calls make is leaked into lists and given back at the end.
  const Options options_ = ExactOptions();
  const Model model_ = OpenModel();
  const Tokenizer tokenizer_ = TokenizerOf(model_);
  const Sampler sampler_ = GreedySampler();
  const Session session_ = NewSession(model_);
  size_t size_ = 0;
  char buffer_[65536] = {};
  reckon_token tokens_[4096] = {};
};

void Nulls::EveryTurnOfAChat(const Chat& owner) {
  reckon_chat* const chat = owner.get();
  reckon_message message = {};
  message.struct_size = sizeof message;
  message.role = "user";
  message.role_size = RECKON_NUL_TERMINATED;
  message.content = "Hello";
  message.content_size = RECKON_NUL_TERMINATED;
  const Cancel cancel = NewCancel();
  TRIED(reckon_chat_send), TRIED(reckon_chat_answer), TRIED(reckon_chat_regenerate);
  for (int missing = 0; missing < 7; ++missing) {
    reckon_turn* made = nullptr;
    reckon_turn** const out_turn = missing == 4 ? nullptr : &made;
    const reckon_cancel* const flag = missing == 2 ? nullptr : cancel.get();
    const reckon_chat_event_fn hear = missing == 3 ? nullptr : HearNothing;
    void* const user = missing == 5 ? nullptr : this;
    EXPECT_EQ(reckon_chat_send(missing == 0 ? nullptr : chat, missing == 1 ? nullptr : "Hello", 5, flag, hear, user,
                               out_turn, nullptr),
              missing <= 1 ? RECKON_INVALID_ARGUMENT : RECKON_OK);
    reckon_turn_free(std::exchange(made, nullptr));
    EXPECT_C_OK(reckon_chat_append(chat, &message, &error));
    EXPECT_EQ(reckon_chat_answer(missing == 0 ? nullptr : chat, flag, hear, user, out_turn, nullptr),
              missing == 0 ? RECKON_INVALID_ARGUMENT : RECKON_OK);
    reckon_turn_free(std::exchange(made, nullptr));
    if (missing == 0) EXPECT_C_OK(reckon_chat_answer(chat, flag, hear, user, nullptr, &error));
    EXPECT_EQ(reckon_chat_regenerate(missing == 0 ? nullptr : chat, flag, hear, user, out_turn, nullptr),
              missing == 0 ? RECKON_INVALID_ARGUMENT : RECKON_OK);
    reckon_turn_free(made);
  }
  TRY(reckon_chat_append, Needed(chat), Needed<const reckon_message*>(&message));
  TRY(reckon_chat_edit, Needed(chat), Plain(size_t{0}), Needed<const reckon_message*>(&message));
  TRY(reckon_chat_get_message, Needed<const reckon_chat*>(chat), Plain(size_t{0}), Needed(&message));
  message.role = nullptr;
  EXPECT_EQ(reckon_chat_append(chat, &message, nullptr), RECKON_INVALID_ARGUMENT);
}

void Nulls::EveryOtherFunctionOfAChat(const Chat& owner) {
  reckon_chat* const chat = owner.get();
  const reckon_chat* const same = chat;
  TRY(reckon_chat_attach, Needed(chat), Needed("zoo"), Plain(size_t{3}), Needed("The owl eats mice."),
      Plain(RECKON_NUL_TERMINATED));
  TRY(reckon_chat_attach, Needed(chat), OrNull("zoo"), Plain(size_t{0}), Needed("The owl eats mice."),
      Plain(size_t{18}));
  TRY(reckon_chat_find, Needed(chat), Needed("owl"), Plain(size_t{3}), Needed(LookAtNothing), OrNull<void*>(this));
  const Turn owned = Send(owner, "What does the owl eat?");
  const reckon_turn* const turn = owned.get();
  reckon_turn_info turn_info;
  turn_info.struct_size = sizeof turn_info;
  TRY(reckon_turn_get_info, Needed(turn), Needed(&turn_info));
  TRY(reckon_turn_get_text, Needed(turn), Plain(RECKON_TURN_TEXT), Needed(&buffer_[0]), Plain(sizeof buffer_),
      Needed(&size_));
  TRY(reckon_turn_tokens, Needed(turn), Needed(&tokens_[0]), Plain(size_t{4096}), Needed(&size_));
  reckon_passage passage;
  passage.struct_size = sizeof passage;
  TRY(reckon_turn_get_passage, Needed(turn), Plain(size_t{0}), Needed(&passage));
  TRIED(reckon_turn_get_intervention);
  reckon_intervention intervention = -1;
  EXPECT_EQ(reckon_turn_get_intervention(nullptr, 0, &intervention, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_EQ(reckon_turn_get_intervention(turn, 0, nullptr, nullptr), RECKON_INVALID_ARGUMENT);

  reckon_chat_info info;
  info.struct_size = sizeof info;
  TRY(reckon_chat_get_info, Needed(same), Needed(&info));
  TRY(reckon_chat_get_summary, Needed(same), OrNull(&buffer_[0]), Plain(size_t{0}), Needed(&size_));
  TRY(reckon_chat_prompt, Needed(chat), Plain(1), Needed(&buffer_[0]), Plain(sizeof buffer_), Needed(&size_));
  TRY(reckon_chat_prepare, Needed(chat), OrNull<const reckon_cancel*>(NewCancel().get()));
  TRY(reckon_chat_set_options, Needed(chat), OrNull<const reckon_options*>(options_.get()));
  TRY(reckon_chat_set_system, Needed(chat), Needed("x"), Plain(size_t{1}));
  TRY(reckon_chat_set_system, Needed(chat), OrNull("x"), Plain(size_t{0}));
  TRY(reckon_chat_pin, Needed(chat), Plain(size_t{0}), Plain(1));
  TRY(reckon_chat_truncate, Needed(chat), Plain(size_t{1}));
  const std::string path = ::testing::TempDir() + "reckon_nulls_" + std::to_string(getpid());
  EXPECT_C_OK(reckon_chat_save(chat, path.c_str(), RECKON_NUL_TERMINATED, &error));
  TRY(reckon_chat_save, Needed(chat), Needed(path.c_str()), Plain(RECKON_NUL_TERMINATED));
  TRY(reckon_chat_restore, Needed(chat), Needed(path.c_str()), Plain(path.size()));
  unlink(path.c_str());
  reckon_chat* made = nullptr;
  TRY(reckon_chat_fork, Needed(chat), Needed(&made));
  TRIED(reckon_chat_new), TRIED(reckon_chat_free), TRIED(reckon_turn_free);
  EXPECT_EQ(reckon_chat_new(nullptr, nullptr, &made, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_EQ(reckon_chat_new(model_.get(), nullptr, nullptr, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_C_OK(reckon_chat_new(model_.get(), nullptr, &made, &error));
  reckon_chat_free(made);
  reckon_chat_free(nullptr);
  reckon_turn_free(nullptr);
}

TEST_F(Nulls, EveryFunction) {
  Append(session_, FirstGolden().prompt);
  // Where a call succeeds with some parameter NULL it may make an object: given back by hand below where that can
  // happen.
  reckon_options* options = nullptr;
  TRY(reckon_options_new, Needed(&options));
  reckon_cancel* cancel = nullptr;
  TRY(reckon_cancel_new, Needed(&cancel));
  TRY(reckon_cpu_describe, Plain(nullptr), Plain(size_t{0}), Needed(&size_));

  reckon_options* const set = options_.get();
  TRY(reckon_options_set_i64, Needed(set), Plain(RECKON_OPTION_TOP_K), Plain(int64_t{1}));
  TRY(reckon_options_set_f64, Needed(set), Plain(RECKON_OPTION_TOP_P), Plain(1.0));
  TRY(reckon_options_set_str, Needed(set), Plain(RECKON_OPTION_WEIGHTS), Needed("f32"), Plain(size_t{3}));
  TRY(reckon_options_set_str, Needed(set), Plain(RECKON_OPTION_WEIGHTS), Needed("f32"), Plain(RECKON_NUL_TERMINATED));
  TRY(reckon_options_set_str, Needed(set), Plain(RECKON_OPTION_ISA), OrNull(""), Plain(size_t{0}));
  TRY(reckon_options_add_logit_bias, Needed(set), Plain(reckon_token{1}), Plain(0.0F));
  reckon_option_info option_info;
  option_info.struct_size = sizeof option_info;
  TRY(reckon_option_get_info, Plain(size_t{0}), Needed(&option_info));

  // Opening: optional parameters are tried with a path that is not there, so that nothing is made.
  reckon_model* opened = nullptr;
  TRIED(reckon_model_open);
  EXPECT_EQ(reckon_model_open(nullptr, 0, set, nullptr, &opened, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_EQ(reckon_model_open(nullptr, RECKON_NUL_TERMINATED, set, nullptr, &opened, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_EQ(reckon_model_open(RECKON_TINY_R1, RECKON_NUL_TERMINATED, set, nullptr, nullptr, nullptr),
            RECKON_INVALID_ARGUMENT);
  EXPECT_EQ(reckon_model_open("/no/such", RECKON_NUL_TERMINATED, nullptr, nullptr, &opened, nullptr), RECKON_NOT_FOUND);
  reckon_file file = {sizeof file, 0, "model.gguf", 16, nullptr, ReadNothing, nullptr};
  TRIED(reckon_model_open_files);
  EXPECT_EQ(reckon_model_open_files(nullptr, 1, set, nullptr, &opened, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_EQ(reckon_model_open_files(&file, 1, set, nullptr, nullptr, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_NE(reckon_model_open_files(&file, 1, nullptr, nullptr, &opened, nullptr), RECKON_OK);
  reckon_memory_plan plan;
  plan.struct_size = sizeof plan;
  TRY(reckon_plan_memory, Needed(RECKON_TINY_R1), Plain(RECKON_NUL_TERMINATED), OrNull<const reckon_options*>(set),
      Plain(int64_t{9}), Needed(&plan));
  TRIED(reckon_plan_memory_files);
  EXPECT_EQ(reckon_plan_memory_files(nullptr, 1, set, 9, &plan, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_EQ(reckon_plan_memory_files(&file, 1, set, 9, nullptr, nullptr), RECKON_INVALID_ARGUMENT);

  const reckon_model* const model = model_.get();
  reckon_model_info model_info;
  model_info.struct_size = sizeof model_info;
  TRY(reckon_model_get_info, Needed(model), Needed(&model_info));
  TRY(reckon_model_get_text, Needed(model), Plain(RECKON_MODEL_NAME), Needed(&buffer_[0]), Plain(sizeof buffer_),
      Needed(&size_));
  TRY(reckon_model_get_text, Needed(model), Plain(RECKON_MODEL_NAME), OrNull(&buffer_[0]), Plain(size_t{0}),
      Needed(&size_));
  TRY(reckon_model_eos_tokens, Needed(model), Needed(&tokens_[0]), Plain(size_t{8}), Needed(&size_));
  TRY(reckon_model_set_threads, Needed(model), Plain(2));
  TRY(reckon_model_plan_memory, Needed(model), Plain(int64_t{9}), Needed(&plan));
  reckon_tokenizer* tokenizer_made = nullptr;
  TRY(reckon_model_tokenizer, Needed(model), Needed(&tokenizer_made));

  const reckon_tokenizer* const tokenizer = tokenizer_.get();
  reckon_tokenizer_info tokenizer_info;
  tokenizer_info.struct_size = sizeof tokenizer_info;
  TRY(reckon_tokenizer_get_info, Needed(tokenizer), Needed(&tokenizer_info));
  TRY(reckon_tokenizer_encode, Needed(tokenizer), Needed("text"), Plain(size_t{4}), Plain(reckon_encode_flags{0}),
      Needed(&tokens_[0]), Plain(size_t{4096}), Needed(&size_));
  const reckon_token* const prompt = FirstGolden().prompt.data();
  const size_t prompt_size = FirstGolden().prompt.size();
  TRY(reckon_tokenizer_decode, Needed(tokenizer), Needed(prompt), Plain(prompt_size), Plain(0), Needed(&buffer_[0]),
      Plain(sizeof buffer_), Needed(&size_));
  TRY(reckon_tokenizer_token_bytes, Needed(tokenizer), Plain(reckon_token{5}), Needed(&buffer_[0]),
      Plain(sizeof buffer_), Needed(&size_));
  TRY(reckon_tokenizer_token_id, Needed(tokenizer), Needed("<think>"), Plain(size_t{7}), Needed(&tokens_[0]));
  TRY(reckon_tokenizer_apply_chat_template, Needed(tokenizer), Needed(FirstGolden().messages_json.c_str()),
      Plain(RECKON_NUL_TERMINATED), OrNull<const reckon_options*>(set), Needed(&buffer_[0]), Plain(sizeof buffer_),
      Needed(&size_));
  reckon_stream* stream = nullptr;
  TRY(reckon_stream_new, Needed(tokenizer), Plain(0), Needed(&stream));
  EXPECT_C_OK(reckon_stream_new(tokenizer, 0, &stream, &error));
  const char* text = nullptr;
  TRY(reckon_stream_push, Needed(stream), Plain(reckon_token{5}), Needed(&text), Needed(&size_));
  TRY(reckon_stream_flush, Needed(stream), Needed(&text), Needed(&size_));
  reckon_stream_free(stream);

  TRIED(reckon_sampler_new);
  reckon_sampler* sampler_made = nullptr;
  EXPECT_EQ(reckon_sampler_new(model, set, nullptr, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_C_OK(reckon_sampler_new(nullptr, nullptr, &sampler_made, &error));
  reckon_sampler_free(sampler_made);
  reckon_sampler* const sampler = sampler_.get();
  TRY(reckon_sampler_clone, Needed<const reckon_sampler*>(sampler), Needed(&sampler_made));
  TRY(reckon_sampler_accept, Needed(sampler), Needed(prompt), Plain(prompt_size));
  TRY(reckon_sampler_accept, Needed(sampler), OrNull(prompt), Plain(size_t{0}));
  TRY(reckon_sampler_rewind, Needed(sampler), Plain(size_t{1}));
  TRY(reckon_sampler_reset, Needed(sampler));
  const float logits[3] = {1, 2, 3};
  TRY(reckon_sampler_sample, Needed(sampler), Needed(&logits[0]), Plain(size_t{3}), Needed(&tokens_[0]));

  TRIED(reckon_session_new);
  reckon_session* session_made = nullptr;
  EXPECT_EQ(reckon_session_new(nullptr, set, &session_made, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_EQ(reckon_session_new(model, set, nullptr, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_C_OK(reckon_session_new(model, nullptr, &session_made, &error));
  reckon_session_free(session_made);
  reckon_session* const session = session_.get();
  TRY(reckon_session_fork, Needed(session), Needed(&session_made));
  const reckon_cancel* const never = nullptr;
  const reckon_watch watch = {sizeof watch, 0, nullptr, nullptr, nullptr};
  TRY(reckon_session_append, Needed(session), Needed(prompt), Plain(prompt_size), OrNull(&watch));
  TRY(reckon_session_append, Needed(session), OrNull(prompt), Plain(size_t{0}), OrNull(&watch));
  TRY(reckon_session_next, Needed(session), Needed(sampler), OrNull(never), Needed(&tokens_[0]));
  EXPECT_C_OK(reckon_options_set_i64(set, RECKON_OPTION_MAX_TOKENS, 2, &error));
  reckon_generate_result result;
  result.struct_size = sizeof result;
  Collected collected;
  TRIED(reckon_session_generate);
  for (int missing = 0; missing < 7; ++missing) {
    EXPECT_EQ(reckon_session_generate(missing == 0 ? nullptr : session, missing == 1 ? nullptr : sampler,
                                      missing == 2 ? nullptr : set, never, missing == 3 ? nullptr : Collect, &collected,
                                      missing == 4 ? nullptr : &result, nullptr),
              missing < 2 ? RECKON_INVALID_ARGUMENT : RECKON_OK);
    EXPECT_C_OK(reckon_session_truncate(session, static_cast<int64_t>(prompt_size), &error));
  }
  const float* out_logits = nullptr;
  TRY(reckon_session_logits, Needed(session), OrNull(never), Needed(&out_logits), Needed(&size_));
  float scores[64] = {};
  TRY(reckon_session_score, Needed(session), Needed(prompt), Plain(prompt_size), OrNull(never), Needed(&scores[0]));
  TRY(reckon_session_truncate, Needed(session), Plain(int64_t{0}));
  TRY(reckon_session_tokens, Needed<const reckon_session*>(session), OrNull(&tokens_[0]), Plain(size_t{0}),
      Needed(&size_));
  reckon_session_info session_info;
  session_info.struct_size = sizeof session_info;
  TRY(reckon_session_get_info, Needed<const reckon_session*>(session), Needed(&session_info));

  const Chat chat = NewChat(model_, options_);  // of two tokens a turn
  EveryTurnOfAChat(chat);
  EveryOtherFunctionOfAChat(chat);

  // Functions without an error.
  for (const char* name : {"reckon_abi_version", "reckon_version_string", "reckon_option_count"}) Tried().insert(name);
  int64_t value = 0;
  TRIED(reckon_error_code), TRIED(reckon_error_message), TRIED(reckon_error_detail_i64), TRIED(reckon_error_free);
  EXPECT_EQ(reckon_error_code(nullptr), RECKON_OK);
  EXPECT_STREQ(reckon_error_message(nullptr), "");
  EXPECT_EQ(reckon_error_detail_i64(nullptr, 1, &value), RECKON_NOT_FOUND);
  EXPECT_EQ(reckon_error_detail_i64(nullptr, 1, nullptr), RECKON_INVALID_ARGUMENT);
  TRIED(reckon_model_retain), TRIED(reckon_tokenizer_retain), TRIED(reckon_cancel_retain);
  EXPECT_EQ(reckon_model_retain(nullptr), nullptr);
  EXPECT_EQ(reckon_tokenizer_retain(nullptr), nullptr);
  EXPECT_EQ(reckon_cancel_retain(nullptr), nullptr);
  TRIED(reckon_cancel_trigger), TRIED(reckon_cancel_reset), TRIED(reckon_cancel_is_triggered);
  reckon_cancel_trigger(nullptr);
  reckon_cancel_reset(nullptr);
  EXPECT_EQ(reckon_cancel_is_triggered(nullptr), 0);
  TRIED(reckon_options_free), TRIED(reckon_cancel_release), TRIED(reckon_model_release);
  TRIED(reckon_tokenizer_release), TRIED(reckon_stream_free), TRIED(reckon_sampler_free), TRIED(reckon_session_free);
  reckon_error_free(nullptr);
  reckon_options_free(nullptr);
  reckon_cancel_release(nullptr);
  reckon_model_release(nullptr);
  reckon_tokenizer_release(nullptr);
  reckon_stream_free(nullptr);
  reckon_sampler_free(nullptr);
  reckon_session_free(nullptr);

  // Nothing was left out.
  std::set<std::string> symbols;
  std::ifstream list(RECKON_ABI_SYMBOLS);
  for (std::string line; std::getline(list, line);) symbols.insert(line);
  ASSERT_FALSE(symbols.empty());
  EXPECT_EQ(Tried(), symbols);
  RecordProperty("functions", static_cast<int>(symbols.size()));
}

}  // namespace
}  // namespace reckon_test
