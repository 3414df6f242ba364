#include "text/added_tokens.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "text/unicode.h"

namespace reckon {

void AddedTokens::Trie::Insert(absl::string_view content, uint32_t token) {
  if (nodes_.empty()) nodes_.push_back(kNone);
  first_[static_cast<uint8_t>(content[0])] = true;
  uint32_t node = 0;
  for (const char byte : content) {
    const uint64_t edge = (uint64_t{node} << 8) | static_cast<uint8_t>(byte);
    const auto [it, inserted] = edges_.try_emplace(edge, static_cast<uint32_t>(nodes_.size()));
    if (inserted) nodes_.push_back(kNone);
    node = it->second;
  }
  if (nodes_[node] == kNone) nodes_[node] = token;
}

bool AddedTokens::Trie::Match(absl::string_view text, size_t pos, uint32_t* token, size_t* end) const {
  bool found = false;
  uint32_t node = 0;
  while (pos < text.size()) {
    const auto it = edges_.find((uint64_t{node} << 8) | static_cast<uint8_t>(text[pos]));
    if (it == edges_.end()) break;
    node = it->second;
    ++pos;
    if (nodes_[node] != kNone) {
      found = true;
      *token = nodes_[node];
      *end = pos;
    }
  }
  return found;
}

absl::Status AddedTokens::Add(AddedToken token, const Normalizer& normalizer) {
  if (token.content.size() > kMaxLength) {
    return absl::InvalidArgumentError(absl::StrCat("the added token with the id ", token.id, " is ",
                                                   token.content.size(), " bytes long; at most ", kMaxLength,
                                                   " are supported"));
  }
  added_ids_.insert(token.id);
  if (token.special) special_ids_.insert(token.id);
  if (token.content.empty()) return absl::OkStatus();
  const uint32_t index = static_cast<uint32_t>(tokens_.size());
  if (token.normalized) {
    const std::string content = normalizer.Normalize(token.content);
    if (!content.empty()) normalized_.Insert(content, index);
  } else {
    raw_.Insert(token.content, index);
  }
  tokens_.push_back(std::move(token));
  return absl::OkStatus();
}

namespace {

bool WordEndsAt(absl::string_view text, size_t pos) {
  if (pos == 0) return false;
  size_t begin = pos - 1;
  while (begin > 0 && (static_cast<uint8_t>(text[begin]) & 0xc0) == 0x80) --begin;
  return IsWordCharacter(DecodeUtf8(text, begin).value);
}

bool WordBeginsAt(absl::string_view text, size_t pos) {
  return pos < text.size() && IsWordCharacter(DecodeUtf8(text, pos).value);
}

}  // namespace

void AddedTokens::SplitBy(const Trie& trie, absl::string_view text, bool parse_special,
                          absl::FunctionRef<void(TokenId)> on_token,
                          absl::FunctionRef<void(absl::string_view, size_t)> on_text) const {
  size_t done = 0;
  size_t pos = trie.empty() ? text.size() : 0;
  while (pos < text.size()) {
    uint32_t index = 0;
    size_t end = 0;
    if (!trie.CanBegin(text[pos]) || !trie.Match(text, pos, &index, &end)) {
      ++pos;
      continue;
    }
    const AddedToken& token = tokens_[index];
    size_t begin = pos;
    pos = end;
    // As in the reference, a match that does not count hides what overlaps it.
    if (token.special && !parse_special) continue;
    if (token.single_word && (WordEndsAt(text, begin) || WordBeginsAt(text, end))) continue;
    if (token.lstrip) begin = done + TrailingSpaceBegin(text.substr(done, std::max(begin, done) - done));
    if (token.rstrip) end += LeadingSpaceEnd(text.substr(end));
    if (begin > done) on_text(text.substr(done, begin - done), done);
    on_token(token.id);
    done = end;
    pos = std::max(pos, done);
  }
  if (done < text.size()) on_text(text.substr(done), done);
}

void AddedTokens::Split(absl::string_view text, const Normalizer& normalizer, bool parse_special,
                        absl::FunctionRef<void(TokenId)> on_token,
                        absl::FunctionRef<void(absl::string_view, bool)> on_text) const {
  SplitBy(raw_, text, parse_special, on_token, [&](absl::string_view raw, size_t offset) {
    std::string storage;
    absl::string_view normalized = raw;
    if (!normalizer.IsIdentityFor(raw)) {
      storage = normalizer.Normalize(raw);
      normalized = storage;
    }
    SplitBy(normalized_, normalized, parse_special, on_token,
            [&](absl::string_view piece, size_t piece_offset) { on_text(piece, offset == 0 && piece_offset == 0); });
  });
}

}  // namespace reckon
