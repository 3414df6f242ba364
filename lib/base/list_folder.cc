#include "base/list_folder.h"

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

#if defined(__unix__) || defined(__APPLE__)
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#else
#include <filesystem>
#include <system_error>
#endif

namespace reckon {
namespace {

absl::Status Add(const std::string& folder, std::string name, size_t most, std::vector<std::string>* names) {
  if (names->size() >= most) {
    return absl::InvalidArgumentError(
        absl::StrCat(folder, ": more than ", most, " files; this is not a checkpoint's folder"));
  }
  names->push_back(std::move(name));
  return absl::OkStatus();
}

absl::Status CannotList(const std::string& folder, int error) {
  return absl::ErrnoToStatus(error, absl::StrCat(folder, ": cannot list the folder"));
}

}  // namespace

#if defined(__unix__) || defined(__APPLE__)

// Not with std::filesystem::directory_iterator: GCC's calls std::terminate when memory runs out.
absl::Status ListFolder(const std::string& folder, absl::string_view prefix, size_t most,
                        std::vector<std::string>* names) {
  DIR* const stream = opendir(folder.c_str());
  if (stream == nullptr) return CannotList(folder, errno);
  const auto close = absl::MakeCleanup([stream] { closedir(stream); });
  while (true) {
    errno = 0;
    const dirent* const entry = readdir(stream);  // NOLINT(concurrency-mt-unsafe): the stream is this call's own
    if (entry == nullptr) return errno == 0 ? absl::OkStatus() : CannotList(folder, errno);
    struct stat info = {};
    if (fstatat(dirfd(stream), entry->d_name, &info, 0) == 0 && S_ISDIR(info.st_mode)) continue;
    RECKON_RETURN_IF_ERROR(Add(folder, absl::StrCat(prefix, entry->d_name), most, names));
  }
}

#else

absl::Status ListFolder(const std::string& folder, absl::string_view prefix, size_t most,
                        std::vector<std::string>* names) {
  std::error_code error;
  std::filesystem::directory_iterator it(folder, error);
  for (; !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    std::error_code ignored;
    if (it->is_directory(ignored)) continue;
    RECKON_RETURN_IF_ERROR(Add(folder, absl::StrCat(prefix, it->path().filename().string()), most, names));
  }
  return error ? CannotList(folder, error.value()) : absl::OkStatus();
}

#endif

}  // namespace reckon
