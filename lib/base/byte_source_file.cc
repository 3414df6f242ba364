// OpenFileSource: files of the operating system. POSIX has maps and positioned reads; anything else reads the file into
// memory once, which is slower and larger but behaves the same.
#include "base/byte_source.h"
#include "base/status.h"

#ifndef _WIN32

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace reckon {
namespace {

absl::Status SystemError(int error, const std::string& path, absl::string_view what) {
  absl::Status status = absl::ErrnoToStatus(error, absl::StrCat(path, ": ", what));
  // Both mean that the name does not lead to a file; ENOTDIR and ELOOP have no code of their own.
  if (error == ENOTDIR) return absl::NotFoundError(status.message());
  if (error == ELOOP) return absl::InvalidArgumentError(status.message());
  return status;
}

class FileSource final : public ByteSource {
 public:
  FileSource(std::string path, uint64_t size, int fd) : ByteSource(std::move(path), size), fd_(fd) {
    if (size == 0 || size > std::numeric_limits<size_t>::max()) return;
    void* map = mmap(nullptr, static_cast<size_t>(size), PROT_READ, MAP_PRIVATE, fd, 0);
    // Without a map (address space limits, odd file systems) everything still works by reading.
    if (map == MAP_FAILED) return;
    map_ = static_cast<uint8_t*>(map);
    // Only a hint that tensors are read front to back: a failure changes nothing.
    (void)madvise(map_, static_cast<size_t>(size), MADV_SEQUENTIAL);
  }

  ~FileSource() override {
    if (map_ != nullptr) munmap(map_, static_cast<size_t>(size()));
    close(fd_);
  }

  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) const override {
    if (offset > size() || out.size() > size() - offset) {
      return absl::OutOfRangeError(absl::StrCat(name(), ": bytes [", offset, ", +", out.size(),
                                                ") lie past the end of the file (", size(), " bytes)"));
    }
    while (!out.empty()) {
      // Linux reads at most about 2 GiB at once; asking for less keeps every system's limit away.
      const size_t chunk = std::min<size_t>(out.size(), size_t{1} << 30);
      const ssize_t got = pread(fd_, out.data(), chunk, static_cast<off_t>(offset));
      if (got < 0) {
        if (errno == EINTR) continue;
        return SystemError(errno, name(), "cannot read");
      }
      if (got == 0) {
        return absl::OutOfRangeError(
            absl::StrCat(name(), ": the file ends at ", offset, " but had ", size(), " bytes when it was opened"));
      }
      out.remove_prefix(static_cast<size_t>(got));
      offset += static_cast<uint64_t>(got);
    }
    return absl::OkStatus();
  }

  const uint8_t* Map() const override {
    if (map_ == nullptr) return nullptr;
    // Touching pages past a shortened end would raise SIGBUS; the caller reads instead and gets an error.
    struct stat now;
    if (fstat(fd_, &now) != 0 || static_cast<uint64_t>(now.st_size) < size()) return nullptr;
    return map_;
  }

  void Release(uint64_t offset, uint64_t length) const override {
    if (map_ == nullptr || offset >= size()) return;
    const uint64_t end = offset + std::min(length, size() - offset);
    // Only whole pages inside the range: neighbours may be in use.
    const uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
    const uint64_t first = (offset + page - 1) / page * page;
    const uint64_t last = end == size() ? end : end / page * page;
    if (first < last) (void)madvise(map_ + first, static_cast<size_t>(last - first), MADV_DONTNEED);
  }

 private:
  int fd_;
  uint8_t* map_ = nullptr;
};

absl::Status CheckRegular(const struct stat& info, const std::string& path) {
  if (S_ISREG(info.st_mode)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": not a regular file", S_ISDIR(info.st_mode) ? " but a folder" : ""));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ByteSource>> OpenFileSource(const std::string& path) {
  if (path.find('\0') != std::string::npos) return absl::InvalidArgumentError("a path holds a NUL character");
  // Looked at before opening: opening a device or a FIFO can block or act. O_NONBLOCK covers a swap in between.
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return SystemError(errno, path, "cannot open");
  RECKON_RETURN_IF_ERROR(CheckRegular(info, path));
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return SystemError(errno, path, "cannot open");
  absl::Status status = fstat(fd, &info) != 0 ? SystemError(errno, path, "cannot open") : CheckRegular(info, path);
  if (!status.ok()) {
    close(fd);
    return status;
  }
  return std::make_shared<FileSource>(path, static_cast<uint64_t>(info.st_size), fd);
}

}  // namespace reckon

#else  // _WIN32

#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

namespace reckon {
namespace {

class LoadedFileSource final : public ByteSource {
 public:
  LoadedFileSource(std::string path, std::vector<uint8_t> bytes)
      : ByteSource(std::move(path), bytes.size()), bytes_(std::move(bytes)) {}

  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) const override {
    if (offset > size() || out.size() > size() - offset) {
      return absl::OutOfRangeError(absl::StrCat(name(), ": bytes [", offset, ", +", out.size(),
                                                ") lie past the end of the file (", size(), " bytes)"));
    }
    if (!out.empty()) std::memcpy(out.data(), bytes_.data() + offset, out.size());
    return absl::OkStatus();
  }

  const uint8_t* Map() const override { return bytes_.data(); }

 private:
  std::vector<uint8_t> bytes_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const ByteSource>> OpenFileSource(const std::string& path) {
  const std::filesystem::path file = std::filesystem::path(std::u8string(path.begin(), path.end()));
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return absl::NotFoundError(absl::StrCat(path, ": no such file"));
  if (!std::filesystem::is_regular_file(file, error)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not a regular file"));
  }
  std::vector<uint8_t> bytes(std::filesystem::file_size(file, error));
  std::ifstream stream(file, std::ios::binary);
  if (error || !stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()))) {
    return absl::PermissionDeniedError(absl::StrCat(path, ": cannot read"));
  }
  return std::make_shared<LoadedFileSource>(path, std::move(bytes));
}

}  // namespace reckon

#endif  // _WIN32
