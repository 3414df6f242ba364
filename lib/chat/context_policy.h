// Which messages of a conversation the model sees when they do not all fit.
#ifndef RECKON_LIB_CHAT_CONTEXT_POLICY_H_
#define RECKON_LIB_CHAT_CONTEXT_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "chat/history.h"
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
  // room: the most tokens that the prompt may have. For `probe` messages behind the history (may be empty).
  // Errors: RESOURCE_EXHAUSTED if not even what has to stay fits into `limit` tokens; those of rendering.
  absl::StatusOr<ContextPlan> Plan(const ChatHistory& history, const RenderOptions& options, int64_t room,
                                   int64_t limit);
  // The messages that the latest plan kept, of the history as it is now.
  std::vector<Message> Kept(const ChatHistory& history) const;

 private:
  size_t dropped_turns_ = 0;  // of the oldest, not counting pinned ones that stay
};

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_CONTEXT_POLICY_H_
