// When reasoning has to end.
#ifndef RECKON_LIB_CHAT_THINKING_BUDGET_H_
#define RECKON_LIB_CHAT_THINKING_BUDGET_H_

#include <cstdint>
#include <optional>

#include "chat/loop_guard.h"
#include "reckon/chat.h"
#include "reckon/types.h"

namespace reckon {

// Counts the reasoning tokens of one turn and decides; the words and tokens are others' business.
class ThinkingBudget {
 public:
  struct Step {
    std::optional<Intervention> close{};  // the reasoning ends here
    float nudge = 0;                      // else: what the logit of </think> gets
  };

  // room: how many tokens the turn may generate. closing_tokens: how many it takes to close.
  ThinkingBudget(const ThinkingOptions& options, int64_t room, int64_t closing_tokens);

  // Asked before each token inside the reasoning. room_left: how many tokens may still be generated.
  Step Next(int64_t room_left) const;
  // A token of reasoning was taken.
  void Accept(TokenId token);

  int64_t reserve() const { return reserve_; }

 private:
  float Nudge() const;

  ThinkingOptions options_;
  int64_t reserve_ = 0;  // for the answer and the closing
  int64_t tokens_ = 0;
  bool looping_ = false;
  LoopGuard guard_;
};

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_THINKING_BUDGET_H_
