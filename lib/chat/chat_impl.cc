#include "chat/chat_impl.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/catch_bad_alloc.h"
#include "base/status.h"
#include "chat/bridge.h"
#include "chat/reasoning_channel.h"

namespace reckon {
namespace {

using Clock = std::chrono::steady_clock;

// A prompt leaves at least this much for the answer, if it can by leaving out old turns.
constexpr int64_t kRoomForAnswer = 512;

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// What the conversation's language is told by.
std::string LastWords(const std::vector<Message>& messages) {
  for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
    if (message->role == "user" && message->content.has_value()) return *message->content;
  }
  return {};
}

}  // namespace

Chat::Impl::Impl(Model model, const ChatOptions& options, std::unique_ptr<TokenStream> stream, Sampler sampler)
    : model_(std::move(model)),
      options_(options),
      history_(model_.tokenizer()),
      cursor_(std::move(stream), std::move(sampler)) {
  history_.SetSystem(options.system);
}

absl::StatusOr<ChatTurn> Chat::Impl::Send(absl::string_view text, ChatCallback callback) {
  history_.Append({.role = "user", .content = std::string(text)});
  absl::StatusOr<ChatTurn> turn = Answer(callback);
  if (!turn.ok()) RECKON_RETURN_IF_ERROR(history_.Truncate(history_.messages().size() - 1));
  return turn;
}

absl::StatusOr<ChatTurn> Chat::Impl::Regenerate(ChatCallback callback) {
  const std::vector<Message>& messages = history_.messages();
  if (messages.size() < 2 || messages.back().role != "assistant") {
    return absl::FailedPreconditionError("there is no answer to give again");
  }
  const Message before = messages.back();
  const bool pinned = history_.pinned(messages.size() - 1);
  RECKON_RETURN_IF_ERROR(history_.Truncate(messages.size() - 1));
  absl::StatusOr<ChatTurn> turn = Answer(callback);
  if (!turn.ok()) history_.Append(before);
  RECKON_RETURN_IF_ERROR(history_.Pin(messages.size() - 1, pinned));
  return turn;
}

absl::StatusOr<ChatTurn> Chat::Impl::Answer(ChatCallback callback) {
  if (history_.messages().empty() || history_.messages().back().role == "assistant") {
    return absl::FailedPreconditionError("there is nothing to answer: the last message is not a user's or a tool's");
  }
  const Clock::time_point start = Clock::now();
  ChatTurn turn;
  RECKON_ASSIGN_OR_RETURN(const Opening opening, Open());
  RECKON_ASSIGN_OR_RETURN(const AnswerSetting setting, Setting(opening));
  const Sampler before = cursor_.sampler();
  const int64_t prompt_length = static_cast<int64_t>(opening.plan.prompt.tokens.size());
  const absl::Status status = CatchBadAlloc([&]() -> absl::Status {
    RECKON_RETURN_IF_ERROR(ReadPrompt(opening, callback, turn));
    RECKON_RETURN_IF_ERROR(AnswerLoop(cursor_, setting, options_, callback, start, turn).Run());
    history_.Append(history_.AssistantMessage(turn, opening.marks));
    return absl::OkStatus();
  });
  if (status.ok()) {
    callback({.kind = ChatEventKind::kDone, .done = turn.usage.generated_tokens, .turn = &turn});
    return turn;
  }
  RECKON_RETURN_IF_ERROR(cursor_.Truncate(std::min(prompt_length, cursor_.stream().length())));
  cursor_.RestoreSampler(before);
  return status;
}

RenderOptions Chat::Impl::Rendering(bool add_generation_prompt) const {
  return {.add_generation_prompt = add_generation_prompt,
          .thinking = options_.thinking.enabled,
          .tools_json = options_.tools_json,
          .variables_json = options_.variables_json};
}

absl::StatusOr<Chat::Impl::Opening> Chat::Impl::Open() {
  const int64_t context = cursor_.stream().max_context();
  int64_t answer = std::min(kRoomForAnswer, context / 2);
  if (options_.generate.max_tokens >= 0) answer = std::min(answer, options_.generate.max_tokens);
  Opening opening;
  RECKON_ASSIGN_OR_RETURN(opening.plan, policy_.Plan(history_, Rendering(true), context - answer, context));
  RenderedPrompt& prompt = opening.plan.prompt;
  if (prompt.opens_reasoning) opening.marks = absl::StrCat(kThinkOpen, "\n");
  const TemplateTraits& traits = history_.traits();
  const bool reasons = traits.think_marks || model_.tokenizer().TokenToId(kThinkOpen).has_value();
  if (options_.thinking.enabled || traits.thinking_switch || !reasons) return opening;
  const std::string closed = absl::StrCat("\n", kThinkClose, "\n\n");
  RECKON_ASSIGN_OR_RETURN(const std::vector<TokenId> marks,
                          history_.Encode(prompt.opens_reasoning ? closed : absl::StrCat(kThinkOpen, "\n", closed)));
  prompt.tokens.insert(prompt.tokens.end(), marks.begin(), marks.end());
  prompt.opens_reasoning = false;
  opening.marks = absl::StrCat(kThinkOpen, "\n", closed);
  opening.forced_off = true;
  return opening;
}

absl::StatusOr<AnswerSetting> Chat::Impl::Setting(const Opening& opening) const {
  AnswerSetting setting;
  setting.tokenizer = model_.tokenizer();
  setting.eos_ids = model_.info().eos_ids;
  setting.inside_reasoning = opening.plan.prompt.opens_reasoning;
  setting.may_reason = !opening.forced_off;
  setting.tool_calls = !options_.tools_json.empty() && history_.traits().tool_calls;
  const std::string& wanted = options_.thinking.bridge;
  const absl::string_view bridge = wanted.empty() ? BridgeFor(LastWords(history_.messages())) : wanted;
  RECKON_ASSIGN_OR_RETURN(setting.closing, history_.Encode(absl::StrCat("\n\n", bridge, "\n", kThinkClose, "\n\n")));
  return setting;
}

absl::Status Chat::Impl::ReadPrompt(const Opening& opening, ChatCallback callback, ChatTurn& turn) {
  const Clock::time_point start = Clock::now();
  const std::vector<TokenId>& prompt = opening.plan.prompt.tokens;
  const int64_t length = static_cast<int64_t>(prompt.size());
  // At least one token is read again, for what comes behind it.
  const int64_t known = options_.reuse_cache ? std::min(cursor_.CommonPrefix(prompt), length - 1) : 0;
  turn.context = opening.plan.receipt;
  turn.usage.prompt_tokens = length;
  turn.usage.reused_tokens = known;
  StreamAction action = StreamAction::kContinue;
  if (turn.context.dropped_messages > 0) {
    action = callback({.kind = ChatEventKind::kContext, .context = &turn.context});
  }
  if (opening.forced_off) {
    turn.interventions.push_back(Intervention::kThinkingOff);
    action =
        std::max(action, callback({.kind = ChatEventKind::kIntervention, .intervention = Intervention::kThinkingOff}));
  }
  if (action != StreamAction::kContinue) return absl::CancelledError("the turn was cancelled by its callback");
  const int64_t chunk = std::max<int64_t>(1, options_.session.prefill_chunk);
  const absl::Status status =
      cursor_.Read(prompt, known, chunk, options_.generate.cancel, [&](int64_t done, int64_t total) {
        return callback({.kind = ChatEventKind::kPrefill, .done = done, .total = total}) == StreamAction::kContinue;
      });
  turn.usage.prefill_seconds = SecondsSince(start);
  return status;
}

absl::StatusOr<std::vector<TokenId>> Chat::Impl::KnownBeginning() const {
  std::vector<Message> messages = policy_.Kept(history_);
  const bool waits_for_answer = !messages.empty() && (messages.back().role == "user" || messages.back().role == "tool");
  if (waits_for_answer) {
    RECKON_ASSIGN_OR_RETURN(RenderedPrompt prompt, history_.Render(messages, Rendering(true)));
    return std::move(prompt.tokens);
  }
  // What two different questions have in common.
  messages.push_back({.role = "user", .content = "a"});
  RECKON_ASSIGN_OR_RETURN(RenderedPrompt one, history_.Render(messages, Rendering(true)));
  messages.back().content = "1";
  RECKON_ASSIGN_OR_RETURN(const RenderedPrompt other, history_.Render(messages, Rendering(true)));
  const auto differ =
      std::mismatch(one.tokens.begin(), one.tokens.end(), other.tokens.begin(), other.tokens.end()).first;
  one.tokens.erase(differ, one.tokens.end());
  return std::move(one.tokens);
}

absl::Status Chat::Impl::Prepare(const CancelToken& cancel) {
  const absl::StatusOr<std::vector<TokenId>> beginning = KnownBeginning();
  // What the template does not render yet is not known yet.
  if (!beginning.ok()) {
    return absl::IsResourceExhausted(beginning.status()) ? beginning.status() : absl::OkStatus();
  }
  const int64_t length = static_cast<int64_t>(beginning->size());
  const int64_t known = cursor_.CommonPrefix(*beginning);
  if (known == length || length > cursor_.stream().max_context()) return absl::OkStatus();
  const int64_t chunk = std::max<int64_t>(1, options_.session.prefill_chunk);
  return cursor_.Read(*beginning, known, chunk, cancel, [](int64_t, int64_t) { return true; });
}

absl::StatusOr<std::unique_ptr<Chat::Impl>> Chat::Impl::Fork() const {
  RECKON_ASSIGN_OR_RETURN(std::unique_ptr<TokenStream> stream, cursor_.stream().Fork());
  auto fork = std::make_unique<Impl>(model_, options_, std::move(stream), cursor_.sampler());
  fork->history_ = history_;
  fork->policy_ = policy_;
  return fork;
}

absl::StatusOr<std::string> Chat::Impl::Prompt(bool add_generation_prompt) const {
  return history_.RenderText(history_.messages(), Rendering(add_generation_prompt));
}

}  // namespace reckon
