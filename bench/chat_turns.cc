// reckon-chat-turns: what each turn of a long dialogue costs.
//
// Ten questions of the same length. Between the turns the chat is prepared, as a program does while its user reads. A
// turn should then read its own text alone, and its first token should come as soon in the tenth turn as in the second.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "reckon/reckon.h"

namespace {

struct Flags {
  std::string model;
  std::string weights = "auto";
  int threads = 0;
  int turns = 10;
  int think = 48;
  int answer = 32;
  bool reuse = true;
  bool prepare = true;
};

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "reckon-chat-turns: %s\n", status.ToString().c_str());
  return 1;
}

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// As many words each time, and another one in front, so that no question begins like the one before.
std::string Question(int turn) {
  const char* const names[] = {"red", "blue", "green", "black", "white", "brown", "grey", "pink", "gold", "dark"};
  return absl::StrCat(names[turn % 10],
                      " boxes stand in a row in the hall, and each of them holds seven small apples, two pears and a "
                      "bag of nuts. How many pieces of fruit are in the hall, if there are six boxes of this colour?");
}

int Measure(const Flags& flags) {
  const auto format = reckon::ParseWeightFormat(flags.weights);
  if (!format.ok()) return Fail(format.status());
  const auto model =
      reckon::Model::Open(reckon::ModelSource::Path(flags.model), {.weights = *format, .threads = flags.threads});
  if (!model.ok()) return Fail(model.status());
  reckon::ChatOptions options;
  options.sampler = reckon::SamplerOptions{.temperature = 0};
  options.session.max_context = std::min<int64_t>(8192, model->info().max_position_embeddings);
  options.thinking.max_tokens = flags.think;
  options.thinking.loop_guard = false;
  options.generate.max_tokens = flags.think + flags.answer + 40;
  options.reuse_cache = flags.reuse;
  auto chat = reckon::Chat::Create(*model, options);
  if (!chat.ok()) return Fail(chat.status());

  std::printf("%s, %s weights, %d threads, reuse %s, prepare %s\n", model->info().name.c_str(),
              std::string(reckon::WeightFormatName(model->info().weights)).c_str(), model->threads(),
              flags.reuse ? "on" : "off", flags.prepare ? "on" : "off");
  std::printf("%4s %9s %7s %6s %7s %8s %8s %11s\n", "turn", "question", "prompt", "read", "made", "ttft_s", "turn_s",
              "prepare_s");
  for (int turn = 0; turn < flags.turns; ++turn) {
    const std::string question = Question(turn);
    const auto tokens = model->tokenizer().Encode(question);
    if (!tokens.ok()) return Fail(tokens.status());
    const auto start = std::chrono::steady_clock::now();
    const auto result = chat->Send(question, [](const reckon::ChatEvent&) { return reckon::StreamAction::kContinue; });
    if (!result.ok()) return Fail(result.status());
    const double seconds = SecondsSince(start);
    const auto idle = std::chrono::steady_clock::now();
    if (flags.prepare) {
      if (absl::Status status = chat->Prepare(); !status.ok()) return Fail(status);
    }
    const reckon::ChatUsage& usage = result->usage;
    std::printf("%4d %9zu %7lld %6lld %7lld %8.3f %8.2f %11.2f\n", turn + 1, tokens->size(),
                static_cast<long long>(usage.prompt_tokens),
                static_cast<long long>(usage.prompt_tokens - usage.reused_tokens),
                static_cast<long long>(usage.generated_tokens), usage.first_token_seconds, seconds, SecondsSince(idle));
    std::fflush(stdout);
  }
  return 0;
}

int ParseAndMeasure(int argc, char** argv) {
  CLI::App app("Times the turns of a dialogue: tokens read and time to the first token of each");
  Flags flags;
  app.add_option("-m,--model", flags.model, "Checkpoint folder or .gguf file")->required();
  app.add_option("-w,--weights", flags.weights, "Weights in memory: auto, f32, bf16, q8, q4")->capture_default_str();
  app.add_option("-t,--threads", flags.threads, "Computing threads; 0: all")->capture_default_str();
  app.add_option("--turns", flags.turns, "How many")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--think", flags.think, "Most tokens of thinking in a turn")->capture_default_str();
  app.add_option("--answer", flags.answer, "Most tokens of an answer")->capture_default_str();
  app.add_flag("!--no-reuse", flags.reuse, "Read every prompt from its first token on");
  app.add_flag("!--no-prepare", flags.prepare, "Do not prepare the next turn");
  CLI11_PARSE(app, argc, argv);
  return Measure(flags);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return ParseAndMeasure(argc, argv);
  } catch (const std::exception& error) {  // the library throws nothing; CLI11 and the standard library may
    std::fprintf(stderr, "reckon-chat-turns: %s\n", error.what());
    return 1;
  }
}
