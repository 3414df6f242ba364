#include "text/vocabulary.h"

#include "absl/strings/str_cat.h"

namespace reckon {

void Vocabulary::Reserve(size_t entries) {
  limit_ = IdLimit(entries);
  ids_.Reserve(entries);
}

absl::Status Vocabulary::Add(int64_t id, absl::string_view spelling) {
  if (id < 0 || id >= limit_) {
    return absl::InvalidArgumentError(absl::StrCat("token \"", spelling.substr(0, 64), "\" has the id ", id,
                                                   ", which does not fit a vocabulary whose ids are below ", limit_));
  }
  const size_t index = static_cast<size_t>(id);
  if (index >= spellings_.size()) {
    spellings_.resize(index + 1);
    taken_.resize(index + 1);
  }
  if (taken_[index]) {
    if (spellings_[index] == spelling) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("two tokens have the id ", id, ": \"",
                                                   spellings_[index].substr(0, 64), "\" and \"", spelling.substr(0, 64),
                                                   "\""));
  }
  spellings_[index].assign(spelling.data(), spelling.size());
  taken_[index] = true;
  ++entries_;
  if (!ids_.Insert(spellings_[index], static_cast<TokenId>(id)).second) repeats_ = true;
  return absl::OkStatus();
}

std::optional<TokenId> Vocabulary::Find(absl::string_view spelling) const {
  const TokenId* const id = ids_.Find(spelling);
  return id == nullptr ? std::nullopt : std::optional<TokenId>(*id);
}

bool Vocabulary::IsSpelled(TokenId id, absl::string_view left, absl::string_view right) const {
  if (repeats_ || !Contains(id)) return false;
  const absl::string_view spelling = spellings_[static_cast<size_t>(id)];
  return spelling.size() == left.size() + right.size() && spelling.substr(0, left.size()) == left &&
         spelling.substr(left.size()) == right;
}

absl::string_view Vocabulary::Spelling(TokenId id) const {
  return Contains(id) ? absl::string_view(spellings_[static_cast<size_t>(id)]) : absl::string_view();
}

}  // namespace reckon
