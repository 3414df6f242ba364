// A file of which some parts have come.
#ifndef RECKON_EXAMPLES_HUB_PARTIAL_FILE_H_
#define RECKON_EXAMPLES_HUB_PARTIAL_FILE_H_

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hub/digest.h"
#include "hub/repo.h"

namespace reckon_hub {

// The contents stand in NAME.reckon-incomplete at their places, and NAME.reckon-parts lists which parts (1 MiB each)
// have come, each with its SHA-256: one line a part, added after the part was written. Nothing needs to reach the disk
// in any order: Open() reads the listed parts and takes those that are what their lines say, so that after a kill or a
// power cut, at worst some parts come again. A hub gives a checksum of the whole file only; these are how damage to a
// part is told from damage to another.
//
// One process at a time (the caller has the lock). Not thread-safe.
class PartialFile {
 public:
  static constexpr int64_t kPartBytes = int64_t{1} << 20;

  // Takes up what is there of `file`, or begins. Staged contents under the name `staged` itself that are wrong are
  // taken for a beginning, too: they become the incomplete file, all parts present. `goes_on` as for HashFile, over
  // what is read.
  static absl::StatusOr<std::unique_ptr<PartialFile>> Open(const std::filesystem::path& staged, const RemoteFile& file,
                                                           const std::function<bool(int64_t)>& goes_on);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  const RemoteFile& file() const { return file_; }
  int64_t size() const { return file_.size; }
  int64_t part_count() const { return static_cast<int64_t>(parts_.size()); }
  int64_t part_begin(int64_t part) const { return part * kPartBytes; }
  int64_t part_end(int64_t part) const { return std::min(size(), (part + 1) * kPartBytes); }
  // Whether the part has come, and (after Doubt) come again.
  bool has(int64_t part) const { return parts_[part].present; }
  int64_t bytes_present() const;
  // Parts that came a second time and were not what they had been.
  int64_t parts_replaced() const { return parts_replaced_; }

  // Writes a part's bytes and takes note of them. A part that is doubted and turns out the same is only noted as
  // present.
  absl::Status Write(int64_t part, absl::string_view bytes);
  // Lets `count` parts from `first` on come again, to be compared with what they were.
  void Doubt(int64_t first, int64_t count);

  // With all parts present: whether the contents have the file's checksum.
  absl::StatusOr<bool> IsRight(const std::function<bool(int64_t)>& goes_on);
  // Brings the contents to the disk and gives them their staged name. Only after IsRight().
  absl::Status Finish();
  // Removes what has come.
  void Discard();
  // The same where nothing is to be fetched: after a kill between two steps of Finish(), or when others fetched the
  // file.
  static void RemoveRemains(const std::filesystem::path& staged);

 private:
  struct Part {
    bool present = false;
    std::string hash;  // SHA-256 of what is in the file; empty: nothing is
  };

  PartialFile(const std::filesystem::path& staged, const RemoteFile& file);
  absl::Status OpenFiles();
  absl::Status TakeUp(const std::function<bool(int64_t)>& goes_on);
  void ReadJournal(const std::string& journal);
  std::string Header() const;
  int64_t part_bytes(int64_t part) const { return part_end(part) - part_begin(part); }
  absl::Status ReadPart(int64_t part, std::string& bytes) const;
  absl::Status AppendToJournal(absl::string_view text);
  absl::Status Failed(int error, const char* what) const;

  const std::filesystem::path staged_;
  const std::filesystem::path incomplete_;
  const std::filesystem::path journal_;
  const RemoteFile file_;
  std::vector<Part> parts_;
  int64_t parts_replaced_ = 0;
  int contents_fd_ = -1;
  int journal_fd_ = -1;
};

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_PARTIAL_FILE_H_
