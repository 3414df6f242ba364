#include "cli/sampling_options.h"

#include <cstddef>
#include <random>

#include "absl/strings/match.h"

namespace reckon_cli {
namespace {

template <typename T>
void Override(const std::optional<T>& flag, T& member) {
  if (flag.has_value()) member = *flag;
}

uint64_t RandomSeed() {
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32) | device();
}

// Every token that contains one of the strings.
std::vector<reckon::TokenId> TokensWith(const reckon::Tokenizer& tokenizer, const std::vector<std::string>& strings) {
  std::vector<reckon::TokenId> ids;
  for (reckon::TokenId id = 0; static_cast<size_t>(id) < tokenizer.vocab_size(); ++id) {
    const std::string bytes = tokenizer.TokenBytes(id);
    for (const std::string& text : strings) {
      if (absl::StrContains(bytes, text)) {
        ids.push_back(id);
        break;
      }
    }
  }
  return ids;
}

}  // namespace

void SamplingFlags::AddOptions(CLI::App& app) {
  const char* group = "Sampling (defaults: what the model recommends)";
  app.add_flag("--greedy", greedy, "Always the most likely token")->group(group);
  app.add_option("--seed", seed, "Random numbers; default: different each time")->group(group);
  app.add_option("--temp,--temperature", temperature, "Divides the logits; 0 is greedy")->group(group);
  app.add_option("--top-k", top_k, "Keep the k most likely tokens; 0: off")->group(group);
  app.add_option("--top-p", top_p, "Nucleus mass; 1: off")->group(group);
  app.add_option("--min-p", min_p, "Least probability relative to the best; 0: off")->group(group);
  app.add_option("--typical-p", typical_p, "Locally typical mass; 1: off")->group(group);
  app.add_option("--repeat-penalty,--repetition-penalty", repetition_penalty, "1: off")->group(group);
  app.add_option("--presence-penalty", presence_penalty, "0: off")->group(group);
  app.add_option("--frequency-penalty", frequency_penalty, "0: off")->group(group);
  app.add_option("--penalty-window", penalty_window, "Latest tokens that penalties and DRY look at; -1: all")
      ->group(group);
  app.add_option("--dry-multiplier", dry_multiplier, "Against repeated passages; 0: off")->group(group);
  app.add_option("--dry-base", dry_base, "Growth of the DRY penalty")->group(group);
  app.add_option("--dry-allowed-length", dry_allowed_length, "Repetitions of this length are free")->group(group);
  app.add_option("--dry-breaker", dry_breakers, "Repetitions do not reach across this string; may be repeated")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--xtc-probability", xtc_probability, "How often to exclude top choices; 0: off")->group(group);
  app.add_option("--xtc-threshold", xtc_threshold, "What counts as a top choice")->group(group);
  app.add_option("-n,--max-tokens", max_tokens, "Most tokens of an answer; -1: until the context is full")
      ->check(CLI::Range(int64_t{-1}, int64_t{1} << 40))
      ->group(group);
  app.add_option("--stop", stop_strings, "End the answer before this string; may be repeated")
      ->allow_extra_args(false)
      ->group(group);
}

reckon::SamplerOptions SamplingFlags::MakeSamplerOptions(const reckon::Model& model) const {
  reckon::SamplerOptions options = model.default_sampler_options();
  Override(temperature, options.temperature);
  Override(top_k, options.top_k);
  Override(top_p, options.top_p);
  Override(min_p, options.min_p);
  Override(typical_p, options.typical_p);
  Override(repetition_penalty, options.repetition_penalty);
  Override(presence_penalty, options.presence_penalty);
  Override(frequency_penalty, options.frequency_penalty);
  Override(penalty_window, options.penalty_window);
  Override(dry_multiplier, options.dry_multiplier);
  Override(dry_base, options.dry_base);
  Override(dry_allowed_length, options.dry_allowed_length);
  Override(xtc_probability, options.xtc_probability);
  Override(xtc_threshold, options.xtc_threshold);
  if (options.dry_multiplier != 0 && !dry_breakers.empty()) {
    options.dry_breakers = TokensWith(model.tokenizer(), dry_breakers);
  }
  if (greedy) options.temperature = 0;
  options.seed = seed.has_value() ? *seed : RandomSeed();
  return options;
}

reckon::GenerateOptions SamplingFlags::MakeGenerateOptions() const {
  reckon::GenerateOptions options;
  options.max_tokens = max_tokens;
  options.stop_strings = stop_strings;
  return options;
}

}  // namespace reckon_cli
