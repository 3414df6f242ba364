// From what stands after -m to a path.
#ifndef RECKON_EXAMPLES_CLI_MODEL_LOOKUP_H_
#define RECKON_EXAMPLES_CLI_MODEL_LOOKUP_H_

#include <string>

#include "absl/status/statusor.h"

namespace reckon_cli {

// Whether a single word means a model rather than something to say: a short name, or a checkpoint that is there, or
// ORG/NAME. "deepseek-r1:1.5b" does, "hello" does not.
bool LooksLikeModel(const std::string& word);

// A path that exists stays what it is. Else a model's name is looked up in the caches of Hugging Face and ModelScope.
// If it is not there: with `offer`, and a person at the terminal, asks whether to fetch it now; else NOT_FOUND with the
// command that does. Anything else comes back as it is, for the loader to complain about.
absl::StatusOr<std::string> ResolveModel(const std::string& given, bool offer);

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_MODEL_LOOKUP_H_
