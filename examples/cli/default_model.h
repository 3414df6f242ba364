// Which model is meant when none is named.
#ifndef RECKON_EXAMPLES_CLI_DEFAULT_MODEL_H_
#define RECKON_EXAMPLES_CLI_DEFAULT_MODEL_H_

#include <string>

namespace reckon_cli {

// RECKON_MODEL from the environment, else the demonstration model that belongs to this executable: in the source folder
// of the build tree it stands in, or in share/reckon of the prefix it is installed to. Empty if there is none.
std::string DefaultModelPath();

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_DEFAULT_MODEL_H_
