#include "capi/options_apply.h"

#include <cstdint>
#include <string>
#include <variant>

namespace reckon::capi {
namespace {

// Gives the value that was set for a key, if one was, to a member.
class Settings {
 public:
  explicit Settings(const reckon_options* options) : options_(options) {}

  template <typename T>
  void Number(reckon_option option, T* out) const {
    ForEach(option, [out](const auto& value) {
      if (const auto* i64 = std::get_if<int64_t>(&value)) *out = static_cast<T>(*i64);
      if (const auto* f64 = std::get_if<double>(&value)) *out = static_cast<T>(*f64);
    });
  }
  void Text(reckon_option option, std::string* out) const {
    ForEach(option, [out](const auto& value) {
      if (const auto* text = std::get_if<std::string>(&value)) *out = *text;
    });
  }
  template <typename T, typename Value>
  void Append(reckon_option option, std::vector<T>* out) const {
    ForEach(option, [out](const auto& value) {
      if (const auto* one = std::get_if<Value>(&value)) out->push_back(static_cast<T>(*one));
    });
  }

 private:
  template <typename F>
  void ForEach(reckon_option option, F f) const {
    if (options_ == nullptr) return;
    for (const reckon_options::Setting& setting : options_->settings) {
      if (setting.option == option) f(setting.value);
    }
  }

  const reckon_options* options_;
};

}  // namespace

void Apply(const reckon_options* options, ModelOptions* out) {
  const Settings settings(options);
  std::string weights = "auto";
  settings.Text(RECKON_OPTION_WEIGHTS, &weights);
  // The table allows the names of formats only.
  out->weights = ParseWeightFormat(weights).value_or(WeightFormat::kAuto);
  std::string kv_cache = "auto";
  settings.Text(RECKON_OPTION_KV_CACHE, &kv_cache);
  out->kv_cache = ParseKvCacheFormat(kv_cache).value_or(KvCacheFormat::kAuto);
  settings.Number(RECKON_OPTION_THREADS, &out->threads);
  settings.Number(RECKON_OPTION_MEMORY_LIMIT_BYTES, &out->memory_limit_bytes);
  settings.Text(RECKON_OPTION_ISA, &out->isa);
}

void Apply(const reckon_options* options, SessionOptions* out) {
  const Settings settings(options);
  settings.Number(RECKON_OPTION_MAX_CONTEXT, &out->max_context);
  settings.Number(RECKON_OPTION_PREFILL_CHUNK, &out->prefill_chunk);
}

void Apply(const reckon_options* options, SamplerOptions* out) {
  const Settings settings(options);
  settings.Number(RECKON_OPTION_TEMPERATURE, &out->temperature);
  settings.Number(RECKON_OPTION_TOP_K, &out->top_k);
  settings.Number(RECKON_OPTION_TOP_P, &out->top_p);
  settings.Number(RECKON_OPTION_MIN_P, &out->min_p);
  settings.Number(RECKON_OPTION_TYPICAL_P, &out->typical_p);
  settings.Number(RECKON_OPTION_REPETITION_PENALTY, &out->repetition_penalty);
  settings.Number(RECKON_OPTION_PRESENCE_PENALTY, &out->presence_penalty);
  settings.Number(RECKON_OPTION_FREQUENCY_PENALTY, &out->frequency_penalty);
  settings.Number(RECKON_OPTION_PENALTY_WINDOW, &out->penalty_window);
  settings.Number(RECKON_OPTION_DRY_MULTIPLIER, &out->dry_multiplier);
  settings.Number(RECKON_OPTION_DRY_BASE, &out->dry_base);
  settings.Number(RECKON_OPTION_DRY_ALLOWED_LENGTH, &out->dry_allowed_length);
  settings.Append<TokenId, int64_t>(RECKON_OPTION_DRY_BREAKER, &out->dry_breakers);
  settings.Number(RECKON_OPTION_XTC_PROBABILITY, &out->xtc_probability);
  settings.Number(RECKON_OPTION_XTC_THRESHOLD, &out->xtc_threshold);
  settings.Number(RECKON_OPTION_SEED, &out->seed);
  if (options != nullptr) {
    out->logit_bias.insert(out->logit_bias.end(), options->logit_bias.begin(), options->logit_bias.end());
  }
}

void Apply(const reckon_options* options, GenerateOptions* out) {
  const Settings settings(options);
  settings.Number(RECKON_OPTION_MAX_TOKENS, &out->max_tokens);
  settings.Append<std::string, std::string>(RECKON_OPTION_STOP_STRING, &out->stop_strings);
  settings.Append<TokenId, int64_t>(RECKON_OPTION_STOP_TOKEN, &out->stop_tokens);
  settings.Number(RECKON_OPTION_IGNORE_EOS, &out->ignore_eos);
  settings.Number(RECKON_OPTION_SKIP_SPECIAL, &out->skip_special);
}

void Apply(const reckon_options* options, ChatTemplateOptions* out) {
  const Settings settings(options);
  settings.Number(RECKON_OPTION_ADD_GENERATION_PROMPT, &out->add_generation_prompt);
  settings.Text(RECKON_OPTION_TOOLS_JSON, &out->tools_json);
  settings.Text(RECKON_OPTION_TEMPLATE_VARIABLES_JSON, &out->variables_json);
  settings.Text(RECKON_OPTION_TEMPLATE_NAME, &out->name);
}

void Apply(const reckon_options* options, ThinkingOptions* out) {
  const Settings settings(options);
  settings.Number(RECKON_OPTION_THINKING, &out->enabled);
  settings.Number(RECKON_OPTION_THINKING_MAX_TOKENS, &out->max_tokens);
  settings.Number(RECKON_OPTION_THINKING_SOFT_MAX_TOKENS, &out->soft_max_tokens);
  settings.Number(RECKON_OPTION_THINKING_NUDGE, &out->nudge);
  settings.Number(RECKON_OPTION_ANSWER_RESERVE, &out->answer_reserve);
  settings.Number(RECKON_OPTION_LOOP_GUARD, &out->loop_guard);
  settings.Text(RECKON_OPTION_BRIDGE, &out->bridge);
}

void Apply(const reckon_options* options, ChatOptions* out) {
  const Settings settings(options);
  settings.Text(RECKON_OPTION_SYSTEM, &out->system);
  settings.Number(RECKON_OPTION_REUSE_CACHE, &out->reuse_cache);
  Apply(options, &out->session);
  Apply(options, &out->generate);
  Apply(options, &out->thinking);
  settings.Number(RECKON_OPTION_SUMMARIZE, &out->context.summarize);
  settings.Number(RECKON_OPTION_SUMMARY_TOKENS, &out->context.summary_tokens);
  settings.Number(RECKON_OPTION_DOCUMENT_TOKENS, &out->documents.max_tokens);
  settings.Number(RECKON_OPTION_PASSAGE_TOKENS, &out->documents.passage_tokens);
  settings.Text(RECKON_OPTION_TOOLS_JSON, &out->tools_json);
  settings.Text(RECKON_OPTION_TEMPLATE_VARIABLES_JSON, &out->variables_json);
}

}  // namespace reckon::capi
