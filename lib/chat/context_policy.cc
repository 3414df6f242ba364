#include "chat/context_policy.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace reckon {
namespace {

// Where turns begin.
std::vector<size_t> TurnStarts(const ChatHistory& history) {
  std::vector<size_t> starts;
  for (size_t i = 0; i < history.messages().size(); ++i) {
    if (history.messages()[i].role == "user") starts.push_back(i);
  }
  return starts;
}

std::vector<Message> WithoutOldest(const ChatHistory& history, const std::vector<size_t>& starts, size_t dropped) {
  const std::vector<Message>& all = history.messages();
  const size_t head = starts.empty() ? all.size() : starts.front();
  std::vector<Message> kept(all.begin(), all.begin() + static_cast<ptrdiff_t>(head));
  for (size_t turn = 0; turn < starts.size(); ++turn) {
    const size_t begin = starts[turn];
    const size_t end = turn + 1 < starts.size() ? starts[turn + 1] : all.size();
    bool stays = turn >= dropped;
    for (size_t i = begin; i < end && !stays; ++i) stays = history.pinned(i);
    if (stays)
      kept.insert(kept.end(), all.begin() + static_cast<ptrdiff_t>(begin), all.begin() + static_cast<ptrdiff_t>(end));
  }
  return kept;
}

}  // namespace

absl::StatusOr<ContextPlan> ContextPolicy::Plan(const ChatHistory& history, const RenderOptions& options, int64_t room,
                                                int64_t limit) {
  ContextPlan plan;
  RECKON_ASSIGN_OR_RETURN(plan.prompt, history.Render(history.messages(), options));
  const int64_t all_tokens = static_cast<int64_t>(plan.prompt.tokens.size());
  const int64_t all_messages = static_cast<int64_t>(history.messages().size());
  const std::vector<size_t> starts = TurnStarts(history);
  const size_t may_go = starts.empty() ? 0 : starts.size() - 1;
  plan.receipt.kept_messages = all_messages;
  if (all_tokens <= room) dropped_turns_ = 0;
  size_t dropped = std::min(dropped_turns_, may_go);
  int64_t goal = dropped > 0 ? room : room / 4 * 3;
  bool fits = all_tokens <= room;
  while (!fits) {
    const std::vector<Message> kept = WithoutOldest(history, starts, dropped);
    RECKON_ASSIGN_OR_RETURN(plan.prompt, history.Render(kept, options));
    plan.receipt.kept_messages = static_cast<int64_t>(kept.size());
    fits = static_cast<int64_t>(plan.prompt.tokens.size()) <= goal || dropped >= may_go;
    if (fits) break;
    goal = room / 4 * 3;
    ++dropped;
  }
  const int64_t tokens = static_cast<int64_t>(plan.prompt.tokens.size());
  if (tokens >= limit) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the newest message and what has to stay with it are ", tokens, " tokens, but the context holds ", limit,
        " (SessionOptions::max_context): shorten the message, or give the session a larger context"));
  }
  dropped_turns_ = dropped;
  plan.receipt.dropped_messages = all_messages - plan.receipt.kept_messages;
  plan.receipt.kept_tokens = tokens;
  plan.receipt.dropped_tokens = all_tokens - tokens;
  return plan;
}

std::vector<Message> ContextPolicy::Kept(const ChatHistory& history) const {
  return WithoutOldest(history, TurnStarts(history), dropped_turns_);
}

}  // namespace reckon
