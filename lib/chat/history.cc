#include "chat/history.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "chat/reasoning_channel.h"

namespace reckon {
namespace {

constexpr absl::string_view kThinkingOff = "\"enable_thinking\": false";

absl::Status NoSuchMessage(size_t index, size_t count) {
  return absl::OutOfRangeError(absl::StrCat("there is no message ", index, ": the conversation has ", count));
}

// The variables with enable_thinking in front of them, so that the caller's own word is the last one.
std::string WithThinkingOff(absl::string_view variables_json) {
  const absl::string_view members = absl::StripAsciiWhitespace(variables_json);
  if (!absl::StartsWith(members, "{")) return absl::StrCat("{", kThinkingOff, "}");
  const absl::string_view rest = absl::StripLeadingAsciiWhitespace(members.substr(1));
  return absl::StrCat("{", kThinkingOff, absl::StartsWith(rest, "}") ? "" : ", ", rest);
}

}  // namespace

ChatHistory::ChatHistory(Tokenizer tokenizer) : tokenizer_(std::move(tokenizer)) {
  const std::string& source = tokenizer_.chat_template();
  traits_.think_marks = absl::StrContains(source, kThinkClose);
  traits_.reasoning_content = absl::StrContains(source, "reasoning_content");
  traits_.thinking_switch = absl::StrContains(source, "enable_thinking");
  traits_.tool_calls = absl::StrContains(source, "<tool_call>");
}

std::vector<Message> ChatHistory::Shown() const {
  std::vector<Message> shown = messages_;
  if (!note_.empty() && note_index_ < shown.size()) {
    Message& message = shown[note_index_];
    message.content = absl::StrCat(note_, message.content.value_or(""));
  }
  return shown;
}

void ChatHistory::SetNote(size_t index, std::string text) {
  note_index_ = index;
  note_ = std::move(text);
}

void ChatHistory::Append(Message message) {
  pinned_.reserve(messages_.size() + 1);  // so that the two stay equally long when memory runs out
  messages_.push_back(std::move(message));
  pinned_.push_back(false);
}

absl::Status ChatHistory::Edit(size_t index, Message message) {
  if (index >= messages_.size()) return NoSuchMessage(index, messages_.size());
  messages_[index] = std::move(message);
  return absl::OkStatus();
}

absl::Status ChatHistory::Truncate(size_t count) {
  if (count > messages_.size()) return NoSuchMessage(count, messages_.size());
  messages_.resize(count);
  pinned_.resize(count);
  return absl::OkStatus();
}

absl::Status ChatHistory::Pin(size_t index, bool pinned) {
  if (index >= messages_.size()) return NoSuchMessage(index, messages_.size());
  pinned_[index] = pinned;
  return absl::OkStatus();
}

void ChatHistory::SetSystem(absl::string_view text) {
  const bool has_system = !messages_.empty() && messages_.front().role == "system";
  if (text.empty()) {
    if (!has_system) return;
    messages_.erase(messages_.begin());
    pinned_.erase(pinned_.begin());
    return;
  }
  Message message{.role = "system", .content = std::string(text)};
  if (has_system) {
    messages_.front().content = std::move(message.content);
    return;
  }
  messages_.reserve(messages_.size() + 1);  // so that the two stay equally long when memory runs out
  pinned_.reserve(messages_.size() + 1);
  messages_.insert(messages_.begin(), std::move(message));
  pinned_.insert(pinned_.begin(), false);
}

Message ChatHistory::AssistantMessage(const ChatTurn& turn, absl::string_view opening) const {
  Message message;
  message.role = "assistant";
  message.tool_calls_json = turn.tool_calls_json;
  if (!turn.tool_calls_json.empty() || !traits_.think_marks) {
    if (traits_.reasoning_content) message.reasoning_content = turn.reasoning;
    message.content = turn.answer;
    return message;
  }
  std::string content = absl::StrCat(opening, turn.text);
  if (turn.inside_reasoning) absl::StrAppend(&content, "\n", kThinkClose, "\n\n");
  message.content = std::move(content);
  return message;
}

std::string ChatHistory::VisibleText(const Message& message) const {
  const absl::string_view text = message.content.has_value() ? absl::string_view(*message.content) : "";
  const size_t close = text.rfind(kThinkClose);
  const bool reasons = message.role == "assistant" && close != absl::string_view::npos;
  return std::string(absl::StripAsciiWhitespace(reasons ? text.substr(close + kThinkClose.size()) : text));
}

absl::StatusOr<std::string> ChatHistory::RenderText(const std::vector<Message>& messages,
                                                    const RenderOptions& options) const {
  ChatTemplateOptions rendering;
  rendering.add_generation_prompt = options.add_generation_prompt;
  rendering.tools_json = options.tools_json;
  rendering.variables_json =
      options.thinking || !traits_.thinking_switch ? options.variables_json : WithThinkingOff(options.variables_json);
  return tokenizer_.ApplyChatTemplate(messages, rendering);
}

absl::StatusOr<RenderedPrompt> ChatHistory::Render(const std::vector<Message>& messages,
                                                   const RenderOptions& options) const {
  RenderedPrompt prompt;
  RECKON_ASSIGN_OR_RETURN(prompt.text, RenderText(messages, options));
  RECKON_ASSIGN_OR_RETURN(prompt.tokens, Encode(prompt.text));
  prompt.opens_reasoning = PromptOpensReasoning(prompt.text);
  if (prompt.tokens.empty()) {
    return absl::InvalidArgumentError("the chat template makes an empty prompt of this conversation");
  }
  return prompt;
}

absl::StatusOr<std::vector<TokenId>> ChatHistory::Encode(absl::string_view text) const {
  return tokenizer_.Encode(text, {.add_special = false, .parse_special = true});
}

}  // namespace reckon
