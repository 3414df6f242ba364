#include "hub/partial_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hub/files.h"
#include "hub/names.h"

namespace reckon_hub {
namespace {

constexpr char kIncompleteEnding[] = ".reckon-incomplete";
constexpr char kJournalEnding[] = ".reckon-parts";
constexpr int64_t kMaxJournalBytes = int64_t{2} << 30;

absl::StatusOr<std::string> Sha256(absl::string_view bytes) {
  Hasher hasher(Checksum::Kind::kSha256, static_cast<int64_t>(bytes.size()));
  hasher.Update(bytes);
  return hasher.Hex();
}

// All of `bytes`, or an errno.
int WriteAll(int descriptor, absl::string_view bytes, int64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(descriptor, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : ENOSPC;
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += written;
  }
  return 0;
}

}  // namespace

PartialFile::PartialFile(const std::filesystem::path& staged, const RemoteFile& file)
    : staged_(staged),
      incomplete_(staged.string() + kIncompleteEnding),
      journal_(staged.string() + kJournalEnding),
      file_(file),
      parts_(static_cast<size_t>((file.size + kPartBytes - 1) / kPartBytes)) {}

PartialFile::~PartialFile() {
  if (contents_fd_ >= 0) close(contents_fd_);
  if (journal_fd_ >= 0) close(journal_fd_);
}

absl::Status PartialFile::Failed(int error, const char* what) const {
  const std::string text = absl::StrCat("cannot ", what, " ", incomplete_.string());
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    return absl::ResourceExhaustedError(absl::StrCat(text, ": ",
                                                     std::error_code(error, std::generic_category()).message(),
                                                     "; make room and run this again, and it goes on from here"));
  }
  return absl::ErrnoToStatus(error, text);
}

absl::StatusOr<std::unique_ptr<PartialFile>> PartialFile::Open(const std::filesystem::path& staged,
                                                               const RemoteFile& file,
                                                               const std::function<bool(int64_t)>& goes_on) {
  std::unique_ptr<PartialFile> partial(new PartialFile(staged, file));
  if (absl::Status made = MakeFoldersFor(staged.parent_path(), "file"); !made.ok()) return made;
  if (absl::Status opened = partial->OpenFiles(); !opened.ok()) return opened;
  if (absl::Status taken = partial->TakeUp(goes_on); !taken.ok()) return taken;
  return partial;
}

absl::Status PartialFile::OpenFiles() {
  std::error_code error;
  // Whole, of the right size and yet not accepted: somewhere in it is damage.
  const bool damaged = FileSize(staged_) == size() && !std::filesystem::is_symlink(staged_, error);
  if (damaged) {
    std::filesystem::remove(journal_, error);
    if (rename(staged_.c_str(), incomplete_.c_str()) != 0) return Failed(errno, "begin again with");
  }
  contents_fd_ = open(incomplete_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (contents_fd_ < 0) return Failed(errno, "open");
  if (ftruncate(contents_fd_, size()) != 0) return Failed(errno, "set the size of");
  journal_fd_ = open(journal_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (journal_fd_ < 0) return Failed(errno, "open the list of parts of");
  if (!damaged) return absl::OkStatus();
  std::string lines = Header();
  for (int64_t part = 0; part < part_count(); ++part) {
    std::string bytes;
    if (absl::Status read = ReadPart(part, bytes); !read.ok()) return read;
    const absl::StatusOr<std::string> hash = Sha256(bytes);
    if (!hash.ok()) return hash.status();
    absl::StrAppend(&lines, part, " ", *hash, "\n");
  }
  return AppendToJournal(lines);
}

std::string PartialFile::Header() const {
  return absl::StrCat("reckon-parts 1 ", file_.checksum.hex, " ", size(), " ", kPartBytes, "\n");
}

void PartialFile::ReadJournal(const std::string& journal) {
  // What follows the last line's end was being written when the process ended.
  const absl::string_view lines = absl::string_view(journal).substr(0, journal.rfind('\n') + 1);
  for (const absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> fields = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    int64_t part = 0;
    if (!absl::SimpleAtoi(fields.first, &part) || part < 0 || part >= part_count() || !IsHex(fields.second, 64))
      continue;
    parts_[static_cast<size_t>(part)].hash = std::string(fields.second);
  }
}

absl::Status PartialFile::TakeUp(const std::function<bool(int64_t)>& goes_on) {
  const std::string journal = ReadSmallFile(journal_, kMaxJournalBytes);
  if (journal.compare(0, Header().size(), Header()) != 0) {  // none yet, or another's
    if (ftruncate(journal_fd_, 0) != 0) return Failed(errno, "begin the list of parts of");
    return AppendToJournal(Header());
  }
  ReadJournal(journal.substr(Header().size()));
  if (journal.back() != '\n') {
    if (absl::Status ended = AppendToJournal("\n"); !ended.ok()) return ended;
  }
  int64_t checked = 0;
  for (int64_t i = 0; i < part_count(); ++i) {
    Part& part = parts_[static_cast<size_t>(i)];
    if (part.hash.empty()) continue;
    std::string bytes;
    if (absl::Status read = ReadPart(i, bytes); !read.ok()) return read;
    const absl::StatusOr<std::string> hash = Sha256(bytes);
    if (!hash.ok()) return hash.status();
    part.present = *hash == part.hash;
    if (!part.present) part.hash.clear();
    checked += part_bytes(i);
    if (!goes_on(checked)) return absl::CancelledError("");
  }
  return absl::OkStatus();
}

absl::Status PartialFile::ReadPart(int64_t part, std::string& bytes) const {
  bytes.resize(static_cast<size_t>(part_bytes(part)));
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got =
        pread(contents_fd_, &bytes[done], bytes.size() - done, part_begin(part) + static_cast<int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed(errno, "read");
    if (got == 0) return Failed(EIO, "read");
    done += static_cast<size_t>(got);
  }
  return absl::OkStatus();
}

absl::Status PartialFile::AppendToJournal(absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(journal_fd_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Failed(written < 0 ? errno : ENOSPC, "note what came of");
    text.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

int64_t PartialFile::bytes_present() const {
  int64_t bytes = 0;
  for (int64_t part = 0; part < part_count(); ++part) bytes += has(part) ? part_bytes(part) : 0;
  return bytes;
}

absl::Status PartialFile::Write(int64_t index, absl::string_view bytes) {
  Part& part = parts_[static_cast<size_t>(index)];
  absl::StatusOr<std::string> hash = Sha256(bytes);
  if (!hash.ok()) return hash.status();
  if (part.hash == *hash) {  // doubted, and the same
    part.present = true;
    return absl::OkStatus();
  }
  if (const int error = WriteAll(contents_fd_, bytes, part_begin(index)); error != 0) return Failed(error, "write");
  if (absl::Status noted = AppendToJournal(absl::StrCat(index, " ", *hash, "\n")); !noted.ok()) return noted;
  parts_replaced_ += part.hash.empty() ? 0 : 1;
  part.hash = *std::move(hash);
  part.present = true;
  return absl::OkStatus();
}

void PartialFile::Doubt(int64_t first, int64_t count) {
  for (int64_t part = first; part < std::min(first + count, part_count()); ++part) {
    parts_[static_cast<size_t>(part)].present = false;
  }
}

absl::StatusOr<bool> PartialFile::IsRight(const std::function<bool(int64_t)>& goes_on) {
  const absl::StatusOr<std::string> hash = HashFile(incomplete_, file_.checksum.kind, size(), goes_on);
  if (!hash.ok()) return hash.status();
  return *hash == file_.checksum.hex;
}

absl::Status PartialFile::Finish() {
  if (fsync(contents_fd_) != 0) return Failed(errno, "bring to the disk");
  if (absl::Status renamed = RenameDurably(incomplete_, staged_); !renamed.ok()) return renamed;
  unlink(journal_.c_str());
  return absl::OkStatus();
}

void PartialFile::Discard() { RemoveRemains(staged_); }

void PartialFile::RemoveRemains(const std::filesystem::path& staged) {
  unlink((staged.string() + kJournalEnding).c_str());
  unlink((staged.string() + kIncompleteEnding).c_str());
}

}  // namespace reckon_hub
