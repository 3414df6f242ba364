#include "manual/completion.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace reckon_manual {
namespace {

// In single quotes for a POSIX shell.
std::string ShellQuote(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

std::string BackslashBefore(const std::string& special, const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (special.find(c) != std::string::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::vector<std::string> CommandNames(const ProgramReference& program) {
  std::vector<std::string> names;
  for (const CommandReference& command : program.commands) names.push_back(command.name);
  return names;
}

// The name of the shell function: "_reckon_bench" for reckon-bench.
std::string FunctionName(const ProgramReference& program) {
  std::string name = absl::StrCat("_", program.program.name);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string Header(const ProgramReference& program, const std::string& shell) {
  return absl::StrCat("# ", shell, " completion for ", program.program.name,
                      ", made from the descriptions that --help prints.\n");
}

// What bash does for one value: words of its own, or what readline finds for files and folders, quoting included.
std::string BashValue(const OptionReference& option) {
  switch (option.kind) {
    case ValueKind::kChoice:
      return absl::StrCat("COMPREPLY=($(compgen -W ", ShellQuote(absl::StrJoin(option.choices, " ")), " -- \"$cur\"))");
    case ValueKind::kFile:
      return "compopt -o default";
    case ValueKind::kFolder:
      return "compopt -o dirnames";
    default:
      return ":";
  }
}

// The lines of `case $command:$prev` for the options of a command that take a value.
std::string BashValues(const std::string& command, const CommandReference& reference) {
  std::string text;
  for (const OptionGroup& group : reference.groups) {
    for (const OptionReference& option : group.options) {
      if (option.kind == ValueKind::kNone) continue;
      std::string pattern;
      for (const std::string& name : option.names)
        absl::StrAppend(&pattern, pattern.empty() ? "" : "|", command, ":", name);
      absl::StrAppend(&text, "    ", pattern, ")\n      ", BashValue(option), "\n      return ;;\n");
    }
  }
  return text;
}

// The line of `case $command` for what may stand there instead of a value.
std::string BashWords(const std::string& command, const CommandReference& reference,
                      const std::vector<std::string>& commands) {
  std::vector<std::string> names;
  for (const OptionGroup& group : reference.groups) {
    for (const OptionReference& option : group.options) {
      names.insert(names.end(), option.names.begin(), option.names.end());
    }
  }
  std::string other = ":";
  if (!commands.empty()) {
    other = "COMPREPLY=($(compgen -W " + ShellQuote(absl::StrJoin(commands, " ")) + " -- \"$cur\"))";
  } else if (!reference.positionals.empty()) {
    other = BashValue(reference.positionals.front());
  }
  return absl::StrCat("    ", (command.empty() ? "''" : command),
                      ")\n      if [[ $cur == -* ]]; then\n        COMPREPLY=($(compgen -W ",
                      ShellQuote(absl::StrJoin(names, " ")), " -- \"$cur\"))\n      else\n        ", other,
                      "\n      fi ;;\n");
}

std::string ZshValue(const OptionReference& option) {
  const std::string message = absl::StrCat(":", BackslashBefore(":\\", option.value), ":");
  switch (option.kind) {
    case ValueKind::kNone:
      return "";
    case ValueKind::kChoice:
      return absl::StrCat(message, "(", absl::StrJoin(option.choices, " "), ")");
    case ValueKind::kFile:
      return absl::StrCat(message, "_files");
    case ValueKind::kFolder:
      return absl::StrCat(message, "_directories");
    default:
      return absl::StrCat(message, " ");  // something must follow, but nothing is known about it
  }
}

// One specification of _arguments for each option.
std::string ZshOptions(const CommandReference& command, const std::string& indent) {
  std::string text;
  for (const OptionGroup& group : command.groups) {
    for (const OptionReference& option : group.options) {
      const std::string once = option.repeated ? "*" : "(" + absl::StrJoin(option.names, " ") + ")";
      const std::string rest = absl::StrCat("[", BackslashBefore("[]\\", option.description), "]", ZshValue(option));
      for (const std::string& name : option.names) {
        const bool is_long = name.size() > 2;
        const std::string takes = option.kind == ValueKind::kNone ? "" : is_long ? "=" : "+";
        absl::StrAppend(&text, indent, ShellQuote(absl::StrCat(once, name, takes, rest)), " \\\n");
      }
    }
  }
  return text;
}

std::string ZshPositionals(const CommandReference& command, const std::string& indent) {
  std::string text;
  for (const OptionReference& option : command.positionals) {
    const std::string many = option.repeated ? "*" : option.required ? "" : ":";
    // A message, as for values, would be shown in place of an option that is being typed.
    const std::string value =
        option.kind == ValueKind::kText ? ":" + BackslashBefore(":\\", option.value) + ":()" : ZshValue(option);
    absl::StrAppend(&text, indent, ShellQuote(many + value), " \\\n");
  }
  return text;
}

std::string FishQuote(const std::string& text) { return absl::StrCat("'", BackslashBefore("'\\", text), "'"); }

std::string FishValue(const OptionReference& option) {
  switch (option.kind) {
    case ValueKind::kNone:
      return "";
    case ValueKind::kChoice:
      return absl::StrCat(" -x -a ", FishQuote(absl::StrJoin(option.choices, " ")));
    case ValueKind::kFile:
      return " -r -F";
    case ValueKind::kFolder:
      return " -x -a '(__fish_complete_directories)'";
    default:
      return " -x";
  }
}

std::string FishOptions(const CommandReference& command, const std::string& start) {
  std::string text;
  for (const OptionGroup& group : command.groups) {
    for (const OptionReference& option : group.options) {
      text += start;
      for (const std::string& name : option.names) {
        absl::StrAppend(&text, name.size() > 2 ? " -l " : " -s ", name.substr(name.size() > 2 ? 2 : 1));
      }
      absl::StrAppend(&text, FishValue(option), " -d ", FishQuote(option.description), "\n");
    }
  }
  for (const OptionReference& option : command.positionals) {
    if (option.kind == ValueKind::kChoice)
      absl::StrAppend(&text, start, " -a ", FishQuote(absl::StrJoin(option.choices, " ")), "\n");
    if (option.kind == ValueKind::kFile) absl::StrAppend(&text, start, " -F\n");
    if (option.kind == ValueKind::kFolder) absl::StrAppend(&text, start, " -a '(__fish_complete_directories)'\n");
  }
  return text;
}

}  // namespace

std::string BashCompletion(const ProgramReference& program) {
  const std::string function = FunctionName(program);
  const std::vector<std::string> commands = CommandNames(program);
  std::string text = absl::StrCat(Header(program, "bash"), function, "() {\n",
                                  "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= i\n"
                                  "  COMPREPLY=()\n"
                                  "  # --option=value comes as three words.\n"
                                  "  if [[ $cur == = ]]; then\n    cur=\n"
                                  "  elif [[ $prev == = ]]; then\n    prev=${COMP_WORDS[COMP_CWORD-2]}\n  fi\n");
  if (!commands.empty()) {
    absl::StrAppend(&text, "  for ((i = 1; i < COMP_CWORD; i++)); do\n    case ${COMP_WORDS[i]} in\n      ",
                    absl::StrJoin(commands, "|"), ") command=${COMP_WORDS[i]}; break ;;\n    esac\n  done\n");
  }
  absl::StrAppend(&text, "  case $command:$prev in\n", BashValues("", program.program));
  for (const CommandReference& command : program.commands) text += BashValues(command.name, command);
  absl::StrAppend(&text, "  esac\n  case $command in\n", BashWords("", program.program, commands));
  for (const CommandReference& command : program.commands) text += BashWords(command.name, command, {});
  return absl::StrCat(text, "  esac\n}\ncomplete -F ", function, " ", program.program.name, "\n");
}

std::string ZshCompletion(const ProgramReference& program) {
  const std::string& name = program.program.name;
  std::string text = absl::StrCat("#compdef ", name, "\n", Header(program, "zsh"));
  if (program.commands.empty()) {
    return absl::StrCat(text, "_arguments -s -S \\\n", ZshOptions(program.program, "  "),
                        ZshPositionals(program.program, "  "), "  && return 0\n");
  }
  text += "local curcontext=$curcontext state line\ntypeset -A opt_args\nlocal -a commands\ncommands=(\n";
  for (const CommandReference& command : program.commands) {
    absl::StrAppend(&text, "  ", ShellQuote(command.name + ":" + BackslashBefore(":\\", command.summary)), "\n");
  }
  absl::StrAppend(&text, ")\n_arguments -C -S \\\n", ZshOptions(program.program, "  "),
                  "  ':command:->command' '*::argument:->argument' && return 0\n"
                  "case $state in\n  command) _describe -t commands command commands ;;\n"
                  "  argument)\n    curcontext=${curcontext%:*:*}:",
                  name, "-$words[1]:\n    case $words[1] in\n");
  for (const CommandReference& command : program.commands) {
    absl::StrAppend(&text, "      ", command.name, ")\n        _arguments -s -S \\\n",
                    ZshOptions(command, "          "), ZshPositionals(command, "          "),
                    "          && return 0 ;;\n");
  }
  return absl::StrCat(text, "    esac ;;\nesac\nreturn 1\n");
}

std::string FishCompletion(const ProgramReference& program) {
  const std::string start = absl::StrCat("complete -c ", program.program.name);
  if (program.commands.empty()) {
    return absl::StrCat(Header(program, "fish"), start, " -f\n", FishOptions(program.program, start));
  }
  std::string text =
      Header(program, "fish") + start + " -f\n" + FishOptions(program.program, start + " -n __fish_use_subcommand");
  for (const CommandReference& command : program.commands) {
    absl::StrAppend(&text, start, " -n __fish_use_subcommand -a ", command.name, " -d ", FishQuote(command.summary),
                    "\n");
    text += FishOptions(command, start + " -n '__fish_seen_subcommand_from " + command.name + "'");
  }
  return text;
}

}  // namespace reckon_manual
