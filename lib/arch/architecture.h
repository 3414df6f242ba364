// What a model is, told to the one decoder: hyper-parameters, the names of its tensors, and switches. A model family is
// one file that fills this in from a checkpoint's config; the decoder has no other knowledge of families.
#ifndef RECKON_LIB_ARCH_ARCHITECTURE_H_
#define RECKON_LIB_ARCH_ARCHITECTURE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "checkpoint/config.h"

namespace reckon {

enum class RopeScaling : uint8_t {
  kNone,
  kLinear,     // frequencies divided by factor
  kYarn,       // arXiv 2309.00071
  kLlama3,     // Llama 3.1: low frequencies divided by factor, high ones kept, a ramp between
  kPerTensor,  // factors for each frequency come from a tensor of the checkpoint (GGUF's rope_freqs.weight)
  // LongRoPE (arXiv 2402.13753): factors for each frequency, other ones for sequences longer than the original context
  kLongRope,
};

// Rotary position embedding (arXiv 2104.09864).
struct RopeConfig {
  double theta = 10000.0;
  int64_t rotary_dim = 0;    // features of a head that are rotated, from the first; even
  bool interleaved = false;  // pairs (2i, 2i+1) instead of (i, i + rotary_dim/2)
  RopeScaling scaling = RopeScaling::kNone;
  double factor = 1.0;
  int64_t original_max_position_embeddings = 0;
  double attention_factor = 1.0;  // multiplies cos and sin (YaRN's temperature)
  double beta_fast = 32.0, beta_slow = 1.0;
  bool truncate = true;                                  // YaRN: the ramp's ends are whole numbers
  double low_freq_factor = 1.0, high_freq_factor = 4.0;  // Llama 3
  std::string factors_tensor;                            // kPerTensor
  // kLongRope: [rotary_dim / 2] each, from the config or else from these tensors.
  std::vector<double> short_factors, long_factors;
  std::string short_factors_tensor, long_factors_tensor;
};

// Rows [row_begin, row_begin + rows) of a tensor on disk; families that store q, k and v fused give parts of one
// tensor.
struct TensorPart {
  std::string name;  // empty: the model has no such tensor
  int64_t row_begin = 0;
  int64_t rows = 0;
  int64_t tensor_rows = 0;  // of the whole tensor; 0: the part is all of it
};

// The tensors of one decoder layer, by role. Linear layers are [out, in].
struct LayerTensors {
  std::string input_norm, post_attention_norm;
  TensorPart q, k, v, o, gate, up, down;
  TensorPart q_bias, k_bias, v_bias, o_bias;
  std::string q_norm, k_norm;  // RMSNorm over each head's features before rotation (Qwen3); empty: none
};

struct Architecture {
  std::string name;  // the config's model_type
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t intermediate_size = 0;
  int64_t num_hidden_layers = 0;
  int64_t num_attention_heads = 0;
  int64_t num_key_value_heads = 0;
  int64_t head_dim = 0;
  int64_t max_position_embeddings = 0;
  float rms_norm_eps = 1e-6f;
  bool tie_word_embeddings = false;
  RopeConfig rope;
  // Sliding-window attention: layers at or past the first one listed see only this many positions. 0: none.
  int64_t sliding_window = 0;
  int64_t first_sliding_layer = 0;

  std::string embedding;   // [vocab, hidden]
  std::string final_norm;  // [hidden]
  std::string lm_head;     // [vocab, hidden]; the embedding's name if tied
  std::vector<LayerTensors> layers;

  int64_t query_size() const { return num_attention_heads * head_dim; }
  int64_t key_value_size() const { return num_key_value_heads * head_dim; }
  // The number of latest positions that layer i sees; INT64_MAX without a window.
  int64_t WindowOf(int64_t layer) const {
    return sliding_window > 0 && layer >= first_sliding_layer ? sliding_window : INT64_MAX;
  }
};

// Recognises the family by "model_type" and reads the config.
// Errors: UNIMPLEMENTED for a family that is not known (the message lists those that are) or a feature of it that is
// not;
//   INVALID_ARGUMENT for missing, contradictory or absurd values, naming the key.
absl::StatusOr<Architecture> RecognizeArchitecture(const Config& config);

}  // namespace reckon

#endif  // RECKON_LIB_ARCH_ARCHITECTURE_H_
