// The vocabulary and templates inside a GGUF file.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "checkpoint/gguf_config.h"

namespace reckon {
namespace {

constexpr size_t kMaxTokens = size_t{1} << 24;

class VocabularyTaker {
 public:
  VocabularyTaker(GgufMetadata* metadata, const std::string& origin) : metadata_(metadata), origin_(origin) {}

  absl::StatusOr<GgufVocabulary> Run() {
    GgufVocabulary vocabulary;
    RECKON_RETURN_IF_ERROR(Text("model", &vocabulary.model));
    RECKON_RETURN_IF_ERROR(Text("pre", &vocabulary.pre));
    RECKON_RETURN_IF_ERROR(Strings("tokens", &vocabulary.tokens));
    RECKON_RETURN_IF_ERROR(Strings("merges", &vocabulary.merges));
    if (vocabulary.tokens.size() > kMaxTokens) return Error("tokens", "has more tokens than ids can count");
    RECKON_RETURN_IF_ERROR(Numbers("scores", vocabulary.tokens.size(), &vocabulary.scores));
    RECKON_RETURN_IF_ERROR(Numbers("token_type", vocabulary.tokens.size(), &vocabulary.token_types));
    const size_t count = vocabulary.tokens.size();
    RECKON_RETURN_IF_ERROR(Id("bos_token_id", count, &vocabulary.bos_id));
    RECKON_RETURN_IF_ERROR(Id("eos_token_id", count, &vocabulary.eos_id));
    RECKON_RETURN_IF_ERROR(Id("unknown_token_id", count, &vocabulary.unk_id));
    RECKON_RETURN_IF_ERROR(Id("padding_token_id", count, &vocabulary.pad_id));
    RECKON_RETURN_IF_ERROR(Flag("add_bos_token", &vocabulary.add_bos));
    RECKON_RETURN_IF_ERROR(Flag("add_eos_token", &vocabulary.add_eos));
    RECKON_RETURN_IF_ERROR(Flag("add_space_prefix", &vocabulary.add_space_prefix));
    return vocabulary;
  }

 private:
  absl::Status Error(absl::string_view name, absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(origin_, ": key \"tokenizer.ggml.", name, "\" ", what));
  }

  GgufValue* Find(absl::string_view name) {
    const auto it = metadata_->find(absl::StrCat("tokenizer.ggml.", name));
    return it == metadata_->end() ? nullptr : &it->second;
  }

  absl::Status Text(absl::string_view name, std::string* out) {
    GgufValue* value = Find(name);
    if (value == nullptr) return absl::OkStatus();
    auto* text = std::get_if<std::string>(value);
    if (text == nullptr) return Error(name, "should be a string");
    *out = *text;
    return absl::OkStatus();
  }

  absl::Status Strings(absl::string_view name, std::vector<std::string>* out) {
    GgufValue* value = Find(name);
    if (value == nullptr) return absl::OkStatus();
    auto* list = std::get_if<GgufArray>(value);
    if (list == nullptr || list->type != GgufType::kString) return Error(name, "should be a list of strings");
    *out = std::move(list->strings);
    return absl::OkStatus();
  }

  template <typename T>
  absl::Status Numbers(absl::string_view name, size_t count, std::vector<T>* out) {
    GgufValue* value = Find(name);
    if (value == nullptr) return absl::OkStatus();
    auto* list = std::get_if<GgufArray>(value);
    if (list == nullptr || list->type == GgufType::kString || list->type == GgufType::kArray) {
      return Error(name, "should be a list of numbers");
    }
    if (list->size() != count) {
      return Error(name, absl::StrCat("has ", list->size(), " elements for ", count, " tokens"));
    }
    out->resize(count);
    for (size_t i = 0; i < count; ++i) {
      const double number = list->Number(i);
      // Token types are small; what does not fit is no type and becomes "normal" nowhere.
      if (std::is_integral_v<T> && !(number >= -1e9 && number <= 1e9)) return Error(name, "holds a huge number");
      (*out)[i] = static_cast<T>(number);
    }
    return absl::OkStatus();
  }

  absl::Status Id(absl::string_view name, size_t count, std::optional<int64_t>* out) {
    GgufValue* value = Find(name);
    if (value == nullptr) return absl::OkStatus();
    const auto* natural = std::get_if<uint64_t>(value);
    const auto* integer = std::get_if<int64_t>(value);
    if (natural == nullptr && integer == nullptr) return Error(name, "should be an integer");
    if ((natural != nullptr && *natural == UINT32_MAX) || (integer != nullptr && *integer == -1)) {
      return absl::OkStatus();  // how converters write "none"
    }
    const uint64_t id = natural != nullptr ? *natural : static_cast<uint64_t>(*integer);
    if (id >= count) return Error(name, absl::StrCat("is not the number of one of the ", count, " tokens"));
    *out = static_cast<int64_t>(id);
    return absl::OkStatus();
  }

  absl::Status Flag(absl::string_view name, std::optional<bool>* out) {
    GgufValue* value = Find(name);
    if (value == nullptr) return absl::OkStatus();
    const auto* flag = std::get_if<bool>(value);
    if (flag == nullptr) return Error(name, "should be a boolean");
    *out = *flag;
    return absl::OkStatus();
  }

  GgufMetadata* metadata_;
  const std::string& origin_;
};

}  // namespace

absl::Status TakeGgufTokenizer(GgufMetadata* metadata, const std::string& origin, TokenizerAssets* assets) {
  constexpr absl::string_view kTemplate = "tokenizer.chat_template";
  for (auto& [key, value] : *metadata) {
    absl::string_view name = key;
    if (!absl::ConsumePrefix(&name, kTemplate)) continue;
    auto* text = std::get_if<std::string>(&value);
    if (!name.empty() && !absl::ConsumePrefix(&name, ".")) continue;  // "tokenizer.chat_templates" lists the names
    if (text == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat(origin, ": key \"", key, "\" should be a string"));
    }
    assets->chat_templates[name.empty() ? "default" : std::string(name)] = std::move(*text);
  }
  const auto model = metadata->find("tokenizer.ggml.model");
  if (model == metadata->end()) return absl::OkStatus();
  // What converters write for a model that takes and gives token ids only.
  const auto* name = std::get_if<std::string>(&model->second);
  if (name != nullptr && (*name == "no_vocab" || *name == "none")) return absl::OkStatus();
  RECKON_ASSIGN_OR_RETURN(assets->gguf, VocabularyTaker(metadata, origin).Run());
  return absl::OkStatus();
}

}  // namespace reckon
