#include "server/prompt.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "chat/history.h"
#include "chat/opening.h"
#include "reckon/chat.h"
#include "reckon/tokenizer.h"

namespace reckon_server {
namespace {

// What the user said last: the language of an answer that is cut short is that of the question.
std::string LastWords(const std::vector<reckon::Message>& messages) {
  for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
    if (message->role == "user") return message->content.value_or("");
  }
  return "";
}

std::optional<ApiError> MakeChatPrompt(const reckon::Model& model, const GenerationRequest& request, Prompt& prompt) {
  if (!request.tools_json.empty() && !absl::StrContains(model.tokenizer().chat_template(), "<tool_call>")) {
    return ApiError{.status = 400, .message = "this model's chat template knows no tools", .param = "tools"};
  }
  const reckon::ChatHistory history(model.tokenizer());
  const bool thinking = request.max_reasoning_tokens.value_or(-1) != 0;
  absl::StatusOr<reckon::RenderedPrompt> rendered = history.Render(
      request.messages,
      {.thinking = thinking, .tools_json = request.tools_json, .variables_json = request.variables_json});
  if (!rendered.ok()) return FromStatus(rendered.status());
  absl::StatusOr<reckon::Opening> opening = reckon::OpenAnswer(model, history, *std::move(rendered), thinking);
  if (!opening.ok()) return FromStatus(opening.status());
  reckon::ChatOptions options;
  options.tools_json = request.tools_json;
  absl::StatusOr<reckon::AnswerSetting> setting =
      reckon::MakeSetting(model, history, *opening, options, LastWords(request.messages));
  if (!setting.ok()) return FromStatus(setting.status());
  prompt.tokens = std::move(opening->prompt.tokens);
  prompt.inside_reasoning = setting->inside_reasoning;
  prompt.may_reason = setting->may_reason;
  prompt.tool_calls = setting->tool_calls;
  prompt.closing = std::move(setting->closing);
  return std::nullopt;
}

}  // namespace

std::optional<ApiError> MakePrompt(const reckon::Model& model, const GenerationRequest& request, Prompt& prompt) {
  for (const auto& [token, ignored] : request.sampler.logit_bias) {
    if (token >= model.info().vocab_size) {
      return ApiError{.status = 400, .message = "logit_bias names a token that does not exist", .param = "logit_bias"};
    }
  }
  if (request.chat) return MakeChatPrompt(model, request, prompt);
  absl::StatusOr<std::vector<reckon::TokenId>> tokens =
      model.tokenizer().Encode(request.prompt, {.add_special = true, .parse_special = false});
  if (!tokens.ok()) return FromStatus(tokens.status());
  if (tokens->empty()) return ApiError{.status = 400, .message = "the prompt has no tokens", .param = "prompt"};
  prompt.tokens = *std::move(tokens);
  return std::nullopt;
}

}  // namespace reckon_server
