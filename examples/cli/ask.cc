#include "cli/ask.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/line_reader.h"

namespace reckon_cli {

bool AskYesNo(const std::string& question, bool otherwise) {
  LineReader reader;
  std::string line;
  if (reader.Read(absl::StrCat(question, otherwise ? " [Y/n] " : " [y/N] ").c_str(), &line) != LineEnd::kLine)
    return false;
  const std::string answer = absl::AsciiStrToLower(absl::StripAsciiWhitespace(line));
  return answer.empty() ? otherwise : answer == "y" || answer == "yes";
}

}  // namespace reckon_cli
