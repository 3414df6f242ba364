// Several turns: history, the model's template, and a session that keeps what the next prompt has in common with it.
#ifndef RECKON_EXAMPLES_CLI_CONVERSATION_H_
#define RECKON_EXAMPLES_CLI_CONVERSATION_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/turn.h"
#include "reckon/generate.h"
#include "reckon/model.h"
#include "reckon/sampler.h"
#include "reckon/session.h"
#include "reckon/tokenizer.h"

namespace reckon_cli {

class Conversation {
 public:
  // The session and the sampler must be fresh.
  Conversation(reckon::Session session, reckon::Sampler sampler, reckon::GenerateOptions options)
      : session_(std::move(session)), sampler_(std::move(sampler)), options_(std::move(options)) {}

  // The system prompt, from the next answer on; empty: none.
  void SetSystem(std::string text) { system_ = std::move(text); }
  // Forgets all turns.
  void Clear() { history_.clear(); }

  // Answers a question. If that fails, or Ctrl-C comes before the first token, the question is not part of the history.
  // When the context is too small, the oldest turns are left out of the prompt (dropped_turns).
  absl::StatusOr<Turn> Ask(std::string question, TurnSink sink);
  // Answers the last question again. FAILED_PRECONDITION if there is none.
  absl::StatusOr<Turn> Regenerate(TurnSink sink);

  const std::vector<reckon::Message>& history() const { return history_; }
  const std::string& system() const { return system_; }
  const reckon::Session& session() const { return session_; }
  // Of the latest prompt.
  int64_t dropped_turns() const { return dropped_turns_; }

 private:
  struct Prompt {
    std::vector<reckon::TokenId> tokens;
    bool opens_reasoning = false;
  };

  absl::StatusOr<Turn> Answer(TurnSink sink);
  // Renders the history from message `first` on.
  absl::StatusOr<Prompt> Render(size_t first) const;
  // The longest end of the history that leaves room for an answer.
  absl::StatusOr<Prompt> FittingPrompt();
  reckon::Message AssistantMessage(const Turn& turn, bool opened_by_prompt) const;

  reckon::Session session_;
  reckon::Sampler sampler_;
  reckon::GenerateOptions options_;
  std::string system_;
  std::vector<reckon::Message> history_;  // user, assistant, user...; without the system prompt
  int64_t dropped_turns_ = 0;
};

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_CONVERSATION_H_
