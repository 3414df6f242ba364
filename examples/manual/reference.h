// What a program's command line offers, read from the CLI11 description that it is parsed with: the one source of
// --help, the man pages (man_page.h) and the shells' completions (completion.h).
#ifndef RECKON_EXAMPLES_MANUAL_REFERENCE_H_
#define RECKON_EXAMPLES_MANUAL_REFERENCE_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace reckon_manual {

// What may stand as a value, as far as a shell can help with it.
enum class ValueKind { kNone, kText, kChoice, kFile, kFolder };

struct OptionReference {
  std::vector<std::string> names;     // with dashes, short ones first; empty for a positional argument
  std::string value;                  // what --help calls the value; empty for a flag
  ValueKind kind = ValueKind::kNone;  // kNone for a flag
  std::vector<std::string> choices;   // the accepted words, for kChoice
  std::string limits;                 // "From 0 to 4096", or empty
  std::string description;
  std::string default_value;
  std::vector<std::string> excludes;  // names of options that cannot stand beside it
  bool required = false;
  bool repeated = false;
};

struct OptionGroup {
  std::string title;
  std::vector<OptionReference> options;
};

// A paragraph below the options in --help. "Exit codes: 0 done" has the title "Exit codes"; other lines have none.
struct Note {
  std::string title;
  std::string text;
};

struct CommandReference {
  std::string name;  // "chat"; of the program: "reckon"
  std::string summary;
  std::vector<OptionReference> positionals;
  std::vector<OptionGroup> groups;
};

struct ProgramReference {
  CommandReference program;
  std::vector<CommandReference> commands;  // in the order of --help, without hidden ones
  std::vector<Note> notes;
};

ProgramReference ReadProgram(const CLI::App& app);

// The command of this name; null if there is none.
const CommandReference* FindCommand(const ProgramReference& program, const std::string& name);

}  // namespace reckon_manual

#endif  // RECKON_EXAMPLES_MANUAL_REFERENCE_H_
