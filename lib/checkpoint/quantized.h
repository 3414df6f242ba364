// Safetensors folders whose linear layers come quantized: each method is one file that replaces the tensors a layer is
// made of on disk ("X.qweight", "X.scales", ...) by one tensor "X.weight" that says where its numbers are
// (integer_codes.h). Nothing is unpacked here.
#ifndef RECKON_LIB_CHECKPOINT_QUANTIZED_H_
#define RECKON_LIB_CHECKPOINT_QUANTIZED_H_

#include <initializer_list>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "checkpoint/checkpoint_builder.h"
#include "checkpoint/integer_codes.h"

namespace reckon {

// Replaces what the method of config.json's "quantization_config" (or "compression_config") packed; nothing to do where
// there is none. Errors: UNIMPLEMENTED (a method, or a variant of one, that is not read: says what to take instead);
// INVALID_ARGUMENT (tensors that are missing or do not fit each other; names them).
absl::Status ReplaceQuantizedTensors(CheckpointBuilder* builder);

// The tensors of a checkpoint while layers are being put together.
class LayerParts {
 public:
  explicit LayerParts(CheckpointBuilder* builder) : builder_(builder) {}

  // Names without `suffix` of all tensors that end in it, sorted.
  std::vector<std::string> Layers(absl::string_view suffix) const;
  // Takes the tensor `layer + suffix` out; INVALID_ARGUMENT if it is not there or has not `rank` dimensions.
  absl::StatusOr<TensorInfo> Take(absl::string_view layer, absl::string_view suffix, size_t rank);
  absl::StatusOr<TensorInfo> TakeAny(absl::string_view layer, absl::string_view suffix);  // of any rank
  bool Has(absl::string_view layer, absl::string_view suffix) const;
  // Its elements, for the small tensors that say something about others. Element types: I32, I64.
  absl::StatusOr<std::vector<int64_t>> Integers(const TensorInfo& tensor) const;
  // "model.safetensors: tensor "x.qweight" I32 [4, 8]" and `what`.
  absl::Status Error(const TensorInfo& tensor, absl::string_view what) const;
  // INVALID_ARGUMENT unless the tensor has this shape, which is what `why` asks for.
  absl::Status CheckShape(const TensorInfo& tensor, const std::vector<int64_t>& shape, absl::string_view why) const;
  absl::Status CheckType(const TensorInfo& tensor, std::initializer_list<DType> types) const;

  // Adds "layer.weight" [rows, columns].
  absl::Status Add(absl::string_view layer, int64_t rows, int64_t columns, IntegerCodes codes);

 private:
  CheckpointBuilder* builder_;
};

// Sets groups, group size and the strides of scales that are [groups][rows] (groups_first) or [rows][groups].
// group_size: config's; -1 or 0 for one group. INVALID_ARGUMENT if the scales do not have that shape.
absl::Status SetGroups(const LayerParts& parts, int64_t rows, int64_t columns, int64_t group_size, bool groups_first,
                       IntegerCodes* codes);

// The methods. `key` is the name of the object in config.json.
absl::Status ReplaceAwq(absl::string_view key, CheckpointBuilder* builder);
absl::Status ReplaceGptq(absl::string_view key, CheckpointBuilder* builder);
absl::Status ReplaceCompressedTensors(absl::string_view key, CheckpointBuilder* builder);
absl::Status ReplaceChatGlm(CheckpointBuilder* builder);

}  // namespace reckon

#endif  // RECKON_LIB_CHECKPOINT_QUANTIZED_H_
