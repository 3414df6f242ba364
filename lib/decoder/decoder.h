// The forward pass. There is one, told by an Architecture what the model is: it knows no family by name.
#ifndef RECKON_LIB_DECODER_DECODER_H_
#define RECKON_LIB_DECODER_DECODER_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "arch/architecture.h"
#include "base/thread_pool.h"
#include "decoder/kv_cache.h"
#include "decoder/rope_table.h"
#include "decoder/scratch.h"
#include "kernels/kernel_table.h"
#include "reckon/cancel.h"
#include "reckon/types.h"
#include "weights/model_weights.h"

namespace reckon {

// Immutable; the state of a sequence is in the KvCache and Scratch that callers bring.
// Threads: may be called concurrently with different caches and scratches.
//
// Results do not depend on how a sequence is cut into calls, nor on the number of threads: every kernel promises that a
// row's result depends on that row alone (kernels/kernel_table.h), and work is divided by rows and output channels
// only.
class Decoder {
 public:
  // The arguments must outlive the decoder.
  Decoder(const Architecture& architecture, const ModelWeights& weights, const KernelTable& kernels, ThreadPool& pool);

  // The rotation that keys of a sequence of `length` tokens need (RopeTable::VariantFor): a cache whose rope_variant()
  // is another one has to be filled from the first token on.
  int RopeVariantFor(int64_t length) const { return rope_.VariantFor(length); }

  // Runs tokens at positions position, position + 1, ... through all layers. The cache holds keys and values of all
  // positions before; it is extended. Afterwards scratch.normed [outputs][hidden_size] holds the last layer's normed
  // output of the last `outputs` tokens (0 to all): the last layer computes no others. Shapes: scratch must have room
  // for tokens.size() rows and the context (Scratch::Create). Errors: CANCELLED (looked at after every matrix product),
  // RESOURCE_EXHAUSTED (the cache cannot grow), or the source's
  //   if the embedding cannot be read. Positions at and past `position` in the cache are then undefined.
  absl::Status Forward(absl::Span<const TokenId> tokens, int64_t position, int64_t outputs, KvCache& cache,
                       Scratch& scratch, const CancelToken& cancel) const;

  // The logits of outputs [row, row + count) of the last Forward().
  // Shapes: out [count][vocab_size]. Overwrites scratch.prepared.
  void Logits(int64_t row, int64_t count, Scratch& scratch, float* out) const;

 private:
  // The second half of a layer: scratch.x [rows][hidden_size] in place. Errors: CANCELLED.
  absl::Status FeedForward(const LayerWeights& layer, int64_t rows, Scratch& scratch, const CancelToken& cancel) const;
  // A matrix product over prepared rows, cut by output channels.
  void Multiply(const Linear& linear, const PackedRows& rows, Epilogue epilogue, float* out, int64_t out_stride,
                int64_t out_columns) const;
  // Prepares x [rows][k] for `linear`, with an RMSNorm on the way if norm is not null (normed gets its result).
  PackedRows Prepare(const Linear& linear, const float* x, const float* norm, int64_t rows, Scratch& scratch) const;
  absl::Status Embed(absl::Span<const TokenId> tokens, Scratch& scratch) const;
  void FillRope(int64_t position, int variant, int64_t rows, Scratch& scratch) const;
  // Norms (where the model has them) and rotates queries and keys of layer `index`, and stores keys and values.
  void RotateAndStore(int64_t index, int64_t position, int64_t rows, KvCache& cache, Scratch& scratch) const;
  // Attention of layer `index`: rows [0, rows) of scratch.qkv to scratch.attended.
  void Attend(int64_t index, int64_t position, int64_t rows, KvCache& cache, Scratch& scratch) const;
  // Calls body(begin, end) for ranges that cover `rows` rows starting at `position`; ranges begin at multiples of 8
  // positions, so that no two of them write into the same pair of positions of the cache.
  void ForRows(int64_t position, int64_t rows, absl::FunctionRef<void(int64_t, int64_t)> body) const;

  const Architecture& architecture_;
  const ModelWeights& weights_;
  const KernelTable& kernels_;
  ThreadPool& pool_;
  RopeTable rope_;
};

}  // namespace reckon

#endif  // RECKON_LIB_DECODER_DECODER_H_
