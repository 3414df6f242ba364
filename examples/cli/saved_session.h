// Conversations that are kept under a name.
#ifndef RECKON_EXAMPLES_CLI_SAVED_SESSION_H_
#define RECKON_EXAMPLES_CLI_SAVED_SESSION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace reckon_cli {

// The file of a session: NAME itself if it has a slash in it, else NAME.reckon in $XDG_DATA_HOME/reckon (or
// ~/.local/share/reckon), which is made if it is not there.
absl::StatusOr<std::string> SessionFile(const std::string& name);

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_SAVED_SESSION_H_
