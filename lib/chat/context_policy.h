// Which messages of a conversation the model sees when they do not all fit.
#ifndef RECKON_LIB_CHAT_CONTEXT_POLICY_H_
#define RECKON_LIB_CHAT_CONTEXT_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "chat/history.h"
#include "chat/summarizer.h"
#include "reckon/chat.h"

namespace reckon {

// A prompt and what it is made of.
struct ContextPlan {
  RenderedPrompt prompt;
  ContextReceipt receipt;
};

// Leaves out whole turns, the oldest first: a user's message with everything up to the next one. What stands before the
// first user's message (the system prompt), pinned turns and the newest turn always stay. When something has to go, so
// much goes that the prompt fills three quarters of its room: then the next turns find the same beginning again in the
// cache.
class ContextPolicy {
 public:
  // room: the most tokens that the prompt should have; limit: what it must stay below. summarizer: sums up what leaves,
  // or null; summary_room: tokens to leave for its words.
  // Errors: RESOURCE_EXHAUSTED if not even what has to stay fits; those of rendering and of the summarizer.
  absl::StatusOr<ContextPlan> Plan(const ChatHistory& history, const RenderOptions& options, int64_t room,
                                   int64_t limit, const Summarizer* summarizer, int64_t summary_room);
  // The messages that the latest plan kept, of the history as it is now.
  std::vector<Message> Kept(const ChatHistory& history) const;
  // Messages from `index` on have changed: what was decided about them does not hold any more.
  void Forget(const ChatHistory& history, size_t index);

  const Summary& summary() const { return summary_; }
  // For saved chats.
  int64_t dropped_turns() const { return static_cast<int64_t>(dropped_turns_); }
  int64_t summarized_turns() const { return static_cast<int64_t>(summarized_turns_); }
  void Restore(int64_t dropped_turns, int64_t summarized_turns, Summary summary);

 private:
  absl::StatusOr<RenderedPrompt> Render(const ChatHistory& history, const RenderOptions& options, size_t dropped,
                                        ContextReceipt& receipt) const;

  size_t dropped_turns_ = 0;     // of the oldest, those that stay because they are pinned included
  size_t summarized_turns_ = 0;  // of these, seen by the summarizer
  Summary summary_;
};

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_CONTEXT_POLICY_H_
