#include "chat/reasoning_channel.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace reckon {
namespace {

constexpr absl::string_view kWhiteSpace = " \t\r\n";

// The length of the longest end of `text` that a mark may begin with.
size_t PossibleMark(absl::string_view text, absl::string_view mark) {
  for (size_t n = std::min(text.size(), mark.size() - 1); n > 0; --n) {
    if (absl::EndsWith(text, mark.substr(0, n))) return n;
  }
  return 0;
}

}  // namespace

void ReasoningChannel::Push(absl::string_view piece, Sink sink) {
  held_.append(piece.data(), piece.size());
  while (Step(sink)) {
  }
}

void ReasoningChannel::Finish(Sink sink) {
  if (part_ == Part::kStart) Enter(Part::kAnswer);
  Emit(held_, sink);
  held_.clear();
}

bool ReasoningChannel::Step(Sink sink) {
  switch (part_) {
    case Part::kStart: {
      const size_t start = held_.find_first_not_of(kWhiteSpace.data(), 0, kWhiteSpace.size());
      if (start == std::string::npos) return false;
      const absl::string_view text = absl::string_view(held_).substr(start);
      if (absl::StartsWith(text, kThinkOpen)) {
        held_.erase(0, start + kThinkOpen.size());
        Enter(Part::kReasoning);
        return true;
      }
      if (absl::StartsWith(kThinkOpen, text)) return false;
      Enter(Part::kAnswer);
      return true;
    }
    case Part::kReasoning: {
      const size_t close = held_.find(kThinkClose.data(), 0, kThinkClose.size());
      const bool closed = close != std::string::npos;
      const size_t decided = closed ? close : held_.size() - PossibleMark(held_, kThinkClose);
      Emit(absl::string_view(held_).substr(0, decided), sink);
      held_.erase(0, closed ? close + kThinkClose.size() : decided);
      if (closed) Enter(Part::kAnswer);
      return closed;
    }
    case Part::kAnswer:
      Emit(held_, sink);
      held_.clear();
      return false;
  }
  return false;
}

void ReasoningChannel::Enter(Part part) {
  part_ = part;
  white_space_.clear();
  emitted_ = false;
}

void ReasoningChannel::Emit(absl::string_view text, Sink sink) {
  if (!emitted_) text = absl::StripLeadingAsciiWhitespace(text);
  const absl::string_view body = absl::StripTrailingAsciiWhitespace(text);
  if (body.empty()) {
    if (emitted_) white_space_.append(text.data(), text.size());
    return;
  }
  const Channel channel = part_ == Part::kReasoning ? Channel::kReasoning : Channel::kAnswer;
  if (white_space_.empty()) {
    sink(channel, body);
  } else {
    white_space_.append(body.data(), body.size());
    sink(channel, white_space_);
    white_space_.clear();
  }
  white_space_.append(text.data() + body.size(), text.size() - body.size());
  emitted_ = true;
}

bool PromptOpensReasoning(absl::string_view prompt) {
  return absl::EndsWith(absl::StripTrailingAsciiWhitespace(prompt), kThinkOpen);
}

}  // namespace reckon
