// The options that decide how tokens are picked, on top of what the model's authors recommend.
#ifndef RECKON_EXAMPLES_CLI_SAMPLING_OPTIONS_H_
#define RECKON_EXAMPLES_CLI_SAMPLING_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "reckon/generate.h"
#include "reckon/model.h"
#include "reckon/sampler.h"

namespace reckon_cli {

struct SamplingFlags {
  bool greedy = false;
  std::optional<uint64_t> seed;
  std::optional<float> temperature, top_p, min_p, typical_p;
  std::optional<float> repetition_penalty, presence_penalty, frequency_penalty;
  std::optional<float> dry_multiplier, dry_base, xtc_probability, xtc_threshold;
  std::optional<int32_t> top_k, penalty_window, dry_allowed_length;
  std::vector<std::string> dry_breakers;
  int64_t max_tokens = -1;
  std::vector<std::string> stop_strings;

  void AddOptions(CLI::App& app);

  // The model's defaults with the flags over them; a random seed unless --seed was given.
  reckon::SamplerOptions MakeSamplerOptions(const reckon::Model& model) const;
  reckon::GenerateOptions MakeGenerateOptions() const;
};

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_SAMPLING_OPTIONS_H_
