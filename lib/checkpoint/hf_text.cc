#include "checkpoint/hf_text.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "checkpoint/json.h"

namespace reckon {
namespace {

// Several times what the largest published files have.
constexpr uint64_t kMaxTokenizerBytes = uint64_t{256} << 20;
constexpr uint64_t kMaxJsonBytes = uint64_t{64} << 20;
constexpr uint64_t kMaxTemplateBytes = uint64_t{4} << 20;
constexpr size_t kMaxDepth = 64;
constexpr char kDefault[] = "default";

absl::Status ReadIfThere(const FileSet& files, absl::string_view name, uint64_t limit, std::string* out) {
  if (!files.Has(name)) return absl::OkStatus();
  RECKON_ASSIGN_OR_RETURN(*out, files.ReadAll(name, limit));
  return absl::OkStatus();
}

absl::Status TemplateError(absl::string_view origin) {
  return absl::InvalidArgumentError(absl::StrCat(
      origin, ": \"chat_template\" should be a string, an object of strings, or a list of {\"name\", \"template\"}"));
}

absl::Status AddTemplate(absl::string_view origin, std::string_view name, std::string_view text,
                         TokenizerAssets* assets) {
  if (text.size() > kMaxTemplateBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(origin, ": a chat template is longer than ", kMaxTemplateBytes, " bytes"));
  }
  assets->chat_templates[std::string(name)] = std::string(text);
  return absl::OkStatus();
}

// The value of "chat_template" in its three published forms.
absl::Status AddTemplates(absl::string_view origin, simdjson::dom::element value, TokenizerAssets* assets) {
  std::string_view text;
  simdjson::dom::object object;
  simdjson::dom::array array;
  if (value.is_null()) return absl::OkStatus();
  if (value.get_string().get(text) == simdjson::SUCCESS) return AddTemplate(origin, kDefault, text, assets);
  if (value.get_object().get(object) == simdjson::SUCCESS) {
    for (const simdjson::dom::key_value_pair field : object) {
      if (field.value.get_string().get(text) != simdjson::SUCCESS) return TemplateError(origin);
      RECKON_RETURN_IF_ERROR(AddTemplate(origin, field.key, text, assets));
    }
    return absl::OkStatus();
  }
  if (value.get_array().get(array) != simdjson::SUCCESS) return TemplateError(origin);
  for (const simdjson::dom::element item : array) {
    std::string_view name;
    if (item["name"].get_string().get(name) != simdjson::SUCCESS ||
        item["template"].get_string().get(text) != simdjson::SUCCESS) {
      return TemplateError(origin);
    }
    RECKON_RETURN_IF_ERROR(AddTemplate(origin, name, text, assets));
  }
  return absl::OkStatus();
}

absl::Status AddTemplatesOfJson(const std::string& origin, absl::string_view json, TokenizerAssets* assets) {
  if (json.empty()) return absl::OkStatus();
  RECKON_ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json, origin, kMaxDepth));
  RECKON_ASSIGN_OR_RETURN(const simdjson::dom::object root, document.RootObject());
  simdjson::dom::element value;
  if (root["chat_template"].get(value) != simdjson::SUCCESS) return absl::OkStatus();
  return AddTemplates(origin, value, assets);
}

absl::Status AddTemplateFiles(const FileSet& files, TokenizerAssets* assets) {
  for (const std::string& file : files.names()) {
    absl::string_view name = file;
    if (file == "chat_template.jinja") {
      name = kDefault;
    } else if (!absl::ConsumePrefix(&name, "additional_chat_templates/") || !absl::ConsumeSuffix(&name, ".jinja")) {
      continue;
    }
    RECKON_ASSIGN_OR_RETURN(assets->chat_templates[std::string(name)], files.ReadAll(file, kMaxTemplateBytes));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TokenizerAssets> ReadHfTokenizerAssets(const FileSet& files) {
  TokenizerAssets assets;
  RECKON_RETURN_IF_ERROR(ReadIfThere(files, "tokenizer.json", kMaxTokenizerBytes, &assets.tokenizer_json));
  RECKON_RETURN_IF_ERROR(ReadIfThere(files, "tokenizer_config.json", kMaxJsonBytes, &assets.tokenizer_config_json));
  RECKON_RETURN_IF_ERROR(ReadIfThere(files, "special_tokens_map.json", kMaxJsonBytes, &assets.special_tokens_map_json));
  RECKON_RETURN_IF_ERROR(ReadIfThere(files, "tokenizer.model", kMaxTokenizerBytes, &assets.sentencepiece_model));
  std::string template_json;
  RECKON_RETURN_IF_ERROR(ReadIfThere(files, "chat_template.json", kMaxJsonBytes, &template_json));
  RECKON_RETURN_IF_ERROR(
      AddTemplatesOfJson(files.Label("tokenizer_config.json"), assets.tokenizer_config_json, &assets));
  RECKON_RETURN_IF_ERROR(AddTemplatesOfJson(files.Label("chat_template.json"), template_json, &assets));
  RECKON_RETURN_IF_ERROR(AddTemplateFiles(files, &assets));
  return assets;
}

}  // namespace reckon
