#include "hub/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <limits>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace reckon_hub {
namespace {

namespace fs = std::filesystem;

absl::Status Failed(int error, const char* what, const fs::path& path) {
  return absl::ErrnoToStatus(error, absl::StrCat("cannot ", what, " ", path.string()));
}

// A name that no other process uses, in the same folder.
fs::path Beside(const fs::path& path) {
  return path.parent_path() / absl::StrCat(".reckon-", getpid(), "-", path.filename().string().substr(0, 100));
}

void SyncFolder(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);  // what is renamed is whole in any case; without this it may have its old name after a power cut
  close(descriptor);
}

}  // namespace

absl::Status MakeFoldersFor(const fs::path& base, const fs::path& relative) {
  std::error_code error;
  fs::create_directories(base, error);
  if (error) return Failed(error.value(), "make the folder", base);
  fs::path folder = base;
  for (const fs::path& part : relative.parent_path()) {
    folder /= part;
    if (mkdir(folder.c_str(), 0777) == 0) continue;
    if (errno != EEXIST) return Failed(errno, "make the folder", folder);
    struct stat what = {};
    if (lstat(folder.c_str(), &what) != 0 || !S_ISDIR(what.st_mode)) {
      return absl::FailedPreconditionError(absl::StrCat(folder.string(), " is in the way: it should be a folder"));
    }
  }
  return absl::OkStatus();
}

absl::Status RenameDurably(const fs::path& from, const fs::path& to) {
  if (rename(from.c_str(), to.c_str()) != 0) return Failed(errno, "rename a finished file to", to);
  SyncFolder(to.parent_path());
  return absl::OkStatus();
}

absl::Status WriteDurably(const fs::path& path, absl::string_view text) {
  const fs::path beside = Beside(path);
  const int descriptor = open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor < 0) return Failed(errno, "write", beside);
  bool good = true;
  while (good && !text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
    good = written > 0 || errno == EINTR;
  }
  good = good && fsync(descriptor) == 0;
  const int error = errno;
  close(descriptor);
  if (good) return RenameDurably(beside, path);
  unlink(beside.c_str());
  return Failed(error, "write", path);
}

absl::Status LinkTo(const std::string& target, const fs::path& link) {
  const fs::path beside = Beside(link);
  unlink(beside.c_str());
  if (symlink(target.c_str(), beside.c_str()) != 0) return Failed(errno, "make a symbolic link in", link.parent_path());
  return RenameDurably(beside, link);
}

absl::StatusOr<int64_t> FreeBytes(const fs::path& path) {
  fs::path there = fs::absolute(path);
  struct statvfs space = {};
  while (statvfs(there.c_str(), &space) != 0) {
    if (errno != ENOENT || there == there.parent_path()) return Failed(errno, "ask for the space at", there);
    there = there.parent_path();
  }
  const uint64_t blocks = space.f_bavail;
  const uint64_t block = space.f_frsize != 0 ? space.f_frsize : space.f_bsize;
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(block != 0 && blocks > kMost / block ? kMost : blocks * block);
}

std::string ReadSmallFile(const fs::path& path, int64_t limit) {
  const int64_t size = FileSize(path);
  if (size < 0 || size > limit) return {};
  std::ifstream in(path, std::ios::binary);
  std::string text(static_cast<size_t>(size), '\0');
  in.read(text.data(), size);
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

int64_t FileSize(const fs::path& path) {
  struct stat what = {};
  return stat(path.c_str(), &what) == 0 && S_ISREG(what.st_mode) ? static_cast<int64_t>(what.st_size) : -1;
}

}  // namespace reckon_hub
