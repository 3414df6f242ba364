#include "server/answer.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>

#include "absl/strings/string_view.h"
#include "chat/reasoning_channel.h"
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
  Answer(reckon::Session& session, const AnswerSetup& setup, const DeltaSink& sink, RequestCost& cost)
      : session_(session),
        setup_(setup),
        sink_(sink),
        cost_(cost),
        tokenizer_(session.model().tokenizer()),
        open_id_(tokenizer_.TokenToId(reckon::kThinkOpen)),
        close_id_(tokenizer_.TokenToId(reckon::kThinkClose)),
        decoder_(tokenizer_, reckon::DecodeOptions{.skip_special = true}),
        filter_(setup.request.stop),
        channel_(setup.inside_reasoning) {}

  absl::StatusOr<Finish> Run(Turns& turns, reckon::Sampler& sampler, const reckon::CancelToken& cancel) {
    const std::vector<reckon::TokenId>& eos = session_.model().info().eos_ids;
    for (int64_t made = 0;; ++made) {
      if ((setup_.max_tokens >= 0 && made >= setup_.max_tokens) || session_.length() >= session_.max_context()) {
        return End(Finish::kLength);
      }
      absl::StatusOr<reckon::TokenId> token = Step(turns, sampler, cancel);
      if (!token.ok()) return token.status();
      ++cost_.completion_tokens;
      if (std::find(eos.begin(), eos.end(), *token) != eos.end()) return End(Finish::kStop);
      const absl::Status accepted = Accept(*token);
      if (!accepted.ok()) return accepted;
      if (filter_.matched()) return End(Finish::kStop);
      if (cancel.cancelled()) return Gone();
    }
  }

 private:
  absl::StatusOr<reckon::TokenId> Step(Turns& turns, reckon::Sampler& sampler, const reckon::CancelToken& cancel) {
    const Turn turn(turns, cancel);
    if (!turn.held()) return Gone();
    if (!setup_.request.logprobs) return session_.Next(sampler, cancel);
    absl::StatusOr<absl::Span<const float>> logits = session_.Logits(cancel);
    if (!logits.ok()) return logits.status();
    logits_.assign(logits->begin(), logits->end());
    return session_.Next(sampler, cancel);
  }

  absl::Status Accept(reckon::TokenId token) {
    const bool was_inside = channel_.inside();
    const bool is_mark = token == open_id_ || token == close_id_;
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
    if (setup_.request.logprobs && !was_inside && !is_mark) pending_.push_back(Logprob(token));
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
    if (!setup_.tool_calls) return EmitContent(text);
    calls_.Push(
        text, [this](absl::string_view words) { EmitContent(words); },
        [this](absl::string_view json) {
          called_ = true;
          Emit({DeltaKind::kToolCall, std::string(json), {}});
        });
  }

  void EmitContent(absl::string_view text) {
    if (text.empty()) return;
    Emit({DeltaKind::kContent, std::string(text), std::exchange(pending_, {})});
  }

  void Emit(const Delta& delta) { go_on_ = go_on_ && sink_(delta); }

  absl::StatusOr<Finish> End(Finish finish) {
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
    return called_ && finish == Finish::kStop ? Finish::kToolCalls : finish;
  }

  reckon::Session& session_;
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
  std::vector<float> logits_;          // behind the newest token, before it was picked
  std::vector<TokenLogprob> pending_;  // of tokens whose text was not shown yet
  bool called_ = false;
  bool go_on_ = true;
};

}  // namespace

absl::Status ReadPrompt(reckon::Session& session, Turns& turns, absl::Span<const reckon::TokenId> prompt,
                        const reckon::CancelToken& cancel, RequestCost& cost) {
  const absl::Span<const reckon::TokenId> held = session.tokens();
  const auto common = std::mismatch(held.begin(), held.end(), prompt.begin(), prompt.end()).first - held.begin();
  absl::Status status = session.Truncate(common);
  if (!status.ok()) return status;
  cost.cached_tokens += common;
  for (absl::Span<const reckon::TokenId> rest = prompt.subspan(static_cast<size_t>(common)); !rest.empty();) {
    const Turn turn(turns, cancel);
    if (!turn.held()) return Gone();
    const absl::Span<const reckon::TokenId> part = rest.subspan(0, turns.contended() ? kSharedRows : kOwnRows);
    status = session.Append(part, {.progress = {}, .cancel = cancel});
    if (!status.ok()) return status;
    rest.remove_prefix(part.size());
  }
  return absl::OkStatus();
}

absl::StatusOr<Finish> GenerateAnswer(reckon::Session& session, Turns& turns, const AnswerSetup& setup, int64_t index,
                                      const reckon::CancelToken& cancel, const DeltaSink& sink, RequestCost& cost) {
  const absl::Status status = session.Truncate(static_cast<int64_t>(setup.prompt.size()));
  if (!status.ok()) return status;
  reckon::SamplerOptions options = setup.request.sampler;
  options.seed += static_cast<uint64_t>(index);
  absl::StatusOr<reckon::Sampler> sampler = reckon::Sampler::Create(options);
  if (!sampler.ok()) return sampler.status();
  sampler->Accept(setup.prompt);
  return Answer(session, setup, sink, cost).Run(turns, *sampler, cancel);
}

}  // namespace reckon_server
