#include "sampling/history.h"

#include <algorithm>

namespace reckon {

void History::Forget(TokenId token) {
  const auto entry = counts_.find(token);
  if (entry != counts_.end() && --entry->second == 0) counts_.erase(entry);
}

void History::Accept(TokenId token) {
  tokens_.push_back(token);
  ++counts_[token];
  if (Overflows()) Forget(tokens_[tokens_.size() - 1 - static_cast<size_t>(window_)]);
}

void History::Rewind(size_t count) {
  if (count >= tokens_.size()) return Clear();
  for (; count > 0; --count) {
    if (Overflows()) ++counts_[tokens_[tokens_.size() - 1 - static_cast<size_t>(window_)]];
    Forget(tokens_.back());
    tokens_.pop_back();
  }
}

void History::Clear() {
  tokens_.clear();
  counts_.clear();
}

absl::Span<const TokenId> History::window() const {
  const absl::Span<const TokenId> all = tokens_;
  return Overflows() ? all.last(static_cast<size_t>(window_)) : all;
}

}  // namespace reckon
