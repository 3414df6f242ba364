// reckon list: the models in the hubs' caches.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "hub/cached_models.h"
#include "hub/environment.h"
#include "nlohmann/json.hpp"

namespace reckon_cli {
namespace {

using nlohmann::ordered_json;
using reckon_hub::CachedModel;

std::string Format(const CachedModel& model) {
  if (model.safetensors) return "safetensors";
  return model.ggufs.empty() ? "no weights" : absl::StrCat("gguf", model.ggufs.size() > 1 ? " (several)" : "");
}

std::string Path(const CachedModel& model) {
  return (!model.safetensors && model.ggufs.size() == 1 ? model.folder / model.ggufs[0] : model.folder).string();
}

class ListCommand final : public Command {
 public:
  const char* name() const override { return "list"; }
  const char* summary() const override { return "List the models in the caches of Hugging Face and ModelScope"; }
  void AddOptions(CLI::App& app) override { app.add_flag("--json", json_, "Print a JSON array"); }

  ExitCode Run() override {
    const absl::StatusOr<reckon_hub::Environment> environment = reckon_hub::ReadEnvironment();
    if (!environment.ok()) return Fail(environment.status());
    const std::vector<CachedModel> models = reckon_hub::ListModels(*environment);
    if (json_) {
      PrintJson(models);
    } else {
      PrintTable(models);
    }
    if (models.empty() && !json_) {
      PrintError(absl::StrCat("no models in ", environment->hugging_face.cache.string(), " and ",
                              environment->modelscope.cache.string(), "; `reckon pull NAME` fetches one\n"));
    }
    return kExitOk;
  }

 private:
  static void PrintJson(const std::vector<CachedModel>& models) {
    ordered_json array = ordered_json::array();
    for (const CachedModel& model : models) {
      array.push_back({{"name", model.repo},
                       {"hub", reckon_hub::HubKey(model.hub)},
                       {"revision", model.revision},
                       {"refs", model.refs},
                       {"format", model.safetensors ? "safetensors" : (model.ggufs.empty() ? "" : "gguf")},
                       {"files", model.ggufs},
                       {"bytes", model.bytes},
                       {"complete", model.complete},
                       {"path", Path(model)}});
    }
    Print(array.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n");
  }

  static void PrintTable(const std::vector<CachedModel>& models) {
    size_t width = 0;
    for (const CachedModel& model : models) width = std::max(width, model.repo.size());
    for (const CachedModel& model : models) {
      Print(absl::StrFormat("%-*s  %9s  %-11s  %-10s  %s%s\n", static_cast<int>(width), model.repo,
                            FormatBytes(model.bytes), Format(model), reckon_hub::HubKey(model.hub), Path(model),
                            model.complete ? "" : "  (not complete)"));
    }
  }

  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeListCommand() { return std::make_unique<ListCommand>(); }

}  // namespace reckon_cli
