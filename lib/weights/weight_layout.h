// Where every weight of a model stands in one arena, worked out from the architecture alone: the memory plan, the
// loader and (later) a packed file on disk all follow the same map.
#ifndef RECKON_LIB_WEIGHTS_WEIGHT_LAYOUT_H_
#define RECKON_LIB_WEIGHTS_WEIGHT_LAYOUT_H_

#include <cstdint>
#include <vector>

#include "arch/architecture.h"
#include "kernels/packed_matrix.h"

namespace reckon {

// How the output channels of a fused matrix come from tensors.
enum class FusedOrder : uint8_t {
  kStacked,      // the parts one after the other (q, k, v)
  kInterleaved,  // 16 channels of the first part, 16 of the second, and so on (gate, up): what Epilogue::kSwiGlu
                 // expects
};

// One packed matrix: a linear layer, or several with the same input.
struct MatrixSlot {
  PackedMatrix shape;  // data is null
  int64_t offset = 0;  // bytes from the start of the arena
  bool wide = false;   // its input rows are prepared in the two-term form (PackedRows)
  FusedOrder order = FusedOrder::kStacked;
  std::vector<TensorPart> parts;
};

// One vector of floats: a norm's weight, or biases of the parts of a matrix one after the other (gaps are zero).
struct VectorSlot {
  int64_t offset = 0;
  int64_t size = 0;  // elements; 0: the model has none
  std::vector<TensorPart> parts;
};

struct LayerSlots {
  VectorSlot input_norm, post_attention_norm, q_norm, k_norm, qkv_bias, o_bias;
  MatrixSlot qkv, o, gate_up, down;
};

struct WeightLayout {
  PackedFormat format;
  std::vector<LayerSlots> layers;
  VectorSlot final_norm;
  MatrixSlot lm_head;
  int64_t bytes = 0;            // of the arena
  int64_t bytes_per_token = 0;  // read for each decoded token: all of it
  int64_t parameters = 0;       // of the model, the embedding included
};

// Threads: a pure function.
WeightLayout LayOutWeights(const Architecture& architecture, PackedFormat format);

}  // namespace reckon

#endif  // RECKON_LIB_WEIGHTS_WEIGHT_LAYOUT_H_
