#include "server/answer.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <optional>

#include "absl/strings/string_view.h"
#include "chat/reasoning_channel.h"
#include "chat/thinking_budget.h"
#include "chat/tool_call_channel.h"
#include "reckon/sampler.h"
#include "reckon/tokenizer.h"
#include "session/stop_strings.h"

namespace reckon_server {
namespace {

// Rows of a prompt that are read in one turn: few while others wait for theirs.
constexpr size_t kSharedRows = 32;
constexpr size_t kOwnRows = 256;

absl::Status Gone() { return absl::CancelledError("the request was cancelled"); }

// A turn, ended when this goes out of scope.
class Turn {
 public:
  Turn(Turns& turns, const reckon::CancelToken& cancel) : turns_(turns), held_(turns.Begin(cancel)) {}
  ~Turn() {
    if (held_) turns_.End();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  bool held() const { return held_; }

 private:
  Turns& turns_;
  const bool held_;
};

class Answer {
 public:
  Answer(reckon::TokenStream& stream, const AnswerSetup& setup, const DeltaSink& sink, RequestCost& cost)
      : stream_(stream),
        setup_(setup),
        sink_(sink),
        cost_(cost),
        tokenizer_(setup.model.tokenizer()),
        open_id_(tokenizer_.TokenToId(reckon::kThinkOpen)),
        close_id_(tokenizer_.TokenToId(reckon::kThinkClose)),
        decoder_(tokenizer_, reckon::DecodeOptions{.skip_special = true}),
        filter_(setup.request.stop),
        channel_(setup.prompt.inside_reasoning),
        closed_(!setup.prompt.may_reason) {
    if (closed_) interventions_.push_back(reckon::Intervention::kThinkingOff);
    SortAnswer(setup.prompt.opening);
    if (!setup.request.max_reasoning_tokens.has_value()) return;
    reckon::ThinkingOptions options;
    options.max_tokens = *setup.request.max_reasoning_tokens;
    budget_.emplace(options, Room(), static_cast<int64_t>(setup.prompt.closing.size()));
  }

  absl::StatusOr<Finish> Run(Turns& turns, reckon::Sampler& sampler, const reckon::CancelToken& cancel) {
    const std::vector<reckon::TokenId>& eos = setup_.model.info().eos_ids;
    while (Room() > 0) {
      absl::Status status;
      if (const std::optional<reckon::Intervention> why = MustClose(); why.has_value()) {
        status = Close(*why, sampler);
      } else {
        const absl::StatusOr<reckon::TokenId> token = Step(turns, sampler, cancel);
        if (!token.ok()) return token.status();
        if (std::find(eos.begin(), eos.end(), *token) == eos.end()) {
          status = Accept(*token, /*picked=*/true);
        } else if (Reasons() && HasRoomToClose()) {
          status = CloseAtEnd(sampler);
        } else {
          ++made_;
          ++cost_.completion_tokens;
          return End(FinishKind::kStop);
        }
      }
      if (!status.ok()) return status;
      if (filter_.matched() || (called_ && setup_.request.one_call)) return End(FinishKind::kStop);
      if (cancel.cancelled()) return Gone();
    }
    return End(FinishKind::kLength);
  }

 private:
  // Tokens that may still be made.
  int64_t Room() const {
    const int64_t context = stream_.max_context() - stream_.length();
    return setup_.max_tokens < 0 ? context : std::min(context, setup_.max_tokens - made_);
  }

  // Whether there is reasoning that we may end.
  bool Reasons() const { return budget_.has_value() && channel_.inside() && !closed_; }

  std::optional<reckon::Intervention> MustClose() const {
    return Reasons() ? budget_->Next(Room()).close : std::nullopt;
  }

  // Without room for the answer's first token there is no point in it.
  bool HasRoomToClose() const { return Room() > static_cast<int64_t>(setup_.prompt.closing.size()); }

  // Ends the reasoning in the model's stead, if there is room for it.
  absl::Status Close(reckon::Intervention why, reckon::Sampler& sampler) {
    closed_ = true;
    if (!HasRoomToClose()) return absl::OkStatus();
    interventions_.push_back(why);
    Show(filter_.Push(decoder_.Flush()));
    for (const reckon::TokenId token : setup_.prompt.closing) {
      if (filter_.matched()) break;
      absl::Status status = Push(token, sampler);
      if (status.ok()) status = Accept(token, /*picked=*/false);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // The model ended its turn inside its reasoning: it is made to answer.
  absl::Status CloseAtEnd(reckon::Sampler& sampler) {
    absl::Status status = stream_.Truncate(stream_.length() - 1);
    if (!status.ok()) return status;
    sampler.Rewind(1);
    return Close(reckon::Intervention::kUnclosedEnd, sampler);
  }

  absl::StatusOr<reckon::TokenId> Step(Turns& turns, reckon::Sampler& sampler, const reckon::CancelToken& cancel) {
    const Turn turn(turns, cancel);
    if (!turn.held()) return Gone();
    const absl::StatusOr<absl::Span<const float>> logits = stream_.Logits(cancel);
    if (!logits.ok()) return logits.status();
    absl::StatusOr<reckon::TokenId> token = sampler.Sample(Allowed(*logits));
    if (!token.ok()) return token;
    if (setup_.request.logprobs) logits_.assign(logits->begin(), logits->end());
    const absl::Status pushed = Push(*token, sampler);
    if (!pushed.ok()) return pushed;
    return token;
  }

  // Behind reasoning that was cut short or left out, a mark would be taken for the real one in the next turn.
  absl::Span<const float> Allowed(absl::Span<const float> logits) {
    if (!closed_ || channel_.inside()) return logits;
    allowed_.assign(logits.begin(), logits.end());
    for (const std::optional<reckon::TokenId>& mark : {open_id_, close_id_}) {
      if (mark.has_value()) allowed_[static_cast<size_t>(*mark)] = -std::numeric_limits<float>::infinity();
    }
    return allowed_;
  }

  absl::Status Push(reckon::TokenId token, reckon::Sampler& sampler) {
    absl::Status pushed = stream_.Push(token);
    if (pushed.ok()) sampler.Accept(token);
    return pushed;
  }

  // Takes a token that is in the stream into the text. picked: by the sampler, from logits_.
  absl::Status Accept(reckon::TokenId token, bool picked) {
    ++made_;
    ++cost_.completion_tokens;
    const bool was_inside = channel_.inside();
    const bool is_mark = token == open_id_ || token == close_id_;
    if (budget_.has_value() && was_inside) budget_->Accept(token);
    std::string piece;
    if (is_mark) {
      // The marks are text here, whether the vocabulary calls them special or not.
      piece = decoder_.Flush();
      const absl::string_view mark = token == open_id_ ? reckon::kThinkOpen : reckon::kThinkClose;
      piece.append(mark.data(), mark.size());
    } else {
      absl::StatusOr<std::string> text = decoder_.Push(token);
      if (!text.ok()) return text.status();
      piece = *std::move(text);
    }
    if (setup_.request.logprobs && picked && !was_inside && !is_mark) pending_.push_back(Logprob(token));
    Show(filter_.Push(piece));
    cost_.reasoning_tokens += was_inside || channel_.inside() ? 1 : 0;
    return go_on_ ? absl::OkStatus() : Gone();
  }

  TokenLogprob Logprob(reckon::TokenId token) const {
    const float best = *std::max_element(logits_.begin(), logits_.end());
    const double sum = std::accumulate(logits_.begin(), logits_.end(), 0.0, [best](double total, float logit) {
      return total + std::exp(static_cast<double>(logit - best));
    });
    const auto logprob = [&](reckon::TokenId id) {
      return static_cast<float>(static_cast<double>(logits_[static_cast<size_t>(id)] - best) - std::log(sum));
    };
    TokenLogprob result{token, logprob(token), {}};
    if (setup_.request.top_logprobs == 0) return result;
    std::vector<reckon::TokenId> ids(logits_.size());
    std::iota(ids.begin(), ids.end(), 0);
    const auto count = std::min<std::ptrdiff_t>(setup_.request.top_logprobs, static_cast<std::ptrdiff_t>(ids.size()));
    std::partial_sort(ids.begin(), ids.begin() + count, ids.end(), [this](reckon::TokenId a, reckon::TokenId b) {
      const float x = logits_[static_cast<size_t>(a)];
      const float y = logits_[static_cast<size_t>(b)];
      return x != y ? x > y : a < b;
    });
    for (std::ptrdiff_t i = 0; i < count; ++i)
      result.top.emplace_back(ids[static_cast<size_t>(i)], logprob(ids[static_cast<size_t>(i)]));
    return result;
  }

  void Show(const std::string& text) {
    if (!setup_.request.chat) return EmitContent(text);
    channel_.Push(text, [this](reckon::Channel channel, absl::string_view part) { Sort(channel, part); });
  }

  void Sort(reckon::Channel channel, absl::string_view text) {
    if (channel == reckon::Channel::kReasoning) return Emit({DeltaKind::kReasoning, std::string(text), {}});
    SortAnswer(text);
  }

  void SortAnswer(absl::string_view text) {
    if (!setup_.prompt.tool_calls) return EmitContent(text);
    calls_.Push(
        text, [this](absl::string_view words) { EmitContent(words); },
        [this](absl::string_view json) {
          if (called_ && setup_.request.one_call) return;
          called_ = true;
          Emit({DeltaKind::kToolCall, std::string(json), {}});
        });
  }

  void EmitContent(absl::string_view text) {
    if (text.empty()) return;
    Emit({DeltaKind::kContent, std::string(text), std::exchange(pending_, {})});
  }

  void Emit(const Delta& delta) { go_on_ = go_on_ && sink_(delta); }

  absl::StatusOr<Finish> End(FinishKind kind) {
    if (!filter_.matched()) {
      Show(filter_.Push(decoder_.Flush()));
      if (!filter_.matched()) Show(filter_.Flush());
    }
    if (setup_.request.chat) {
      channel_.Finish([this](reckon::Channel channel, absl::string_view part) { Sort(channel, part); });
      calls_.Finish([this](absl::string_view words) { EmitContent(words); });
    }
    if (!pending_.empty()) Emit({DeltaKind::kContent, "", std::exchange(pending_, {})});
    if (!go_on_) return Gone();
    if (called_ && kind == FinishKind::kStop) kind = FinishKind::kToolCalls;
    return Finish{kind, std::move(interventions_)};
  }

  reckon::TokenStream& stream_;
  const AnswerSetup& setup_;
  const DeltaSink& sink_;
  RequestCost& cost_;
  const reckon::Tokenizer& tokenizer_;
  const std::optional<reckon::TokenId> open_id_;
  const std::optional<reckon::TokenId> close_id_;
  reckon::StreamDecoder decoder_;
  reckon::StopStringFilter filter_;
  reckon::ReasoningChannel channel_;
  reckon::ToolCallChannel calls_;
  std::optional<reckon::ThinkingBudget> budget_;  // absent: the reasoning is the model's own business
  bool closed_;                                   // reasoning was ended or left out by us, or there was no room to
  std::vector<reckon::Intervention> interventions_;
  int64_t made_ = 0;
  std::vector<float> allowed_;
  std::vector<float> logits_;          // behind the newest token, before it was picked
  std::vector<TokenLogprob> pending_;  // of tokens whose text was not shown yet
  bool called_ = false;
  bool go_on_ = true;
};

}  // namespace

absl::Status ReadPrompt(reckon::TokenStream& stream, Turns& turns, absl::Span<const reckon::TokenId> prompt,
                        const reckon::CancelToken& cancel, RequestCost& cost) {
  const absl::Span<const reckon::TokenId> held = stream.tokens();
  const auto common = std::mismatch(held.begin(), held.end(), prompt.begin(), prompt.end()).first - held.begin();
  absl::Status status = stream.Truncate(common);
  if (!status.ok()) return status;
  cost.cached_tokens += common;
  for (absl::Span<const reckon::TokenId> rest = prompt.subspan(static_cast<size_t>(common)); !rest.empty();) {
    const Turn turn(turns, cancel);
    if (!turn.held()) return Gone();
    const absl::Span<const reckon::TokenId> part = rest.subspan(0, turns.contended() ? kSharedRows : kOwnRows);
    status = stream.Append(part, cancel);
    if (!status.ok()) return status;
    rest.remove_prefix(part.size());
  }
  return absl::OkStatus();
}

absl::StatusOr<Finish> GenerateAnswer(reckon::TokenStream& stream, Turns& turns, const AnswerSetup& setup,
                                      int64_t index, const reckon::CancelToken& cancel, const DeltaSink& sink,
                                      RequestCost& cost) {
  const absl::Status status = stream.Truncate(static_cast<int64_t>(setup.prompt.tokens.size()));
  if (!status.ok()) return status;
  reckon::SamplerOptions options = setup.request.sampler;
  options.seed += static_cast<uint64_t>(index);
  absl::StatusOr<reckon::Sampler> sampler = reckon::Sampler::Create(options);
  if (!sampler.ok()) return sampler.status();
  sampler->Accept(setup.prompt.tokens);
  return Answer(stream, setup, sink, cost).Run(turns, *sampler, cancel);
}

}  // namespace reckon_server
