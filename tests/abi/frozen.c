/* The numbers and layouts of the C ABI, written down a second time: whoever changes one in reckon_c.h breaks programs
 * that were compiled before, and this file does not compile. New ones are added here; nothing is ever edited. Layouts
 * are those of 64-bit platforms. */
#include "reckon_c.h"

#define FROZEN(name, condition) typedef char frozen_##name[(condition) ? 1 : -1]
#define FROZEN_VALUE(name, value) FROZEN(name, (name) == (value))
#define FROZEN_SIZE(type, size) FROZEN(size_of_##type, sizeof(void*) != 8 || sizeof(type) == (size))
#define FROZEN_OFFSET(type, member, offset) \
  FROZEN(type##_##member, sizeof(void*) != 8 || offsetof(type, member) == (offset))

FROZEN_VALUE(RECKON_OK, 0);
FROZEN_VALUE(RECKON_CANCELLED, 1);
FROZEN_VALUE(RECKON_UNKNOWN, 2);
FROZEN_VALUE(RECKON_INVALID_ARGUMENT, 3);
FROZEN_VALUE(RECKON_DEADLINE_EXCEEDED, 4);
FROZEN_VALUE(RECKON_NOT_FOUND, 5);
FROZEN_VALUE(RECKON_ALREADY_EXISTS, 6);
FROZEN_VALUE(RECKON_PERMISSION_DENIED, 7);
FROZEN_VALUE(RECKON_RESOURCE_EXHAUSTED, 8);
FROZEN_VALUE(RECKON_FAILED_PRECONDITION, 9);
FROZEN_VALUE(RECKON_ABORTED, 10);
FROZEN_VALUE(RECKON_OUT_OF_RANGE, 11);
FROZEN_VALUE(RECKON_UNIMPLEMENTED, 12);
FROZEN_VALUE(RECKON_INTERNAL, 13);
FROZEN_VALUE(RECKON_UNAVAILABLE, 14);
FROZEN_VALUE(RECKON_DATA_LOSS, 15);
FROZEN_VALUE(RECKON_UNAUTHENTICATED, 16);
FROZEN_VALUE(RECKON_DETAIL_NEEDED_BYTES, 1);
FROZEN_VALUE(RECKON_DETAIL_LIMIT_BYTES, 2);
FROZEN_VALUE(RECKON_DETAIL_MAX_CONTEXT_THAT_FITS, 3);
FROZEN_VALUE(RECKON_DETAIL_TOKEN_INDEX, 4);
FROZEN_VALUE(RECKON_OPTION_WEIGHTS, 100);
FROZEN_VALUE(RECKON_OPTION_KV_CACHE, 101);
FROZEN_VALUE(RECKON_OPTION_THREADS, 102);
FROZEN_VALUE(RECKON_OPTION_MEMORY_LIMIT_BYTES, 103);
FROZEN_VALUE(RECKON_OPTION_ISA, 104);
FROZEN_VALUE(RECKON_OPTION_MAX_CONTEXT, 200);
FROZEN_VALUE(RECKON_OPTION_PREFILL_CHUNK, 201);
FROZEN_VALUE(RECKON_OPTION_TEMPERATURE, 300);
FROZEN_VALUE(RECKON_OPTION_TOP_K, 301);
FROZEN_VALUE(RECKON_OPTION_TOP_P, 302);
FROZEN_VALUE(RECKON_OPTION_MIN_P, 303);
FROZEN_VALUE(RECKON_OPTION_TYPICAL_P, 304);
FROZEN_VALUE(RECKON_OPTION_REPETITION_PENALTY, 305);
FROZEN_VALUE(RECKON_OPTION_PRESENCE_PENALTY, 306);
FROZEN_VALUE(RECKON_OPTION_FREQUENCY_PENALTY, 307);
FROZEN_VALUE(RECKON_OPTION_PENALTY_WINDOW, 308);
FROZEN_VALUE(RECKON_OPTION_DRY_MULTIPLIER, 309);
FROZEN_VALUE(RECKON_OPTION_DRY_BASE, 310);
FROZEN_VALUE(RECKON_OPTION_DRY_ALLOWED_LENGTH, 311);
FROZEN_VALUE(RECKON_OPTION_XTC_PROBABILITY, 312);
FROZEN_VALUE(RECKON_OPTION_XTC_THRESHOLD, 313);
FROZEN_VALUE(RECKON_OPTION_SEED, 314);
FROZEN_VALUE(RECKON_OPTION_DRY_BREAKER, 315);
FROZEN_VALUE(RECKON_OPTION_MAX_TOKENS, 400);
FROZEN_VALUE(RECKON_OPTION_STOP_STRING, 401);
FROZEN_VALUE(RECKON_OPTION_STOP_TOKEN, 402);
FROZEN_VALUE(RECKON_OPTION_IGNORE_EOS, 403);
FROZEN_VALUE(RECKON_OPTION_SKIP_SPECIAL, 404);
FROZEN_VALUE(RECKON_OPTION_ADD_GENERATION_PROMPT, 500);
FROZEN_VALUE(RECKON_OPTION_TOOLS_JSON, 501);
FROZEN_VALUE(RECKON_OPTION_TEMPLATE_VARIABLES_JSON, 502);
FROZEN_VALUE(RECKON_OPTION_TEMPLATE_NAME, 503);
FROZEN_VALUE(RECKON_TYPE_I64, 1);
FROZEN_VALUE(RECKON_TYPE_F64, 2);
FROZEN_VALUE(RECKON_TYPE_STR, 3);
FROZEN_VALUE(RECKON_MODEL_NAME, 1);
FROZEN_VALUE(RECKON_MODEL_FORMAT, 2);
FROZEN_VALUE(RECKON_MODEL_ARCHITECTURE, 3);
FROZEN_VALUE(RECKON_MODEL_WEIGHTS, 4);
FROZEN_VALUE(RECKON_MODEL_ISA, 5);
FROZEN_VALUE(RECKON_MODEL_CHAT_TEMPLATE, 6);
FROZEN_VALUE(RECKON_ENCODE_ADD_SPECIAL, 1);
FROZEN_VALUE(RECKON_ENCODE_PARSE_SPECIAL, 2);
FROZEN_VALUE(RECKON_CONTINUE, 0);
FROZEN_VALUE(RECKON_STOP, 1);
FROZEN_VALUE(RECKON_CANCEL, 2);
FROZEN_VALUE(RECKON_FINISH_STOP_TOKEN, 0);
FROZEN_VALUE(RECKON_FINISH_STOP_STRING, 1);
FROZEN_VALUE(RECKON_FINISH_MAX_TOKENS, 2);
FROZEN_VALUE(RECKON_FINISH_CONTEXT_FULL, 3);
FROZEN_VALUE(RECKON_FINISH_CALLBACK_STOP, 4);
FROZEN_VALUE(RECKON_ABI_VERSION, 1);
FROZEN_VALUE(RECKON_MIN_STACK_BYTES, 262144);
FROZEN(nul_terminated, RECKON_NUL_TERMINATED == SIZE_MAX);
FROZEN(reckon_status_size, sizeof(reckon_status) == 4);
FROZEN(reckon_token_size, sizeof(reckon_token) == 4);
FROZEN(reckon_detail_size, sizeof(reckon_detail) == 4);
FROZEN(reckon_option_size, sizeof(reckon_option) == 4);
FROZEN(reckon_type_size, sizeof(reckon_type) == 4);
FROZEN(reckon_model_text_key_size, sizeof(reckon_model_text_key) == 4);
FROZEN(reckon_encode_flags_size, sizeof(reckon_encode_flags) == 4);
FROZEN(reckon_action_size, sizeof(reckon_action) == 4);
FROZEN(reckon_finish_reason_size, sizeof(reckon_finish_reason) == 4);
FROZEN(status_is_signed, (reckon_status)-1 < 0);
FROZEN(flags_are_unsigned, (reckon_encode_flags)-1 > 0);

FROZEN_SIZE(reckon_option_info, 96);
FROZEN_OFFSET(reckon_option_info, struct_size, 0);
FROZEN_OFFSET(reckon_option_info, option, 4);
FROZEN_OFFSET(reckon_option_info, type, 8);
FROZEN_OFFSET(reckon_option_info, repeatable, 12);
FROZEN_OFFSET(reckon_option_info, min_i64, 16);
FROZEN_OFFSET(reckon_option_info, max_i64, 24);
FROZEN_OFFSET(reckon_option_info, default_i64, 32);
FROZEN_OFFSET(reckon_option_info, min_f64, 40);
FROZEN_OFFSET(reckon_option_info, max_f64, 48);
FROZEN_OFFSET(reckon_option_info, default_f64, 56);
FROZEN_OFFSET(reckon_option_info, default_str, 64);
FROZEN_OFFSET(reckon_option_info, choices, 72);
FROZEN_OFFSET(reckon_option_info, name, 80);
FROZEN_OFFSET(reckon_option_info, doc, 88);

FROZEN_SIZE(reckon_watch, 32);
FROZEN_OFFSET(reckon_watch, struct_size, 0);
FROZEN_OFFSET(reckon_watch, reserved, 4);
FROZEN_OFFSET(reckon_watch, cancel, 8);
FROZEN_OFFSET(reckon_watch, progress, 16);
FROZEN_OFFSET(reckon_watch, user, 24);

FROZEN_SIZE(reckon_file, 48);
FROZEN_OFFSET(reckon_file, struct_size, 0);
FROZEN_OFFSET(reckon_file, reserved, 4);
FROZEN_OFFSET(reckon_file, name, 8);
FROZEN_OFFSET(reckon_file, size, 16);
FROZEN_OFFSET(reckon_file, data, 24);
FROZEN_OFFSET(reckon_file, read_at, 32);
FROZEN_OFFSET(reckon_file, user, 40);

FROZEN_SIZE(reckon_model_info, 96);
FROZEN_OFFSET(reckon_model_info, struct_size, 0);
FROZEN_OFFSET(reckon_model_info, tie_word_embeddings, 4);
FROZEN_OFFSET(reckon_model_info, vocab_size, 8);
FROZEN_OFFSET(reckon_model_info, hidden_size, 16);
FROZEN_OFFSET(reckon_model_info, intermediate_size, 24);
FROZEN_OFFSET(reckon_model_info, num_hidden_layers, 32);
FROZEN_OFFSET(reckon_model_info, num_attention_heads, 40);
FROZEN_OFFSET(reckon_model_info, num_key_value_heads, 48);
FROZEN_OFFSET(reckon_model_info, head_dim, 56);
FROZEN_OFFSET(reckon_model_info, max_position_embeddings, 64);
FROZEN_OFFSET(reckon_model_info, parameters, 72);
FROZEN_OFFSET(reckon_model_info, weight_bytes, 80);
FROZEN_OFFSET(reckon_model_info, weight_bytes_per_token, 88);

FROZEN_SIZE(reckon_memory_plan, 80);
FROZEN_OFFSET(reckon_memory_plan, struct_size, 0);
FROZEN_OFFSET(reckon_memory_plan, reserved, 4);
FROZEN_OFFSET(reckon_memory_plan, weight_bytes, 8);
FROZEN_OFFSET(reckon_memory_plan, kv_bytes_per_token, 16);
FROZEN_OFFSET(reckon_memory_plan, kv_bytes, 24);
FROZEN_OFFSET(reckon_memory_plan, scratch_bytes, 32);
FROZEN_OFFSET(reckon_memory_plan, load_bytes, 40);
FROZEN_OFFSET(reckon_memory_plan, tokenizer_bytes, 48);
FROZEN_OFFSET(reckon_memory_plan, total_bytes, 56);
FROZEN_OFFSET(reckon_memory_plan, context_tokens, 64);
FROZEN_OFFSET(reckon_memory_plan, max_context_that_fits, 72);

FROZEN_SIZE(reckon_tokenizer_info, 24);
FROZEN_OFFSET(reckon_tokenizer_info, struct_size, 0);
FROZEN_OFFSET(reckon_tokenizer_info, bos, 4);
FROZEN_OFFSET(reckon_tokenizer_info, eos, 8);
FROZEN_OFFSET(reckon_tokenizer_info, pad, 12);
FROZEN_OFFSET(reckon_tokenizer_info, vocab_size, 16);

FROZEN_SIZE(reckon_generate_result, 32);
FROZEN_OFFSET(reckon_generate_result, struct_size, 0);
FROZEN_OFFSET(reckon_generate_result, finish_reason, 4);
FROZEN_OFFSET(reckon_generate_result, tokens, 8);
FROZEN_OFFSET(reckon_generate_result, first_token_seconds, 16);
FROZEN_OFFSET(reckon_generate_result, decode_seconds, 24);

FROZEN_SIZE(reckon_session_info, 32);
FROZEN_OFFSET(reckon_session_info, struct_size, 0);
FROZEN_OFFSET(reckon_session_info, reserved, 4);
FROZEN_OFFSET(reckon_session_info, length, 8);
FROZEN_OFFSET(reckon_session_info, max_context, 16);
FROZEN_OFFSET(reckon_session_info, memory_bytes, 24);
