#include "chat/saved_text.h"

#include <cstddef>
#include <utility>

#include "chat/packing.h"

namespace reckon {

std::string PackText(const SavedText& text) {
  const SavedChat& chat = text.chat;
  Packer packer;
  packer.U64(chat.messages.size());
  for (size_t i = 0; i < chat.messages.size(); ++i) {
    const Message& message = chat.messages[i];
    packer.Text(message.role);
    packer.U32(message.content.has_value() ? 1 : 0);
    packer.Text(message.content.value_or(""));
    packer.Text(message.reasoning_content);
    packer.Text(message.tool_calls_json);
    packer.Text(message.extra_json);
    packer.U32(chat.pinned[i] ? 1 : 0);
  }
  packer.U64(static_cast<uint64_t>(chat.dropped_turns));
  packer.U64(static_cast<uint64_t>(chat.summarized_turns));
  packer.Text(chat.summary);
  packer.U64(static_cast<uint64_t>(chat.summary_messages));
  packer.U64(static_cast<uint64_t>(chat.summary_tokens));
  packer.U64(text.tokens.size());
  for (const TokenId token : text.tokens) packer.U32(static_cast<uint32_t>(token));
  packer.U64(static_cast<uint64_t>(text.computed));
  return packer.bytes();
}

std::optional<SavedText> UnpackText(absl::Span<const uint8_t> bytes) {
  Unpacker unpacker(bytes);
  SavedText text;
  const uint64_t messages = unpacker.U64();
  for (uint64_t i = 0; i < messages && unpacker.ok(); ++i) {
    Message message;
    message.role = unpacker.Text();
    const bool has_content = unpacker.U32() != 0;
    std::string content = unpacker.Text();
    if (has_content) message.content = std::move(content);
    message.reasoning_content = unpacker.Text();
    message.tool_calls_json = unpacker.Text();
    message.extra_json = unpacker.Text();
    text.chat.pinned.push_back(unpacker.U32() != 0);
    text.chat.messages.push_back(std::move(message));
  }
  text.chat.dropped_turns = static_cast<int64_t>(unpacker.U64());
  text.chat.summarized_turns = static_cast<int64_t>(unpacker.U64());
  text.chat.summary = unpacker.Text();
  text.chat.summary_messages = static_cast<int64_t>(unpacker.U64());
  text.chat.summary_tokens = static_cast<int64_t>(unpacker.U64());
  const uint64_t tokens = unpacker.U64();
  for (uint64_t i = 0; i < tokens && unpacker.ok(); ++i) text.tokens.push_back(static_cast<TokenId>(unpacker.U32()));
  text.computed = static_cast<int64_t>(unpacker.U64());
  if (!unpacker.ok() || unpacker.left() != 0) return std::nullopt;
  return text;
}

}  // namespace reckon
