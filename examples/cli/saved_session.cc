#include "cli/saved_session.h"

#include <cstdlib>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace reckon_cli {

absl::StatusOr<std::string> SessionFile(const std::string& name) {
  if (absl::StrContains(name, "/")) return name;
  const char* data = std::getenv("XDG_DATA_HOME");
  const char* home = std::getenv("HOME");
  std::filesystem::path folder;
  if (data != nullptr && *data != '\0') {
    folder = data;
  } else if (home != nullptr && *home != '\0') {
    folder = std::filesystem::path(home) / ".local" / "share";
  } else {
    return absl::FailedPreconditionError(
        "there is no home folder for sessions: give --session a path, for example ./mine.reckon");
  }
  folder /= "reckon";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return absl::PermissionDeniedError(absl::StrCat("cannot make ", folder.string(), ": ", error.message()));
  }
  return (folder / (name + ".reckon")).string();
}

}  // namespace reckon_cli
