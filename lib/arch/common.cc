#include "arch/common.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace reckon {
namespace {

// Far above any model for CPUs, far below what could overflow a product of two of them.
constexpr int64_t kMaxSize = int64_t{1} << 24;
constexpr int64_t kMaxLayers = 1024;
constexpr int64_t kMaxHeads = 4096;
constexpr int64_t kMaxHeadDim = 1024;
constexpr int64_t kMaxPositions = int64_t{1} << 27;

absl::StatusOr<int64_t> InRange(const Config& config, absl::string_view key, absl::StatusOr<int64_t> value, int64_t min,
                                int64_t max) {
  RECKON_ASSIGN_OR_RETURN(const int64_t number, std::move(value));
  if (number < min || number > max) {
    return config.Error(key, absl::StrCat("is ", number, "; it must be from ", min, " to ", max));
  }
  return number;
}

absl::StatusOr<int64_t> Size(const Config& config, absl::string_view key, int64_t max) {
  return InRange(config, key, config.Int(key), 1, max);
}

absl::Status ReadSizes(const Config& config, Architecture* a) {
  RECKON_ASSIGN_OR_RETURN(a->name, config.String("model_type"));
  RECKON_ASSIGN_OR_RETURN(a->vocab_size, Size(config, "vocab_size", kMaxSize));
  RECKON_ASSIGN_OR_RETURN(a->hidden_size, Size(config, "hidden_size", kMaxSize));
  RECKON_ASSIGN_OR_RETURN(a->intermediate_size, Size(config, "intermediate_size", kMaxSize));
  RECKON_ASSIGN_OR_RETURN(a->num_hidden_layers, Size(config, "num_hidden_layers", kMaxLayers));
  RECKON_ASSIGN_OR_RETURN(a->num_attention_heads, Size(config, "num_attention_heads", kMaxHeads));
  RECKON_ASSIGN_OR_RETURN(a->num_key_value_heads,
                          InRange(config, "num_key_value_heads",
                                  config.IntOr("num_key_value_heads", a->num_attention_heads), 1, kMaxHeads));
  if (a->num_attention_heads % a->num_key_value_heads != 0) {
    return config.Error("num_key_value_heads", absl::StrCat("is ", a->num_key_value_heads, ", which does not divide ",
                                                            "num_attention_heads = ", a->num_attention_heads));
  }
  if (!config.Has("head_dim") && a->hidden_size % a->num_attention_heads != 0) {
    return config.Error("hidden_size", absl::StrCat("is ", a->hidden_size, ", not a multiple of num_attention_heads = ",
                                                    a->num_attention_heads, ", and there is no head_dim"));
  }
  RECKON_ASSIGN_OR_RETURN(
      a->head_dim,
      InRange(config, "head_dim", config.IntOr("head_dim", a->hidden_size / a->num_attention_heads), 2, kMaxHeadDim));
  if (a->head_dim % 2 != 0) return config.Error("head_dim", absl::StrCat("is ", a->head_dim, ", which is odd"));
  RECKON_ASSIGN_OR_RETURN(
      a->max_position_embeddings,
      InRange(config, "max_position_embeddings", config.IntOr("max_position_embeddings", 2048), 1, kMaxPositions));
  RECKON_ASSIGN_OR_RETURN(const double epsilon, config.DoubleOr("rms_norm_eps", 1e-6));
  if (!(epsilon >= 0 && epsilon < 1)) return config.Error("rms_norm_eps", absl::StrCat("is ", epsilon));
  a->rms_norm_eps = static_cast<float>(epsilon);
  RECKON_ASSIGN_OR_RETURN(a->tie_word_embeddings, config.BoolOr("tie_word_embeddings", false));
  RECKON_ASSIGN_OR_RETURN(const std::string activation, config.StringOr("hidden_act", "silu"));
  if (activation != "silu" && activation != "swish") {
    return absl::UnimplementedError(
        absl::StrCat(config.origin(), ": hidden_act '", activation, "' is not implemented; only 'silu' is"));
  }
  return absl::OkStatus();
}

void NameTensors(Architecture* a) {
  a->embedding = "model.embed_tokens.weight";
  a->final_norm = "model.norm.weight";
  a->lm_head = a->tie_word_embeddings ? a->embedding : "lm_head.weight";
  for (int64_t i = 0; i < a->num_hidden_layers; ++i) {
    const std::string layer = absl::StrCat("model.layers.", i, ".");
    const std::string attention = layer + "self_attn.";
    LayerTensors tensors;
    tensors.input_norm = layer + "input_layernorm.weight";
    tensors.post_attention_norm = layer + "post_attention_layernorm.weight";
    tensors.q = {attention + "q_proj.weight", 0, a->query_size()};
    tensors.k = {attention + "k_proj.weight", 0, a->key_value_size()};
    tensors.v = {attention + "v_proj.weight", 0, a->key_value_size()};
    tensors.o = {attention + "o_proj.weight", 0, a->hidden_size};
    tensors.gate = {layer + "mlp.gate_proj.weight", 0, a->intermediate_size};
    tensors.up = {layer + "mlp.up_proj.weight", 0, a->intermediate_size};
    tensors.down = {layer + "mlp.down_proj.weight", 0, a->hidden_size};
    a->layers.push_back(std::move(tensors));
  }
}

}  // namespace

absl::StatusOr<Architecture> MakeLlamaLike(const Config& config) {
  Architecture a;
  RECKON_RETURN_IF_ERROR(ReadSizes(config, &a));
  RECKON_ASSIGN_OR_RETURN(const double rotated, config.DoubleOr("partial_rotary_factor", 1.0));
  const int64_t rotary_dim = static_cast<int64_t>(static_cast<double>(a.head_dim) * rotated);
  if (!(rotated > 0 && rotated <= 1) || rotary_dim < 2 || rotary_dim % 2 != 0) {
    return config.Error("partial_rotary_factor",
                        absl::StrCat("is ", rotated, "; of head_dim = ", a.head_dim, " it must leave an even number"));
  }
  RECKON_ASSIGN_OR_RETURN(a.rope, ReadRope(config, rotary_dim, a.max_position_embeddings));
  NameTensors(&a);
  return a;
}

void AddAttentionBiases(Architecture* architecture, bool with_output) {
  for (int64_t i = 0; i < architecture->num_hidden_layers; ++i) {
    const std::string attention = absl::StrCat("model.layers.", i, ".self_attn.");
    LayerTensors& layer = architecture->layers[static_cast<size_t>(i)];
    layer.q_bias = {attention + "q_proj.bias", 0, architecture->query_size()};
    layer.k_bias = {attention + "k_proj.bias", 0, architecture->key_value_size()};
    layer.v_bias = {attention + "v_proj.bias", 0, architecture->key_value_size()};
    if (with_output) layer.o_bias = {attention + "o_proj.bias", 0, architecture->hidden_size};
  }
}

absl::Status ReadSlidingWindow(const Config& config, Architecture* architecture) {
  RECKON_ASSIGN_OR_RETURN(const bool use_sliding_window, config.BoolOr("use_sliding_window", false));
  if (!use_sliding_window) return absl::OkStatus();
  RECKON_ASSIGN_OR_RETURN(architecture->sliding_window,
                          InRange(config, "sliding_window", config.IntOr("sliding_window", 4096), 1, kMaxPositions));
  RECKON_ASSIGN_OR_RETURN(architecture->first_sliding_layer,
                          InRange(config, "max_window_layers", config.IntOr("max_window_layers", 28), 0, kMaxLayers));
  return absl::OkStatus();
}

}  // namespace reckon
