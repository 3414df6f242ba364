#include "cli/default_model.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#if defined(__linux__)
#include <sys/auxv.h>
#endif
#if defined(__APPLE__)
#include <mach-o/dyld.h>
#endif

namespace reckon_cli {
namespace {

std::filesystem::path ExecutablePath() {
  std::error_code error;
#if defined(__APPLE__)
  uint32_t size = 0;
  _NSGetExecutablePath(nullptr, &size);
  std::string buffer(size, '\0');
  if (_NSGetExecutablePath(buffer.data(), &size) != 0) return {};
  return std::filesystem::canonical(buffer.c_str(), error);
#else
  std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", error);
#if defined(__linux__)
  // A chroot may have no /proc. The kernel also says which path was executed.
  if (path.empty()) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): that is how the kernel hands it over
    const auto* executed = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
    if (executed != nullptr) path = std::filesystem::canonical(executed, error);
  }
#endif
  return path;
#endif
}

}  // namespace

std::string DefaultModelPath() {
  const char* named = std::getenv("RECKON_MODEL");
  if (named != nullptr && named[0] != '\0') return named;

  const std::filesystem::path prefix = ExecutablePath().parent_path().parent_path();
  std::vector<std::filesystem::path> places = {prefix / "share/reckon/models/tiny-r1"};
#ifdef RECKON_SOURCE_MODELS
  // Only for the executable of the build tree: an installed one must not depend on where it was built.
  std::error_code error;
  if (std::filesystem::equivalent(prefix, RECKON_BUILD_PREFIX, error)) {
    places.insert(places.begin(), std::filesystem::path(RECKON_SOURCE_MODELS) / "tiny-r1");
  }
#endif
  for (const std::filesystem::path& place : places) {
    std::error_code ignored;
    if (std::filesystem::exists(place / "config.json", ignored)) return place.string();
  }
  return {};
}

}  // namespace reckon_cli
