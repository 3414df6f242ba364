#include "chat/thinking_budget.h"

#include <algorithm>

namespace reckon {
namespace {

constexpr int64_t kLargestReserve = 512;
constexpr int64_t kSmallestRoom = 128;

}  // namespace

ThinkingBudget::ThinkingBudget(const ThinkingOptions& options, int64_t room, int64_t closing_tokens)
    : options_(options) {
  int64_t answer = options.answer_reserve;
  if (answer < 0) answer = room < kSmallestRoom ? 0 : std::min(kLargestReserve, room / 4);
  reserve_ = answer > 0 ? answer + closing_tokens : 0;
}

ThinkingBudget::Step ThinkingBudget::Next(int64_t room_left) const {
  if (looping_) return {.close = Intervention::kLoopClose};
  if (options_.max_tokens >= 0 && tokens_ >= options_.max_tokens) return {.close = Intervention::kBudgetClose};
  if (reserve_ > 0 && room_left <= reserve_) return {.close = Intervention::kReserveClose};
  return {.close = std::nullopt, .nudge = Nudge()};
}

float ThinkingBudget::Nudge() const {
  const int64_t soft = options_.soft_max_tokens;
  if (soft < 0 || tokens_ < soft) return 0;
  // Without a maximum, the full nudge is reached at twice the soft budget.
  const int64_t hard = options_.max_tokens >= 0 ? options_.max_tokens : 2 * soft;
  const int64_t steps = std::max<int64_t>(1, hard - soft);
  return options_.nudge * static_cast<float>(std::min(steps, tokens_ - soft + 1)) / static_cast<float>(steps);
}

void ThinkingBudget::Accept(TokenId token) {
  ++tokens_;
  if (options_.loop_guard && guard_.Push(token)) looping_ = true;
}

}  // namespace reckon
