// Tells a reasoning model's thinking from its answer, in text that arrives in pieces.
#ifndef RECKON_LIB_CHAT_REASONING_CHANNEL_H_
#define RECKON_LIB_CHAT_REASONING_CHANNEL_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace reckon {

inline constexpr absl::string_view kThinkOpen = "<think>";
inline constexpr absl::string_view kThinkClose = "</think>";

enum class Channel { kReasoning, kAnswer };

// Reasoning is what stands between <think> and </think>. It can only be at the beginning: an answer that mentions
// <think> later on is an answer. Marks may come in several pieces. White space around each part is dropped.
class ReasoningChannel {
 public:
  using Sink = absl::FunctionRef<void(Channel, absl::string_view)>;

  // inside: the prompt has opened <think> already (PromptOpensReasoning).
  explicit ReasoningChannel(bool inside) : part_(inside ? Part::kReasoning : Part::kStart) {}

  void Push(absl::string_view piece, Sink sink);
  // Gives what was held back because it might have become a mark.
  void Finish(Sink sink);

  // Whether the text so far ends inside the reasoning.
  bool inside() const { return part_ == Part::kReasoning; }

 private:
  enum class Part { kStart, kReasoning, kAnswer };

  // Handles what can be decided; returns whether there may be more to decide.
  bool Step(Sink sink);
  void Emit(absl::string_view text, Sink sink);
  void Enter(Part part);

  Part part_;
  std::string held_;         // undecided text
  std::string white_space_;  // decided white space, shown only if something follows it
  bool emitted_ = false;     // in this part
};

// Whether a rendered prompt ends inside <think>, as the templates of R1 models do.
bool PromptOpensReasoning(absl::string_view prompt);

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_REASONING_CHANNEL_H_
