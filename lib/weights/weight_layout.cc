#include "weights/weight_layout.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace reckon {
namespace {

// Which matrices get their input in the two-term form. Measured on the reference checkpoints (tests/golden), mean KL
// divergence from float32 over seven models of random weights, which are the most sensitive there are:
//   q8    none 2.8e-3, all but gate/up/down 2.0e-3, all 1.3e-3: the input's error is as large as the weights', so all.
//   bf16  none 2.0e-4, all but gate/up/down 1.2e-4, all 0.8e-4: gate/up/down are 88 % of the arithmetic, so not those.
//   q4    the weights' error is a hundred times the input's: none. Where the numbers are the checkpoint's own there is
//   no
//         such error, and the input's is all there is: as bf16.
// While decoding, weights come from memory more slowly than either form is multiplied, so it costs prefill only.
bool IsWide(const Holding& holding, bool feed_forward) {
  if (holding.format == PackedFormat::kQ8) return true;
  return !feed_forward && (holding.format == PackedFormat::kBf16 || holding.from_codes);
}

// Hands out the arena front to back.
class ArenaWriter {
 public:
  explicit ArenaWriter(ChooseHolding choose) : choose_(choose) {}

  VectorSlot Vector(std::vector<TensorPart> parts, int64_t size) {
    VectorSlot slot;
    slot.parts = std::move(parts);
    slot.size = size;
    slot.offset = Take(size * static_cast<int64_t>(sizeof(float)));
    return slot;
  }

  MatrixSlot Matrix(int64_t k, bool feed_forward, FusedOrder order, std::vector<TensorPart> parts) {
    MatrixSlot slot;
    const Holding holding = choose_(parts);
    int64_t n = 0;
    for (const TensorPart& part : parts) {
      // Interleaved parts fill whole panels, so that a gate channel and its up channel sit at the same place in theirs.
      n += order == FusedOrder::kInterleaved ? (part.rows + kPanelChannels - 1) / kPanelChannels * kPanelChannels
                                             : part.rows;
    }
    slot.shape = MakePackedShape(holding.format, n, k, GroupOf(holding.format), holding.zero);
    slot.wide = IsWide(holding, feed_forward);
    slot.from_codes = holding.from_codes;
    slot.order = order;
    slot.parts = std::move(parts);
    slot.offset = Take(PackedBytes(slot.shape));
    bytes_of_[static_cast<size_t>(holding.format)] += PackedBytes(slot.shape);
    return slot;
  }

  int64_t bytes() const { return bytes_; }
  // The format of most bytes, and all of them.
  PackedFormat MainFormat() const {
    return static_cast<PackedFormat>(std::max_element(bytes_of_.begin(), bytes_of_.end()) - bytes_of_.begin());
  }
  uint32_t Formats() const {
    uint32_t formats = 0;
    for (size_t i = 0; i < bytes_of_.size(); ++i) formats |= bytes_of_[i] > 0 ? 1u << i : 0u;
    return formats;
  }

 private:
  static int32_t GroupOf(PackedFormat format) {
    return format == PackedFormat::kQ8 || format == PackedFormat::kQ4 ? 32 : 0;
  }

  int64_t Take(int64_t bytes) {
    const int64_t offset = bytes_;
    bytes_ += (bytes + kLineBytes - 1) / kLineBytes * kLineBytes;
    return offset;
  }

  ChooseHolding choose_;
  int64_t bytes_ = 0;
  std::array<int64_t, kPackedFormats> bytes_of_{};
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

// A part that stands for `rows` channels even if the model has no tensor for them.
TensorPart Sized(TensorPart part, int64_t rows) {
  part.rows = rows;
  return part;
}

LayerSlots LayOutLayer(ArenaWriter& arena, const Architecture& a, const LayerTensors& tensors) {
  const int64_t q = a.query_size();
  const int64_t kv = a.key_value_size();
  LayerSlots slots;
  slots.input_norm = NormSlot(arena, tensors.input_norm, a.hidden_size);
  slots.q_norm = NormSlot(arena, tensors.q_norm, a.head_dim);
  slots.k_norm = NormSlot(arena, tensors.k_norm, a.head_dim);
  slots.qkv_bias =
      BiasSlot(arena, {Sized(tensors.q_bias, q), Sized(tensors.k_bias, kv), Sized(tensors.v_bias, kv)}, q + 2 * kv);
  slots.o_bias = BiasSlot(arena, {Sized(tensors.o_bias, a.hidden_size)}, a.hidden_size);
  slots.post_attention_norm = NormSlot(arena, tensors.post_attention_norm, a.hidden_size);
  slots.qkv = arena.Matrix(a.hidden_size, false, FusedOrder::kStacked, {tensors.q, tensors.k, tensors.v});
  slots.o = arena.Matrix(q, false, FusedOrder::kStacked, {tensors.o});
  slots.gate_up = arena.Matrix(a.hidden_size, true, FusedOrder::kInterleaved, {tensors.gate, tensors.up});
  slots.down = arena.Matrix(a.intermediate_size, true, FusedOrder::kStacked, {tensors.down});
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

WeightLayout LayOutWeights(const Architecture& architecture, ChooseHolding choose) {
  ArenaWriter arena(choose);
  WeightLayout layout;
  layout.layers.reserve(architecture.layers.size());
  for (const LayerTensors& tensors : architecture.layers) {
    layout.layers.push_back(LayOutLayer(arena, architecture, tensors));
  }
  layout.final_norm = NormSlot(arena, architecture.final_norm, architecture.hidden_size);
  layout.lm_head = arena.Matrix(architecture.hidden_size, false, FusedOrder::kStacked,
                                {TensorPart{architecture.lm_head, 0, architecture.vocab_size}});
  layout.format = arena.MainFormat();
  layout.formats = arena.Formats();
  layout.bytes = arena.bytes() + kPackedSealBytes;
  layout.bytes_per_token = arena.bytes();
  layout.parameters = CountParameters(architecture, layout);
  return layout;
}

}  // namespace reckon
