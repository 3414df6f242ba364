// The messages of a conversation, and the prompts that they make.
#ifndef RECKON_LIB_CHAT_HISTORY_H_
#define RECKON_LIB_CHAT_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "reckon/chat.h"
#include "reckon/tokenizer.h"
#include "reckon/types.h"

namespace reckon {

// A rendered conversation.
struct RenderedPrompt {
  std::string text;
  std::vector<TokenId> tokens;
  bool opens_reasoning = false;  // it ends inside <think>
};

// What is rendered around the messages.
struct RenderOptions {
  bool add_generation_prompt = true;
  bool thinking = true;
  std::string tools_json{};
  std::string variables_json{};
};

// What a template knows, told by its text.
struct TemplateTraits {
  bool think_marks = false;        // it looks for </think> in an assistant's content
  bool reasoning_content = false;  // it takes reasoning apart from the content
  bool thinking_switch = false;    // it asks for enable_thinking
  bool tool_calls = false;         // it writes <tool_call>
};

class ChatHistory {
 public:
  explicit ChatHistory(Tokenizer tokenizer);

  const std::vector<Message>& messages() const { return messages_; }
  const TemplateTraits& traits() const { return traits_; }
  bool pinned(size_t index) const { return pinned_[index]; }

  // The messages as the model is to see them: with the note.
  std::vector<Message> Shown() const;
  // Text that stands in front of a message's own for one turn; empty: none.
  void SetNote(size_t index, std::string text);

  void Append(Message message);
  absl::Status Edit(size_t index, Message message);
  absl::Status Truncate(size_t count);
  absl::Status Pin(size_t index, bool pinned);
  // Replaces, adds or (empty) removes the system message at the beginning.
  void SetSystem(absl::string_view text);

  // An answer as a message, with its reasoning in the form that the template knows: between marks in the content (as
  // it was generated), in reasoning_content, or not at all. `opening`: marks that were written for the model in front
  // of the turn's text.
  Message AssistantMessage(const ChatTurn& turn, absl::string_view opening) const;

  // A message's text without the reasoning.
  std::string VisibleText(const Message& message) const;

  // Renders any messages with the model's template and tokenizes the result.
  // Errors: those of Tokenizer::ApplyChatTemplate.
  absl::StatusOr<std::string> RenderText(const std::vector<Message>& messages, const RenderOptions& options) const;
  absl::StatusOr<RenderedPrompt> Render(const std::vector<Message>& messages, const RenderOptions& options) const;
  // Text of our own: marks are recognised.
  absl::StatusOr<std::vector<TokenId>> Encode(absl::string_view text) const;

 private:
  Tokenizer tokenizer_;
  TemplateTraits traits_;
  std::vector<Message> messages_;
  std::vector<bool> pinned_;
  size_t note_index_ = 0;
  std::string note_;
};

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_HISTORY_H_
