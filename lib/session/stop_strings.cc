#include "session/stop_strings.h"

#include <algorithm>
#include <utility>

namespace reckon {
namespace {

std::vector<size_t> PrefixFunction(const std::string& text) {
  std::vector<size_t> fallback(text.size(), 0);
  for (size_t i = 1, length = 0; i < text.size(); ++i) {
    while (length > 0 && text[i] != text[length]) length = fallback[length - 1];
    if (text[i] == text[length]) ++length;
    fallback[i] = length;
  }
  return fallback;
}

}  // namespace

StopStringFilter::StopStringFilter(std::vector<std::string> stop_strings) {
  for (std::string& text : stop_strings) {
    if (text.empty()) continue;
    Matcher matcher;
    matcher.fallback = PrefixFunction(text);
    matcher.text = std::move(text);
    matchers_.push_back(std::move(matcher));
  }
}

std::string StopStringFilter::Push(absl::string_view piece) {
  if (matched()) return {};
  for (const char byte : piece) {
    held_.push_back(byte);
    for (Matcher& m : matchers_) {
      while (m.length > 0 && byte != m.text[m.length]) m.length = m.fallback[m.length - 1];
      if (byte == m.text[m.length]) ++m.length;
      if (m.length == m.text.size() && (matched_ == nullptr || matched_->size() < m.text.size())) matched_ = &m.text;
    }
    if (matched()) {
      std::string certain = held_.substr(0, held_.size() - matched_->size());
      held_.clear();
      return certain;
    }
  }
  size_t uncertain = 0;
  for (const Matcher& m : matchers_) uncertain = std::max(uncertain, m.length);
  std::string certain = held_.substr(0, held_.size() - uncertain);
  held_.erase(0, held_.size() - uncertain);
  return certain;
}

std::string StopStringFilter::Flush() { return std::exchange(held_, {}); }

}  // namespace reckon
