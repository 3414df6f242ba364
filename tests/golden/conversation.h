// A recorded conversation and the greedy answer that an independent implementation gave.
#ifndef RECKON_TESTS_GOLDEN_CONVERSATION_H_
#define RECKON_TESTS_GOLDEN_CONVERSATION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "reckon/tokenizer.h"
#include "reckon/types.h"

namespace reckon::testing {

struct Conversation {
  std::vector<Message> messages;
  std::vector<TokenId> prompt_ids;
  std::vector<TokenId> output_ids;
  std::string output_text;
};

// From {"messages", "prompt_ids", "output_ids", "output_text"}. Throws on anything else.
inline Conversation ParseConversation(const nlohmann::json& row) {
  Conversation conversation;
  for (const nlohmann::json& message : row.at("messages")) {
    conversation.messages.push_back({.role = message.at("role"), .content = message.at("content").get<std::string>()});
  }
  row.at("prompt_ids").get_to(conversation.prompt_ids);
  row.at("output_ids").get_to(conversation.output_ids);
  row.at("output_text").get_to(conversation.output_text);
  return conversation;
}

// The prompt's tokens by the tokenizer's own template.
inline absl::StatusOr<std::vector<TokenId>> EncodePrompt(const Tokenizer& tokenizer,
                                                         const std::vector<Message>& messages) {
  const absl::StatusOr<std::string> prompt = tokenizer.ApplyChatTemplate(messages);
  if (!prompt.ok()) return prompt.status();
  return tokenizer.Encode(*prompt, {.parse_special = true});
}

}  // namespace reckon::testing

#endif  // RECKON_TESTS_GOLDEN_CONVERSATION_H_
