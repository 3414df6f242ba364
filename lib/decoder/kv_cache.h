// Keys and values of past tokens, in blocks of positions that are allocated as the context grows and shared between
// sessions by reference.
#ifndef RECKON_LIB_DECODER_KV_CACHE_H_
#define RECKON_LIB_DECODER_KV_CACHE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "arch/architecture.h"
#include "base/aligned_buffer.h"
#include "kernels/kernel_table.h"

namespace reckon {

// Sizes of one block: kKvBlock positions of all layers and key/value heads, keys and values.
struct KvGeometry {
  KvFormat format = KvFormat::kBf16;
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t head_dim = 0;

  KvGeometry() = default;
  KvGeometry(const Architecture& architecture, KvFormat kv_format);
  int64_t half_bytes() const;  // K or V of one layer and head
  int64_t block_bytes() const;
  int64_t bytes_per_token() const { return block_bytes() / kKvBlock; }
  int64_t BytesFor(int64_t tokens) const;  // in whole blocks
};

// Copyable: a copy shares all blocks; a block that is shared is copied before it is written (copy on write).
// Threads: one at a time; copies may be used by different threads (shared blocks are not written).
class KvCache {
 public:
  KvCache() = default;
  explicit KvCache(const KvGeometry& geometry) : geometry_(geometry) {}

  // Makes positions [begin, end) writable: allocates missing blocks, copies shared ones.
  // Errors: RESOURCE_EXHAUSTED; the cache then holds what it held.
  absl::Status PrepareWrite(int64_t begin, int64_t end);
  // Gives back the blocks that hold no position below `length`.
  void Truncate(int64_t length);

  void* KeyBlock(int64_t layer, int64_t head, int64_t block) { return Part(layer, head, block, 0); }
  void* ValueBlock(int64_t layer, int64_t head, int64_t block) {
    return Part(layer, head, block, geometry_.half_bytes());
  }
  // All of a block: geometry().block_bytes().
  const uint8_t* Block(int64_t block) const { return blocks_[static_cast<size_t>(block)]->data(); }
  uint8_t* Block(int64_t block) { return blocks_[static_cast<size_t>(block)]->data(); }
  // How the keys in the cache were rotated (RopeTable::VariantFor). Whoever changes it forgets all positions first.
  int rope_variant() const { return rope_variant_; }
  void set_rope_variant(int variant) { rope_variant_ = variant; }
  int64_t blocks() const { return static_cast<int64_t>(blocks_.size()); }
  int64_t bytes() const { return blocks() * geometry_.block_bytes(); }
  const KvGeometry& geometry() const { return geometry_; }

 private:
  uint8_t* Part(int64_t layer, int64_t head, int64_t block, int64_t offset) {
    return blocks_[static_cast<size_t>(block)]->data() + (layer * geometry_.heads + head) * 2 * geometry_.half_bytes() +
           offset;
  }

  KvGeometry geometry_;
  std::vector<std::shared_ptr<AlignedBuffer>> blocks_;
  int rope_variant_ = 0;
};

}  // namespace reckon

#endif  // RECKON_LIB_DECODER_KV_CACHE_H_
