#include "server/prompt.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
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

// How a call begins in the form of the Hermes and Qwen templates, up to where a token ends.
std::string CallOpening(const std::string& name) {
  if (name.empty()) return "<tool_call>\n{\"name\": \"";
  return absl::StrCat("<tool_call>\n{\"name\": ", Json(name).dump(), ", \"arguments\":");
}

std::optional<ApiError> MakeChatPrompt(const reckon::Model& model, const GenerationRequest& request, Prompt& prompt) {
  if (!request.tools_json.empty() && !absl::StrContains(model.tokenizer().chat_template(), "<tool_call>")) {
    return ApiError{.status = 400, .message = "this model's chat template knows no tools", .param = "tools"};
  }
  const reckon::ChatHistory history(model.tokenizer());
  // A call that the answer has to begin with leaves no place for reasoning in front of it.
  const bool thinking = request.max_reasoning_tokens.value_or(-1) != 0 && !request.must_call;
  const reckon::RenderOptions rendering = {
      .thinking = thinking, .tools_json = request.tools_json, .variables_json = request.variables_json};
  absl::StatusOr<reckon::RenderedPrompt> rendered = history.Render(request.messages, rendering);
  if (!rendered.ok()) {
    // Clients send null beside calls of tools. Some templates ask for that, others (Qwen3's) fail where there is no
    // text.
    std::vector<reckon::Message> messages = request.messages;
    for (reckon::Message& message : messages) message.content = message.content.value_or("");
    absl::StatusOr<reckon::RenderedPrompt> again = history.Render(messages, rendering);
    if (again.ok()) rendered = std::move(again);
  }
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
  if (!request.must_call) return std::nullopt;
  prompt.opening = CallOpening(request.must_call_name);
  absl::StatusOr<std::vector<reckon::TokenId>> tokens = history.Encode(prompt.opening);
  if (!tokens.ok()) return FromStatus(tokens.status());
  prompt.tokens.insert(prompt.tokens.end(), tokens->begin(), tokens->end());
  return std::nullopt;
}

}  // namespace

std::optional<ApiError> Tokenize(const reckon::Model& model, const TextInput& input, absl::string_view param,
                                 std::vector<reckon::TokenId>& tokens) {
  if (!input.tokens.empty()) {
    for (const reckon::TokenId token : input.tokens) {
      if (token < model.info().vocab_size) continue;
      return ApiError{.status = 400,
                      .message = absl::StrCat("token ", token, " does not exist; there are ", model.info().vocab_size),
                      .param = std::string(param)};
    }
    tokens = input.tokens;
    return std::nullopt;
  }
  absl::StatusOr<std::vector<reckon::TokenId>> encoded =
      model.tokenizer().Encode(input.text, {.add_special = true, .parse_special = false});
  if (!encoded.ok()) return FromStatus(encoded.status());
  if (encoded->empty()) {
    return ApiError{.status = 400, .message = "the text has no tokens", .param = std::string(param)};
  }
  tokens = *std::move(encoded);
  return std::nullopt;
}

std::optional<ApiError> CheckLength(size_t tokens, int64_t most, absl::string_view param) {
  if (static_cast<int64_t>(tokens) <= most) return std::nullopt;
  return ApiError{.status = 400,
                  .message = absl::StrCat("the text has ", tokens, " tokens; at most ", most, " fit into the context"),
                  .param = std::string(param),
                  .code = "context_length_exceeded"};
}

std::optional<ApiError> MakePrompts(const reckon::Model& model, const GenerationRequest& request, int64_t context,
                                    std::vector<Prompt>& prompts) {
  for (const auto& [token, ignored] : request.sampler.logit_bias) {
    if (token >= model.info().vocab_size) {
      return ApiError{.status = 400, .message = "logit_bias names a token that does not exist", .param = "logit_bias"};
    }
  }
  prompts.resize(request.chat ? 1 : request.prompts.size());
  for (size_t i = 0; i < prompts.size(); ++i) {
    std::optional<ApiError> error = request.chat ? MakeChatPrompt(model, request, prompts[i])
                                                 : Tokenize(model, request.prompts[i], "prompt", prompts[i].tokens);
    // There has to be room for an answer.
    if (!error) error = CheckLength(prompts[i].tokens.size(), context - 1, request.chat ? "messages" : "prompt");
    if (error) return error;
  }
  return std::nullopt;
}

}  // namespace reckon_server
