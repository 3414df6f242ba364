// A model's weights in memory, ready for the kernels.
#ifndef RECKON_LIB_WEIGHTS_MODEL_WEIGHTS_H_
#define RECKON_LIB_WEIGHTS_MODEL_WEIGHTS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "arch/architecture.h"
#include "base/aligned_buffer.h"
#include "base/thread_pool.h"
#include "checkpoint/checkpoint.h"
#include "kernels/kernel_table.h"
#include "kernels/packed_matrix.h"
#include "reckon/cancel.h"
#include "reckon/packed_weights.h"
#include "weights/weight_layout.h"

namespace reckon {

// A linear layer: views into the arena.
struct Linear {
  PackedMatrix matrix;
  const float* bias = nullptr;  // [n] or null
  bool wide = false;            // input rows in the two-term form
};

// Null pointers and empty matrices where the architecture has no such weight.
struct LayerWeights {
  const float* input_norm = nullptr;
  const float* post_attention_norm = nullptr;
  const float* q_norm = nullptr;
  const float* k_norm = nullptr;
  Linear qkv, o, gate_up, down;
};

// The embedding table stays in the checkpoint: a token needs one row, so keeping 150,000 of them in memory would be
// waste. Threads: ReadRow may be called concurrently.
class EmbeddingTable {
 public:
  static absl::StatusOr<EmbeddingTable> Create(std::shared_ptr<const Checkpoint> checkpoint,
                                               const Architecture& architecture);

  EmbeddingTable() = default;
  // Shapes: out [hidden_size]. scratch is grown once and kept by the caller, so that decoding does not allocate.
  // Errors: the source's (the file was cut short, the callback failed).
  absl::Status ReadRow(int64_t token, absl::Span<float> out, std::vector<uint8_t>* scratch) const;

 private:
  std::shared_ptr<const Checkpoint> checkpoint_;
  const TensorInfo* tensor_ = nullptr;
  int64_t row_bytes_ = 0;
};

struct LoadOptions {
  std::function<void(int64_t bytes_done, int64_t bytes_total)> progress;
  CancelToken cancel;
  // Used in place if not empty, instead of packing anything.
  PackedWeights packed;
};

// Immutable. Threads: every member may be called concurrently.
class ModelWeights {
 public:
  // Checks every tensor against the layout first, then streams them: 16 output channels at a time are read, turned to
  // floats and packed, on all threads of the pool; the source's pages are given back on the way.
  // Errors: as FindPart() and CheckPackedSeal(); RESOURCE_EXHAUSTED; CANCELLED.
  static absl::StatusOr<std::unique_ptr<ModelWeights>> Load(std::shared_ptr<const Checkpoint> checkpoint,
                                                            const Architecture& architecture,
                                                            const WeightLayout& layout, const KernelTable& kernels,
                                                            ThreadPool& pool, const LoadOptions& options);

  const std::vector<LayerWeights>& layers() const { return layers_; }
  const float* final_norm() const { return final_norm_; }
  const Linear& lm_head() const { return lm_head_; }
  const EmbeddingTable& embedding() const { return embedding_; }
  // [rotary_dim / 2] for RopeScaling::kPerTensor; for kLongRope the short ones, then the long ones; else empty.
  const std::vector<float>& rope_factors() const { return rope_factors_; }
  // All packed weights, sealed (packed_seal.h).
  absl::Span<const uint8_t> arena() const { return arena_; }

 private:
  ModelWeights() = default;
  // Packs everything into own_.
  absl::Status Pack(const Checkpoint& checkpoint, const WeightLayout& layout, const KernelTable& kernels,
                    ThreadPool& pool, const LoadOptions& options);
  void BindViews(const WeightLayout& layout);

  AlignedBuffer own_;                  // empty if the weights are the host's
  std::shared_ptr<const void> hosts_;  // keeps those alive
  absl::Span<const uint8_t> arena_;
  std::vector<LayerWeights> layers_;
  const float* final_norm_ = nullptr;
  Linear lm_head_;
  EmbeddingTable embedding_;
  std::vector<float> rope_factors_;
};

// Checks that every tensor of the layout is in the checkpoint with the right shape and a type that can be read.
absl::Status CheckTensors(const Checkpoint& checkpoint, const Architecture& architecture, const WeightLayout& layout);

}  // namespace reckon

#endif  // RECKON_LIB_WEIGHTS_MODEL_WEIGHTS_H_
