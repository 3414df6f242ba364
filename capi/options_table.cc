#include "capi/options_table.h"

#include <cstdint>

#include "capi/reckon_c_chat.h"

namespace reckon::capi {
namespace {

constexpr int64_t kAny = INT64_MAX;
constexpr int64_t kAnyToken = INT32_MAX;

constexpr reckon_option_info I64(reckon_option option, const char* name, int64_t min, int64_t max, int64_t standard,
                                 const char* doc, bool repeatable = false) {
  return {0, option, RECKON_TYPE_I64, repeatable ? 1 : 0, min, max, standard, 0, 0, 0, "", "", name, doc};
}

constexpr reckon_option_info F64(reckon_option option, const char* name, double min, double max, double standard,
                                 const char* doc) {
  return {0, option, RECKON_TYPE_F64, 0, 0, 0, 0, min, max, standard, "", "", name, doc};
}

constexpr reckon_option_info Str(reckon_option option, const char* name, const char* choices, const char* standard,
                                 const char* doc, bool repeatable = false) {
  return {0, option, RECKON_TYPE_STR, repeatable ? 1 : 0, 0, 0, 0, 0, 0, 0, standard, choices, name, doc};
}

constexpr double kMaxFloat = 3.4028234663852886e38;
constexpr double kLeast = 1.1754943508222875e-38;  // the least normal float: "above 0"

// Ranges and defaults are those of the C++ options' structures; a test compares them.
constexpr reckon_option_info kOptions[] = {
    Str(RECKON_OPTION_WEIGHTS, "weights", "auto f32 bf16 q8 q4", "auto",
        "How weights are held in memory: auto keeps the type of the file, q8 takes 8.5 bits a weight, q4 4.5."),
    Str(RECKON_OPTION_KV_CACHE, "kv_cache", "auto f32 bf16 q8", "auto",
        "How keys and values of past tokens are held: auto is f32 with f32 weights, else bf16; q8 takes half of bf16."),
    I64(RECKON_OPTION_THREADS, "threads", 0, 1024, 0,
        "Threads that compute, the caller's included; 0 is as many as the process may use."),
    I64(RECKON_OPTION_MEMORY_LIMIT_BYTES, "memory_limit_bytes", 0, kAny, 0,
        "A ceiling for the heap memory of the model and each of its sessions together; 0 is none."),
    Str(RECKON_OPTION_ISA, "isa", "", "", "The instruction set, by name; empty is the best one."),
    I64(RECKON_OPTION_MAX_CONTEXT, "max_context", 0, kAny, 0,
        "The most tokens a session may hold; 0 is as many as the model and the memory limit allow."),
    I64(RECKON_OPTION_PREFILL_CHUNK, "prefill_chunk", 1, 65536, 512, "Tokens of a prompt that are computed at once."),
    F64(RECKON_OPTION_TEMPERATURE, "temperature", 0, kMaxFloat, 1, "Divides the logits; 0 is greedy."),
    I64(RECKON_OPTION_TOP_K, "top_k", 0, kAnyToken, 0, "Keeps the k most likely tokens; 0 is off."),
    F64(RECKON_OPTION_TOP_P, "top_p", 0, 1, 1, "Keeps the most likely tokens until they have this mass; 1 is off."),
    F64(RECKON_OPTION_MIN_P, "min_p", 0, 1, 0,
        "Keeps tokens at least this likely relative to the most likely one; 0 is off."),
    F64(RECKON_OPTION_TYPICAL_P, "typical_p", kLeast, 1, 1,
        "Keeps the tokens nearest to the expected surprise until they have this mass; 1 is off."),
    F64(RECKON_OPTION_REPETITION_PENALTY, "repetition_penalty", kLeast, kMaxFloat, 1,
        "Divides positive and multiplies negative logits of tokens seen before; 1 is off."),
    F64(RECKON_OPTION_PRESENCE_PENALTY, "presence_penalty", -100, 100, 0,
        "Subtracted once from every token seen before; 0 is off."),
    F64(RECKON_OPTION_FREQUENCY_PENALTY, "frequency_penalty", -100, 100, 0,
        "Subtracted for each time that a token was seen; 0 is off."),
    I64(RECKON_OPTION_PENALTY_WINDOW, "penalty_window", -1, kAnyToken, -1,
        "How many of the latest tokens count as seen; -1 is all, 0 none."),
    F64(RECKON_OPTION_DRY_MULTIPLIER, "dry_multiplier", 0, kMaxFloat, 0,
        "What extending a repetition of the allowed length costs; 0 is off."),
    F64(RECKON_OPTION_DRY_BASE, "dry_base", 1, kMaxFloat, 1.75, "How the cost grows with each token of a repetition."),
    I64(RECKON_OPTION_DRY_ALLOWED_LENGTH, "dry_allowed_length", 1, kAnyToken, 2,
        "The length from which extending a repetition costs something."),
    F64(RECKON_OPTION_XTC_PROBABILITY, "xtc_probability", 0, 1, 0,
        "How often the most likely tokens are dropped but for the last above the threshold; 0 is off."),
    F64(RECKON_OPTION_XTC_THRESHOLD, "xtc_threshold", 0, 1, 0.1, "From which probability XTC drops tokens."),
    I64(RECKON_OPTION_SEED, "seed", INT64_MIN, INT64_MAX, 0, "Where the random numbers start."),
    I64(RECKON_OPTION_DRY_BREAKER, "dry_breaker", 0, kAnyToken, 0,
        "A token that no repetition reaches across; each setting adds one, none are set at first.", true),
    I64(RECKON_OPTION_MAX_TOKENS, "max_tokens", -1, kAny, -1,
        "The most tokens to generate; -1: until the context is full."),
    Str(RECKON_OPTION_STOP_STRING, "stop_string", "", "",
        "Text that ends the answer and is no part of it; each setting adds one, none are set at first.", true),
    I64(RECKON_OPTION_STOP_TOKEN, "stop_token", 0, kAnyToken, 0,
        "A token that ends the answer, beside the model's own; each setting adds one, none are set at first.", true),
    I64(RECKON_OPTION_IGNORE_EOS, "ignore_eos", 0, 1, 0, "1 to go on past the tokens that end an answer."),
    I64(RECKON_OPTION_SKIP_SPECIAL, "skip_special", 0, 1, 1, "1 to leave special tokens out of the text."),
    I64(RECKON_OPTION_ADD_GENERATION_PROMPT, "add_generation_prompt", 0, 1, 1,
        "1 to end the prompt where the assistant's answer begins."),
    Str(RECKON_OPTION_TOOLS_JSON, "tools_json", "", "", "A JSON array of tools in OpenAI's form; empty is none."),
    Str(RECKON_OPTION_TEMPLATE_VARIABLES_JSON, "template_variables_json", "", "",
        "A JSON object of variables for the template, such as {\"enable_thinking\": false}."),
    Str(RECKON_OPTION_TEMPLATE_NAME, "template_name", "", "",
        "Which template of a model that has several; empty is the default one."),
    Str(RECKON_OPTION_SYSTEM, "system", "", "", "The system message of a chat; empty is none."),
    I64(RECKON_OPTION_REUSE_CACHE, "reuse_cache", 0, 1, 1,
        "0 to read every prompt of a chat from its first token on, for measurements."),
    I64(RECKON_OPTION_THINKING, "thinking", 0, 1, 1,
        "0 to answer without reasoning, by the template's switch or an empty <think></think>."),
    I64(RECKON_OPTION_THINKING_MAX_TOKENS, "thinking_max_tokens", -1, kAnyToken, -1,
        "The most tokens of reasoning, which is then closed; -1 is no limit but the answer's reserve."),
    I64(RECKON_OPTION_THINKING_SOFT_MAX_TOKENS, "thinking_soft_max_tokens", -1, kAnyToken, -1,
        "The tokens of reasoning from which on its end becomes more likely; -1 is never."),
    F64(RECKON_OPTION_THINKING_NUDGE, "thinking_nudge", 0, kMaxFloat, 8,
        "What is added to the logit of </think> at the most tokens of reasoning, and growing towards it before."),
    I64(RECKON_OPTION_ANSWER_RESERVE, "answer_reserve", -1, kAnyToken, -1,
        "Reasoning is closed while this many tokens are left; -1 is a quarter of what there is, at most 512."),
    I64(RECKON_OPTION_LOOP_GUARD, "loop_guard", 0, 1, 1, "1 to close reasoning that goes round in circles."),
    Str(RECKON_OPTION_BRIDGE, "bridge", "", "",
        "The phrase that leads from closed reasoning to the answer; empty is a short one in the chat's language."),
    I64(RECKON_OPTION_SUMMARIZE, "summarize", 0, 1, 0,
        "1 to let the model sum up the turns that do not fit into the context any more; 0 leaves them out."),
    I64(RECKON_OPTION_SUMMARY_TOKENS, "summary_tokens", 1, kAnyToken, 256, "The most tokens of a summary."),
    I64(RECKON_OPTION_DOCUMENT_TOKENS, "document_tokens", 0, kAnyToken, 1024,
        "The most tokens of documents' passages in front of a question; at most a quarter of the context is used."),
    I64(RECKON_OPTION_PASSAGE_TOKENS, "passage_tokens", 16, kAnyToken, 200,
        "The most tokens of one passage of a document."),
};

}  // namespace

absl::Span<const reckon_option_info> OptionTable() { return kOptions; }

const reckon_option_info* FindOption(reckon_option option) {
  for (const reckon_option_info& info : kOptions) {
    if (info.option == option) return &info;
  }
  return nullptr;
}

}  // namespace reckon::capi
