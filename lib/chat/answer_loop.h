// Generates one answer: picks tokens, tells reasoning from answer, keeps the budget, reports events.
#ifndef RECKON_LIB_CHAT_ANSWER_LOOP_H_
#define RECKON_LIB_CHAT_ANSWER_LOOP_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chat/cursor.h"
#include "chat/reasoning_channel.h"
#include "chat/thinking_budget.h"
#include "chat/tool_call_channel.h"
#include "reckon/chat.h"
#include "reckon/tokenizer.h"
#include "session/stop_strings.h"

namespace reckon {

// What an answer begins from.
struct AnswerSetting {
  Tokenizer tokenizer;
  std::vector<TokenId> eos_ids;
  bool inside_reasoning = false;  // the prompt has opened <think>
  bool may_reason = true;         // false: <think> is not to be opened
  bool tool_calls = false;        // <tool_call> is a call
  std::vector<TokenId> closing;   // what ends reasoning that is cut short, </think> included
};

// For one answer. Begins where the cursor stands; after an error the cursor may hold some of the answer's tokens.
class AnswerLoop {
 public:
  // All arguments must outlive the loop. `start` is when the turn began.
  AnswerLoop(Cursor& cursor, const AnswerSetting& setting, const ChatOptions& options, ChatCallback callback,
             std::chrono::steady_clock::time_point start, ChatTurn& turn);

  // Fills `turn`. Errors: CANCELLED, and those of Session::Next.
  absl::Status Run();

 private:
  enum class Outcome { kGoOn, kFinished };

  absl::StatusOr<Outcome> Step();
  // Ends the reasoning in the model's stead, if there is room for it.
  absl::StatusOr<Outcome> Close(Intervention why);
  absl::StatusOr<TokenId> Pick();
  // Takes a token that is in the cursor into the turn's text.
  absl::StatusOr<Outcome> Accept(TokenId token);
  absl::StatusOr<Outcome> Show(absl::string_view piece);
  Outcome Finish(FinishReason reason);
  absl::Status Flush();

  void Emit(Channel channel, absl::string_view text);
  void EmitAnswer(absl::string_view text);
  void EmitCall(absl::string_view json);
  void Report(Intervention intervention);
  void Tell(ChatEvent event);

  bool IsIn(const std::vector<TokenId>& ids, TokenId token) const;
  int64_t RoomLeft() const;

  Cursor& cursor_;
  const AnswerSetting& setting_;
  const ChatOptions& options_;
  ChatCallback callback_;
  const std::chrono::steady_clock::time_point start_;
  ChatTurn& turn_;

  const std::optional<TokenId> open_id_;
  const std::optional<TokenId> close_id_;
  std::chrono::steady_clock::time_point first_;
  StreamDecoder decoder_;
  StopStringFilter filter_;
  ReasoningChannel channel_;
  ToolCallChannel calls_;
  ThinkingBudget budget_;
  bool nudged_ = false;
  bool closed_ = false;  // by us, or there was no room to
  StreamAction action_ = StreamAction::kContinue;
};

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_ANSWER_LOOP_H_
