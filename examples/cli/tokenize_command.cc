// reckon tokenize: text to tokens and back, as the model's own tokenizer does it.
#include <charconv>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "checkpoint/checkpoint.h"
#include "cli/command.h"
#include "cli/model_options.h"
#include "cli/terminal.h"
#include "cli/text_input.h"
#include "nlohmann/json.hpp"
#include "reckon/tokenizer.h"
#include "text/tokenizer_factory.h"

namespace reckon_cli {
namespace {

using nlohmann::ordered_json;

std::string Dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// A token's text in quotes; bytes that are no whole characters as \xHH.
std::string Quote(const std::string& bytes) {
  const std::string quoted = ordered_json(bytes).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  const bool whole = !absl::StrContains(quoted, "\xEF\xBF\xBD");  // U+FFFD
  return whole ? quoted : absl::StrCat("\"", absl::CHexEscape(bytes), "\"");
}

absl::StatusOr<std::vector<reckon::TokenId>> ParseIds(absl::string_view text) {
  std::vector<reckon::TokenId> ids;
  for (const absl::string_view word : absl::StrSplit(text, absl::ByAnyChar(" ,\t\r\n[]"), absl::SkipEmpty())) {
    reckon::TokenId id = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
    if (error != std::errc() || end != word.data() + word.size()) {
      return absl::InvalidArgumentError(absl::StrCat("not a token number: ", word));
    }
    ids.push_back(id);
  }
  return ids;
}

class TokenizeCommand final : public Command {
 public:
  const char* name() const override { return "tokenize"; }
  const char* summary() const override { return "Turn text into tokens, or tokens into text"; }

  void AddOptions(CLI::App& app) override {
    model_flags_.AddModelOption(app);
    CLI::Option* text = app.add_option("--text", text_, "The text; default: standard input");
    app.add_option("-f,--file", file_, "Read the text from a file; -: standard input")->excludes(text);
    CLI::Option* decode = app.add_option("--decode", decode_, "Token numbers to turn into text; -: standard input");
    decode->excludes(text);
    app.add_flag("--add-special", add_special_, "Add what the model expects around a text, such as BOS")
        ->excludes(decode);
    app.add_flag("--parse-special", parse_special_, "Recognise special tokens written out in the text")
        ->excludes(decode);
    app.add_flag("--skip-special", skip_special_, "Leave special tokens out of decoded text")->needs(decode);
    CLI::Option* ids = app.add_flag("--ids", ids_, "Print the numbers only, on one line");
    app.add_flag("--json", json_, "Print JSON")->excludes(ids);
    app.callback([&app, this] {
      text_given_ = app.count("--text") > 0;
      decode_given_ = app.count("--decode") > 0;
    });
  }

  ExitCode Run() override {
    const absl::StatusOr<reckon::Tokenizer> tokenizer = LoadTokenizer();
    if (!tokenizer.ok()) return Fail(tokenizer.status());
    const absl::Status status = decode_given_ ? Decode(*tokenizer) : Encode(*tokenizer);
    return status.ok() ? kExitOk : Fail(status);
  }

 private:
  // The tokenizer alone: weights are not looked at.
  absl::StatusOr<reckon::Tokenizer> LoadTokenizer() const {
    const absl::StatusOr<std::string> path = model_flags_.Path();
    if (!path.ok()) return path.status();
    absl::StatusOr<reckon::Checkpoint> checkpoint = reckon::Checkpoint::Open(reckon::ModelSource::Path(*path));
    if (!checkpoint.ok()) return checkpoint.status();
    return reckon::MakeTokenizer(checkpoint->TakeTokenizerAssets());
  }

  absl::Status Encode(const reckon::Tokenizer& tokenizer) {
    if (!text_given_) {
      absl::StatusOr<std::string> text = ReadAll(file_.empty() ? "-" : file_);
      if (!text.ok()) return text.status();
      text_ = *std::move(text);
    }
    const absl::StatusOr<std::vector<reckon::TokenId>> ids =
        tokenizer.Encode(text_, {.add_special = add_special_, .parse_special = parse_special_});
    if (!ids.ok()) return ids.status();
    if (ids_) {
      Print(absl::StrCat(absl::StrJoin(*ids, " "), "\n"));
    } else if (json_) {
      ordered_json tokens = ordered_json::array();
      for (const reckon::TokenId id : *ids) tokens.push_back(tokenizer.IdToToken(id));
      Print(Dump({{"text", text_}, {"ids", *ids}, {"tokens", tokens}}));
    } else {
      for (const reckon::TokenId id : *ids) {
        Print(absl::StrCat(id, "\t", Quote(tokenizer.TokenBytes(id)), "\n"));
      }
    }
    return absl::OkStatus();
  }

  absl::Status Decode(const reckon::Tokenizer& tokenizer) {
    if (decode_ == "-") {
      absl::StatusOr<std::string> text = ReadAll("-");
      if (!text.ok()) return text.status();
      decode_ = *std::move(text);
    }
    const absl::StatusOr<std::vector<reckon::TokenId>> ids = ParseIds(decode_);
    if (!ids.ok()) return ids.status();
    const absl::StatusOr<std::string> text = tokenizer.Decode(*ids, {.skip_special = skip_special_});
    if (!text.ok()) return text.status();
    Print(json_ ? Dump({{"ids", *ids}, {"text", *text}}) : *text);
    // On a terminal the shell's prompt should begin a line; in a pipe the text must come out unchanged.
    if (!json_ && StdoutIsTerminal()) Print("\n");
    return absl::OkStatus();
  }

  ModelFlags model_flags_;
  std::string text_, file_, decode_;
  bool text_given_ = false, decode_given_ = false;
  bool add_special_ = false, parse_special_ = false, skip_special_ = false;
  bool ids_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizeCommand() { return std::make_unique<TokenizeCommand>(); }

}  // namespace reckon_cli
