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
#include "base/byte_source.h"
#include "chat/answer_loop.h"
#include "chat/context_policy.h"
#include "chat/cursor.h"
#include "chat/documents.h"
#include "chat/history.h"
#include "chat/opening.h"
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
  absl::Status Edit(size_t index, Message message);
  absl::Status Truncate(size_t count);
  absl::Status Pin(size_t index, bool pinned);
  absl::Status Prepare(const CancelToken& cancel);
  absl::Status Attach(absl::string_view name, absl::string_view text);
  absl::StatusOr<std::vector<CitedPassage>> Find(absl::string_view question) const;
  absl::Status Save(const std::string& path) const;
  absl::Status Restore(const ByteSource& file);
  absl::StatusOr<std::unique_ptr<Impl>> Fork() const;
  absl::StatusOr<std::string> Prompt(bool add_generation_prompt) const;

  ChatHistory& history() { return history_; }
  const ChatHistory& history() const { return history_; }
  ChatOptions& options() { return options_; }
  const ContextPolicy& policy() const { return policy_; }
  const Cursor& cursor() const { return cursor_; }
  const Model& model() const { return model_; }
  int64_t memory_bytes() const;

  std::atomic<bool> busy{false};

 private:
  // Answers with the passages of documents in front of the question, if there are any.
  absl::StatusOr<ChatTurn> AnswerWithNote(ChatCallback callback);
  // Puts passages in front of the newest question and into the receipt.
  absl::Status LookUp(ContextReceipt& receipt);
  RenderOptions Rendering(bool add_generation_prompt) const;
  // Chooses what the model sees and opens its answer; fills the turn's receipt.
  absl::StatusOr<Opening> Open(ChatTurn& turn);
  absl::Status ReadPrompt(const Opening& opening, ChatCallback callback, ChatTurn& turn);
  // The tokens that the next prompt begins with, whatever the next message says.
  absl::StatusOr<std::vector<TokenId>> KnownBeginning() const;

  const Model model_;
  ChatOptions options_;
  ChatHistory history_;
  ContextPolicy policy_;
  std::shared_ptr<Documents> documents_;  // null: none; shared with forks until one adds to them
  Cursor cursor_;
};

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_CHAT_IMPL_H_
