#include "manual/reference.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace reckon_manual {
namespace {

// CLI11 describes an option's values as TYPE:CHECK, where CHECK is {a,b}, "INT in [0 - 4096]" or a word.
void ReadValue(const CLI::Option& option, OptionReference& reference) {
  if (option.get_items_expected_max() == 0) return;
  const std::string type = option.get_type_name();
  reference.value = type.substr(0, type.find(':'));
  if (reference.value.empty()) reference.value = "VALUE";
  reference.kind = ValueKind::kText;
  // What is called --file, or --api-key-file, takes one.
  const bool named_file = !reference.names.empty() && absl::EndsWith(reference.names.back(), "-file");
  const bool file = reference.value == "PATH" || reference.value == "FILE" || reference.value == "MODEL";
  if (file || named_file) reference.kind = ValueKind::kFile;
  if (reference.value == "DIR") reference.kind = ValueKind::kFolder;
  const size_t check = type.find(':');
  if (check == std::string::npos) return;
  const std::string rule = type.substr(check + 1);
  const size_t open = rule.find_first_of("{[");
  const size_t close = open == std::string::npos ? open : rule.find(rule[open] == '{' ? '}' : ']', open);
  if (close == std::string::npos) return;
  const std::string inside = rule.substr(open + 1, close - open - 1);
  if (rule[open] == '{') {
    reference.kind = ValueKind::kChoice;
    for (const absl::string_view choice : absl::StrSplit(inside, ',')) {
      // A word that stands for a number is described as word->number.
      reference.choices.emplace_back(choice.substr(0, choice.find("->")));
    }
  } else if (const size_t dash = inside.find(" - "); dash != std::string::npos) {
    const std::string most = inside.substr(dash + 3);
    // An upper limit of more digits than anyone would write stands for none.
    const std::string least = inside.substr(0, dash);
    reference.limits = most.size() > 7 ? "At least " + least : "From " + least + " to " + most;
  }
}

// The names that mean the same. "--yes,!--no" is one option for CLI11 and two for a reader.
std::vector<OptionReference> ReadOption(const CLI::Option& option) {
  OptionReference reference;
  OptionReference opposite;
  for (const std::string& name : option.get_snames()) reference.names.push_back("-" + name);
  const std::vector<std::string>& with_value = option.get_fnames();
  for (const std::string& name : option.get_lnames()) {
    const bool negative = std::find(with_value.begin(), with_value.end(), name) != with_value.end() &&
                          option.get_flag_value(name, "") == "false";
    (negative ? opposite : reference).names.push_back("--" + name);
  }
  if (reference.names.empty()) reference.names.swap(opposite.names);  // a flag that only takes something away
  ReadValue(option, reference);
  reference.description = option.get_description();
  reference.default_value = option.get_default_str();
  reference.required = option.get_required();
  reference.repeated = option.get_items_expected_max() > 1;
  for (const CLI::Option* other : option.get_excludes()) reference.excludes.push_back(other->get_name());
  std::sort(reference.excludes.begin(), reference.excludes.end());  // CLI11 keeps them by address
  std::vector<OptionReference> result = {reference};
  if (!opposite.names.empty()) {
    opposite.description = "The opposite of " + reference.names.back();
    result.push_back(opposite);
  }
  return result;
}

CommandReference ReadCommand(const CLI::App& app) {
  CommandReference command;
  command.name = app.get_name();
  command.summary = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // hidden
    std::vector<OptionReference> references = ReadOption(*option);
    if (option->get_positional()) {
      references.front().names.clear();
      references.front().value = option->get_name(true);
      command.positionals.push_back(references.front());
      continue;
    }
    const std::string& title = option->get_group();
    auto group = std::find_if(command.groups.begin(), command.groups.end(),
                              [&title](const OptionGroup& known) { return known.title == title; });
    if (group == command.groups.end()) group = command.groups.insert(group, {title, {}});
    group->options.insert(group->options.end(), references.begin(), references.end());
  }
  return command;
}

std::vector<Note> ReadNotes(const std::string& footer) {
  std::vector<Note> notes;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(footer, '\n', absl::SkipEmpty()))) {
    // A title is one or two words before the first colon.
    const size_t colon = line.find(": ");
    const bool titled = colon != std::string::npos && colon < 20 &&
                        std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon),
                                    [](unsigned char c) { return std::isalpha(c) != 0 || c == ' '; });
    if (!titled && !notes.empty() && notes.back().text.back() != '.') {
      notes.back().text += " " + line;  // the line before it was cut for the terminal
      continue;
    }
    notes.push_back(titled ? Note{line.substr(0, colon), line.substr(colon + 2)} : Note{"", line});
  }
  return notes;
}

}  // namespace

ProgramReference ReadProgram(const CLI::App& app) {
  ProgramReference program;
  program.program = ReadCommand(app);
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) program.commands.push_back(ReadCommand(*command));
  }
  program.notes = ReadNotes(app.get_footer());
  return program;
}

const CommandReference* FindCommand(const ProgramReference& program, const std::string& name) {
  for (const CommandReference& command : program.commands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

}  // namespace reckon_manual
