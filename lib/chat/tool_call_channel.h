// Tells calls of tools from the words of an answer, in text that arrives in pieces.
#ifndef RECKON_LIB_CHAT_TOOL_CALL_CHANNEL_H_
#define RECKON_LIB_CHAT_TOOL_CALL_CHANNEL_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace reckon {

// A call is a JSON object {"name": string, "arguments": object} between <tool_call> and </tool_call> (the form of the
// Hermes and Qwen templates). What stands there and is no such object stays text, marks included.
class ToolCallChannel {
 public:
  using Sink = absl::FunctionRef<void(absl::string_view)>;

  void Push(absl::string_view piece, Sink on_text, Sink on_call);
  // Gives what was held back because it might have become a call.
  void Finish(Sink on_text);

  // All calls so far as Message::tool_calls_json wants them; empty if there were none.
  std::string CallsJson() const;

 private:
  bool Step(Sink on_text, Sink on_call);

  std::string held_;
  bool in_call_ = false;
  std::string calls_;
};

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_TOOL_CALL_CHANNEL_H_
