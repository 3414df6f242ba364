// Pages for man(1), in the man(7) macros of groff and mandoc.
#ifndef RECKON_EXAMPLES_MANUAL_MAN_PAGE_H_
#define RECKON_EXAMPLES_MANUAL_MAN_PAGE_H_

#include <string>

#include "manual/reference.h"

namespace reckon_manual {

// The page of the program (reckon.1), or of one of its commands (reckon-chat.1), for a version such as "0.1.0". The
// date on it is that of SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/); without it there
// is none.
std::string ProgramManPage(const ProgramReference& program, const std::string& version);
std::string CommandManPage(const ProgramReference& program, const CommandReference& command,
                           const std::string& version);

}  // namespace reckon_manual

#endif  // RECKON_EXAMPLES_MANUAL_MAN_PAGE_H_
