#include "measure_model.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <random>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "reckon/sampler.h"
#include "reckon/session.h"

namespace reckon_bench {
namespace {

using Clock = std::chrono::steady_clock;
using reckon::TokenId;

constexpr uint32_t kSeed = 20231;
constexpr int64_t kWarmUpPrompt = 64;
constexpr int64_t kWarmUpTokens = 2;

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::vector<TokenId> RandomTokens(int64_t count, int64_t vocab_size) {
  std::mt19937 random(kSeed);
  std::vector<TokenId> tokens(static_cast<size_t>(count));
  for (TokenId& token : tokens) token = static_cast<TokenId>(random() % static_cast<uint64_t>(vocab_size));
  return tokens;
}

// Multiplications and additions of the linear layers for one token of a prompt. Of those, only the last token passes
// the output layer, and what follows the keys and values of the last layer: both are left out.
double LinearOps(const reckon::ModelInfo& info) {
  const double hidden = static_cast<double>(info.hidden_size);
  const double query = static_cast<double>(info.num_attention_heads * info.head_dim);
  const double key = static_cast<double>(info.num_key_value_heads * info.head_dim);
  const double qkv = hidden * (query + 2 * key);
  const double rest = hidden * query + 3 * hidden * static_cast<double>(info.intermediate_size);
  const double layers = static_cast<double>(info.num_hidden_layers);
  return 2 * (layers * qkv + (layers - 1) * rest);
}

// Keys and values that a token at this depth reads: layers with a window leave the older ones alone.
double CacheBytesRead(const reckon::ModelInfo& info, int64_t bytes_per_token, double depth) {
  const double layer = static_cast<double>(bytes_per_token) / static_cast<double>(info.num_hidden_layers);
  const double sliding = static_cast<double>(info.num_sliding_layers);
  const double full = static_cast<double>(info.num_hidden_layers) - sliding;
  return layer * (full * depth + sliding * std::min(depth, static_cast<double>(info.sliding_window)));
}

std::optional<double> Mean(std::optional<double> a, std::optional<double> b) {
  if (a.has_value() && b.has_value()) return (*a + *b) / 2;
  return a.has_value() ? a : b;
}

class Repetition {
 public:
  Repetition(reckon::Session& session, int64_t depth) : session_(session), depth_(depth) {}

  // Seconds of Append, and of Append with the first token.
  absl::Status Prompt(absl::Span<const TokenId> tokens, double* append_seconds, double* first_token_seconds) {
    if (absl::Status status = session_.Truncate(depth_); !status.ok()) return status;
    absl::StatusOr<reckon::Sampler> sampler = reckon::Sampler::Create({.temperature = 0});
    if (!sampler.ok()) return sampler.status();
    const Clock::time_point start = Clock::now();
    if (absl::Status status = session_.Append(tokens); !status.ok()) return status;
    *append_seconds = SecondsSince(start);
    const absl::StatusOr<TokenId> token = session_.Next(*sampler);
    *first_token_seconds = SecondsSince(start);
    return token.status();
  }

  // Seconds of `count` steps through the model. A token is computed by the call after the one that chose it, so the
  // first choice is made before the clock starts.
  absl::Status Generate(TokenId first, int64_t count, double* seconds) {
    if (absl::Status status = session_.Truncate(depth_); !status.ok()) return status;
    absl::StatusOr<reckon::Sampler> sampler = reckon::Sampler::Create({.temperature = 0});
    if (!sampler.ok()) return sampler.status();
    if (absl::Status status = session_.Append({first}); !status.ok()) return status;
    if (absl::StatusOr<TokenId> token = session_.Next(*sampler); !token.ok()) return token.status();
    const Clock::time_point start = Clock::now();
    for (int64_t i = 0; i < count; ++i) {
      if (absl::StatusOr<TokenId> token = session_.Next(*sampler); !token.ok()) return token.status();
    }
    *seconds = SecondsSince(start);
    return absl::OkStatus();
  }

 private:
  reckon::Session& session_;
  int64_t depth_;
};

absl::Status Repeat(reckon::Session& session, const TestCase& test, absl::Span<const TokenId> tokens,
                    const std::function<void(const std::string&)>& progress, TestResult& result) {
  Repetition repetition(session, test.depth);
  double append = 0, first = 0, decode = 0;
  progress("warming up");
  const absl::Span<const TokenId> prompt = tokens.subspan(static_cast<size_t>(test.depth));
  const size_t warm_up = static_cast<size_t>(std::clamp(test.prompt_tokens, int64_t{1}, kWarmUpPrompt));
  if (absl::Status status = repetition.Prompt(prompt.first(warm_up), &append, &first); !status.ok()) return status;
  const int64_t warm_up_tokens = std::min(kWarmUpTokens, test.generated_tokens);
  if (absl::Status status = repetition.Generate(tokens[0], warm_up_tokens, &decode); !status.ok()) return status;
  for (int i = 0; i < test.repetitions; ++i) {
    progress(absl::StrCat("repetition ", i + 1, " of ", test.repetitions));
    if (test.prompt_tokens > 0) {
      const absl::Span<const TokenId> whole = prompt.first(static_cast<size_t>(test.prompt_tokens));
      if (absl::Status status = repetition.Prompt(whole, &append, &first); !status.ok()) return status;
      result.prompt_tps.values.push_back(static_cast<double>(test.prompt_tokens) / append);
      result.ttft_s.values.push_back(first);
    }
    if (test.generated_tokens > 0) {
      if (absl::Status status = repetition.Generate(tokens[0], test.generated_tokens, &decode); !status.ok()) {
        return status;
      }
      result.decode_tps.values.push_back(static_cast<double>(test.generated_tokens) / decode);
    }
  }
  return absl::OkStatus();
}

}  // namespace

double Samples::median() const {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

double Samples::min() const { return *std::min_element(values.begin(), values.end()); }
double Samples::max() const { return *std::max_element(values.begin(), values.end()); }

absl::StatusOr<TestResult> MeasureModel(const reckon::Model& model, const TestCase& test, MachineProbe& probe,
                                        const std::function<void(const std::string&)>& progress) {
  const reckon::ModelInfo& info = model.info();
  TestResult result;
  result.test = test;
  model.SetThreads(test.threads);
  result.test.threads = model.threads();

  progress("measuring the machine");
  const MachineLimits before = probe.Measure(result.test.threads);
  // Two more tokens: the one that generating begins with and the one chosen before the clock starts.
  const int64_t context = test.depth + std::max(test.prompt_tokens + 1, test.generated_tokens + 2);
  result.planned_bytes = model.Plan(context).total_bytes;
  ResetPeak();
  {
    absl::StatusOr<reckon::Session> session = reckon::Session::Create(model, {.max_context = context});
    if (!session.ok()) return session.status();
    const std::vector<TokenId> tokens = RandomTokens(context, info.vocab_size);
    if (test.depth > 0) {
      progress("filling the context");
      const absl::Span<const TokenId> filler = absl::MakeConstSpan(tokens).first(static_cast<size_t>(test.depth));
      if (absl::Status status = session->Append(filler); !status.ok()) return status;
    }
    if (absl::Status status = Repeat(*session, test, tokens, progress, result); !status.ok()) return status;
  }
  result.peak_rss_bytes = PeakResidentBytes();
  progress("measuring the machine");
  const MachineLimits after = probe.Measure(result.test.threads);
  result.limits = {Mean(before.dram_read_gbps, after.dram_read_gbps),
                   Mean(before.int8_peak_gops, after.int8_peak_gops)};

  const double mean_depth = static_cast<double>(test.depth) + static_cast<double>(test.generated_tokens) / 2;
  result.decode_bytes_per_token = static_cast<double>(info.weight_bytes_per_token) +
                                  CacheBytesRead(info, model.Plan(1).kv_bytes_per_token, mean_depth);
  result.prompt_ops_per_token = LinearOps(info);
  return result;
}

}  // namespace reckon_bench
