// ChatGLM2 and ChatGLM3 (arXiv 2406.12793): keys of their own in the config and names of their own for the tensors; q,
// k and v in one tensor with a bias, few key/value heads ("multi-query groups"), gate and up in one; the first half of
// each head is rotated, in pairs of neighbours.
#include <string>

#include "absl/strings/str_cat.h"
#include "arch/common.h"
#include "arch/registry.h"
#include "base/status.h"

namespace reckon {
namespace {

// Parts of the modelling code that no published ChatGLM2 or ChatGLM3 uses.
absl::Status CheckSwitches(const Config& config) {
  struct Switch {
    const char* key;
    bool published;
  };
  constexpr Switch kSwitches[] = {{"rmsnorm", true},
                                  {"post_layer_norm", true},
                                  {"apply_residual_connection_post_layernorm", false},
                                  {"add_bias_linear", false}};
  for (const Switch& entry : kSwitches) {
    RECKON_ASSIGN_OR_RETURN(const bool value, config.BoolOr(entry.key, entry.published));
    if (value != entry.published) {
      return absl::UnimplementedError(absl::StrCat(config.origin(), ": ", entry.key, " is ", value ? "true" : "false",
                                                   ", which no published ChatGLM2 or ChatGLM3 has, and is not "
                                                   "implemented"));
    }
  }
  if (config.Has("position_encoding_2d")) {
    return absl::UnimplementedError(absl::StrCat(config.origin(),
                                                 ": this is the first ChatGLM, another architecture than ChatGLM2 and "
                                                 "ChatGLM3, and is not implemented"));
  }
  return absl::OkStatus();
}

// The same hyper-parameters under the keys that other configs have. GGUF files have those already.
absl::StatusOr<Config> WithCommonKeys(const Config& config) {
  Config common = config;
  const auto copy_int = [&](const char* from, const char* to) -> absl::Status {
    RECKON_ASSIGN_OR_RETURN(const int64_t value, config.Int(from));
    common.Set(to, value);
    return absl::OkStatus();
  };
  RECKON_RETURN_IF_ERROR(copy_int("padded_vocab_size", "vocab_size"));
  RECKON_RETURN_IF_ERROR(copy_int("num_layers", "num_hidden_layers"));
  RECKON_RETURN_IF_ERROR(copy_int("ffn_hidden_size", "intermediate_size"));
  RECKON_RETURN_IF_ERROR(copy_int("kv_channels", "head_dim"));
  RECKON_RETURN_IF_ERROR(copy_int("seq_length", "max_position_embeddings"));
  RECKON_ASSIGN_OR_RETURN(const bool few_key_heads, config.BoolOr("multi_query_attention", false));
  RECKON_RETURN_IF_ERROR(
      copy_int(few_key_heads ? "multi_query_group_num" : "num_attention_heads", "num_key_value_heads"));
  RECKON_ASSIGN_OR_RETURN(const double epsilon, config.DoubleOr("layernorm_epsilon", 1e-5));
  common.Set("rms_norm_eps", epsilon);
  RECKON_ASSIGN_OR_RETURN(const double rope_ratio, config.DoubleOr("rope_ratio", 1.0));
  common.Set("rope_theta", 10000.0 * rope_ratio);
  common.Set("partial_rotary_factor", 0.5);
  return common;
}

struct Names {
  const char* layer;
  const char* qkv;
  const char* o;
  const char* gate_up;
  const char* down;
};

// Published checkpoints, and what GGUF's names become.
constexpr Names kPublished = {"transformer.encoder.layers.", "self_attention.query_key_value", "self_attention.dense",
                              "mlp.dense_h_to_4h", "mlp.dense_4h_to_h"};
constexpr Names kGguf = {"model.layers.", "self_attn.qkv_proj", "self_attn.o_proj", "mlp.gate_up_proj",
                         "mlp.down_proj"};

LayerTensors NameLayer(const Architecture& a, const Names& names, int64_t index, bool qkv_bias) {
  const std::string prefix = absl::StrCat(names.layer, index, ".");
  const int64_t q = a.query_size();
  const int64_t kv = a.key_value_size();
  const int64_t qkv = q + 2 * kv;
  LayerTensors layer;
  layer.input_norm = prefix + "input_layernorm.weight";
  layer.post_attention_norm = prefix + "post_attention_layernorm.weight";
  const std::string fused = prefix + names.qkv;
  layer.q = {fused + ".weight", 0, q, qkv};
  layer.k = {fused + ".weight", q, kv, qkv};
  layer.v = {fused + ".weight", q + kv, kv, qkv};
  if (qkv_bias) {
    layer.q_bias = {fused + ".bias", 0, q, qkv};
    layer.k_bias = {fused + ".bias", q, kv, qkv};
    layer.v_bias = {fused + ".bias", q + kv, kv, qkv};
  }
  layer.o = {absl::StrCat(prefix, names.o, ".weight"), 0, a.hidden_size};
  const std::string gate_up = absl::StrCat(prefix, names.gate_up, ".weight");
  layer.gate = {gate_up, 0, a.intermediate_size, 2 * a.intermediate_size};
  layer.up = {gate_up, a.intermediate_size, a.intermediate_size, 2 * a.intermediate_size};
  layer.down = {absl::StrCat(prefix, names.down, ".weight"), 0, a.hidden_size};
  return layer;
}

}  // namespace

absl::StatusOr<Architecture> MakeChatGlm3(const Config& config) {
  RECKON_RETURN_IF_ERROR(CheckSwitches(config));
  const bool published = config.Has("padded_vocab_size") || !config.Has("vocab_size");
  Config common = config;
  if (published) {
    RECKON_ASSIGN_OR_RETURN(common, WithCommonKeys(config));
  }
  RECKON_ASSIGN_OR_RETURN(Architecture a, MakeLlamaLike(common));
  RECKON_ASSIGN_OR_RETURN(const bool qkv_bias, config.BoolOr("add_qkv_bias", !published));
  a.rope.interleaved = true;
  if (published) {
    a.embedding = "transformer.embedding.word_embeddings.weight";
    a.final_norm = "transformer.encoder.final_layernorm.weight";
    a.lm_head = a.tie_word_embeddings ? a.embedding : "transformer.output_layer.weight";
  }
  for (int64_t i = 0; i < a.num_hidden_layers; ++i) {
    a.layers[static_cast<size_t>(i)] = NameLayer(a, published ? kPublished : kGguf, i, qkv_bias);
  }
  return a;
}

}  // namespace reckon
