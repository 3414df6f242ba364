// Questions that end with yes or no.
#ifndef RECKON_EXAMPLES_CLI_ASK_H_
#define RECKON_EXAMPLES_CLI_ASK_H_

#include <string>

namespace reckon_cli {

// On the terminal; `otherwise` is what just Enter means. False at Ctrl-C, at the end of input, and for other words.
bool AskYesNo(const std::string& question, bool otherwise);

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_ASK_H_
