// The table of tokens: id <-> spelling, and which ids are special.
#ifndef RECKON_LIB_TEXT_VOCABULARY_H_
#define RECKON_LIB_TEXT_VOCABULARY_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/flat_map.h"
#include "reckon/types.h"

namespace reckon {

// Ids may have gaps (spelled ""). Move-only: the index points into the spellings.
class Vocabulary {
 public:
  Vocabulary() = default;
  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;
  Vocabulary(const Vocabulary&) = delete;
  Vocabulary& operator=(const Vocabulary&) = delete;

  // Ids that a vocabulary of `entries` entries may use: some slack for gaps, but no room for a file to ask for
  // gigabytes.
  static int64_t IdLimit(size_t entries) { return static_cast<int64_t>(entries) * 2 + (int64_t{1} << 16); }

  // Prepares for ids below IdLimit(entries).
  void Reserve(size_t entries);

  // Errors: INVALID_ARGUMENT if `id` is negative, not below the limit, or already taken by another spelling.
  // A spelling that is already there keeps its id for Find() (the GGUF converters write some spellings twice).
  absl::Status Add(int64_t id, absl::string_view spelling);

  // The highest id + 1.
  size_t size() const { return spellings_.size(); }
  // The number of ids that are taken.
  size_t entries() const { return entries_; }
  bool Contains(TokenId id) const { return id >= 0 && static_cast<size_t>(id) < taken_.size() && taken_[id]; }
  std::optional<TokenId> Find(absl::string_view spelling) const;
  // Find(spelling) or Add(..., spelling) will follow (FlatMap::Prefetch), in a loop kPrefetchDistance entries later.
  static constexpr size_t kPrefetchDistance = 8;
  void Prefetch(absl::string_view spelling) const { ids_.Prefetch(spelling); }
  // Find(left + right) == id, seen without hashing or putting the two together; false if that cannot be told so.
  bool IsSpelled(TokenId id, absl::string_view left, absl::string_view right) const;
  // "" for an id outside.
  absl::string_view Spelling(TokenId id) const;

 private:
  int64_t limit_ = 0;
  size_t entries_ = 0;
  bool repeats_ = false;               // some spelling has two ids
  std::deque<std::string> spellings_;  // a deque: views into it stay good while it grows
  std::vector<bool> taken_;
  FlatMap<absl::string_view, TokenId> ids_;
};

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_VOCABULARY_H_
