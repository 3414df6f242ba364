#include "chat/loop_guard.h"

#include <utility>

namespace reckon {

LoopGuard::LoopGuard() : states_(1) {}

bool LoopGuard::Push(TokenId token) {
  Extend(token);
  const bool third = IsThirdPassage();
  const bool repeats = EndsInRepeats();  // both keep count, so both are asked
  return third || repeats;
}

void LoopGuard::Extend(TokenId token) {
  const auto fresh = static_cast<int32_t>(states_.size());
  states_.emplace_back();
  at(fresh).length = at(last_).length + 1;
  at(fresh).last_end = at(fresh).length;
  int32_t state = last_;
  last_ = fresh;
  for (; state >= 0; state = at(state).link) {
    if (!at(state).next.try_emplace(token, fresh).second) break;
  }
  if (state < 0) {
    at(fresh).link = 0;
    return;
  }
  const int32_t target = at(state).next[token];
  if (at(target).length == at(state).length + 1) {
    at(fresh).link = target;
    return;
  }
  const int32_t clone = Clone(target, at(state).length + 1);
  for (; state >= 0; state = at(state).link) {
    int32_t& next = at(state).next[token];
    if (next != target) break;
    next = clone;
  }
  at(target).link = clone;
  at(fresh).link = clone;
}

int32_t LoopGuard::Clone(int32_t state, int64_t length) {
  State copy = at(state);
  copy.length = length;
  states_.push_back(std::move(copy));
  return static_cast<int32_t>(states_.size()) - 1;
}

bool LoopGuard::EndsInRepeats() {
  const int64_t end = at(last_).length;
  bool repeats = false;
  for (int32_t state = at(last_).link; state > 0; state = at(state).link) {
    State& repeated = at(state);
    const int64_t span = end - repeated.last_end;
    repeated.last_end = end;
    // If it overlaps its earlier occurrence, the text has the period `span` for this long.
    const int64_t periodic = repeated.length + span;
    repeats |= repeated.length >= 2 * span && (span >= kShortSpan || periodic >= kShortLoop);
  }
  return repeats;
}

bool LoopGuard::IsThirdPassage() {
  int32_t state = at(last_).link;
  if (at(state).length < kPassage) return false;
  while (at(at(state).link).length >= kPassage) state = at(state).link;
  return ++at(state).passages >= 2;
}

}  // namespace reckon
