#include "base/atomic_file.h"

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

#if defined(__unix__) || defined(__APPLE__)
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#define RECKON_HAVE_POSIX_FILES 1
#endif

namespace reckon {
namespace {

absl::Status SystemError(absl::string_view what, absl::string_view path, int error) {
  const std::string text = absl::StrCat(what, " ", path, ": ", std::generic_category().message(error));
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(text);
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::PermissionDeniedError(text);
    case ENOSPC:
    case EDQUOT:
      return absl::ResourceExhaustedError(text);
    default:
      return absl::InternalError(text);
  }
}

}  // namespace

AtomicFile::AtomicFile(std::string path, int descriptor)
    : path_(std::move(path)), temporary_(absl::StrCat(path_, ".tmp")), descriptor_(descriptor) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_) {}

#ifdef RECKON_HAVE_POSIX_FILES

absl::StatusOr<AtomicFile> AtomicFile::Create(const std::string& path) {
  const std::string temporary = absl::StrCat(path, ".tmp");
  // Conversations are nobody else's business.
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return SystemError("cannot create", temporary, errno);
  return AtomicFile(path, descriptor);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

absl::Status AtomicFile::Failure(const char* what) const { return SystemError(what, temporary_, errno); }

absl::Status AtomicFile::Append(absl::Span<const uint8_t> bytes) {
  RECKON_RETURN_IF_ERROR(WriteAt(size_, bytes));
  size_ += static_cast<int64_t>(bytes.size());
  return absl::OkStatus();
}

absl::Status AtomicFile::WriteAt(int64_t offset, absl::Span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(descriptor_, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Failure("cannot write");
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += written;
  }
  return absl::OkStatus();
}

absl::Status AtomicFile::Commit() {
  if (fsync(descriptor_) != 0) return Failure("cannot bring to the disk");
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) return Failure("cannot rename");
  close(std::exchange(descriptor_, -1));
  // Without this the name may still be the old file's after a power failure.
  const size_t slash = path_.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path_.substr(0, slash);
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return SystemError("cannot open the folder", folder, errno);
  // Some file systems cannot do this for folders and say EINVAL; then there is nothing to do.
  const bool synced = fsync(descriptor) == 0 || errno == EINVAL;
  const int error = errno;
  close(descriptor);
  return synced ? absl::OkStatus() : SystemError("cannot bring to the disk", folder, error);
}

#else

absl::StatusOr<AtomicFile> AtomicFile::Create(const std::string& path) {
  return absl::UnimplementedError(absl::StrCat(path, ": files cannot be written safely on this system yet"));
}
AtomicFile::~AtomicFile() = default;
absl::Status AtomicFile::Failure(const char* what) const { return SystemError(what, temporary_, errno); }
absl::Status AtomicFile::Append(absl::Span<const uint8_t>) { return Failure("cannot write"); }
absl::Status AtomicFile::WriteAt(int64_t, absl::Span<const uint8_t>) { return Failure("cannot write"); }
absl::Status AtomicFile::Commit() { return Failure("cannot write"); }

#endif

}  // namespace reckon
