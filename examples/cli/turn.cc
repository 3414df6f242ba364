#include "cli/turn.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"

namespace reckon_cli {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

reckon::StreamAction StopIfPressed() {
  return Interrupt::pressed() > 0 ? reckon::StreamAction::kStop : reckon::StreamAction::kContinue;
}

const char* Said(reckon::Intervention intervention) {
  switch (intervention) {
    case reckon::Intervention::kBudgetClose:
      return "thinking ended at its budget";
    case reckon::Intervention::kReserveClose:
      return "thinking ended to leave room for the answer";
    case reckon::Intervention::kLoopClose:
      return "thinking went round in circles and was ended";
    case reckon::Intervention::kUnclosedEnd:
      return "the model stopped without an answer and was asked for one";
    case reckon::Intervention::kThinkingOff:
    case reckon::Intervention::kNudge:
      break;  // what the user asked for
  }
  return nullptr;
}

}  // namespace

double Turn::PrefillRate() const {
  return usage.prefill_seconds > 0
             ? static_cast<double>(usage.prompt_tokens - usage.reused_tokens) / usage.prefill_seconds
             : 0;
}

double Turn::DecodeRate() const {
  return usage.decode_seconds > 0 && tokens.size() > 1 ? static_cast<double>(tokens.size() - 1) / usage.decode_seconds
                                                       : 0;
}

absl::StatusOr<Turn> ShowAnswer(absl::FunctionRef<absl::StatusOr<reckon::ChatTurn>(reckon::ChatCallback)> work,
                                AnswerPrinter* printer) {
  Interrupt::SetMode(InterruptMode::kCancel);
  std::optional<ProgressBar> bar(std::in_place, "reading");
  absl::StatusOr<reckon::ChatTurn> answer = work([&](const reckon::ChatEvent& event) {
    if (event.kind == reckon::ChatEventKind::kPrefill) {
      bar->Update(event.done, event.total);
      if (event.done == event.total) {
        bar->Clear();
        Interrupt::SetMode(InterruptMode::kStop);
      }
      return reckon::StreamAction::kContinue;
    }
    if (printer != nullptr) printer->Show(event);
    const bool is_text =
        event.kind == reckon::ChatEventKind::kReasoning || event.kind == reckon::ChatEventKind::kAnswer;
    return is_text ? StopIfPressed() : reckon::StreamAction::kContinue;
  });
  if (printer != nullptr) printer->Finish();
  if (!answer.ok()) return answer.status();
  Turn turn;
  static_cast<reckon::ChatTurn&>(turn) = *std::move(answer);
  turn.interrupted = Interrupt::pressed() > 0;
  return turn;
}

absl::StatusOr<Turn> ContinueText(reckon::Session& session, reckon::Sampler& sampler,
                                  absl::Span<const reckon::TokenId> prompt, reckon::GenerateOptions options,
                                  AnswerPrinter* printer) {
  if (prompt.empty()) return absl::InvalidArgumentError("the prompt is empty");
  Turn turn;
  turn.usage.prompt_tokens = static_cast<int64_t>(prompt.size());
  Interrupt::SetMode(InterruptMode::kCancel);
  options.cancel = Interrupt::token();
  const Clock::time_point start = Clock::now();
  {
    ProgressBar bar("reading");
    reckon::AppendOptions reading;
    reading.progress = [&bar](int64_t done, int64_t total) { bar.Update(done, total); };
    reading.cancel = Interrupt::token();
    if (absl::Status status = session.Append(prompt, reading); !status.ok()) return status;
  }
  turn.usage.prefill_seconds = SecondsSince(start);
  sampler.Accept(prompt);
  Interrupt::SetMode(InterruptMode::kStop);
  absl::StatusOr<reckon::GenerateResult> result =
      reckon::Generate(session, sampler, options, [&](absl::string_view piece) {
        turn.text.append(piece.data(), piece.size());
        if (printer != nullptr) printer->Show({.kind = reckon::ChatEventKind::kAnswer, .text = piece});
        return StopIfPressed();
      });
  if (printer != nullptr) printer->Finish();
  if (!result.ok()) return result.status();
  turn.interrupted = Interrupt::pressed() > 0;
  turn.answer = turn.text;
  turn.tokens = std::move(result->tokens);
  turn.finish_reason = result->finish_reason;
  turn.stop_string = std::move(result->stop_string);
  turn.usage.generated_tokens = static_cast<int64_t>(turn.tokens.size());
  turn.usage.first_token_seconds = turn.usage.prefill_seconds + result->first_token_seconds;
  turn.usage.decode_seconds = result->decode_seconds;
  return turn;
}

std::string Summary(const Turn& turn) {
  const reckon::ChatUsage& usage = turn.usage;
  std::string text = absl::StrFormat("%d tokens, %.1f tokens/s; prompt: %d tokens", turn.tokens.size(),
                                     turn.DecodeRate(), usage.prompt_tokens);
  if (usage.reused_tokens > 0) absl::StrAppend(&text, " (", usage.reused_tokens, " known)");
  absl::StrAppendFormat(&text, ", %.1f tokens/s; first token after %.2f s", turn.PrefillRate(),
                        usage.first_token_seconds);
  for (const reckon::Intervention intervention : turn.interventions) {
    if (const char* said = Said(intervention); said != nullptr) absl::StrAppend(&text, "; ", said);
  }
  if (turn.interrupted) {
    absl::StrAppend(&text, "; stopped");
  } else if (turn.finish_reason == reckon::FinishReason::kMaxTokens) {
    absl::StrAppend(&text, "; cut at the token limit");
  } else if (turn.finish_reason == reckon::FinishReason::kContextFull) {
    absl::StrAppend(&text, "; the context is full");
  }
  return text;
}

nlohmann::ordered_json ToJson(const Turn& turn) {
  const reckon::ChatUsage& usage = turn.usage;
  nlohmann::ordered_json json;
  json["text"] = turn.text;
  json["reasoning"] = turn.reasoning;
  json["answer"] = turn.answer;
  json["finish_reason"] = turn.interrupted ? "interrupted" : std::string{reckon::FinishReasonName(turn.finish_reason)};
  if (turn.finish_reason == reckon::FinishReason::kStopString) json["stop_string"] = turn.stop_string;
  if (!turn.interventions.empty()) {
    nlohmann::ordered_json names = nlohmann::ordered_json::array();
    for (const reckon::Intervention intervention : turn.interventions) {
      names.push_back(std::string{reckon::InterventionName(intervention)});
    }
    json["interventions"] = names;
  }
  json["tokens"] = turn.tokens;
  json["prompt_tokens"] = usage.prompt_tokens;
  json["reused_tokens"] = usage.reused_tokens;
  json["reasoning_tokens"] = usage.reasoning_tokens;
  json["generated_tokens"] = turn.tokens.size();
  json["timings"] = {{"prefill_s", usage.prefill_seconds},
                     {"ttft_s", usage.first_token_seconds},
                     {"decode_s", usage.decode_seconds},
                     {"prompt_tps", turn.PrefillRate()},
                     {"decode_tps", turn.DecodeRate()}};
  return json;
}

}  // namespace reckon_cli
