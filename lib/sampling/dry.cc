#include "sampling/dry.h"

#include <algorithm>

namespace reckon {
namespace {

constexpr double kMaxPenalty = 1e30;

// match[i] = how many tokens agree when the reversed text is laid against itself shifted by i (Gusfield's Z-function):
// the length of the repetition that ends i tokens before the end of the text. match[0] is not used.
void ZFunction(absl::Span<const TokenId> text, uint32_t* match) {
  const size_t n = text.size();
  const TokenId* newest = text.data() + (n - 1);
  size_t left = 0;
  size_t right = 0;  // [left, right) is the match that reaches furthest so far
  for (size_t i = 1; i < n; ++i) {
    size_t length = i < right ? std::min<size_t>(right - i, match[i - left]) : 0;
    while (i + length < n && *(newest - length) == *(newest - i - length)) ++length;
    match[i] = static_cast<uint32_t>(length);
    if (i + length > right) {
      left = i;
      right = i + length;
    }
  }
}

}  // namespace

Dry::Dry(const SamplerOptions& options)
    : multiplier_(options.dry_multiplier),
      base_(options.dry_base),
      allowed_length_(static_cast<size_t>(std::max(options.dry_allowed_length, 1))),
      breakers_(options.dry_breakers) {
  std::sort(breakers_.begin(), breakers_.end());
}

bool Dry::IsBreaker(TokenId token) const { return std::binary_search(breakers_.begin(), breakers_.end(), token); }

// By squaring, with multiplications only: std::pow may differ in the last bit between machines.
float Dry::Penalty(size_t length) const {
  double penalty = multiplier_;
  double power = base_;
  for (size_t exponent = length - allowed_length_; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) penalty = std::min(penalty * power, kMaxPenalty);
    power = std::min(power * power, kMaxPenalty);
  }
  return static_cast<float>(std::min(penalty, kMaxPenalty));
}

void Dry::FindMatches(absl::Span<const TokenId> text, size_t reach, size_t vocab_size) {
  if (match_.size() < text.size()) match_.resize(text.size());
  if (longest_.size() < vocab_size) {
    longest_.resize(vocab_size, 0);
    extending_.reserve(vocab_size);
  }
  ZFunction(text, match_.data());
  for (size_t i = 1; i < text.size(); ++i) {
    const size_t length = std::min<size_t>(match_[i], reach);
    if (length < allowed_length_) continue;
    const TokenId follower = text[text.size() - i];
    const auto index = static_cast<size_t>(follower);  // a negative id becomes a huge one
    if (index >= vocab_size) continue;
    uint32_t& longest = longest_[index];
    if (longest == 0) {
      if (IsBreaker(follower)) continue;
      extending_.push_back(follower);
    }
    longest = std::max(longest, static_cast<uint32_t>(length));
  }
}

void Dry::Apply(absl::Span<const TokenId> text, absl::Span<float> logits) {
  size_t reach = 0;  // tokens after the last breaker
  while (reach < text.size() && !IsBreaker(text[text.size() - 1 - reach])) ++reach;
  if (reach < allowed_length_ || text.size() < 2) return;
  FindMatches(text, reach, logits.size());
  for (const TokenId token : extending_) {
    const auto index = static_cast<size_t>(token);
    logits[index] -= Penalty(longest_[index]);
    longest_[index] = 0;
  }
  extending_.clear();
}

}  // namespace reckon
