// One answer to one prompt: what both `chat` and `run` are made of.
#ifndef RECKON_EXAMPLES_CLI_TURN_H_
#define RECKON_EXAMPLES_CLI_TURN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cli/reasoning_splitter.h"
#include "nlohmann/json.hpp"
#include "reckon/generate.h"
#include "reckon/sampler.h"
#include "reckon/session.h"

namespace reckon_cli {

struct Turn {
  std::string text;       // as generated, marks included
  std::string reasoning;  // inside <think>...</think>
  std::string answer;     // the rest
  std::vector<reckon::TokenId> tokens;
  reckon::FinishReason finish_reason = reckon::FinishReason::kMaxTokens;
  std::string stop_string;
  bool interrupted = false;       // by Ctrl-C
  bool inside_reasoning = false;  // it ended before </think>
  int64_t prompt_tokens = 0;
  int64_t reused_tokens = 0;  // of the prompt, that the session knew already
  double prefill_seconds = 0;
  double first_token_seconds = 0;  // from the beginning of the turn
  double decode_seconds = 0;

  double PrefillRate() const;  // tokens per second, 0 if nothing was computed
  double DecodeRate() const;
};

// Where reasoning is to be expected.
enum class ReasoningMode {
  kNone,    // nowhere: all text is the answer, untouched
  kDetect,  // if the text begins with <think>
  kInside,  // the prompt has opened <think> already
};

// A piece of the answer as it comes, with the number of tokens generated so far.
using TurnSink = absl::FunctionRef<void(Channel channel, absl::string_view text, int64_t tokens)>;

// Makes the session hold exactly `prompt`, computing only what it does not hold yet, and generates. The sampler's
// history is kept equal to the session's tokens: it must be so before the call. Ctrl-C while the prompt is read ends
// the call with CANCELLED; later it ends the answer, which keeps what was made.
absl::StatusOr<Turn> RunTurn(reckon::Session& session, reckon::Sampler& sampler,
                             absl::Span<const reckon::TokenId> prompt, ReasoningMode reasoning,
                             reckon::GenerateOptions options, TurnSink sink);

// "42 tokens, 61.3 tokens/s; prompt: 15 tokens (7 known), 210.4 tokens/s", for people.
std::string Summary(const Turn& turn);
// For machines.
nlohmann::ordered_json ToJson(const Turn& turn);

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_TURN_H_
