#ifndef RECKON_LIB_CHAT_CHAT_IMPL_H_
#define RECKON_LIB_CHAT_CHAT_IMPL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chat/answer_loop.h"
#include "chat/context_policy.h"
#include "chat/cursor.h"
#include "chat/history.h"
#include "chat/token_stream.h"
#include "reckon/chat.h"

namespace reckon {

// History says what was said, the cursor what the model has read; the prompt made of the one is read into the other.
class Chat::Impl {
 public:
  // The stream is empty.
  Impl(Model model, const ChatOptions& options, std::unique_ptr<TokenStream> stream, Sampler sampler);

  absl::StatusOr<ChatTurn> Send(absl::string_view text, ChatCallback callback);
  absl::StatusOr<ChatTurn> Answer(ChatCallback callback);
  absl::StatusOr<ChatTurn> Regenerate(ChatCallback callback);
  absl::Status Prepare(const CancelToken& cancel);
  absl::StatusOr<std::unique_ptr<Impl>> Fork() const;
  absl::StatusOr<std::string> Prompt(bool add_generation_prompt) const;

  ChatHistory& history() { return history_; }
  const ChatHistory& history() const { return history_; }
  ChatOptions& options() { return options_; }
  const Cursor& cursor() const { return cursor_; }
  const Model& model() const { return model_; }

  std::atomic<bool> busy{false};

 private:
  // A prompt with the marks that are written for the model behind it.
  struct Opening {
    ContextPlan plan;
    std::string marks;  // in front of the answer's text, written by the template or by us
    bool forced_off = false;
  };

  RenderOptions Rendering(bool add_generation_prompt) const;
  absl::StatusOr<Opening> Open();
  absl::StatusOr<AnswerSetting> Setting(const Opening& opening) const;
  absl::Status ReadPrompt(const Opening& opening, ChatCallback callback, ChatTurn& turn);
  // The tokens that the next prompt begins with, whatever the next message says.
  absl::StatusOr<std::vector<TokenId>> KnownBeginning() const;

  const Model model_;
  ChatOptions options_;
  ChatHistory history_;
  ContextPolicy policy_;
  Cursor cursor_;
};

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_CHAT_IMPL_H_
