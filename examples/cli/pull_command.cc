// reckon pull: a model from a hub into the cache.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/pull_display.h"
#include "cli/terminal.h"
#include "hub/environment.h"
#include "hub/model_name.h"
#include "hub/pull.h"

namespace reckon_cli {
namespace {

class PullCommand final : public Command {
 public:
  const char* name() const override { return "pull"; }
  const char* summary() const override { return "Fetch a model from Hugging Face or ModelScope"; }

  void AddOptions(CLI::App& app) override {
    app.add_option("name", name_, "ORG/NAME, ORG/NAME:QUANT, or a short name")->required()->type_name("NAME");
    app.add_option("--from", from_, "hf or modelscope; default: hf")->check(CLI::IsMember({"hf", "modelscope"}));
    app.add_option("--revision", options_.revision, "Branch, tag or commit; default: main, on ModelScope master");
    app.add_option("--quant", options_.wanted.quant, "Which of a repository's GGUF files, for example q4_k_m");
    app.add_option("--file", options_.wanted.globs, "Only files like this, for example '*.json'; may be repeated")
        ->type_name("GLOB")
        ->allow_extra_args(false);
    app.add_flag("--verify", options_.verify, "Compute the checksums of files that are there already, too");
    app.add_flag("--json", json_, "Print JSON, one object a line: plan, progress, notes, done");
    app.add_flag("-q,--quiet", quiet_, "Print the model's path only");
    app.add_flag("-y,--yes", yes_, "Do not ask before fetching");
    AddNetworkOptions(app);
    std::string names = "Short names:";
    for (const reckon_hub::ShortName& known : reckon_hub::ShortNames()) names += std::string(" ") + known.name;
    app.footer(
        names +
        ".\nInterrupted, it goes on where it was when it is run again. See also: HF_ENDPOINT, HF_TOKEN, HF_HOME, "
        "MODELSCOPE_ENDPOINT,\nMODELSCOPE_API_TOKEN, MODELSCOPE_CACHE, https_proxy, no_proxy.");
  }

  ExitCode Run() override {
    Interrupt::Install();
    Interrupt::InstallTermination();
    const absl::StatusOr<reckon_hub::Environment> environment = reckon_hub::ReadEnvironment();
    if (!environment.ok()) return Fail(environment.status());
    const absl::StatusOr<reckon_hub::ModelName> model = reckon_hub::ParseModelName(name_);
    if (!model.ok()) return Fail(model.status());
    if (!from_.empty()) {
      options_.from = from_ == "hf" ? reckon_hub::Hub::kHuggingFace : reckon_hub::Hub::kModelScope;
    }
    options_.network.retry_delay = std::chrono::milliseconds(static_cast<int64_t>(retry_delay_ * 1000));
    options_.network.stall_timeout = std::chrono::milliseconds(static_cast<int64_t>(timeout_ * 1000));
    PullDisplay display(json_ ? PullStyle::kJson : (quiet_ ? PullStyle::kQuiet : PullStyle::kPerson), !yes_);
    const absl::StatusOr<reckon_hub::PullResult> result =
        reckon_hub::Pull(*environment, *model, options_, display.Events());
    display.Clear();
    if (!result.ok()) return Fail(result.status());
    display.Done(*result);
    if (!json_) Print(result->path.string() + "\n");
    return kExitOk;
  }

 private:
  void AddNetworkOptions(CLI::App& app) {
    const char* network = "Network";
    app.add_option("--connections", options_.network.connections, "Requests at once")
        ->capture_default_str()
        ->check(CLI::Range(1, 16))
        ->group(network);
    app.add_option("--timeout", timeout_, "Seconds after which a silent connection is given up and tried again")
        ->capture_default_str()
        ->check(CLI::Range(1, 3600))
        ->group(network);
    app.add_option("--retries", options_.network.retries, "Failures in a row, with nothing new in between, that end it")
        ->capture_default_str()
        ->check(CLI::Range(0, 1000))
        ->group(network);
    app.add_option("--retry-delay", retry_delay_,
                   "Seconds to wait after the first failure; doubled after each further one")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 30.0))
        ->group(network);
  }

  std::string name_;
  std::string from_;
  reckon_hub::PullOptions options_;
  double timeout_ = 30;
  double retry_delay_ = 0.5;
  bool json_ = false;
  bool quiet_ = false;
  bool yes_ = false;
};

}  // namespace

std::unique_ptr<Command> MakePullCommand() { return std::make_unique<PullCommand>(); }

}  // namespace reckon_cli
