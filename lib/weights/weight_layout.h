// Where every weight of a model stands in one arena, worked out from the architecture and from how the checkpoint's
// tensors are stored, before any is read: the memory plan, the loader and weights that were packed before all follow
// the same map.
#ifndef RECKON_LIB_WEIGHTS_WEIGHT_LAYOUT_H_
#define RECKON_LIB_WEIGHTS_WEIGHT_LAYOUT_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "arch/architecture.h"
#include "kernels/packed_matrix.h"
#include "weights/pack_codes.h"

namespace reckon {

// What the arena's end is kept free for: packed_seal.h.
inline constexpr int64_t kPackedSealBytes = kLineBytes;

// How the output channels of a fused matrix come from tensors.
enum class FusedOrder : uint8_t {
  kStacked,      // the parts one after the other (q, k, v)
  kInterleaved,  // 16 channels of the first part, 16 of the second, and so on (gate, up): what Epilogue::kSwiGlu
                 // expects
};

// One packed matrix: a linear layer, or several with the same input.
struct MatrixSlot {
  PackedMatrix shape;       // data is null
  int64_t offset = 0;       // bytes from the start of the arena
  bool wide = false;        // its input rows are prepared in the two-term form (PackedRows)
  bool from_codes = false;  // the checkpoint's own quantized numbers, not rounded again (pack_codes.h)
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
  PackedFormat format;   // of most bytes; matrices may differ
  uint32_t formats = 0;  // all that occur: bit 1 << format
  std::vector<LayerSlots> layers;
  VectorSlot final_norm;
  MatrixSlot lm_head;
  int64_t bytes = 0;            // of the arena, the seal at its end included (packed_seal.h)
  int64_t bytes_per_token = 0;  // read for each decoded token: all of it
  int64_t parameters = 0;       // of the model, the embedding included
};

// How to hold the matrix that is made of these parts.
using ChooseHolding = absl::FunctionRef<Holding(absl::Span<const TensorPart> parts)>;

// Threads: a pure function, if `choose` is one.
WeightLayout LayOutWeights(const Architecture& architecture, ChooseHolding choose);

}  // namespace reckon

#endif  // RECKON_LIB_WEIGHTS_WEIGHT_LAYOUT_H_
