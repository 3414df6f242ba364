// Scripts that let a shell complete a program's commands, options and values.
#ifndef RECKON_EXAMPLES_MANUAL_COMPLETION_H_
#define RECKON_EXAMPLES_MANUAL_COMPLETION_H_

#include <string>

#include "manual/reference.h"

namespace reckon_manual {

// For bash 4 or newer, with or without the bash-completion package.
std::string BashCompletion(const ProgramReference& program);
std::string ZshCompletion(const ProgramReference& program);
std::string FishCompletion(const ProgramReference& program);

}  // namespace reckon_manual

#endif  // RECKON_EXAMPLES_MANUAL_COMPLETION_H_
