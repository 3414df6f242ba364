// A subcommand of the program. A new one is a file of its own and a line in commands.cc.
#ifndef RECKON_EXAMPLES_CLI_COMMAND_H_
#define RECKON_EXAMPLES_CLI_COMMAND_H_

#include <memory>
#include <vector>

#include "CLI/CLI.hpp"
#include "cli/exit_code.h"

namespace reckon_cli {

class Command {
 public:
  virtual ~Command() = default;
  virtual const char* name() const = 0;
  virtual const char* summary() const = 0;
  // Declares the options; they are stored in the command, which outlives the parsing.
  virtual void AddOptions(CLI::App& app) = 0;
  // Works with the parsed options.
  virtual ExitCode Run() = 0;
};

// All subcommands, in the order of --help.
std::vector<std::unique_ptr<Command>> AllCommands();

// One file each.
std::unique_ptr<Command> MakeChatCommand();
std::unique_ptr<Command> MakeRunCommand();
std::unique_ptr<Command> MakeInspectCommand();
std::unique_ptr<Command> MakeTokenizeCommand();
std::unique_ptr<Command> MakePullCommand();
std::unique_ptr<Command> MakeListCommand();
std::unique_ptr<Command> MakeRmCommand();
std::unique_ptr<Command> MakeServeCommand();  // with RECKON_HAVE_SERVER only
std::unique_ptr<Command> MakeHelpCommand();

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_COMMAND_H_
