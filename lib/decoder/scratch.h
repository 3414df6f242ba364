// Memory for the activations of one forward pass, allocated once and reused for every token.
#ifndef RECKON_LIB_DECODER_SCRATCH_H_
#define RECKON_LIB_DECODER_SCRATCH_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "arch/architecture.h"
#include "base/aligned_buffer.h"
#include "kernels/packed_matrix.h"

namespace reckon {

// Positions per attention segment: a long context is cut into segments whose partial results are merged in order, so
// that one head's keys can be read by several threads without the result depending on how many there are.
inline constexpr int64_t kAttentionSegment = 512;
// Up to this many rows the segments are spread over threads; with more, there are enough rows to spread.
inline constexpr int64_t kSplitRows = 4;

// What a model needs for every row.
struct ScratchShape {
  int64_t hidden = 0;  // hidden_size
  int64_t qkv = 0;     // query_size + 2 * key_value_size
  int64_t query = 0;   // query_size
  int64_t intermediate = 0;
  int64_t widest = 0;  // the widest input of a matrix, padded to a whole group
  int64_t rotary_half = 0;
  int64_t vocab = 0;
  int64_t heads = 0;
  uint32_t formats = 0;  // of the model's matrices: bits 1 << PackedFormat

  ScratchShape() = default;
  ScratchShape(const Architecture& architecture, uint32_t packed_formats);
};

// The arrays of one session. Pages that are never touched (rows past the longest chunk so far) cost no memory.
class Scratch {
 public:
  Scratch() = default;

  // For up to `rows` rows at once at positions below `context`. Errors: RESOURCE_EXHAUSTED.
  static absl::StatusOr<Scratch> Create(const ScratchShape& shape, int64_t rows, int64_t context);
  // What Create() allocates.
  static int64_t BytesFor(const ScratchShape& shape, int64_t rows, int64_t context);
  int64_t bytes() const { return arena_.size(); }

  float* x = nullptr;          // [rows][hidden] the residual stream
  float* normed = nullptr;     // [rows][hidden]
  float* qkv = nullptr;        // [rows][qkv]
  float* attended = nullptr;   // [rows][query]
  float* activated = nullptr;  // [rows][intermediate]
  float* cos = nullptr;        // [rows][rotary_half]
  float* sin = nullptr;
  uint8_t* prepared = nullptr;   // PackedRows of the widest input: see prepare.cc
  float* partial_acc = nullptr;  // [slots][key/value heads][rows][query heads per key/value head][head_dim]
  float* partial_max = nullptr;  // [slots][key/value heads][rows][query heads per key/value head]
  float* partial_sum = nullptr;
  float* logits = nullptr;  // [vocab] of the last row
  std::vector<uint8_t> embedding_row;
  std::vector<const void*> key_blocks, value_blocks;  // [kv heads][blocks] of the layer at work

 private:
  AlignedBuffer arena_;
};

}  // namespace reckon

#endif  // RECKON_LIB_DECODER_SCRATCH_H_
