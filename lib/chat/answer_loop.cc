#include "chat/answer_loop.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/status.h"

namespace reckon {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

int64_t Room(const Cursor& cursor, int64_t max_tokens, int64_t generated) {
  const int64_t context = cursor.stream().max_context() - cursor.stream().length();
  return max_tokens < 0 ? context : std::min(context, max_tokens - generated);
}

}  // namespace

AnswerLoop::AnswerLoop(Cursor& cursor, const AnswerSetting& setting, const ChatOptions& options, ChatCallback callback,
                       Clock::time_point start, ChatTurn& turn)
    : cursor_(cursor),
      setting_(setting),
      options_(options),
      callback_(callback),
      start_(start),
      turn_(turn),
      open_id_(setting.tokenizer.TokenToId(kThinkOpen)),
      close_id_(setting.tokenizer.TokenToId(kThinkClose)),
      decoder_(setting.tokenizer, DecodeOptions{options.generate.skip_special}),
      filter_(options.generate.stop_strings),
      channel_(setting.inside_reasoning),
      budget_(options.thinking, Room(cursor, options.generate.max_tokens, 0),
              static_cast<int64_t>(setting.closing.size())),
      closed_(!setting.may_reason) {}

absl::Status AnswerLoop::Run() {
  for (;;) {
    RECKON_ASSIGN_OR_RETURN(const Outcome outcome, Step());
    turn_.usage.generated_tokens = static_cast<int64_t>(turn_.tokens.size());
    if (outcome == Outcome::kFinished) break;
    if (options_.generate.cancel.cancelled()) return absl::CancelledError("the turn was cancelled");
  }
  turn_.tool_calls_json = calls_.CallsJson();
  return absl::OkStatus();
}

absl::StatusOr<AnswerLoop::Outcome> AnswerLoop::Step() {
  const int64_t max_tokens = options_.generate.max_tokens;
  if (max_tokens >= 0 && static_cast<int64_t>(turn_.tokens.size()) >= max_tokens) {
    RECKON_RETURN_IF_ERROR(Flush());
    return Finish(FinishReason::kMaxTokens);
  }
  if (cursor_.stream().length() >= cursor_.stream().max_context()) {
    RECKON_RETURN_IF_ERROR(Flush());
    return Finish(FinishReason::kContextFull);
  }
  if (channel_.inside() && !closed_) {
    if (const std::optional<Intervention> why = budget_.Next(RoomLeft()).close) return Close(*why);
  }
  RECKON_ASSIGN_OR_RETURN(const TokenId token, Pick());
  const bool ends_turn = !options_.generate.ignore_eos && IsIn(setting_.eos_ids, token);
  if (ends_turn && channel_.inside() && !closed_) {
    RECKON_RETURN_IF_ERROR(cursor_.Truncate(cursor_.stream().length() - 1));
    RECKON_ASSIGN_OR_RETURN(const Outcome outcome, Close(Intervention::kUnclosedEnd));
    if (outcome == Outcome::kFinished || !turn_.interventions.empty()) return outcome;
    RECKON_RETURN_IF_ERROR(cursor_.Push(token));  // there was no room to close, so it ends here
  }
  if (ends_turn || IsIn(options_.generate.stop_tokens, token)) {
    turn_.tokens.push_back(token);
    turn_.usage.reasoning_tokens += channel_.inside() ? 1 : 0;
    RECKON_RETURN_IF_ERROR(Flush());
    return Finish(FinishReason::kStopToken);
  }
  return Accept(token);
}

absl::StatusOr<TokenId> AnswerLoop::Pick() {
  std::vector<LogitNudge> nudges;
  if (channel_.inside() && !closed_ && close_id_.has_value()) {
    const float nudge = budget_.Next(RoomLeft()).nudge;
    if (nudge != 0) {
      if (!nudged_) Report(Intervention::kNudge);
      nudged_ = true;
      nudges.push_back({*close_id_, nudge});
    }
  }
  // Behind reasoning that was cut short or left out, marks are not part of the answer: a template would take them for
  // the real ones in the next turn.
  if ((closed_ || nudged_) && !channel_.inside()) {
    for (const std::optional<TokenId>& mark : {open_id_, close_id_}) {
      if (mark.has_value()) nudges.push_back({*mark, -std::numeric_limits<float>::infinity()});
    }
  }
  RECKON_ASSIGN_OR_RETURN(const TokenId token, cursor_.Pick(nudges, options_.generate.cancel));
  if (turn_.tokens.empty()) {
    first_ = Clock::now();
    turn_.usage.first_token_seconds = SecondsSince(start_);
  }
  turn_.usage.decode_seconds = SecondsSince(first_);
  return token;
}

absl::StatusOr<AnswerLoop::Outcome> AnswerLoop::Close(Intervention why) {
  closed_ = true;
  // Without room for the answer's first token there is no point in it.
  if (RoomLeft() <= static_cast<int64_t>(setting_.closing.size())) return Outcome::kGoOn;
  Report(why);
  RECKON_ASSIGN_OR_RETURN(Outcome outcome, Show(decoder_.Flush()));
  for (const TokenId token : setting_.closing) {
    if (outcome == Outcome::kFinished) break;
    RECKON_RETURN_IF_ERROR(cursor_.Push(token));
    RECKON_ASSIGN_OR_RETURN(outcome, Accept(token));
  }
  return outcome;
}

absl::StatusOr<AnswerLoop::Outcome> AnswerLoop::Accept(TokenId token) {
  turn_.tokens.push_back(token);
  const bool was_inside = channel_.inside();
  if (was_inside) budget_.Accept(token);
  // The marks are text here, whether the vocabulary calls them special or not.
  const bool is_mark = token == open_id_ || token == close_id_;
  std::string piece;
  if (is_mark) {
    piece = decoder_.Flush();
    const absl::string_view mark = token == open_id_ ? kThinkOpen : kThinkClose;
    piece.append(mark.data(), mark.size());
  } else {
    RECKON_ASSIGN_OR_RETURN(piece, decoder_.Push(token));
  }
  RECKON_ASSIGN_OR_RETURN(const Outcome outcome, Show(piece));
  turn_.usage.reasoning_tokens += was_inside || channel_.inside() ? 1 : 0;
  return outcome;
}

absl::StatusOr<AnswerLoop::Outcome> AnswerLoop::Show(absl::string_view piece) {
  const std::string certain = filter_.Push(piece);
  turn_.text += certain;
  channel_.Push(certain, [this](Channel channel, absl::string_view text) { Emit(channel, text); });
  if (action_ == StreamAction::kCancel) return absl::CancelledError("the turn was cancelled by its callback");
  if (filter_.matched()) {
    turn_.stop_string = filter_.stop_string();
    return Finish(FinishReason::kStopString);
  }
  return action_ == StreamAction::kStop ? Finish(FinishReason::kCallbackStop) : Outcome::kGoOn;
}

absl::Status AnswerLoop::Flush() {
  RECKON_ASSIGN_OR_RETURN(const Outcome outcome, Show(decoder_.Flush()));
  if (outcome == Outcome::kFinished && filter_.matched()) return absl::OkStatus();
  const std::string rest = filter_.Flush();
  turn_.text += rest;
  channel_.Push(rest, [this](Channel channel, absl::string_view text) { Emit(channel, text); });
  return absl::OkStatus();
}

AnswerLoop::Outcome AnswerLoop::Finish(FinishReason reason) {
  turn_.finish_reason = filter_.matched() ? FinishReason::kStopString : reason;
  turn_.inside_reasoning = channel_.inside();
  channel_.Finish([this](Channel channel, absl::string_view text) { Emit(channel, text); });
  calls_.Finish([this](absl::string_view text) { EmitAnswer(text); });
  return Outcome::kFinished;
}

void AnswerLoop::Emit(Channel channel, absl::string_view text) {
  if (channel == Channel::kReasoning) {
    turn_.reasoning.append(text.data(), text.size());
    Tell({.kind = ChatEventKind::kReasoning, .text = text});
  } else if (setting_.tool_calls) {
    calls_.Push(
        text, [this](absl::string_view words) { EmitAnswer(words); },
        [this](absl::string_view json) { EmitCall(json); });
  } else {
    EmitAnswer(text);
  }
}

void AnswerLoop::EmitAnswer(absl::string_view text) {
  turn_.answer.append(text.data(), text.size());
  Tell({.kind = ChatEventKind::kAnswer, .text = text});
}

void AnswerLoop::EmitCall(absl::string_view json) { Tell({.kind = ChatEventKind::kToolCall, .text = json}); }

void AnswerLoop::Report(Intervention intervention) {
  turn_.interventions.push_back(intervention);
  Tell({.kind = ChatEventKind::kIntervention, .intervention = intervention});
}

void AnswerLoop::Tell(ChatEvent event) {
  event.done = static_cast<int64_t>(turn_.tokens.size());
  action_ = std::max(action_, callback_(event));
}

bool AnswerLoop::IsIn(const std::vector<TokenId>& ids, TokenId token) const {
  return std::find(ids.begin(), ids.end(), token) != ids.end();
}

int64_t AnswerLoop::RoomLeft() const {
  return Room(cursor_, options_.generate.max_tokens, static_cast<int64_t>(turn_.tokens.size()));
}

}  // namespace reckon
