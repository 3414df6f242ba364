// The names of the files in a folder.
#ifndef RECKON_LIB_BASE_LIST_FOLDER_H_
#define RECKON_LIB_BASE_LIST_FOLDER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace reckon {

// Adds `prefix` and the name of everything in the folder that is not itself a folder, in any order. A link that leads
// nowhere or to itself counts: opening it tells what is wrong.
// Errors: INVALID_ARGUMENT if *names would have more than `most` entries, and those of the system. *names may have new
//   entries then.
absl::Status ListFolder(const std::string& folder, absl::string_view prefix, size_t most,
                        std::vector<std::string>* names);

}  // namespace reckon

#endif  // RECKON_LIB_BASE_LIST_FOLDER_H_
