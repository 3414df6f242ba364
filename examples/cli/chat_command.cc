// reckon chat: a conversation at the terminal or through a pipe.
#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/answer_printer.h"
#include "cli/chat_options.h"
#include "cli/command.h"
#include "cli/document_files.h"
#include "cli/idle_preparation.h"
#include "cli/interrupt.h"
#include "cli/line_reader.h"
#include "cli/model_lookup.h"
#include "cli/model_options.h"
#include "cli/sampling_options.h"
#include "cli/saved_session.h"
#include "cli/terminal.h"
#include "cli/turn.h"
#include "nlohmann/json.hpp"
#include "reckon/chat.h"

namespace reckon_cli {
namespace {

constexpr char kHelp[] =
    "/help          this list\n"
    "/think         fold the reasoning, or show it again\n"
    "/regen         another answer to the last question\n"
    "/system TEXT   set the system prompt (without TEXT: none)\n"
    "/clear         forget the conversation\n"
    "/save FILE     write the conversation as JSON\n"
    "/stats         speed of the last answer, memory, context\n"
    "/exit          leave (also Ctrl-D, or Ctrl-C twice)\n"
    "Ctrl-C stops an answer. A question that begins with / is typed with //.\n";

class ChatCommand final : public Command {
 public:
  const char* name() const override { return "chat"; }
  const char* summary() const override { return "Talk with a model; reads questions line by line in a pipe"; }

  void AddOptions(CLI::App& app) override {
    model_flags_.AddLoadOptions(app);
    chat_flags_.AddOptions(app);
    app.add_option("--session", session_, "Go on with the conversation of this name, and keep it")->type_name("NAME");
    app.add_option("--docs", docs_, "Look things up in the .txt, .md, .html and .pdf files of a folder")
        ->type_name("DIR");
    app.add_flag("--summarize", summarize_, "When the context is full, let the model sum up what leaves it");
    app.add_flag("--hide-thinking,!--show-thinking", fold_, "Fold the reasoning to one line (in a pipe: leave it out)");
    app.add_flag("-q,--quiet", quiet_, "No statistics on standard error");
    app.add_option("model", first_word_, "The same as -m; or the question, if it stands alone and names no model")
        ->type_name("MODEL");
    app.add_option("question", question_, "Answer this and exit");
    sampling_flags_.AddOptions(app);
  }

  ExitCode Run() override {
    Interrupt::Install();
    if (!TakeFirstWord()) return kExitUsage;
    model_flags_.offer_pull = true;
    const absl::StatusOr<reckon::Model> model = model_flags_.Open();
    if (!model.ok()) return Fail(model.status());
    absl::StatusOr<reckon::Chat> chat = chat_flags_.CreateChat(
        *model, model_flags_, sampling_flags_.MakeSamplerOptions(*model), sampling_flags_.MakeGenerateOptions());
    if (!chat.ok()) return Fail(chat.status());
    chat_ = std::make_unique<reckon::Chat>(*std::move(chat));
    if (absl::Status status = Begin(); !status.ok()) return Fail(status);
    if (!question_.empty()) {
      const ExitCode code = Show(question_);
      return code == kExitOk && last_.interrupted ? kExitCancelled : code;
    }
    return Loop(*model);
  }

 private:
  // Tells a model from a question: `reckon chat deepseek-r1:1.5b`, `reckon chat "Who are you?"`, or both.
  bool TakeFirstWord() {
    if (first_word_.empty()) return true;
    if (model_flags_.path.empty() && (!question_.empty() || LooksLikeModel(first_word_))) {
      model_flags_.path = first_word_;
      return true;
    }
    if (!question_.empty()) {
      PrintError("reckon: two questions; put the words of one in quotes\n");
      return false;
    }
    question_ = first_word_;
    return true;
  }

  // Takes up what was kept, and the documents.
  absl::Status Begin() {
    if (!session_.empty()) {
      absl::StatusOr<std::string> file = SessionFile(session_);
      if (!file.ok()) return file.status();
      session_file_ = *std::move(file);
      absl::Status status = chat_->Restore(session_file_);
      if (!status.ok() && !absl::IsNotFound(status)) return status;
      if (status.ok() && !chat_flags_.system.empty()) {
        if (absl::Status set = chat_->SetSystem(chat_flags_.system); !set.ok()) return set;
      }
      if (status.ok() && !quiet_) {
        PrintError(absl::StrFormat("[%s: %d messages, %d tokens known]\n", session_file_, chat_->messages().size(),
                                   chat_->context_tokens()));
      }
    }
    if (docs_.empty()) return absl::OkStatus();
    const absl::StatusOr<int> attached = AttachFolder(docs_, *chat_);
    if (attached.ok() && !quiet_)
      PrintError(absl::StrFormat("[%d %s]\n", *attached, *attached == 1 ? "document" : "documents"));
    return attached.status();
  }

  ExitCode Keep() {
    if (session_file_.empty()) return kExitOk;
    const absl::Status status = chat_->Save(session_file_);
    return status.ok() ? kExitOk : Fail(status);
  }

  LineEnd ReadLine(LineReader& reader, bool interactive, std::string* line) {
    std::optional<IdlePreparation> preparation;
    if (interactive) preparation.emplace(*chat_);
    return reader.Read("> ", line);
  }

  ExitCode Loop(const reckon::Model& model) {
    LineReader reader;
    const bool interactive = StdinIsTerminal();
    if (interactive) {
      PrintError(absl::StrFormat("%s: %s, %s weights, %d threads. /help lists commands.\n", model.info().name,
                                 model.info().architecture, reckon::WeightFormatName(model.info().weights),
                                 model.threads()));
    }
    ExitCode code = kExitOk;
    bool warned = false;
    for (;;) {
      std::string line;
      switch (ReadLine(reader, interactive, &line)) {
        case LineEnd::kEndOfFile:
          if (interactive) Print("\n");
          return code;
        case LineEnd::kInterrupt:
          if (warned || !interactive) return kExitCancelled;
          PrintError("\nCtrl-C again or /exit leaves.\n");
          warned = true;
          continue;
        case LineEnd::kLine:
          break;
      }
      warned = false;
      const std::string text(absl::StripAsciiWhitespace(line));
      if (text.empty()) continue;
      if (text == "/exit" || text == "/quit") return code;
      const ExitCode result = absl::StartsWith(text, "/") && !absl::StartsWith(text, "//")
                                  ? RunCommand(text)
                                  : Show(absl::StartsWith(text, "//") ? text.substr(1) : text);
      // A person sees the message and goes on; a script wants to know at the end that something went wrong.
      if (result != kExitOk && !interactive) code = result;
    }
  }

  ExitCode Show(const std::string& question) {
    return ShowTurn([&](reckon::ChatCallback callback) { return chat_->Send(question, callback); });
  }

  ExitCode ShowTurn(absl::FunctionRef<absl::StatusOr<reckon::ChatTurn>(reckon::ChatCallback)> work) {
    AnswerPrinter printer(fold_);
    absl::StatusOr<Turn> turn = ShowAnswer(work, &printer);
    if (!turn.ok()) return Fail(turn.status());
    last_ = *std::move(turn);
    if (last_.context.dropped_messages > 0 && !quiet_) {
      PrintError(absl::StrFormat("[the context is full: %d messages (%d tokens) are no longer seen]\n",
                                 last_.context.dropped_messages, last_.context.dropped_tokens));
    }
    if (last_.context.summarized_messages > 0 && !quiet_) {
      PrintError(absl::StrFormat("[the context is full: %d messages (%d tokens) are seen as a summary (%d tokens)]\n",
                                 last_.context.summarized_messages, last_.context.summarized_tokens,
                                 last_.context.summary_tokens));
    }
    for (const reckon::CitedPassage& passage : last_.context.passages) {
      if (!quiet_) {
        PrintError(absl::StrFormat("[from %s, lines %d to %d%s%s]\n", passage.document, passage.first_line,
                                   passage.last_line, passage.heading.empty() ? "" : ": ", passage.heading));
      }
    }
    if (!quiet_) PrintError(absl::StrCat("[", Summary(last_), "]\n"));
    return Keep();
  }

  ExitCode RunCommand(const std::string& text) {
    const std::string command = text.substr(0, text.find_first_of(" \t"));
    const std::string argument(absl::StripAsciiWhitespace(text.substr(command.size())));
    if (command == "/help") {
      PrintError(kHelp);
    } else if (command == "/think") {
      ToggleThinking();
    } else if (command == "/regen") {
      return ShowTurn([&](reckon::ChatCallback callback) { return chat_->Regenerate(callback); });
    } else if (command == "/system") {
      if (absl::Status status = chat_->SetSystem(argument); !status.ok()) return Fail(status);
      return Keep();
    } else if (command == "/clear") {
      const bool has_system = !chat_->messages().empty() && chat_->messages().front().role == "system";
      if (absl::Status status = chat_->Truncate(has_system ? 1 : 0); !status.ok()) return Fail(status);
      return Keep();
    } else if (command == "/save") {
      return Save(argument);
    } else if (command == "/stats") {
      Stats();
    } else {
      return Fail(absl::InvalidArgumentError(absl::StrCat("no command ", command, "; /help lists them")));
    }
    return kExitOk;
  }

  void ToggleThinking() {
    fold_ = !fold_;
    PrintError(fold_ ? "[reasoning is folded]\n" : "[reasoning is shown]\n");
    if (fold_ || last_.reasoning.empty()) return;
    AnswerPrinter printer(false);  // what was folded away
    printer.Show({.kind = reckon::ChatEventKind::kReasoning, .text = last_.reasoning});
    printer.Finish();
  }

  ExitCode Save(const std::string& file) {
    if (file.empty()) return Fail(absl::InvalidArgumentError("/save needs a file name"));
    nlohmann::ordered_json messages = nlohmann::ordered_json::array();
    for (const reckon::Message& message : chat_->messages()) {
      messages.push_back({{"role", message.role}, {"content", message.content.value_or("")}});
    }
    std::ofstream out(file);
    out << nlohmann::ordered_json{{"messages", messages}}.dump(1, ' ', false, nlohmann::json::error_handler_t::replace)
        << "\n";
    out.close();
    if (!out) return Fail(absl::InternalError(absl::StrCat("cannot write ", file)));
    PrintError(absl::StrCat("[saved to ", file, "]\n"));
    return kExitOk;
  }

  void Stats() const {
    const reckon::MemoryPlan plan = chat_->model().Plan(chat_->max_context());
    if (!last_.tokens.empty()) PrintError(absl::StrCat("last answer: ", Summary(last_), "\n"));
    PrintError(absl::StrFormat("context: %d of %d tokens\n", chat_->context_tokens(), chat_->max_context()));
    PrintError(absl::StrFormat("memory: %s weights, %s session now; %s planned at full context\n",
                               FormatBytes(plan.weight_bytes), FormatBytes(chat_->memory_bytes()),
                               FormatBytes(plan.total_bytes)));
  }

  ModelFlags model_flags_;
  SamplingFlags sampling_flags_;
  ChatFlags chat_flags_;
  std::string first_word_;
  std::string question_;
  std::string session_;
  std::string session_file_;
  std::string docs_;
  bool summarize_ = false;
  bool fold_ = false;
  bool quiet_ = false;
  std::unique_ptr<reckon::Chat> chat_;
  Turn last_;
};

}  // namespace

std::unique_ptr<Command> MakeChatCommand() { return std::make_unique<ChatCommand>(); }

}  // namespace reckon_cli
