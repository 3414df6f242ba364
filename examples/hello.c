/* The smallest C program: load a model, ask it, show the answer as it comes; Ctrl-C ends it.  hello MODEL [QUESTION] */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reckon_c.h"

static reckon_cancel* cancel;
static reckon_error* error;

static void interrupt(int number) {
  (void)number;
  reckon_cancel_trigger(cancel); /* NOLINT(bugprone-signal-handler): reckon_c.h allows it */
}

/* Ends the program if a call failed. */
static void check(reckon_status status) {
  if (status == RECKON_OK) return;
  fprintf(stderr, "%s\n", reckon_error_message(error));
  exit(1);
}

static reckon_action show(void* user, const char* text, size_t size) {
  (void)user;
  fwrite(text, 1, size, stdout);
  fflush(stdout);
  return RECKON_CONTINUE;
}

/* A conversation of one question, in JSON. */
static char* conversation(const char* question) {
  char* const json = malloc(6 * strlen(question) + 64);
  char* out = json;
  if (json == NULL) return NULL;
  out += sprintf(out, "[{\"role\": \"user\", \"content\": \"");
  for (; *question != '\0'; ++question) {
    const unsigned char c = (unsigned char)*question;
    out += sprintf(out, c < ' ' || c == '"' || c == '\\' ? "\\u%04x" : "%c", c);
  }
  sprintf(out, "\"}]");
  return json;
}

int main(int argc, char** argv) {
  static char prompt[65536];
  static reckon_token tokens[16384];
  size_t size = 0;
  reckon_model* model = NULL;
  reckon_tokenizer* tokenizer = NULL;
  reckon_session* session = NULL;
  reckon_sampler* sampler = NULL;
  reckon_watch watch = {sizeof watch, 0, NULL, NULL, NULL};
  char* const json = conversation(argc > 2 ? argv[2] : "Who are you?");

  check(reckon_cancel_new(&cancel, &error));
  signal(SIGINT, interrupt);
  watch.cancel = cancel;
  check(reckon_model_open(argc > 1 ? argv[1] : "", RECKON_NUL_TERMINATED, NULL, &watch, &model, &error));
  check(reckon_model_tokenizer(model, &tokenizer, &error));
  check(reckon_tokenizer_apply_chat_template(tokenizer, json, RECKON_NUL_TERMINATED, NULL, prompt, sizeof prompt, &size,
                                             &error));
  check(reckon_tokenizer_encode(tokenizer, prompt, size, RECKON_ENCODE_PARSE_SPECIAL, tokens,
                                sizeof tokens / sizeof *tokens, &size, &error));
  check(reckon_session_new(model, NULL, &session, &error));
  check(reckon_session_append(session, tokens, size, &watch, &error));
  check(reckon_sampler_new(model, NULL, &sampler, &error));
  check(reckon_session_generate(session, sampler, NULL, cancel, show, NULL, NULL, &error));
  puts("");

  reckon_sampler_free(sampler);
  reckon_session_free(session);
  reckon_tokenizer_release(tokenizer);
  reckon_model_release(model);
  reckon_cancel_release(cancel);
  free(json);
  return 0;
}
