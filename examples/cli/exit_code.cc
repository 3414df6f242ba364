#include "cli/exit_code.h"

#include <cstdio>
#include <string>

namespace reckon_cli {

ExitCode Fail(const absl::Status& status) {
  if (absl::IsCancelled(status)) {
    std::fputs("reckon: stopped\n", stderr);
    return kExitCancelled;
  }
  const std::string message(status.message());
  std::fprintf(stderr, "reckon: %s\n", message.empty() ? status.ToString().c_str() : message.c_str());
  return kExitFailure;
}

}  // namespace reckon_cli
