// All of a program's man pages and completions, as files.
#ifndef RECKON_EXAMPLES_MANUAL_WRITE_H_
#define RECKON_EXAMPLES_MANUAL_WRITE_H_

#include <string>

#include "manual/reference.h"

namespace reckon_manual {

// Writes below `folder`, in the places that man and the shells know below share/ of a prefix:
//   man/man1/NAME.1 and NAME-COMMAND.1, bash-completion/completions/NAME, zsh/site-functions/_NAME,
//   fish/vendor_completions.d/NAME.fish
// Makes the folders that are missing. Returns what went wrong, or an empty string.
std::string WriteManual(const ProgramReference& program, const std::string& version, const std::string& folder);

}  // namespace reckon_manual

#endif  // RECKON_EXAMPLES_MANUAL_WRITE_H_
