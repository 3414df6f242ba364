#include "weights/weight_layout.h"

#include <string>
#include <utility>

namespace reckon {
namespace {

// Hands out the arena front to back.
class ArenaWriter {
 public:
  VectorSlot Vector(std::vector<TensorPart> parts, int64_t size) {
    VectorSlot slot;
    slot.parts = std::move(parts);
    slot.size = size;
    slot.offset = Take(size * static_cast<int64_t>(sizeof(float)));
    return slot;
  }

  MatrixSlot Matrix(PackedFormat format, int64_t k, bool wide, FusedOrder order, std::vector<TensorPart> parts) {
    MatrixSlot slot;
    int64_t n = 0;
    for (const TensorPart& part : parts) {
      // Interleaved parts fill whole panels, so that a gate channel and its up channel sit at the same place in theirs.
      n += order == FusedOrder::kInterleaved ? (part.rows + kPanelChannels - 1) / kPanelChannels * kPanelChannels
                                             : part.rows;
    }
    slot.shape = MakePackedShape(format, n, k, GroupOf(format));
    slot.wide = wide;
    slot.order = order;
    slot.parts = std::move(parts);
    slot.offset = Take(PackedBytes(slot.shape));
    return slot;
  }

  int64_t bytes() const { return bytes_; }

 private:
  static int32_t GroupOf(PackedFormat format) {
    return format == PackedFormat::kQ8 || format == PackedFormat::kQ4 ? 32 : 0;
  }

  int64_t Take(int64_t bytes) {
    const int64_t offset = bytes_;
    bytes_ += (bytes + kLineBytes - 1) / kLineBytes * kLineBytes;
    return offset;
  }

  int64_t bytes_ = 0;
};

VectorSlot NormSlot(ArenaWriter& arena, const std::string& name, int64_t size) {
  if (name.empty()) return {};
  return arena.Vector({TensorPart{name, 0, size}}, size);
}

VectorSlot BiasSlot(ArenaWriter& arena, std::vector<TensorPart> parts, int64_t size) {
  bool any = false;
  for (const TensorPart& part : parts) any = any || !part.name.empty();
  if (!any) return {};
  return arena.Vector(std::move(parts), size);
}

// Which matrices get their input in the two-term form. Measured on the reference checkpoints (tests/golden), mean KL
// divergence from float32 over seven models of random weights, which are the most sensitive there are:
//   q8    none 2.8e-3, all but gate/up/down 2.0e-3, all 1.3e-3: the input's error is as large as the weights', so all.
//   bf16  none 2.0e-4, all but gate/up/down 1.2e-4, all 0.8e-4: gate/up/down are 88 % of the arithmetic, so not those.
//   q4    the weights' error is a hundred times the input's: none.
// While decoding, weights come from memory more slowly than either form is multiplied, so it costs prefill only.
bool IsWide(PackedFormat format, bool feed_forward) {
  return format == PackedFormat::kQ8 || (format == PackedFormat::kBf16 && !feed_forward);
}

// A part that stands for `rows` channels even if the model has no tensor for them.
TensorPart Sized(TensorPart part, int64_t rows) {
  part.rows = rows;
  return part;
}

LayerSlots LayOutLayer(ArenaWriter& arena, const Architecture& a, const LayerTensors& tensors, PackedFormat format) {
  const int64_t q = a.query_size();
  const int64_t kv = a.key_value_size();
  const bool wide = IsWide(format, /*feed_forward=*/false);
  const bool wide_feed_forward = IsWide(format, /*feed_forward=*/true);
  LayerSlots slots;
  slots.input_norm = NormSlot(arena, tensors.input_norm, a.hidden_size);
  slots.q_norm = NormSlot(arena, tensors.q_norm, a.head_dim);
  slots.k_norm = NormSlot(arena, tensors.k_norm, a.head_dim);
  slots.qkv_bias =
      BiasSlot(arena, {Sized(tensors.q_bias, q), Sized(tensors.k_bias, kv), Sized(tensors.v_bias, kv)}, q + 2 * kv);
  slots.o_bias = BiasSlot(arena, {Sized(tensors.o_bias, a.hidden_size)}, a.hidden_size);
  slots.post_attention_norm = NormSlot(arena, tensors.post_attention_norm, a.hidden_size);
  slots.qkv = arena.Matrix(format, a.hidden_size, wide, FusedOrder::kStacked, {tensors.q, tensors.k, tensors.v});
  slots.o = arena.Matrix(format, q, wide, FusedOrder::kStacked, {tensors.o});
  slots.gate_up =
      arena.Matrix(format, a.hidden_size, wide_feed_forward, FusedOrder::kInterleaved, {tensors.gate, tensors.up});
  slots.down = arena.Matrix(format, a.intermediate_size, wide_feed_forward, FusedOrder::kStacked, {tensors.down});
  return slots;
}

int64_t CountParameters(const Architecture& a, const WeightLayout& layout) {
  int64_t count = a.vocab_size * a.hidden_size * (a.tie_word_embeddings ? 1 : 2) + layout.final_norm.size;
  for (const LayerSlots& layer : layout.layers) {
    for (const MatrixSlot* matrix : {&layer.qkv, &layer.o, &layer.gate_up, &layer.down}) {
      for (const TensorPart& part : matrix->parts) count += part.rows * matrix->shape.k;
    }
    for (const VectorSlot* vector : {&layer.input_norm, &layer.post_attention_norm, &layer.q_norm, &layer.k_norm,
                                     &layer.qkv_bias, &layer.o_bias}) {
      count += vector->size;
    }
  }
  return count;
}

}  // namespace

WeightLayout LayOutWeights(const Architecture& architecture, PackedFormat format) {
  ArenaWriter arena;
  WeightLayout layout;
  layout.format = format;
  layout.layers.reserve(architecture.layers.size());
  for (const LayerTensors& tensors : architecture.layers) {
    layout.layers.push_back(LayOutLayer(arena, architecture, tensors, format));
  }
  layout.final_norm = NormSlot(arena, architecture.final_norm, architecture.hidden_size);
  layout.lm_head = arena.Matrix(format, architecture.hidden_size, IsWide(format, false), FusedOrder::kStacked,
                                {TensorPart{architecture.lm_head, 0, architecture.vocab_size}});
  layout.bytes = arena.bytes();
  layout.bytes_per_token = arena.bytes();
  layout.parameters = CountParameters(architecture, layout);
  return layout;
}

}  // namespace reckon
