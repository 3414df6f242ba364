// The options that decide how a conversation is led, for `chat` and `run`.
#ifndef RECKON_EXAMPLES_CLI_CHAT_OPTIONS_H_
#define RECKON_EXAMPLES_CLI_CHAT_OPTIONS_H_

#include <cstdint>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "cli/model_options.h"
#include "cli/sampling_options.h"
#include "reckon/chat.h"
#include "reckon/model.h"

namespace reckon_cli {

struct ChatFlags {
  std::string system;
  int64_t think_budget = -1;
  bool no_think = false;
  bool summarize = false;  // set by commands that have a flag for it

  // --system, --think-budget, --no-think. Returns --system, which some commands exclude from others.
  CLI::Option* AddOptions(CLI::App& app);

  absl::StatusOr<reckon::Chat> CreateChat(const reckon::Model& model, const ModelFlags& model_flags,
                                          const reckon::SamplerOptions& sampler,
                                          reckon::GenerateOptions generate) const;
};

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_CHAT_OPTIONS_H_
