#include "reckon/chat.h"

#include <memory>
#include <utility>

#include "base/catch_bad_alloc.h"
#include "base/status.h"
#include "chat/chat_impl.h"

namespace reckon {
namespace {

// Marks a chat as in use while a call is running in it.
class BusyGuard {
 public:
  explicit BusyGuard(std::atomic<bool>& busy)
      : busy_(busy), entered_(!busy.exchange(true, std::memory_order_acquire)) {}
  ~BusyGuard() {
    if (entered_) busy_.store(false, std::memory_order_release);
  }
  BusyGuard(const BusyGuard&) = delete;
  BusyGuard& operator=(const BusyGuard&) = delete;

  absl::Status status() const {
    return entered_ ? absl::OkStatus()
                    : absl::FailedPreconditionError("the chat is in use by another call; wait for that call to return");
  }

 private:
  std::atomic<bool>& busy_;
  const bool entered_;
};

// Runs `work` alone in the chat, with failed allocations as statuses.
template <typename Work>
auto Exclusively(Chat::Impl& impl, Work work) -> decltype(work()) {
  const BusyGuard guard(impl.busy);
  RECKON_RETURN_IF_ERROR(guard.status());
  return CatchBadAlloc(work);
}

}  // namespace

absl::string_view InterventionName(Intervention intervention) {
  switch (intervention) {
    case Intervention::kThinkingOff:
      return "thinking_off";
    case Intervention::kNudge:
      return "nudge";
    case Intervention::kBudgetClose:
      return "budget_close";
    case Intervention::kReserveClose:
      return "reserve_close";
    case Intervention::kLoopClose:
      return "loop_close";
    case Intervention::kUnclosedEnd:
      return "unclosed_end";
  }
  return "unknown";
}

Chat::Chat(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Chat::Chat(Chat&&) noexcept = default;
Chat& Chat::operator=(Chat&&) noexcept = default;
Chat::~Chat() = default;

absl::StatusOr<Chat> Chat::Create(const Model& model, const ChatOptions& options) {
  return CatchBadAlloc([&]() -> absl::StatusOr<Chat> {
    if (model.tokenizer().empty()) {
      return absl::FailedPreconditionError("the model came without a tokenizer, so nobody can chat with it");
    }
    if (model.tokenizer().chat_template().empty()) {
      return absl::FailedPreconditionError(
          "the model has no chat template; write the prompt yourself and continue it with Generate()");
    }
    RECKON_ASSIGN_OR_RETURN(Session session, Session::Create(model, options.session));
    RECKON_ASSIGN_OR_RETURN(Sampler sampler,
                            Sampler::Create(options.sampler.value_or(model.default_sampler_options())));
    return Chat(std::make_unique<Impl>(model, options, MakeSessionStream(std::move(session)), std::move(sampler)));
  });
}

absl::StatusOr<ChatTurn> Chat::Send(absl::string_view text, ChatCallback on_event) {
  return Exclusively(*impl_, [&] { return impl_->Send(text, on_event); });
}

absl::StatusOr<ChatTurn> Chat::Answer(ChatCallback on_event) {
  return Exclusively(*impl_, [&] { return impl_->Answer(on_event); });
}

absl::StatusOr<ChatTurn> Chat::Regenerate(ChatCallback on_event) {
  return Exclusively(*impl_, [&] { return impl_->Regenerate(on_event); });
}

const std::vector<Message>& Chat::messages() const { return impl_->history().messages(); }

absl::Status Chat::Append(Message message) {
  return Exclusively(*impl_, [&] {
    impl_->history().Append(std::move(message));
    return absl::OkStatus();
  });
}

absl::Status Chat::Edit(size_t index, Message message) {
  return Exclusively(*impl_, [&] { return impl_->Edit(index, std::move(message)); });
}

absl::Status Chat::Truncate(size_t count) {
  return Exclusively(*impl_, [&] { return impl_->Truncate(count); });
}

absl::Status Chat::SetSystem(absl::string_view text) {
  return Exclusively(*impl_, [&] {
    impl_->history().SetSystem(text);
    return absl::OkStatus();
  });
}

absl::Status Chat::Pin(size_t index, bool pinned) {
  return Exclusively(*impl_, [&] { return impl_->Pin(index, pinned); });
}

void Chat::set_thinking(ThinkingOptions thinking) { impl_->options().thinking = std::move(thinking); }
void Chat::set_generate(GenerateOptions generate) { impl_->options().generate = std::move(generate); }
const ChatOptions& Chat::options() const { return impl_->options(); }

const std::string& Chat::summary() const { return impl_->policy().summary().text; }

absl::StatusOr<std::string> Chat::Prompt(bool add_generation_prompt) const {
  return Exclusively(*impl_, [&] { return impl_->Prompt(add_generation_prompt); });
}

absl::Status Chat::Prepare(const CancelToken& cancel) {
  return Exclusively(*impl_, [&] { return impl_->Prepare(cancel); });
}

absl::Status Chat::Attach(absl::string_view name, absl::string_view text) {
  return Exclusively(*impl_, [&] { return impl_->Attach(name, text); });
}

absl::StatusOr<std::vector<CitedPassage>> Chat::Find(absl::string_view question) const {
  return Exclusively(*impl_, [&] { return impl_->Find(question); });
}

absl::Status Chat::Save(const std::string& path) const {
  return Exclusively(*impl_, [&] { return impl_->Save(path); });
}

absl::Status Chat::Restore(const std::string& path) {
  return Exclusively(*impl_, [&]() -> absl::Status {
    RECKON_ASSIGN_OR_RETURN(const std::shared_ptr<const ByteSource> file, OpenFileSource(path));
    return impl_->Restore(*file);
  });
}

absl::StatusOr<Chat> Chat::Fork() const {
  return Exclusively(*impl_, [&]() -> absl::StatusOr<Chat> {
    RECKON_ASSIGN_OR_RETURN(std::unique_ptr<Impl> fork, impl_->Fork());
    return Chat(std::move(fork));
  });
}

int64_t Chat::context_tokens() const { return impl_->cursor().stream().length(); }
int64_t Chat::max_context() const { return impl_->cursor().stream().max_context(); }
const Model& Chat::model() const { return impl_->model(); }
int64_t Chat::memory_bytes() const { return impl_->memory_bytes(); }

}  // namespace reckon
