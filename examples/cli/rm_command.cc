// reckon rm: a model out of the cache.
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"
#include "hub/cached_models.h"
#include "hub/environment.h"
#include "hub/model_name.h"

namespace reckon_cli {
namespace {

class RmCommand final : public Command {
 public:
  const char* name() const override { return "rm"; }
  const char* summary() const override { return "Remove a model from the caches"; }

  void AddOptions(CLI::App& app) override {
    app.add_option("name", name_, "ORG/NAME or a short name")->required()->type_name("NAME");
    app.add_option("--from", from_, "hf or modelscope; default: wherever it is")
        ->check(CLI::IsMember({"hf", "modelscope"}));
    app.add_option("--revision", revision_, "Only this one; files that others use stay");
    app.add_flag("-y,--yes", yes_, "Do not ask");
  }

  ExitCode Run() override {
    Interrupt::Install();
    const absl::StatusOr<reckon_hub::Environment> environment = reckon_hub::ReadEnvironment();
    if (!environment.ok()) return Fail(environment.status());
    const absl::StatusOr<reckon_hub::ModelName> model = reckon_hub::ParseModelName(name_);
    if (!model.ok()) return Fail(model.status());
    std::optional<reckon_hub::Hub> hub;
    if (!from_.empty()) hub = from_ == "hf" ? reckon_hub::Hub::kHuggingFace : reckon_hub::Hub::kModelScope;
    const absl::StatusOr<reckon_hub::Removal> removal = reckon_hub::PlanRemoval(*environment, *model, revision_, hub);
    if (!removal.ok()) return Fail(removal.status());
    for (const reckon_hub::CachedModel& going : removal->models) {
      PrintError(absl::StrCat(going.repo, " ", going.revision, "  ", going.folder.string(), "\n"));
    }
    const std::string size = FormatBytes(removal->bytes);
    if (!yes_ && !(StdinIsTerminal() && StderrIsTerminal())) {
      PrintError(absl::StrCat("reckon: this would free ", size, "; say --yes to do it\n"));
      return kExitUsage;
    }
    if (!yes_ && !AskYesNo(absl::StrCat("Remove this and free ", size, "?"), false)) return kExitCancelled;
    const absl::Status removed = reckon_hub::Remove(*removal);
    if (!removed.ok()) return Fail(removed);
    PrintError(absl::StrCat("[", size, " freed]\n"));
    return kExitOk;
  }

 private:
  std::string name_;
  std::string from_;
  std::string revision_;
  bool yes_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeRmCommand() { return std::make_unique<RmCommand>(); }

}  // namespace reckon_cli
