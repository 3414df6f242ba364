// From what a request says to the tokens that a model reads.
#ifndef RECKON_EXAMPLES_SERVER_PROMPT_H_
#define RECKON_EXAMPLES_SERVER_PROMPT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "reckon/model.h"
#include "reckon/types.h"
#include "server/api_error.h"
#include "server/generation_request.h"
#include "server/request_json.h"

namespace reckon_server {

struct Prompt {
  std::vector<reckon::TokenId> tokens;
  bool inside_reasoning = false;         // it has opened <think>
  bool may_reason = true;                // false: it has an empty thought, and the marks are not to come again
  bool tool_calls = false;               // the template knows them, and the request has tools
  std::string opening;                   // the end of the prompt that belongs to the answer: a call's beginning
  std::vector<reckon::TokenId> closing;  // what ends reasoning that is cut short, </think> included
};

// One for a conversation, and for a completion as many as the request has.
// Errors: 400: the template refuses the conversation, or there is no template; tools that the template does not know; a
// prompt without tokens or with `context` or more; a token that does not exist.
std::optional<ApiError> MakePrompts(const reckon::Model& model, const GenerationRequest& request, int64_t context,
                                    std::vector<Prompt>& prompts);

// The tokens of a text, with those that the model expects around it. Errors: 400, about `param`: none, or one that does
// not exist.
std::optional<ApiError> Tokenize(const reckon::Model& model, const TextInput& input, absl::string_view param,
                                 std::vector<reckon::TokenId>& tokens);

// Errors: 400 if `tokens` tokens are more than `most`.
std::optional<ApiError> CheckLength(size_t tokens, int64_t most, absl::string_view param);

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_PROMPT_H_
