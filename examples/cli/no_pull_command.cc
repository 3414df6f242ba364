// reckon pull in a build without libcurl and OpenSSL.
#include <memory>

#include "cli/command.h"
#include "cli/terminal.h"

namespace reckon_cli {
namespace {

class NoPullCommand final : public Command {
 public:
  const char* name() const override { return "pull"; }
  const char* summary() const override { return "Not in this build: it was made without libcurl and OpenSSL"; }
  void AddOptions(CLI::App& app) override { app.allow_extras(); }
  ExitCode Run() override {
    PrintError(
        "reckon: this build cannot fetch models: it was made without libcurl and OpenSSL (Debian: "
        "libcurl4-openssl-dev, "
        "libssl-dev).\nModels that the hubs' own tools have fetched are found all the same; `reckon list` shows "
        "them.\n");
    return kExitFailure;
  }
};

}  // namespace

std::unique_ptr<Command> MakePullCommand() { return std::make_unique<NoPullCommand>(); }

}  // namespace reckon_cli
