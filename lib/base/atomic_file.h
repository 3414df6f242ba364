// Writing a file so that at every moment either the old one or the new one is there, whole.
#ifndef RECKON_LIB_BASE_ATOMIC_FILE_H_
#define RECKON_LIB_BASE_ATOMIC_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace reckon {

// Writes into PATH.tmp beside the file; Commit() brings it to the disk, puts it in the file's place, and brings the
// folder to the disk. Without Commit() the destructor removes it. What a killed process leaves is overwritten the next
// time. One writer a file at a time. Errors: NOT_FOUND, PERMISSION_DENIED, RESOURCE_EXHAUSTED (the disk is full), else
// INTERNAL, with the path and the system's reason.
class AtomicFile {
 public:
  static absl::StatusOr<AtomicFile> Create(const std::string& path);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  absl::Status Append(absl::Span<const uint8_t> bytes);
  // Writes over what was written at the beginning.
  absl::Status WriteAt(int64_t offset, absl::Span<const uint8_t> bytes);
  absl::Status Commit();

 private:
  AtomicFile(std::string path, int descriptor);
  absl::Status Failure(const char* what) const;

  std::string path_;
  std::string temporary_;
  int descriptor_ = -1;
  int64_t size_ = 0;
};

}  // namespace reckon

#endif  // RECKON_LIB_BASE_ATOMIC_FILE_H_
