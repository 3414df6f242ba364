#include "cli/text_input.h"

#include <fstream>
#include <iostream>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace reckon_cli {

absl::StatusOr<std::string> ReadAll(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat("cannot read ", file));
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (in.bad()) return absl::DataLossError(absl::StrCat("error while reading ", file));
  return text;
}

}  // namespace reckon_cli
