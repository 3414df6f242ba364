#include "chat/documents.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/hash_table.h"
#include "base/status.h"
#include "chat/bridge.h"
#include "chat/search_terms.h"

namespace reckon {
namespace {

// A question with more different words is cut: the rest adds cost and nothing else.
constexpr size_t kMostTerms = 128;
constexpr int kMostHits = 200;

// "According to these excerpts:" in Chinese and English.
constexpr char kIntroduceInChinese[] = "\u6587\u6863\u6458\u5f55\uff1a\n\n";
constexpr char kAskInChinese[] = "\u95ee\u9898\uff1a";
constexpr char kIntroduceInEnglish[] = "Excerpts from the documents:\n\n";
constexpr char kAskInEnglish[] = "Question: ";

std::string Joined(const std::vector<std::string>& terms) {
  std::string joined;
  for (const std::string& term : terms) absl::StrAppend(&joined, joined.empty() ? "" : " ", term);
  return joined;
}

// Any of the words.
std::string AnyOf(const std::vector<std::string>& terms) {
  HashSet<std::string> seen;
  std::string query;
  for (const std::string& term : terms) {
    if (seen.size() >= kMostTerms) break;
    if (seen.insert(term).second) absl::StrAppend(&query, query.empty() ? "" : " OR ", "\"", term, "\"");
  }
  return query;
}

// A text from outside must not speak with the model's special tokens, nor open or close its reasoning.
std::string Harmless(const Tokenizer& tokenizer, absl::string_view text) {
  std::vector<std::pair<std::string, std::string>> changes;
  const auto forbid = [&changes](const std::string& mark) {
    if (mark.size() > 2) changes.emplace_back(mark, absl::StrCat(mark.substr(0, 1), " ", mark.substr(1)));
  };
  for (TokenId id = 0; static_cast<size_t>(id) < tokenizer.vocab_size(); ++id) {
    if (tokenizer.IsSpecial(id)) forbid(tokenizer.IdToToken(id));
  }
  forbid("<think>");
  forbid("</think>");
  return absl::StrReplaceAll(text, changes);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Documents>> Documents::Create(Tokenizer tokenizer, int64_t passage_tokens) {
  // Not make_unique: the constructor is private.
  std::unique_ptr<Documents> documents(new Documents(std::move(tokenizer), std::max<int64_t>(16, passage_tokens)));
  RECKON_RETURN_IF_ERROR(documents->Open());
  return documents;
}

Documents::~Documents() { sqlite3_close_v2(database_); }

absl::StatusOr<std::unique_ptr<Documents>> Documents::Copy() const {
  RECKON_ASSIGN_OR_RETURN(std::unique_ptr<Documents> copy, Create(tokenizer_, most_));
  copy->passages_ = passages_;
  RECKON_RETURN_IF_ERROR(copy->Index(0));
  return copy;
}

absl::Status Documents::Open() {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_FULLMUTEX;
  if (sqlite3_open_v2(":memory:", &database_, flags, nullptr) != SQLITE_OK) return Failure("opening the index");
  // The words are found, the text is ours: the index keeps no copy of it.
  return Run(
      "CREATE VIRTUAL TABLE passages USING fts5(terms, content='', tokenize='porter unicode61 remove_diacritics 2')");
}

absl::Status Documents::Run(const char* statement) {
  return sqlite3_exec(database_, statement, nullptr, nullptr, nullptr) == SQLITE_OK ? absl::OkStatus()
                                                                                    : Failure(statement);
}

absl::Status Documents::Failure(absl::string_view what) const {
  const int code = sqlite3_errcode(database_);
  const std::string text = absl::StrCat("SQLite, ", what, ": ", sqlite3_errmsg(database_));
  return code == SQLITE_NOMEM || code == SQLITE_FULL ? absl::ResourceExhaustedError(text) : absl::InternalError(text);
}

absl::Status Documents::Add(absl::string_view name, absl::string_view text) {
  const std::string harmless = Harmless(tokenizer_, text);
  absl::Status failure;
  const auto count = [&](absl::string_view piece) -> int64_t {
    const absl::StatusOr<std::vector<TokenId>> tokens = tokenizer_.Encode(piece);
    if (!tokens.ok()) failure = tokens.status();
    return tokens.ok() ? static_cast<int64_t>(tokens->size()) : 0;
  };
  std::vector<Passage> passages = SplitIntoPassages(harmless, most_, count);
  RECKON_RETURN_IF_ERROR(failure);
  if (passages.empty()) return absl::InvalidArgumentError(absl::StrCat("document \"", name, "\" has no text"));
  const size_t before = passages_.size();
  for (Passage& passage : passages) passages_.push_back({std::string(name), std::move(passage)});
  absl::Status status = Index(before);
  if (!status.ok()) passages_.resize(before);
  return status;
}

absl::Status Documents::Index(size_t first) {
  RECKON_RETURN_IF_ERROR(Run("BEGIN"));
  auto rollback = absl::MakeCleanup([this] { sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr); });
  sqlite3_stmt* statement = nullptr;
  const auto finalize = absl::MakeCleanup([&statement] { sqlite3_finalize(statement); });
  if (sqlite3_prepare_v2(database_, "INSERT INTO passages(rowid, terms) VALUES(?1, ?2)", -1, &statement, nullptr) !=
      SQLITE_OK) {
    return Failure("preparing the index");
  }
  for (size_t i = first; i < passages_.size(); ++i) {
    const Entry& entry = passages_[i];
    const std::string terms =
        Joined(SearchTerms(absl::StrCat(entry.document, "\n", entry.passage.heading, "\n", entry.passage.text)));
    if (sqlite3_bind_int64(statement, 1, static_cast<sqlite3_int64>(i) + 1) != SQLITE_OK ||
        sqlite3_bind_text64(statement, 2, terms.data(), terms.size(), SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_DONE || sqlite3_reset(statement) != SQLITE_OK) {
      return Failure("adding to the index");
    }
  }
  RECKON_RETURN_IF_ERROR(Run("COMMIT"));
  std::move(rollback).Cancel();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int64_t>> Documents::Rank(const std::string& query) const {
  std::vector<int64_t> rows;
  sqlite3_stmt* statement = nullptr;
  const auto finalize = absl::MakeCleanup([&statement] { sqlite3_finalize(statement); });
  if (sqlite3_prepare_v2(database_, "SELECT rowid FROM passages WHERE passages MATCH ?1 ORDER BY rank, rowid LIMIT ?2",
                         -1, &statement, nullptr) != SQLITE_OK ||
      sqlite3_bind_text64(statement, 1, query.data(), query.size(), SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK ||
      sqlite3_bind_int(statement, 2, kMostHits) != SQLITE_OK) {
    return Failure("preparing a search");
  }
  int result = SQLITE_ROW;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW) rows.push_back(sqlite3_column_int64(statement, 0) - 1);
  if (result != SQLITE_DONE) return Failure("searching");
  return rows;
}

absl::StatusOr<std::vector<CitedPassage>> Documents::Find(absl::string_view question, int64_t budget) const {
  std::vector<CitedPassage> found;
  const std::string query = AnyOf(SearchTerms(question));
  if (query.empty() || passages_.empty()) return found;
  RECKON_ASSIGN_OR_RETURN(std::vector<int64_t> rows, Rank(query));
  std::vector<size_t> chosen;
  for (const int64_t row : rows) {
    const size_t index = static_cast<size_t>(row);
    if (index >= passages_.size() || passages_[index].passage.tokens > budget) continue;
    budget -= passages_[index].passage.tokens;
    chosen.push_back(index);
  }
  std::sort(chosen.begin(), chosen.end());
  for (const size_t index : chosen) {
    const Passage& passage = passages_[index].passage;
    found.push_back({passages_[index].document, passage.heading, passage.text, passage.first_line, passage.last_line,
                     passage.tokens});
  }
  return found;
}

int64_t Documents::memory_bytes() const {
  int64_t bytes = 0;
  for (const Entry& entry : passages_) {
    bytes += static_cast<int64_t>(sizeof(Entry) + entry.document.size() + entry.passage.heading.size() +
                                  entry.passage.text.size());
  }
  int used = 0;
  int highest = 0;
  if (sqlite3_db_status(database_, SQLITE_DBSTATUS_CACHE_USED, &used, &highest, 0) == SQLITE_OK) bytes += used;
  return bytes;
}

std::string CitePassages(const std::vector<CitedPassage>& passages, absl::string_view question) {
  if (passages.empty()) return {};
  const bool chinese = BridgeFor(question) == BridgeFor("\u4e2d");
  std::string text = chinese ? kIntroduceInChinese : kIntroduceInEnglish;
  for (size_t i = 0; i < passages.size(); ++i) {
    const CitedPassage& passage = passages[i];
    absl::StrAppend(&text, "[", i + 1, "] ", passage.document, passage.heading.empty() ? "" : ", ", passage.heading,
                    "\n", passage.text, "\n\n");
  }
  return absl::StrCat(text, chinese ? kAskInChinese : kAskInEnglish);
}

}  // namespace reckon
