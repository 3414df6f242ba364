// reckon_chat.
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "capi/call.h"
#include "capi/chat_values.h"
#include "capi/objects.h"
#include "capi/options_apply.h"

namespace reckon::capi {
namespace {

using ChangingChat = Changing<reckon_chat>;
using ReadingChat = Reading<reckon_chat>;

absl::StatusOr<Chat> NewChat(const Model& model, const reckon_options* options) {
  ChatOptions chat_options;
  Apply(options, &chat_options);
  // Threads wait for no token until a call brings one.
  chat_options.generate.cancel = CancelToken::Never();
  chat_options.sampler = model.default_sampler_options();
  Apply(options, &*chat_options.sampler);
  return Chat::Create(model, chat_options);
}

StreamAction ActionOf(reckon_action action) {
  switch (action) {
    case RECKON_STOP:
      return StreamAction::kStop;
    case RECKON_CANCEL:
      return StreamAction::kCancel;
    default:
      return StreamAction::kContinue;
  }
}

// What the caller listens with. Allocates nothing: when the last event comes, the chat has changed already.
class Listener {
 public:
  Listener(reckon_chat_event_fn on_event, void* user) : on_event_(on_event), user_(user) {}

  StreamAction operator()(const ChatEvent& event) const {
    if (on_event_ == nullptr) return StreamAction::kContinue;
    if (event.turn != nullptr) return Tell(event, reckon_turn(*event.turn));
    if (event.context != nullptr) return Tell(event, reckon_turn(*event.context));
    return Tell(event, nullptr);
  }

 private:
  StreamAction Tell(const ChatEvent& event, const reckon_turn& turn) const { return Tell(event, &turn); }
  StreamAction Tell(const ChatEvent& event, const reckon_turn* turn) const {
    reckon_chat_event out = {};
    out.struct_size = sizeof out;
    out.kind = static_cast<reckon_chat_event_kind>(event.kind);
    out.text = event.text.data();
    out.text_size = event.text.size();
    out.done = event.done;
    out.total = event.total;
    out.intervention = static_cast<reckon_intervention>(event.intervention);
    out.turn = turn;
    return ActionOf(on_event_(user_, &out));
  }

  const reckon_chat_event_fn on_event_;
  void* const user_;
};

// One turn of a chat that is marked as busy.
absl::Status TakeTurn(reckon_chat* chat, const reckon_cancel* cancel, reckon_turn** out_turn,
                      absl::FunctionRef<absl::StatusOr<ChatTurn>(Chat&)> work) {
  GenerateOptions generate = chat->chat.options().generate;
  generate.cancel = TokenOf(cancel);
  chat->chat.set_generate(std::move(generate));
  // Made before: afterwards a lack of memory would come too late to leave the chat as it was.
  auto result = std::make_unique<reckon_turn>();
  RECKON_ASSIGN_OR_RETURN(result->own, work(chat->chat));
  if (out_turn != nullptr) *out_turn = result.release();
  return absl::OkStatus();
}

// A member of a reckon_message.
absl::StatusOr<absl::string_view> Member(const char* name, const char* text, uint64_t size) {
  if (text == nullptr) return absl::string_view();
  if (size > SIZE_MAX) return absl::InvalidArgumentError(absl::StrCat(name, "_size is ", size));
  return View(text, static_cast<size_t>(size));
}

absl::StatusOr<Message> TakeMessage(const reckon_message* in) {
  reckon_message taken;
  RECKON_RETURN_IF_ERROR(TakeIn(in, &taken));
  if (taken.role == nullptr) return absl::InvalidArgumentError("the message's role is NULL");
  RECKON_ASSIGN_OR_RETURN(const absl::string_view role, Member("role", taken.role, taken.role_size));
  RECKON_ASSIGN_OR_RETURN(const absl::string_view content, Member("content", taken.content, taken.content_size));
  RECKON_ASSIGN_OR_RETURN(const absl::string_view reasoning,
                          Member("reasoning", taken.reasoning, taken.reasoning_size));
  RECKON_ASSIGN_OR_RETURN(const absl::string_view tool_calls,
                          Member("tool_calls_json", taken.tool_calls_json, taken.tool_calls_json_size));
  RECKON_ASSIGN_OR_RETURN(const absl::string_view extra, Member("extra_json", taken.extra_json, taken.extra_json_size));
  Message message;
  message.role = std::string(role);
  if (taken.content != nullptr) message.content = std::string(content);
  message.reasoning_content = std::string(reasoning);
  message.tool_calls_json = std::string(tool_calls);
  message.extra_json = std::string(extra);
  return message;
}

reckon_message MessageOf(const Message& message) {
  reckon_message out = {};
  out.role = message.role.c_str();
  out.role_size = message.role.size();
  if (message.content.has_value()) {
    out.content = message.content->c_str();
    out.content_size = message.content->size();
  }
  out.reasoning = message.reasoning_content.c_str();
  out.reasoning_size = message.reasoning_content.size();
  out.tool_calls_json = message.tool_calls_json.c_str();
  out.tool_calls_json_size = message.tool_calls_json.size();
  out.extra_json = message.extra_json.c_str();
  out.extra_json_size = message.extra_json.size();
  return out;
}

absl::StatusOr<std::string> PathOf(const char* path, size_t path_size) {
  const absl::string_view view = View(path, path_size);
  if (view.empty()) return absl::InvalidArgumentError("path is empty");
  if (view.find('\0') != absl::string_view::npos) return absl::InvalidArgumentError("path has a NUL character in it");
  return std::string(view);
}

// The body of a function that has the chat for itself.
template <typename F>
reckon_status CallChat(const char* name, reckon_error** error, std::initializer_list<Parameter> required,
                       const reckon_chat* chat, F f) noexcept {
  return Call(name, error, required, [&]() -> absl::Status {
    const ChangingChat changing(chat);
    RECKON_RETURN_IF_ERROR(changing.status(kChatBusy));
    return f();
  });
}

}  // namespace
}  // namespace reckon::capi

static_assert(static_cast<int>(reckon::ChatEventKind::kContext) == RECKON_CHAT_CONTEXT &&
              static_cast<int>(reckon::ChatEventKind::kPrefill) == RECKON_CHAT_PREFILL &&
              static_cast<int>(reckon::ChatEventKind::kReasoning) == RECKON_CHAT_REASONING &&
              static_cast<int>(reckon::ChatEventKind::kAnswer) == RECKON_CHAT_ANSWER &&
              static_cast<int>(reckon::ChatEventKind::kToolCall) == RECKON_CHAT_TOOL_CALL &&
              static_cast<int>(reckon::ChatEventKind::kIntervention) == RECKON_CHAT_INTERVENTION &&
              static_cast<int>(reckon::ChatEventKind::kDone) == RECKON_CHAT_DONE);

using reckon::capi::Call;
using reckon::capi::CallChat;
using reckon::capi::kChatBusy;
using reckon::capi::Listener;
using reckon::capi::ReadingChat;
using reckon::capi::TakeTurn;
using reckon::capi::TokenOf;
using reckon::capi::View;

extern "C" {

reckon_status reckon_chat_new(const reckon_model* model, const reckon_options* options, reckon_chat** out_chat,
                              reckon_error** error) {
  reckon::capi::Clear(out_chat);
  return Call(__func__, error, {{"model", model}, {"out_chat", out_chat}}, [&]() -> absl::Status {
    RECKON_ASSIGN_OR_RETURN(reckon::Chat chat, reckon::capi::NewChat(model->model, options));
    *out_chat = new reckon_chat(std::move(chat));
    return absl::OkStatus();
  });
}

void reckon_chat_free(reckon_chat* chat) {
  if (chat != nullptr) chat->Release();
}

reckon_status reckon_chat_fork(reckon_chat* chat, reckon_chat** out_chat, reckon_error** error) {
  reckon::capi::Clear(out_chat);
  return CallChat(__func__, error, {{"chat", chat}, {"out_chat", out_chat}}, chat, [&]() -> absl::Status {
    RECKON_ASSIGN_OR_RETURN(reckon::Chat fork, chat->chat.Fork());
    *out_chat = new reckon_chat(std::move(fork));
    return absl::OkStatus();
  });
}

reckon_status reckon_chat_send(reckon_chat* chat, const char* text, size_t text_size, const reckon_cancel* cancel,
                               reckon_chat_event_fn on_event, void* user, reckon_turn** out_turn,
                               reckon_error** error) {
  reckon::capi::Clear(out_turn);
  return CallChat(__func__, error, {{"chat", chat}, {"text", text, text_size}}, chat, [&] {
    const Listener listener(on_event, user);
    return TakeTurn(chat, cancel, out_turn, [&](reckon::Chat& to) { return to.Send(View(text, text_size), listener); });
  });
}

reckon_status reckon_chat_answer(reckon_chat* chat, const reckon_cancel* cancel, reckon_chat_event_fn on_event,
                                 void* user, reckon_turn** out_turn, reckon_error** error) {
  reckon::capi::Clear(out_turn);
  return CallChat(__func__, error, {{"chat", chat}}, chat, [&] {
    const Listener listener(on_event, user);
    return TakeTurn(chat, cancel, out_turn, [&](reckon::Chat& to) { return to.Answer(listener); });
  });
}

reckon_status reckon_chat_regenerate(reckon_chat* chat, const reckon_cancel* cancel, reckon_chat_event_fn on_event,
                                     void* user, reckon_turn** out_turn, reckon_error** error) {
  reckon::capi::Clear(out_turn);
  return CallChat(__func__, error, {{"chat", chat}}, chat, [&] {
    const Listener listener(on_event, user);
    return TakeTurn(chat, cancel, out_turn, [&](reckon::Chat& to) { return to.Regenerate(listener); });
  });
}

reckon_status reckon_chat_prepare(reckon_chat* chat, const reckon_cancel* cancel, reckon_error** error) {
  return CallChat(__func__, error, {{"chat", chat}}, chat, [&] { return chat->chat.Prepare(TokenOf(cancel)); });
}

reckon_status reckon_chat_set_options(reckon_chat* chat, const reckon_options* options, reckon_error** error) {
  return CallChat(__func__, error, {{"chat", chat}}, chat, [&] {
    reckon::ThinkingOptions thinking;
    reckon::capi::Apply(options, &thinking);
    reckon::GenerateOptions generate;
    generate.cancel = reckon::CancelToken::Never();
    reckon::capi::Apply(options, &generate);
    chat->chat.set_generate(std::move(generate));
    chat->chat.set_thinking(std::move(thinking));
    return absl::OkStatus();
  });
}

reckon_status reckon_chat_get_message(const reckon_chat* chat, size_t index, reckon_message* out_message,
                                      reckon_error** error) {
  return Call(__func__, error, {{"chat", chat}, {"out_message", out_message}}, [&]() -> absl::Status {
    const ReadingChat reading(chat);
    RECKON_RETURN_IF_ERROR(reading.status(kChatBusy));
    const std::vector<reckon::Message>& all = chat->chat.messages();
    if (index < all.size()) return reckon::capi::FillOut(reckon::capi::MessageOf(all[index]), out_message);
    return absl::OutOfRangeError(absl::StrCat("there is no message ", index, ": the conversation has ", all.size()));
  });
}

reckon_status reckon_chat_append(reckon_chat* chat, const reckon_message* message, reckon_error** error) {
  return CallChat(__func__, error, {{"chat", chat}, {"message", message}}, chat, [&]() -> absl::Status {
    RECKON_ASSIGN_OR_RETURN(reckon::Message taken, reckon::capi::TakeMessage(message));
    return chat->chat.Append(std::move(taken));
  });
}

reckon_status reckon_chat_edit(reckon_chat* chat, size_t index, const reckon_message* message, reckon_error** error) {
  return CallChat(__func__, error, {{"chat", chat}, {"message", message}}, chat, [&]() -> absl::Status {
    RECKON_ASSIGN_OR_RETURN(reckon::Message taken, reckon::capi::TakeMessage(message));
    return chat->chat.Edit(index, std::move(taken));
  });
}

reckon_status reckon_chat_truncate(reckon_chat* chat, size_t count, reckon_error** error) {
  return CallChat(__func__, error, {{"chat", chat}}, chat, [&] { return chat->chat.Truncate(count); });
}

reckon_status reckon_chat_set_system(reckon_chat* chat, const char* text, size_t text_size, reckon_error** error) {
  return CallChat(__func__, error, {{"chat", chat}, {"text", text, text_size}}, chat,
                  [&] { return chat->chat.SetSystem(View(text, text_size)); });
}

reckon_status reckon_chat_pin(reckon_chat* chat, size_t index, int32_t pinned, reckon_error** error) {
  return CallChat(__func__, error, {{"chat", chat}}, chat, [&] { return chat->chat.Pin(index, pinned != 0); });
}

reckon_status reckon_chat_get_summary(const reckon_chat* chat, char* buffer, size_t capacity, size_t* out_size,
                                      reckon_error** error) {
  return Call(__func__, error, {{"chat", chat}, {"out_size", out_size}}, [&]() -> absl::Status {
    const ReadingChat reading(chat);
    RECKON_RETURN_IF_ERROR(reading.status(kChatBusy));
    return reckon::capi::CopyOut(chat->chat.summary(), buffer, capacity, out_size);
  });
}

reckon_status reckon_chat_prompt(reckon_chat* chat, int32_t add_generation_prompt, char* buffer, size_t capacity,
                                 size_t* out_size, reckon_error** error) {
  return CallChat(__func__, error, {{"chat", chat}, {"out_size", out_size}}, chat, [&]() -> absl::Status {
    RECKON_ASSIGN_OR_RETURN(const std::string prompt, chat->chat.Prompt(add_generation_prompt != 0));
    return reckon::capi::CopyOut(prompt, buffer, capacity, out_size);
  });
}

reckon_status reckon_chat_get_info(const reckon_chat* chat, reckon_chat_info* out_info, reckon_error** error) {
  return Call(__func__, error, {{"chat", chat}, {"out_info", out_info}}, [&]() -> absl::Status {
    const ReadingChat reading(chat);
    RECKON_RETURN_IF_ERROR(reading.status(kChatBusy));
    const reckon::Chat& c = chat->chat;
    return reckon::capi::FillOut(reckon_chat_info{0, 0, static_cast<int64_t>(c.messages().size()), c.context_tokens(),
                                                  c.max_context(), c.memory_bytes()},
                                 out_info);
  });
}

reckon_status reckon_chat_attach(reckon_chat* chat, const char* name, size_t name_size, const char* text,
                                 size_t text_size, reckon_error** error) {
  return CallChat(__func__, error, {{"chat", chat}, {"name", name, name_size}, {"text", text, text_size}}, chat,
                  [&] { return chat->chat.Attach(View(name, name_size), View(text, text_size)); });
}

reckon_status reckon_chat_find(reckon_chat* chat, const char* question, size_t question_size,
                               reckon_passage_fn on_passage, void* user, reckon_error** error) {
  // A function's address is no pointer to an object in C++, so it is asked about apart.
  const bool has_callback = on_passage != nullptr;
  return CallChat(__func__, error,
                  {{"chat", chat}, {"question", question, question_size}, {"on_passage", has_callback ? "" : nullptr}},
                  chat, [&]() -> absl::Status {
                    RECKON_ASSIGN_OR_RETURN(const std::vector<reckon::CitedPassage> found,
                                            chat->chat.Find(View(question, question_size)));
                    for (const reckon::CitedPassage& passage : found) {
                      reckon_passage out = reckon::capi::PassageOf(passage);
                      out.struct_size = sizeof out;
                      if (on_passage(user, &out) != RECKON_CONTINUE) break;
                    }
                    return absl::OkStatus();
                  });
}

reckon_status reckon_chat_save(reckon_chat* chat, const char* path, size_t path_size, reckon_error** error) {
  return CallChat(__func__, error, {{"chat", chat}, {"path", path}}, chat, [&]() -> absl::Status {
    RECKON_ASSIGN_OR_RETURN(const std::string file, reckon::capi::PathOf(path, path_size));
    return chat->chat.Save(file);
  });
}

reckon_status reckon_chat_restore(reckon_chat* chat, const char* path, size_t path_size, reckon_error** error) {
  return CallChat(__func__, error, {{"chat", chat}, {"path", path}}, chat, [&]() -> absl::Status {
    RECKON_ASSIGN_OR_RETURN(const std::string file, reckon::capi::PathOf(path, path_size));
    return chat->chat.Restore(file);
  });
}

}  // extern "C"
