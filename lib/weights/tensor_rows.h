// Rows of tensors on disk as floats, in the order of the published model.
#ifndef RECKON_LIB_WEIGHTS_TENSOR_ROWS_H_
#define RECKON_LIB_WEIGHTS_TENSOR_ROWS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "arch/architecture.h"
#include "checkpoint/checkpoint.h"
#include "weights/code_source.h"

namespace reckon {

// Checks a tensor against the part that the architecture wants: present, of shape [tensor_rows, columns] (or
// [tensor_rows] for columns == 1), rows of whole blocks, a type that DequantizeRow() knows. Errors: NOT_FOUND,
// INVALID_ARGUMENT, UNIMPLEMENTED, naming the tensor.
absl::StatusOr<const TensorInfo*> FindPart(const Checkpoint& checkpoint, const TensorPart& part, int64_t columns);

// Reads row `row` (of the tensor, in published order) of a tensor that FindPart() accepted and that is one tensor on
// disk (TensorInfo::codes is null). Shapes: out [columns]. scratch is used where the bytes are not mapped.
absl::Status ReadRow(const Checkpoint& checkpoint, const TensorInfo& tensor, int64_t row, absl::Span<float> out,
                     std::vector<uint8_t>* scratch);

struct RowScratch {
  std::vector<uint8_t> bytes;
  CodeRows codes;
};

// Rows of any tensor that FindPart() accepted, as floats. Threads: Read may be called concurrently, each with a scratch
// of its own.
class RowReader {
 public:
  static absl::StatusOr<RowReader> Open(const Checkpoint& checkpoint, const TensorInfo& tensor);
  // Rows [row, row + count), count <= 16. Shapes: row r of them at out + r * stride, [columns].
  absl::Status Read(int64_t row, int64_t count, float* out, int64_t stride, RowScratch* scratch) const;

 private:
  RowReader(const Checkpoint& checkpoint, const TensorInfo& tensor) : checkpoint_(&checkpoint), tensor_(&tensor) {}
  const Checkpoint* checkpoint_;
  const TensorInfo* tensor_;
  std::optional<CodeSource> codes_;  // of a tensor that is several on disk
};

// Reads a whole vector part ([rows]).
absl::Status ReadVector(const Checkpoint& checkpoint, const TensorPart& part, absl::Span<float> out);

// The bytes of rows [row, row + *count) of a tensor that is one tensor on disk: of `most` rows those that lie one
// behind the other there, at least one (see TensorInfo::interleaved_heads). scratch is used where they are not mapped.
absl::StatusOr<absl::Span<const uint8_t>> ViewRows(const Checkpoint& checkpoint, const TensorInfo& tensor, int64_t row,
                                                   int64_t most, int64_t* count, std::vector<uint8_t>* scratch);

}  // namespace reckon

#endif  // RECKON_LIB_WEIGHTS_TENSOR_ROWS_H_
