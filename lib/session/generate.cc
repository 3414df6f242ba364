#include "reckon/generate.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/catch_bad_alloc.h"
#include "base/status.h"
#include "session/stop_strings.h"

namespace reckon {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// One call of Generate().
class Generation {
 public:
  Generation(Session& session, Sampler& sampler, const GenerateOptions& options,
             absl::FunctionRef<StreamAction(absl::string_view)> on_text)
      : session_(session),
        sampler_(sampler),
        options_(options),
        on_text_(on_text),
        decoder_(session.model().tokenizer(), DecodeOptions{options.skip_special}),
        filter_(options.stop_strings) {}

  absl::StatusOr<GenerateResult> Run() {
    if (session_.model().tokenizer().empty()) {
      return absl::FailedPreconditionError(
          "the model came without a tokenizer, so it has no text to generate; use Session::Next");
    }
    const int64_t before = session_.length();
    const absl::Status status = CatchBadAlloc([this] { return Loop(); });
    if (status.ok()) return std::move(result_);
    const int64_t made = session_.length() - before;
    RECKON_RETURN_IF_ERROR(session_.Truncate(before));
    sampler_.Rewind(static_cast<size_t>(made));
    return status;
  }

 private:
  absl::Status Loop() {
    const Clock::time_point start = Clock::now();
    Clock::time_point first = start;
    while (true) {
      if (options_.max_tokens >= 0 && static_cast<int64_t>(result_.tokens.size()) >= options_.max_tokens) {
        return Finish(FinishReason::kMaxTokens);
      }
      if (session_.length() >= session_.max_context()) return Finish(FinishReason::kContextFull);
      RECKON_ASSIGN_OR_RETURN(const TokenId token, session_.Next(sampler_, options_.cancel));
      result_.tokens.push_back(token);
      if (result_.tokens.size() == 1) {
        first = Clock::now();
        result_.first_token_seconds = SecondsSince(start);
      }
      result_.decode_seconds = SecondsSince(first);
      if (IsStopToken(token)) return Finish(FinishReason::kStopToken);
      RECKON_ASSIGN_OR_RETURN(const std::string piece, decoder_.Push(token));
      RECKON_ASSIGN_OR_RETURN(const bool go_on, Emit(filter_.Push(piece)));
      if (filter_.matched()) {
        result_.stop_string = filter_.stop_string();
        result_.finish_reason = FinishReason::kStopString;
        return absl::OkStatus();
      }
      if (!go_on) {
        result_.finish_reason = FinishReason::kCallbackStop;
        return absl::OkStatus();
      }
      if (options_.cancel.cancelled()) return absl::CancelledError("generation was cancelled");
    }
  }

  bool IsStopToken(TokenId token) const {
    const auto is_in = [token](const std::vector<TokenId>& ids) {
      return std::find(ids.begin(), ids.end(), token) != ids.end();
    };
    return is_in(options_.stop_tokens) || (!options_.ignore_eos && is_in(session_.model().info().eos_ids));
  }

  // Hands text out. False: the callback wants to stop.
  absl::StatusOr<bool> Emit(const std::string& text) {
    if (text.empty()) return true;
    result_.text += text;
    const StreamAction action = on_text_(text);
    if (action == StreamAction::kCancel) return absl::CancelledError("generation was cancelled by its callback");
    return action == StreamAction::kContinue;
  }

  // The text is over: what was held back is certain now.
  absl::Status Finish(FinishReason reason) {
    result_.finish_reason = reason;
    std::string rest = filter_.Push(decoder_.Flush());
    if (filter_.matched()) {
      result_.finish_reason = FinishReason::kStopString;
      result_.stop_string = filter_.stop_string();
    } else {
      rest += filter_.Flush();
    }
    return Emit(rest).status();
  }

  Session& session_;
  Sampler& sampler_;
  const GenerateOptions& options_;
  absl::FunctionRef<StreamAction(absl::string_view)> on_text_;
  StreamDecoder decoder_;
  StopStringFilter filter_;
  GenerateResult result_;
};

}  // namespace

absl::string_view FinishReasonName(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStopToken:
      return "stop_token";
    case FinishReason::kStopString:
      return "stop_string";
    case FinishReason::kMaxTokens:
      return "max_tokens";
    case FinishReason::kContextFull:
      return "context_full";
    case FinishReason::kCallbackStop:
      return "callback_stop";
  }
  return "unknown";
}

absl::StatusOr<GenerateResult> Generate(Session& session, Sampler& sampler, const GenerateOptions& options,
                                        absl::FunctionRef<StreamAction(absl::string_view)> on_text) {
  return CatchBadAlloc([&] { return Generation(session, sampler, options, on_text).Run(); });
}

}  // namespace reckon
