#include "manual/write.h"

#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "manual/completion.h"
#include "manual/man_page.h"

namespace reckon_manual {

std::string WriteManual(const ProgramReference& program, const std::string& version, const std::string& folder) {
  const std::string& name = program.program.name;
  std::vector<std::pair<std::filesystem::path, std::string>> files = {
      {"bash-completion/completions/" + name, BashCompletion(program)},
      {"zsh/site-functions/_" + name, ZshCompletion(program)},
      {"fish/vendor_completions.d/" + name + ".fish", FishCompletion(program)},
      {"man/man1/" + name + ".1", ProgramManPage(program, version)}};
  for (const CommandReference& command : program.commands) {
    files.emplace_back("man/man1/" + name + "-" + command.name + ".1", CommandManPage(program, command, version));
  }
  for (const auto& [file, text] : files) {
    const std::filesystem::path path = folder / file;
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) return path.parent_path().string() + ": " + error.message();
    std::ofstream out(path, std::ios::binary);
    out << text;
    out.close();
    if (!out) return "cannot write " + path.string();
  }
  return "";
}

}  // namespace reckon_manual
