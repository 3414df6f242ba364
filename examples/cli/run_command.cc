// reckon run: one prompt, one answer.
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/answer_printer.h"
#include "cli/chat_options.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/model_options.h"
#include "cli/sampling_options.h"
#include "cli/terminal.h"
#include "cli/text_input.h"
#include "cli/turn.h"
#include "nlohmann/json.hpp"

namespace reckon_cli {
namespace {

class RunCommand final : public Command {
 public:
  const char* name() const override { return "run"; }
  const char* summary() const override { return "Answer one prompt and exit"; }

  void AddOptions(CLI::App& app) override {
    model_flags_.AddLoadOptions(app);
    app.add_option("model", model_flags_.path, "The same as -m")->type_name("MODEL");
    CLI::Option* prompt = app.add_option("-p,--prompt", prompt_, "The prompt; default: standard input");
    app.add_option("-f,--file", file_, "Read the prompt from a file; -: standard input")->excludes(prompt);
    CLI::Option* system = chat_flags_.AddOptions(app);
    app.add_flag("--raw", raw_, "Continue the text as it is, without the chat template")->excludes(system);
    app.add_flag("--json", json_, "Print one JSON object at the end");
    app.add_flag("--hide-thinking,!--show-thinking", fold_, "Leave the reasoning out of the output");
    app.add_flag("-q,--quiet", quiet_, "No statistics on standard error");
    sampling_flags_.AddOptions(app);
    app.callback([&app, this] { prompt_given_ = app.count("--prompt") > 0; });
  }

  ExitCode Run() override {
    Interrupt::Install();
    if (!prompt_given_) {
      absl::StatusOr<std::string> text = ReadAll(file_.empty() ? "-" : file_);
      if (!text.ok()) return Fail(text.status());
      prompt_ = *std::move(text);
    }
    if (prompt_.find_first_not_of(" \t\r\n") == std::string::npos) {
      PrintError("reckon: the prompt is empty; give one with -p, -f or on standard input\n");
      return kExitUsage;
    }
    const auto start = std::chrono::steady_clock::now();
    const absl::StatusOr<reckon::Model> model = model_flags_.Open();
    if (!model.ok()) return Fail(model.status());
    load_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return Answer(*model);
  }

 private:
  ExitCode Answer(const reckon::Model& model) {
    const reckon::SamplerOptions sampler_options = sampling_flags_.MakeSamplerOptions(model);
    AnswerPrinter printer(fold_);
    AnswerPrinter* shown = json_ ? nullptr : &printer;
    absl::StatusOr<Turn> turn = raw_ ? Continue(model, sampler_options, shown) : Ask(model, sampler_options, shown);
    if (!turn.ok()) return Fail(turn.status());
    if (json_) {
      PrintJson(model, *turn, sampler_options.seed);
    } else if (!quiet_) {
      PrintError(absl::StrCat("[", Summary(*turn), "]\n"));
    }
    return turn->interrupted ? kExitCancelled : kExitOk;
  }

  absl::StatusOr<Turn> Ask(const reckon::Model& model, const reckon::SamplerOptions& sampler, AnswerPrinter* printer) {
    absl::StatusOr<reckon::Chat> chat =
        chat_flags_.CreateChat(model, model_flags_, sampler, sampling_flags_.MakeGenerateOptions());
    if (!chat.ok()) return chat.status();
    return ShowAnswer([&](reckon::ChatCallback callback) { return chat->Send(prompt_, callback); }, printer);
  }

  absl::StatusOr<Turn> Continue(const reckon::Model& model, const reckon::SamplerOptions& sampler_options,
                                AnswerPrinter* printer) {
    absl::StatusOr<reckon::Session> session = reckon::Session::Create(model, model_flags_.MakeSessionOptions(model));
    if (!session.ok()) return session.status();
    absl::StatusOr<reckon::Sampler> sampler = reckon::Sampler::Create(sampler_options);
    if (!sampler.ok()) return sampler.status();
    const absl::StatusOr<std::vector<reckon::TokenId>> prompt =
        model.tokenizer().Encode(prompt_, {.add_special = true, .parse_special = true});
    if (!prompt.ok()) return prompt.status();
    return ContinueText(*session, *sampler, *prompt, sampling_flags_.MakeGenerateOptions(), printer);
  }

  void PrintJson(const reckon::Model& model, const Turn& turn, uint64_t seed) const {
    nlohmann::ordered_json json;
    json["model"] = model.info().name;
    json["weights"] = std::string{reckon::WeightFormatName(model.info().weights)};
    json["seed"] = seed;
    json.update(ToJson(turn));
    json["timings"]["load_s"] = load_seconds_;
    Print(json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  }

  ModelFlags model_flags_;
  SamplingFlags sampling_flags_;
  ChatFlags chat_flags_;
  std::string prompt_;
  std::string file_;
  bool prompt_given_ = false;
  bool raw_ = false;
  bool json_ = false;
  bool fold_ = false;
  bool quiet_ = false;
  double load_seconds_ = 0;
};

}  // namespace

std::unique_ptr<Command> MakeRunCommand() { return std::make_unique<RunCommand>(); }

}  // namespace reckon_cli
