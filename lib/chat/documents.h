// Texts longer than the window: cut into passages, indexed, and found again by a question's words.
#ifndef RECKON_LIB_CHAT_DOCUMENTS_H_
#define RECKON_LIB_CHAT_DOCUMENTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chat/passages.h"
#include "reckon/chat.h"
#include "reckon/tokenizer.h"

struct sqlite3;

namespace reckon {

// An index in memory, ranked with BM25 (Robertson and Zaragoza 2009) by SQLite's FTS5 over SearchTerms().
// Threads: const members may be called concurrently; the others alone.
class Documents {
 public:
  // passage_tokens: the most tokens of a passage.
  static absl::StatusOr<std::unique_ptr<Documents>> Create(Tokenizer tokenizer, int64_t passage_tokens);
  ~Documents();
  Documents(const Documents&) = delete;
  Documents& operator=(const Documents&) = delete;

  // The same documents with an index of their own.
  absl::StatusOr<std::unique_ptr<Documents>> Copy() const;
  // Errors: INVALID_ARGUMENT (no text), RESOURCE_EXHAUSTED; nothing is added then.
  absl::Status Add(absl::string_view name, absl::string_view text);

  // The best passages for a question that have at most `budget` tokens together, in the order of the documents. Those
  // that do not fit any more are passed over for worse ones that do.
  absl::StatusOr<std::vector<CitedPassage>> Find(absl::string_view question, int64_t budget) const;

  int64_t passages() const { return static_cast<int64_t>(passages_.size()); }
  int64_t memory_bytes() const;

 private:
  struct Entry {
    std::string document;
    Passage passage;
  };

  Documents(Tokenizer tokenizer, int64_t passage_tokens) : tokenizer_(std::move(tokenizer)), most_(passage_tokens) {}
  absl::Status Open();
  absl::Status Index(size_t first);
  absl::Status Run(const char* statement);
  absl::Status Failure(absl::string_view what) const;
  // Rows of passages, best first.
  absl::StatusOr<std::vector<int64_t>> Rank(const std::string& query) const;

  Tokenizer tokenizer_;
  int64_t most_;
  sqlite3* database_ = nullptr;
  std::vector<Entry> passages_;  // row number i + 1 in the index
};

// The passages as text in front of a question, in the language of `question`. Empty without passages.
std::string CitePassages(const std::vector<CitedPassage>& passages, absl::string_view question);

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_DOCUMENTS_H_
