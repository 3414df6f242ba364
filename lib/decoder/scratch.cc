#include "decoder/scratch.h"

#include <algorithm>

#include "base/status.h"
#include "decoder/prepare.h"

namespace reckon {
namespace {

int64_t Aligned(int64_t bytes) { return (bytes + kLineBytes - 1) / kLineBytes * kLineBytes; }

int64_t Floats(int64_t count) { return Aligned(count * static_cast<int64_t>(sizeof(float))); }

// Rows times partial results: either a running and a current one for every row, or one for each segment of a few rows.
int64_t PartialRows(int64_t rows, int64_t context) {
  const int64_t segments = (context + kAttentionSegment - 1) / kAttentionSegment;
  return std::max(2 * rows, std::min(rows, kSplitRows) * std::max<int64_t>(segments, 1));
}

int64_t WidestPrepared(const ScratchShape& s, int64_t rows) {
  int64_t bytes = 0;
  for (int i = 0; i < kPackedFormats; ++i) {
    if ((s.formats >> i & 1u) == 0) continue;
    bytes = std::max(bytes, PreparedBytes(static_cast<PackedFormat>(i), rows, s.widest));
  }
  return bytes;
}

}  // namespace

ScratchShape::ScratchShape(const Architecture& architecture, uint32_t packed_formats)
    : hidden(architecture.hidden_size),
      qkv(architecture.query_size() + 2 * architecture.key_value_size()),
      query(architecture.query_size()),
      intermediate(architecture.intermediate_size),
      rotary_half(architecture.rope.rotary_dim / 2),
      vocab(architecture.vocab_size),
      heads(architecture.num_attention_heads),
      formats(packed_formats) {
  constexpr int64_t kWidestGroup = 64;
  widest = (std::max({hidden, query, intermediate}) + kWidestGroup - 1) / kWidestGroup * kWidestGroup;
}

int64_t Scratch::BytesFor(const ScratchShape& s, int64_t rows, int64_t context) {
  const int64_t partial_rows = PartialRows(rows, context);
  return 2 * Floats(rows * s.hidden) + Floats(rows * s.qkv) + Floats(rows * s.query) + Floats(rows * s.intermediate) +
         2 * Floats(rows * s.rotary_half) + Aligned(WidestPrepared(s, rows)) + Floats(partial_rows * s.query) +
         2 * Floats(partial_rows * s.heads) + Floats(s.vocab);
}

absl::StatusOr<Scratch> Scratch::Create(const ScratchShape& s, int64_t rows, int64_t context) {
  Scratch scratch;
  RECKON_ASSIGN_OR_RETURN(scratch.arena_, AlignedBuffer::Allocate(BytesFor(s, rows, context), "activations"));
  uint8_t* next = scratch.arena_.data();
  const auto take_bytes = [&next](int64_t bytes) {
    uint8_t* const taken = next;
    next += Aligned(bytes);
    return taken;
  };
  const auto take = [&take_bytes](int64_t count) {
    return reinterpret_cast<float*>(take_bytes(count * static_cast<int64_t>(sizeof(float))));
  };
  const int64_t partial_rows = PartialRows(rows, context);
  scratch.x = take(rows * s.hidden);
  scratch.normed = take(rows * s.hidden);
  scratch.qkv = take(rows * s.qkv);
  scratch.attended = take(rows * s.query);
  scratch.activated = take(rows * s.intermediate);
  scratch.cos = take(rows * s.rotary_half);
  scratch.sin = take(rows * s.rotary_half);
  scratch.prepared = take_bytes(WidestPrepared(s, rows));
  scratch.partial_acc = take(partial_rows * s.query);
  scratch.partial_max = take(partial_rows * s.heads);
  scratch.partial_sum = take(partial_rows * s.heads);
  scratch.logits = take(s.vocab);
  return scratch;
}

}  // namespace reckon
