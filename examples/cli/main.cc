// The `reckon` program: the library at a terminal.
#include <clocale>
#include <cstdio>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "reckon/version.h"

namespace {

constexpr char kFooter[] =
    "Without -m, commands use the model named by RECKON_MODEL, else the small one that comes with Reckon.\n"
    "Exit codes: 0 done, 1 failed (the reason is on stderr), 2 wrong command line, 130 stopped by Ctrl-C.\n"
    "Environment: RECKON_MODEL, RECKON_ISA, NO_COLOR.";

int ParseAndRun(int argc, char** argv) {
  CLI::App app("Runs reasoning language models on the CPU.", "reckon");
  app.set_version_flag("--version", "reckon " RECKON_VERSION_STRING);
  app.footer(kFooter);
  app.require_subcommand(1);

  std::vector<std::pair<CLI::App*, std::unique_ptr<reckon_cli::Command>>> commands;
  for (std::unique_ptr<reckon_cli::Command>& command : reckon_cli::AllCommands()) {
    CLI::App* sub = app.add_subcommand(command->name(), command->summary());
    command->AddOptions(*sub);
    commands.emplace_back(sub, std::move(command));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? reckon_cli::kExitOk : reckon_cli::kExitUsage;
  }
  for (auto& [sub, command] : commands) {
    if (sub->parsed()) return command->Run();
  }
  return reckon_cli::kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "");  // line editing needs to know that the terminal speaks UTF-8
  try {
    return ParseAndRun(argc, argv);
  } catch (const std::exception& error) {  // the library throws nothing; CLI11, JSON and the standard library may
    std::fprintf(stderr, "reckon: %s\n", error.what());
    return reckon_cli::kExitFailure;
  }
}
