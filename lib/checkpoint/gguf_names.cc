#include "checkpoint/gguf_names.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace reckon {
namespace {

using NamePair = std::pair<absl::string_view, absl::string_view>;

constexpr NamePair kGlobal[] = {
    {"token_embd", "model.embed_tokens"},
    {"output_norm", "model.norm"},
    {"output", "lm_head"},
};

constexpr NamePair kInLayer[] = {
    {"attn_norm", "input_layernorm"},    {"ffn_norm", "post_attention_layernorm"},
    {"attn_q", "self_attn.q_proj"},      {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},      {"attn_qkv", "self_attn.qkv_proj"},
    {"attn_output", "self_attn.o_proj"}, {"attn_q_norm", "self_attn.q_norm"},
    {"attn_k_norm", "self_attn.k_norm"}, {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},           {"ffn_down", "mlp.down_proj"},
};

template <size_t kSize>
absl::string_view Lookup(const NamePair (&table)[kSize], absl::string_view name) {
  for (const auto& [gguf, hf] : table) {
    if (gguf == name) return hf;
  }
  return {};
}

// Takes "3." off the front of "3.attn_q".
bool ConsumeLayer(absl::string_view* text, absl::string_view* number) {
  size_t digits = 0;
  while (digits < text->size() && absl::ascii_isdigit((*text)[digits])) ++digits;
  if (digits == 0 || digits >= text->size() || (*text)[digits] != '.') return false;
  *number = text->substr(0, digits);
  text->remove_prefix(digits + 1);
  return true;
}

}  // namespace

std::string HfTensorName(absl::string_view architecture, absl::string_view gguf_name) {
  const size_t dot = gguf_name.rfind('.');
  if (dot == absl::string_view::npos) return std::string(gguf_name);
  absl::string_view base = gguf_name.substr(0, dot);
  const absl::string_view suffix = gguf_name.substr(dot);  // ".weight", ".bias"
  absl::string_view layer;
  if (!absl::ConsumePrefix(&base, "blk.")) {
    const absl::string_view name = Lookup(kGlobal, base);
    return name.empty() ? std::string(gguf_name) : absl::StrCat(name, suffix);
  }
  if (!ConsumeLayer(&base, &layer)) return std::string(gguf_name);
  absl::string_view name = Lookup(kInLayer, base);
  if (base == "ffn_up" && (architecture == "phi3" || architecture == "chatglm")) name = "mlp.gate_up_proj";
  if (name.empty()) return std::string(gguf_name);
  return absl::StrCat("model.layers.", layer, ".", name, suffix);
}

}  // namespace reckon
