#include "weights/model_weights.h"

#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "weights/dequantize.h"
#include "weights/pack_matrix.h"
#include "weights/packed_seal.h"
#include "weights/tensor_rows.h"

namespace reckon {
namespace {

// Calls visit for every slot of the layout, in the order of the arena.
template <typename Layout, typename VisitVector, typename VisitMatrix>
absl::Status VisitSlots(Layout& layout, VisitVector visit_vector, VisitMatrix visit_matrix) {
  for (auto& layer : layout.layers) {
    for (auto* slot : {&layer.input_norm, &layer.q_norm, &layer.k_norm, &layer.qkv_bias, &layer.o_bias,
                       &layer.post_attention_norm}) {
      if (slot->size != 0) RECKON_RETURN_IF_ERROR(visit_vector(*slot));
    }
    for (auto* slot : {&layer.qkv, &layer.o, &layer.gate_up, &layer.down}) {
      RECKON_RETURN_IF_ERROR(visit_matrix(*slot));
    }
  }
  RECKON_RETURN_IF_ERROR(visit_vector(layout.final_norm));
  return visit_matrix(layout.lm_head);
}

absl::Status LoadVector(const Checkpoint& checkpoint, const VectorSlot& slot, float* out) {
  int64_t position = 0;
  for (const TensorPart& part : slot.parts) {
    if (!part.name.empty()) {
      RECKON_RETURN_IF_ERROR(
          ReadVector(checkpoint, part, absl::MakeSpan(out + position, static_cast<size_t>(part.rows))));
    }
    position += part.rows;
  }
  return absl::OkStatus();
}

// Of a fused tensor only the rows that are meant.
int64_t PartBytes(const TensorInfo& tensor, const TensorPart& part) {
  return tensor.rows() == 0 ? 0 : static_cast<int64_t>(tensor.nbytes) / tensor.rows() * part.rows;
}

int64_t BytesOnDisk(const Checkpoint& checkpoint, const WeightLayout& layout) {
  int64_t bytes = 0;
  const auto count = [&](const MatrixSlot& slot) {
    for (const TensorPart& part : slot.parts) {
      const TensorInfo* tensor = checkpoint.Find(part.name);
      if (tensor != nullptr) bytes += PartBytes(*tensor, part);
    }
    return absl::OkStatus();
  };
  VisitSlots(
      layout, [](const VectorSlot&) { return absl::OkStatus(); }, count)
      .IgnoreError();
  return bytes;
}

// Adds the factors of one tensor to the list.
absl::Status AppendFactors(const Checkpoint& checkpoint, const std::string& name, int64_t count,
                           std::vector<float>* factors) {
  const size_t before = factors->size();
  factors->resize(before + static_cast<size_t>(count));
  RECKON_RETURN_IF_ERROR(
      ReadVector(checkpoint, TensorPart{name, 0, count, 0}, absl::MakeSpan(*factors).subspan(before)));
  for (const float factor : *factors) {
    if (!(factor > 0)) {
      return absl::InvalidArgumentError(
          absl::StrCat(checkpoint.name(), ": tensor ", name, " holds ", factor, "; factors are positive"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<float>> LoadRopeFactors(const Checkpoint& checkpoint, const RopeConfig& rope) {
  std::vector<float> factors;
  const int64_t count = rope.rotary_dim / 2;
  if (rope.scaling == RopeScaling::kPerTensor) {
    RECKON_RETURN_IF_ERROR(AppendFactors(checkpoint, rope.factors_tensor, count, &factors));
  } else if (rope.scaling == RopeScaling::kLongRope && rope.short_factors.empty()) {
    RECKON_RETURN_IF_ERROR(AppendFactors(checkpoint, rope.short_factors_tensor, count, &factors));
    RECKON_RETURN_IF_ERROR(AppendFactors(checkpoint, rope.long_factors_tensor, count, &factors));
  } else if (rope.scaling == RopeScaling::kLongRope) {
    for (const std::vector<double>* list : {&rope.short_factors, &rope.long_factors}) {
      for (const double factor : *list) factors.push_back(static_cast<float>(factor));
    }
  }
  return factors;
}

}  // namespace

absl::StatusOr<EmbeddingTable> EmbeddingTable::Create(std::shared_ptr<const Checkpoint> checkpoint,
                                                      const Architecture& architecture) {
  EmbeddingTable table;
  RECKON_ASSIGN_OR_RETURN(table.tensor_,
                          FindPart(*checkpoint, TensorPart{architecture.embedding, 0, architecture.vocab_size, 0},
                                   architecture.hidden_size));
  if (table.tensor_->codes != nullptr) {
    return absl::UnimplementedError(absl::StrCat(checkpoint->name(), ": tensor ", table.tensor_->Describe(),
                                                 ": a quantized table of embeddings is not read"));
  }
  const DTypeInfo& type = InfoOf(table.tensor_->dtype);
  table.row_bytes_ = architecture.hidden_size / type.block_elements * type.block_bytes;
  table.checkpoint_ = std::move(checkpoint);
  return table;
}

absl::Status EmbeddingTable::ReadRow(int64_t token, absl::Span<float> out, std::vector<uint8_t>* scratch) const {
  scratch->resize(static_cast<size_t>(row_bytes_));
  RECKON_RETURN_IF_ERROR(
      checkpoint_->ReadAt(*tensor_, static_cast<uint64_t>(token * row_bytes_), absl::MakeSpan(*scratch)));
  return DequantizeRow(tensor_->dtype, *scratch, out);
}

absl::Status CheckTensors(const Checkpoint& checkpoint, const Architecture& architecture, const WeightLayout& layout) {
  RECKON_RETURN_IF_ERROR(
      FindPart(checkpoint, TensorPart{architecture.embedding, 0, architecture.vocab_size, 0}, architecture.hidden_size)
          .status());
  const auto check_vector = [&](const VectorSlot& slot) -> absl::Status {
    for (const TensorPart& part : slot.parts) {
      if (!part.name.empty()) RECKON_RETURN_IF_ERROR(FindPart(checkpoint, part, 1).status());
    }
    return absl::OkStatus();
  };
  const auto check_matrix = [&](const MatrixSlot& slot) -> absl::Status {
    for (const TensorPart& part : slot.parts) {
      RECKON_RETURN_IF_ERROR(FindPart(checkpoint, part, slot.shape.k).status());
    }
    return absl::OkStatus();
  };
  return VisitSlots(layout, check_vector, check_matrix);
}

void ModelWeights::BindViews(const WeightLayout& layout) {
  const auto vector = [this](const VectorSlot& slot) -> const float* {
    return slot.size == 0 ? nullptr : reinterpret_cast<const float*>(arena_.data() + slot.offset);
  };
  const auto linear = [&](const MatrixSlot& slot, const VectorSlot& bias) {
    Linear result;
    result.matrix = slot.shape;
    result.matrix.data = arena_.data() + slot.offset;
    result.bias = vector(bias);
    result.wide = slot.wide;
    return result;
  };
  layers_.reserve(layout.layers.size());
  for (const LayerSlots& slots : layout.layers) {
    LayerWeights layer;
    layer.input_norm = vector(slots.input_norm);
    layer.post_attention_norm = vector(slots.post_attention_norm);
    layer.q_norm = vector(slots.q_norm);
    layer.k_norm = vector(slots.k_norm);
    layer.qkv = linear(slots.qkv, slots.qkv_bias);
    layer.o = linear(slots.o, slots.o_bias);
    layer.gate_up = linear(slots.gate_up, VectorSlot{});
    layer.down = linear(slots.down, VectorSlot{});
    layers_.push_back(layer);
  }
  final_norm_ = vector(layout.final_norm);
  lm_head_ = linear(layout.lm_head, VectorSlot{});
}

absl::Status ModelWeights::Pack(const Checkpoint& checkpoint, const WeightLayout& layout, const KernelTable& kernels,
                                ThreadPool& pool, const LoadOptions& options) {
  RECKON_ASSIGN_OR_RETURN(own_, AlignedBuffer::Allocate(layout.bytes, "the weights"));
  const int64_t bytes_total = BytesOnDisk(checkpoint, layout);
  int64_t bytes_done = 0;
  uint8_t* const arena = own_.data();

  const auto load_vector = [&](const VectorSlot& slot) {
    return LoadVector(checkpoint, slot, reinterpret_cast<float*>(arena + slot.offset));
  };
  const auto load_matrix = [&](const MatrixSlot& slot) -> absl::Status {
    RECKON_RETURN_IF_ERROR(PackMatrix(checkpoint, slot, kernels, pool, options.cancel, arena + slot.offset));
    for (const TensorPart& part : slot.parts) {
      bytes_done += PartBytes(*checkpoint.Find(part.name), part);
    }
    if (options.progress) options.progress(bytes_done, bytes_total);
    return absl::OkStatus();
  };
  RECKON_RETURN_IF_ERROR(VisitSlots(layout, load_vector, load_matrix));
  RECKON_ASSIGN_OR_RETURN(const PackedSeal seal, MakePackedSeal(checkpoint, layout));
  std::memcpy(arena + layout.bytes - kPackedSealBytes, &seal, sizeof(seal));
  arena_ = {arena, static_cast<size_t>(layout.bytes)};
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ModelWeights>> ModelWeights::Load(std::shared_ptr<const Checkpoint> checkpoint,
                                                                 const Architecture& architecture,
                                                                 const WeightLayout& layout, const KernelTable& kernels,
                                                                 ThreadPool& pool, const LoadOptions& options) {
  RECKON_RETURN_IF_ERROR(CheckTensors(*checkpoint, architecture, layout));
  auto weights = std::unique_ptr<ModelWeights>(new ModelWeights);
  if (options.packed.bytes.empty()) {
    RECKON_RETURN_IF_ERROR(weights->Pack(*checkpoint, layout, kernels, pool, options));
  } else {
    RECKON_RETURN_IF_ERROR(CheckPackedSeal(*checkpoint, layout, options.packed.bytes));
    weights->arena_ = options.packed.bytes;
    weights->hosts_ = options.packed.owner;
  }

  RECKON_ASSIGN_OR_RETURN(weights->rope_factors_, LoadRopeFactors(*checkpoint, architecture.rope));
  RECKON_ASSIGN_OR_RETURN(weights->embedding_, EmbeddingTable::Create(std::move(checkpoint), architecture));
  weights->BindViews(layout);
  return weights;
}

}  // namespace reckon
