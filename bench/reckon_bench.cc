// reckon-bench: how fast a model runs here, and how much of what the machine can do that is.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "machine.h"
#ifdef RECKON_HAVE_MANUAL
#include "manual/reference.h"
#include "manual/write.h"
#endif
#include "measure_model.h"
#include "reckon/model.h"
#include "reckon/version.h"
#include "report.h"

namespace {

constexpr char kFooter[] =
    "Lists (-w q4,q8 -p 128,512) make a test of every combination. Both rates are those of a context that holds -d "
    "tokens\n"
    "already. \"DRAM\" is the part of the memory's read rate that generating used (weights and cache), \"int8\" the "
    "part of the\n"
    "8-bit arithmetic peak that reading the prompt used; both limits are measured just before and after each test.\n"
    "Exit codes: 0 done, 1 failed, 2 wrong command line.";

struct Options {
  std::string model;
  std::vector<std::string> weights = {"auto"};
  std::string kv_cache = "auto";
  std::vector<int64_t> prompt_tokens = {512};
  std::vector<int64_t> generated_tokens = {128};
  std::vector<int64_t> depths = {0};
  std::vector<int> threads = {0};
  int repetitions = 5;
  std::string isa;
  bool json = false;
};

void AddOptions(CLI::App& app, Options& options) {
  const CLI::Validator weights = CLI::IsMember({"auto", "f32", "bf16", "q8", "q4"});
  app.add_option("-m,--model", options.model, "Checkpoint folder or .gguf file; default: RECKON_MODEL")
      ->type_name("PATH");
  app.add_option("-w,--weights", options.weights, "auto, f32, bf16, q8, q4")->delimiter(',')->check(weights);
  app.add_option("--kv-cache", options.kv_cache, "auto, f32, bf16, q8")
      ->check(CLI::IsMember({"auto", "f32", "bf16", "q8"}));
  app.add_option("-p,--prompt", options.prompt_tokens, "Prompt tokens; 0: none")
      ->delimiter(',')
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("-n,--generate", options.generated_tokens, "Tokens to generate; 0: none")
      ->delimiter(',')
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("-d,--depth", options.depths, "Tokens in the context before")
      ->delimiter(',')
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("-t,--threads", options.threads, "Threads; 0: all CPUs this process may use")
      ->delimiter(',')
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  app.add_option("-r,--repetitions", options.repetitions, "Repetitions; medians are reported")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--isa", options.isa, "Instruction set of the kernels, for comparisons")->type_name("NAME");
  app.add_flag("--json", options.json, "One JSON object a test, one a line");
  app.set_version_flag("--version", "reckon-bench " RECKON_VERSION_STRING);
  app.footer(kFooter);
}

// What is going on, on one line of a terminal that is overwritten.
void ShowProgress(const std::string& text) {
  if (isatty(STDERR_FILENO) == 1) std::fprintf(stderr, "\r\033[K%s", text.c_str());
}

std::vector<reckon_bench::TestCase> Combinations(const Options& options) {
  std::vector<reckon_bench::TestCase> tests;
  for (const int threads : options.threads) {
    for (const int64_t depth : options.depths) {
      for (const int64_t prompt : options.prompt_tokens) {
        for (const int64_t generated : options.generated_tokens) {
          tests.push_back({prompt, generated, depth, threads, options.repetitions});
        }
      }
    }
  }
  return tests;
}

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Opening once more with the weights that `model` has packed.
absl::StatusOr<double> TimePackedLoad(const std::string& path, const reckon::Model& model,
                                      reckon::ModelOptions options) {
  options.packed_weights.bytes = model.packed_weights();
  const auto start = std::chrono::steady_clock::now();
  const absl::StatusOr<reckon::Model> again = reckon::Model::Open(reckon::ModelSource::Path(path), options);
  if (!again.ok()) return again.status();
  return SecondsSince(start);
}

absl::Status RunTests(const Options& options, const std::string& weights, reckon_bench::MachineProbe& probe) {
  const absl::StatusOr<reckon::WeightFormat> format = reckon::ParseWeightFormat(weights);
  if (!format.ok()) return format.status();
  const absl::StatusOr<reckon::KvCacheFormat> kv_cache = reckon::ParseKvCacheFormat(options.kv_cache);
  if (!kv_cache.ok()) return kv_cache.status();
  reckon::ModelOptions model_options;
  model_options.weights = *format;
  model_options.kv_cache = *kv_cache;
  model_options.threads = options.threads.front();
  model_options.isa = options.isa;
  ShowProgress(absl::StrCat("-w ", weights, ": loading"));
  reckon_bench::ResetPeak();
  const auto start = std::chrono::steady_clock::now();
  const absl::StatusOr<reckon::Model> model =
      reckon::Model::Open(reckon::ModelSource::Path(options.model), model_options);
  if (!model.ok()) return model.status();
  reckon_bench::LoadedModel loaded;
  loaded.load_seconds = SecondsSince(start);
  loaded.peak_rss_bytes = reckon_bench::PeakResidentBytes();
  loaded.info = model->info();
  const absl::StatusOr<double> packed_load_seconds = TimePackedLoad(options.model, *model, model_options);
  if (!packed_load_seconds.ok()) return packed_load_seconds.status();
  loaded.packed_load_seconds = *packed_load_seconds;
  for (const reckon_bench::TestCase& test : Combinations(options)) {
    const std::string label = absl::StrCat("-w ", weights, " -p ", test.prompt_tokens, " -n ", test.generated_tokens,
                                           " -d ", test.depth, " -t ", test.threads, ": ");
    const absl::StatusOr<reckon_bench::TestResult> result = reckon_bench::MeasureModel(
        *model, test, probe, [&](const std::string& text) { ShowProgress(absl::StrCat(label, text)); });
    if (!result.ok()) return result.status();
    ShowProgress("");
    const std::string line =
        options.json ? reckon_bench::ToJson(loaded, *result).dump() + "\n" : reckon_bench::TableRow(loaded, *result);
    std::fputs(line.c_str(), stdout);
    std::fflush(stdout);
  }
  return absl::OkStatus();
}

int ParseAndRun(int argc, char** argv) {
  CLI::App app("Times reading a prompt and generating tokens.", "reckon-bench");
  Options options;
  AddOptions(app, options);
  std::string manual_folder;
#ifdef RECKON_HAVE_MANUAL
  app.add_option("--write-manual", manual_folder, "Write man page and completions below this folder")->group("");
#endif
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
#ifdef RECKON_HAVE_MANUAL
  if (!manual_folder.empty()) {
    const std::string error =
        reckon_manual::WriteManual(reckon_manual::ReadProgram(app), RECKON_VERSION_STRING, manual_folder);
    if (!error.empty()) std::fprintf(stderr, "reckon-bench: %s\n", error.c_str());
    return error.empty() ? 0 : 1;
  }
#endif
  const char* named = std::getenv("RECKON_MODEL");
  if (options.model.empty() && named != nullptr) options.model = named;
  if (options.model.empty()) {
    std::fputs("reckon-bench: name a model with -m or in the environment variable RECKON_MODEL\n", stderr);
    return 2;
  }
  reckon_bench::MachineProbe probe;
  if (!options.json) std::fputs(reckon_bench::TableHeader().c_str(), stdout);
  for (const std::string& weights : options.weights) {
    if (const absl::Status status = RunTests(options, weights, probe); !status.ok()) {
      ShowProgress("");
      std::fprintf(stderr, "reckon-bench: %s\n", std::string{status.message()}.c_str());
      return 1;
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return ParseAndRun(argc, argv);
  } catch (const std::exception& error) {  // the library throws nothing; CLI11, JSON and the standard library may
    std::fprintf(stderr, "reckon-bench: %s\n", error.what());
    return 1;
  }
}
