// Every function on a thread with the stack that reckon_c.h promises to be enough, and how much of it they really use.
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "capi_support.h"

namespace reckon_test {
namespace {

constexpr unsigned char kPaint = 0xa5;

// Runs `work` on a thread with a stack of `bytes`, behind a page that traps. Returns the bytes of the stack that were
// used.
size_t UseStack(size_t bytes, const std::function<void()>& work) {
  const size_t page = 4096;
  auto* const block = static_cast<unsigned char*>(
      mmap(nullptr, bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  EXPECT_NE(block, MAP_FAILED);
  EXPECT_EQ(mprotect(block, page, PROT_NONE), 0);
  unsigned char* const stack = block + page;
  std::memset(stack, kPaint, bytes);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  EXPECT_EQ(pthread_attr_setstack(&attributes, stack, bytes), 0);
  pthread_t thread;
  const auto run = [](void* argument) -> void* {
    (*static_cast<const std::function<void()>*>(argument))();
    return nullptr;
  };
  EXPECT_EQ(pthread_create(&thread, &attributes, run, const_cast<std::function<void()>*>(&work)), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  size_t untouched = 0;
  while (untouched < bytes && stack[untouched] == kPaint) ++untouched;
  munmap(block, bytes + page);
  return bytes - untouched;
}

// The measuring itself, with what a thread needs in any case: thread-local storage lies in the same block.
size_t EmptyThread() {
  return UseStack(RECKON_MIN_STACK_BYTES, [] {});
}

size_t Measure(const char* what, const std::function<void()>& work) {
  const size_t used = UseStack(RECKON_MIN_STACK_BYTES, work) - EmptyThread();
  std::printf("%-42s %6zu bytes of stack\n", what, used);
  return used;
}

void EverySmallFunction(const Model& model, const Tokenizer& tokenizer) {
  char text[1024];
  size_t size = 0;
  reckon_token tokens[64];
  const reckon_token token = 5;
  reckon_error* failure = nullptr;
  EXPECT_EQ(reckon_abi_version(), 1U);
  EXPECT_NE(reckon_version_string(), nullptr);
  EXPECT_C_OK(reckon_cpu_describe(text, sizeof text, &size, &error));
  reckon_option_info info;
  info.struct_size = sizeof info;
  for (size_t i = 0; i < reckon_option_count(); ++i) EXPECT_C_OK(reckon_option_get_info(i, &info, &error));
  const Options options = ExactOptions();
  EXPECT_C_OK(reckon_options_add_logit_bias(options.get(), 1, 0, &error));
  reckon_cancel* cancel = nullptr;
  EXPECT_C_OK(reckon_cancel_new(&cancel, &error));
  reckon_cancel_release(reckon_cancel_retain(cancel));
  reckon_cancel_trigger(cancel);
  reckon_cancel_reset(cancel);
  EXPECT_EQ(reckon_cancel_is_triggered(cancel), 0);
  reckon_cancel_release(cancel);
  reckon_model_info model_info;
  model_info.struct_size = sizeof model_info;
  EXPECT_C_OK(reckon_model_get_info(model.get(), &model_info, &error));
  EXPECT_C_OK(reckon_model_get_text(model.get(), RECKON_MODEL_ISA, text, sizeof text, &size, &error));
  EXPECT_C_OK(reckon_model_eos_tokens(model.get(), tokens, 64, &size, &error));
  EXPECT_C_OK(reckon_model_set_threads(model.get(), 2, &error));
  reckon_memory_plan plan;
  plan.struct_size = sizeof plan;
  EXPECT_C_OK(reckon_model_plan_memory(model.get(), 10, &plan, &error));
  reckon_model_release(reckon_model_retain(model.get()));
  reckon_tokenizer_release(reckon_tokenizer_retain(tokenizer.get()));
  reckon_tokenizer_info tokenizer_info;
  tokenizer_info.struct_size = sizeof tokenizer_info;
  EXPECT_C_OK(reckon_tokenizer_get_info(tokenizer.get(), &tokenizer_info, &error));
  EXPECT_C_OK(reckon_tokenizer_token_bytes(tokenizer.get(), token, text, sizeof text, &size, &error));
  EXPECT_C_OK(reckon_tokenizer_token_id(tokenizer.get(), "<think>", 7, tokens, &error));
  EXPECT_C_OK(
      reckon_tokenizer_decode(tokenizer.get(), FirstGolden().output.data(), 40, 0, text, sizeof text, &size, &error));
  reckon_stream* stream = nullptr;
  EXPECT_C_OK(reckon_stream_new(tokenizer.get(), 0, &stream, &error));
  const char* piece = nullptr;
  EXPECT_C_OK(reckon_stream_push(stream, token, &piece, &size, &error));
  EXPECT_C_OK(reckon_stream_flush(stream, &piece, &size, &error));
  reckon_stream_free(stream);
  const Sampler sampler = GreedySampler();
  reckon_sampler* clone = nullptr;
  EXPECT_C_OK(reckon_sampler_clone(sampler.get(), &clone, &error));
  EXPECT_C_OK(reckon_sampler_accept(clone, &token, 1, &error));
  EXPECT_C_OK(reckon_sampler_rewind(clone, 1, &error));
  EXPECT_C_OK(reckon_sampler_reset(clone, &error));
  const float logits[2] = {1, 2};
  EXPECT_C_OK(reckon_sampler_sample(clone, logits, 2, tokens, &error));
  reckon_sampler_free(clone);
  EXPECT_EQ(reckon_options_set_i64(options.get(), -1, 0, &failure), RECKON_INVALID_ARGUMENT);
  int64_t detail = 0;
  EXPECT_EQ(reckon_error_detail_i64(failure, 1, &detail), RECKON_NOT_FOUND);
  EXPECT_NE(std::string(reckon_error_message(failure)), "");
  EXPECT_EQ(reckon_error_code(failure), RECKON_INVALID_ARGUMENT);
  reckon_error_free(failure);
}

void EverySessionFunction(const Model& model, int tokens_count) {
  const Session session = NewSession(model);
  const Sampler sampler = GreedySampler();
  std::vector<reckon_token> prompt(static_cast<size_t>(tokens_count), 5);
  Append(session, prompt);
  reckon_token token = 0;
  EXPECT_C_OK(reckon_session_next(session.get(), sampler.get(), nullptr, &token, &error));
  const Options options = NewOptions();
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_MAX_TOKENS, 4, &error));
  Collected collected;
  EXPECT_C_OK(reckon_session_generate(session.get(), sampler.get(), options.get(), nullptr, Collect, &collected,
                                      nullptr, &error));
  float score = 0;
  EXPECT_C_OK(reckon_session_score(session.get(), prompt.data(), 1, nullptr, &score, &error));
  EXPECT_FALSE(LogitsOf(session).empty());
  reckon_session* fork = nullptr;
  EXPECT_C_OK(reckon_session_fork(session.get(), &fork, &error));
  reckon_session_free(fork);
  reckon_session_info info;
  info.struct_size = sizeof info;
  EXPECT_C_OK(reckon_session_get_info(session.get(), &info, &error));
  EXPECT_FALSE(TokensOf(session).empty());
  EXPECT_C_OK(reckon_session_truncate(session.get(), 1, &error));
}

reckon_action HearNothing(void*, const reckon_chat_event*) { return RECKON_CONTINUE; }
reckon_action LookAtNothing(void*, const reckon_passage*) { return RECKON_CONTINUE; }

void EveryChatFunction(const Model& model) {
  const Options options = ExactOptions();
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_MAX_TOKENS, 30, &error));
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_THINKING_MAX_TOKENS, 5, &error));
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_SUMMARIZE, 1, &error));
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_SUMMARY_TOKENS, 10, &error));
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_MAX_CONTEXT, 200, &error));
  const Chat owner = NewChat(model, options);
  reckon_chat* const chat = owner.get();
  std::string text;
  while (text.size() < 20000) text += "# Birds\n\nThe owl eats 12 mice. " + FirstGolden().text + "\n\n";
  EXPECT_C_OK(reckon_chat_attach(chat, "zoo", 3, text.data(), text.size(), &error));
  EXPECT_C_OK(reckon_chat_find(chat, "owl and mice", 12, LookAtNothing, nullptr, &error));
  EXPECT_C_OK(reckon_chat_set_system(chat, "Be brief.", 9, &error));
  for (int i = 0; i < 5; ++i) {
    reckon_turn* made = nullptr;
    EXPECT_C_OK(reckon_chat_send(chat, "12+30=?", 7, nullptr, HearNothing, nullptr, &made, &error));
    const Turn turn(made);
    EXPECT_FALSE(TextOf(made, RECKON_TURN_TEXT).empty());
    EXPECT_GT(InfoOf(made).interventions, 0);
    EXPECT_C_OK(reckon_chat_prepare(chat, nullptr, &error));
  }
  EXPECT_C_OK(reckon_chat_regenerate(chat, nullptr, nullptr, nullptr, nullptr, &error));
  EXPECT_FALSE(MessagesOf(owner).empty());
  size_t size = 0;
  EXPECT_C_OK(reckon_chat_prompt(chat, 1, nullptr, 0, &size, &error));
  EXPECT_C_OK(reckon_chat_get_summary(chat, nullptr, 0, &size, &error));
  reckon_chat* fork = nullptr;
  EXPECT_C_OK(reckon_chat_fork(chat, &fork, &error));
  reckon_message message;
  message.struct_size = sizeof message;
  EXPECT_C_OK(reckon_chat_get_message(fork, 1, &message, &error));
  EXPECT_C_OK(reckon_chat_truncate(chat, 2, &error));
  EXPECT_C_OK(reckon_chat_edit(chat, 1, &message, &error));
  EXPECT_C_OK(reckon_chat_append(chat, &message, &error));
  EXPECT_C_OK(reckon_chat_pin(chat, 1, 1, &error));
  EXPECT_C_OK(reckon_chat_answer(chat, nullptr, HearNothing, nullptr, nullptr, &error));
  EXPECT_C_OK(reckon_chat_set_options(chat, nullptr, &error));
  const std::string path = ::testing::TempDir() + "reckon_stack_" + std::to_string(getpid());
  EXPECT_C_OK(reckon_chat_save(chat, path.data(), path.size(), &error));
  EXPECT_C_OK(reckon_chat_restore(fork, path.data(), path.size(), &error));
  unlink(path.c_str());
  reckon_chat_free(fork);
}

// Null if this processor does not have the instruction set.
Model OpenWith(const char* weights, const char* isa) {
  const Options options = ExactOptions();
  EXPECT_C_OK(reckon_options_set_str(options.get(), RECKON_OPTION_ISA, isa, RECKON_NUL_TERMINATED, &error));
  EXPECT_C_OK(reckon_options_set_str(options.get(), RECKON_OPTION_WEIGHTS, weights, RECKON_NUL_TERMINATED, &error));
  reckon_model* model = nullptr;
  reckon_model_open(RECKON_TINY_R1, RECKON_NUL_TERMINATED, options.get(), nullptr, &model, nullptr);
  return Model(model);
}

std::string Repeat(const std::string& text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

// tiny-r1 with another chat template.
Model OpenWithTemplate(const std::string& chat_template) {
  const auto read = [](const char* name) {
    std::ifstream file(std::string(RECKON_TINY_R1 "/") + name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  static const std::string& config = *new std::string(read("config.json"));
  static const std::string& tokenizer = *new std::string(read("tokenizer.json"));
  static const std::string& weights = *new std::string(read("model.safetensors"));
  const std::string tokenizer_config = nlohmann::json{{"chat_template", chat_template}}.dump();
  std::vector<reckon_file> files;
  const auto add = [&](const char* name, const std::string& text) {
    files.push_back({sizeof(reckon_file), 0, name, text.size(), text.data(), nullptr, nullptr});
  };
  add("config.json", config);
  add("tokenizer.json", tokenizer);
  add("model.safetensors", weights);
  add("tokenizer_config.json", tokenizer_config);
  reckon_model* model = nullptr;
  EXPECT_C_OK(reckon_model_open_files(files.data(), files.size(), ExactOptions().get(), nullptr, &model, &error));
  return Model(model);
}

// Templates and conversations come from outside, so how deep they nest is bounded by the library, not by their authors.
// Returns whether the template could be rendered.
bool Render(const std::string& chat_template, int depth) {
  const Model model = OpenWithTemplate(chat_template);
  const Tokenizer tokenizer = TokenizerOf(model);
  const std::string messages =
      "[{\"role\": \"user\", \"content\": \"x\", \"deep\": " + Repeat("[", depth) + Repeat("]", depth) + "}]";
  size_t size = 0;
  const reckon_status status = reckon_tokenizer_apply_chat_template(tokenizer.get(), messages.data(), messages.size(),
                                                                    nullptr, nullptr, 0, &size, nullptr);
  EXPECT_TRUE(status == RECKON_OK || status == RECKON_INVALID_ARGUMENT || status == RECKON_RESOURCE_EXHAUSTED)
      << status;
  return status == RECKON_OK;
}

TEST(Stack, TemplatesThatNestAsDeepAsTheyMay) {
  struct Shape {
    const char* what;
    std::string before, open, middle, close, after;
  };
  const Shape shapes[] = {
      {"brackets", "{{ ", "(", "1", ")", " }}"},
      {"lists", "{{ ", "[", "1", "]", " }}"},
      {"dictionaries", "{{ ", "{'a': ", "1", "}", " }}"},
      {"not", "{{ ", "not ", "1", "", " }}"},
      {"minus", "{{ ", "-", "1", "", " }}"},
      {"conditions", "{{ ", "1 if 0 else ", "1", "", " }}"},
      {"calls", "{{ ", "dict(a=", "1", ")", " }}"},
      {"subscripts", "{% set x = [0] %}{{ ", "x[", "0", "]", " }}"},
      {"arguments of filters", "{{ ", "1|default(", "1", ")", " }}"},
      {"arguments of tests", "{{ ", "1 is sameas(", "1", ")", " }}"},
      {"methods", "{{ ", "'a'.join([", "'b'", "])", " }}"},
      {"powers", "{{ ", "(1 ** ", "1", ")", " }}"},
      {"comparisons", "{{ ", "(1 < ", "1", ")", " }}"},
      {"concatenations", "{{ ", "(1 ~ ", "1", ")", " }}"},
      {"if", "", "{% if 1 %}", "x", "{% endif %}", ""},
      {"for", "", "{% for i in [1] %}", "x", "{% endfor %}", ""},
      {"filter blocks", "", "{% filter upper %}", "x", "{% endfilter %}", ""},
      {"set blocks", "", "{% set x %}", "x", "{% endset %}", ""},
      {"macros", "", "{% macro m() %}", "x", "{% endmacro %}{{ m() }}", ""},
      {"a macro that calls itself", "{% macro m(n) %}{{ n if n == 0 else m(n - 1) }}{% endmacro %}{{ m(0", "+1", "", "",
       ") }}"},
      {"a macro that never ends", "{% macro m(n) %}{% if 1 %}{% for i in [1] %}{{ (m(n)) }}{% endfor %}{% endif %}", "",
       "", "", "{% endmacro %}{{ m(1) }}"},
      {"a loop that never ends", "{% for i in [1] recursive %}{{ (loop([1])) }}{% endfor %}", "", "", "", ""},
      {"a deep conversation", "{{ messages }}{{ messages|tojson }}{{ messages == messages }}", "", "", "", ""},
  };
  size_t most = 0;
  for (const Shape& shape : shapes) {
    size_t used = 0;
    int rendered = 0;
    for (const int depth : {20, 45, 500}) {
      const std::string text =
          shape.before + Repeat(shape.open, depth) + shape.middle + Repeat(shape.close, depth) + shape.after;
      used = std::max(used, UseStack(RECKON_MIN_STACK_BYTES, [&] {
                        if (Render(text, depth)) rendered = depth;
                      }));
    }
    std::printf("%-30s rendered up to %4d deep, %7zu bytes of stack\n", shape.what, rendered, used);
    most = std::max(most, used);
  }
  std::printf("%-42s %6zu of %d\n", "most", most, RECKON_MIN_STACK_BYTES);
  EXPECT_LT(most, RECKON_MIN_STACK_BYTES / 4 * 3);  // compilers differ
}

TEST(Stack, EveryFunctionOnASmallOne) {
  FirstGolden();
  const Model model = OpenModel();
  const Tokenizer tokenizer = TokenizerOf(model);
  // Lazily bound symbols are resolved on the stack of the first caller; that is part of what a first call needs.
  size_t most = Measure("reckon_model_open, f32", [] { OpenModel(); });
  for (const char* isa : {"", "generic", "avx2", "avx_vnni", "avx512_vnni", "neon", "neon_dotprod"}) {
    for (const char* weights : {"f32", "bf16", "q8", "q4"}) {
      const Model with = OpenWith(weights, isa);
      EXPECT_TRUE(with != nullptr || *isa != '\0');
      if (with == nullptr) continue;
      const std::string what = std::string("sessions, 300 tokens, ") + weights + " " + isa;
      most = std::max(most, Measure(what.c_str(), [&with] { EverySessionFunction(with, 300); }));
    }
  }
  most =
      std::max(most, Measure("reckon_model_open, GGUF", [] { OpenModel(RECKON_TEST_DATA "/gguf/qwen2-q4_k_m.gguf"); }));
  most = std::max(most, Measure("sessions, 1 token", [&] { EverySessionFunction(model, 1); }));
  most = std::max(most, Measure("chats", [&] { EveryChatFunction(model); }));
  most = std::max(most, Measure("the small functions", [&] { EverySmallFunction(model, tokenizer); }));
  most = std::max(most, Measure("reckon_plan_memory", [] {
                    reckon_memory_plan plan;
                    plan.struct_size = sizeof plan;
                    EXPECT_C_OK(reckon_plan_memory(RECKON_TINY_R1, RECKON_NUL_TERMINATED, nullptr, 10, &plan, &error));
                  }));
  most = std::max(
      most, Measure("reckon_tokenizer_encode, 1 MB", [&] {
        std::string text;
        while (text.size() < 1000000) text += FirstGolden().text;
        size_t size = 0;
        EXPECT_C_OK(reckon_tokenizer_encode(tokenizer.get(), text.data(), text.size(), 0, nullptr, 0, &size, &error));
      }));
  most = std::max(
      most, Measure("reckon_tokenizer_apply_chat_template", [&] {
        size_t size = 0;
        EXPECT_C_OK(reckon_tokenizer_apply_chat_template(tokenizer.get(), FirstGolden().messages_json.c_str(),
                                                         RECKON_NUL_TERMINATED, nullptr, nullptr, 0, &size, &error));
      }));
  most = std::max(most, Measure("a conversation nested too deep", [&] {
                    const std::string deep = "[{\"role\":" + std::string(100000, '[');
                    size_t size = 0;
                    EXPECT_NE(reckon_tokenizer_apply_chat_template(tokenizer.get(), deep.data(), deep.size(), nullptr,
                                                                   nullptr, 0, &size, nullptr),
                              RECKON_OK);
                  }));
  std::printf("%-42s %6zu of %d\n", "most", most, RECKON_MIN_STACK_BYTES);
  EXPECT_LT(most, RECKON_MIN_STACK_BYTES / 2);  // compilers differ
}

}  // namespace
}  // namespace reckon_test
