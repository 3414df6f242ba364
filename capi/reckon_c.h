/*
 * Reckon's C ABI: small reasoning language models inside your program.
 *
 * This header is the manual; conversations are in a second part, reckon_c_chat.h. It is C99 and later, and C++; it
 * needs nothing but itself and libreckon.so.1.
 *
 *   reckon_model *model = NULL;
 *   reckon_error *error = NULL;
 *   reckon_status status = reckon_model_open("DeepSeek-R1-Distill-Qwen-1.5B", RECKON_NUL_TERMINATED,
 *                                            NULL, NULL, &model, &error);
 *   if (status != RECKON_OK) {
 *     show(reckon_error_message(error));
 *     reckon_error_free(error);
 *   }
 *
 * CONVENTIONS
 *
 * Objects are opaque. An object that a function gives through an `out_` parameter is the caller's, to be given back
 * with the function that its type's section names. Objects may be given back in any order: what one needs of another it
 * keeps alive itself. Giving back NULL does nothing. There is no library to initialise and none to shut down.
 *
 * Every function that can fail returns a reckon_status and takes, last, a reckon_error **. That may be NULL. On failure
 * it gets an object with the code, a message for a person and details for a program, to be freed with
 * reckon_error_free; on success, NULL. Pointer results are NULL after a failure, other results are left alone. A NULL
 * for a parameter that is not marked "or NULL" is RECKON_INVALID_ARGUMENT, never a crash; strings and arrays of length
 * 0 may be NULL. Any function may return RECKON_RESOURCE_EXHAUSTED when memory runs out, also where that is not
 * mentioned.
 *
 * Threads: an object passed as `const T *` may be used by any number of threads at once; one passed as `T *` by one
 * thread at a time. A call into a session, chat, sampler or stream that is busy in another call returns
 * RECKON_FAILED_PRECONDITION and does nothing. Nothing is bound to the thread that made it. A thread needs
 * RECKON_MIN_STACK_BYTES of stack for any call. Calls are not ended by pthread_cancel: it takes effect when they
 * return; use a reckon_cancel.
 *
 * Callbacks are called on the thread that made the call, before it returns. They must not throw or longjmp. A call from
 * a callback into the session, chat or sampler at work returns RECKON_FAILED_PRECONDITION; other objects may be used.
 *
 * Strings in are UTF-8 with a length in bytes; RECKON_NUL_TERMINATED as length measures up to the first NUL. Strings
 * out go into a buffer of the caller: *out_size gets the size of the whole string without NUL. If capacity is larger
 * than that, the string and a NUL are written. Else nothing is written, and the function returns RECKON_OK if capacity
 * was 0 (a query; the buffer may be NULL then) or RECKON_OUT_OF_RANGE. Arrays of tokens out follow the same rule, in
 * elements and without a NUL: they are written if capacity is at least their size.
 *
 * Structures begin with struct_size, which the caller sets to sizeof the structure as it was compiled. Later versions
 * add members at the end, fill only what fits, and take members that the caller does not have as 0. Members called
 * `reserved` are 0.
 *
 * The library does not print, abort, exit, throw, install signal handlers, change the locale, the rounding mode, the
 * umask, the working directory or the environment, and leaves no thread behind when the last object goes. After fork(),
 * the child may use and give back what the parent had, if no call was running in another thread; it computes on one
 * thread.
 *
 * "Since" gives the ABI version (reckon_abi_version) that brought a function; all without a note are of version 1.
 */
#ifndef RECKON_C_H_
#define RECKON_C_H_

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) && defined(RECKON_C_IMPLEMENTATION)
#define RECKON_API __declspec(dllexport)
#elif defined(_WIN32) && !defined(RECKON_C_STATIC)
#define RECKON_API __declspec(dllimport)
#elif defined(__GNUC__)
#define RECKON_API __attribute__((visibility("default")))
#else
#define RECKON_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The ABI that this header describes. Minor additions raise it; nothing is ever removed or changed under
 * libreckon.so.1. */
#define RECKON_ABI_VERSION 1

/* As a length: up to the first NUL. */
#define RECKON_NUL_TERMINATED SIZE_MAX

/* The stack, in bytes, that every function gets along with; callbacks need their own on top. */
#define RECKON_MIN_STACK_BYTES 262144

/* ---- Status -------------------------------------------------------------------------------------------------------
 */

/* The numbers are those of absl::StatusCode and gRPC, and frozen. */
typedef int32_t reckon_status;
enum {
  RECKON_OK = 0,
  RECKON_CANCELLED = 1, /* a cancel object was triggered, or a callback answered RECKON_CANCEL */
  RECKON_UNKNOWN = 2,
  RECKON_INVALID_ARGUMENT = 3, /* a parameter, a damaged file, a contradiction in a configuration */
  RECKON_DEADLINE_EXCEEDED = 4,
  RECKON_NOT_FOUND = 5, /* a file, a tensor */
  RECKON_ALREADY_EXISTS = 6,
  RECKON_PERMISSION_DENIED = 7,
  RECKON_RESOURCE_EXHAUSTED = 8,  /* memory, a memory limit, the context is full */
  RECKON_FAILED_PRECONDITION = 9, /* the session is empty or in use by another thread; the model has no tokenizer */
  RECKON_ABORTED = 10,
  RECKON_OUT_OF_RANGE = 11,  /* a position past the end; a buffer that is too small */
  RECKON_UNIMPLEMENTED = 12, /* a format, type or architecture that is known and not supported */
  RECKON_INTERNAL = 13,      /* a bug in Reckon; please report it */
  RECKON_UNAVAILABLE = 14,
  RECKON_DATA_LOSS = 15,
  RECKON_UNAUTHENTICATED = 16
};

/* ---- Objects ------------------------------------------------------------------------------------------------------
 */

typedef struct reckon_error reckon_error;
typedef struct reckon_options reckon_options;
typedef struct reckon_model reckon_model;         /* counted: reckon_model_retain, reckon_model_release */
typedef struct reckon_tokenizer reckon_tokenizer; /* counted: reckon_tokenizer_retain, reckon_tokenizer_release */
typedef struct reckon_stream reckon_stream;
typedef struct reckon_sampler reckon_sampler;
typedef struct reckon_session reckon_session;
typedef struct reckon_cancel reckon_cancel; /* counted: reckon_cancel_retain, reckon_cancel_release */

/* A token's number in the vocabulary. */
typedef int32_t reckon_token;

/* ---- Library ------------------------------------------------------------------------------------------------------
 */

/* The ABI version of the library that is loaded; at least RECKON_ABI_VERSION of the header, or do not use it. */
RECKON_API uint32_t reckon_abi_version(void);

/* The release, such as "0.1.0". Static. */
RECKON_API const char* reckon_version_string(void);

/* What the library would compute with here: the instruction set and the number of threads, as
 * "avx512_bf16, 8 threads". A string out. */
RECKON_API reckon_status reckon_cpu_describe(char* buffer, size_t capacity, size_t* out_size, reckon_error** error);

/* ---- Errors -------------------------------------------------------------------------------------------------------
 */

/* Errors do not change once made; all functions here but the last take them on any thread. With NULL: RECKON_OK, "". */
RECKON_API reckon_status reckon_error_code(const reckon_error* error);

/* What failed, where, and what to do. NUL-terminated; valid as long as the error. */
RECKON_API const char* reckon_error_message(const reckon_error* error);

/* Details for programs. Numbers are frozen. */
typedef int32_t reckon_detail;
enum {
  RECKON_DETAIL_NEEDED_BYTES = 1,          /* i64, RESOURCE_EXHAUSTED: what would have been needed */
  RECKON_DETAIL_LIMIT_BYTES = 2,           /* i64, RESOURCE_EXHAUSTED: the limit that stood against it */
  RECKON_DETAIL_MAX_CONTEXT_THAT_FITS = 3, /* i64, RESOURCE_EXHAUSTED: tokens; 0: none */
  RECKON_DETAIL_TOKEN_INDEX = 4 /* i64, INVALID_ARGUMENT: which token of the array is not in the vocabulary */
};

/* RECKON_NOT_FOUND if the error has no such detail (or is NULL); *out_value is then left alone. */
RECKON_API reckon_status reckon_error_detail_i64(const reckon_error* error, reckon_detail detail, int64_t* out_value);

/* `error` or NULL. */
RECKON_API void reckon_error_free(reckon_error* error);

/* ---- Options ------------------------------------------------------------------------------------------------------
 */

/*
 * One set of options serves every function that takes options: each looks at the keys of its own kind and ignores the
 * others, and NULL means all defaults. Options are read during the call; later changes have no effect on what was made
 * with them. Setting a key again replaces its value, except where each call adds one. Keys are frozen; new options are
 * new keys. reckon_option_get_info tells type, range, default and meaning of each.
 */
typedef int32_t reckon_option;
enum {
  /* Opening a model. */
  RECKON_OPTION_WEIGHTS = 100,            /* str: "auto", "f32", "bf16", "q8", "q4" */
  RECKON_OPTION_KV_CACHE = 101,           /* str: "auto", "f32", "bf16", "q8" */
  RECKON_OPTION_THREADS = 102,            /* i64: 0 is as many as the process may use */
  RECKON_OPTION_MEMORY_LIMIT_BYTES = 103, /* i64: 0 is none */
  RECKON_OPTION_ISA = 104,                /* str: "" is the best, or RECKON_ISA from the environment */

  /* Making a session. */
  RECKON_OPTION_MAX_CONTEXT = 200,   /* i64: 0 is the model's, or what the memory limit leaves */
  RECKON_OPTION_PREFILL_CHUNK = 201, /* i64 */

  /* Making a sampler. */
  RECKON_OPTION_TEMPERATURE = 300,        /* f64: 0 is greedy */
  RECKON_OPTION_TOP_K = 301,              /* i64: 0 is off */
  RECKON_OPTION_TOP_P = 302,              /* f64: 1 is off */
  RECKON_OPTION_MIN_P = 303,              /* f64: 0 is off */
  RECKON_OPTION_TYPICAL_P = 304,          /* f64: 1 is off */
  RECKON_OPTION_REPETITION_PENALTY = 305, /* f64: 1 is off */
  RECKON_OPTION_PRESENCE_PENALTY = 306,   /* f64: 0 is off */
  RECKON_OPTION_FREQUENCY_PENALTY = 307,  /* f64: 0 is off */
  RECKON_OPTION_PENALTY_WINDOW = 308,     /* i64: -1 is all */
  RECKON_OPTION_DRY_MULTIPLIER = 309,     /* f64: 0 is off */
  RECKON_OPTION_DRY_BASE = 310,           /* f64 */
  RECKON_OPTION_DRY_ALLOWED_LENGTH = 311, /* i64 */
  RECKON_OPTION_XTC_PROBABILITY = 312,    /* f64: 0 is off */
  RECKON_OPTION_XTC_THRESHOLD = 313,      /* f64 */
  RECKON_OPTION_SEED = 314,               /* i64 */
  RECKON_OPTION_DRY_BREAKER = 315,        /* i64, a token; each call of reckon_options_set_i64 adds one */

  /* Generating. */
  RECKON_OPTION_MAX_TOKENS = 400,   /* i64: -1 is until the context is full */
  RECKON_OPTION_STOP_STRING = 401,  /* str; each call of reckon_options_set_str adds one */
  RECKON_OPTION_STOP_TOKEN = 402,   /* i64; each call of reckon_options_set_i64 adds one */
  RECKON_OPTION_IGNORE_EOS = 403,   /* i64: 0 or 1 */
  RECKON_OPTION_SKIP_SPECIAL = 404, /* i64: 0 or 1 */

  /* Rendering a chat template. */
  RECKON_OPTION_ADD_GENERATION_PROMPT = 500,   /* i64: 0 or 1 */
  RECKON_OPTION_TOOLS_JSON = 501,              /* str: a JSON array, or "" */
  RECKON_OPTION_TEMPLATE_VARIABLES_JSON = 502, /* str: a JSON object, or "" */
  RECKON_OPTION_TEMPLATE_NAME = 503            /* str: "" is the default one */
};

typedef int32_t reckon_type;
enum { RECKON_TYPE_I64 = 1, RECKON_TYPE_F64 = 2, RECKON_TYPE_STR = 3 };

/* What an option is. Strings are static. */
typedef struct reckon_option_info {
  uint32_t struct_size;
  reckon_option option;
  reckon_type type;
  int32_t repeatable; /* 1: each setting adds a value */
  int64_t min_i64;    /* RECKON_TYPE_I64: the range, ends included, and the default */
  int64_t max_i64;
  int64_t default_i64;
  double min_f64; /* RECKON_TYPE_F64 */
  double max_f64;
  double default_f64;
  const char* default_str; /* RECKON_TYPE_STR */
  const char* choices;     /* RECKON_TYPE_STR: the allowed values with a space between them; "" for any string */
  const char* name;        /* "top_p" */
  const char* doc;         /* one sentence */
} reckon_option_info;

RECKON_API reckon_status reckon_options_new(reckon_options** out_options, reckon_error** error);
RECKON_API void reckon_options_free(reckon_options* options);

/* RECKON_INVALID_ARGUMENT for an unknown key, a key of another type, or a value out of its range. What depends on a
 * model (a token outside of its vocabulary, a context longer than its own) is found when the options are used. */
RECKON_API reckon_status reckon_options_set_i64(reckon_options* options, reckon_option option, int64_t value,
                                                reckon_error** error);
RECKON_API reckon_status reckon_options_set_f64(reckon_options* options, reckon_option option, double value,
                                                reckon_error** error);
RECKON_API reckon_status reckon_options_set_str(reckon_options* options, reckon_option option, const char* value,
                                                size_t value_size, reckon_error** error);

/* For samplers: adds `bias` to the logit of a token; -INFINITY forbids it. Values for the same token add up.
 * RECKON_INVALID_ARGUMENT for NaN and +INFINITY. */
RECKON_API reckon_status reckon_options_add_logit_bias(reckon_options* options, reckon_token token, float bias,
                                                       reckon_error** error);

/* How many options there are, and each of them: index from 0. RECKON_OUT_OF_RANGE past the end. */
RECKON_API size_t reckon_option_count(void);
RECKON_API reckon_status reckon_option_get_info(size_t index, reckon_option_info* out_info, reckon_error** error);

/* ---- Cancelling ---------------------------------------------------------------------------------------------------
 */

/*
 * A flag of its own, so that it can be triggered from any thread at any time, also when the work it was meant for has
 * ended or its session is gone. Work looks at it between matrix products: a prompt of any length ends within a fraction
 * of a second. Triggering may be done in a signal handler.
 */
RECKON_API reckon_status reckon_cancel_new(reckon_cancel** out_cancel, reckon_error** error);
/* Returns its argument. These and the ones below do nothing with NULL. */
RECKON_API reckon_cancel* reckon_cancel_retain(const reckon_cancel* cancel);
RECKON_API void reckon_cancel_release(reckon_cancel* cancel);
RECKON_API void reckon_cancel_trigger(const reckon_cancel* cancel);
/* Makes it fit for the next piece of work. */
RECKON_API void reckon_cancel_reset(const reckon_cancel* cancel);
RECKON_API int32_t reckon_cancel_is_triggered(const reckon_cancel* cancel); /* 0 or 1 */

/* ---- Models -------------------------------------------------------------------------------------------------------
 */

/* Progress of loading (bytes) or of reading a prompt (tokens). */
typedef void (*reckon_progress_fn)(void* user, int64_t done, int64_t total);

/* What a call may be watched and stopped with; NULL where it is taken means neither. */
typedef struct reckon_watch {
  uint32_t struct_size;
  uint32_t reserved;
  const reckon_cancel* cancel; /* or NULL */
  reckon_progress_fn progress; /* or NULL */
  void* user;                  /* for progress */
} reckon_watch;

/* Reads `size` bytes at `offset`, all inside of the file. Returns RECKON_OK, or the code that the call at work fails
 * with. */
typedef reckon_status (*reckon_read_fn)(void* user, uint64_t offset, void* buffer, size_t size);

/* One file of a checkpoint that is not on disk (encrypted, in an archive, in an app's assets): data or read_at, not
 * both. In an array, struct_size is the same for all elements. */
typedef struct reckon_file {
  uint32_t struct_size;
  uint32_t reserved;
  const char* name;       /* as it would be in the checkpoint's folder: "config.json", "model.gguf"; NUL-terminated */
  uint64_t size;          /* in bytes */
  const void* data;       /* size bytes that stay alive and unchanged as long as the model, or NULL */
  reckon_read_fn read_at; /* or NULL. Never two calls at once; on threads that open the model or run a session of it */
  void* user;             /* for read_at */
} reckon_file;

/* Opens a checkpoint: a folder as published on model hubs, a .gguf file, or a .safetensors file in its folder. Checks
 * it against its architecture and packs the weights in the format of RECKON_OPTION_WEIGHTS. options, watch: or NULL.
 * Takes seconds for large models; peak memory is the result plus one tensor.
 * Errors: RECKON_NOT_FOUND, RECKON_INVALID_ARGUMENT (damaged or contradictory; the message names file, key or tensor),
 * RECKON_UNIMPLEMENTED (an architecture or type that is not read), RECKON_RESOURCE_EXHAUSTED (the memory limit, with
 * details), RECKON_CANCELLED. */
RECKON_API reckon_status reckon_model_open(const char* path, size_t path_size, const reckon_options* options,
                                           const reckon_watch* watch, reckon_model** out_model, reckon_error** error);

/* The same for files that the caller holds or reads. The array and its strings are needed during the call only. */
RECKON_API reckon_status reckon_model_open_files(const reckon_file* files, size_t files_count,
                                                 const reckon_options* options, const reckon_watch* watch,
                                                 reckon_model** out_model, reckon_error** error);

/* Returns its argument, with one more reference. NULL: NULL. The model goes when its last reference and its last
 * session go. */
RECKON_API reckon_model* reckon_model_retain(const reckon_model* model);
RECKON_API void reckon_model_release(reckon_model* model);

/* The numbers of a model, named as in config.json. */
typedef struct reckon_model_info {
  uint32_t struct_size;
  int32_t tie_word_embeddings; /* 0 or 1 */
  int64_t vocab_size;
  int64_t hidden_size;
  int64_t intermediate_size;
  int64_t num_hidden_layers;
  int64_t num_attention_heads;
  int64_t num_key_value_heads;
  int64_t head_dim;
  int64_t max_position_embeddings;
  int64_t parameters;
  int64_t weight_bytes;           /* in memory, packed */
  int64_t weight_bytes_per_token; /* read from memory for each decoded token */
} reckon_model_info;

RECKON_API reckon_status reckon_model_get_info(const reckon_model* model, reckon_model_info* out_info,
                                               reckon_error** error);

typedef int32_t reckon_model_text_key;
enum {
  RECKON_MODEL_NAME = 1,         /* the path it came from */
  RECKON_MODEL_FORMAT = 2,       /* "safetensors", "GGUF v3" */
  RECKON_MODEL_ARCHITECTURE = 3, /* "qwen2" */
  RECKON_MODEL_WEIGHTS = 4,      /* "q4": as held in memory */
  RECKON_MODEL_ISA = 5,          /* "avx2" */
  RECKON_MODEL_CHAT_TEMPLATE = 6 /* Jinja; empty if there is none */
};

/* A string out. */
RECKON_API reckon_status reckon_model_get_text(const reckon_model* model, reckon_model_text_key key, char* buffer,
                                               size_t capacity, size_t* out_size, reckon_error** error);

/* The tokens that end an answer. An array out. */
RECKON_API reckon_status reckon_model_eos_tokens(const reckon_model* model, reckon_token* buffer, size_t capacity,
                                                 size_t* out_size, reckon_error** error);

/* Takes effect with the next operation, sessions at work included; below 1: as many as the process may use. */
RECKON_API reckon_status reckon_model_set_threads(const reckon_model* model, int32_t threads, reckon_error** error);

/* ---- Memory -------------------------------------------------------------------------------------------------------
 */

/* Bytes on the heap for one model with one session. Mapped files, whose pages the system can take back, are not
 * counted. */
typedef struct reckon_memory_plan {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t weight_bytes; /* packed linear layers, norms and biases */
  int64_t kv_bytes_per_token;
  int64_t kv_bytes;        /* the key/value cache at context_tokens, in whole blocks */
  int64_t scratch_bytes;   /* activations of the largest prefill chunk, and logits */
  int64_t load_bytes;      /* while opening only; smaller than what a session needs, so not in total_bytes */
  int64_t tokenizer_bytes; /* an estimate */
  int64_t total_bytes;     /* weights + cache + scratch + tokenizer */
  int64_t context_tokens;
  int64_t max_context_that_fits; /* tokens, under RECKON_OPTION_MEMORY_LIMIT_BYTES; 0: not even one */
} reckon_memory_plan;

/* What opening `path` with these options (or NULL), and a session of so many tokens, would take. Reads headers only.
 * context_tokens is taken as at least 1 and at most what the model can do. Errors: as reckon_model_open, but a plan
 * over the memory limit is not one. */
RECKON_API reckon_status reckon_plan_memory(const char* path, size_t path_size, const reckon_options* options,
                                            int64_t context_tokens, reckon_memory_plan* out_plan, reckon_error** error);
/* The same for files that the caller holds or reads. */
RECKON_API reckon_status reckon_plan_memory_files(const reckon_file* files, size_t files_count,
                                                  const reckon_options* options, int64_t context_tokens,
                                                  reckon_memory_plan* out_plan, reckon_error** error);
/* The same for an open model. */
RECKON_API reckon_status reckon_model_plan_memory(const reckon_model* model, int64_t context_tokens,
                                                  reckon_memory_plan* out_plan, reckon_error** error);

/* ---- Tokenizer ----------------------------------------------------------------------------------------------------
 */

/* The model's tokenizer; it does not keep the weights alive. RECKON_FAILED_PRECONDITION if the checkpoint has none. */
RECKON_API reckon_status reckon_model_tokenizer(const reckon_model* model, reckon_tokenizer** out_tokenizer,
                                                reckon_error** error);
RECKON_API reckon_tokenizer* reckon_tokenizer_retain(const reckon_tokenizer* tokenizer);
RECKON_API void reckon_tokenizer_release(reckon_tokenizer* tokenizer);

/* Special tokens that the tokenizer does not have are -1. */
typedef struct reckon_tokenizer_info {
  uint32_t struct_size;
  reckon_token bos;
  reckon_token eos;
  reckon_token pad;
  int64_t vocab_size; /* tokens are below it; the model's vocab_size may be larger (padding) */
} reckon_tokenizer_info;

RECKON_API reckon_status reckon_tokenizer_get_info(const reckon_tokenizer* tokenizer, reckon_tokenizer_info* out_info,
                                                   reckon_error** error);

/* Flags for encoding. */
typedef uint32_t reckon_encode_flags;
enum {
  RECKON_ENCODE_ADD_SPECIAL = 1,  /* put BOS (and what else the model expects) around the text, once */
  RECKON_ENCODE_PARSE_SPECIAL = 2 /* recognise special tokens written in the text; not for text from outside */
};

/* An array out. Time is linear in the text's length, of which RECKON_INVALID_ARGUMENT refuses more than 64 MiB. Bytes
 * that are not UTF-8 are read as U+FFFD. */
RECKON_API reckon_status reckon_tokenizer_encode(const reckon_tokenizer* tokenizer, const char* text, size_t text_size,
                                                 reckon_encode_flags flags, reckon_token* buffer, size_t capacity,
                                                 size_t* out_size, reckon_error** error);

/* A string out; bytes that are not UTF-8 become U+FFFD. skip_special: 0, or 1 to leave special tokens out. Errors:
 * RECKON_INVALID_ARGUMENT for a token outside of the vocabulary. */
RECKON_API reckon_status reckon_tokenizer_decode(const reckon_tokenizer* tokenizer, const reckon_token* tokens,
                                                 size_t tokens_count, int32_t skip_special, char* buffer,
                                                 size_t capacity, size_t* out_size, reckon_error** error);

/* The bytes that one token stands for; they need not be whole characters. A string out. */
RECKON_API reckon_status reckon_tokenizer_token_bytes(const reckon_tokenizer* tokenizer, reckon_token token,
                                                      char* buffer, size_t capacity, size_t* out_size,
                                                      reckon_error** error);

/* The token written exactly like this, such as "<think>"; RECKON_NOT_FOUND if there is none. */
RECKON_API reckon_status reckon_tokenizer_token_id(const reckon_tokenizer* tokenizer, const char* text,
                                                   size_t text_size, reckon_token* out_token, reckon_error** error);

/* Renders a conversation with the model's chat template. messages_json is an array of {"role", "content"} objects as in
 * OpenAI's API; options (or NULL): RECKON_OPTION_ADD_GENERATION_PROMPT and the others of its kind. A string out, to be
 * encoded with RECKON_ENCODE_PARSE_SPECIAL.
 * Errors: RECKON_FAILED_PRECONDITION if the model has no such template, RECKON_INVALID_ARGUMENT if JSON does not parse
 * or the template itself objects, RECKON_RESOURCE_EXHAUSTED if it takes more steps, memory or output than is allowed.
 */
RECKON_API reckon_status reckon_tokenizer_apply_chat_template(const reckon_tokenizer* tokenizer,
                                                              const char* messages_json, size_t messages_json_size,
                                                              const reckon_options* options, char* buffer,
                                                              size_t capacity, size_t* out_size, reckon_error** error);

/* Tokens to text, one at a time: never part of a character, never later than it is whole. */
RECKON_API reckon_status reckon_stream_new(const reckon_tokenizer* tokenizer, int32_t skip_special,
                                           reckon_stream** out_stream, reckon_error** error);
RECKON_API void reckon_stream_free(reckon_stream* stream);
/* The text that this token completes, possibly none, at *out_text: valid until the next call with this stream. */
RECKON_API reckon_status reckon_stream_push(reckon_stream* stream, reckon_token token, const char** out_text,
                                            size_t* out_size, reckon_error** error);
/* What is left at the end: U+FFFD for an incomplete character. */
RECKON_API reckon_status reckon_stream_flush(reckon_stream* stream, const char** out_text, size_t* out_size,
                                             reckon_error** error);

/* ---- Sampler ------------------------------------------------------------------------------------------------------
 */

/* From logits to a token: bias, penalties, DRY, temperature, top-k, typical, top-p, min-p, XTC, then one draw; the same
 * seed, options, logits and history give the same tokens. With a model (or NULL), starts from what the model's authors
 * recommend; options that were set replace that. options: or NULL. */
RECKON_API reckon_status reckon_sampler_new(const reckon_model* model, const reckon_options* options,
                                            reckon_sampler** out_sampler, reckon_error** error);
/* A second one with the same options, history and random state: it would go on with the same tokens. */
RECKON_API reckon_status reckon_sampler_clone(const reckon_sampler* sampler, reckon_sampler** out_sampler,
                                              reckon_error** error);
RECKON_API void reckon_sampler_free(reckon_sampler* sampler);

/* Tells the sampler about tokens of the text so far, for its penalties; tokens that it picked for a session it knows.
 */
RECKON_API reckon_status reckon_sampler_accept(reckon_sampler* sampler, const reckon_token* tokens, size_t tokens_count,
                                               reckon_error** error);
/* Forgets the newest `count` tokens of the history, to go with reckon_session_truncate. */
RECKON_API reckon_status reckon_sampler_rewind(reckon_sampler* sampler, size_t count, reckon_error** error);
/* Picks a token from any logits, for callers that compute or change them; does not add it to the history.
 * RECKON_INVALID_ARGUMENT if no token is possible or a logit is NaN. */
RECKON_API reckon_status reckon_sampler_sample(reckon_sampler* sampler, const float* logits, size_t logits_count,
                                               reckon_token* out_token, reckon_error** error);
/* Forgets the history and starts again from the seed. */
RECKON_API reckon_status reckon_sampler_reset(reckon_sampler* sampler, reckon_error** error);

/* ---- Session ------------------------------------------------------------------------------------------------------
 */

/*
 * A position in a sequence of tokens: what the model has read and written, with its key/value cache. Sessions of one
 * model may run at the same time. All calls are transactional: after a failure the session is as it was before.
 */

/* options: or NULL. RECKON_RESOURCE_EXHAUSTED, with details, over the model's memory limit. */
RECKON_API reckon_status reckon_session_new(const reckon_model* model, const reckon_options* options,
                                            reckon_session** out_session, reckon_error** error);
RECKON_API void reckon_session_free(reckon_session* session);

/* Reads tokens. watch (or NULL): progress in tokens, cancel. Errors: RECKON_INVALID_ARGUMENT (a token outside of the
 * vocabulary, with its index), RECKON_RESOURCE_EXHAUSTED (the context is full), RECKON_CANCELLED. */
RECKON_API reckon_status reckon_session_append(reckon_session* session, const reckon_token* tokens, size_t tokens_count,
                                               const reckon_watch* watch, reckon_error** error);

/* Lets the sampler pick the next token and adds it to the sequence and to the sampler's history. cancel: or NULL.
 * Errors: RECKON_FAILED_PRECONDITION (nothing was appended yet), RECKON_RESOURCE_EXHAUSTED (the context is full),
 * RECKON_CANCELLED. */
RECKON_API reckon_status reckon_session_next(reckon_session* session, reckon_sampler* sampler,
                                             const reckon_cancel* cancel, reckon_token* out_token,
                                             reckon_error** error);

/* What a text callback answers. */
typedef int32_t reckon_action;
enum {
  RECKON_CONTINUE = 0,
  RECKON_STOP = 1,  /* end here, keep what was made; the call returns RECKON_OK */
  RECKON_CANCEL = 2 /* end here and put the session back; the call returns RECKON_CANCELLED */
};

/* Text as soon as it is certain: whole characters, valid during the callback; not NUL-terminated. */
typedef reckon_action (*reckon_text_fn)(void* user, const char* text, size_t text_size);

typedef int32_t reckon_finish_reason;
enum {
  RECKON_FINISH_STOP_TOKEN = 0,
  RECKON_FINISH_STOP_STRING = 1,
  RECKON_FINISH_MAX_TOKENS = 2,
  RECKON_FINISH_CONTEXT_FULL = 3,
  RECKON_FINISH_CALLBACK_STOP = 4
};

typedef struct reckon_generate_result {
  uint32_t struct_size;
  reckon_finish_reason finish_reason;
  int64_t tokens;             /* that were added to the session, the stop token included */
  double first_token_seconds; /* from the call to the first token */
  double decode_seconds;      /* from the first token to the last */
} reckon_generate_result;

/* Generates until a stop token, a stop string, the limit, or the callback ends it (the options' 400s). Stop strings are
 * not part of the text, also when they come in pieces. options, cancel, on_text, user, out_result: or NULL. Errors: as
 * reckon_session_next, and RECKON_FAILED_PRECONDITION if the model has no tokenizer. After an error the session and the
 * sampler's history are as before; its random state has moved on. */
RECKON_API reckon_status reckon_session_generate(reckon_session* session, reckon_sampler* sampler,
                                                 const reckon_options* options, const reckon_cancel* cancel,
                                                 reckon_text_fn on_text, void* user, reckon_generate_result* out_result,
                                                 reckon_error** error);

/* The logits behind the last token: *out_logits points at the model's vocab_size floats, valid until the next call with
 * the session. cancel: or NULL. RECKON_FAILED_PRECONDITION if the session is empty. */
RECKON_API reckon_status reckon_session_logits(reckon_session* session, const reckon_cancel* cancel,
                                               const float** out_logits, size_t* out_count, reckon_error** error);

/* ln P(tokens[i] | the sequence and tokens before i), into scores[0..tokens_count-1]; the session stays where it is.
 * NaN for the first token of an empty session. cancel: or NULL. */
RECKON_API reckon_status reckon_session_score(reckon_session* session, const reckon_token* tokens, size_t tokens_count,
                                              const reckon_cancel* cancel, float* scores, reckon_error** error);

/* Forgets the tokens at and past `length`. RECKON_OUT_OF_RANGE unless 0 <= length <= the session's. */
RECKON_API reckon_status reckon_session_truncate(reckon_session* session, int64_t length, reckon_error** error);

/* A second session at the same place; the cache is shared until one of the two writes. */
RECKON_API reckon_status reckon_session_fork(reckon_session* session, reckon_session** out_session,
                                             reckon_error** error);

/* The tokens so far. An array out. */
RECKON_API reckon_status reckon_session_tokens(const reckon_session* session, reckon_token* buffer, size_t capacity,
                                               size_t* out_size, reckon_error** error);

typedef struct reckon_session_info {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t length;       /* tokens */
  int64_t max_context;  /* tokens */
  int64_t memory_bytes; /* cache blocks and scratch; shared blocks count in full */
} reckon_session_info;

RECKON_API reckon_status reckon_session_get_info(const reckon_session* session, reckon_session_info* out_info,
                                                 reckon_error** error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* RECKON_C_H_ */
