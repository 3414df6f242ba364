// reckon-c-abi-bench: what the C ABI costs, and how soon a cancel is obeyed.
//
//   decode   the same model, prompt and sampler, once with the C++ API's Generate and once with reckon_session_generate
//            and its callback, in turns: medians of tokens a second.
//   cancel   a long prompt is being read while another thread triggers its cancel object: seconds from there until the
//            call returns. The session's tokens and logits are compared with those from before.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "capi/objects.h"
#include "capi/reckon_c.h"
#include "nlohmann/json.hpp"
#include "reckon/generate.h"
#include "reckon/sampler.h"
#include "reckon/session.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string model;
  std::string weights = "q4";
  int threads = 0;
  int64_t depth = 32;   // tokens in the session before what is measured
  int64_t tokens = 48;  // generated in each turn
  int rounds = 9;
  int64_t prompt = 4000;  // tokens of the prompt that is cancelled
  int cancels = 9;
};

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

// Ends the program if a call failed.
void Check(reckon_status status, const reckon_error* error) {
  if (status == RECKON_OK) return;
  std::fprintf(stderr, "%s\n", reckon_error_message(error));
  std::exit(1);
}
#define CHECK_CALL(call)                        \
  do {                                          \
    reckon_error* error = nullptr;              \
    const reckon_status call_returned = (call); \
    Check(call_returned, error);                \
  } while (false)

void CheckStatus(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

template <typename T, void (*kFree)(T*)>
struct FreeWith {
  void operator()(T* object) const { kFree(object); }
};
template <typename T, void (*kFree)(T*)>
using Handle = std::unique_ptr<T, FreeWith<T, kFree>>;
using ModelHandle = Handle<reckon_model, reckon_model_release>;
using SessionHandle = Handle<reckon_session, reckon_session_free>;
using SamplerHandle = Handle<reckon_sampler, reckon_sampler_free>;
using OptionsHandle = Handle<reckon_options, reckon_options_free>;
using CancelHandle = Handle<reckon_cancel, reckon_cancel_release>;

OptionsHandle NewOptions(const Options& options) {
  reckon_options* made = nullptr;
  CHECK_CALL(reckon_options_new(&made, &error));
  CHECK_CALL(
      reckon_options_set_str(made, RECKON_OPTION_WEIGHTS, options.weights.data(), options.weights.size(), &error));
  CHECK_CALL(reckon_options_set_i64(made, RECKON_OPTION_THREADS, options.threads, &error));
  CHECK_CALL(reckon_options_set_f64(made, RECKON_OPTION_TEMPERATURE, 0, &error));
  CHECK_CALL(reckon_options_set_i64(made, RECKON_OPTION_IGNORE_EOS, 1, &error));
  CHECK_CALL(reckon_options_set_i64(made, RECKON_OPTION_MAX_TOKENS, options.tokens, &error));
  return OptionsHandle(made);
}

std::vector<reckon_token> RandomTokens(int64_t count, const ModelHandle& model) {
  std::mt19937 random(20231);
  const auto vocab_size = static_cast<uint64_t>(model->model.info().vocab_size);
  std::vector<reckon_token> tokens(static_cast<size_t>(count));
  for (reckon_token& token : tokens) token = static_cast<reckon_token>(random() % vocab_size);
  return tokens;
}

SessionHandle NewSession(const ModelHandle& model, const std::vector<reckon_token>& tokens) {
  reckon_session* session = nullptr;
  CHECK_CALL(reckon_session_new(model.get(), nullptr, &session, &error));
  CHECK_CALL(reckon_session_append(session, tokens.data(), tokens.size(), nullptr, &error));
  return SessionHandle(session);
}

std::vector<float> LogitsOf(const SessionHandle& session) {
  const float* logits = nullptr;
  size_t count = 0;
  CHECK_CALL(reckon_session_logits(session.get(), nullptr, &logits, &count, &error));
  return std::vector<float>(logits, logits + count);
}

std::vector<reckon_token> TokensOf(const SessionHandle& session) {
  size_t size = 0;
  CHECK_CALL(reckon_session_tokens(session.get(), nullptr, 0, &size, &error));
  std::vector<reckon_token> tokens(size);
  CHECK_CALL(reckon_session_tokens(session.get(), tokens.data(), size, &size, &error));
  return tokens;
}

// Tokens a second with the C++ API. `text` gets what was generated, to see that both do the same.
double CxxRate(const ModelHandle& model, const std::vector<reckon_token>& prompt, const Options& options,
               std::string* text) {
  absl::StatusOr<reckon::Session> session = reckon::Session::Create(model->model);
  CheckStatus(session.status());
  CheckStatus(session->Append(prompt));
  absl::StatusOr<reckon::Sampler> sampler = reckon::Sampler::Create({.temperature = 0});
  CheckStatus(sampler.status());
  CheckStatus(session->Logits().status());
  reckon::GenerateOptions generate;
  generate.max_tokens = options.tokens;
  generate.ignore_eos = true;
  text->clear();
  const Clock::time_point start = Clock::now();
  CheckStatus(reckon::Generate(*session, *sampler, generate, [text](absl::string_view piece) {
                text->append(piece.data(), piece.size());
                return reckon::StreamAction::kContinue;
              }).status());
  return static_cast<double>(options.tokens) / SecondsSince(start);
}

double CRate(const ModelHandle& model, const std::vector<reckon_token>& prompt, const Options& options,
             std::string* text) {
  const OptionsHandle c_options = NewOptions(options);
  const SessionHandle session = NewSession(model, prompt);
  reckon_sampler* made = nullptr;
  CHECK_CALL(reckon_sampler_new(nullptr, c_options.get(), &made, &error));
  const SamplerHandle sampler(made);
  LogitsOf(session);
  text->clear();
  const auto append = [](void* user, const char* piece, size_t size) -> reckon_action {
    static_cast<std::string*>(user)->append(piece, size);
    return RECKON_CONTINUE;
  };
  const Clock::time_point start = Clock::now();
  CHECK_CALL(reckon_session_generate(session.get(), made, c_options.get(), nullptr, append, text, nullptr, &error));
  return static_cast<double>(options.tokens) / SecondsSince(start);
}

nlohmann::json MeasureDecode(const ModelHandle& model, const Options& options) {
  const std::vector<reckon_token> prompt = RandomTokens(options.depth, model);
  std::vector<double> cxx, c;
  std::string cxx_text, c_text;
  CxxRate(model, prompt, options, &cxx_text);  // warms up
  for (int round = 0; round < options.rounds; ++round) {
    // Each goes first in every other round.
    if (round % 2 == 0) cxx.push_back(CxxRate(model, prompt, options, &cxx_text));
    c.push_back(CRate(model, prompt, options, &c_text));
    if (round % 2 == 1) cxx.push_back(CxxRate(model, prompt, options, &cxx_text));
    if (c_text != cxx_text) CheckStatus(absl::InternalError("the two interfaces gave different text"));
  }
  return {{"test", "decode"},
          {"generated_tokens", options.tokens},
          {"depth", options.depth},
          {"rounds", options.rounds},
          {"cxx_tps", Median(cxx)},
          {"c_abi_tps", Median(c)},
          {"c_abi_to_cxx", Median(c) / Median(cxx)}};
}

nlohmann::json MeasureCancel(const ModelHandle& model, const Options& options) {
  const std::vector<reckon_token> before = RandomTokens(options.depth, model);
  const std::vector<reckon_token> prompt = RandomTokens(options.prompt, model);
  const SessionHandle session = NewSession(model, before);
  const std::vector<float> logits = LogitsOf(session);
  reckon_cancel* made = nullptr;
  CHECK_CALL(reckon_cancel_new(&made, &error));
  const CancelHandle cancel(made);
  const reckon_watch watch = {sizeof watch, 0, made, nullptr, nullptr};
  std::vector<double> milliseconds;
  for (int i = 0; i < options.cancels; ++i) {
    reckon_cancel_reset(made);
    Clock::time_point triggered;
    // Further and further into the prompt.
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(150 + 617 * i));
      triggered = Clock::now();
      reckon_cancel_trigger(made);
    });
    const reckon_status status = reckon_session_append(session.get(), prompt.data(), prompt.size(), &watch, nullptr);
    const Clock::time_point returned = Clock::now();
    other.join();
    if (status == RECKON_OK) {  // this machine was faster than the trigger
      CHECK_CALL(reckon_session_truncate(session.get(), options.depth, &error));
      break;
    }
    if (status != RECKON_CANCELLED) Check(status, nullptr);
    milliseconds.push_back(std::chrono::duration<double, std::milli>(returned - triggered).count());
    if (TokensOf(session) != before || LogitsOf(session) != logits) {
      CheckStatus(absl::InternalError("the session is not as it was before the cancelled call"));
    }
  }
  return {{"test", "cancel"},
          {"prompt_tokens", options.prompt},
          {"depth", options.depth},
          {"cancels", milliseconds.size()},
          {"median_ms", Median(milliseconds)},
          {"max_ms", milliseconds.empty() ? 0 : *std::max_element(milliseconds.begin(), milliseconds.end())}};
}

int Run(const Options& options) {
  reckon_model* made = nullptr;
  const OptionsHandle c_options = NewOptions(options);
  CHECK_CALL(reckon_model_open(options.model.data(), options.model.size(), c_options.get(), nullptr, &made, &error));
  const ModelHandle model(made);
  for (const auto& measure : {MeasureDecode, MeasureCancel}) {
    nlohmann::json row = measure(model, options);
    row["weights"] = options.weights;
    row["isa"] = model->model.info().isa;
    row["threads"] = options.threads;
    std::printf("%s\n", row.dump().c_str());
    std::fflush(stdout);
  }
  return 0;
}

int ParseAndRun(int argc, char** argv) {
  CLI::App app("Measures what the C ABI costs and how soon a cancel is obeyed.", "reckon-c-abi-bench");
  Options options;
  app.add_option("-m,--model", options.model, "Checkpoint folder or .gguf file")->required();
  app.add_option("-w,--weights", options.weights, "f32, bf16, q8, q4")->capture_default_str();
  app.add_option("-t,--threads", options.threads, "0: all CPUs this process may use")->capture_default_str();
  app.add_option("-n,--generate", options.tokens, "Tokens of each turn")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("-r,--rounds", options.rounds, "Turns of each interface")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("-d,--depth", options.depth, "Tokens in the context before")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("-p,--prompt", options.prompt, "Tokens of the prompt that is cancelled")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("-c,--cancels", options.cancels, "How often it is cancelled")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return Run(options);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return ParseAndRun(argc, argv);
  } catch (const std::exception& error) {  // the library throws nothing; CLI11 and the standard library may
    std::fprintf(stderr, "reckon-c-abi-bench: %s\n", error.what());
    return 1;
  }
}
