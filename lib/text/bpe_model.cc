#include "text/bpe_model.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status.h"
#include "text/byte_alphabet.h"
#include "text/unicode.h"

namespace reckon {

BpeModel::BpeModel(const Vocabulary* vocabulary, const Options& options) : vocabulary_(vocabulary), options_(options) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const size_t index = static_cast<size_t>(byte);
    if (options.bytes) byte_ids_[index] = vocabulary->Find(SpellBytes(absl::string_view(&c, 1)));
    if (options.byte_fallback) fallback_ids_[index] = vocabulary->Find(absl::StrFormat("<0x%02X>", byte));
  }
}

// Vocabularies are made by merging, so results have ids in order of rank: `merged` comes with the next one, which saves
// the lookup of most.
absl::Status BpeModel::FindMerge(const MergeText& merge, uint64_t* pair, TokenId* merged) const {
  const auto [left, right] = merge;
  const std::optional<TokenId> left_id = vocabulary_->Find(left);
  const std::optional<TokenId> right_id = vocabulary_->Find(right);
  std::optional<TokenId> merged_id = *merged;
  if (!vocabulary_->IsSpelled(*merged, left, right)) merged_id = vocabulary_->Find(absl::StrCat(left, right));
  if (!left_id.has_value() || !right_id.has_value() || !merged_id.has_value()) {
    const std::string text = absl::StrCat(left, right);
    const absl::string_view missing = !left_id.has_value() ? left : !right_id.has_value() ? right : text;
    return absl::InvalidArgumentError(absl::StrCat("the merge \"", left.substr(0, 64), "\" + \"", right.substr(0, 64),
                                                   "\" needs the token \"", missing.substr(0, 128),
                                                   "\", which is not in the vocabulary"));
  }
  *pair = (static_cast<uint64_t>(*left_id) << 32) | static_cast<uint32_t>(*right_id);
  *merged = *merged_id;
  return absl::OkStatus();
}

absl::Status BpeModel::AddMerges(absl::Span<const MergeText> merges) {
  for (; !merges.empty(); merges.remove_prefix(std::min(kMergesTogether, merges.size()))) {
    const absl::Span<const MergeText> together = merges.first(std::min(kMergesTogether, merges.size()));
    for (const MergeText& merge : together) {
      vocabulary_->Prefetch(merge.left);
      vocabulary_->Prefetch(merge.right);
    }
    std::array<uint64_t, kMergesTogether> pairs;
    std::array<TokenId, kMergesTogether> merged;
    absl::Status status;
    size_t found = 0;
    for (TokenId next = next_merged_; found < together.size(); ++found, ++next) {
      status = FindMerge(together[found], &pairs[found], &next);
      if (!status.ok()) break;
      merged[found] = next;
      merges_.Prefetch(pairs[found]);
    }
    for (size_t i = 0; i < found; ++i) {
      *merges_.Insert(pairs[i], {}).first = {next_rank_++, static_cast<uint32_t>(merged[i])};
      next_merged_ = merged[i] + 1;
    }
    RECKON_RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

void BpeModel::SplitBytes(absl::string_view word, std::vector<BpeSymbol>* symbols) const {
  std::optional<TokenId> previous_unknown;
  for (uint32_t i = 0; i < word.size(); ++i) {
    std::optional<TokenId> id = byte_ids_[static_cast<uint8_t>(word[i])];
    const bool unknown = !id.has_value();
    if (unknown) id = options_.unk_id;
    if (unknown && options_.fuse_unk && previous_unknown.has_value()) {
      symbols->back().end = i + 1;
      continue;
    }
    previous_unknown = unknown ? id : std::nullopt;
    if (id.has_value()) symbols->push_back({static_cast<uint32_t>(*id), i, i + 1});
  }
}

bool BpeModel::AppendBytes(absl::string_view character, uint32_t begin, std::vector<BpeSymbol>* symbols) const {
  for (const char byte : character) {
    if (!fallback_ids_[static_cast<uint8_t>(byte)].has_value()) return false;
  }
  for (const char byte : character) {
    symbols->push_back({static_cast<uint32_t>(*fallback_ids_[static_cast<uint8_t>(byte)]), begin, begin + 1});
    ++begin;
  }
  return true;
}

void BpeModel::SplitCharacters(absl::string_view word, std::vector<BpeSymbol>* symbols) const {
  bool after_unknown = false;
  for (uint32_t pos = 0; pos < word.size();) {
    const uint32_t end = pos + DecodeUtf8(word, pos).length;
    const absl::string_view character = word.substr(pos, end - pos);
    bool unknown = false;
    if (const std::optional<TokenId> id = vocabulary_->Find(character); id.has_value()) {
      symbols->push_back({static_cast<uint32_t>(*id), pos, end});
    } else if (!options_.byte_fallback || !AppendBytes(character, pos, symbols)) {
      unknown = options_.unk_id.has_value();
      if (unknown && options_.fuse_unk && after_unknown) {
        symbols->back().end = end;
      } else if (unknown) {
        symbols->push_back({static_cast<uint32_t>(*options_.unk_id), pos, end});
      }
    }
    after_unknown = unknown;
    pos = end;
  }
}

absl::Status BpeModel::Encode(absl::string_view word, BpeWorkspace* workspace, std::vector<TokenId>* out) const {
  if (options_.ignore_merges) {
    const std::optional<TokenId> whole = vocabulary_->Find(options_.bytes ? SpellBytes(word) : std::string(word));
    if (whole.has_value()) {
      out->push_back(*whole);
      return absl::OkStatus();
    }
  }
  std::vector<BpeSymbol>& symbols = workspace->symbols;
  symbols.clear();
  if (options_.bytes) {
    SplitBytes(word, &symbols);
  } else {
    SplitCharacters(word, &symbols);
  }
  MergeSymbols(*this, workspace);
  for (const BpeSymbol& symbol : symbols) out->push_back(static_cast<TokenId>(symbol.id));
  return absl::OkStatus();
}

}  // namespace reckon
