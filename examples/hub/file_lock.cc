#include "hub/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

namespace reckon_hub {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(100);

absl::StatusOr<int> OpenLockFile(const std::filesystem::path& path) {
  std::error_code ignored;  // open() says what is wrong
  std::filesystem::create_directories(path.parent_path(), ignored);
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0664);
  if (descriptor >= 0) return descriptor;
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot open the lock ", path.string()));
}

// Some who take such locks remove the file when they are done: a lock on a file that is gone excludes nobody.
bool IsStillThere(int descriptor, const std::filesystem::path& path) {
  struct stat locked = {};
  struct stat named = {};
  return fstat(descriptor, &locked) == 0 && stat(path.c_str(), &named) == 0 && locked.st_ino == named.st_ino &&
         locked.st_dev == named.st_dev;
}

// The locked file's descriptor, or -1 if another process has the lock.
absl::StatusOr<int> TryLock(const std::filesystem::path& path) {
  for (;;) {
    absl::StatusOr<int> descriptor = OpenLockFile(path);
    if (!descriptor.ok()) return descriptor;
    while (flock(*descriptor, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      if (error == EINTR) continue;
      if (error == ENOLCK || error == EOPNOTSUPP || error == ENOSYS) return descriptor;
      close(*descriptor);
      if (error == EWOULDBLOCK) return -1;
      return absl::ErrnoToStatus(error, absl::StrCat("cannot lock ", path.string()));
    }
    if (IsStillThere(*descriptor, path)) return descriptor;
    close(*descriptor);
  }
}

}  // namespace

absl::StatusOr<FileLock> FileLock::Acquire(const std::filesystem::path& path, const std::function<bool()>& cancelled,
                                           const std::function<void()>& waiting) {
  for (bool told = false;; told = true) {
    const absl::StatusOr<int> descriptor = TryLock(path);
    if (!descriptor.ok()) return descriptor.status();
    if (*descriptor >= 0) return FileLock(*descriptor);
    if (!told) waiting();
    if (cancelled()) return absl::CancelledError("");
    std::this_thread::sleep_for(kPoll);
  }
}

absl::StatusOr<FileLock> FileLock::TryAcquire(const std::filesystem::path& path) {
  const absl::StatusOr<int> descriptor = TryLock(path);
  if (!descriptor.ok()) return descriptor.status();
  if (*descriptor >= 0) return FileLock(*descriptor);
  return absl::UnavailableError(absl::StrCat("another process is busy with it (", path.string(), " is locked)"));
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace reckon_hub
