// What transformers keeps beside a tokenizer: tokenizer_config.json and special_tokens_map.json.
#ifndef RECKON_LIB_TEXT_TOKENIZER_CONFIG_H_
#define RECKON_LIB_TEXT_TOKENIZER_CONFIG_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "simdjson.h"
#include "text/added_tokens.h"

namespace reckon {

struct TokenizerConfig {
  std::string tokenizer_class;
  std::optional<std::string> bos_token, eos_token, pad_token, unk_token;  // spellings
  std::optional<bool> add_bos_token, add_eos_token;
  std::vector<AddedToken> added_tokens;  // "added_tokens_decoder"
};

// ChatGLM2's and ChatGLM3's class, which knows its role markers and prompt in code.
inline bool IsChatGlm(const TokenizerConfig& config) { return config.tokenizer_class == "ChatGLMTokenizer"; }

// Either text may be empty (no file).
// Errors: INVALID_ARGUMENT if a text is not a JSON object; members of other types than expected are passed over, since
// transformers does not read most of them either.
absl::StatusOr<TokenizerConfig> ReadTokenizerConfig(absl::string_view tokenizer_config_json,
                                                    absl::string_view special_tokens_map_json);

// The content and flags of an added token ({"content", "single_word", "lstrip", ...}) as both files have them; the id
// stands elsewhere. Members that are not there keep the defaults of AddedToken.
AddedToken ReadAddedToken(simdjson::dom::object object);

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_TOKENIZER_CONFIG_H_
