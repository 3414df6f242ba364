#include "text/tokenizer_factory.h"

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/status.h"
#include "text/gguf_vocabulary.h"
#include "text/sentencepiece_model.h"
#include "text/tokenizer_config.h"
#include "text/tokenizer_impl.h"
#include "text/tokenizer_json.h"

namespace reckon {
namespace {

// What ChatGLM3's tokenizer class builds in code (build_chat_input), as the template that its later files have.
constexpr char kChatGlmTemplate[] =
    "{% for message in messages %}{% if loop.first %}[gMASK]sop{% endif %}<|{{ message['role'] }}|>\n "
    "{{ message['content'] }}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";

// The template of tokenizers that ship a program instead.
std::map<std::string, std::string> TemplatesOf(const TokenizerAssets& assets) {
  std::map<std::string, std::string> templates = assets.chat_templates;
  if (!templates.empty() || assets.sentencepiece_model.empty() || !assets.tokenizer_json.empty()) return templates;
  const absl::StatusOr<TokenizerConfig> config =
      ReadTokenizerConfig(assets.tokenizer_config_json, assets.special_tokens_map_json);
  if (config.ok() && IsChatGlm(*config)) templates["default"] = kChatGlmTemplate;
  return templates;
}

absl::StatusOr<TokenizerParts> ReadParts(const TokenizerAssets& assets) {
  if (assets.tokenizer_json.empty() && assets.sentencepiece_model.empty()) {
    if (assets.gguf.has_value()) return ReadGgufVocabulary(*assets.gguf);
    return absl::NotFoundError(
        "the checkpoint has no tokenizer: there is no tokenizer.json, no tokenizer.model, and no GGUF vocabulary");
  }
  RECKON_ASSIGN_OR_RETURN(const TokenizerConfig config,
                          ReadTokenizerConfig(assets.tokenizer_config_json, assets.special_tokens_map_json));
  if (!assets.tokenizer_json.empty()) return ReadTokenizerJson(assets.tokenizer_json, config);
  absl::StatusOr<TokenizerParts> parts = ReadSentencePieceModel(assets.sentencepiece_model, config);
  if (!parts.ok()) return Annotate(parts.status(), "tokenizer.model");
  return parts;
}

}  // namespace

absl::StatusOr<Tokenizer> MakeTokenizer(const TokenizerAssets& assets) {
  RECKON_ASSIGN_OR_RETURN(TokenizerParts parts, ReadParts(assets));
  return Tokenizer(std::make_shared<const Tokenizer::Impl>(std::move(parts), TemplatesOf(assets)));
}

}  // namespace reckon
