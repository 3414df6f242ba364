/* Load, stream an answer, cancel another one.  three_things MODEL [QUESTION] */
#include <stdio.h>
#include <stdlib.h>

#include "reckon_c_chat.h"

static reckon_error* error;

/* Ends the program if a call failed. */
static void check(reckon_status status) {
  if (status == RECKON_OK) return;
  fprintf(stderr, "%s\n", reckon_error_message(error));
  exit(1);
}

/* Shows the pieces, with a heading when reasoning or answer begins. */
static reckon_action show(void* user, const reckon_chat_event* event) {
  int32_t* const kind = user;
  if (event->kind != RECKON_CHAT_REASONING && event->kind != RECKON_CHAT_ANSWER) return RECKON_CONTINUE;
  if (event->kind != *kind) {
    printf("%s%s: ", *kind != 0 ? "\n" : "", event->kind == RECKON_CHAT_REASONING ? "reasoning" : "answer");
    *kind = event->kind;
  }
  fwrite(event->text, 1, event->text_size, stdout);
  fflush(stdout);
  return RECKON_CONTINUE;
}

/* Triggers the cancel object at the first piece, as a Stop button on another thread would. */
static reckon_action stop_at_once(void* user, const reckon_chat_event* event) {
  if (event->kind == RECKON_CHAT_REASONING || event->kind == RECKON_CHAT_ANSWER) reckon_cancel_trigger(user);
  return RECKON_CONTINUE;
}

int main(int argc, char** argv) {
  const char* const question = argc > 2 ? argv[2] : "鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？";
  reckon_model* model = NULL;
  reckon_options* options = NULL;
  reckon_chat* chat = NULL;
  reckon_cancel* cancel = NULL;
  reckon_model_info model_info = {0};
  reckon_chat_info chat_info = {0};
  char architecture[64];
  size_t size = 0;
  int32_t kind = 0;
  model_info.struct_size = sizeof model_info;
  chat_info.struct_size = sizeof chat_info;

  check(reckon_model_open(argc > 1 ? argv[1] : "", RECKON_NUL_TERMINATED, NULL, NULL, &model, &error));
  check(reckon_model_get_info(model, &model_info, &error));
  check(reckon_model_get_text(model, RECKON_MODEL_ARCHITECTURE, architecture, sizeof architecture, &size, &error));
  printf("model: %s, %lld parameters\n", architecture, (long long)model_info.parameters);

  check(reckon_options_new(&options, &error));
  check(reckon_options_set_f64(options, RECKON_OPTION_TEMPERATURE, 0, &error));
  check(reckon_chat_new(model, options, &chat, &error));
  printf("question: %s\n", question);
  check(reckon_chat_send(chat, question, RECKON_NUL_TERMINATED, NULL, show, &kind, NULL, &error));
  puts("");

  check(reckon_cancel_new(&cancel, &error));
  if (reckon_chat_send(chat, "Is 143 a prime number?", RECKON_NUL_TERMINATED, cancel, stop_at_once, cancel, NULL,
                       &error) == RECKON_CANCELLED) {
    reckon_error_free(error);
    check(reckon_chat_get_info(chat, &chat_info, &error));
    printf("cancelled: %lld messages\n", (long long)chat_info.messages);
  }

  reckon_cancel_release(cancel);
  reckon_chat_free(chat);
  reckon_options_free(options);
  reckon_model_release(model);
  return 0;
}
