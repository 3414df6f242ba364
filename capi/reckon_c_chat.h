/*
 * Reckon's C ABI: conversations with a reasoning model. Messages in, events out; the manual's second part, by the rules
 * at the top of reckon_c.h.
 *
 *   static reckon_action show(void *user, const reckon_chat_event *event) {
 *     if (event->kind == RECKON_CHAT_ANSWER) fwrite(event->text, 1, event->text_size, stdout);
 *     return RECKON_CONTINUE;
 *   }
 *
 *   reckon_chat *chat = NULL;
 *   status = reckon_chat_new(model, NULL, &chat, &error);
 *   status = reckon_chat_send(chat, "Is 143 a prime number?", RECKON_NUL_TERMINATED, NULL, show, NULL, NULL, &error);
 *
 * The prompt of every turn is rendered by the model's own template, which for most reasoning models leaves out the
 * reasoning of earlier turns. What the new prompt has in common with what was read before is not read again.
 */
#ifndef RECKON_C_CHAT_H_
#define RECKON_C_CHAT_H_

#include "reckon_c.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Options ------------------------------------------------------------------------------------------------------
 */

/* More keys of reckon_option. A chat also takes those of a session (the 200s), of a sampler (the 300s, and logit
 * biases; what is not set is as the model's authors recommend), of generating (the 400s, for every turn), and
 * RECKON_OPTION_TOOLS_JSON and RECKON_OPTION_TEMPLATE_VARIABLES_JSON. */
enum {
  RECKON_OPTION_SYSTEM = 600,      /* str: the system message; "" is none */
  RECKON_OPTION_REUSE_CACHE = 601, /* i64: 0 or 1. 0 reads every prompt from its first token on, for measurements */

  /* Thinking. Reasoning is what stands between <think> and </think>, at the beginning of an answer. A model that stops
   * by itself within the budget is never touched. */
  RECKON_OPTION_THINKING = 610,            /* i64: 0 or 1 */
  RECKON_OPTION_THINKING_MAX_TOKENS = 611, /* i64: the most tokens of reasoning, then it is closed; -1 is no limit */
  RECKON_OPTION_THINKING_SOFT_MAX_TOKENS = 612, /* i64: from here on </think> becomes more likely; -1 is never */
  RECKON_OPTION_THINKING_NUDGE = 613,           /* f64: by this much of its logit at the maximum */
  RECKON_OPTION_ANSWER_RESERVE = 614, /* i64: reasoning is closed while so many are left; -1 is up to a quarter */
  RECKON_OPTION_LOOP_GUARD = 615,     /* i64: 0 or 1. 1 closes reasoning that goes round in circles */
  RECKON_OPTION_BRIDGE = 616,         /* str: leads from closed reasoning to the answer; "" is by the language */

  /* What happens when the window is full. The system message, pinned turns and the newest turn always stay. */
  RECKON_OPTION_SUMMARIZE = 620,      /* i64: 0 leaves the oldest turns out, 1 lets the model sum them up first */
  RECKON_OPTION_SUMMARY_TOKENS = 621, /* i64: the most tokens of a summary */

  /* Documents. */
  RECKON_OPTION_DOCUMENT_TOKENS = 630, /* i64: of all passages of a question; at most a quarter of the context */
  RECKON_OPTION_PASSAGE_TOKENS = 631   /* i64: the most tokens of one passage; 16 is the least */
};

/* ---- Turns --------------------------------------------------------------------------------------------------------
 */

/* A conversation. A call into a chat that is busy in another one, also from a callback of its own, returns
 * RECKON_FAILED_PRECONDITION. Chats of one model may run at the same time. */
typedef struct reckon_chat reckon_chat;

/* What a turn gave. It does not change and needs nothing of its chat. */
typedef struct reckon_turn reckon_turn;

/* `turn` or NULL. */
RECKON_API void reckon_turn_free(reckon_turn* turn);

typedef struct reckon_turn_info {
  uint32_t struct_size;
  reckon_finish_reason finish_reason;
  int32_t inside_reasoning; /* 1: it ended before </think> */
  int32_t reserved;
  int64_t interventions; /* how many there are: reckon_turn_get_intervention */
  int64_t passages;      /* of documents, in front of the question: reckon_turn_get_passage */
  /* What it cost. */
  int64_t prompt_tokens;      /* the rendered conversation */
  int64_t reused_tokens;      /* of these, whose keys and values were there already */
  int64_t reasoning_tokens;   /* generated inside <think>, marks and bridge included */
  int64_t generated_tokens;   /* all, the stop token included */
  double prefill_seconds;     /* to read the prompt */
  double first_token_seconds; /* from the call to the first generated token */
  double decode_seconds;      /* from the first generated token to the last */
  /* What of the conversation the model saw, in messages and in tokens of the rendered prompt. */
  int64_t kept_messages;
  int64_t dropped_messages;    /* not seen at all */
  int64_t summarized_messages; /* seen as a summary */
  int64_t kept_tokens;         /* the prompt, the summary included */
  int64_t dropped_tokens;      /* what the prompt would have had beside them, were all messages seen */
  int64_t summarized_tokens;   /* likewise */
  int64_t summary_tokens;      /* what the prompt has more for the summary */
} reckon_turn_info;

RECKON_API reckon_status reckon_turn_get_info(const reckon_turn* turn, reckon_turn_info* out_info,
                                              reckon_error** error);

typedef int32_t reckon_turn_text_key;
enum {
  RECKON_TURN_REASONING = 1,  /* without marks and surrounding white space */
  RECKON_TURN_ANSWER = 2,     /* likewise */
  RECKON_TURN_TEXT = 3,       /* as generated, marks included */
  RECKON_TURN_TOOL_CALLS = 4, /* a JSON array as in OpenAI's API, or empty */
  RECKON_TURN_STOP_STRING = 5 /* which one, for RECKON_FINISH_STOP_STRING */
};

/* A string out. */
RECKON_API reckon_status reckon_turn_get_text(const reckon_turn* turn, reckon_turn_text_key key, char* buffer,
                                              size_t capacity, size_t* out_size, reckon_error** error);

/* All tokens that were generated, and those written for the model. An array out. */
RECKON_API reckon_status reckon_turn_tokens(const reckon_turn* turn, reckon_token* buffer, size_t capacity,
                                            size_t* out_size, reckon_error** error);

/* Something that Reckon did to the reasoning. */
typedef int32_t reckon_intervention;
enum {
  RECKON_INTERVENTION_THINKING_OFF = 0,  /* an empty <think></think> was written, because the template has no switch */
  RECKON_INTERVENTION_NUDGE = 1,         /* the soft budget was reached: </think> becomes more likely from here on */
  RECKON_INTERVENTION_BUDGET_CLOSE = 2,  /* closed: the most tokens of reasoning were reached */
  RECKON_INTERVENTION_RESERVE_CLOSE = 3, /* closed: what is left is the answer's */
  RECKON_INTERVENTION_LOOP_CLOSE = 4,    /* closed: it repeated itself */
  RECKON_INTERVENTION_UNCLOSED_END = 5   /* closed: the model ended its turn without an answer */
};

/* In the order in which they happened; index from 0. RECKON_OUT_OF_RANGE past the end. */
RECKON_API reckon_status reckon_turn_get_intervention(const reckon_turn* turn, size_t index,
                                                      reckon_intervention* out_intervention, reckon_error** error);

/* A passage of an attached document. Its strings have their size beside them and a NUL behind them. */
typedef struct reckon_passage {
  uint32_t struct_size;
  uint32_t reserved;
  const char* document;
  uint64_t document_size;
  const char* heading; /* the nearest one above it; "": none */
  uint64_t heading_size;
  const char* text;
  uint64_t text_size;
  int64_t first_line; /* in the document, counted from 1 */
  int64_t last_line;
  int64_t tokens;
} reckon_passage;

/* In the documents' order; index from 0. The strings are valid as long as the turn. RECKON_OUT_OF_RANGE past the end.
 */
RECKON_API reckon_status reckon_turn_get_passage(const reckon_turn* turn, size_t index, reckon_passage* out_passage,
                                                 reckon_error** error);

/* ---- Events -------------------------------------------------------------------------------------------------------
 */

typedef int32_t reckon_chat_event_kind;
enum {
  RECKON_CHAT_CONTEXT = 0,   /* turn: messages are left out or summed up, or passages of documents are shown */
  RECKON_CHAT_PREFILL = 1,   /* done of total tokens of the prompt have been read; the last one has done == total */
  RECKON_CHAT_REASONING = 2, /* a piece of text: whole characters */
  RECKON_CHAT_ANSWER = 3,    /* likewise */
  RECKON_CHAT_TOOL_CALL = 4, /* text is a JSON object {"name": ..., "arguments": ...} */
  RECKON_CHAT_INTERVENTION = 5,
  RECKON_CHAT_DONE = 6 /* turn; what the callback answers does not matter any more */
};

/* Everything in it is valid during the callback. Callers skip kinds that they do not know. */
typedef struct reckon_chat_event {
  uint32_t struct_size; /* as much as the library that is loaded has filled in */
  reckon_chat_event_kind kind;
  const char* text; /* REASONING, ANSWER, TOOL_CALL: UTF-8, not NUL-terminated; otherwise NULL */
  uint64_t text_size;
  int64_t done; /* PREFILL: tokens read; otherwise tokens generated so far in this turn */
  int64_t total;
  reckon_intervention intervention; /* INTERVENTION */
  int32_t reserved;
  const reckon_turn* turn; /* CONTEXT: only passages and what the model sees are known yet. DONE: all. Otherwise NULL */
} reckon_chat_event;

/* RECKON_STOP ends the answer and keeps what was made; RECKON_CANCEL, and RECKON_STOP before the first token, take the
 * chat back to before the turn, and the call returns RECKON_CANCELLED. */
typedef reckon_action (*reckon_chat_event_fn)(void* user, const reckon_chat_event* event);

/* ---- Conversations ------------------------------------------------------------------------------------------------
 */

/* options: or NULL. The chat keeps the model alive. Errors: those of reckon_session_new and reckon_sampler_new;
 * RECKON_FAILED_PRECONDITION if the model has no tokenizer or no chat template. */
RECKON_API reckon_status reckon_chat_new(const reckon_model* model, const reckon_options* options,
                                         reckon_chat** out_chat, reckon_error** error);
/* `chat` or NULL. */
RECKON_API void reckon_chat_free(reckon_chat* chat);

/* A second chat at the same place: for branches, and for many chats that begin with the same system message (prepare
 * one and fork it). The cache is shared until one of the two writes to a block of it. */
RECKON_API reckon_status reckon_chat_fork(reckon_chat* chat, reckon_chat** out_chat, reckon_error** error);

/* Adds a user's message and answers it. cancel, on_event, user, out_turn: or NULL.
 * Errors: RECKON_CANCELLED (the callback or the cancel object), RECKON_RESOURCE_EXHAUSTED (the message does not fit
 * into the context), RECKON_INVALID_ARGUMENT (the template refuses the conversation). After an error the chat is as it
 * was before the call; the tokens that were read stay in its cache. */
RECKON_API reckon_status reckon_chat_send(reckon_chat* chat, const char* text, size_t text_size,
                                          const reckon_cancel* cancel, reckon_chat_event_fn on_event, void* user,
                                          reckon_turn** out_turn, reckon_error** error);
/* Answers the conversation as it stands: after reckon_chat_append of a user's or a tool's message. Parameters and
 * errors as reckon_chat_send; RECKON_FAILED_PRECONDITION if there is nothing to answer. */
RECKON_API reckon_status reckon_chat_answer(reckon_chat* chat, const reckon_cancel* cancel,
                                            reckon_chat_event_fn on_event, void* user, reckon_turn** out_turn,
                                            reckon_error** error);
/* Replaces the last answer by another one. Parameters and errors as reckon_chat_answer. */
RECKON_API reckon_status reckon_chat_regenerate(reckon_chat* chat, const reckon_cancel* cancel,
                                                reckon_chat_event_fn on_event, void* user, reckon_turn** out_turn,
                                                reckon_error** error);

/* Reads what is known of the next prompt: for idle moments, on any thread. After it, the next turn pays for its own
 * text alone, although the reasoning of the last one has gone. Does nothing if there is nothing to do. cancel: or NULL.
 * Errors: RECKON_CANCELLED; what was read until then stays. */
RECKON_API reckon_status reckon_chat_prepare(reckon_chat* chat, const reckon_cancel* cancel, reckon_error** error);

/* The options of thinking (the 610s) and of generating (the 400s) from the next turn on, all of them: what is not set
 * is the default. options: or NULL. */
RECKON_API reckon_status reckon_chat_set_options(reckon_chat* chat, const reckon_options* options,
                                                 reckon_error** error);

/* ---- Messages -----------------------------------------------------------------------------------------------------
 */

/* A message, as templates see it. On the way in, sizes may be RECKON_NUL_TERMINATED; on the way out, strings have a NUL
 * behind them. An assistant's message holds its reasoning in the form that the template knows: between <think> marks in
 * the content, in reasoning, or not at all. */
typedef struct reckon_message {
  uint32_t struct_size;
  uint32_t reserved;
  const char* role; /* "system", "user", "assistant" or "tool"; not NULL */
  uint64_t role_size;
  const char* content; /* NULL: none, as in an answer that only calls tools */
  uint64_t content_size;
  const char* reasoning; /* for templates that take it apart from the content; "" or NULL: not given */
  uint64_t reasoning_size;
  const char* tool_calls_json; /* an array as in OpenAI's API; "" or NULL: none */
  uint64_t tool_calls_json_size;
  const char* extra_json; /* other members, as a JSON object; "" or NULL: none */
  uint64_t extra_json_size;
} reckon_message;

/* The message `index`, from 0, the system message among them; reckon_chat_get_info tells how many there are. Strings
 * are valid until the next call with the chat that is not passed as const. RECKON_OUT_OF_RANGE past the end. */
RECKON_API reckon_status reckon_chat_get_message(const reckon_chat* chat, size_t index, reckon_message* out_message,
                                                 reckon_error** error);
/* Adds a message without answering. */
RECKON_API reckon_status reckon_chat_append(reckon_chat* chat, const reckon_message* message, reckon_error** error);
/* Replaces a message. RECKON_OUT_OF_RANGE past the end. */
RECKON_API reckon_status reckon_chat_edit(reckon_chat* chat, size_t index, const reckon_message* message,
                                          reckon_error** error);
/* Forgets all messages from `count` on. RECKON_OUT_OF_RANGE past the end. */
RECKON_API reckon_status reckon_chat_truncate(reckon_chat* chat, size_t count, reckon_error** error);
/* The system message from the next turn on; "": none. */
RECKON_API reckon_status reckon_chat_set_system(reckon_chat* chat, const char* text, size_t text_size,
                                                reckon_error** error);
/* pinned: 1, or 0. A pinned message is never left out, and neither is the turn that it belongs to. RECKON_OUT_OF_RANGE
 * past the end. */
RECKON_API reckon_status reckon_chat_pin(reckon_chat* chat, size_t index, int32_t pinned, reckon_error** error);

/* The summary of what is not seen any more; empty: there is none. A string out. */
RECKON_API reckon_status reckon_chat_get_summary(const reckon_chat* chat, char* buffer, size_t capacity,
                                                 size_t* out_size, reckon_error** error);
/* The prompt that the next answer would begin from, all messages included. add_generation_prompt: 1 ends it where the
 * answer begins, or 0. A string out. RECKON_INVALID_ARGUMENT if the template refuses the conversation. */
RECKON_API reckon_status reckon_chat_prompt(reckon_chat* chat, int32_t add_generation_prompt, char* buffer,
                                            size_t capacity, size_t* out_size, reckon_error** error);

typedef struct reckon_chat_info {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t messages;
  int64_t context_tokens; /* in the cache now */
  int64_t max_context;    /* tokens */
  int64_t memory_bytes;   /* cache blocks (shared ones count in full), scratch, documents with their index */
} reckon_chat_info;

RECKON_API reckon_status reckon_chat_get_info(const reckon_chat* chat, reckon_chat_info* out_info,
                                              reckon_error** error);

/* ---- Documents ----------------------------------------------------------------------------------------------------
 */

/* Adds a document to look things up in: UTF-8 text, plain or Markdown, of any length. It is cut at headings, between
 * paragraphs and behind sentences, and indexed by its words (BM25; Chinese and Japanese by pairs of characters). The
 * passages that fit a question best stand in front of it for one turn. Forks share documents; reckon_chat_save does not
 * keep them. RECKON_INVALID_ARGUMENT if there is no text. */
RECKON_API reckon_status reckon_chat_attach(reckon_chat* chat, const char* name, size_t name_size, const char* text,
                                            size_t text_size, reckon_error** error);

/* Valid during the callback. Ends with another answer than RECKON_CONTINUE; the call returns RECKON_OK then. */
typedef reckon_action (*reckon_passage_fn)(void* user, const reckon_passage* passage);

/* The passages that this question would be given, one by one in the documents' order. user: or NULL. */
RECKON_API reckon_status reckon_chat_find(reckon_chat* chat, const char* question, size_t question_size,
                                          reckon_passage_fn on_passage, void* user, reckon_error** error);

/* ---- On disk ------------------------------------------------------------------------------------------------------
 */

/* Writes messages, pins, summary and cache to a file, so that at every moment, a crash or power failure included, the
 * file is whole: the earlier one or this one. Readable by its owner only. The random numbers are not kept. One chat may
 * save to a file at a time.
 * Errors: RECKON_NOT_FOUND (no such folder), RECKON_PERMISSION_DENIED, RECKON_RESOURCE_EXHAUSTED (the disk is full). */
RECKON_API reckon_status reckon_chat_save(reckon_chat* chat, const char* path, size_t path_size, reckon_error** error);

/* Puts a saved conversation in the place of this one; options stay. The next turn reads its new text alone.
 * Errors: RECKON_NOT_FOUND; RECKON_INVALID_ARGUMENT (damaged, or no saved chat); RECKON_FAILED_PRECONDITION (saved with
 * another model or with other formats in memory, or by a newer version). The chat is then as it was. */
RECKON_API reckon_status reckon_chat_restore(reckon_chat* chat, const char* path, size_t path_size,
                                             reckon_error** error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* RECKON_C_CHAT_H_ */
