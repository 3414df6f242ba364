// A model that says what a test wrote down.
#ifndef RECKON_TESTS_UNIT_CHAT_SCRIPTED_H_
#define RECKON_TESTS_UNIT_CHAT_SCRIPTED_H_

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "chat/chat_impl.h"
#include "chat/token_stream.h"
#include "gtest/gtest.h"
#include "reckon/chat.h"
#include "unit/session/tiny_r1.h"

namespace reckon::testing {

constexpr TokenId kEndOfSentence = 2042;
constexpr TokenId kThink = 2046;
constexpr TokenId kEndThink = 2047;

inline std::vector<TokenId> Tokens(const std::string& text) {
  return *TinyR1().tokenizer().Encode(text, {.parse_special = true});
}

// Given the tokens that stand in the stream, the logits behind them; 0 for tokens that are not named.
using Script = std::function<std::vector<std::pair<TokenId, float>>(absl::Span<const TokenId>)>;

class ScriptedStream final : public TokenStream {
 public:
  ScriptedStream(Script script, int64_t max_context, std::vector<TokenId> tokens = {})
      : script_(std::move(script)), max_context_(max_context), tokens_(std::move(tokens)) {}

  absl::Status Append(absl::Span<const TokenId> tokens, const CancelToken& cancel) override {
    if (cancel.cancelled()) return absl::CancelledError("cancelled");
    if (length() + static_cast<int64_t>(tokens.size()) > max_context_) return absl::ResourceExhaustedError("full");
    tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
    return absl::OkStatus();
  }
  absl::Status Push(TokenId token) override { return Append({&token, 1}, CancelToken::Never()); }
  absl::StatusOr<absl::Span<const float>> Logits(const CancelToken& cancel) override {
    if (cancel.cancelled()) return absl::CancelledError("cancelled");
    logits_.assign(2048, 0);
    for (const auto& [token, logit] : script_(tokens_)) logits_[static_cast<size_t>(token)] = logit;
    return absl::MakeConstSpan(logits_);
  }
  absl::Status Truncate(int64_t length) override {
    tokens_.resize(static_cast<size_t>(length));
    return absl::OkStatus();
  }
  absl::StatusOr<std::unique_ptr<TokenStream>> Fork() const override {
    return std::make_unique<ScriptedStream>(script_, max_context_, tokens_);
  }
  absl::Span<const TokenId> tokens() const override { return tokens_; }
  int64_t max_context() const override { return max_context_; }
  int64_t memory_bytes() const override { return 0; }

 private:
  Script script_;
  int64_t max_context_;
  std::vector<TokenId> tokens_;
  std::vector<float> logits_;
};

// The tokens behind the last <｜Assistant｜>: what the model has said in this turn.
inline absl::Span<const TokenId> Said(absl::Span<const TokenId> tokens) {
  size_t begin = tokens.size();
  while (begin > 0 && tokens[begin - 1] != 2044) --begin;
  return tokens.subspan(begin);
}

// Says the lines one after another (each as tokens, each up to its end), whatever else stands between. Behind </think>
// that the script has not said itself, it goes on with `after`.
inline Script Recite(const std::vector<TokenId>& line, const std::vector<TokenId>& after = {}) {
  return [line, after](absl::Span<const TokenId> tokens) -> std::vector<std::pair<TokenId, float>> {
    const absl::Span<const TokenId> said = Said(tokens);
    size_t same = 0;
    while (same < said.size() && same < line.size() && said[same] == line[same]) ++same;
    if (same == said.size()) {
      return {{same < line.size() ? line[same] : kEndOfSentence, 10.0f}};
    }
    // Somebody else has spoken: answer.
    size_t close = said.size();
    while (close > 0 && said[close - 1] != kEndThink) --close;
    std::vector<TokenId> words;
    words.assign(said.begin() + static_cast<ptrdiff_t>(close), said.end());
    const std::vector<TokenId> blank = Tokens("\n\n");
    size_t done = words.size() >= blank.size() ? words.size() - blank.size() : 0;
    return {{done < after.size() ? after[done] : kEndOfSentence, 10.0f}};
  };
}

inline Chat ScriptedChat(Script script, ChatOptions options = {}, int64_t max_context = 4096) {
  options.sampler = SamplerOptions{.temperature = 0};
  return Chat(std::make_unique<Chat::Impl>(TinyR1(), options,
                                           std::make_unique<ScriptedStream>(std::move(script), max_context), Greedy()));
}

// What a turn's events say, joined.
struct Heard {
  std::string reasoning;
  std::string answer;
  std::vector<std::string> calls;
  std::vector<Intervention> interventions;
  std::vector<ChatEventKind> kinds;  // without repeats in a row

  StreamAction operator()(const ChatEvent& event) {
    if (kinds.empty() || kinds.back() != event.kind) kinds.push_back(event.kind);
    if (event.kind == ChatEventKind::kReasoning) reasoning += std::string(event.text);
    if (event.kind == ChatEventKind::kAnswer) answer += std::string(event.text);
    if (event.kind == ChatEventKind::kToolCall) calls.emplace_back(event.text);
    if (event.kind == ChatEventKind::kIntervention) interventions.push_back(event.intervention);
    return StreamAction::kContinue;
  }
};

inline StreamAction Ignore(const ChatEvent& /*event*/) { return StreamAction::kContinue; }

// Sends, and checks that events and result agree.
inline ChatTurn MustSend(Chat& chat, const std::string& text, Heard* heard = nullptr) {
  Heard own;
  Heard& ears = heard != nullptr ? *heard : own;
  absl::StatusOr<ChatTurn> turn = chat.Send(text, [&ears](const ChatEvent& event) { return ears(event); });
  EXPECT_TRUE(turn.ok()) << turn.status();
  if (!turn.ok()) return {};
  EXPECT_EQ(ears.reasoning, turn->reasoning);
  EXPECT_EQ(ears.answer, turn->answer);
  EXPECT_EQ(ears.interventions, turn->interventions);
  EXPECT_EQ(ears.kinds.back(), ChatEventKind::kDone);
  return *std::move(turn);
}

}  // namespace reckon::testing

#endif  // RECKON_TESTS_UNIT_CHAT_SCRIPTED_H_
