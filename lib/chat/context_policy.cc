#include "chat/context_policy.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace reckon {
namespace {

// The messages of one turn: [begin, end).
struct TurnSpan {
  size_t begin = 0;
  size_t end = 0;
  bool pinned = false;
};

std::vector<TurnSpan> Turns(const ChatHistory& history) {
  std::vector<TurnSpan> turns;
  for (size_t i = 0; i < history.messages().size(); ++i) {
    if (history.messages()[i].role == "user") turns.push_back({i, i, false});
    if (turns.empty()) continue;  // what stands before the first question is no turn
    turns.back().end = i + 1;
    turns.back().pinned |= history.pinned(i);
  }
  return turns;
}

void AddTurn(const std::vector<Message>& all, const TurnSpan& turn, std::vector<Message>& messages) {
  messages.insert(messages.end(), all.begin() + static_cast<ptrdiff_t>(turn.begin),
                  all.begin() + static_cast<ptrdiff_t>(turn.end));
}

std::vector<Message> WithoutOldest(const ChatHistory& history, size_t dropped) {
  const std::vector<Message> all = history.Shown();
  const std::vector<TurnSpan> turns = Turns(history);
  std::vector<Message> kept;
  AddTurn(all, {0, turns.empty() ? all.size() : turns.front().begin, true}, kept);
  for (size_t i = 0; i < turns.size(); ++i) {
    if (i >= dropped || turns[i].pinned) AddTurn(all, turns[i], kept);
  }
  return kept;
}

// What leaves between two states.
std::vector<Message> Leaving(const ChatHistory& history, size_t from, size_t to) {
  const std::vector<TurnSpan> turns = Turns(history);
  std::vector<Message> leaving;
  for (size_t i = from; i < std::min(to, turns.size()); ++i) {
    if (!turns[i].pinned) AddTurn(history.messages(), turns[i], leaving);
  }
  return leaving;
}

// Behind the system prompt's words, because every template has a place for that.
std::vector<Message> WithSummary(std::vector<Message> messages, const std::string& summary) {
  if (summary.empty()) return messages;
  const bool has_system = !messages.empty() && messages.front().role == "system";
  if (!has_system) messages.insert(messages.begin(), Message{.role = "system", .content = ""});
  std::string& content = messages.front().content.emplace(messages.front().content.value_or(""));
  absl::StrAppend(&content, content.empty() ? "" : "\n\n", "[Summary of the earlier conversation] ", summary);
  return messages;
}

int64_t Size(const RenderedPrompt& prompt) { return static_cast<int64_t>(prompt.tokens.size()); }

}  // namespace

absl::StatusOr<RenderedPrompt> ContextPolicy::Render(const ChatHistory& history, const RenderOptions& options,
                                                     size_t dropped, ContextReceipt& receipt) const {
  const std::vector<Message> kept = WithoutOldest(history, dropped);
  receipt.kept_messages = static_cast<int64_t>(kept.size());
  return history.Render(kept, options);
}

absl::StatusOr<ContextPlan> ContextPolicy::Plan(const ChatHistory& history, const RenderOptions& options, int64_t room,
                                                int64_t limit, const Summarizer* summarizer, int64_t summary_room) {
  ContextPlan plan;
  ContextReceipt& receipt = plan.receipt;
  RECKON_ASSIGN_OR_RETURN(plan.prompt, Render(history, options, 0, receipt));
  const int64_t all_messages = receipt.kept_messages;
  const int64_t all_tokens = Size(plan.prompt);
  int64_t kept_tokens = all_tokens;
  if (all_tokens <= room) {
    Forget(history, 0);
  } else {
    if (summarizer != nullptr) room = std::max<int64_t>(1, room - summary_room);
    const size_t turns = Turns(history).size();
    const size_t may_go = turns == 0 ? 0 : turns - 1;
    size_t dropped = std::min(dropped_turns_, may_go);
    int64_t goal = dropped > 0 ? room : room / 4 * 3;
    for (;; ++dropped) {
      RECKON_ASSIGN_OR_RETURN(plan.prompt, Render(history, options, dropped, receipt));
      if (Size(plan.prompt) <= goal || dropped >= may_go) break;
      goal = room / 4 * 3;
    }
    kept_tokens = Size(plan.prompt);
    dropped_turns_ = dropped;
    if (summarizer != nullptr && summarized_turns_ < dropped) {
      RECKON_ASSIGN_OR_RETURN(summary_, summarizer->Add(summary_, Leaving(history, summarized_turns_, dropped)));
      summarized_turns_ = dropped;
    }
    if (!summary_.text.empty()) {
      RECKON_ASSIGN_OR_RETURN(plan.prompt,
                              history.Render(WithSummary(WithoutOldest(history, dropped), summary_.text), options));
    }
  }
  receipt.kept_tokens = Size(plan.prompt);
  if (receipt.kept_tokens >= limit) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the newest message and what has to stay with it are ", receipt.kept_tokens, " tokens, but the context holds ",
        limit, " (SessionOptions::max_context): shorten the message, or give the session a larger context"));
  }
  const int64_t gone_messages = all_messages - receipt.kept_messages;
  const int64_t gone_tokens = all_tokens - kept_tokens;
  receipt.summarized_messages = std::min(summary_.messages, gone_messages);
  receipt.dropped_messages = gone_messages - receipt.summarized_messages;
  receipt.summary_tokens = receipt.kept_tokens - kept_tokens;
  // When some were too long to be summed up, what their marks took is counted with them.
  receipt.summarized_tokens = receipt.dropped_messages == 0 ? gone_tokens : std::min(summary_.tokens, gone_tokens);
  receipt.dropped_tokens = gone_tokens - receipt.summarized_tokens;
  return plan;
}

std::vector<Message> ContextPolicy::Kept(const ChatHistory& history) const {
  return WithSummary(WithoutOldest(history, dropped_turns_), summary_.text);
}

void ContextPolicy::Forget(const ChatHistory& history, size_t index) {
  const std::vector<TurnSpan> turns = Turns(history);
  const bool behind = dropped_turns_ > 0 && dropped_turns_ < turns.size() && index >= turns[dropped_turns_].begin;
  if (behind) return;
  dropped_turns_ = 0;
  summarized_turns_ = 0;
  summary_ = Summary();
}

void ContextPolicy::Restore(int64_t dropped_turns, int64_t summarized_turns, Summary summary) {
  dropped_turns_ = static_cast<size_t>(std::max<int64_t>(0, dropped_turns));
  summarized_turns_ = static_cast<size_t>(std::max<int64_t>(0, summarized_turns));
  summary_ = std::move(summary);
}

}  // namespace reckon
