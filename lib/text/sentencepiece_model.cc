#include "text/sentencepiece_model.h"

#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/sentencepiece_library.h"
#include "text/sentencepiece_proto.h"

namespace reckon {
namespace {

// What ChatGLM3's tokenizer class (tokenization_chatglm.py) appends to the pieces, in this order.
constexpr absl::string_view kChatGlmTokens[] = {
    "[MASK]", "[gMASK]", "[sMASK]", "sop", "eop", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>"};

class SentencePieceModel : public SubwordModel {
 public:
  explicit SentencePieceModel(std::unique_ptr<SentencePieceLibrary> library) : library_(std::move(library)) {}

  absl::Status Encode(absl::string_view word, BpeWorkspace*, std::vector<TokenId>* out) const override {
    std::vector<int> ids;
    std::string error;
    if (!library_->Encode({word.data(), word.size()}, &ids, &error)) {
      return absl::InternalError(absl::StrCat("sentencepiece could not encode the text: ", error));
    }
    out->insert(out->end(), ids.begin(), ids.end());
    return absl::OkStatus();
  }

 private:
  std::unique_ptr<SentencePieceLibrary> library_;
};

std::optional<TokenId> IdOrNone(int id, int count) {
  return id >= 0 && id < count ? std::optional<TokenId>(id) : std::nullopt;
}

absl::Status AddControlTokens(const SentencePieceLibrary& library, TokenizerParts* parts,
                              std::vector<TokenId>* verbatim) {
  for (int id = 0; id < library.size(); ++id) {
    if (!library.IsControl(id)) continue;
    AddedToken token;
    token.id = id;
    token.content = library.Piece(id);
    token.special = true;
    verbatim->push_back(id);
    RECKON_RETURN_IF_ERROR(parts->added_tokens.Add(std::move(token), parts->normalizer));
  }
  return absl::OkStatus();
}

absl::Status AddConfiguredTokens(const TokenizerConfig& config, TokenizerParts* parts, std::vector<TokenId>* verbatim) {
  for (const AddedToken& token : config.added_tokens) {
    if (token.content.empty() || parts->added_tokens.IsAdded(token.id)) continue;
    RECKON_RETURN_IF_ERROR(
        Annotate(parts->vocabulary->Add(token.id, token.content), "tokenizer_config.json: added_tokens_decoder"));
    RECKON_RETURN_IF_ERROR(parts->added_tokens.Add(token, parts->normalizer));
    verbatim->push_back(token.id);
  }
  return absl::OkStatus();
}

absl::Status AddChatGlmTokens(int pieces, TokenizerParts* parts, std::vector<TokenId>* verbatim) {
  TokenId id = pieces;
  for (const absl::string_view content : kChatGlmTokens) {
    RECKON_RETURN_IF_ERROR(parts->vocabulary->Add(id, content));
    AddedToken token;
    token.id = id;
    token.content = std::string(content);
    token.special = true;
    verbatim->push_back(id);
    RECKON_RETURN_IF_ERROR(parts->added_tokens.Add(std::move(token), parts->normalizer));
    if (content == "[gMASK]" || content == "sop") parts->prefix.push_back(id);
    ++id;
  }
  return absl::OkStatus();
}

absl::Status ReadTokens(const SentencePieceLibrary& library, const TokenizerConfig& config, bool chatglm,
                        TokenizerParts* parts, std::vector<TokenId>* verbatim) {
  const int count = library.size();
  parts->vocabulary->Reserve(static_cast<size_t>(count) + config.added_tokens.size() + std::size(kChatGlmTokens));
  for (int id = 0; id < count; ++id) RECKON_RETURN_IF_ERROR(parts->vocabulary->Add(id, library.Piece(id)));
  RECKON_RETURN_IF_ERROR(AddControlTokens(library, parts, verbatim));
  if (chatglm) RECKON_RETURN_IF_ERROR(AddChatGlmTokens(count, parts, verbatim));
  return AddConfiguredTokens(config, parts, verbatim);
}

void ReadSpecialIds(const SentencePieceLibrary& library, const TokenizerConfig& config, bool chatglm,
                    TokenizerParts* parts) {
  const int count = library.size();
  const auto choose = [&](const std::optional<std::string>& token, int id) {
    const std::optional<TokenId> named = token.has_value() ? parts->vocabulary->Find(*token) : std::nullopt;
    return named.has_value() ? named : IdOrNone(id, count);
  };
  parts->bos_id = choose(config.bos_token, library.bos_id());
  parts->eos_id = choose(config.eos_token, library.eos_id());
  parts->pad_id = choose(config.pad_token, library.pad_id());
  if (chatglm) return;  // its prefix is [gMASK] sop
  if (config.add_bos_token.value_or(true) && parts->bos_id.has_value()) parts->prefix.push_back(*parts->bos_id);
  if (config.add_eos_token.value_or(false) && parts->eos_id.has_value()) parts->suffix.push_back(*parts->eos_id);
}

}  // namespace

absl::StatusOr<TokenizerParts> ReadSentencePieceModel(absl::string_view bytes, const TokenizerConfig& config) {
  RECKON_ASSIGN_OR_RETURN(const SentencePieceProto proto, CheckSentencePieceProto(bytes));
  std::string error;
  std::unique_ptr<SentencePieceLibrary> library = SentencePieceLibrary::Load(proto.serialized, &error);
  if (library == nullptr) return absl::InvalidArgumentError(absl::StrCat("sentencepiece refuses the model: ", error));
  const bool chatglm = IsChatGlm(config);

  TokenizerParts parts;
  std::vector<TokenId> verbatim;
  RECKON_RETURN_IF_ERROR(ReadTokens(*library, config, chatglm, &parts, &verbatim));
  ReadSpecialIds(*library, config, chatglm, &parts);
  DecoderOptions decoder;
  decoder.byte_alphabet = false;
  decoder.replacements = {{"\u2581", " "}};
  decoder.byte_fallback = true;
  decoder.strip_spaces = proto.add_dummy_prefix || proto.remove_extra_whitespaces ? 1 : 0;
  decoder.strip_each_token = proto.remove_extra_whitespaces;
  decoder.strip_after_verbatim = chatglm;
  decoder.invalid = DecoderOptions::Invalid::kBytes;
  parts.decoder = TokenDecoder(*parts.vocabulary, std::move(decoder), verbatim);
  // The library's "unknown surface", which shows where something was lost.
  if (library->unk_id() >= 0) parts.decoder.Override(library->unk_id(), " \u2047 ");
  parts.model = std::make_unique<SentencePieceModel>(std::move(library));
  return parts;
}

}  // namespace reckon
