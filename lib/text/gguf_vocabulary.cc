#include "text/gguf_vocabulary.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/bpe_model.h"
#include "text/llama_vocabulary.h"

namespace reckon {
namespace {

constexpr char kSpaceSymbol[] = "\u2581";
constexpr size_t kAhead = Vocabulary::kPrefetchDistance;

// What the published tokenizer.json has for the name in tokenizer.ggml.pre.
struct KnownPre {
  absl::string_view name;
  SplitPattern (*pattern)();
  bool nfc;
  bool digits;  // \p{N} one by one, before the pattern
  bool ignore_merges;
  bool add_bos;  // if tokenizer.ggml.add_bos_token is not there
};

constexpr KnownPre kKnownPres[] = {
    {"qwen2", &SplitPattern::Qwen2, true, false, false, false},
    {"deepseek-r1-qwen", &SplitPattern::Qwen2, true, false, false, false},
    {"llama-bpe", &SplitPattern::Llama3, false, false, true, true},
    {"llama3", &SplitPattern::Llama3, false, false, true, true},
    {"llama-v3", &SplitPattern::Llama3, false, false, true, true},
    {"smollm", &SplitPattern::Gpt2, false, true, false, false},
    {"gpt-2", &SplitPattern::Gpt2, false, false, false, false},
    // Files from before the key existed: GPT-2's own is the best guess for a "gpt2" vocabulary.
    {"default", &SplitPattern::Gpt2, false, false, false, false},
    {"", &SplitPattern::Gpt2, false, false, false, false},
};

PieceType TypeOf(const GgufVocabulary& gguf, size_t id) {
  return gguf.token_types.empty() ? PieceType::kNormal : static_cast<PieceType>(gguf.token_types[id]);
}

absl::Status ReadTokens(const GgufVocabulary& gguf, TokenizerParts* parts) {
  if (gguf.tokens.empty()) return absl::InvalidArgumentError("tokenizer.ggml.tokens: there are no tokens");
  if (!gguf.token_types.empty() && gguf.token_types.size() != gguf.tokens.size()) {
    return absl::InvalidArgumentError(absl::StrCat("tokenizer.ggml.token_type has ", gguf.token_types.size(),
                                                   " entries, but tokenizer.ggml.tokens has ", gguf.tokens.size()));
  }
  parts->vocabulary->Reserve(gguf.tokens.size());
  for (size_t i = 0; i < gguf.tokens.size(); ++i) {
    if (i + kAhead < gguf.tokens.size()) parts->vocabulary->Prefetch(gguf.tokens[i + kAhead]);
    RECKON_RETURN_IF_ERROR(
        Annotate(parts->vocabulary->Add(static_cast<int64_t>(i), gguf.tokens[i]), "tokenizer.ggml.tokens"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<TokenId>> CheckedId(const GgufVocabulary& gguf, std::optional<int64_t> id,
                                                 absl::string_view key) {
  // "None" is written as -1, signed or unsigned.
  if (!id.has_value() || *id == -1 || *id == std::numeric_limits<uint32_t>::max()) return std::optional<TokenId>();
  if (*id < 0 || static_cast<uint64_t>(*id) >= gguf.tokens.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("tokenizer.ggml.", key, " is ", *id, ", but there are ", gguf.tokens.size(), " tokens"));
  }
  return std::optional<TokenId>(static_cast<TokenId>(*id));
}

absl::Status ReadSpecialIds(const GgufVocabulary& gguf, bool add_bos_by_default, TokenizerParts* parts) {
  RECKON_ASSIGN_OR_RETURN(parts->bos_id, CheckedId(gguf, gguf.bos_id, "bos_token_id"));
  RECKON_ASSIGN_OR_RETURN(parts->eos_id, CheckedId(gguf, gguf.eos_id, "eos_token_id"));
  RECKON_ASSIGN_OR_RETURN(parts->pad_id, CheckedId(gguf, gguf.pad_id, "padding_token_id"));
  if (gguf.add_bos.value_or(add_bos_by_default) && parts->bos_id.has_value()) parts->prefix.push_back(*parts->bos_id);
  if (gguf.add_eos.value_or(false) && parts->eos_id.has_value()) parts->suffix.push_back(*parts->eos_id);
  return absl::OkStatus();
}

absl::Status AddTypedTokens(const GgufVocabulary& gguf, TokenizerParts* parts) {
  for (size_t i = 0; i < gguf.tokens.size(); ++i) {
    const PieceType type = TypeOf(gguf, i);
    const bool is_unk =
        type == PieceType::kUnknown && gguf.unk_id.has_value() && *gguf.unk_id == static_cast<int64_t>(i);
    if (type != PieceType::kControl && type != PieceType::kUserDefined && !is_unk) continue;
    AddedToken token;
    token.id = static_cast<TokenId>(i);
    token.content = gguf.tokens[i];
    token.special = type != PieceType::kUserDefined;
    RECKON_RETURN_IF_ERROR(
        Annotate(parts->added_tokens.Add(std::move(token), parts->normalizer), "tokenizer.ggml.tokens"));
  }
  return absl::OkStatus();
}

absl::Status ReadMerges(const std::vector<std::string>& merges, BpeModel* model) {
  model->ReserveMerges(merges.size());
  std::array<BpeModel::MergeText, BpeModel::kMergesTogether> together;
  for (size_t i = 0; i < merges.size(); i += together.size()) {
    const size_t count = std::min(together.size(), merges.size() - i);
    for (size_t j = 0; j < count; ++j) {
      const absl::string_view merge = merges[i + j];
      const size_t space = merge.find(' ');
      if (space == absl::string_view::npos) {
        return absl::InvalidArgumentError(absl::StrCat("tokenizer.ggml.merges[", i + j, "]: not \"LEFT RIGHT\""));
      }
      together[j] = {merge.substr(0, space), merge.substr(space + 1)};
    }
    // The place is spelled out for an error only: there are 150,000 merges.
    const absl::Status added = model->AddMerges(absl::MakeConstSpan(together).first(count));
    if (!added.ok()) return Annotate(added, absl::StrCat("tokenizer.ggml.merges[", model->merges(), "]"));
  }
  return absl::OkStatus();
}

absl::Status ReadGpt2(const GgufVocabulary& gguf, TokenizerParts* parts) {
  const KnownPre* pre = nullptr;
  for (const KnownPre& known : kKnownPres) {
    if (gguf.pre == known.name) pre = &known;
  }
  if (pre == nullptr) {
    return absl::UnimplementedError(absl::StrCat("tokenizer.ggml.pre: the pre-tokenizer \"", gguf.pre.substr(0, 64),
                                                 "\" is not known to this version"));
  }
  if (pre->nfc) parts->normalizer.AddNfc();
  if (pre->digits) parts->pretokenizer.Add(PreTokenizer::Digits{true});
  parts->pretokenizer.Add(PreTokenizer::Split{pre->pattern()});
  BpeModel::Options options;
  options.ignore_merges = pre->ignore_merges;
  auto model = std::make_unique<BpeModel>(parts->vocabulary.get(), options);
  RECKON_RETURN_IF_ERROR(ReadMerges(gguf.merges, model.get()));
  parts->model = std::move(model);
  parts->decoder = TokenDecoder(*parts->vocabulary, DecoderOptions{}, {});
  return ReadSpecialIds(gguf, pre->add_bos, parts);
}

absl::Status ReadLlama(const GgufVocabulary& gguf, TokenizerParts* parts) {
  const bool space_prefix = gguf.add_space_prefix.value_or(true);
  if (space_prefix) parts->normalizer.AddPrepend(kSpaceSymbol);
  parts->normalizer.AddReplace(" ", kSpaceSymbol);
  RECKON_ASSIGN_OR_RETURN(parts->model, LlamaVocabulary::Make(gguf, parts->vocabulary.get()));
  DecoderOptions decoder;
  decoder.byte_alphabet = false;
  decoder.replacements = {{kSpaceSymbol, " "}};
  decoder.byte_fallback = true;
  decoder.strip_spaces = space_prefix ? 1 : 0;
  decoder.invalid = DecoderOptions::Invalid::kBytes;
  std::vector<TokenId> control;
  for (size_t i = 0; i < gguf.tokens.size(); ++i) {
    if (TypeOf(gguf, i) == PieceType::kControl) control.push_back(static_cast<TokenId>(i));
  }
  parts->decoder = TokenDecoder(*parts->vocabulary, std::move(decoder), control);
  return ReadSpecialIds(gguf, /*add_bos_by_default=*/true, parts);
}

}  // namespace

absl::StatusOr<TokenizerParts> ReadGgufVocabulary(const GgufVocabulary& gguf) {
  TokenizerParts parts;
  RECKON_RETURN_IF_ERROR(ReadTokens(gguf, &parts));
  if (gguf.model == "gpt2") {
    RECKON_RETURN_IF_ERROR(ReadGpt2(gguf, &parts));
  } else if (gguf.model == "llama") {
    RECKON_RETURN_IF_ERROR(ReadLlama(gguf, &parts));
  } else {
    return absl::UnimplementedError(absl::StrCat("tokenizer.ggml.model: \"", gguf.model.substr(0, 64),
                                                 "\" is not supported (only \"gpt2\" and \"llama\")"));
  }
  RECKON_RETURN_IF_ERROR(AddTypedTokens(gguf, &parts));
  return parts;
}

}  // namespace reckon
