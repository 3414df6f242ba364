#include "cli/conversation.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/reasoning_splitter.h"

namespace reckon_cli {
namespace {

// Older turns are dropped rather than leaving an answer less room than this.
constexpr int64_t kRoomForAnswer = 512;

}  // namespace

absl::StatusOr<Turn> Conversation::Ask(std::string question, TurnSink sink) {
  history_.push_back({.role = "user", .content = std::move(question)});
  absl::StatusOr<Turn> turn = Answer(sink);
  if (!turn.ok()) history_.pop_back();
  return turn;
}

absl::StatusOr<Turn> Conversation::Regenerate(TurnSink sink) {
  if (history_.size() < 2) return absl::FailedPreconditionError("there is no answer to give again");
  const reckon::Message before = history_.back();
  history_.pop_back();
  absl::StatusOr<Turn> turn = Answer(sink);
  if (!turn.ok()) history_.push_back(before);
  return turn;
}

absl::StatusOr<Turn> Conversation::Answer(TurnSink sink) {
  absl::StatusOr<Prompt> prompt = FittingPrompt();
  if (!prompt.ok()) return prompt.status();
  const ReasoningMode mode = prompt->opens_reasoning ? ReasoningMode::kInside : ReasoningMode::kDetect;
  absl::StatusOr<Turn> turn = RunTurn(session_, sampler_, prompt->tokens, mode, options_, sink);
  if (turn.ok()) history_.push_back(AssistantMessage(*turn, prompt->opens_reasoning));
  return turn;
}

absl::StatusOr<Conversation::Prompt> Conversation::Render(size_t first) const {
  std::vector<reckon::Message> messages;
  if (!system_.empty()) messages.push_back({.role = "system", .content = system_});
  messages.insert(messages.end(), history_.begin() + static_cast<std::ptrdiff_t>(first), history_.end());
  const reckon::Tokenizer& tokenizer = session_.model().tokenizer();
  absl::StatusOr<std::string> text = tokenizer.ApplyChatTemplate(messages);
  if (absl::IsFailedPrecondition(text.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat(text.status().message(), "; `reckon run --raw` continues a text without one"));
  }
  if (!text.ok()) return text.status();
  absl::StatusOr<std::vector<reckon::TokenId>> tokens =
      tokenizer.Encode(*text, {.add_special = false, .parse_special = true});
  if (!tokens.ok()) return tokens.status();
  return Prompt{std::move(*tokens), PromptOpensReasoning(*text)};
}

absl::StatusOr<Conversation::Prompt> Conversation::FittingPrompt() {
  const int64_t room = std::min(kRoomForAnswer, session_.max_context() / 2);
  for (size_t first = 0;; first += 2) {
    absl::StatusOr<Prompt> prompt = Render(first);
    if (!prompt.ok()) return prompt.status();
    const bool fits = static_cast<int64_t>(prompt->tokens.size()) + room <= session_.max_context();
    if (fits || first + 2 >= history_.size()) {
      dropped_turns_ = static_cast<int64_t>(first / 2);
      return prompt;  // the latest question alone may be too long: the session says so
    }
  }
}

// A template that looks for </think> drops or keeps the reasoning as the model was trained to see it; others get the
// answer alone.
reckon::Message Conversation::AssistantMessage(const Turn& turn, bool opened_by_prompt) const {
  reckon::Message message;
  message.role = "assistant";
  if (!absl::StrContains(session_.model().tokenizer().chat_template(), "</think>")) {
    message.content = turn.answer;
    return message;
  }
  std::string content = opened_by_prompt ? absl::StrCat("<think>\n", turn.text) : turn.text;
  if (turn.inside_reasoning) absl::StrAppend(&content, "\n</think>\n\n");
  message.content = std::move(content);
  return message;
}

}  // namespace reckon_cli
