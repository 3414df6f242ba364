#include "glue.h"

#include "_cgo_export.h"

static void on_progress(void* user, int64_t done, int64_t total) { reckonGoProgress((uintptr_t)user, done, total); }

static reckon_status on_read(void* user, uint64_t offset, void* buffer, size_t size) {
  return reckonGoRead((uintptr_t)user, offset, buffer, size);
}

static reckon_action on_text(void* user, const char* text, size_t size) {
  return reckonGoText((uintptr_t)user, (char*)text, size);
}

static reckon_action on_event(void* user, const reckon_chat_event* event) {
  return reckonGoEvent((uintptr_t)user, (reckon_chat_event*)event);
}

static reckon_action on_passage(void* user, const reckon_passage* passage) {
  return reckonGoPassage((uintptr_t)user, (reckon_passage*)passage);
}

reckon_watch go_watch(const reckon_cancel* cancel, uintptr_t progress_user) {
  reckon_watch watch = {sizeof watch, 0, cancel, progress_user == 0 ? NULL : on_progress, (void*)progress_user};
  return watch;
}

void go_set_reader(reckon_file* file, uintptr_t user) {
  file->read_at = on_read;
  file->user = (void*)user;
}

reckon_status go_generate(reckon_session* session, reckon_sampler* sampler, const reckon_options* options,
                          const reckon_cancel* cancel, uintptr_t user, reckon_generate_result* result,
                          reckon_error** error) {
  return reckon_session_generate(session, sampler, options, cancel, on_text, (void*)user, result, error);
}

reckon_status go_take_turn(reckon_chat* chat, int ask, const char* text, size_t size, const reckon_cancel* cancel,
                           uintptr_t user, reckon_turn** turn, reckon_error** error) {
  switch (ask) {
    case GO_ANSWER:
      return reckon_chat_answer(chat, cancel, on_event, (void*)user, turn, error);
    case GO_REGENERATE:
      return reckon_chat_regenerate(chat, cancel, on_event, (void*)user, turn, error);
    default:
      return reckon_chat_send(chat, text, size, cancel, on_event, (void*)user, turn, error);
  }
}

reckon_status go_find(reckon_chat* chat, const char* text, size_t size, uintptr_t user, reckon_error** error) {
  return reckon_chat_find(chat, text, size, on_passage, (void*)user, error);
}
