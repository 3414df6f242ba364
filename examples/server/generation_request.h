// The bodies of /v1/chat/completions and /v1/completions, from untrusted JSON to checked values.
#ifndef RECKON_EXAMPLES_SERVER_GENERATION_REQUEST_H_
#define RECKON_EXAMPLES_SERVER_GENERATION_REQUEST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "reckon/sampler.h"
#include "reckon/tokenizer.h"
#include "server/api_error.h"
#include "server/request_json.h"

namespace reckon_server {

struct GenerationRequest {
  bool chat = true;
  std::string model;  // empty: not named
  std::vector<reckon::Message> messages;
  std::string tools_json;      // empty: there are none, or none is to be called
  bool must_call = false;      // the answer has to be a call of a tool
  std::string must_call_name;  // of this one; empty: of any
  bool one_call = false;       // the answer ends behind its first call
  std::string variables_json;
  std::vector<TextInput> prompts;  // of a completion
  reckon::SamplerOptions sampler;
  std::vector<std::string> stop;
  int64_t n = 1;
  int64_t max_tokens = -1;
  // The most tokens of reasoning; 0: none, the model answers at once; -1: no limit, but reasoning that goes round in
  // circles or leaves no room for the answer is ended. Absent: whatever the model does.
  std::optional<int64_t> max_reasoning_tokens;
  bool logprobs = false;
  int64_t top_logprobs = 0;
  bool stream = false;
  bool include_usage = false;
};

// `defaults`: how tokens are picked where the request does not say it. Without a seed in the request, `defaults.seed`.
// Errors: 400, with the member that is wrong in `param`: not JSON, not UTF-8, nested or long beyond all need, a wrong
// type or range, or something that is not supported.
std::optional<ApiError> ParseRequest(absl::string_view body, bool chat, const reckon::SamplerOptions& defaults,
                                     GenerationRequest& request);

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_GENERATION_REQUEST_H_
