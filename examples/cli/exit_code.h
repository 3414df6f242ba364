// What the programs return to the shell. Part of their interface: scripts may rely on it.
#ifndef RECKON_EXAMPLES_CLI_EXIT_CODE_H_
#define RECKON_EXAMPLES_CLI_EXIT_CODE_H_

#include "absl/status/status.h"

namespace reckon_cli {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailure = 1,     // the model or the work failed; the reason is on stderr
  kExitUsage = 2,       // the command line is wrong
  kExitCancelled = 130  // stopped by Ctrl-C (128 + SIGINT, as shells have it)
};

// Prints "reckon: message" on stderr and says what to return.
ExitCode Fail(const absl::Status& status);

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_EXIT_CODE_H_
