#include "chat/tool_call_channel.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "checkpoint/json.h"

namespace reckon {
namespace {

constexpr absl::string_view kOpen = "<tool_call>";
constexpr absl::string_view kClose = "</tool_call>";
constexpr size_t kDepth = 64;
// Longer than any call: text without an end mark is not held back for ever.
constexpr size_t kLongestCall = size_t{1} << 16;

// The length of the longest end of `text` that a mark may begin with.
size_t PossibleMark(absl::string_view text, absl::string_view mark) {
  for (size_t n = std::min(text.size(), mark.size() - 1); n > 0; --n) {
    if (absl::EndsWith(text, mark.substr(0, n))) return n;
  }
  return 0;
}

bool IsCall(absl::string_view text) {
  const absl::StatusOr<JsonDocument> document = JsonDocument::Parse(text, "a tool call", kDepth);
  if (!document.ok()) return false;
  const absl::StatusOr<simdjson::dom::object> object = document->RootObject();
  return object.ok() && (*object)["name"].is_string() && (*object)["arguments"].is_object();
}

}  // namespace

void ToolCallChannel::Push(absl::string_view piece, Sink on_text, Sink on_call) {
  held_.append(piece.data(), piece.size());
  while (Step(on_text, on_call)) {
  }
}

void ToolCallChannel::Finish(Sink on_text) {
  if (in_call_) on_text(kOpen);
  if (!held_.empty()) on_text(held_);
  held_.clear();
  in_call_ = false;
}

std::string ToolCallChannel::CallsJson() const { return calls_.empty() ? "" : absl::StrCat("[", calls_, "]"); }

bool ToolCallChannel::Step(Sink on_text, Sink on_call) {
  const absl::string_view mark = in_call_ ? kClose : kOpen;
  const size_t place = held_.find(mark.data(), 0, mark.size());
  if (!in_call_) {
    const bool found = place != std::string::npos;
    const size_t decided = found ? place : held_.size() - PossibleMark(held_, mark);
    if (decided > 0) on_text(absl::string_view(held_).substr(0, decided));
    held_.erase(0, found ? place + mark.size() : decided);
    in_call_ = found;
    return found;
  }
  if (place == std::string::npos) {
    if (held_.size() > kLongestCall) Finish(on_text);
    return false;
  }
  const absl::string_view body = absl::StripAsciiWhitespace(absl::string_view(held_).substr(0, place));
  if (IsCall(body)) {
    absl::StrAppend(&calls_, calls_.empty() ? "" : ", ", "{\"type\": \"function\", \"function\": ", body, "}");
    on_call(body);
  } else {
    on_text(absl::StrCat(kOpen, absl::string_view(held_).substr(0, place + kClose.size())));
  }
  held_.erase(0, place + kClose.size());
  in_call_ = false;
  return true;
}

}  // namespace reckon
