// One answer to a prompt: the loop over a session that runs in turns with others.
#ifndef RECKON_EXAMPLES_SERVER_ANSWER_H_
#define RECKON_EXAMPLES_SERVER_ANSWER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "chat/token_stream.h"
#include "reckon/cancel.h"
#include "reckon/chat.h"
#include "reckon/model.h"
#include "reckon/types.h"
#include "server/generation_request.h"
#include "server/metrics.h"
#include "server/prompt.h"
#include "server/slots.h"

namespace reckon_server {

// ln P of a token under the model's own distribution, before temperature and penalties.
struct TokenLogprob {
  reckon::TokenId token = 0;
  float logprob = 0;
  std::vector<std::pair<reckon::TokenId, float>> top;  // most likely first
};

enum class DeltaKind { kReasoning, kContent, kToolCall };

// A piece of an answer.
struct Delta {
  DeltaKind kind = DeltaKind::kContent;
  std::string text;                    // kToolCall: {"name", "arguments"} in JSON
  std::vector<TokenLogprob> logprobs;  // of kContent
};

enum class FinishKind { kStop, kLength, kToolCalls };

// How an answer ended.
struct Finish {
  FinishKind kind = FinishKind::kStop;
  std::vector<reckon::Intervention> interventions{};  // what was done to its reasoning
};

// Takes a piece; false ends the answer with CANCELLED.
using DeltaSink = std::function<bool(const Delta&)>;

struct AnswerSetup {
  const reckon::Model& model;
  const GenerationRequest& request;
  const Prompt& prompt;
  int64_t max_tokens = -1;
};

// Reads the prompt, beginning with what the stream knows of it; adds to cost.cached_tokens. Errors: Session::Append's.
absl::Status ReadPrompt(reckon::TokenStream& stream, Turns& turns, absl::Span<const reckon::TokenId> prompt,
                        const reckon::CancelToken& cancel, RequestCost& cost);

// Generates the prompt's choice number `index`. Errors: Session::Logits's, Sampler's.
absl::StatusOr<Finish> GenerateAnswer(reckon::TokenStream& stream, Turns& turns, const AnswerSetup& setup,
                                      int64_t index, const reckon::CancelToken& cancel, const DeltaSink& sink,
                                      RequestCost& cost);

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_ANSWER_H_
