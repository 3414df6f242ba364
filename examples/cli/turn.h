// One answer to one prompt: what both `chat` and `run` show.
#ifndef RECKON_EXAMPLES_CLI_TURN_H_
#define RECKON_EXAMPLES_CLI_TURN_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "cli/answer_printer.h"
#include "nlohmann/json.hpp"
#include "reckon/chat.h"
#include "reckon/generate.h"
#include "reckon/sampler.h"
#include "reckon/session.h"

namespace reckon_cli {

struct Turn : reckon::ChatTurn {
  bool interrupted = false;  // by Ctrl-C

  double PrefillRate() const;  // tokens per second, 0 if nothing was computed
  double DecodeRate() const;
};

// Lets the chat answer: `work` is one of Chat's calls, given the callback. The printer (or null) shows the answer as it
// comes. Ctrl-C while the prompt is read ends the call with CANCELLED; later it ends the answer, which keeps what was
// made; a second Ctrl-C takes it back. The chat's generate options must have Interrupt's token.
absl::StatusOr<Turn> ShowAnswer(absl::FunctionRef<absl::StatusOr<reckon::ChatTurn>(reckon::ChatCallback)> work,
                                AnswerPrinter* printer);

// Continues a prompt in a fresh session, without a template: all text is the answer. Ctrl-C as above.
absl::StatusOr<Turn> ContinueText(reckon::Session& session, reckon::Sampler& sampler,
                                  absl::Span<const reckon::TokenId> prompt, reckon::GenerateOptions options,
                                  AnswerPrinter* printer);

// "42 tokens, 61.3 tokens/s; prompt: 15 tokens (7 known), 210.4 tokens/s", for people.
std::string Summary(const Turn& turn);
// For machines.
nlohmann::ordered_json ToJson(const Turn& turn);

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_TURN_H_
