#include "text/tokenizer_config.h"

#include <cstdint>

#include "absl/strings/numbers.h"
#include "base/status.h"
#include "checkpoint/json.h"

namespace reckon {
namespace {

constexpr size_t kMaxDepth = 64;

// A token is written as a string, or as an object with its "content".
std::optional<std::string> TokenMember(simdjson::dom::object object, std::string_view key) {
  std::string_view text;
  simdjson::dom::element value;
  if (object[key].get(value) != simdjson::SUCCESS) return std::nullopt;
  if (value.get_string().get(text) == simdjson::SUCCESS) return std::string(text);
  if (value["content"].get_string().get(text) == simdjson::SUCCESS) return std::string(text);
  return std::nullopt;
}

std::optional<bool> BoolMember(simdjson::dom::object object, std::string_view key) {
  bool value = false;
  if (object[key].get_bool().get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

void ReadSpecialTokens(simdjson::dom::object object, TokenizerConfig* config) {
  const auto read = [&](std::string_view key, std::optional<std::string>* token) {
    if (!token->has_value()) *token = TokenMember(object, key);
  };
  read("bos_token", &config->bos_token);
  read("eos_token", &config->eos_token);
  read("pad_token", &config->pad_token);
  read("unk_token", &config->unk_token);
}

void ReadAddedTokensDecoder(simdjson::dom::object root, TokenizerConfig* config) {
  simdjson::dom::object decoder;
  if (root["added_tokens_decoder"].get_object().get(decoder) != simdjson::SUCCESS) return;
  for (const simdjson::dom::key_value_pair field : decoder) {
    simdjson::dom::object object;
    int32_t id = 0;
    if (!absl::SimpleAtoi(absl::string_view(field.key.data(), field.key.size()), &id) || id < 0) continue;
    if (field.value.get_object().get(object) != simdjson::SUCCESS) continue;
    AddedToken token = ReadAddedToken(object);
    token.id = id;
    config->added_tokens.push_back(std::move(token));
  }
}

}  // namespace

AddedToken ReadAddedToken(simdjson::dom::object object) {
  AddedToken token;
  std::string_view content;
  if (object["content"].get_string().get(content) == simdjson::SUCCESS) token.content = std::string(content);
  token.single_word = BoolMember(object, "single_word").value_or(false);
  token.lstrip = BoolMember(object, "lstrip").value_or(false);
  token.rstrip = BoolMember(object, "rstrip").value_or(false);
  token.normalized = BoolMember(object, "normalized").value_or(false);
  token.special = BoolMember(object, "special").value_or(false);
  return token;
}

absl::StatusOr<TokenizerConfig> ReadTokenizerConfig(absl::string_view tokenizer_config_json,
                                                    absl::string_view special_tokens_map_json) {
  TokenizerConfig config;
  if (!tokenizer_config_json.empty()) {
    RECKON_ASSIGN_OR_RETURN(const JsonDocument document,
                            JsonDocument::Parse(tokenizer_config_json, "tokenizer_config.json", kMaxDepth));
    RECKON_ASSIGN_OR_RETURN(const simdjson::dom::object root, document.RootObject());
    std::string_view name;
    if (root["tokenizer_class"].get_string().get(name) == simdjson::SUCCESS) config.tokenizer_class = std::string(name);
    config.add_bos_token = BoolMember(root, "add_bos_token");
    config.add_eos_token = BoolMember(root, "add_eos_token");
    ReadSpecialTokens(root, &config);
    ReadAddedTokensDecoder(root, &config);
  }
  if (!special_tokens_map_json.empty()) {
    RECKON_ASSIGN_OR_RETURN(const JsonDocument document,
                            JsonDocument::Parse(special_tokens_map_json, "special_tokens_map.json", kMaxDepth));
    RECKON_ASSIGN_OR_RETURN(const simdjson::dom::object root, document.RootObject());
    ReadSpecialTokens(root, &config);
  }
  return config;
}

}  // namespace reckon
