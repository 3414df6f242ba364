#include "decoder/kv_cache.h"

#include <cstring>
#include <utility>

#include "base/status.h"

namespace reckon {
namespace {

// Whether nobody else holds the block. If so, all that others did with it while they held it has happened before: the
// count alone does not promise that, but giving a reference back does, so one is taken and given back.
bool IsOwnedAlone(const std::shared_ptr<AlignedBuffer>& block) {
  if (block.use_count() != 1) return false;
  const std::shared_ptr<AlignedBuffer> synchronized = block;  // NOLINT(performance-unnecessary-copy-initialization)
  return true;
}

}  // namespace

KvGeometry::KvGeometry(const Architecture& architecture, KvFormat kv_format)
    : format(kv_format),
      layers(architecture.num_hidden_layers),
      heads(architecture.num_key_value_heads),
      head_dim(architecture.head_dim) {}

int64_t KvGeometry::half_bytes() const { return KvBlockBytes(format, head_dim); }

int64_t KvGeometry::block_bytes() const { return layers * heads * 2 * half_bytes(); }

int64_t KvGeometry::BytesFor(int64_t tokens) const { return (tokens + kKvBlock - 1) / kKvBlock * block_bytes(); }

absl::Status KvCache::PrepareWrite(int64_t begin, int64_t end) {
  for (int64_t block = begin / kKvBlock; block * kKvBlock < end; ++block) {
    const size_t index = static_cast<size_t>(block);
    if (index < blocks_.size() && IsOwnedAlone(blocks_[index])) continue;
    RECKON_ASSIGN_OR_RETURN(AlignedBuffer fresh,
                            AlignedBuffer::Allocate(geometry_.block_bytes(), "a block of the key/value cache"));
    if (index < blocks_.size()) {
      std::memcpy(fresh.data(), blocks_[index]->data(), static_cast<size_t>(geometry_.block_bytes()));
      blocks_[index] = std::make_shared<AlignedBuffer>(std::move(fresh));
    } else {
      blocks_.push_back(std::make_shared<AlignedBuffer>(std::move(fresh)));
    }
  }
  return absl::OkStatus();
}

void KvCache::Truncate(int64_t length) {
  const size_t kept = static_cast<size_t>((length + kKvBlock - 1) / kKvBlock);
  if (kept < blocks_.size()) blocks_.resize(kept);
}

}  // namespace reckon
