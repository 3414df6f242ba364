#include "manual/man_page.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace reckon_manual {
namespace {

// Text as roff shows it unchanged, in whatever font is on.
std::string Escape(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\\", "\\e"},
                                    // A plain one would be shown as a hyphen, which no program accepts.
                                    {"-", "\\-"},
                                    {"'", "\\(aq"},
                                    {"\"", "\\(dq"},
                                    {"`", "\\(ga"},
                                    {"^", "\\(ha"},
                                    {"~", "\\(ti"},
                                    {"\n", " "}});
}

// A paragraph that is escaped already, as lines of at most 80 bytes.
std::string Fill(const std::string& text) {
  std::string filled;
  size_t column = 0;
  for (size_t at = text.find_first_not_of(' '); at != std::string::npos;) {
    const size_t end = std::min(text.find(' ', at), text.size());
    std::string word = text.substr(at, end - at);
    const bool fits = column > 0 && column + 1 + word.size() <= 80;
    if (column > 0) filled += fits ? ' ' : '\n';
    if (!fits && word.front() == '.') word.insert(0, "\\&");  // would be a request there
    filled += word;
    column = fits ? column + 1 + word.size() : word.size();
    at = text.find_first_not_of(' ', end);
  }
  return absl::StrCat(filled, "\n");
}

std::string Bold(absl::string_view text) { return absl::StrCat("\\fB", Escape(text), "\\fR"); }
std::string Italic(absl::string_view text) { return absl::StrCat("\\fI", Escape(text), "\\fR"); }

std::string Section(const std::string& title) {
  return absl::StrCat(".SH ", Escape(absl::AsciiStrToUpper(title)), "\n");
}

// A sentence, with the period that --help leaves out.
std::string Sentence(const std::string& text) {
  const bool ended = text.empty() || text.back() == '.' || text.back() == '!' || text.back() == '?';
  return Fill(Escape(text) + (ended ? "" : "."));
}

std::string Positional(const OptionReference& option) {
  const std::string name = absl::StrCat(Italic(option.value), (option.repeated ? "..." : ""));
  return option.required ? name : "[" + name + "]";
}

std::string Date() {
  const char* seconds = std::getenv("SOURCE_DATE_EPOCH");
  if (seconds == nullptr) return "";
  const std::time_t time = std::strtoll(seconds, nullptr, 10);
  char text[16] = "";
  std::tm parts = {};
  if (gmtime_r(&time, &parts) == nullptr || std::strftime(text, sizeof(text), "%Y-%m-%d", &parts) == 0) return "";
  return text;
}

std::string Title(const std::string& page, const std::string& program, const std::string& version) {
  return absl::StrCat(".TH ", Escape(absl::AsciiStrToUpper(page)), " 1 \"", Date(), "\" \"", Escape(program), " ",
                      Escape(version), "\" \"User Commands\"\n");
}

std::string Option(const OptionReference& option) {
  std::string names;
  for (const std::string& name : option.names) absl::StrAppend(&names, names.empty() ? "" : ", ", Bold(name));
  if (option.names.empty()) {
    names = Positional(option);
  } else if (!option.value.empty()) {
    absl::StrAppend(&names, " ", Italic(option.value));
  }
  std::string text = absl::StrCat(".TP\n", names, "\n", Sentence(option.description));
  // Many descriptions end with the accepted words themselves.
  const bool named = std::all_of(option.choices.begin(), option.choices.end(), [&option](const std::string& choice) {
    return option.description.find(choice) != std::string::npos;
  });
  if (!named) {
    text += Sentence("One of " + absl::StrJoin(option.choices, ", "));
  }
  if (!option.limits.empty()) text += Sentence(option.limits);
  if (!option.default_value.empty()) text += Sentence("Default: " + option.default_value);
  if (option.required && !option.names.empty()) text += "Required.\n";
  if (!option.excludes.empty())
    absl::StrAppend(&text, "Not together with ", Bold(absl::StrJoin(option.excludes, ", ")), ".\n");
  return text;
}

std::string Options(const CommandReference& command) {
  std::string text;
  if (!command.positionals.empty()) text += Section("Arguments");
  for (const OptionReference& option : command.positionals) text += Option(option);
  if (!command.groups.empty()) text += Section("Options");
  for (const OptionGroup& group : command.groups) {
    if (group.title != "Options") absl::StrAppend(&text, ".SS ", Escape(group.title), "\n");
    for (const OptionReference& option : group.options) text += Option(option);
  }
  return text;
}

// What --help says below the options: without a title it belongs to the description.
std::string Notes(const ProgramReference& program, bool titled) {
  std::string text;
  for (const Note& note : program.notes) {
    if (note.title.empty() == titled) continue;
    if (titled) text += Section(note.title == "Exit codes" ? "Exit status" : note.title);
    absl::StrAppend(&text, titled ? "" : ".PP\n", Sentence(note.text));
  }
  return text;
}

std::string PageOf(const ProgramReference& program, const CommandReference& command) {
  return absl::StrCat(program.program.name, "-", command.name);
}

std::string SeeAlso(const ProgramReference& program, const std::string& self) {
  std::vector<std::string> pages;
  if (program.program.name != self) pages.push_back(program.program.name);
  for (const CommandReference& command : program.commands) {
    if (PageOf(program, command) != self) pages.push_back(PageOf(program, command));
  }
  if (pages.empty()) return "";
  std::string text = Section("See also");
  for (size_t i = 0; i < pages.size(); ++i) {
    absl::StrAppend(&text, ".BR \\%", Escape(pages[i]), " (1)", (i + 1 < pages.size() ? ",\n" : "\n"));
  }
  return text;
}

std::string Synopsis(const std::string& call, const CommandReference& command) {
  std::string text = absl::StrCat(Section("Synopsis"), Bold(call), "\n[", Italic("option"), "...]");
  for (const OptionReference& option : command.positionals) absl::StrAppend(&text, "\n", Positional(option));
  return absl::StrCat(text, "\n");
}

}  // namespace

std::string ProgramManPage(const ProgramReference& program, const std::string& version) {
  const std::string& name = program.program.name;
  std::string text = absl::StrCat(Title(name, name, version), Section("Name"), Escape(name), " \\- ",
                                  Escape(program.program.summary), "\n", Synopsis(name, program.program));
  if (!program.commands.empty()) absl::StrAppend(&text, Italic("command"), "\n[", Italic("argument"), "...]\n");
  absl::StrAppend(&text, Section("Description"), Sentence(program.program.summary), Notes(program, false));
  if (!program.commands.empty()) text += Section("Commands");
  for (const CommandReference& command : program.commands) {
    absl::StrAppend(&text, ".TP\n", Bold(command.name), "\n", Sentence(command.summary), "See\n.BR \\%",
                    Escape(PageOf(program, command)), " (1).\n");
  }
  return absl::StrCat(text, Options(program.program), Notes(program, true), SeeAlso(program, name));
}

std::string CommandManPage(const ProgramReference& program, const CommandReference& command,
                           const std::string& version) {
  const std::string page = PageOf(program, command);
  return absl::StrCat(Title(page, program.program.name, version), Section("Name"), Escape(page), " \\- ",
                      Escape(command.summary), "\n", Synopsis(program.program.name + " " + command.name, command),
                      Section("Description"), Sentence(command.summary), Notes(program, false), Options(command),
                      Notes(program, true), SeeAlso(program, page));
}

}  // namespace reckon_manual
