#include "cli/turn.h"

#include <algorithm>
#include <chrono>
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

// How many leading tokens of the prompt the session may keep. At least one token is computed again, for its logits.
int64_t KnownTokens(absl::Span<const reckon::TokenId> held, absl::Span<const reckon::TokenId> prompt) {
  const auto differ = std::mismatch(held.begin(), held.end(), prompt.begin(), prompt.end());
  return std::min<int64_t>(differ.second - prompt.begin(), static_cast<int64_t>(prompt.size()) - 1);
}

absl::Status Prefill(reckon::Session& session, reckon::Sampler& sampler, absl::Span<const reckon::TokenId> prompt,
                     Turn& turn) {
  turn.prompt_tokens = static_cast<int64_t>(prompt.size());
  turn.reused_tokens = KnownTokens(session.tokens(), prompt);
  sampler.Rewind(static_cast<size_t>(session.length() - turn.reused_tokens));
  if (absl::Status status = session.Truncate(turn.reused_tokens); !status.ok()) return status;

  ProgressBar bar("reading");
  reckon::AppendOptions options;
  options.progress = [&bar](int64_t done, int64_t total) { bar.Update(done, total); };
  Interrupt::SetMode(InterruptMode::kCancel);
  options.cancel = Interrupt::token();
  const absl::Span<const reckon::TokenId> rest = prompt.subspan(static_cast<size_t>(turn.reused_tokens));
  const Clock::time_point start = Clock::now();
  if (absl::Status status = session.Append(rest, options); !status.ok()) return status;
  turn.prefill_seconds = SecondsSince(start);
  sampler.Accept(rest);
  return absl::OkStatus();
}

}  // namespace

double Turn::PrefillRate() const {
  return prefill_seconds > 0 ? static_cast<double>(prompt_tokens - reused_tokens) / prefill_seconds : 0;
}

double Turn::DecodeRate() const {
  return decode_seconds > 0 && tokens.size() > 1 ? static_cast<double>(tokens.size() - 1) / decode_seconds : 0;
}

absl::StatusOr<Turn> RunTurn(reckon::Session& session, reckon::Sampler& sampler,
                             absl::Span<const reckon::TokenId> prompt, ReasoningMode reasoning,
                             reckon::GenerateOptions options, TurnSink sink) {
  if (prompt.empty()) return absl::InvalidArgumentError("the prompt is empty");
  Turn turn;
  if (absl::Status status = Prefill(session, sampler, prompt, turn); !status.ok()) return status;

  ReasoningSplitter splitter(reasoning == ReasoningMode::kInside);
  const int64_t start_length = session.length();
  const auto split = [&](Channel channel, absl::string_view text) {
    std::string& part = channel == Channel::kReasoning ? turn.reasoning : turn.answer;
    part.append(text.data(), text.size());
    sink(channel, text, session.length() - start_length);
  };
  Interrupt::SetMode(InterruptMode::kStop);
  options.cancel = Interrupt::token();
  absl::StatusOr<reckon::GenerateResult> result =
      reckon::Generate(session, sampler, options, [&](absl::string_view piece) {
        turn.text.append(piece.data(), piece.size());
        if (reasoning == ReasoningMode::kNone) {
          split(Channel::kAnswer, piece);
        } else {
          splitter.Push(piece, split);
        }
        return Interrupt::pressed() > 0 ? reckon::StreamAction::kStop : reckon::StreamAction::kContinue;
      });
  turn.interrupted = Interrupt::pressed() > 0;
  turn.inside_reasoning = splitter.inside();
  splitter.Finish(split);
  if (result.ok()) {
    turn.tokens = std::move(result->tokens);
    turn.finish_reason = result->finish_reason;
    turn.stop_string = std::move(result->stop_string);
    turn.first_token_seconds = turn.prefill_seconds + result->first_token_seconds;
    turn.decode_seconds = result->decode_seconds;
  } else if (absl::IsCancelled(result.status()) && turn.interrupted) {
    turn.finish_reason = reckon::FinishReason::kCallbackStop;  // the words stay, though the session forgot them
  } else {
    return result.status();
  }
  return turn;
}

std::string Summary(const Turn& turn) {
  std::string text = absl::StrFormat("%d tokens, %.1f tokens/s; prompt: %d tokens", turn.tokens.size(),
                                     turn.DecodeRate(), turn.prompt_tokens);
  if (turn.reused_tokens > 0) absl::StrAppend(&text, " (", turn.reused_tokens, " known)");
  absl::StrAppendFormat(&text, ", %.1f tokens/s; first token after %.2f s", turn.PrefillRate(),
                        turn.first_token_seconds);
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
  nlohmann::ordered_json json;
  json["text"] = turn.text;
  json["reasoning"] = turn.reasoning;
  json["answer"] = turn.answer;
  json["finish_reason"] = turn.interrupted ? "interrupted" : std::string{reckon::FinishReasonName(turn.finish_reason)};
  if (turn.finish_reason == reckon::FinishReason::kStopString) json["stop_string"] = turn.stop_string;
  json["tokens"] = turn.tokens;
  json["prompt_tokens"] = turn.prompt_tokens;
  json["reused_tokens"] = turn.reused_tokens;
  json["generated_tokens"] = turn.tokens.size();
  json["timings"] = {{"prefill_s", turn.prefill_seconds},
                     {"ttft_s", turn.first_token_seconds},
                     {"decode_s", turn.decode_seconds},
                     {"prompt_tps", turn.PrefillRate()},
                     {"decode_tps", turn.DecodeRate()}};
  return json;
}

}  // namespace reckon_cli
