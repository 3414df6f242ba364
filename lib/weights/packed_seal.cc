#include "weights/packed_seal.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "base/digest.h"
#include "base/status.h"

namespace reckon {
namespace {

constexpr uint64_t kMagic = 0x3177707265636b6fULL;
// To be raised whenever the bytes of a packed matrix change their meaning.
constexpr uint64_t kVersion = 1;
constexpr uint64_t kSampleBytes = 64;

std::string Describe(const TensorPart& part) {
  return absl::StrCat(part.name, "[", part.row_begin, "+", part.rows, "]");
}

void AddVector(const VectorSlot& slot, Digest& digest) {
  digest.Add(absl::StrCat("vector ", slot.offset, " ", slot.size, "\n"));
  for (const TensorPart& part : slot.parts) digest.Add(Describe(part));
}

void AddMatrix(const MatrixSlot& slot, Digest& digest) {
  const PackedMatrix& shape = slot.shape;
  digest.Add(absl::StrCat("matrix ", slot.offset, " ", static_cast<int>(shape.format), " ", shape.n, " ", shape.k, " ",
                          shape.group, " ", static_cast<int>(shape.zero), " ", static_cast<int>(slot.order),
                          slot.from_codes ? " as it is" : "", "\n"));
  for (const TensorPart& part : slot.parts) digest.Add(Describe(part));
}

uint64_t LayoutKey(const WeightLayout& layout) {
  Digest digest;
  for (const LayerSlots& layer : layout.layers) {
    for (const VectorSlot* slot : {&layer.input_norm, &layer.post_attention_norm, &layer.q_norm, &layer.k_norm,
                                   &layer.qkv_bias, &layer.o_bias}) {
      AddVector(*slot, digest);
    }
    for (const MatrixSlot* slot : {&layer.qkv, &layer.o, &layer.gate_up, &layer.down}) AddMatrix(*slot, digest);
  }
  AddVector(layout.final_norm, digest);
  AddMatrix(layout.lm_head, digest);
  return digest.value();
}

// Fine-tuned models share names and shapes with what they came from, so some bytes of every tensor count too.
absl::StatusOr<uint64_t> CheckpointKey(const Checkpoint& checkpoint) {
  Digest digest;
  std::vector<uint8_t> sample;
  for (const TensorInfo& tensor : checkpoint.tensors()) {
    digest.Add(absl::StrCat(tensor.name, " ", static_cast<int>(tensor.dtype), " ", absl::StrJoin(tensor.shape, "x"),
                            " ", tensor.nbytes, "\n"));
    const uint64_t size = std::min(kSampleBytes, tensor.nbytes);
    sample.resize(static_cast<size_t>(size));
    RECKON_RETURN_IF_ERROR(checkpoint.ReadAt(tensor, (tensor.nbytes - size) / 2, absl::MakeSpan(sample)));
    digest.Add(sample);
  }
  return digest.value();
}

absl::Status Mismatch(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("ModelOptions::packed_weights: ", what,
                   "; open the checkpoint without them, and keep Model::packed_weights() of that model instead"));
}

}  // namespace

absl::StatusOr<PackedSeal> MakePackedSeal(const Checkpoint& checkpoint, const WeightLayout& layout) {
  PackedSeal seal{kMagic, kVersion, LayoutKey(layout), 0, static_cast<uint64_t>(layout.bytes)};
  RECKON_ASSIGN_OR_RETURN(seal.checkpoint, CheckpointKey(checkpoint));
  return seal;
}

absl::Status CheckPackedSeal(const Checkpoint& checkpoint, const WeightLayout& layout,
                             absl::Span<const uint8_t> packed) {
  if (reinterpret_cast<uintptr_t>(packed.data()) % kLineBytes != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("ModelOptions::packed_weights: the address is not a multiple of ", kLineBytes));
  }
  if (packed.size() != static_cast<size_t>(layout.bytes)) {
    return Mismatch(
        absl::StrCat(packed.size(), " bytes, where this checkpoint takes ", layout.bytes, " in the format asked for"));
  }
  PackedSeal seal;
  std::memcpy(&seal, packed.data() + packed.size() - kPackedSealBytes, sizeof(seal));
  RECKON_ASSIGN_OR_RETURN(const PackedSeal expected, MakePackedSeal(checkpoint, layout));
  if (seal.magic != expected.magic || seal.bytes != expected.bytes) return Mismatch("not packed weights, or damaged");
  if (seal.version != expected.version) return Mismatch("packed by another version of Reckon");
  if (seal.layout != expected.layout) return Mismatch("packed in another format than the one asked for");
  if (seal.checkpoint != expected.checkpoint) return Mismatch("packed from another checkpoint");
  return absl::OkStatus();
}

}  // namespace reckon
