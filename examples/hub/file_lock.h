// Locks between processes, of the kind that the hubs' own tools take.
#ifndef RECKON_EXAMPLES_HUB_FILE_LOCK_H_
#define RECKON_EXAMPLES_HUB_FILE_LOCK_H_

#include <filesystem>
#include <functional>

#include "absl/status/statusor.h"

namespace reckon_hub {

// An flock(2) on a file, which it makes with its folders. Ends with this object or with the process, however that ends.
class FileLock {
 public:
  // Waits for the lock; calls `waiting` once if it has to, and `cancelled` about ten times a second. CANCELLED then.
  // Where the file system has no locks, there is none.
  static absl::StatusOr<FileLock> Acquire(const std::filesystem::path& path, const std::function<bool()>& cancelled,
                                          const std::function<void()>& waiting);
  // UNAVAILABLE at once if another holds it.
  static absl::StatusOr<FileLock> TryAcquire(const std::filesystem::path& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_FILE_LOCK_H_
