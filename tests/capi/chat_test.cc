// Chats through the C ABI, on tiny-r1: its golden answer, and the same answers as the C++ API's.
#include "reckon/chat.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "capi_support.h"

namespace reckon_test {
namespace {

const Model& TinyR1() {
  static const Model& model = *new Model(OpenModel());
  return model;
}

// What the events of a turn said; answers `answer` to the first event of `kind` after `skip` others of it.
struct Heard {
  std::string reasoning;
  std::string answer;
  std::vector<reckon_chat_event_kind> kinds;
  std::vector<reckon_intervention> interventions;
  int64_t read = 0;
  int64_t passages = 0;
  int64_t generated = 0;
  std::string told_at_the_end;
  reckon_chat_event_kind kind = -1;
  int skip = 0;
  reckon_action action = RECKON_CONTINUE;
};

reckon_action Hear(void* user, const reckon_chat_event* event) {
  Heard* const heard = static_cast<Heard*>(user);
  EXPECT_EQ(event->struct_size, sizeof *event);
  const std::string text = event->text == nullptr ? std::string() : std::string(event->text, event->text_size);
  if (heard->kinds.empty() || heard->kinds.back() != event->kind) heard->kinds.push_back(event->kind);
  if (event->kind == RECKON_CHAT_REASONING) heard->reasoning += text;
  if (event->kind == RECKON_CHAT_ANSWER) heard->answer += text;
  if (event->kind == RECKON_CHAT_INTERVENTION) heard->interventions.push_back(event->intervention);
  if (event->kind == RECKON_CHAT_PREFILL) {
    heard->read = event->done;
    EXPECT_LE(event->done, event->total);
  }
  EXPECT_EQ(event->turn != nullptr, event->kind == RECKON_CHAT_CONTEXT || event->kind == RECKON_CHAT_DONE);
  if (event->kind == RECKON_CHAT_CONTEXT) heard->passages = InfoOf(event->turn).passages;
  if (event->kind == RECKON_CHAT_DONE) {
    heard->generated = event->done;
    heard->told_at_the_end = TextOf(event->turn, RECKON_TURN_ANSWER);
  }
  return event->kind == heard->kind && heard->skip-- == 0 ? heard->action : RECKON_CONTINUE;
}

reckon_status Ask(const Chat& chat, const std::string& text, Heard* heard, Turn* out_turn = nullptr,
                  const reckon_cancel* cancel = nullptr) {
  reckon_turn* turn = nullptr;
  const reckon_status status = reckon_chat_send(chat.get(), text.data(), text.size(), cancel, Hear, heard,
                                                out_turn != nullptr ? &turn : nullptr, nullptr);
  if (out_turn != nullptr) out_turn->reset(turn);
  return status;
}

std::vector<reckon_token> TokensOf(const Turn& turn) {
  size_t size = 0;
  EXPECT_C_OK(reckon_turn_tokens(turn.get(), nullptr, 0, &size, &error));
  std::vector<reckon_token> tokens(size);
  EXPECT_C_OK(reckon_turn_tokens(turn.get(), tokens.data(), tokens.size(), &size, &error));
  return tokens;
}

reckon_message MessageWith(const char* role, const char* content) {
  reckon_message message = {};
  message.struct_size = sizeof message;
  message.role = role;
  message.role_size = RECKON_NUL_TERMINATED;
  message.content = content;
  message.content_size = RECKON_NUL_TERMINATED;
  return message;
}

TEST(Chats, AnswerLikeTheReferenceWithReasoningApart) {
  const Chat chat = NewChat(TinyR1());
  Heard heard;
  Turn turn;
  ASSERT_EQ(Ask(chat, FirstGolden().question, &heard, &turn), RECKON_OK);
  EXPECT_EQ(TokensOf(turn), FirstGolden().output);
  const std::string reasoning = TextOf(turn.get(), RECKON_TURN_REASONING);
  const std::string answer = TextOf(turn.get(), RECKON_TURN_ANSWER);
  EXPECT_EQ(reasoning, heard.reasoning);
  EXPECT_EQ(answer, heard.answer);
  EXPECT_EQ(answer, heard.told_at_the_end);
  EXPECT_FALSE(reasoning.empty());
  EXPECT_FALSE(answer.empty());
  const std::string& golden = FirstGolden().text;
  EXPECT_NE(golden.find(reasoning), std::string::npos);
  EXPECT_GT(golden.find(answer), golden.find("</think>"));
  EXPECT_EQ(golden.rfind(TextOf(turn.get(), RECKON_TURN_TEXT), 0), 0U);
  EXPECT_EQ(TextOf(turn.get(), RECKON_TURN_TOOL_CALLS), "");
  EXPECT_EQ(heard.kinds, (std::vector<reckon_chat_event_kind>{RECKON_CHAT_PREFILL, RECKON_CHAT_REASONING,
                                                              RECKON_CHAT_ANSWER, RECKON_CHAT_DONE}));
  const reckon_turn_info info = InfoOf(turn.get());
  EXPECT_EQ(info.finish_reason, RECKON_FINISH_STOP_TOKEN);
  EXPECT_EQ(info.inside_reasoning, 0);
  EXPECT_EQ(info.prompt_tokens, static_cast<int64_t>(FirstGolden().prompt.size()));
  EXPECT_EQ(info.reused_tokens, 0);
  EXPECT_EQ(heard.read, info.prompt_tokens);
  EXPECT_EQ(info.generated_tokens, static_cast<int64_t>(FirstGolden().output.size()));
  EXPECT_EQ(heard.generated, info.generated_tokens);
  EXPECT_GT(info.reasoning_tokens, 0);
  EXPECT_LT(info.reasoning_tokens, info.generated_tokens);
  EXPECT_EQ(info.kept_messages, 1);
  EXPECT_EQ(info.kept_tokens, info.prompt_tokens);
  EXPECT_EQ(info.interventions + info.passages + info.dropped_messages, 0);
  EXPECT_EQ(InfoOf(chat).messages, 2);
  EXPECT_GT(InfoOf(chat).memory_bytes, 0);
  EXPECT_EQ(InfoOf(chat).max_context, 4096);
}

// What the C++ API says to three turns, with a part of the options set.
TEST(Chats, GoOnLikeTheCppApi) {
  const absl::StatusOr<reckon::Model> model = reckon::Model::Open(
      reckon::ModelSource::Path(RECKON_TINY_R1), {.weights = reckon::WeightFormat::kF32, .threads = 2});
  ASSERT_TRUE(model.ok());
  reckon::SamplerOptions sampler = model->default_sampler_options();
  sampler.temperature = 0;
  absl::StatusOr<reckon::Chat> other =
      reckon::Chat::Create(*model, {.system = "Be brief.",
                                    .sampler = sampler,
                                    .generate = {.max_tokens = 90},
                                    .thinking = {.max_tokens = 12, .bridge = "Enough."}});
  ASSERT_TRUE(other.ok());
  const Options options = ExactOptions();
  EXPECT_C_OK(reckon_options_set_str(options.get(), RECKON_OPTION_SYSTEM, "Be brief.", RECKON_NUL_TERMINATED, &error));
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_MAX_TOKENS, 90, &error));
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_THINKING_MAX_TOKENS, 12, &error));
  EXPECT_C_OK(reckon_options_set_str(options.get(), RECKON_OPTION_BRIDGE, "Enough.", RECKON_NUL_TERMINATED, &error));
  const Chat chat = NewChat(TinyR1(), options);
  for (const char* question : {"12+30=?", "Is 97 a prime number?", "Thank you."}) {
    Heard heard;
    Turn turn;
    ASSERT_EQ(Ask(chat, question, &heard, &turn), RECKON_OK);
    const absl::StatusOr<reckon::ChatTurn> same =
        other->Send(question, [](const reckon::ChatEvent&) { return reckon::StreamAction::kContinue; });
    ASSERT_TRUE(same.ok());
    EXPECT_EQ(TokensOf(turn), same->tokens) << question;
    EXPECT_EQ(heard.answer, same->answer);
    ASSERT_EQ(heard.interventions.size(), same->interventions.size());
    const reckon_turn_info info = InfoOf(turn.get());
    EXPECT_EQ(info.interventions, static_cast<int64_t>(same->interventions.size()));
    for (size_t i = 0; i < heard.interventions.size(); ++i) {
      reckon_intervention one = -1;
      EXPECT_C_OK(reckon_turn_get_intervention(turn.get(), i, &one, &error));
      EXPECT_EQ(one, heard.interventions[i]);
      EXPECT_EQ(one, static_cast<reckon_intervention>(same->interventions[i]));
    }
    EXPECT_EQ(info.reused_tokens, same->usage.reused_tokens);
    EXPECT_EQ(info.prompt_tokens, same->usage.prompt_tokens);
    reckon_intervention none = -1;
    EXPECT_EQ(reckon_turn_get_intervention(turn.get(), heard.interventions.size(), &none, nullptr),
              RECKON_OUT_OF_RANGE);
  }
  const reckon_turn_text_key keys[] = {0, 6, -1};
  const Turn turn = Send(chat, "Thanks.");
  size_t size = 0;
  for (const reckon_turn_text_key key : keys) {
    EXPECT_EQ(reckon_turn_get_text(turn.get(), key, nullptr, 0, &size, nullptr), RECKON_INVALID_ARGUMENT);
  }
}

TEST(Chats, StopKeepsAndCancelRollsBack) {
  const Chat chat = NewChat(TinyR1());
  Send(chat, "Hello");
  const std::string before = MessagesOf(chat);
  Heard cancelled;
  cancelled.kind = RECKON_CHAT_REASONING;
  cancelled.skip = 5;
  cancelled.action = RECKON_CANCEL;
  Turn turn;
  EXPECT_EQ(Ask(chat, FirstGolden().question, &cancelled, &turn), RECKON_CANCELLED);
  EXPECT_EQ(turn, nullptr);
  EXPECT_EQ(MessagesOf(chat), before);

  Heard early;
  early.kind = RECKON_CHAT_PREFILL;
  early.action = RECKON_STOP;
  EXPECT_EQ(Ask(chat, FirstGolden().question, &early), RECKON_CANCELLED);
  EXPECT_EQ(MessagesOf(chat), before);

  Heard stopped;
  stopped.kind = RECKON_CHAT_REASONING;
  stopped.skip = 5;
  stopped.action = RECKON_STOP;
  ASSERT_EQ(Ask(chat, FirstGolden().question, &stopped, &turn), RECKON_OK);
  EXPECT_EQ(InfoOf(turn.get()).finish_reason, RECKON_FINISH_CALLBACK_STOP);
  EXPECT_EQ(InfoOf(turn.get()).inside_reasoning, 1);
  EXPECT_EQ(TextOf(turn.get(), RECKON_TURN_REASONING), stopped.reasoning);
  EXPECT_EQ(stopped.reasoning.rfind(cancelled.reasoning, 0), 0U);
  EXPECT_EQ(InfoOf(chat).messages, 4);
}

TEST(Chats, CancelledBeforehandAndFromAnotherThread) {
  const Chat chat = NewChat(TinyR1());
  Send(chat, "Hello");
  const std::string before = MessagesOf(chat);
  const Cancel cancel = NewCancel();
  reckon_cancel_trigger(cancel.get());
  Heard heard;
  EXPECT_EQ(Ask(chat, "12+30=?", &heard, nullptr, cancel.get()), RECKON_CANCELLED);
  EXPECT_EQ(MessagesOf(chat), before);
  EXPECT_EQ(reckon_chat_prepare(chat.get(), cancel.get(), nullptr), RECKON_CANCELLED);
  reckon_cancel_reset(cancel.get());

  const Options endless = ExactOptions();
  EXPECT_C_OK(reckon_options_set_i64(endless.get(), RECKON_OPTION_IGNORE_EOS, 1, &error));
  EXPECT_C_OK(reckon_chat_set_options(chat.get(), endless.get(), &error));
  std::thread other([&cancel] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    reckon_cancel_trigger(cancel.get());
  });
  EXPECT_EQ(Ask(chat, "12+30=?", &heard, nullptr, cancel.get()), RECKON_CANCELLED);
  other.join();
  EXPECT_EQ(MessagesOf(chat), before);
  // A cancel object is of one call: the next one is not cancelled.
  EXPECT_C_OK(reckon_chat_set_options(chat.get(), nullptr, &error));
  const Turn turn = Send(chat, "12+30=?");
  const Chat fresh = NewChat(TinyR1());
  Send(fresh, "Hello");
  EXPECT_EQ(TokensOf(turn), TokensOf(Send(fresh, "12+30=?")));
}

TEST(Chats, RegenerateEditAndFork) {
  const Chat chat = NewChat(TinyR1());
  const Turn first = Send(chat, "12+30=?");
  reckon_turn* made = nullptr;
  EXPECT_C_OK(reckon_chat_regenerate(chat.get(), nullptr, nullptr, nullptr, &made, &error));
  const Turn again(made);
  EXPECT_EQ(TokensOf(again), TokensOf(first));
  EXPECT_EQ(InfoOf(chat).messages, 2);

  EXPECT_C_OK(reckon_chat_prepare(chat.get(), nullptr, &error));
  reckon_chat* forked = nullptr;
  EXPECT_C_OK(reckon_chat_fork(chat.get(), &forked, &error));
  const Chat fork(forked);
  const Turn in_fork = Send(fork, "Thanks.");
  EXPECT_GT(InfoOf(in_fork.get()).reused_tokens, 0);
  EXPECT_EQ(InfoOf(chat).messages, 2);
  EXPECT_EQ(TokensOf(Send(chat, "Thanks.")), TokensOf(in_fork));

  // Another question in the place of the first one gives the answer of a new chat.
  const reckon_message other = MessageWith("user", "13+31=?");
  EXPECT_C_OK(reckon_chat_edit(fork.get(), 0, &other, &error));
  EXPECT_C_OK(reckon_chat_truncate(fork.get(), 1, &error));
  EXPECT_C_OK(reckon_chat_answer(fork.get(), nullptr, nullptr, nullptr, &made, &error));
  const Turn edited(made);
  const Chat fresh = NewChat(TinyR1());
  EXPECT_EQ(TokensOf(edited), TokensOf(Send(fresh, "13+31=?")));
  EXPECT_EQ(reckon_chat_answer(fork.get(), nullptr, nullptr, nullptr, nullptr, nullptr), RECKON_FAILED_PRECONDITION);
  EXPECT_EQ(reckon_chat_edit(fork.get(), 2, &other, nullptr), RECKON_OUT_OF_RANGE);
  EXPECT_EQ(reckon_chat_truncate(fork.get(), 3, nullptr), RECKON_OUT_OF_RANGE);
}

TEST(Chats, MessagesComeOutAsTheyWentIn) {
  const Chat chat = NewChat(TinyR1());
  reckon_message message = MessageWith("assistant", nullptr);
  message.reasoning = "why";
  message.reasoning_size = 3;
  message.tool_calls_json = "[{}]";
  message.tool_calls_json_size = 4;
  message.extra_json = "{\"name\": \"x\"}";
  message.extra_json_size = RECKON_NUL_TERMINATED;
  EXPECT_C_OK(reckon_chat_append(chat.get(), &message, &error));
  reckon_message out;
  out.struct_size = sizeof out;
  EXPECT_C_OK(reckon_chat_get_message(chat.get(), 0, &out, &error));
  EXPECT_STREQ(out.role, "assistant");
  EXPECT_EQ(out.role_size, 9U);
  EXPECT_EQ(out.content, nullptr);
  EXPECT_STREQ(out.reasoning, "why");
  EXPECT_STREQ(out.tool_calls_json, "[{}]");
  EXPECT_STREQ(out.extra_json, "{\"name\": \"x\"}");
  EXPECT_EQ(reckon_chat_get_message(chat.get(), 1, &out, nullptr), RECKON_OUT_OF_RANGE);
  const reckon_message nobody = MessageWith(nullptr, "x");
  EXPECT_EQ(reckon_chat_append(chat.get(), &nobody, nullptr), RECKON_INVALID_ARGUMENT);
  // An older caller's structure ends behind the content.
  reckon_message older = MessageWith("user", "hello");
  older.struct_size = offsetof(reckon_message, reasoning);
  older.reasoning = reinterpret_cast<const char*>(1);
  EXPECT_C_OK(reckon_chat_edit(chat.get(), 0, &older, &error));

  EXPECT_C_OK(reckon_chat_set_system(chat.get(), "Be brief.", RECKON_NUL_TERMINATED, &error));
  EXPECT_EQ(MessagesOf(chat), "system: Be brief.\nuser: hello\n");
  EXPECT_C_OK(reckon_chat_pin(chat.get(), 1, 1, &error));
  EXPECT_EQ(reckon_chat_pin(chat.get(), 2, 1, nullptr), RECKON_OUT_OF_RANGE);
  char prompt[256];
  size_t size = 0;
  EXPECT_C_OK(reckon_chat_prompt(chat.get(), 1, prompt, sizeof prompt, &size, &error));
  EXPECT_NE(std::string(prompt).find("hello"), std::string::npos);
  size_t shorter = 0;
  EXPECT_C_OK(reckon_chat_prompt(chat.get(), 0, nullptr, 0, &shorter, &error));
  EXPECT_LT(shorter, size);
  EXPECT_C_OK(reckon_chat_set_system(chat.get(), nullptr, 0, &error));
  EXPECT_EQ(MessagesOf(chat), "user: hello\n");
}

TEST(Chats, LeaveOutOldTurnsAndSaySo) {
  const Options options = ExactOptions();
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_MAX_CONTEXT, 100, &error));
  EXPECT_C_OK(reckon_options_set_i64(options.get(), RECKON_OPTION_MAX_TOKENS, 40, &error));
  const Chat chat = NewChat(TinyR1(), options);
  int64_t dropped = 0;
  for (int i = 0; i < 6; ++i) {
    Heard heard;
    Turn turn;
    ASSERT_EQ(Ask(chat, FirstGolden().question, &heard, &turn), RECKON_OK);
    dropped = InfoOf(turn.get()).dropped_messages;
    EXPECT_EQ(heard.kinds.front() == RECKON_CHAT_CONTEXT, dropped > 0);
  }
  EXPECT_GT(dropped, 0);
  size_t size = 9;
  EXPECT_C_OK(reckon_chat_get_summary(chat.get(), nullptr, 0, &size, &error));
  EXPECT_EQ(size, 0U);
  std::string longer;
  while (longer.size() < 4000) longer += FirstGolden().question;
  Heard heard;
  const std::string before = MessagesOf(chat);
  EXPECT_EQ(Ask(chat, longer, &heard), RECKON_RESOURCE_EXHAUSTED);
  EXPECT_EQ(MessagesOf(chat), before);
}

TEST(Chats, DocumentsAreCited) {
  const Chat chat = NewChat(TinyR1());
  const std::string zoo = "# Birds\n\nThe owl eats 12 mice.\n\n# Fish\n\nThe pike eats 30 worms.\n";
  const int64_t memory = InfoOf(chat).memory_bytes;
  EXPECT_C_OK(reckon_chat_attach(chat.get(), "zoo.txt", RECKON_NUL_TERMINATED, zoo.data(), zoo.size(), &error));
  EXPECT_GT(InfoOf(chat).memory_bytes, memory);
  EXPECT_EQ(reckon_chat_attach(chat.get(), "empty", 5, "", 0, nullptr), RECKON_INVALID_ARGUMENT);
  Heard heard;
  Turn turn;
  ASSERT_EQ(Ask(chat, "What does the owl eat?", &heard, &turn), RECKON_OK);
  EXPECT_EQ(heard.kinds.front(), RECKON_CHAT_CONTEXT);
  ASSERT_GT(heard.passages, 0);
  EXPECT_EQ(InfoOf(turn.get()).passages, heard.passages);
  reckon_passage passage;
  passage.struct_size = sizeof passage;
  EXPECT_C_OK(reckon_turn_get_passage(turn.get(), 0, &passage, &error));
  EXPECT_STREQ(passage.document, "zoo.txt");
  EXPECT_EQ(passage.document_size, 7U);
  EXPECT_STREQ(passage.heading, "Birds");
  EXPECT_STREQ(passage.text, "The owl eats 12 mice.");
  EXPECT_EQ(passage.first_line, 3);
  EXPECT_GT(passage.tokens, 0);
  EXPECT_EQ(reckon_turn_get_passage(turn.get(), static_cast<size_t>(heard.passages), &passage, nullptr),
            RECKON_OUT_OF_RANGE);
  std::vector<std::string> found;
  const auto note = [](void* user, const reckon_passage* one) -> reckon_action {
    EXPECT_EQ(one->struct_size, sizeof *one);
    static_cast<std::vector<std::string>*>(user)->emplace_back(one->text, one->text_size);
    return RECKON_STOP;
  };
  EXPECT_C_OK(reckon_chat_find(chat.get(), "What do pike and owl eat?", RECKON_NUL_TERMINATED, note, &found, &error));
  EXPECT_EQ(found, (std::vector<std::string>{"The owl eats 12 mice."}));
}

TEST(Chats, SaveAndRestore) {
  const std::string path = ::testing::TempDir() + "reckon_capi_chat_" + std::to_string(getpid());
  const Chat chat = NewChat(TinyR1());
  Send(chat, "12+30=?");
  EXPECT_C_OK(reckon_chat_save(chat.get(), path.c_str(), RECKON_NUL_TERMINATED, &error));
  const Chat restored = NewChat(TinyR1());
  Send(restored, "Hello");
  EXPECT_C_OK(reckon_chat_restore(restored.get(), path.data(), path.size(), &error));
  EXPECT_EQ(MessagesOf(restored), MessagesOf(chat));
  const Turn turn = Send(chat, "Thanks.");
  const Turn same = Send(restored, "Thanks.");
  EXPECT_EQ(TokensOf(same), TokensOf(turn));
  EXPECT_GT(InfoOf(same.get()).reused_tokens, 0);

  // With other weights it is another model; a damaged file is none.
  const Options q8 = ExactOptions();
  EXPECT_C_OK(reckon_options_set_str(q8.get(), RECKON_OPTION_WEIGHTS, "q8", 2, &error));
  reckon_model* opened = nullptr;
  EXPECT_C_OK(reckon_model_open(RECKON_TINY_R1, RECKON_NUL_TERMINATED, q8.get(), nullptr, &opened, &error));
  const Model other_model(opened);
  const Chat other = NewChat(other_model);
  Send(other, "Hello");
  const std::string before = MessagesOf(other);
  EXPECT_EQ(reckon_chat_restore(other.get(), path.data(), path.size(), nullptr), RECKON_FAILED_PRECONDITION);
  ASSERT_EQ(truncate(path.c_str(), 1000), 0);
  EXPECT_EQ(reckon_chat_restore(other.get(), path.data(), path.size(), nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_EQ(MessagesOf(other), before);
  unlink(path.c_str());
  EXPECT_EQ(reckon_chat_restore(other.get(), path.data(), path.size(), nullptr), RECKON_NOT_FOUND);
  EXPECT_EQ(reckon_chat_save(other.get(), "/no/such/folder/chat", RECKON_NUL_TERMINATED, nullptr), RECKON_NOT_FOUND);
  EXPECT_EQ(reckon_chat_save(other.get(), "", 0, nullptr), RECKON_INVALID_ARGUMENT);
  EXPECT_EQ(reckon_chat_restore(other.get(), "a\0b", 3, nullptr), RECKON_INVALID_ARGUMENT);
}

// Every call into a busy chat, from another thread and from its own callback.
TEST(Chats, BusyOnesAnswerFailedPrecondition) {
  struct Inside {
    reckon_chat* chat;
    int calls = 0;
  };
  const Chat chat = NewChat(TinyR1());
  Send(chat, "Hello");
  Inside inside{chat.get()};
  const auto call_in = [](void* user, const reckon_chat_event* event) -> reckon_action {
    Inside* const in = static_cast<Inside*>(user);
    if (event->kind == RECKON_CHAT_DONE) return RECKON_CONTINUE;
    const auto try_all = [busy = in->chat] {
      reckon_chat* fork = nullptr;
      reckon_turn* turn = nullptr;
      reckon_message message = MessageWith("user", "x");
      reckon_chat_info info;
      info.struct_size = sizeof info;
      size_t size = 0;
      const auto never = [](void*, const reckon_passage*) -> reckon_action { return RECKON_CONTINUE; };
      const std::vector<reckon_status> answers = {
          reckon_chat_send(busy, "x", 1, nullptr, nullptr, nullptr, &turn, nullptr),
          reckon_chat_answer(busy, nullptr, nullptr, nullptr, &turn, nullptr),
          reckon_chat_regenerate(busy, nullptr, nullptr, nullptr, &turn, nullptr),
          reckon_chat_prepare(busy, nullptr, nullptr),
          reckon_chat_set_options(busy, nullptr, nullptr),
          reckon_chat_fork(busy, &fork, nullptr),
          reckon_chat_get_message(busy, 0, &message, nullptr),
          reckon_chat_append(busy, &message, nullptr),
          reckon_chat_edit(busy, 0, &message, nullptr),
          reckon_chat_truncate(busy, 0, nullptr),
          reckon_chat_set_system(busy, "x", 1, nullptr),
          reckon_chat_pin(busy, 0, 1, nullptr),
          reckon_chat_get_summary(busy, nullptr, 0, &size, nullptr),
          reckon_chat_prompt(busy, 1, nullptr, 0, &size, nullptr),
          reckon_chat_get_info(busy, &info, nullptr),
          reckon_chat_attach(busy, "x", 1, "x", 1, nullptr),
          reckon_chat_find(busy, "x", 1, never, nullptr, nullptr),
          reckon_chat_save(busy, "/no/such", RECKON_NUL_TERMINATED, nullptr),
          reckon_chat_restore(busy, "/no/such", RECKON_NUL_TERMINATED, nullptr)};
      EXPECT_EQ(answers, std::vector<reckon_status>(answers.size(), RECKON_FAILED_PRECONDITION));
    };
    try_all();
    std::thread(try_all).join();
    return ++in->calls == 3 ? RECKON_STOP : RECKON_CONTINUE;
  };
  EXPECT_C_OK(
      reckon_chat_send(chat.get(), "12+30=?", RECKON_NUL_TERMINATED, nullptr, call_in, &inside, nullptr, &error));
  EXPECT_EQ(inside.calls, 3);
  EXPECT_EQ(InfoOf(chat).messages, 4);
}

TEST(Chats, FreedInTheirOwnCallback) {
  reckon_chat* chat = NewChat(TinyR1()).release();
  const auto free_it = [](void* user, const reckon_chat_event*) -> reckon_action {
    reckon_chat_free(std::exchange(*static_cast<reckon_chat**>(user), nullptr));
    return RECKON_STOP;
  };
  EXPECT_EQ(reckon_chat_send(chat, "Hello", 5, nullptr, free_it, &chat, nullptr, nullptr), RECKON_CANCELLED);
  EXPECT_EQ(chat, nullptr);
}

}  // namespace
}  // namespace reckon_test
