#include "text/llama_vocabulary.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "text/unicode.h"

namespace reckon {

// Looks pairs up by their text, since a symbol need not be a token: sentencepiece merges unknown characters, too, if
// the result is known.
class LlamaMergeRule {
 public:
  LlamaMergeRule(const LlamaVocabulary& vocabulary, absl::string_view word, LlamaVocabulary::Splits* splits)
      : vocabulary_(vocabulary), word_(word), splits_(splits) {}

  bool Find(const BpeSymbol& left, const BpeSymbol& right, uint32_t* rank, uint32_t* merged) const {
    const size_t size = right.end - left.begin;
    if (size > vocabulary_.longest_) return false;
    const absl::string_view text = word_.substr(left.begin, size);
    const LlamaVocabulary::Piece* const piece = vocabulary_.pieces_.Find(text);
    if (piece == nullptr) return false;
    *rank = piece->rank;
    *merged = static_cast<uint32_t>(piece->id);
    if (piece->unused) splits_->insert_or_assign(text, left.end - left.begin);
    return true;
  }

 private:
  const LlamaVocabulary& vocabulary_;
  absl::string_view word_;
  LlamaVocabulary::Splits* splits_;
};

namespace {

PieceType TypeOf(const GgufVocabulary& gguf, size_t id) {
  return gguf.token_types.empty() ? PieceType::kNormal : static_cast<PieceType>(gguf.token_types[id]);
}

}  // namespace

absl::StatusOr<std::unique_ptr<LlamaVocabulary>> LlamaVocabulary::Make(const GgufVocabulary& gguf,
                                                                       const Vocabulary* tokens) {
  const size_t n = gguf.tokens.size();
  if (gguf.scores.size() != n) {
    return absl::InvalidArgumentError(
        absl::StrCat("tokenizer.ggml.scores has ", gguf.scores.size(), " entries, but tokenizer.ggml.tokens has ", n));
  }
  std::vector<float> ranks = gguf.scores;
  for (size_t i = 0; i < n; ++i) {
    if (std::isnan(ranks[i])) {
      return absl::InvalidArgumentError(absl::StrCat("tokenizer.ggml.scores[", i, "] is not a number"));
    }
  }
  std::sort(ranks.begin(), ranks.end(), std::greater<>());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());

  std::unique_ptr<LlamaVocabulary> model(new LlamaVocabulary());
  model->pieces_.Reserve(n);
  for (size_t i = 0; i < n; ++i) {
    const TokenId id = static_cast<TokenId>(i);
    const PieceType type = TypeOf(gguf, i);
    if (type == PieceType::kUnknown && !model->unk_id_.has_value()) model->unk_id_ = id;
    const absl::string_view spelling = tokens->Spelling(id);
    if (spelling.empty()) continue;
    if (type != PieceType::kNormal && type != PieceType::kUserDefined && type != PieceType::kUnused) continue;
    const auto rank = std::lower_bound(ranks.begin(), ranks.end(), gguf.scores[i], std::greater<>()) - ranks.begin();
    model->pieces_.Insert(spelling, Piece{id, static_cast<uint32_t>(rank), type == PieceType::kUnused});
    model->longest_ = std::max(model->longest_, spelling.size());
  }
  if (gguf.unk_id.has_value() && *gguf.unk_id >= 0 && static_cast<size_t>(*gguf.unk_id) < n) {
    model->unk_id_ = static_cast<TokenId>(*gguf.unk_id);
  }
  model->byte_fallback_ = true;
  for (int byte = 0; byte < 256; ++byte) {
    const std::optional<TokenId> id = tokens->Find(absl::StrFormat("<0x%02X>", byte));
    if (!id.has_value() || TypeOf(gguf, static_cast<size_t>(*id)) != PieceType::kByte) {
      model->byte_fallback_ = false;
      break;
    }
    model->byte_ids_[static_cast<size_t>(byte)] = *id;
  }
  return model;
}

void LlamaVocabulary::AppendUnknown(absl::string_view piece, bool* after_unknown, std::vector<TokenId>* out) const {
  if (byte_fallback_) {
    for (const char byte : piece) out->push_back(byte_ids_[static_cast<uint8_t>(byte)]);
    return;
  }
  if (unk_id_.has_value() && !*after_unknown) out->push_back(*unk_id_);
  *after_unknown = true;
}

void LlamaVocabulary::AppendPiece(absl::string_view piece, const Splits& splits, bool* after_unknown,
                                  std::vector<TokenId>* out) const {
  // A stack instead of recursion: an unused piece may be long and made of unused pieces.
  std::vector<absl::string_view> todo = {piece};
  while (!todo.empty()) {
    const absl::string_view part = todo.back();
    todo.pop_back();
    const Piece* const found = pieces_.Find(part);
    if (found == nullptr) {
      AppendUnknown(part, after_unknown, out);
      continue;
    }
    const auto split = found->unused ? splits.find(part) : splits.end();
    if (split == splits.end()) {
      out->push_back(found->id);
      *after_unknown = false;
      continue;
    }
    todo.push_back(part.substr(split->second));
    todo.push_back(part.substr(0, split->second));
  }
}

absl::Status LlamaVocabulary::Encode(absl::string_view word, BpeWorkspace* workspace, std::vector<TokenId>* out) const {
  std::vector<BpeSymbol>& symbols = workspace->symbols;
  symbols.clear();
  for (uint32_t pos = 0; pos < word.size();) {
    const uint32_t end = pos + DecodeUtf8(word, pos).length;
    symbols.push_back({0, pos, end});
    pos = end;
  }
  Splits splits;
  MergeSymbols(LlamaMergeRule(*this, word, &splits), workspace);
  bool after_unknown = false;
  for (const BpeSymbol& symbol : symbols) {
    AppendPiece(word.substr(symbol.begin, symbol.end - symbol.begin), splits, &after_unknown, out);
  }
  return absl::OkStatus();
}

}  // namespace reckon
