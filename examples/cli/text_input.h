// Text given to a command: on the command line, in a file, or on standard input.
#ifndef RECKON_EXAMPLES_CLI_TEXT_INPUT_H_
#define RECKON_EXAMPLES_CLI_TEXT_INPUT_H_

#include <string>

#include "absl/status/statusor.h"

namespace reckon_cli {

// All of a file; "-" is standard input. Errors: NOT_FOUND naming the file.
absl::StatusOr<std::string> ReadAll(const std::string& file);

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_TEXT_INPUT_H_
