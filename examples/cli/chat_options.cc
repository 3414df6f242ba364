#include "cli/chat_options.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/interrupt.h"

namespace reckon_cli {

CLI::Option* ChatFlags::AddOptions(CLI::App& app) {
  CLI::Option* option = app.add_option("-s,--system", system, "System prompt");
  CLI::Option* budget =
      app.add_option("--think-budget", think_budget,
                     "Most tokens of thinking; from four fifths of it on the end is made more likely; -1: no limit")
          ->check(CLI::Range(int64_t{-1}, int64_t{1} << 40));
  app.add_flag("--no-think", no_think, "Answer at once, without thinking")->excludes(budget);
  return option;
}

absl::StatusOr<reckon::Chat> ChatFlags::CreateChat(const reckon::Model& model, const ModelFlags& model_flags,
                                                   const reckon::SamplerOptions& sampler,
                                                   reckon::GenerateOptions generate) const {
  reckon::ChatOptions options;
  options.system = system;
  options.session = model_flags.MakeSessionOptions(model);
  options.sampler = sampler;
  options.generate = std::move(generate);
  options.generate.cancel = Interrupt::token();
  options.context.summarize = summarize;
  options.thinking.enabled = !no_think;
  options.thinking.max_tokens = think_budget;
  if (think_budget >= 0) options.thinking.soft_max_tokens = think_budget / 5 * 4;
  absl::StatusOr<reckon::Chat> chat = reckon::Chat::Create(model, options);
  if (absl::IsFailedPrecondition(chat.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat(chat.status().message(), "; `reckon run --raw` continues a text without a template"));
  }
  return chat;
}

}  // namespace reckon_cli
