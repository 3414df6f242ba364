// From what a request says to the tokens that a model reads.
#ifndef RECKON_EXAMPLES_SERVER_PROMPT_H_
#define RECKON_EXAMPLES_SERVER_PROMPT_H_

#include <optional>
#include <vector>

#include "reckon/model.h"
#include "reckon/types.h"
#include "server/api_error.h"
#include "server/generation_request.h"

namespace reckon_server {

struct Prompt {
  std::vector<reckon::TokenId> tokens;
  bool inside_reasoning = false;         // it has opened <think>
  bool may_reason = true;                // false: it has an empty thought, and the marks are not to come again
  bool tool_calls = false;               // the template knows them, and the request has tools
  std::vector<reckon::TokenId> closing;  // what ends reasoning that is cut short, </think> included
};

// Errors: 400: the template refuses the conversation, or there is no template; tools that the template does not know; a
// prompt without tokens; a token that does not exist.
std::optional<ApiError> MakePrompt(const reckon::Model& model, const GenerationRequest& request, Prompt& prompt);

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_PROMPT_H_
