// reckon help: what --help prints, as man pages and as completions for shells too.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "manual/completion.h"
#include "manual/man_page.h"
#include "manual/reference.h"
#include "manual/write.h"
#include "reckon/version.h"

namespace reckon_cli {
namespace {

class HelpCommand final : public Command {
 public:
  const char* name() const override { return "help"; }
  const char* summary() const override { return "Explain a command; print man pages, or completions for shells"; }

  // The last of all commands: it knows those that the program has by then.
  void AddOptions(CLI::App& app) override {
    program_ = app.get_parent();
    std::vector<std::string> names;
    for (const CLI::App* command : program_->get_subcommands([](const CLI::App*) { return true; })) {
      if (!command->get_group().empty()) names.push_back(command->get_name());
    }
    app.add_option("command", command_, "Explain this one")->check(CLI::IsMember(names));
    CLI::Option* man = app.add_flag("--man", man_, "Print the man page");
    app.add_option("--completion", shell_, "Print what this shell needs to complete commands and options")
        ->check(CLI::IsMember(std::vector<std::string>{"bash", "zsh", "fish"}))
        ->excludes(man);
    app.add_option("--write", folder_, "Write all man pages and completions below this folder, as below /usr/share")
        ->type_name("DIR")
        ->excludes("--man", "--completion");
  }

  ExitCode Run() override {
    const reckon_manual::ProgramReference program = reckon_manual::ReadProgram(*program_);
    if (!folder_.empty()) {
      const std::string error = WriteManual(program, RECKON_VERSION_STRING, folder_);
      if (!error.empty()) return Fail(absl::InternalError(error));
    } else if (!shell_.empty()) {
      Print(shell_ == "bash"  ? BashCompletion(program)
            : shell_ == "zsh" ? ZshCompletion(program)
                              : FishCompletion(program));
    } else if (man_) {
      const char* version = RECKON_VERSION_STRING;
      const reckon_manual::CommandReference* command = FindCommand(program, command_);
      Print(command != nullptr ? CommandManPage(program, *command, version) : ProgramManPage(program, version));
    } else {
      // Without a name: CLI11 would print the help of the subcommand that was called, which is this one.
      const CLI::App* asked = command_.empty() ? program_ : program_->get_subcommand(command_);
      const std::string call = command_.empty() ? program_->get_name() : program_->get_name() + " " + command_;
      Print(program_->get_formatter()->make_help(asked, call, CLI::AppFormatMode::Normal));
    }
    return kExitOk;
  }

 private:
  const CLI::App* program_ = nullptr;
  std::string command_;
  std::string folder_;
  std::string shell_;
  bool man_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeHelpCommand() { return std::make_unique<HelpCommand>(); }

}  // namespace reckon_cli
