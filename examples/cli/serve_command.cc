// reckon serve: the model behind the OpenAI HTTP API.
#include <poll.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/model_options.h"
#include "cli/terminal.h"
#include "server/page_file.h"
#include "server/serve.h"

namespace reckon_cli {
namespace {

std::chrono::milliseconds Milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

class ServeCommand final : public Command {
 public:
  const char* name() const override { return "serve"; }
  const char* summary() const override { return "Answer requests in the form of the OpenAI API over HTTP"; }

  void AddOptions(CLI::App& app) override {
    model_flags_.AddLoadOptions(app);
    app.add_option("model", model_flags_.path, "The same as -m")->type_name("MODEL");
    const char* access = "Access";
    app.add_option("--host", options_.host, "Address to listen at")->capture_default_str()->group(access);
    app.add_option("--port", options_.port, "Port; 0: any free one")
        ->capture_default_str()
        ->check(CLI::Range(0, 65535))
        ->group(access);
    app.add_option("--model-name", options_.model_name,
                   "How clients call the model; default: its name, or its folder's")
        ->group(access);
    app.add_option("--api-key-file", key_file_, "Ask for an API key; the accepted ones, one a line")->group(access);
    app.add_option("--allowed-host", options_.host_names, "Accept this name in Host; may be repeated")
        ->allow_extra_args(false)
        ->group(access);
    app.add_option("--allow-origin", options_.origins, "Let web pages of this origin call; may be repeated")
        ->allow_extra_args(false)
        ->group(access);
    app.add_flag_callback(
           "--no-page", [this] { options_.page = false; }, "Answer the API only, without the chat page")
        ->group(access);
    AddLimits(app);
    app.add_option("--pooling", options_.pooling, "How embeddings are made of a text's tokens: mean, last")
        ->transform(CLI::Transformer(
            std::map<std::string, reckon::Pooling>{{"mean", reckon::Pooling::kMean}, {"last", reckon::Pooling::kLast}}))
        ->type_name("TEXT")
        ->default_str("mean");
    app.add_option("--log-format", log_format_, "Access log on standard error: text, json, none")
        ->capture_default_str()
        ->check(CLI::IsMember({"text", "json", "none"}));
  }

  ExitCode Run() override {
    Interrupt::Install();
    const absl::StatusOr<reckon::Model> model = model_flags_.Open();
    if (!model.ok()) return Fail(model.status());
    const absl::Status prepared = Prepare(*model);
    if (!prepared.ok()) return Fail(prepared);
    Interrupt::InstallTermination();
    Interrupt::Reset(InterruptMode::kCancel);
    const absl::Status status = reckon_server::Serve(
        options_, *model,
        [this](int port) {
          const std::string address = absl::StrCat("http://", options_.host, ":", port);
          if (options_.page && reckon_server::HasChatPage())
            PrintError(absl::StrCat("reckon: chat page at ", address, "/\n"));
          PrintError(absl::StrCat("reckon: ", options_.model_name, " at ", address, "/v1\n"));
          pollfd pressed = {Interrupt::descriptor(), POLLIN, 0};
          while (Interrupt::pressed() == 0) poll(&pressed, 1, -1);
          PrintError("reckon: shutting down; once more ends running requests\n");
        },
        [] { return Interrupt::pressed() > 1; }, Milliseconds(grace_));
    return status.ok() ? kExitOk : Fail(status);
  }

 private:
  void AddLimits(CLI::App& app) {
    const char* limits = "Limits";
    const CLI::Range count(1, 4096);
    const CLI::Range seconds(0.05, 1e6);
    app.add_option("--slots", options_.slots, "Requests that generate at once")
        ->capture_default_str()
        ->check(count)
        ->group(limits);
    app.add_option("--queue", options_.queue, "Requests that may wait for that")
        ->capture_default_str()
        ->check(CLI::Range(0, 4096))
        ->group(limits);
    app.add_option("--connections", options_.connections, "Connections open at once")
        ->capture_default_str()
        ->check(CLI::Range(1, 900))
        ->group(limits);
    app.add_option("--max-body", options_.max_body_bytes, "Largest body, for example 2MiB")
        ->transform(CLI::AsSizeValue(false))
        ->type_name("SIZE")
        ->group(limits);
    app.add_option("--max-tokens", options_.max_tokens, "Most tokens of an answer; -1: until the context is full")
        ->capture_default_str()
        ->group(limits);
    app.add_option("--read-timeout", read_timeout_, "Seconds for a client to send a head, and again a body")
        ->capture_default_str()
        ->check(seconds)
        ->group(limits);
    app.add_option("--write-timeout", write_timeout_, "Seconds in which a client must take something")
        ->capture_default_str()
        ->check(seconds)
        ->group(limits);
    app.add_option("--request-timeout", request_timeout_, "Seconds for an answer, waiting included")
        ->capture_default_str()
        ->check(seconds)
        ->group(limits);
    app.add_option("--shutdown-timeout", grace_, "Seconds that running requests have after SIGTERM or Ctrl-C")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1e6))
        ->group(limits);
  }

  absl::Status Prepare(const reckon::Model& model) {
    if (model.tokenizer().empty()) {
      return absl::FailedPreconditionError("the model came without a tokenizer, so it cannot be served");
    }
    if (options_.model_name.empty()) options_.model_name = model_flags_.Name();
    if (options_.model_name.empty()) {
      const std::filesystem::path path = std::filesystem::path(model.info().name).lexically_normal();
      options_.model_name = path.has_filename() ? path.filename().string() : path.parent_path().filename().string();
    }
    options_.max_context = model_flags_.MakeSessionOptions(model).max_context;
    options_.read_timeout = Milliseconds(read_timeout_);
    options_.write_timeout = Milliseconds(write_timeout_);
    options_.request_timeout = Milliseconds(request_timeout_);
    options_.log = log_format_ != "none";
    options_.log_json = log_format_ == "json";
    return key_file_.empty() ? absl::OkStatus() : ReadKeys();
  }

  absl::Status ReadKeys() {
    std::ifstream file(key_file_);
    std::string line;
    while (std::getline(file, line)) {
      const std::string key(absl::StripAsciiWhitespace(line));
      if (!key.empty() && key[0] != '#') options_.api_keys.push_back(key);
    }
    if (!options_.api_keys.empty()) return absl::OkStatus();
    return absl::NotFoundError(absl::StrCat(key_file_, ": no API key can be read there; write one a line"));
  }

  ModelFlags model_flags_;
  reckon_server::ServerOptions options_;
  std::string key_file_;
  std::string log_format_ = "text";
  double read_timeout_ = 15;
  double write_timeout_ = 15;
  double request_timeout_ = 600;
  double grace_ = 10;
};

}  // namespace

std::unique_ptr<Command> MakeServeCommand() { return std::make_unique<ServeCommand>(); }

}  // namespace reckon_cli
