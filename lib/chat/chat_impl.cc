#include "chat/chat_impl.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/catch_bad_alloc.h"
#include "base/status.h"
#include "chat/chat_file.h"
#include "chat/summarizer.h"

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
  Message before = messages.back();
  const bool pinned = history_.pinned(messages.size() - 1);
  RECKON_RETURN_IF_ERROR(history_.Truncate(messages.size() - 1));
  absl::StatusOr<ChatTurn> turn = Answer(callback);
  if (!turn.ok()) history_.Append(std::move(before));  // there is room for it: nothing is allocated
  RECKON_RETURN_IF_ERROR(history_.Pin(messages.size() - 1, pinned));
  return turn;
}

absl::StatusOr<ChatTurn> Chat::Impl::Answer(ChatCallback callback) {
  absl::StatusOr<ChatTurn> turn = CatchBadAlloc([&] { return AnswerWithNote(callback); });
  history_.SetNote(0, {});
  return turn;
}

absl::StatusOr<ChatTurn> Chat::Impl::AnswerWithNote(ChatCallback callback) {
  if (history_.messages().empty() || history_.messages().back().role == "assistant") {
    return absl::FailedPreconditionError("there is nothing to answer: the last message is not a user's or a tool's");
  }
  const Clock::time_point start = Clock::now();
  ChatTurn turn;
  RECKON_RETURN_IF_ERROR(LookUp(turn.context));
  RECKON_ASSIGN_OR_RETURN(const Opening opening, Open(turn));
  RECKON_ASSIGN_OR_RETURN(const AnswerSetting setting,
                          MakeSetting(model_, history_, opening, options_, LastWords(history_.messages())));
  Sampler before = cursor_.sampler();
  const int64_t prompt_length = static_cast<int64_t>(opening.prompt.tokens.size());
  absl::Status status = CatchBadAlloc([&]() -> absl::Status {
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
  cursor_.RestoreSampler(std::move(before));
  return status;
}

absl::Status Chat::Impl::LookUp(ContextReceipt& receipt) {
  if (documents_ == nullptr) return absl::OkStatus();
  const std::vector<Message>& messages = history_.messages();
  size_t question = messages.size();
  while (question > 0 && messages[question - 1].role != "user") --question;
  if (question == 0) return absl::OkStatus();
  const std::string words = messages[question - 1].content.value_or("");
  RECKON_ASSIGN_OR_RETURN(receipt.passages, Find(words));
  history_.SetNote(question - 1, CitePassages(receipt.passages, words));
  return absl::OkStatus();
}

absl::Status Chat::Impl::Attach(absl::string_view name, absl::string_view text) {
  std::shared_ptr<Documents> documents = documents_;
  if (documents == nullptr) {
    RECKON_ASSIGN_OR_RETURN(documents, Documents::Create(model_.tokenizer(), options_.documents.passage_tokens));
  } else if (documents.use_count() > 2) {  // this chat's and this call's, and forks may be looking into them
    RECKON_ASSIGN_OR_RETURN(documents, documents->Copy());
  }
  RECKON_RETURN_IF_ERROR(documents->Add(name, text));
  documents_ = std::move(documents);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CitedPassage>> Chat::Impl::Find(absl::string_view question) const {
  if (documents_ == nullptr) return std::vector<CitedPassage>();
  return documents_->Find(question, std::min(options_.documents.max_tokens, cursor_.stream().max_context() / 4));
}

int64_t Chat::Impl::memory_bytes() const {
  return cursor_.stream().memory_bytes() + (documents_ != nullptr ? documents_->memory_bytes() : 0);
}

RenderOptions Chat::Impl::Rendering(bool add_generation_prompt) const {
  return {.add_generation_prompt = add_generation_prompt,
          .thinking = options_.thinking.enabled,
          .tools_json = options_.tools_json,
          .variables_json = options_.variables_json};
}

absl::StatusOr<Opening> Chat::Impl::Open(ChatTurn& turn) {
  const int64_t context = cursor_.stream().max_context();
  int64_t answer = std::min(kRoomForAnswer, context / 2);
  if (options_.generate.max_tokens >= 0) answer = std::min(answer, options_.generate.max_tokens);
  const Summarizer summarizer(model_, history_, cursor_.stream(), options_);
  RECKON_ASSIGN_OR_RETURN(ContextPlan plan, policy_.Plan(history_, Rendering(true), context - answer, context,
                                                         options_.context.summarize ? &summarizer : nullptr,
                                                         options_.context.summary_tokens));
  plan.receipt.passages = std::move(turn.context.passages);
  turn.context = std::move(plan.receipt);
  return OpenAnswer(model_, history_, std::move(plan.prompt), options_.thinking.enabled);
}

absl::Status Chat::Impl::ReadPrompt(const Opening& opening, ChatCallback callback, ChatTurn& turn) {
  const Clock::time_point start = Clock::now();
  const std::vector<TokenId>& prompt = opening.prompt.tokens;
  const int64_t length = static_cast<int64_t>(prompt.size());
  // At least one token is read again, for what comes behind it.
  const int64_t known = options_.reuse_cache ? std::min(cursor_.CommonPrefix(prompt), length - 1) : 0;
  turn.usage.prompt_tokens = length;
  turn.usage.reused_tokens = known;
  StreamAction action = StreamAction::kContinue;
  const ContextReceipt& receipt = turn.context;
  if (receipt.dropped_messages + receipt.summarized_messages > 0 || !receipt.passages.empty()) {
    action = callback({.kind = ChatEventKind::kContext, .context = &turn.context});
  }
  if (opening.forced_off) {
    turn.interventions.push_back(Intervention::kThinkingOff);
    action =
        std::max(action, callback({.kind = ChatEventKind::kIntervention, .intervention = Intervention::kThinkingOff}));
  }
  if (action != StreamAction::kContinue) return absl::CancelledError("the turn was cancelled by its callback");
  const int64_t chunk = std::max<int64_t>(1, options_.session.prefill_chunk);
  absl::Status status = cursor_.Read(prompt, known, chunk, options_.generate.cancel, [&](int64_t done, int64_t total) {
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

absl::Status Chat::Impl::Edit(size_t index, Message message) {
  if (index < history_.messages().size()) policy_.Forget(history_, index);
  return history_.Edit(index, std::move(message));
}

absl::Status Chat::Impl::Truncate(size_t count) {
  if (count < history_.messages().size()) policy_.Forget(history_, count);
  return history_.Truncate(count);
}

absl::Status Chat::Impl::Pin(size_t index, bool pinned) {
  if (index < history_.messages().size()) policy_.Forget(history_, index);
  return history_.Pin(index, pinned);
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

absl::Status Chat::Impl::Save(const std::string& path) const {
  const Session* session = cursor_.stream().session();
  if (session == nullptr) return absl::UnimplementedError("there is no session to save");
  SavedChat saved;
  saved.messages = history_.messages();
  for (size_t i = 0; i < saved.messages.size(); ++i) saved.pinned.push_back(history_.pinned(i));
  saved.dropped_turns = policy_.dropped_turns();
  saved.summarized_turns = policy_.summarized_turns();
  saved.summary = policy_.summary().text;
  saved.summary_messages = policy_.summary().messages;
  saved.summary_tokens = policy_.summary().tokens;
  return SaveChatFile(path, saved, *session);
}

absl::Status Chat::Impl::Restore(const ByteSource& file) {
  Session* session = cursor_.stream().session();
  if (session == nullptr) return absl::UnimplementedError("there is no session to restore");
  RECKON_ASSIGN_OR_RETURN(SavedChat saved, RestoreChatFile(file, *session));
  cursor_.RestoreSampler(cursor_.sampler());
  ChatHistory history(model_.tokenizer());
  for (size_t i = 0; i < saved.messages.size(); ++i) {
    history.Append(std::move(saved.messages[i]));
    RECKON_RETURN_IF_ERROR(history.Pin(i, saved.pinned[i]));
  }
  history_ = std::move(history);
  policy_.Restore(saved.dropped_turns, saved.summarized_turns,
                  {std::move(saved.summary), saved.summary_messages, saved.summary_tokens});
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Chat::Impl>> Chat::Impl::Fork() const {
  RECKON_ASSIGN_OR_RETURN(std::unique_ptr<TokenStream> stream, cursor_.stream().Fork());
  auto fork = std::make_unique<Impl>(model_, options_, std::move(stream), cursor_.sampler());
  fork->history_ = history_;
  fork->policy_ = policy_;
  fork->documents_ = documents_;
  return fork;
}

absl::StatusOr<std::string> Chat::Impl::Prompt(bool add_generation_prompt) const {
  return history_.RenderText(history_.messages(), Rendering(add_generation_prompt));
}

}  // namespace reckon
