// What the scenarios have in common: they open a model, ask their questions one after another, and show the transcript.
#ifndef RECKON_EXAMPLES_SCENARIOS_SCENARIO_H_
#define RECKON_EXAMPLES_SCENARIOS_SCENARIO_H_

#include <cstdio>
#include <string>
#include <vector>

#include "reckon/reckon.h"

namespace scenario {

inline int Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

inline void Show(absl::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

// Asks all questions in one conversation, greedily. PROGRAM MODEL
inline int Converse(int argc, char** argv, const std::vector<std::string>& questions) {
  if (argc != 2) return Fail(absl::InvalidArgumentError("usage: PROGRAM MODEL"));
  const auto model = reckon::Model::Open(reckon::ModelSource::Path(argv[1]), {.weights = reckon::WeightFormat::kF32});
  if (!model.ok()) return Fail(model.status());
  reckon::ChatOptions options;
  options.sampler = reckon::SamplerOptions{.temperature = 0};
  options.thinking.max_tokens = 600;
  options.generate.max_tokens = 1000;
  auto chat = reckon::Chat::Create(*model, options);
  if (!chat.ok()) return Fail(chat.status());

  for (const std::string& question : questions) {
    Show("> " + question + "\n");
    bool thinking = false;
    const auto turn = chat->Send(question, [&](const reckon::ChatEvent& event) {
      const bool reasoning = event.kind == reckon::ChatEventKind::kReasoning;
      if (reasoning && !thinking) Show("<think>\n");
      if (event.kind == reckon::ChatEventKind::kAnswer && thinking) Show("\n</think>\n\n");
      if (!event.text.empty()) thinking = reasoning;
      Show(event.text);
      return reckon::StreamAction::kContinue;
    });
    if (!turn.ok()) return Fail(turn.status());
    Show("\n\n");
    // While the user reads: what the next question will follow on.
    if (absl::Status status = chat->Prepare(); !status.ok()) return Fail(status);
  }
  return 0;
}

}  // namespace scenario

#endif  // RECKON_EXAMPLES_SCENARIOS_SCENARIO_H_
