// From a prompt in a session to streamed text: the loop of Session::Next with everything that belongs around it.
#ifndef RECKON_GENERATE_H_
#define RECKON_GENERATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "reckon/cancel.h"
#include "reckon/sampler.h"
#include "reckon/session.h"
#include "reckon/types.h"

namespace reckon {

struct GenerateOptions {
  // The most tokens to make; -1: until the context is full.
  int64_t max_tokens = -1;
  // End before any of these strings appears in the text, also when it comes in pieces across tokens. The string itself
  // is not part of the text.
  std::vector<std::string> stop_strings{};
  // End at these tokens, beside the model's own eos_ids. The token is not part of the text, but of the sequence.
  std::vector<TokenId> stop_tokens{};
  // Go on past the model's eos_ids (for measurements).
  bool ignore_eos = false;
  // Leave special tokens out of the text.
  bool skip_special = true;
  CancelToken cancel{};
};

enum class FinishReason {
  kStopToken,  // the model ended its answer, or one of stop_tokens came
  kStopString,
  kMaxTokens,
  kContextFull,
  kCallbackStop,  // the callback answered kStop
};
[[nodiscard]] absl::string_view FinishReasonName(FinishReason reason);  // "stop_token", "stop_string", ...

struct GenerateResult {
  std::string text;
  std::vector<TokenId> tokens;  // all that were added to the session, the stop token included
  FinishReason finish_reason = FinishReason::kMaxTokens;
  std::string stop_string;         // which one, for kStopString
  double first_token_seconds = 0;  // from the call to the first token
  double decode_seconds = 0;       // from the first token to the last
};

// Generates from where the session stands. `on_text` gets text as soon as it is certain: whole characters, and nothing
// that may turn out to be the beginning of a stop string. It is called on the calling thread; the pieces joined are
// `text`. The sampler's history is the caller's business before the call; the new tokens are added to it. Errors: those
// of Session::Next; CANCELLED if the token was triggered or on_text answered kCancel. After an error the
//   session is as it was before the call; the sampler has its history rewound, its random state has moved on.
[[nodiscard]] absl::StatusOr<GenerateResult> Generate(Session& session, Sampler& sampler,
                                                      const GenerateOptions& options,
                                                      absl::FunctionRef<StreamAction(absl::string_view)> on_text);

}  // namespace reckon

#endif  // RECKON_GENERATE_H_
